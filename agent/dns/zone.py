"""What is answered: the members' names and addresses. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

import msgspec

from nimbus.protocol.mesh_names import CONTROL_PLANE, ZONE, mesh_name
from nimbus.protocol.messages import MeshMembership, MeshPeer


class Zone(msgspec.Struct, frozen=True):
    """Names in lower case and without a dot at the end. `between` are those that have names below them and nothing
    of their own (RFC 8020); `serial` changes with the rest."""

    serial: int
    network: ipaddress.IPv4Network
    addresses: Mapping[str, str]
    names: Mapping[str, str]
    between: frozenset[str]

    def holds(self, name: str) -> bool:
        """Whether it answers for this name."""
        return name == ZONE or name.endswith(f".{ZONE}")


def zone_of(membership: MeshMembership, own_id: str, members: Iterable[MeshPeer], serial: int) -> Zone:
    """Of two members with one name, as while a node is replaced by another, the one with the smaller id counts.
    A member of a control plane that tells no workspaces has no name."""
    own_address, _, _prefix = membership.address.partition("/")
    network = ipaddress.IPv4Network(membership.address, strict=False)
    addresses = {CONTROL_PLANE: membership.control_plane_address}
    for member in sorted(members, key=lambda member: member.node_id):
        address = own_address if member.node_id == own_id else member.address
        if member.workspace and _is_in(address, network):
            addresses.setdefault(mesh_name(member.name, member.workspace).lower(), address)
    names = {address: name for name, address in addresses.items()}
    between = {name.partition(".")[2] for name in addresses} - addresses.keys() - {ZONE}
    return Zone(serial, network, addresses, names, frozenset(between))


def _is_in(address: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Address(address) in network
    except ValueError:
        return False
