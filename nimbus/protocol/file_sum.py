"""The SHA-256 of a file that is written, or read, a slice at a time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

SLICE_BYTES = 16 * 1024 * 1024
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class FileSum:
    """As far as the file was read or written; goes on where it stopped."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self.position = 0

    def add(self, data: bytes) -> None:
        self._sum.update(data)
        self.position += len(data)

    def read_on(self, path: Path) -> bool:
        """Another slice; whether there may be more. Blocks. Raises OSError."""
        handle = os.open(path, _READ)
        try:
            data = os.pread(handle, SLICE_BYTES, self.position)
        finally:
            os.close(handle)
        self.add(data)
        return bool(data)

    def hexdigest(self) -> str:
        return self._sum.hexdigest()
