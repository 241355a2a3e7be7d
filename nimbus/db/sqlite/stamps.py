"""Whether the write-ahead log beside a database is its own.

SQLite takes a log for that of whatever file lies beside it: an older `nimbus.db` that is put back without removing
`nimbus.db-wal` is damaged by it, or becomes the newer one again without a word. So the database file carries a
stamp, `user_version` of its header (sqlite.org/fileformat2.html, section 1.3.13), which changes with every
checkpoint. The stamps that it can have now are beside it, in `nimbus.db-stamps`, written before they can be in the
file. A file with another stamp is not the one whose log this is. A copy of its pages that was made since the last
checkpoint has the stamp, and takes the log without harm: all that has changed since then is in it.
"""

from __future__ import annotations

import logging
import os
import secrets
import sqlite3
from pathlib import Path

import msgspec

from nimbus.protocol.files import free_name, sync_directory, write_atomically

# A checkpoint that readers hold up leaves more than one; then the stamp stays as it is.
MOST_STAMPS = 16
log = logging.getLogger("nimbus.db")


class Stamps:
    """Of the database at `path`, for its one writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _file_of(path)
        self._possible: tuple[int, ...] = ()

    def _begin(self) -> None:
        """What is noted may be of a file that was here before this one."""
        now, noted = stamp_of(self._path), known(self._path) or ()
        self._possible = noted if now in noted else (now or 0,)

    def checkpoint(self, connection: sqlite3.Connection, mode: str) -> None:
        """Move the log into the database file under a new stamp. `mode` is PASSIVE or TRUNCATE."""
        if not self._possible:
            self._begin()
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
    """Where a log that is not the database's own is then, all of it; None: there is none, or it is its own. The
    database must not be open anywhere."""
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
    """In the file itself, whatever its log says. None: it cannot be read as a database. SQLite looks: whoever opens
    and closes the file beside it takes away the locks that this process has on it (fcntl(2), "advisory locks")."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
        try:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        return None


def _file_of(path: Path) -> Path:
    return path.with_name(path.name + "-stamps")
