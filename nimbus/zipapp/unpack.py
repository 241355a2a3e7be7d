"""The cold path: unpack this executable into the cache folder, once per build, Python and CPU."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator

from . import settings
from .cache import adopt, check_owner, refuse

KEPT_BUILDS = 2
# Both only exist while the root lock is held: whoever holds it may remove those of a killed process.
UNFINISHED = ".new-"
DISCARDED = ".old-"
FIXED_MTIME = 315532800  # 1980-01-01: compiled files stay valid, and two unpacked copies are alike


def unpack(archive: str, root: str, site: str) -> None:
    """Fill `site`, or wait for the process that is filling it. Any failure ends in one line."""
    try:
        make_private(root)
        check_owner(root)
        with exclusive(root):
            discard_leftovers(root)
            if not adopt(root, site):
                refuse_noexec(root)
                if os.path.lexists(site):  # half of it was deleted; no other process removes builds now
                    os.rename(site, os.path.join(root, DISCARDED + os.path.basename(site)))
                fill(archive, root, site)
                if not adopt(root, site):
                    refuse(f"cannot use {site}", "look at the permissions of that folder")
            prune(root, keep=os.path.basename(site))
    except (zipfile.BadZipFile, EOFError, KeyError) as error:
        refuse(f"{archive} is damaged ({error})", "copy it here again and compare its SHA-256")
    except OSError as error:
        explain(error, root)


def explain(error: OSError, root: str) -> None:
    need = f"{settings.UNPACKED_BYTES / 1e6:.0f} MB"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        refuse(f"the disk of {root} is full", f"free {need}, or set SHIV_ROOT to a folder with room")
    refuse(
        f"cannot unpack into {root} ({error.strerror or error})",
        f"set SHIV_ROOT to a folder of your own with {need} of room",
    )


def refuse_noexec(root: str) -> None:
    if os.statvfs(root).f_flag & os.ST_NOEXEC:
        refuse(
            f"cannot load extension modules from {root}: it is mounted noexec",
            "set SHIV_ROOT to a folder of your own on another file system",
        )


def make_private(folder: str) -> None:
    """mkdir -p with mode 0700 for every folder that is made, whatever the umask."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)


@contextlib.contextmanager
def exclusive(root: str) -> Iterator[None]:
    """One process at a time; the kernel gives the lock back when its holder dies."""
    lock = os.open(os.path.join(root, ".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def discard_leftovers(root: str) -> None:
    for name in os.listdir(root):
        if name.startswith((UNFINISHED, DISCARDED)):
            shutil.rmtree(os.path.join(root, name), ignore_errors=True)


def fill(archive: str, root: str, site: str) -> None:
    """Unpack beside `site`, get it onto the disk, and only then give it its name."""
    unfinished = os.path.join(root, UNFINISHED + os.path.basename(site))
    os.mkdir(unfinished, 0o700)
    try:
        with zipfile.ZipFile(archive) as outer:
            for layer in layers(outer.namelist()):
                with outer.open(layer) as packed, zipfile.ZipFile(packed) as inner:
                    write_files(inner, unfinished)
        os.close(os.open(os.path.join(unfinished, ".lock"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        flush_to_disk(unfinished)
        os.rename(unfinished, site)
        flush_folder(root)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def layers(names: list[str]) -> Iterator[str]:
    """The parts of the executable that fit this Python and CPU: `any`, one of them, or both."""
    cpu = os.uname().machine
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    fitting = ("any", cpu, python, f"{python}-{cpu}")
    for name in names:
        folder, _, layer = name.rpartition("/")
        if folder == "site-packages" and layer.removesuffix(".zip").split("@")[-1] in fitting:
            yield name


def write_files(packed: zipfile.ZipFile, folder: str) -> None:
    folders = {folder}
    for entry in packed.infolist():
        path = os.path.join(folder, entry.filename)
        parent = os.path.dirname(path)
        if parent not in folders:
            os.makedirs(parent, exist_ok=True)
            folders.add(parent)
        mode = 0o755 if entry.external_attr >> 16 & 0o100 else 0o644
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb") as file, packed.open(entry) as source:
            os.fchmod(descriptor, mode)
            shutil.copyfileobj(source, file, 1 << 20)
        os.utime(path, (FIXED_MTIME, FIXED_MTIME))


def flush_to_disk(folder: str) -> None:
    """After a power cut a renamed folder may hold empty files, unless they reached the disk before.

    syncfs covers this one file system: os.sync would also wait for a network share whose server is gone.
    """
    try:
        import ctypes

        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (ImportError, OSError, AttributeError):
        for parent, _, names in os.walk(folder):
            for name in names:
                flush_folder(os.path.join(parent, name))
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(descriptor)


def flush_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prune(root: str, keep: str) -> None:
    """Remove all but the newest builds of this executable, never one that a process still runs from."""
    pattern = re.compile(rf"{re.escape(settings.NAME)}-([0-9a-f]{{16}})-cpython-\w+-\w+")
    builds: dict[str, list[tuple[float, str]]] = {}
    for name in os.listdir(root):
        match = pattern.fullmatch(name)
        if match:
            path = os.path.join(root, name)
            builds.setdefault(match[1], []).append((unpacked_at(path), path))
    newest_first = sorted(builds, key=lambda build: max(builds[build]), reverse=True)
    old = [build for build in newest_first if build not in keep][KEPT_BUILDS - 1 :]
    for build in old:
        for _, path in builds[build]:
            remove_unused(root, path)


def unpacked_at(path: str) -> float:
    """The folder's own time would not do: it changes when Python adds compiled files."""
    try:
        return os.lstat(os.path.join(path, ".lock")).st_mtime
    except OSError:
        return 0.0


def remove_unused(root: str, path: str) -> None:
    try:
        lock = os.open(os.path.join(path, ".lock"), os.O_RDONLY)
    except OSError:
        lock = -1
    try:
        if lock >= 0:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        discarded = os.path.join(root, DISCARDED + os.path.basename(path))
        os.rename(path, discarded)
        shutil.rmtree(discarded, ignore_errors=True)
    except OSError:
        return  # in use, or not ours to remove: the next new build tries again
    finally:
        if lock >= 0:
            os.close(lock)
