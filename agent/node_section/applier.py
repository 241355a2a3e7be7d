"""The section `node` followed: fetched when there is a newer one, kept, and told to who lives by it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
import trio

from agent.link import ControlPlaneLink, LinkDown
from agent.node_section.desired import DesiredNode
from nimbus.protocol.node_section import NodeSection

log = logging.getLogger("nimbus.agent")


class NodeApplier:
    """Belongs to the Trio thread. `use` is told that there is something new in `desired`."""

    def __init__(
        self, node_id: str, desired: DesiredNode, link: ControlPlaneLink, use: Callable[[], None]
    ) -> None:
        self._node_id = node_id
        self._desired = desired
        self._link = link
        self._use = use
        self._published = desired.revision
        self._news = trio.Event()

    @property
    def applied(self) -> int:
        return self._desired.revision

    @property
    def is_current(self) -> bool:
        """What was last learned is applied."""
        return self.applied == self._published

    def learn(self, revision: int) -> None:
        """The control plane has this revision (0: it says nothing of it)."""
        if revision:
            self._published = revision
            if revision != self._desired.revision:
                self._news.set()

    async def run(self) -> None:
        """Follow the control plane's revisions until cancelled."""
        while True:
            await self._news.wait()
            self._news = trio.Event()
            try:
                await self._follow()
            except LinkDown:
                # Heartbeats and polls name the revision again.
                continue
            except msgspec.DecodeError as error:
                log.warning("information from the control plane cannot be read: %s", error)

    async def _follow(self) -> None:
        target = f"/v1/internal/desired/{self._node_id}/node?revision={self._desired.revision}"
        reply = await self._link.request("GET", target)
        if reply.status == 200:
            await self.take(msgspec.json.decode(reply.body, type=NodeSection))

    async def take(self, section: NodeSection) -> None:
        """Apply it, and keep it."""
        before = self._desired.content
        if not self._desired.take(section):
            log.warning("information from the control plane is inconsistent and is ignored")
            return
        if self._desired.content != before:
            log.info("where the control plane is, and how to speak to it: revision %d", section.revision)
        # A disk that fails must not keep the node from following.
        self._use()
        await self._desired.store()
