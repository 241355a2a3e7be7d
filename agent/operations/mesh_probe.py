"""`mesh_probe`: handshake, round trip and bytes of every peer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from agent.appliers.control_plane_way import handshake_age
from agent.appliers.mesh import CONTROL_PLANE
from agent.operations.context import Context
from agent.operations.echo import measure
from agent.operations.failure import OperationFailed
from nimbus.protocol import link_columns
from nimbus.protocol.kinds import MeshProbe
from nimbus.protocol.messages import Link, MeshProbeResult

# A result may not be larger than a message; of so many that do not answer there is one cause, not many.
MOST_WHOLE = 200


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
        wait_s = parameters.wait_ms / 1000
        rtt = await measure(addresses, count=parameters.count, wait_s=wait_s, mute=mesh.mute())
    except OSError as error:
        raise OperationFailed("NO_RAW_SOCKET", f"echo requests cannot be sent: {error.strerror}") from None
    states, now = await mesh.peer_states(), time.time()
    links: list[tuple[str, Link]] = []
    for node_id, name, key, address in targets:
        state = states.get(key)
        measured = rtt[address]
        endpoint = (state.endpoint or "") if state else ""
        way, tried = mesh.way_of(node_id, endpoint)
        endpoint = mesh.relay_of(address) if way == "relay" else endpoint
        link = Link(
            peer=node_id,
            name=name,
            handshake_age_s=handshake_age(state, now),
            rtt_ms=None if measured is None else round(measured, 3),
            rx_bytes=state.rx_bytes if state else 0,
            tx_bytes=state.tx_bytes if state else 0,
            endpoint=endpoint,
            way=way,
            tried=tried,
            asked_first=mesh.ways.is_guarded(node_id),
            mtu=mesh.peer_mtus.of(node_id),
        )
        links.append((address, link))
    answered = sum(link.rtt_ms is not None for _, link in links)
    context.progress(f"{answered} of {len(links)} answered", 100)
    return msgspec.to_builtins(result_of(links))


def result_of(links: Sequence[tuple[str, Link]]) -> MeshProbeResult:
    """`links` by address in the mesh: whole where more is known than numbers, the others packed."""
    whole = [place for place, (_, link) in enumerate(links) if not link_columns.holds(link)][:MOST_WHOLE]
    is_whole = set(whole)
    packed = link_columns.pack(
        (link_columns.address_number(address), link)
        for place, (address, link) in enumerate(links)
        if place not in is_whole
    )
    return MeshProbeResult(tuple(links[place][1] for place in whole), packed)
