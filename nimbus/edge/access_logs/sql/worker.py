"""The process that runs one statement: `python -m nimbus.edge.access_logs.sql.worker`, a job on its standard input,
an outcome on its output. Whatever goes wrong in it, it is ended from outside."""

from __future__ import annotations

import math
import os
import resource
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from nimbus.edge.access_logs.days import open_days
from nimbus.edge.access_logs.matching import mask_of
from nimbus.edge.access_logs.search import blocks_of, opened
from nimbus.edge.access_logs.sql.records import MAX_ANSWER, MAX_READ, Job, Outcome, SqlAnswer
from nimbus.edge.access_logs.sql.store import Refused, Table

MEMORY_BYTES = 1024 * 1024 * 1024
_NOBODY = 65534


def main() -> None:
    began = time.monotonic()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    _limit(job.seconds)
    try:
        outcome = Outcome(_answered(job, began))
    except Refused as error:
        outcome = Outcome(refused=str(error))
    except MemoryError:
        outcome = Outcome(refused="it needs more memory than there is for it: ask for fewer rows")
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


def _limit(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    processor = math.ceil(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _give_up_rights() -> None:
    """Nothing is written from here on, and no file of the control plane's can be read."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _answered(job: Job, began: float) -> SqlAnswer:
    table = Table(job.sql)
    read = _filled(table, job)
    _give_up_rights()
    names, cursor = table.rows(began + job.seconds)
    rows: list[list[Any]] = []
    size, truncated = 0, False
    try:
        for row in cursor:
            shown = [_shown(value) for value in row]
            size += sum(len(str(value)) + 8 for value in shown)
            if len(rows) == job.max_rows or size > MAX_ANSWER:
                truncated = True
                break
            rows.append(shown)
    except sqlite3.Error as error:
        raise Refused(str(error)) from None
    took = round((time.monotonic() - began) * 1000)
    return SqlAnswer(columns=names, rows=rows, truncated=truncated, rows_read=read, took_ms=took)


def _filled(table: Table, job: Job) -> int:
    """How many rows it has."""
    columns, read = table.columns(), 0
    with open_days(Path(job.folder)) as days:
        for day, head in blocks_of(days, job.wanted):
            block = opened(day, head)
            mask = mask_of(block, job.wanted)
            if mask is None:
                continue
            read += mask.count(1)
            if read > MAX_READ:
                raise Refused(
                    f"more than {MAX_READ} requests are to be looked at: narrow since and until, or name a host,"
                    " node or status"
                )
            table.fill(block, mask, columns)
    return read


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


if __name__ == "__main__":
    main()
