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
            "mesh members ignored as peers: "
            + "; ".join(named)
            + (f"; and {more} more" if more else "")
            + ". Delete them on the control plane, or join them again"
        )


NO_PEERS: Mapping[str, Peer] = {}
NO_CHOICES: Mapping[str, tuple[str, int]] = {}


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
    record: NodeRecord,
    hub: Peer,
    members: Iterable[MeshPeer],
    known: Mapping[str, Peer] = NO_PEERS,
    choices: Mapping[str, tuple[str, int]] = NO_CHOICES,
) -> Peers:
    """The control plane and the members. `choices` are, by node id, the endpoint and the keepalive in seconds of
    those that are not simply sent to where they are seen. Peers that are the same in `known` are taken from there:
    making one checks it, which for a large mesh is most of the work."""
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
        key, address = member.public_key, member.address
        if key in keys:
            reason = f"claims the key of {keys[key]}"
        elif address in addresses:
            reason = f"claims the address of {addresses[address]}, {address}"
        else:
            peer, choice = known.get(key), choices.get(member.node_id)
            # Nearly all of a large mesh: without a call.
            if (
                choice is not None
                or peer is None
                or peer.endpoint != member.endpoint
                or peer.persistent_keepalive
                or peer.allowed_ips != (address + "/32",)
            ):
                try:
                    peer = _peer_of(member, peer, choice or (member.endpoint, 0))
                except InvalidWireGuard:
                    refused.append(
                        Refusal(member.node_id, member.name, "has a key or an address that is none")
                    )
                    continue
            by_key[key] = peer
            keys[key] = addresses[address] = member.name
            continue
        refused.append(Refusal(member.node_id, member.name, reason))
    return Peers(by_key, tuple(refused))


def _peer_of(member: MeshPeer, known: Peer | None, choice: tuple[str, int]) -> Peer:
    """Raises InvalidWireGuard."""
    allowed, endpoint, keepalive = (f"{member.address}/32",), choice[0] or None, choice[1]
    if known is not None and (known.allowed_ips, known.endpoint, known.persistent_keepalive) == (
        allowed,
        endpoint,
        keepalive,
    ):
        return known
    return Peer(
        public_key=member.public_key, allowed_ips=allowed, endpoint=endpoint, persistent_keepalive=keepalive
    )


def difference(before: Mapping[str, Peer], now: Mapping[str, Peer]) -> tuple[list[Peer], list[str]]:
    """Peers that are new or changed, and the keys of those that are gone."""
    changed = [peer for key, peer in now.items() if before.get(key) is not peer and before.get(key) != peer]
    return changed, [key for key in before if key not in now]
