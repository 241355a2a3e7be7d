"""Files that must be whole or not there, files that hold secrets, and the room that there is for them."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path

from nimbus.protocol.errors import NimbusError

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644


class DirectoryUnusable(NimbusError):
    """A data directory cannot be made, read or written."""

    code = "DIRECTORY_UNUSABLE"


def write_atomically(path: Path, content: bytes, *, mode: int = SECRET_MODE) -> None:
    """Replace `path` with `content`: after a crash at any point the old or the new content is there, whole.

    The file is born with `mode` (mkstemp gives 0600, so it is never wider than that before it has its name).
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            # Of a descriptor the system does not say which file it is.
            error.filename, error.filename2 = str(path), None
        raise
    sync_directory(path.parent)


def free_name(wanted: Path) -> Path:
    """This one, or with a number after it where it is taken."""
    found, number = wanted, 2
    while found.exists():
        found, number = wanted.with_name(f"{wanted.name}-{number}"), number + 1
    return found


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(place: Path | int) -> float:
    """What this process may still write on the disk of a folder, or of an open file. Blocks. Raises OSError."""
    disk = os.statvfs(place)
    # Some file systems have no such number.
    if not disk.f_blocks:
        return math.inf
    return disk.f_frsize * (disk.f_bfree if os.geteuid() == 0 else disk.f_bavail)


def private_directory(path: Path) -> Path:
    """Make `path` (mode 0700) and its parents, and prove that it can be written."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe, name = tempfile.mkstemp(prefix=".writable.", dir=path)
        os.close(probe)
        Path(name).unlink()
    except OSError as error:
        raise DirectoryUnusable(
            f"the data directory {path} cannot be used: {error.strerror or error}",
            next_step="Run as a user who may write there, or name another with --data-dir.",
        ) from None
    return path
