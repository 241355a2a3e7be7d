"""What a worker is asked, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.records import LogFilter
from nimbus.kernel.shapes import shaped, whole

MAX_SQL = 20_000
MAX_ROWS = 10_000
MAX_ANSWER = 1024 * 1024
# Rows that are looked at; more would not be ready within the longest time.
MAX_READ = 1_000_000
LONGEST_S = 10.0


class SqlRequest(LogFilter, forbid_unknown_fields=True, kw_only=True):
    """`sql`: one SELECT over the table access_logs, which has the requests that the other fields ask for; without
    `since` those of the last hour. `timeout`: seconds."""

    sql: Annotated[str, shaped(minLength=1, maxLength=MAX_SQL)]
    max_rows: Annotated[int, whole(1, MAX_ROWS)] = 1000
    timeout: Annotated[float, shaped(minimum=0.1, maximum=LONGEST_S)] = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.sql) <= MAX_SQL:
            raise ValueError(f"sql: must have 1 to {MAX_SQL} characters")
        if not 1 <= self.max_rows <= MAX_ROWS:
            raise ValueError(f"max_rows: must be from 1 to {MAX_ROWS}")
        if not 0.1 <= self.timeout <= LONGEST_S:
            raise ValueError(f"timeout: must be from 0.1 to {LONGEST_S:g} seconds")


class SqlAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`truncated`: there are more rows than were asked for, or than fit. `rows_read`: of requests looked at."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    rows_read: int
    took_ms: int


class Job(msgspec.Struct, frozen=True):
    """For the worker."""

    folder: str
    wanted: Wanted
    sql: str
    max_rows: int
    seconds: float


class Outcome(msgspec.Struct, frozen=True):
    """Of the worker: an answer, or in words what is wrong with the statement."""

    answer: SqlAnswer | None = None
    refused: str = ""
