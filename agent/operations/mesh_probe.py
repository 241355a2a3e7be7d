"""`mesh_probe`: handshake, round trip and bytes of every peer."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from agent.appliers.mesh import CONTROL_PLANE, handshake_age
from agent.operations.context import Context
from agent.operations.echo import measure
from agent.operations.failure import OperationFailed
from nimbus.protocol.kinds import MeshProbe
from nimbus.protocol.messages import Link, MeshProbeResult


async def run(context: Context, parameters: MeshProbe) -> Any:
    mesh = context.mesh
    if mesh is None:
        raise OperationFailed("NO_MESH", "this node is not in a mesh", retryable=False)
    membership = mesh.membership
    targets = [(CONTROL_PLANE, CONTROL_PLANE, membership.peer_key, membership.control_plane_address)]
    targets += [
        (peer.node_id, peer.name, peer.public_key, peer.address)
        for peer in mesh.members.values()
        if peer.node_id != context.record.node_id
    ]
    context.progress(f"probing {len(targets)} peers", 0)
    addresses = [address for _, _, _, address in targets]
    try:
        rtt = await measure(addresses, count=parameters.count, wait_s=parameters.wait_ms / 1000)
    except OSError as error:
        raise OperationFailed("NO_RAW_SOCKET", f"echo requests cannot be sent: {error.strerror}") from None
    states, now = await mesh.peer_states(), time.time()
    links = []
    for node_id, name, key, address in targets:
        state = states.get(key)
        measured = rtt[address]
        endpoint = (state.endpoint or "") if state else ""
        way, tried = mesh.way_of(node_id, endpoint)
        endpoint = mesh.relay_of(address) if way == "relay" else endpoint
        links.append(
            Link(
                peer=node_id,
                name=name,
                handshake_age_s=handshake_age(state, now),
                rtt_ms=None if measured is None else round(measured, 3),
                rx_bytes=state.rx_bytes if state else 0,
                tx_bytes=state.tx_bytes if state else 0,
                endpoint=endpoint,
                way=way,
                tried=tried,
            )
        )
    context.progress(f"{sum(link.rtt_ms is not None for link in links)} of {len(links)} answered", 100)
    return msgspec.to_builtins(MeshProbeResult(tuple(links)))
