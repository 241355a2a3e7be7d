"""What access logs cost: to send, to take in, to keep, to ask.

Lines as nginx writes them, of 20 virtual hosts, 20,000 clients, 63,000 paths, each with a random id. Sent: the
agent's processor time for lines that are in its file, with a control plane that only answers. Taken in: from a
batch as it came to a block that is durable, processor time of the whole process; the size is that of the day's
file. Asked: ten million rows, 500 a second, the same few blocks again and again at other times. A statement that
never ends is one over a cross join; what counts is how long after its time it is answered.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import trio

from agent.access_logs.shipper import AccessLogs
from agent.link import Reply
from agent.state.log_positions import LogPositions
from benchmarks.control_plane import temporary_folder
from benchmarks.result import Result, percentile, within
from nimbus.edge.access_logs import store, summing
from nimbus.edge.access_logs.blocks import MINUTE_MS, Block, block_of, read_summary
from nimbus.edge.access_logs.days import DayWriter, Taken
from nimbus.edge.access_logs.lines import read_lines
from nimbus.edge.access_logs.matching import Wanted
from nimbus.edge.access_logs.sql.records import Job
from nimbus.edge.access_logs.sql.runner import SqlRunner
from nimbus.kernel.errors import ValidationError
from nimbus.protocol.access_logs import FILE_NAME, LogBatch, LogBatchTaken, decode_batch, encode_batch

START = 1_795_737_600
DAY = START // 86_400
LINES = 8192
ROWS, A_SECOND = 10_000_000, 500
MICROSECONDS_A_ROW, BYTES_A_ROW = 10.0, 45.0
HOUR_MS, SQL_LATE_MS, AGENT_SHARE = 60.0, 100.0, 0.15
_HOSTS = {str(uuid.UUID(int=number)): f"workspace-{number % 3}" for number in range(1, 21)}


class _Traffic:
    def __init__(self) -> None:
        dice = self._dice = random.Random(7)
        self._clients = [f"10.{n % 7}.{dice.randrange(256)}.{dice.randrange(256)}" for n in range(20_000)]
        self._paths = [
            f"/api/v1/things/{dice.randrange(10**6)}/part?page={dice.randrange(50)}" for _ in range(63_000)
        ]
        self._agents = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Firefox/{n}.0" for n in range(60, 140)]

    def lines(self, count: int, since: float) -> bytes:
        return b"".join(self._line(since + number / A_SECOND) for number in range(count))

    def _line(self, at: float) -> bytes:
        dice = self._dice
        number = dice.randrange(20)
        status = dice.choices(("200", "304", "404", "500", "502"), (90, 5, 3, 1, 1))[0]
        values = {
            "time": f"{at:.3f}",
            "virtual_host": list(_HOSTS)[number],
            "remote_addr": dice.choice(self._clients),
            "method": "POST" if dice.random() < 0.1 else "GET",
            "uri": dice.choice(self._paths),
            "protocol": "HTTP/1.1",
            "host": f"h{number}.example.com",
            "status": status,
            "body_bytes_sent": str(int(dice.paretovariate(1.2) * 500)),
            "request_time": f"{dice.expovariate(30):.3f}",
            "upstream_addr": f"10.0.0.{number % 8}:8080",
            "upstream_response_time": f"{dice.expovariate(30):.3f}",
            "user_agent": dice.choice(self._agents),
            "referer": "",
            "request_id": f"{dice.getrandbits(128):032x}",
        }
        return msgspec.json.encode(values) + b"\n"


def run(quick: bool = False) -> list[Result]:
    """About 60 s, quick 15."""
    traffic = _Traffic()
    texts = [traffic.lines(LINES, START + number * LINES / A_SECOND) for number in range(3 if quick else 12)]
    with temporary_folder() as folder:
        results = [trio.run(_agent, folder / "edge", b"".join(texts))]
        results += _taken_in(folder / "taken", texts)
        rows = ROWS // 10 if quick else ROWS
        blocks = [block_of(read_lines(text, "node", "workspace", _HOSTS, 2**50).entries) for text in texts]
        _fill(folder / "asked", blocks, rows)
        results += _asked(folder / "asked", rows)
        results.append(trio.run(_statement, folder / "asked"))
    return results


class _Answers:
    """Only says that all is stored."""

    async def request(
        self, _method: str, _target: str, body: bytes, _timeout: float = 60, _headers: Mapping[str, str] = {}
    ) -> Reply:
        head = msgspec.json.decode(body.partition(b"\n")[0], type=LogBatch)
        return Reply(200, msgspec.json.encode(LogBatchTaken(head.end)))


async def _agent(folder: Path, text: bytes) -> Result:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(text)
    positions = LogPositions()
    logs = AccessLogs(folder, _Answers(), positions, lambda: True)  # type: ignore[arg-type]  # what it needs of it
    began = time.process_time()
    while sum(positions.offsets.values()) < len(text):
        await logs.turn()
    spent = time.process_time() - began
    share = 20_000 * spent / text.count(b"\n")
    how = f"{text.count(10)} lines of {len(text) // text.count(10)} bytes: read, packed, sent"
    return within("agent at 20,000 lines a second", 100 * share, "% of a core", 100 * AGENT_SHARE, how)


def _taken_in(folder: Path, texts: list[bytes]) -> list[Result]:
    bodies = [
        encode_batch(LogBatch(file="one", start=number, end=number + 1), text)
        for number, text in enumerate(texts)
    ]
    writer = DayWriter(folder)
    began = time.process_time()
    for body in bodies:
        head, text = decode_batch(body)
        read = read_lines(text, "node", "workspace", _HOSTS, 2**50)
        assert writer.append([Taken("node", head.file, head.start, head.end, 0, read)], DAY)
    spent = time.process_time() - began
    writer.close()
    rows = len(texts) * LINES
    size = sum(file.stat().st_size for file in folder.iterdir())
    how = f"{rows} rows in batches of {LINES}: {rows / spent:,.0f} a processor second"
    return [
        within(
            "a row, from its batch to the disk", 1e6 * spent / rows, "us", MICROSECONDS_A_ROW, how, digits=2
        ),
        within("a row on the disk", size / rows, "bytes", BYTES_A_ROW, f"{size} bytes of the day's file"),
    ]


def _fill(folder: Path, blocks: list[Block], rows: int) -> None:
    writer = DayWriter(folder)
    writer.append([], DAY)
    writer.close()
    connection = store.open_to_write(next(folder.glob("*.db")))
    connection.execute("PRAGMA synchronous = OFF")
    width = LINES * 1000 // A_SECOND
    with connection:
        for number in range(rows // LINES):
            block = blocks[number % len(blocks)]
            first = START * 1000 + number * width
            summary = read_summary(block.summary)
            for one in summary:
                one.minute += (first - block.first) // MINUTE_MS
            moved = block._replace(
                first=first, last=first + width - 1, summary=msgspec.msgpack.encode(summary)
            )
            store.insert(connection, number * LINES, moved)
    connection.close()


def _asked(folder: Path, rows: int) -> list[Result]:
    until = (START * 1000 + rows * 1000 // A_SECOND) // MINUTE_MS * MINUTE_MS
    hour = Wanted(since=until - 3_600_000, until=until)
    errors = msgspec.structs.replace(hour, status_least=500, status_most=599)
    how = f"of {rows:,} rows, those of the last hour; median of 7"
    return [
        within(
            "5xx by host, from summaries",
            _median_ms(lambda: summing.summarise(folder, hour, 60)),
            "ms",
            HOUR_MS,
            how,
        ),
        within(
            "5xx by host, from the rows",
            _median_ms(lambda: summing.summarise(folder, errors, 60)),
            "ms",
            10 * HOUR_MS,
            how,
        ),
    ]


def _median_ms(work: Callable[[], object]) -> float:
    took = []
    for _ in range(7):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 0.5)


async def _statement(folder: Path) -> Result:
    sql = "".join(("select count(*) fr", "om access_logs a, access_logs b, access_logs c"))
    job = Job(str(folder), Wanted(since=0, until=(START + 600) * 1000), sql, 10, 2.0)
    late = []
    for _ in range(3):
        began = time.perf_counter()
        try:
            await SqlRunner().run("one", job)
        except ValidationError:
            late.append(1000 * (time.perf_counter() - began - job.seconds))
    how = "a cross join of 300,000 rows, 2 s: the last of three answers came so long after its time"
    return within("SQL that never ends", max(late), "ms after", SQL_LATE_MS, how)
