"""Sends what nginx writes: each line once, within a budget, for as long as it takes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import trio

from agent.access_logs.files import LogFile, log_files, read_piece
from agent.access_logs.redaction import redacted
from agent.access_logs.rotation import make_private, rotate, tidy
from agent.link import ControlPlaneLink, LinkDown, Reply
from agent.state.log_positions import LogPositions
from nimbus.protocol.access_logs import MAX_BODY, MAX_LINES, PATH, LogBatch, LogBatchTaken, encode_batch

POLL_S = 0.5
# Where there is no file at all.
IDLE_S = 2.0
# Between batches of a backlog: some 30,000 lines a second, and heartbeats come between.
PAUSE_S = 0.25
TIDY_S = 5.0
TEXT_BYTES = 2 * 1024 * 1024
BACKOFF_S, LONGEST_BACKOFF_S = 2.0, 60.0
_LEVEL = 1
_taken = msgspec.json.Decoder(LogBatchTaken)
log = logging.getLogger("nimbus.agent")


class _Ready(NamedTuple):
    head: LogBatch
    body: bytes


class AccessLogs:
    """`folder` is the edge's; `may_send`: whether this node is connected and approved."""

    def __init__(
        self,
        folder: Path,
        link: ControlPlaneLink,
        positions: LogPositions,
        may_send: Callable[[], bool],
        *,
        text_bytes: int = TEXT_BYTES,
    ) -> None:
        self._folder, self._link, self._positions = folder, link, positions
        self._may_send = may_send
        self._text_bytes = text_bytes
        # Bytes that were gone before they were read, not told yet.
        self._lost = 0
        self._seen: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._tidied = -TIDY_S
        self._backoff = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await trio.sleep(await self.turn())

    async def turn(self) -> float:
        """Look once, and send a batch at most. Seconds until the next."""
        try:
            files = await trio.to_thread.run_sync(log_files, self._folder)
            self._note_gone(files)
            await self._keep_in_bounds(files)
            if not files:
                return IDLE_S
            if not self._may_send():
                return POLL_S
            return await self._send_next(files)
        except LinkDown:
            return POLL_S
        except OSError as error:
            log.warning("access logs cannot be read: %s", error)
            return LONGEST_BACKOFF_S

    def _note_gone(self, files: Sequence[LogFile]) -> None:
        """Files that are nowhere any more, and had not been sent whole. One that is being renamed can be missed by
        one look."""
        there = {file.id: file.size for file in files}
        for name, size in self._missing.items():
            if name not in there:
                self._lost += max(0, size - self._positions.offset(name))
        self._missing = {name: size for name, size in self._seen.items() if name not in there}
        self._seen = there

    async def _keep_in_bounds(self, files: Sequence[LogFile]) -> None:
        if trio.current_time() < self._tidied + TIDY_S:
            return
        self._tidied = trio.current_time()
        offsets = dict(self._positions.offsets)
        lost = await trio.to_thread.run_sync(self._tidy, files, offsets)
        self._lost += lost
        if lost:
            log.warning("%d bytes of access logs were deleted before they could be sent", lost)
        await self._positions.keep({file.id for file in files} | set(self._missing))

    def _tidy(self, files: Sequence[LogFile], offsets: dict[str, int]) -> int:
        make_private(self._folder)
        rotate(self._folder, files)
        lost = tidy(self._folder, files, offsets)
        for file in files:
            if not file.path.exists():
                self._seen.pop(file.id, None)
        return lost

    async def _send_next(self, files: Sequence[LogFile]) -> float:
        for file in files:
            offset = self._positions.offset(file.id)
            if offset >= file.size:
                continue
            ready = await trio.to_thread.run_sync(self._prepared, file, offset)
            if ready is None:
                continue
            return await self._send(ready)
        return POLL_S

    def _prepared(self, file: LogFile, offset: int) -> _Ready | None:
        """The next lines of a file, packed; None: there are none yet. Blocks."""
        most = self._text_bytes
        while True:
            piece = read_piece(file, offset, most)
            if piece is None:
                return None
            lost = self._lost + (0 if piece.text else piece.end - offset)
            head = LogBatch(file=file.id, start=offset, end=piece.end, lost=lost)
            body = encode_batch(head, redacted(piece.text), _LEVEL)
            if (len(body) <= MAX_BODY and piece.text.count(b"\n") < MAX_LINES) or most < 4096:
                return _Ready(head, body)
            most //= 2

    async def _send(self, ready: _Ready) -> float:
        reply = await self._link.request("POST", PATH, ready.body)
        stored = _stored(reply)
        if stored is None and reply.status in (413, 422):
            log.error("a batch of access logs was refused, and is left away: %s", reply.body[:300])
            self._lost += ready.head.end - ready.head.start
            stored = ready.head.end
        elif stored is None or stored <= ready.head.start:
            self._backoff = min(LONGEST_BACKOFF_S, max(BACKOFF_S, 2 * self._backoff))
            return self._backoff
        else:
            self._lost = max(0, self._lost - ready.head.lost)
        self._backoff = 0.0
        self._positions.move(ready.head.file, stored)
        return PAUSE_S


def _stored(reply: Reply) -> int | None:
    """None: it was not taken."""
    if reply.status != 200:
        return None
    try:
        return _taken.decode(reply.body).stored
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
