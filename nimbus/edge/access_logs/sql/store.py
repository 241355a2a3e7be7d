"""The table that a statement sees: in memory, guarded by SQLite's own hooks. Runs in the worker."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any

from nimbus.edge.access_logs.blocks import Column, StoredBlock
from nimbus.edge.access_logs.lines import NO_ID, NOTHING
from nimbus.kernel.clock import to_rfc3339

TABLE = "access_logs"
_COMMENT = re.compile(r"(\s+|--[^\n]*(\n|$)|/\*.*?(\*/|$))*", re.DOTALL)
_BEGINNING = re.compile(r"(select|with|values)\b", re.IGNORECASE)
# What cannot grow without bounds in one call, where no handler would see it.
_FUNCTIONS = frozenset(
    {
        "abs",
        "avg",
        "coalesce",
        "count",
        "date",
        "datetime",
        "dense_rank",
        "first_value",
        "glob",
        "group_concat",
        "ifnull",
        "iif",
        "instr",
        "julianday",
        "lag",
        "last_value",
        "lead",
        "length",
        "like",
        "lower",
        "ltrim",
        "max",
        "min",
        "nth_value",
        "ntile",
        "nullif",
        "percent_rank",
        "quantile",
        "rank",
        "round",
        "row_number",
        "rtrim",
        "sign",
        "strftime",
        "substr",
        "substring",
        "sum",
        "time",
        "total",
        "trim",
        "typeof",
        "unixepoch",
        "upper",
    }
)
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_100,
    sqlite3.SQLITE_LIMIT_COLUMN: 64,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_TURN = 20_000


def _known(values: Iterable[int]) -> list[int | None]:
    return [None if value == NOTHING else value for value in values]


def _text_or_none(values: Iterable[str]) -> list[str | None]:
    return [value or None for value in values]


def _of_place(field: int) -> Callable[[StoredBlock], list[Any]]:
    def values(block: StoredBlock) -> list[Any]:
        codes = block.codes(Column.PLACE)
        fields = [place[field] or None for place in codes.values]
        return list(map(fields.__getitem__, codes.codes))

    return values


def _paths(block: StoredBlock) -> list[Any]:
    codes = block.codes(Column.URI)
    paths = [uri.partition("?")[0] for uri in codes.values]
    return list(map(paths.__getitem__, codes.codes))


COLUMNS: dict[str, Callable[[StoredBlock], list[Any]]] = {
    "at": lambda block: [to_rfc3339(at * 1000)[:23] + "Z" for at in block.column(Column.AT)],
    "time": lambda block: [at / 1000 for at in block.column(Column.AT)],
    "node_id": _of_place(0),
    "virtual_host_id": _of_place(1),
    "workspace_id": _of_place(2),
    "remote_addr": lambda block: block.column(Column.CLIENT),
    "method": lambda block: block.column(Column.METHOD),
    "uri": lambda block: block.column(Column.URI),
    "path": _paths,
    "protocol": lambda block: block.column(Column.PROTOCOL),
    "host": lambda block: block.column(Column.HOST),
    "status": lambda block: block.column(Column.STATUS),
    "body_bytes_sent": lambda block: block.column(Column.SIZE),
    "response_time_ms": lambda block: _known(block.numbers(Column.DURATION)),
    "upstream_addr": lambda block: _text_or_none(block.column(Column.UPSTREAM)),
    "upstream_time_ms": lambda block: _known(block.numbers(Column.UPSTREAM_TIME)),
    "user_agent": lambda block: _text_or_none(block.column(Column.USER_AGENT)),
    "referer": lambda block: _text_or_none(block.column(Column.REFERER)),
    "request_id": lambda block: [
        None if one == NO_ID else one.hex() for one in block.column(Column.REQUEST_ID)
    ],
    "raw": lambda block: _text_or_none(block.column(Column.RAW)),
}


class Refused(Exception):
    """In words for people."""


class _Quantile:
    """quantile(value, share): the smallest value that is not below that share of them."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._share = 0.0

    def step(self, value: Any, share: Any) -> None:
        if isinstance(value, int | float) and isinstance(share, int | float):
            self._values.append(value)
            self._share = min(1.0, max(0.0, float(share)))

    def finalize(self) -> float | None:
        if not self._values:
            return None
        self._values.sort()
        return self._values[min(len(self._values) - 1, int(self._share * len(self._values)))]


class Table:
    """An empty table, until it is filled with the columns that the statement reads."""

    def __init__(self, sql: str) -> None:
        if _BEGINNING.match(sql, _COMMENT.match(sql).end()) is None:  # type: ignore[union-attr]  # it takes ""
            raise Refused("only SELECT is taken")
        self._sql = sql
        self._read: set[str] = set()
        self._refusal = ""
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.execute("PRAGMA temp_store = MEMORY")
        types = {"time": "REAL", "status": "INTEGER", "body_bytes_sent": "INTEGER"}
        columns = ", ".join(f"{name} {types.get(name, '')}" for name in COLUMNS)
        self._connection.execute(f"CREATE TABLE {TABLE} ({columns})")
        self._connection.create_aggregate("quantile", 2, _Quantile)  # type: ignore[arg-type]  # its own protocol
        for limit, value in _LIMITS.items():
            self._connection.setlimit(limit, value)

    def columns(self) -> list[str]:
        """Those that the statement reads: SQLite names them when it compiles it. Raises Refused."""
        self._connection.set_authorizer(self._authorize)
        self._run(f"EXPLAIN {self._sql}")
        self._connection.set_authorizer(None)
        return [name for name in COLUMNS if name in self._read] or ["status"]

    def fill(self, block: StoredBlock, mask: bytes, columns: Sequence[str]) -> None:
        values = [compress(COLUMNS[name](block), mask) for name in columns]
        marks = ", ".join("?" for _ in columns)
        limit = self._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, len(columns))
        self._connection.executemany(
            f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({marks})", zip(*values, strict=True)
        )
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)

    def rows(self, until: float) -> tuple[list[str], sqlite3.Cursor]:
        """Names and rows of the answer; stopped at this moment of the monotonic clock. Raises Refused."""
        self._connection.set_authorizer(self._authorize)
        self._connection.set_progress_handler(lambda: time.monotonic() > until, _TURN)
        cursor = self._run(self._sql)
        return [name for name, *_ in cursor.description or ()], cursor

    def _run(self, sql: str) -> sqlite3.Cursor:
        self._refusal = ""
        try:
            return self._connection.execute(sql)
        except sqlite3.Warning:
            raise Refused("only one statement is taken") from None
        except (sqlite3.Error, UnicodeError, ValueError) as error:
            raise Refused(self._refusal or str(error)) from None

    def _authorize(
        self, action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
    ) -> int:
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and first == TABLE:
            self._read.add(second or "")
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS:
            return sqlite3.SQLITE_OK
        self._refusal = self._refusal or _why(action, first, second)
        return sqlite3.SQLITE_DENY


def _why(action: int, first: str | None, second: str | None) -> str:
    if action == sqlite3.SQLITE_FUNCTION:
        return f"the function {second} is not available"
    if action == sqlite3.SQLITE_READ:
        return f"there is no table {first}; the table is {TABLE}"
    if action == sqlite3.SQLITE_RECURSIVE:
        return "recursive statements are not taken"
    return "only SELECT over the table access_logs is taken"
