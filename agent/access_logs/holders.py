"""The nginx that has a file open, in whatever way it was started: found by its descriptors. Blocks."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_PROC = Path("/proc")


def holders(file: Path) -> list[int]:
    """Process ids of nginx's masters that have this file open. In a container its files are seen by `/proc` too."""
    try:
        wanted = file.stat()
    except OSError:
        return []
    found = []
    for folder in _PROC.iterdir():
        if not folder.name.isdigit() or _comm(folder) != "nginx" or _comm(_PROC / _parent(folder)) == "nginx":
            continue
        if any((one.st_dev, one.st_ino) == (wanted.st_dev, wanted.st_ino) for one in _opened(folder)):
            found.append(int(folder.name))
    return found


def ask_to_reopen(pids: list[int]) -> bool:
    """Whether each could be told (SIGUSR1: nginx opens its logs by their names again)."""
    told = True
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            # The number may be another program's by now.
            if _comm(_PROC / str(pid)) == "nginx":
                signal.pidfd_send_signal(handle, signal.SIGUSR1)
        except ProcessLookupError:
            pass
        except OSError:
            told = False
        finally:
            os.close(handle)
    return told


def _comm(folder: Path) -> str:
    try:
        return (folder / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _parent(folder: Path) -> str:
    try:
        return (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1]
    except (OSError, IndexError):
        return "0"


def _opened(folder: Path) -> list[os.stat_result]:
    found = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder / "fd"):
            with contextlib.suppress(OSError):
                found.append(os.stat(entry.path))
    return found
