"""Room in the state file, made ahead of need.

What a running task still has to write must fit when others have filled the disk meanwhile. So the file has free
pages at any time (`RESERVE_PAGES`), it grows by whole steps before they are needed, and it never grows by a
commit alone (`max_page_count`). The write-ahead log was as long once as the largest commit, and is written from
its beginning again after a checkpoint, which takes no room either: every page that it copies has its place on the
disk already. File systems that write to a new place each time (btrfs, ZFS) keep no such promise; there memory has
to do.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

from agent.state import disk
from nimbus.protocol.files import free_bytes

PAGE_BYTES = 4096
# A result of 256 KiB, and the rows and indexes around it.
RESERVE_PAGES = 72
STEP_PAGES = 64
# Of the log, before each page.
_FRAME_BYTES = 24
# Log lines and metrics of a long absence of the control plane end here, not at the end of the disk.
LIMIT_BYTES = 64 * 1024 * 1024
log = logging.getLogger("nimbus.agent")


class Space:
    """Used by the thread that owns the connection. Raises nothing: `is_short` says that no room could be made."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._log = path.with_name(path.name + "-wal")
        # Kept open as long as the connection: closing any descriptor of the file would take SQLite's locks from it
        # (fcntl(2), "advisory record locking").
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.is_short = False

    def prepare(self) -> None:
        """After opening. A log that is gone, or was never long enough, is written once at its full length."""
        try:
            is_long = self._log.stat().st_size >= RESERVE_PAGES * PAGE_BYTES
        except OSError:
            is_long = False
        if not is_long:
            self._grow(RESERVE_PAGES)
        self.has_room(0)
        self._forbid_growth()

    def has_room(self, size: int) -> bool:
        """Whether `size` bytes fit beside the reserve; the file grows for it when it can."""
        wanted = RESERVE_PAGES + (size * 5 // 4) // PAGE_BYTES
        free = self._number("freelist_count")
        if free < wanted:
            if not self._grow(wanted + STEP_PAGES):
                self._grow(wanted)
            free = self._number("freelist_count")
        self._note(free < RESERVE_PAGES)
        return free >= wanted

    def _note(self, is_short: bool) -> None:
        if is_short != self.is_short:
            log.log(
                logging.WARNING if is_short else logging.INFO,
                "the reserve of the state file is %s",
                "incomplete: the disk has no room" if is_short else "complete again",
            )
        self.is_short = is_short

    def checkpoint(self) -> None:
        """What is in the log goes to its place, and the log begins anew."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _grow(self, pages: int) -> bool:
        """So many free pages, each of which was written once."""
        more = max(0, pages - self._number("freelist_count")) + 2
        most = self._number("page_count") + more
        try:
            if most * PAGE_BYTES > LIMIT_BYTES or not self._fits(most, pages):
                return False
            os.posix_fallocate(self._file, 0, most * PAGE_BYTES)
            self._connection.execute(f"PRAGMA max_page_count = {most}")
            self._connection.execute("DELETE FROM filler")
            # Each page of it begins with the number of the next (SQLite's file format, section 1.6).
            filler = pages * (PAGE_BYTES - 4)
            self._connection.execute("INSERT INTO filler (content) VALUES (zeroblob(?))", (filler,))
            self.checkpoint()
            self._connection.execute("PRAGMA secure_delete = OFF")
            self._connection.execute("DELETE FROM filler")
        except (OSError, sqlite3.OperationalError):
            return False
        finally:
            self._connection.execute("PRAGMA secure_delete = ON")
            self._forbid_growth()
        return True

    def _fits(self, most: int, pages: int) -> bool:
        """Whether the disk has room for the file of so many pages, and for its log while they are written. Tried in
        vain, the log would take the last of the disk. Raises OSError."""
        log_bytes = self._log.stat().st_size if self._log.exists() else 0
        grows = max(0, most * PAGE_BYTES - os.fstat(self._file).st_size)
        grows += max(0, pages * (PAGE_BYTES + _FRAME_BYTES) - log_bytes)
        return free_bytes(self._file) - grows >= disk.LEAST_FREE_BYTES

    def _forbid_growth(self) -> None:
        self._connection.execute(f"PRAGMA max_page_count = {self._number('page_count')}")

    def _number(self, pragma: str) -> int:
        number: int = self._connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        return number

    def close(self) -> None:
        os.close(self._file)
