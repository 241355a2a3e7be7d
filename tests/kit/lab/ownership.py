"""Which labs there are, whose owner still runs, and how to remove the rest.

Each lab has a folder /run/nimbus-labs/ID with a locked file: the kernel unlocks it when the owner dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.lab.network import remove_namespace
from tests.kit.lab.processes import run_now

REGISTRY = Path("/run/nimbus-labs")
_SOCKETS = Path("/var/run/wireguard")
_NAMESPACES = Path("/run/netns")


class Registration:
    """One lab's id, held as long as this process lives or until `release`."""

    def __init__(self, name: str, lock: int) -> None:
        self.id = name
        self._lock = lock

    @property
    def prefix(self) -> str:
        """Begins every name that this lab gives."""
        return f"nl{self.id}"

    def note_data(self, folder: Path) -> None:
        """A folder that goes with the lab."""
        (REGISTRY / self.id / "data").write_text(os.fspath(folder), "utf-8")

    def release(self) -> None:
        """The lab has gone: so does its folder."""
        shutil.rmtree(REGISTRY / self.id, ignore_errors=True)
        os.close(self._lock)


@contextlib.contextmanager
def _registry() -> Iterator[None]:
    """Nobody else registers or cleans meanwhile."""
    REGISTRY.mkdir(mode=0o755, exist_ok=True)
    lock = os.open(REGISTRY / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def owned(*programs: str) -> Iterator[tuple[str, contextlib.ExitStack]]:
    """For a test with namespaces of its own: the prefix of their names, and what removes them at the end. Without
    root, or one of these programs, the test is skipped."""
    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    registration = register()
    with contextlib.ExitStack() as stack:
        stack.callback(remove_all, registration)
        yield registration.prefix, stack


def register() -> Registration:
    with _registry():
        while True:
            name = secrets.token_hex(2)
            with contextlib.suppress(FileExistsError):
                (REGISTRY / name).mkdir()
                lock = os.open(REGISTRY / name / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
                fcntl.flock(lock, fcntl.LOCK_EX)
                return Registration(name, lock)


def clean(say: Callable[[str], None]) -> int:
    """Remove what labs left whose owners are gone; how many there were."""
    found = 0
    with _registry():
        for folder in sorted(REGISTRY.iterdir()):
            if not re.fullmatch(r"[0-9a-f]{4}", folder.name):
                continue
            try:
                lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:
                continue  # its owner has just removed it
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            say(f"removing what the lab {folder.name} left")
            remove_all(Registration(folder.name, lock))
            found += 1
    return found


def remove_all(registration: Registration) -> None:
    """Everything that carries the lab's id, and the lab's own data folder."""
    for namespace in _names(_NAMESPACES, f"{registration.prefix}-"):
        remove_namespace(namespace)
    for name in _names(_SOCKETS, registration.prefix):
        (_SOCKETS / name).unlink(missing_ok=True)
    try:
        data = Path((REGISTRY / registration.id / "data").read_text("utf-8"))
    except FileNotFoundError:
        pass
    else:
        _unmount_below(data)
        shutil.rmtree(data, ignore_errors=True)
    registration.release()


def _names(folder: Path, prefix: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.startswith(prefix)) if folder.is_dir() else []


def _unmount_below(folder: Path) -> None:
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    for point in sorted(mounted, reverse=True):
        if point.startswith(f"{folder}/"):
            run_now("umount", "--lazy", point, check=False)
