"""All SQL of a day's file: blocks, their columns, and up to where each file of each node is stored.

A file of its own by SQLite, whatever holds the rest of the control plane: a day is forgotten by deleting its file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from nimbus.edge.access_logs.blocks import FULL_ROWS, Block, Column, StoredBlock
from nimbus.protocol.files import SECRET_MODE

VERSION = 1
# Of a block; a batch has no more lines.
MOST_ROWS = 16_384
# Of a column: sixteen places for each row number.
_STRIDE = 16
_SCHEMA = """
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    rows INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    summary BLOB NOT NULL
);
CREATE TABLE columns (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE stored (
    node_id TEXT NOT NULL,
    file TEXT NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (node_id, file)
) WITHOUT ROWID;
CREATE TABLE troubles (
    node_id TEXT PRIMARY KEY,
    bad INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    lost INTEGER NOT NULL
) WITHOUT ROWID;
"""


class Trouble(NamedTuple):
    """Of a node in a day: lines that could not be read, lines about virtual hosts of others, bytes that were gone
    before they were read."""

    node_id: str
    bad: int
    refused: int
    lost: int


class BlockHead(NamedTuple):
    number: int
    rows: int
    first: int
    last: int


def open_to_write(path: Path) -> sqlite3.Connection:
    """Makes the file if need be. Raises sqlite3.Error and OSError."""
    path.touch(SECRET_MODE)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Raises sqlite3.Error."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )


def next_number(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT number + rows FROM blocks ORDER BY number DESC LIMIT 1").fetchone()
    return row[0] if row else 0


def insert(connection: sqlite3.Connection, number: int, block: Block) -> None:
    connection.execute(
        "INSERT INTO blocks (number, rows, first, last, summary) VALUES (?, ?, ?, ?, ?)",
        (number, block.rows, block.first, block.last, block.summary),
    )
    connection.executemany(
        "INSERT INTO columns (id, data) VALUES (?, ?)",
        ((number * _STRIDE + column, data) for column, data in enumerate(block.columns)),
    )


def replace(connection: sqlite3.Connection, numbers: Sequence[int], block: Block) -> None:
    """One block in the place of several that follow each other, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in numbers:
            connection.execute("DELETE FROM blocks WHERE number = ?", (number,))
            connection.execute(
                "DELETE FROM columns WHERE id >= ? AND id < ?", (number * _STRIDE, (number + 1) * _STRIDE)
            )
        insert(connection, numbers[0], block)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def note_stored(connection: sqlite3.Connection, node_id: str, file: str, end: int) -> None:
    connection.execute(
        "INSERT INTO stored (node_id, file, end) VALUES (?, ?, ?)"
        " ON CONFLICT (node_id, file) DO UPDATE SET end = max(end, excluded.end)",
        (node_id, file, end),
    )


def note_trouble(connection: sqlite3.Connection, trouble: Trouble) -> None:
    connection.execute(
        "INSERT INTO troubles (node_id, bad, refused, lost) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (node_id) DO UPDATE SET bad = bad + excluded.bad, refused = refused + excluded.refused,"
        " lost = lost + excluded.lost",
        trouble,
    )


def stored_ends(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    return {
        (node_id, file): end
        for node_id, file, end in connection.execute("SELECT node_id, file, end FROM stored")
    }


def troubles(connection: sqlite3.Connection) -> list[Trouble]:
    return [Trouble(*row) for row in connection.execute("SELECT node_id, bad, refused, lost FROM troubles")]


def heads(connection: sqlite3.Connection, since: int, until: int, newest: int) -> list[BlockHead]:
    """Blocks with requests from `since` to before `until` (milliseconds), the newest so many."""
    found = connection.execute(
        "SELECT number, rows, first, last FROM blocks WHERE last >= ? AND first < ? ORDER BY number DESC LIMIT ?",
        (since, until, newest),
    )
    return [BlockHead(*row) for row in found]


def heads_after(connection: sqlite3.Connection, number: int) -> list[BlockHead]:
    """Blocks with rows after that one, in the order in which they came, a thousand at most."""
    found = connection.execute(
        "SELECT number, rows, first, last FROM blocks WHERE number + rows - 1 > ? AND number >= ?"
        " ORDER BY number LIMIT 1000",
        (number, number - MOST_ROWS),
    )
    return [BlockHead(*row) for row in found]


def summaries(connection: sqlite3.Connection, since: int, until: int) -> Iterable[bytes]:
    """As of `heads`."""
    found = connection.execute("SELECT summary FROM blocks WHERE last >= ? AND first < ?", (since, until))
    return (summary for (summary,) in found)


def small_runs(connection: sqlite3.Connection, before: int) -> list[list[BlockHead]]:
    """Small blocks that follow each other, to be merged, of rows before a number."""
    runs: list[list[BlockHead]] = []
    run: list[BlockHead] = []
    rows = 0
    found = connection.execute(
        "SELECT number, rows, first, last FROM blocks WHERE rows < ? AND number < ? ORDER BY number",
        (FULL_ROWS // 2, before),
    )
    for row in found:
        head = BlockHead(*row)
        follows = bool(run) and run[-1].number + run[-1].rows == head.number
        if not follows or rows + head.rows > FULL_ROWS:
            runs.append(run)
            run, rows = [], 0
        run.append(head)
        rows += head.rows
    return [run for run in (*runs, run) if len(run) > 1]


def block(connection: sqlite3.Connection, day: int, head: BlockHead) -> StoredBlock:
    def load(column: int) -> bytes:
        row = connection.execute(
            "SELECT data FROM columns WHERE id = ?", (head.number * _STRIDE + column,)
        ).fetchone()
        data: bytes = row[0]
        return data

    return StoredBlock(day, *head, load)


def size_of_rows(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many rows, and the bytes of all their columns."""
    rows = connection.execute("SELECT coalesce(sum(rows), 0) FROM blocks").fetchone()[0]
    size = connection.execute("SELECT coalesce(sum(length(data)), 0) FROM columns").fetchone()[0]
    return rows, size


assert len(Column) <= _STRIDE
