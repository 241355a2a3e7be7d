"""Starts a worker for each statement, and ends it when its time is over."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import msgspec
import trio

from nimbus.edge.access_logs.sql.records import MAX_ANSWER, Job, Outcome, SqlAnswer
from nimbus.kernel.errors import RateLimited, Unavailable, invalid

AT_ONCE = 2
_READ_BYTES = 64 * 1024
# JSON needs more than its values.
_MOST_OUTPUT = 4 * MAX_ANSWER
_decode = msgspec.json.Decoder(Outcome).decode
log = logging.getLogger("nimbus.access_logs")


class SqlRunner:
    """Belongs to the Trio thread."""

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._limiter = trio.CapacityLimiter(AT_ONCE)

    async def run(self, who: str, job: Job) -> SqlAnswer:
        """One at a time for each `who`. Raises ValidationError, RateLimited, Unavailable."""
        if who in self._running:
            raise RateLimited("another statement of yours is running already", retry_after=2)
        self._running.add(who)
        try:
            async with self._limiter:
                outcome = await self._outcome(job)
        finally:
            self._running.discard(who)
        if outcome.answer is None:
            raise invalid("sql", outcome.refused)
        return outcome.answer

    async def _outcome(self, job: Job) -> Outcome:
        output, said, status = b"", b"", None
        with trio.move_on_after(job.seconds):
            output, said, status = await _run(job)
        if status is None:
            return _too_long(job)
        try:
            return _decode(output)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        # It was killed by a limit of its own, or came to an end of ours.
        if status < 0:
            return _too_long(job)
        log.error(
            "a worker for SQL ended with status %s: %s", status, said.decode("utf-8", "replace")[-2000:]
        )
        raise Unavailable(
            "the statement could not be run", next_step="The log of the control plane says why."
        )


def _too_long(job: Job) -> Outcome:
    return Outcome(
        refused=f"did not end within {job.seconds:g} s: ask for fewer rows (since, until, host, node, status), or"
        " give it more time (timeout)"
    )


async def _run(job: Job) -> tuple[bytes, bytes, int]:
    """Output, errors, status. Cancelled, it is killed."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-s", "-m", "nimbus.edge.access_logs.sql.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={
            "PYTHONPATH": os.pathsep.join(path for path in map(os.path.abspath, sys.path)),
            "LC_ALL": "C.UTF-8",
        },
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    read: dict[str, bytes] = {"out": b"", "err": b""}
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_collect, process.stdout, read, "out")
            nursery.start_soon(_collect, process.stderr, read, "err")
            try:
                await process.stdin.send_all(msgspec.json.encode(job))
                await process.stdin.aclose()
            except trio.BrokenResourceError:
                pass
        status = await process.wait()
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                await stream.aclose()
    return read["out"], read["err"], status


async def _collect(stream: trio.abc.ReceiveStream, into: dict[str, bytes], name: str) -> None:
    """What is too much is read and forgotten."""
    pieces, size = [], 0
    while piece := await stream.receive_some(_READ_BYTES):
        if size < _MOST_OUTPUT:
            pieces.append(piece)
        size += len(piece)
    into[name] = b"".join(pieces)
