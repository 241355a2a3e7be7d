"""Joins what carries WireGuard's datagrams: the relay between nodes, and ways over TLS where UDP is blocked."""

from __future__ import annotations

from collections.abc import Callable

import trio

from nimbus.composition.foundation import Foundation
from nimbus.composition.mesh_setup import MeshSetup
from nimbus.fleet.mesh.places import Places
from nimbus.fleet.mesh.records import Carried
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.relay.relay_nodes import RelayNodes
from nimbus.fleet.relay.service import Relay
from nimbus.fleet.relay.tls_ways import TlsWays


class RelayParts:
    """Without a mesh there is no relay and no way over TLS."""

    def __init__(
        self,
        foundation: Foundation,
        mesh_setup: MeshSetup,
        nodes: Nodes,
        places: Places,
        is_present: Callable[[str], bool],
    ) -> None:
        self.nodes = RelayNodes(foundation.database, nodes, places, is_present)
        self.nodes.subscribe(foundation.bus)
        self.relay: Relay | None = None
        self.tls_ways: TlsWays | None = None
        base, identity = mesh_setup.base, mesh_setup.identity
        if base is None or identity is None:
            return
        self.relay = Relay(base.name, identity.address, places.may_talk)
        self.tls_ways = TlsWays(identity.public_key, base.listen_port)

    def source_of(self, endpoint: str) -> str:
        """Where the node is whose WireGuard comes over TLS by this endpoint of loopback; "" for others."""
        return self.tls_ways.source_of(endpoint) if self.tls_ways else ""

    def carried(self) -> Carried:
        if self.relay is None or self.tls_ways is None:
            return Carried()
        counters = self.relay.counters
        return Carried(
            relayed_frames=counters.carried,
            relayed_bytes=counters.carried_bytes,
            dropped_no_room=counters.no_room,
            dropped_not_served=counters.not_served,
            over_tls=self.tls_ways.number,
        )

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.nodes.run)
        if self.relay is not None:
            nursery.start_soon(self.relay.run)
