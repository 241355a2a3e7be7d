"""Our own rotation: a file that is large is renamed, and goes when it has arrived. Blocks."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.access_logs.files import LogFile
from agent.access_logs.holders import ask_to_reopen, holders
from nimbus.protocol.access_logs import FILE_NAME
from nimbus.protocol.files import SECRET_MODE, free_bytes

ROTATE_BYTES = 64 * 1024 * 1024
# Of all files together while the control plane is away; less when the disk has less.
MOST_BYTES = 1024 * 1024 * 1024
LEAST_FREE_BYTES = 256 * 1024 * 1024
# A file that was renamed is written into until nginx has been told.
_SETTLE_NS = 10 * 10**9
log = logging.getLogger("nimbus.agent")


def rotate(folder: Path, files: Sequence[LogFile], larger_than: int = ROTATE_BYTES) -> None:
    """Raises OSError."""
    path = folder / FILE_NAME
    if not any(file.is_present and file.size >= larger_than for file in files):
        return
    pids = holders(path)
    renamed = path.with_name(f"{FILE_NAME}.{time.time_ns()}")
    path.rename(renamed)
    # Born for us alone; nginx gives it to its workers.
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, SECRET_MODE))
    if not ask_to_reopen(pids):
        log.warning("nginx could not be told to open a new access log; it goes on with %s", renamed)


def tidy(folder: Path, files: Sequence[LogFile], offsets: Mapping[str, int], most: int = MOST_BYTES) -> int:
    """Remove what has arrived, and the oldest of what has not as long as there is too much; of ours alone. How many
    bytes were not sent. Raises OSError."""
    total, lost = sum(file.size for file in files), 0
    for file in files:
        if file.is_present or not _is_ours(file.path):
            continue
        arrived = offsets.get(file.id, 0) >= file.size
        is_quiet = time.time_ns() - file.changed > _SETTLE_NS
        is_short = total > most or free_bytes(folder) < LEAST_FREE_BYTES
        if (arrived and is_quiet and not holders(file.path)) or (not arrived and is_short):
            file.path.unlink(missing_ok=True)
            total -= file.size
            lost += max(0, file.size - offsets.get(file.id, 0))
    return lost


def _is_ours(path: Path) -> bool:
    return path.name.removeprefix(FILE_NAME + ".").isdigit() and len(path.name) > len(FILE_NAME) + 15


def make_private(folder: Path) -> None:
    """nginx makes its logs readable for all."""
    path = folder / FILE_NAME
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(SECRET_MODE)
    except FileNotFoundError:
        pass
