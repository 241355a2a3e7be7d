"""Pure decisions of the section `node`."""

from __future__ import annotations

import msgspec

from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.fleet.nodes.records import Node
from nimbus.protocol.node_section import NodeContent, checksum_of


def content_for(reach: ControlPlaneReach, node: Node) -> NodeContent:
    """What this node is told."""
    in_mesh = bool(node.overlay_ip)
    if node.auth == "session-key":
        agent_api: tuple[str, ...] = (reach.proxy_url,) if reach.proxy_url else ()
    else:
        # Of several control planes on one database some have no mesh: theirs is no way for a node of the mesh.
        agent_api = reach.agent_api if in_mesh == bool(reach.hub_key) else ()
    through_tunnel = in_mesh and bool(reach.hub_key)
    return NodeContent(
        heartbeat_interval_s=reach.heartbeat_interval_s,
        agent_api=agent_api,
        public_api=reach.public_api,
        endpoints=reach.endpoints if through_tunnel else (),
        hub_key=reach.hub_key if through_tunnel else "",
        mtu=node.wanted_mtu or reach.mtu,
        is_own_mtu=bool(node.wanted_mtu),
        listen_port=node.wanted_port or reach.listen_port,
        is_own_port=bool(node.wanted_port),
        ca=reach.ca,
    )


def checksum(reach: ControlPlaneReach) -> str:
    """Of all that nodes are told, whatever their way."""
    return checksum_of(msgspec.json.encode(reach))
