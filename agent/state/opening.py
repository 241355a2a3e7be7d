"""Opening the state file: for writing, or a copy of it where the disk cannot be written."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.state import disk, schema
from agent.state.space import Space
from nimbus.protocol.files import SECRET_MODE

COMPANIONS = ("", "-wal", "-shm")
# Where a copy may be put for a moment; the first is the system's choice.
_PLACES_FOR_COPIES = (None, "/dev/shm", "/run")  # noqa: S108  (a folder of mode 0700 is made there)
_PRAGMAS = (
    # One connection in one process: nothing is shared, and the log's index is kept in memory.
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    "wal_autocheckpoint = 256",
    "temp_store = MEMORY",
    "cache_size = -256",
    "secure_delete = ON",
)
T = TypeVar("T")
log = logging.getLogger("nimbus.agent")


class Opened:
    """A connection that may write."""

    def __init__(self, connection: sqlite3.Connection, space: Space) -> None:
        self.connection, self.space = connection, space

    def close(self) -> None:
        self.connection.close()
        self.space.close()


def try_open(path: Path) -> Opened:
    """The file for writing, made if need be; one that is damaged, or of a newer agent, is set aside. Blocks. Raises
    OSError and sqlite3.Error when the disk takes nothing."""
    try:
        return _open(path)
    except schema.TooNew as error:
        log.error("the state file is of a newer agent (%s): it is set aside", error)
    except sqlite3.DatabaseError as error:
        if not disk.is_damaged(error):
            raise
        log.error("the state file is damaged (%s): it is set aside", error)
    set_aside(path)
    return _open(path)


def _open(path: Path) -> Opened:
    path.touch(SECRET_MODE)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    space = None
    try:
        # Before SQLite takes its locks.
        space = Space(connection, path)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        _check(connection)
        schema.migrate(connection)
        space.prepare()
    except BaseException:
        connection.close()
        if space is not None:
            space.close()
        raise
    return Opened(connection, space)


def _check(connection: sqlite3.Connection) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        error = sqlite3.DatabaseError(verdict)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def set_aside(path: Path) -> None:
    """The file and its log keep their content under another name; an earlier one of that name goes."""
    for companion in COMPANIONS:
        file = path.with_name(path.name + companion)
        if file.exists():
            file.replace(path.with_name(f"{path.name}.aside{companion}"))


def read_copy(path: Path, read: Callable[[sqlite3.Connection], T]) -> T | None:
    """What `read` finds in a file that cannot be written, and in its log: in a copy, which is thrown away. None
    when there is no file, or nothing can be read. Blocks."""
    if not path.exists():
        return None
    for place in _PLACES_FOR_COPIES:
        try:
            with tempfile.TemporaryDirectory(dir=place) as folder:
                return _read(_copy(path, Path(folder)), read)
        except (OSError, sqlite3.Error, schema.TooNew) as error:
            log.warning("the state file cannot be read by way of %s: %s", place or "a copy", error)
    return None


def _copy(path: Path, folder: Path) -> Path:
    for companion in ("", "-wal"):
        file = path.with_name(path.name + companion)
        if file.exists():
            shutil.copyfile(file, folder / file.name)
    return folder / path.name


def _read(copy: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        _check(connection)
        schema.migrate(connection)
        return read(connection)
    finally:
        connection.close()
