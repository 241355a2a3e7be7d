"""The folder of artifacts on the node. Functions block: call them in a thread. They raise OSError."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

from nimbus.protocol.files import SECRET_MODE, free_bytes, sync_directory

# What is left of the disk for the agent's state and everything else.
RESERVE_BYTES = 64 * 1024 * 1024
_PART = ".part"
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class ArtifactCache:
    """`quota` in bytes, of whole files and of those that are on their way."""

    def __init__(self, folder: Path, quota: int) -> None:
        self.folder = folder
        self.quota = quota

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """The name is a sum that was checked as a task's parameter: 64 hexadecimal digits."""
        return self.folder / sha256

    def part(self, sha256: str) -> Path:
        return self.folder / f"{sha256}{_PART}"

    def is_whole(self, sha256: str, size: int) -> bool:
        """By its length; used from now on, as far as the quota is concerned."""
        path = self.path(sha256)
        try:
            if path.stat().st_size != size:
                return False
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def received(self, sha256: str, size: int) -> int:
        """How much of it is there; one that is longer than it may be begins anew."""
        try:
            length = self.part(sha256).stat().st_size
        except FileNotFoundError:
            return 0
        if length > size:
            self.drop_part(sha256)
            return 0
        return length

    def append(self, sha256: str, offset: int, data: bytes) -> None:
        """Whole, or not at all."""
        handle = os.open(self.part(sha256), _WRITE, SECRET_MODE)
        try:
            written = 0
            try:
                while written < len(data):
                    written += os.pwrite(handle, data[written:] if written else data, offset + written)
            except OSError:
                os.ftruncate(handle, offset)
                raise
        finally:
            os.close(handle)

    def keep(self, sha256: str) -> None:
        """The part becomes the file, durably."""
        handle = os.open(self.part(sha256), _READ)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(self.part(sha256), self.path(sha256))
        sync_directory(self.folder)

    def drop(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def drop_part(self, sha256: str) -> None:
        self.part(sha256).unlink(missing_ok=True)

    def make_room(self, size: int, to_come: int, used: Collection[str]) -> str:
        """For a file of `size` bytes, of which `to_come` are not here yet: what was not used for the longest time
        goes, `used` does not. Why there is no room; "": there is."""
        if size > self.quota:
            return f"it has {size} bytes, but this node keeps at most {self.quota} bytes of artifacts"
        files = sorted(self._files(), key=lambda file: file[1])
        held = sum(length for _, _, length in files)
        kept = [length for path, _, length in files if path.name.removesuffix(_PART) in used]
        if sum(kept) + to_come > self.quota:
            return f"artifacts in use leave no space for {to_come} more bytes"
        if free_bytes(self.folder) + held - sum(kept) - to_come < RESERVE_BYTES:
            return f"the disk has no space for {to_come} more bytes"
        for path, _, length in files:
            if held + to_come <= self.quota and self._disk_has(to_come):
                break
            if path.name.removesuffix(_PART) not in used:
                path.unlink(missing_ok=True)
                held -= length
        return "" if self._disk_has(to_come) else f"the disk has no space for {to_come} more bytes"

    def _disk_has(self, size: int) -> bool:
        return free_bytes(self.folder) - size >= RESERVE_BYTES

    def _files(self) -> list[tuple[Path, float, int]]:
        """Each with when it was last used, and its length."""
        files = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    files.append((Path(entry.path), min(status.st_mtime, time.time()), status.st_size))
        return files
