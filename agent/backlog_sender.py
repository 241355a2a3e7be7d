"""Sends the metrics that were kept while the control plane was out of reach."""

from __future__ import annotations

import logging
import time

import msgspec
import trio

from agent.link import ControlPlaneLink, LinkDown
from agent.state.backlog import Backlog
from agent.state.database import StateUnwritable
from nimbus.protocol.messages import MetricBacklog

_encode = msgspec.json.Encoder().encode
log = logging.getLogger("nimbus.agent")


class BacklogSender:
    """Sends when it is woken: after a heartbeat has arrived."""

    def __init__(self, backlog: Backlog, link: ControlPlaneLink) -> None:
        self._backlog = backlog
        self._link = link
        self._wakeup = trio.Event()

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
            except StateUnwritable as error:
                log.warning("stored metrics cannot be sent: %s", error)

    async def _send(self) -> None:
        while (batch := await self._backlog.batch()) is not None:
            message = MetricBacklog(sent_at=time.time(), samples=batch.samples)
            reply = await self._link.request("POST", "/v1/internal/metrics", _encode(message))
            if reply.status >= 500 or reply.status in (403, 429):
                # Not now. The next heartbeat wakes us again.
                return
            # Taken, or of no use to this control plane: an older one knows no such path.
            await self._backlog.arrived(batch)
