"""The names of the mesh on this node: who answers for them, and what it answers."""

from __future__ import annotations

from typing import Protocol

import trio

from agent.directory import NodeRecord
from agent.dns.resolved import SplitDns
from agent.dns.server import NameServer
from agent.dns.zone import Zone, zone_of
from agent.node_section.settings import MeshDns
from nimbus.protocol.messages import MeshMembership, MeshPeer


class KnownMembers(Protocol):
    """`applied` changes with the members."""

    @property
    def members(self) -> dict[str, MeshPeer]: ...
    @property
    def membership(self) -> MeshMembership: ...
    @property
    def applied(self) -> int: ...


class MeshNames:
    """Belongs to the Trio thread."""

    def __init__(self, record: NodeRecord, mesh: KnownMembers, mode: MeshDns) -> None:
        assert record.mesh is not None
        self._node_id, self._mesh = record.node_id, mesh
        self._zone: Zone | None = None
        address = record.mesh.address.partition("/")[0]
        self._server = NameServer(address, self.zone) if mode != "off" else None
        self._split = SplitDns(record.interface, address) if mode == "resolved" else None

    @property
    def alerts(self) -> tuple[str, ...]:
        """What is to be known, but stops nothing."""
        return tuple(part.alert for part in (self._server, self._split) if part is not None and part.alert)

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            if self._server is not None:
                nursery.start_soon(self._server.run)
            if self._split is not None:
                nursery.start_soon(self._split.run)

    def zone(self) -> Zone:
        """Made anew with the first question after a change."""
        if self._zone is None or self._zone.serial != self._mesh.applied:
            members = self._mesh.members.values()
            self._zone = zone_of(self._mesh.membership, self._node_id, members, self._mesh.applied)
        return self._zone
