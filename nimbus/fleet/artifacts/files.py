"""The folder of artifacts, and the only module that touches it. All functions block: call them in a thread.

`SHA256` is a content, whole and durable; `ID.part` is an upload as far as it has come. Both are for this process
alone (0700, 0600). Names are made of ids and sums that were checked before: nothing of what a caller wrote.
"""

from __future__ import annotations

import os
from pathlib import Path

from nimbus.fleet.artifacts.records import Damage
from nimbus.fleet.artifacts.rules import is_sha256
from nimbus.kernel.ids import is_id
from nimbus.protocol.files import SECRET_MODE, free_bytes, sync_directory

_PART = ".part"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class ArtifactFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def free_bytes(self) -> float:
        """As `nimbus.protocol.files.free_bytes`."""
        return free_bytes(self._folder)

    def content(self, sha256: str) -> Path:
        assert is_sha256(sha256), sha256
        return self._folder / sha256

    def part(self, upload_id: str) -> Path:
        assert is_id(upload_id), upload_id
        return self._folder / f"{upload_id}{_PART}"

    def received(self, upload_id: str) -> int:
        try:
            return self.part(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, upload_id: str, offset: int, data: bytes) -> None:
        """Whole, or not at all. Raises OSError."""
        handle = os.open(self.part(upload_id), _CREATE, SECRET_MODE)
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

    def keep(self, upload_id: str, sha256: str) -> None:
        """The upload becomes the content, durably. Raises OSError."""
        part = self.part(upload_id)
        handle = os.open(part, _READ)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(part, self.content(sha256))
        sync_directory(self._folder)

    def drop_part(self, upload_id: str) -> None:
        self.part(upload_id).unlink(missing_ok=True)

    def drop_content(self, sha256: str) -> None:
        self.content(sha256).unlink(missing_ok=True)

    def read(self, sha256: str, first: int, length: int) -> bytes:
        """Raises OSError."""
        handle = os.open(self.content(sha256), _READ)
        try:
            return os.pread(handle, length, first)
        finally:
            os.close(handle)

    def condition(self, sha256: str, size: int) -> Damage:
        """By its length alone."""
        try:
            length = self.content(sha256).stat().st_size
        except OSError:
            return Damage.MISSING
        return Damage.NONE if length == size else Damage.ALTERED

    def listing(self) -> tuple[dict[str, float], dict[str, float]]:
        """Contents and uploads that are there, each with the Unix time of its last change. Other files are nobody's
        of ours."""
        kept: dict[str, float] = {}
        parts: dict[str, float] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                stem = entry.name.removesuffix(_PART)
                if is_sha256(entry.name):
                    kept[entry.name] = entry.stat(follow_symlinks=False).st_mtime
                elif stem != entry.name and is_id(stem):
                    parts[stem] = entry.stat(follow_symlinks=False).st_mtime
        return kept, parts
