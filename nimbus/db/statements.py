"""What a statement changes, read off its text: the table, of which rows, and which of their columns.

Only what is plain to see counts as narrow; anything else has changed everything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

EVERY_TABLE = "*"
_READS = re.compile(r"\s*(?:SELECT|PRAGMA)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)", re.IGNORECASE)
_INSERT = re.compile(
    r"\s*INSERT\s+INTO\s+\w+\s*\([\w\s,]+\)\s*VALUES\s*\([^()]*\)\s*(?:ON CONFLICT[^;]*DO NOTHING)?\s*",
    re.IGNORECASE,
)
_UPDATE = re.compile(r"\s*UPDATE\s+\w+\s+SET\s+(.*?)\s+WHERE\s+(.*)", re.IGNORECASE | re.DOTALL)
_ONE_ROW = re.compile(r"id = \?(?:\s+AND\s.*|\s+RETURNING\s.*|\s*)", re.IGNORECASE | re.DOTALL)
_TEXT = re.compile(r"'[^']*'")
_INNER = re.compile(r"\([^()]*\)")


class Statement(msgspec.Struct, frozen=True):
    """`table` is "" for one that writes nothing. `adds`: rows that were there before stay as they are. `id_at`:
    which parameter is the id of the one row that changes; None: any rows. `columns`: which of theirs; None: any."""

    table: str
    adds: bool = False
    id_at: int | None = None
    columns: frozenset[str] | None = None


@functools.lru_cache(maxsize=2048)
def statement(sql: str) -> Statement:
    """What lists are made of is not written by triggers or cascades, which no statement names."""
    match = _WRITES.match(sql)
    if match is None:
        return Statement("" if _READS.match(sql) else EVERY_TABLE)
    table, plain = match[1].lower(), _TEXT.sub("''", sql)
    if _INSERT.fullmatch(plain):
        return Statement(table, adds=True)
    if (updated := _UPDATE.fullmatch(plain)) is not None:
        narrow = _ONE_ROW.fullmatch(updated[2]) and not re.search(r"\bOR\b", updated[2], re.IGNORECASE)
        id_at = updated[1].count("?") if narrow else None
        return Statement(table, id_at=id_at, columns=_assigned(updated[1]))
    return Statement(table)


def _assigned(assignments: str) -> frozenset[str]:
    while (outer := _INNER.sub("", assignments)) != assignments:
        assignments = outer
    return frozenset(one.partition("=")[0].strip().lower() for one in assignments.split(","))


class Change:
    """What has changed in one table, of the rows that were there before. `rows` and `columns` of None are all."""

    __slots__ = ("columns", "rows")

    def __init__(self) -> None:
        self.rows: set[object] | None = set()
        self.columns: set[str] | None = set()


class Changes:
    """What some statements have changed, by table."""

    __slots__ = ("tables",)

    def __init__(self) -> None:
        self.tables: dict[str, Change] = {}

    def note(self, sql: str, parameter_rows: Iterable[Sequence[object]]) -> None:
        """A statement, and the parameters that it was run with, each time."""
        found = statement(sql)
        if not found.table:
            return
        change = self.tables.get(found.table)
        if change is None:
            change = self.tables[found.table] = Change()
        if found.adds:
            return
        if found.id_at is None:
            change.rows = None
        elif change.rows is not None:
            change.rows.update([parameters[found.id_at] for parameters in parameter_rows])
        if found.columns is None:
            change.columns = None
        elif change.columns is not None:
            change.columns |= found.columns


NO_CHANGES: Mapping[str, Change] = {}
