"""Metrics that could not be said while the control plane was out of reach: on disk, bounded, sent later.

Two files take turns: when the newer is full it takes the place of the older, whose samples are lost. Nothing is
synced: a power cut may cost the last samples. What was sent and not taken out yet is sent again, without harm.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path

import msgspec
import trio

from agent.link import ControlPlaneLink, LinkDown
from nimbus.protocol.files import SECRET_MODE
from nimbus.protocol.messages import MetricBacklog, MetricSample

# Together a day of a sample every 10 s.
SAMPLES_OF_A_FILE = 4320
BATCH = 360
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(MetricSample)
log = logging.getLogger("nimbus.agent")


class Batch(msgspec.Struct, frozen=True):
    """The oldest samples: `lines` of one file, in its `turn`."""

    samples: tuple[MetricSample, ...]
    lines: int
    turn: int


class Backlog:
    """Methods block; they may be called in any thread. A disk that fails costs samples, nothing else."""

    def __init__(self, newer: Path, older: Path, samples_of_a_file: int = SAMPLES_OF_A_FILE) -> None:
        self._newer, self._older = newer, older
        self._limit = samples_of_a_file
        self._lock = threading.Lock()
        self._count = len(_lines(newer))
        # Of the oldest file so many lines have arrived; each that becomes the oldest has a turn of its own.
        self._arrived = 0
        self._turn = 0
        self.is_empty = not (self._count or older.exists())

    def add(self, sample: MetricSample) -> None:
        with self._lock:
            try:
                if self._count >= self._limit:
                    self._rotate()
                with open(self._newer, "ab", opener=_private) as file:
                    file.write(_encoder.encode(sample) + b"\n")
            except OSError as error:
                log.warning("metrics cannot be kept: %s", error)
                return
            self._count += 1
            self.is_empty = False

    def _rotate(self) -> None:
        if self._older.exists():
            self._begin_turn()
        self._newer.replace(self._older)
        self._count = 0

    def _begin_turn(self) -> None:
        self._arrived = 0
        self._turn += 1

    def batch(self, limit: int = BATCH) -> Batch | None:
        """None: there is nothing."""
        with self._lock:
            for file in (self._older, self._newer):
                lines = _lines(file)[self._arrived : self._arrived + limit]
                if lines:
                    samples = tuple(one for one in map(_decoded, lines) if one is not None)
                    return Batch(samples, len(lines), self._turn)
                self._end(file)
            self.is_empty = True
            return None

    def arrived(self, batch: Batch) -> None:
        """It is not sent again. Of a file that has gone meanwhile it does not matter."""
        with self._lock:
            if batch.turn == self._turn:
                self._arrived += batch.lines

    def _end(self, file: Path) -> None:
        """All of it has arrived."""
        if file.exists():
            file.unlink()
            self._begin_turn()
        if file == self._newer:
            self._count = 0


class BacklogSender:
    """Sends what was kept, when a heartbeat has arrived."""

    def __init__(self, backlog: Backlog, link: ControlPlaneLink) -> None:
        self._backlog = backlog
        self._link = link
        self._wakeup = trio.Event()

    async def keep(self, sample: MetricSample) -> None:
        await trio.to_thread.run_sync(self._backlog.add, sample)

    def wake(self) -> None:
        if not self._backlog.is_empty:
            self._wakeup.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wakeup.wait()
            self._wakeup = trio.Event()
            try:
                await self._send()
            except LinkDown:
                continue
            except OSError as error:
                log.warning("metrics that were kept cannot be sent: %s", error)

    async def _send(self) -> None:
        while (batch := await trio.to_thread.run_sync(self._backlog.batch)) is not None:
            message = MetricBacklog(sent_at=time.time(), samples=batch.samples)
            reply = await self._link.request("POST", "/v1/internal/metrics", _encoder.encode(message))
            if reply.status >= 500 or reply.status in (403, 429):
                # Not now. The next heartbeat wakes us again.
                return
            # Taken, or of no use to this control plane: an older one knows no such path.
            await trio.to_thread.run_sync(self._backlog.arrived, batch)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, SECRET_MODE)


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except OSError:
        return []


def _decoded(line: bytes) -> MetricSample | None:
    """None: it was cut off by the end of the machine."""
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError:
        return None
