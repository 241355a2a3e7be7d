"""Where members say that they are reached: what of it others are told, and why the rest is not.

A node may say anything, and those who try what it says send it one small packet of a handshake each. Nobody can
take another's place with it: WireGuard asks for the key. So an address is refused that would have a machine speak
to itself, to a whole network or into the mesh, and one that belongs to the control plane. Pure decisions.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable

import msgspec

from nimbus.protocol.messages import MESH_ENDPOINTS_LIMIT
from nimbus.wireguard.addresses import join_endpoint, split_endpoint
from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.unusable import unusable

_LONGEST_TEXT = 64
_MOST_REFUSED = 8


class RefusedEndpoint(msgspec.Struct, frozen=True):
    """`endpoint` as the node said it, cut."""

    endpoint: str
    reason: str


class SaidEndpoints(msgspec.Struct, frozen=True):
    """What a node said, in its order: `admitted` in the normal spelling."""

    admitted: tuple[str, ...] = ()
    refused: tuple[RefusedEndpoint, ...] = ()


def sorted_out(
    said: Iterable[str], overlay: ipaddress.IPv4Network, own_endpoints: Collection[str] = ()
) -> SaidEndpoints:
    """`own_endpoints` are the control plane's."""
    admitted: list[str] = []
    refused: list[RefusedEndpoint] = []
    for text in dict.fromkeys(said):
        endpoint, reason = _looked_at(text, overlay, own_endpoints)
        if not reason and endpoint not in admitted and len(admitted) >= MESH_ENDPOINTS_LIMIT:
            reason = f"is one more than the {MESH_ENDPOINTS_LIMIT} that others are told"
        if not reason:
            admitted.append(endpoint)
        elif len(refused) < _MOST_REFUSED:
            refused.append(RefusedEndpoint(text[:_LONGEST_TEXT], reason))
    return SaidEndpoints(tuple(dict.fromkeys(admitted)), tuple(refused))


def _looked_at(text: str, overlay: ipaddress.IPv4Network, own_endpoints: Collection[str]) -> tuple[str, str]:
    """The endpoint in its normal spelling, and what speaks against it."""
    try:
        address, port = split_endpoint(text)
    except InvalidWireGuard:
        return "", "is no address and port"
    endpoint = join_endpoint(address, port)
    if endpoint in own_endpoints:
        return endpoint, "is the control plane's"
    return endpoint, unusable(address, overlay)
