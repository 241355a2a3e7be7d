"""What one member has measured of its ways, as it is kept: which of the others it reaches how as bits, one for each
address of the overlay, so that a mesh of a thousand is counted in a moment; the numbers packed, looked at only
where they are shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

import msgspec

from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.fleet.mesh.rules import path_of
from nimbus.protocol import link_columns
from nimbus.protocol.messages import MESH_ENDPOINTS_LIMIT, Link, MeshProbeResult
from nimbus.wireguard.model import MTU_LIMITS

# A node may say anything; an endpoint is never longer.
MOST_ENDPOINT_TEXT = 64
# Of the overlay's addresses the first is the control plane's.
HUB_PLACE = 1
_links = msgspec.json.Decoder(tuple[Link, ...])


class Reach(msgspec.Struct, frozen=True, array_like=True):
    """Sets of members as bits: bit n is the address n after the overlay's own. What is measured and neither direct
    nor relayed is down. `revision` is the mesh's when this was measured: who came in later is not in it, though it
    may have the address of one who was."""

    measured_at: int
    revision: int
    measured: int = 0
    direct: int = 0
    relayed: int = 0
    # To the control plane, and the median of all that answered; None: no answer.
    hub_rtt_ms: float | None = None
    rtt_ms: float | None = None


class Numbers(msgspec.Struct, frozen=True):
    """Of every way that was measured: packed, or whole (JSON) where something was tried."""

    packed: bytes = b""
    whole: str = "[]"


def take_in(
    result: MeshProbeResult, places: Mapping[str, int], base: int, at: int, revision: int
) -> tuple[Reach, Numbers, list[Link]]:
    """What is kept of a result, and all of its links. `places` are the bits of the members that there are and of
    the control plane, by node id; `base` is the overlay's own address. What is said of others is left out. Raises
    ValueError."""
    links: dict[int, Link] = {}
    peers = {place: node_id for node_id, place in places.items()}
    packed = link_columns.PackedLinks(result.packed)
    for address in packed:
        peer, link = peers.get(address - base), packed.get(address)
        if peer is not None and link is not None and address >= base + HUB_PLACE:
            links[address - base] = msgspec.structs.replace(link, peer=peer, endpoint=_cut(link.endpoint))
    for link in result.links:
        if places.get(link.peer, 0) >= HUB_PLACE:
            tried = tuple(_cut(each) for each in link.tried[:MESH_ENDPOINTS_LIMIT])
            way = link.way if link.way in link_columns.WAYS else ""
            links[places[link.peer]] = msgspec.structs.replace(
                link,
                name="",
                endpoint=_cut(link.endpoint),
                way=way,
                tried=tried,
                mtu=max(0, min(link.mtu, MTU_LIMITS[1])),
            )
    trips = [link.rtt_ms for link in links.values() if link.rtt_ms is not None]
    bits = {"direct": 0, "relayed": 0, "down": 0}
    for place, link in links.items():
        bits[path_of(link)] |= 1 << place
    reach = Reach(
        measured_at=at,
        revision=revision,
        measured=sum(bits.values()),
        direct=bits["direct"],
        relayed=bits["relayed"],
        hub_rtt_ms=links[places[CONTROL_PLANE]].rtt_ms if places[CONTROL_PLANE] in links else None,
        rtt_ms=round(median(trips), 3) if trips else None,
    )
    whole = [link for link in links.values() if not link_columns.holds(link)]
    numbers = Numbers(
        link_columns.pack((base + place, link) for place, link in links.items() if link_columns.holds(link)),
        msgspec.json.encode(whole).decode(),
    )
    return reach, numbers, list(links.values())


class Measured:
    """The links of one member, each made when it is asked for."""

    def __init__(self, numbers: Numbers, base: int) -> None:
        self._base = base
        self._packed = link_columns.PackedLinks(numbers.packed)
        self._whole = {link.peer: link for link in _links.decode(numbers.whole)}

    def link(self, node_id: str, place: int) -> Link | None:
        return self._whole.get(node_id) or self._packed.get(self._base + place)

    def more(self, node_id: str) -> Link | None:
        """What is known of this way beyond numbers, if anything is."""
        return self._whole.get(node_id)


def bits_of(number: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _cut(text: str) -> str:
    return text[:MOST_ENDPOINT_TEXT]
