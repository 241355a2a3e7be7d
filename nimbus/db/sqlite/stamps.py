"""Whether the write-ahead log beside a database is its own.

SQLite takes a log for that of whatever file lies beside it: an older `nimbus.db` that is put back without removing
`nimbus.db-wal` is damaged by it, or becomes the newer one again without a word. So the database file carries a
stamp, `user_version` of its header (sqlite.org/fileformat2.html, section 1.3.13), which changes with every
checkpoint. The stamps that it can have now are beside it, in `nimbus.db-stamps`, written before they can be in the
file. A file with another stamp is not the one whose log this is; nor is one that is not in WAL mode (bytes 18 and
19), as copies by `VACUUM INTO` are not. A copy that was made since the last checkpoint has the stamp, and takes the
log without harm: all that has changed since then is in it.
"""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
from pathlib import Path

import msgspec

from nimbus.protocol.files import free_name, sync_directory, write_atomically

HEADER_BYTES = 64
# A checkpoint that readers hold up leaves more than one; then the stamp stays as it is.
MOST_STAMPS = 16
_WAL_MODE, NOT_IN_WAL_MODE = bytes([2, 2]), -1
log = logging.getLogger("nimbus.db")


class Stamps:
    """Of the database at `path`, for its one writer."""

    def __init__(self, path: Path) -> None:
        self._file = _file_of(path)
        now, noted = stamp_of(path), known(path) or ()
        # What is noted may be of a file that was here before this one.
        self._possible = noted if now in noted else (now,) if now is not None else ()

    def checkpoint(self, connection: sqlite3.Connection, mode: str) -> None:
        """Move the log into the database file under a new stamp. `mode` is PASSIVE or TRUNCATE."""
        new = secrets.randbelow(2**31 - 1) + 1
        if len(self._possible) < MOST_STAMPS and self._note((*self._possible, new)):
            try:
                connection.execute(f"PRAGMA user_version = {new}")
            except sqlite3.OperationalError as error:
                # A full disk: the stamp stays as it was, which is noted too.
                log.warning("the database was not stamped: %s", error)
        busy, in_log, moved = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        if not busy and in_log == moved and len(self._possible) > 1:
            self._note((int(connection.execute("PRAGMA user_version").fetchone()[0]),))

    def _note(self, stamps: tuple[int, ...]) -> bool:
        """Without room for it the stamp stays as it was, which is noted already."""
        try:
            write_atomically(self._file, msgspec.json.encode(stamps))
        except OSError as error:
            log.warning("%s cannot be written: %s", self._file, error.strerror)
            return False
        self._possible = stamps
        return True


def known(path: Path) -> tuple[int, ...] | None:
    """None: nothing is known, as of a database that an older version has served."""
    try:
        return msgspec.json.decode(_file_of(path).read_bytes(), type=tuple[int, ...]) or None
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def set_foreign_log_aside(path: Path) -> Path | None:
    """Before anything opens the database: a log that is not its own gets another name, and nothing of it is lost.
    Where it is then; None: there is none, or it is the database's own."""
    waiting = path.with_name(path.name + "-wal")
    stamps = known(path)
    if stamps is None or not path.exists() or not waiting.exists() or not waiting.stat().st_size:
        return None
    stamp = stamp_of(path)
    if stamp is None or stamp in stamps:
        return None
    aside = free_name(waiting.with_name(waiting.name + ".aside"))
    os.replace(waiting, aside)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    sync_directory(path.parent)
    log.warning(
        "%s was replaced by another file: what waits in its log belongs to the file of before, and is now in %s",
        path,
        aside,
    )
    return aside


def stamp_of(path: Path) -> int | None:
    """In the file itself, whatever its log says. None: there is no header yet."""
    try:
        with open(path, "rb") as stream:
            header = stream.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    if len(header) < HEADER_BYTES:
        return None
    return int.from_bytes(header[60:64], "big") if header[18:20] == _WAL_MODE else NOT_IN_WAL_MODE


def _file_of(path: Path) -> Path:
    return path.with_name(path.name + "-stamps")
