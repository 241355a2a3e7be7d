"""The files that nginx has written lines into: the present one, and those that it was renamed or copied to."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nimbus.protocol.access_logs import FILE_NAME

# The first line, which has the time and a random id in it, or as much of it.
_HEAD_BYTES = 4096
_READ_BYTES = 1024 * 1024
# Of others' rotation: their content was a file of ours before.
_PACKED = (".gz", ".xz", ".bz2", ".zst")


class LogFile(NamedTuple):
    """`id` stands for its content, wherever it is; `is_present`: nginx writes into it. `changed` in nanoseconds."""

    path: Path
    id: str
    size: int
    changed: int
    is_present: bool


class Piece(NamedTuple):
    """Whole lines of a file, without its head: bytes `start` to `end`."""

    text: bytes
    start: int
    end: int


def log_files(folder: Path) -> list[LogFile]:
    """The oldest first; of two with the same beginning (a copy, and what is about to be truncated) the longer."""
    found: dict[str, LogFile] = {}
    for path in _paths(folder):
        with contextlib.suppress(OSError), path.open("rb", buffering=0) as stream:
            status = os.fstat(stream.fileno())
            name = _id(stream.fileno())
            if name is None:
                continue
            file = LogFile(path, name, status.st_size, status.st_mtime_ns, path.name == FILE_NAME)
            if name not in found or found[name].size < file.size:
                found[name] = file
    return sorted(found.values(), key=lambda file: (file.is_present, file.changed))


def _paths(folder: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        is_log = entry.name.startswith(FILE_NAME) and not entry.name.endswith(_PACKED)
        # A link could be a way to have any file of this machine read.
        if is_log and entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _id(handle: int) -> str | None:
    """None: there is no whole line in it yet."""
    head = os.pread(handle, _HEAD_BYTES, 0)
    line, end, _ = head.partition(b"\n")
    if not end and len(head) < _HEAD_BYTES:
        return None
    return hashlib.sha256(line).hexdigest()[:32]


def read_piece(file: LogFile, start: int, most: int) -> Piece | None:
    """At most about so many bytes of whole lines from `start` on. None: there are none yet, or the file is another
    one by now. A line that is longer than `most` is an empty piece. Blocks. Raises OSError."""
    with file.path.open("rb", buffering=0) as stream:
        handle = stream.fileno()
        text = os.pread(handle, most, start)
        # It may have been truncated and written again since it was looked at.
        if _id(handle) != file.id:
            return None
        end = text.rfind(b"\n") + 1
        if end:
            return Piece(text[:end], start, start + end)
        if len(text) < most:
            # The end of a file that grows no more.
            return None if file.is_present or not text else Piece(text + b"\n", start, start + len(text))
        return _past_long_line(handle, start + most)


def _past_long_line(handle: int, at: int) -> Piece | None:
    begin = at
    while piece := os.pread(handle, _READ_BYTES, at):
        found = piece.find(b"\n")
        if found >= 0:
            return Piece(b"", begin, at + found + 1)
        at += len(piece)
    return None
