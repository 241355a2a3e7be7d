"""Where members of the mesh are now: WireGuard lets a peer roam, the allow-list of sources follows it."""

from __future__ import annotations

import logging

import msgspec
import trio

from nimbus.db import Database
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.mesh.members import Members
from nimbus.kernel.events import EventBus
from nimbus.protocol.attempts import Attempts

INTERVAL_S = 10.0
log = logging.getLogger("nimbus.enrolment")


class NodeLeftSources(msgspec.Struct, frozen=True):
    """Its packets come from outside of the allowed networks now."""

    node_id: str


class SourceWatch:
    """`outside` maps the nodes whose packets come from elsewhere to the address that they come from. A node whose
    endpoint is not known is not outside: it was checked when it joined."""

    def __init__(self, database: Database, members: Members, sources: AgentSources, bus: EventBus) -> None:
        self._database = database
        self._members = members
        self._sources = sources
        self.outside: dict[str, str] = {}
        self._bus = bus

    def admits(self, node_id: str) -> bool:
        return node_id not in self.outside

    async def check(self) -> None:
        peers = await self._database.read(self._members.present)
        addresses = {peer.node_id: host_of(peer.endpoint) for peer in peers if peer.endpoint}
        before = self.outside
        self.outside = {
            node_id: address for node_id, address in addresses.items() if not self._sources.allows(address)
        }
        for node_id in self.outside.keys() - before.keys():
            log.warning("the node %s now comes from %s", node_id, self.outside[node_id])
            self._bus.publish(NodeLeftSources(node_id))

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "the members' addresses could not be looked at")
        while True:
            with attempts:
                await self.check()
            await trio.sleep(INTERVAL_S)


def host_of(endpoint: str) -> str:
    """The address in `ADDRESS:PORT` or `[V6]:PORT`."""
    return endpoint.rpartition(":")[0].strip("[]")
