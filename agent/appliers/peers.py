"""Which members of the mesh become peers of this node. Pure decisions.

WireGuard gives a network to the peer that was told last, and knows one peer for a key. So a member that names the
control plane's key or address would put itself in the place of the only way by which a correction could come.
Whatever the document says, the control plane's key and address are the control plane's, and this node's own are its
own; of two members with one key or one address every node takes the same, the one with the smaller id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter

import msgspec

from agent.directory import NodeRecord
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.model import Peer

# Keeps the way to the control plane open through NATs and firewalls that forget after 30 s.
CONTROL_PLANE_KEEPALIVE_S = 25
_NAMED_IN_A_CHECK = 5


class Refusal(msgspec.Struct, frozen=True):
    """A member that is no peer, and why."""

    node_id: str
    name: str
    reason: str


class Peers(msgspec.Struct, frozen=True):
    """`by_key` is what the device shall have, the control plane among them."""

    by_key: dict[str, Peer]
    refused: tuple[Refusal, ...] = ()

    def problem(self) -> str:
        """One line about those that were refused; "" without any."""
        if not self.refused:
            return ""
        named = [f"{each.name} {each.reason}" for each in self.refused[:_NAMED_IN_A_CHECK]]
        more = len(self.refused) - len(named)
        return (
            "members of the mesh that are not taken as peers: "
            + "; ".join(named)
            + (f"; and {more} more" if more else "")
            + ". Delete them on the control plane, or have them join again"
        )


NO_PEERS: Mapping[str, Peer] = {}


def hub_peer(record: NodeRecord, endpoint: str, keepalive: int = CONTROL_PLANE_KEEPALIVE_S) -> Peer:
    """The control plane; `endpoint` is its address and UDP port, "" when it is not known now."""
    assert record.mesh is not None
    return Peer(
        public_key=record.mesh.peer_key,
        allowed_ips=(f"{record.mesh.control_plane_address}/32",),
        endpoint=endpoint or None,
        persistent_keepalive=keepalive,
    )


def peers_of(
    record: NodeRecord, hub: Peer, members: Iterable[MeshPeer], known: Mapping[str, Peer] = NO_PEERS
) -> Peers:
    """The control plane and the members. Peers that are the same in `known` are taken from there: making one checks
    it, which for a large mesh is most of the work."""
    assert record.mesh is not None
    keys = {hub.public_key: "the control plane", record.mesh_key: "this node"}
    addresses = {
        record.mesh.control_plane_address: "the control plane",
        record.mesh.address.partition("/")[0]: "this node",
    }
    by_key = {hub.public_key: hub}
    refused: list[Refusal] = []
    for member in sorted(members, key=attrgetter("node_id")):
        if member.node_id == record.node_id or not member.public_key:
            continue
        reason = ""
        if member.public_key in keys:
            reason = f"claims the key of {keys[member.public_key]}"
        elif member.address in addresses:
            reason = f"claims the address of {addresses[member.address]}, {member.address}"
        if reason:
            refused.append(Refusal(member.node_id, member.name, reason))
            continue
        try:
            by_key[member.public_key] = _peer_of(member, known.get(member.public_key))
        except InvalidWireGuard:
            refused.append(Refusal(member.node_id, member.name, "has a key or an address that is none"))
            continue
        keys[member.public_key] = addresses[member.address] = member.name
    return Peers(by_key, tuple(refused))


def _peer_of(member: MeshPeer, known: Peer | None) -> Peer:
    allowed, endpoint = (f"{member.address}/32",), member.endpoint or None
    if known is not None and known.allowed_ips == allowed and known.endpoint == endpoint:
        return known
    return Peer(public_key=member.public_key, allowed_ips=allowed, endpoint=endpoint)


def difference(before: Mapping[str, Peer], now: Mapping[str, Peer]) -> tuple[list[Peer], list[str]]:
    """Peers that are new or changed, and the keys of those that are gone."""
    changed = [peer for key, peer in now.items() if before.get(key) is not peer and before.get(key) != peer]
    return changed, [key for key in before if key not in now]
