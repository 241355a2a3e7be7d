"""SQL over access logs: answers what it is asked, reaches nothing else, and always ends."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from nimbus.edge.access_logs.days import DayWriter, Taken
from nimbus.edge.access_logs.lines import NO_ID, NOTHING, Entry, Place, Read
from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.sql.records import Job, SqlAnswer
from nimbus.edge.access_logs.sql.runner import SqlRunner
from nimbus.edge.access_logs.sql.store import Refused, Table
from nimbus.kernel.errors import RateLimited, ValidationError

START = 1_700_000_000_000


def entry(number: int) -> Entry:
    place = Place("node-1", "host-1", "mine" if number % 2 else "theirs")
    return Entry(
        START + number,
        place,
        f"192.0.2.{number % 7}",
        "GET",
        f"/a/{number % 5}?q={number}",
        "HTTP/1.1",
        "www.example",
        500 if number % 10 == 1 else 200,
        number,
        number if number % 3 else NOTHING,
        "",
        NOTHING,
        "",
        "",
        NO_ID,
        "",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = DayWriter(tmp_path / "logs")
    writer.append([Taken("n", "f", 0, 1, 0, Read([entry(number) for number in range(1000)], 0, 0))], 20_000)
    writer.close()
    return tmp_path / "logs"


def run(sql: str) -> None:
    table = Table(sql)
    table.columns()
    table.rows(time.monotonic() + 60)


MINE = Wanted(since=0, until=2**53, workspaces=frozenset({"mine"}))


def job(folder: Path, sql: str, seconds: float = 20, **fields: Any) -> Job:
    return msgspec.structs.replace(Job(str(folder), MINE, sql, 1000, seconds), **fields)


async def ask(folder: Path, sql: str, seconds: float = 20, **fields: Any) -> SqlAnswer:
    return await SqlRunner().run("ada", job(folder, sql, seconds, **fields))


async def test_it_answers_from_what_may_be_read(folder: Path) -> None:
    answer = await ask(
        folder,
        "-- by path\n WITH a AS (SELECT path, status, response_time_ms AS ms FROM access_logs)"
        " SELECT path, count(*) AS n, sum(status >= 500) AS bad, max(ms) FROM a GROUP BY 1 ORDER BY 1",
    )
    assert answer.columns == ["path", "n", "bad", "max(ms)"]
    assert [row[:3] for row in answer.rows] == [
        ["/a/0", 100, 0],
        ["/a/1", 100, 100],
        ["/a/2", 100, 0],
        ["/a/3", 100, 0],
        ["/a/4", 100, 0],
    ]
    assert (answer.rows_read, answer.truncated) == (500, False)
    answer = await ask(folder, "SELECT DISTINCT workspace_id FROM access_logs")
    assert answer.rows == [["mine"]]
    answer = await ask(folder, "SELECT * FROM access_logs ORDER BY time", max_rows=3)
    assert (len(answer.rows), answer.truncated) == (3, True)
    assert dict(zip(answer.columns, answer.rows[0], strict=True)) | {"at": ""} == {
        "at": "",
        "time": (START + 1) / 1000,
        "node_id": "node-1",
        "virtual_host_id": "host-1",
        "workspace_id": "mine",
        "remote_addr": "192.0.2.1",
        "method": "GET",
        "uri": "/a/1?q=1",
        "path": "/a/1",
        "protocol": "HTTP/1.1",
        "host": "www.example",
        "status": 500,
        "body_bytes_sent": 1,
        "response_time_ms": 1,
        "upstream_addr": None,
        "upstream_time_ms": None,
        "user_agent": None,
        "referer": None,
        "request_id": None,
        "raw": None,
    }
    answer = await ask(folder, "SELECT count(*), quantile(body_bytes_sent, 0.5) FROM access_logs")
    assert answer.rows == [[500, 501]]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "nonsense",
        "SELECT",
        "SELECT 1; SELECT 2",
        "EXPLAIN SELECT 1",
        "/* a */ DELETE FROM access_logs",
        "INSERT INTO access_logs (status) VALUES (1)",
        "WITH a AS (SELECT 1) DELETE FROM access_logs",
        "CREATE TABLE a (b)",
        "DROP TABLE access_logs",
        "ATTACH '/etc/passwd' AS a",
        "PRAGMA table_info(access_logs)",
        "VACUUM INTO '/tmp/x'",
        "BEGIN",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM json_each('[1]')",
        "SELECT load_extension('x')",
        "SELECT printf('%.*c', 900000000, 'x')",
        "SELECT format('%.*c', 900000000, 'x')",
        "SELECT zeroblob(900000000)",
        "SELECT randomblob(900000000)",
        "SELECT replace(hex(uri), 'a', 'b') FROM access_logs",
        "SELECT readfile('/etc/passwd')",
        "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a",
        "SELECT ?1",
        "SELECT " + " + ".join(["1"] * 60),
        " UNION ALL ".join(["SELECT 1"] * 20),
        "SELECT '\ud800'",
        "SELECT 1\0",
    ],
)
def test_what_is_no_question_is_refused(sql: str) -> None:
    with pytest.raises(Refused):
        run(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM access_logs a, access_logs b, access_logs c, access_logs d",
        "SELECT group_concat(a.uri || b.uri) FROM access_logs a, access_logs b, access_logs c",
    ],
)
async def test_what_never_ends_is_ended(folder: Path, sql: str) -> None:
    with trio.fail_after(30):
        with pytest.raises(ValidationError, match="sql: "):
            await ask(folder, sql, 1.5)


async def test_memory_is_bounded(folder: Path) -> None:
    """A sort of thousands of texts of 300 kB."""
    sql = (
        "SELECT x || uri FROM access_logs, (SELECT 1 FROM access_logs LIMIT 20), (SELECT group_concat(a.uri) AS x"
        " FROM access_logs a, (SELECT 1 FROM access_logs LIMIT 60)) ORDER BY 1 DESC"
    )
    with pytest.raises(ValidationError, match=r"sql: .*memory"):
        await ask(folder, sql)


async def test_one_at_a_time(folder: Path) -> None:
    runner = SqlRunner()
    slow = job(folder, "SELECT count(*) FROM access_logs a, access_logs b, access_logs c, access_logs d", 2)

    async def run_slow() -> None:
        with pytest.raises(ValidationError):
            await runner.run("ada", slow)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_slow)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(RateLimited):
            await runner.run("ada", job(folder, "SELECT 1"))
    assert (await runner.run("ada", job(folder, "SELECT 1"))).rows == [[1]]
