"""What an edge says of itself: when it is otherwise than last said, and each five minutes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
import trio

from agent.link import ControlPlaneLink, LinkDown
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.edge import EdgeReport

if TYPE_CHECKING:
    from agent.edge.edge import Edge

PATH = "/v1/internal/edge/report"
LOOK_S, SAY_S = 5.0, 300.0
log = logging.getLogger("nimbus.edge")


class Reporting:
    """`mend` is done at each look, and may raise LinkDown."""

    def __init__(self, edge: Edge, link: ControlPlaneLink, mend: Callable[[], Awaitable[None]]) -> None:
        self._edge, self._link, self._mend = edge, link, mend
        self._said: EdgeReport | None = None
        self._said_at = 0.0
        self._shown_at = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "the edge cannot be looked at", but=LinkDown)
        while True:
            try:
                with attempts:
                    await self._turn()
            except LinkDown:
                # What is said again later.
                self._said = None
            with trio.move_on_after(LOOK_S):
                await self._edge.news.wait()

    async def _turn(self) -> None:
        now = trio.current_time()
        self._edge.news = trio.Event()
        is_due = self._said is None or now >= self._said_at + SAY_S
        if now >= self._shown_at + SAY_S:
            self._shown_at = now
            await self._edge.shown_serials()
        report = await self._edge.report()
        if is_due or (self._said is not None and is_news(self._said, report)):
            await self._say(report)
            self._said, self._said_at = report, now
        await self._mend()

    async def _say(self, report: EdgeReport) -> None:
        if not self._link.connected:
            raise LinkDown
        reply = await self._link.request("POST", PATH, msgspec.json.encode(report))
        if reply.status >= 300:
            log.warning("the edge's report was refused", extra={"status": reply.status})


def is_news(said: EdgeReport, now: EdgeReport) -> bool:
    """What nginx counts is otherwise each time."""
    return msgspec.structs.replace(said, counts=None) != msgspec.structs.replace(now, counts=None)
