"""What one member has measured of its ways, as it is kept: which of the others it reaches how as bits, one for each
address of the overlay, so that a mesh of a thousand is counted in a moment; the numbers packed, looked at only
where they are shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

import msgspec

from nimbus.fleet.mesh.rules import path_of
from nimbus.kernel.clock import MICROSECONDS
from nimbus.protocol import link_columns
from nimbus.protocol.messages import MESH_ENDPOINTS_LIMIT, Link, MeshProbeResult
from nimbus.wireguard.model import MTU_LIMITS

# A node may say anything; an endpoint is never longer.
MOST_ENDPOINT_TEXT = 64
# Of the overlay's addresses the first is the control plane's.
HUB_PLACE = 1
# Ways of a node that are kept whole, with what was tried.
MOST_WHOLE = 200
_links = msgspec.json.Decoder(tuple[Link, ...])


class Reach(msgspec.Struct, frozen=True, array_like=True):
    """Sets of members as bits: bit n is the address n after the overlay's own. What is measured and neither direct,
    relayed nor idle is down. `revision` is the mesh's when this was measured: who came in later is not in it,
    though it may have the address of one who was."""

    measured_at: int
    revision: int
    measured: int = 0
    direct: int = 0
    relayed: int = 0
    # To the control plane, and the median of all that answered; None: no answer.
    hub_rtt_ms: float | None = None
    rtt_ms: float | None = None
    # There was no session, and nothing was sent that would open one.
    idle: int = 0
    # When the oldest of these ways was measured; 0: all at `measured_at`.
    oldest_at: int = 0

    @property
    def sets(self) -> tuple[int, int, int, int]:
        return self.measured, self.direct, self.relayed, self.idle


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
    links = links_of(result, places, base)
    trips = [link.rtt_ms for link in links.values() if link.rtt_ms is not None]
    sets = _sets(links)
    reach = Reach(
        measured_at=at,
        revision=revision,
        measured=sum(sets.values()),
        direct=sets["direct"],
        relayed=sets["relayed"],
        idle=sets["idle"],
        hub_rtt_ms=links[HUB_PLACE].rtt_ms if HUB_PLACE in links else None,
        rtt_ms=_median(trips),
    )
    whole = [link for link in links.values() if not link_columns.holds(link)]
    packed = link_columns.pack(
        (base + place, link) for place, link in links.items() if link_columns.holds(link)
    )
    return reach, Numbers(packed, _encoded(whole)), list(links.values())


def links_of(
    result: MeshProbeResult, places: Mapping[str, int], base: int, most_bytes: int = link_columns.MOST_BYTES
) -> dict[int, Link]:
    """What a node says of those that there are, by place, cut to what an honest one says. Raises ValueError where
    it cannot be read, or is unpacked more than `most_bytes`."""
    links: dict[int, Link] = {}
    peers = {place: node_id for node_id, place in places.items()}
    packed = link_columns.PackedLinks(result.packed, most_bytes)
    for address in packed:
        peer, link = peers.get(address - base), packed.get(address)
        if peer is not None and link is not None and address >= base + HUB_PLACE:
            links[address - base] = msgspec.structs.replace(
                link, peer=peer, endpoint=_cut(link.endpoint), mtu=_mtu(link)
            )
    for link in result.links:
        if places.get(link.peer, 0) >= HUB_PLACE:
            tried = tuple(_cut(each) for each in link.tried[:MESH_ENDPOINTS_LIMIT])
            way = link.way if link.way in link_columns.WAYS else ""
            links[places[link.peer]] = msgspec.structs.replace(
                link, name="", endpoint=_cut(link.endpoint), way=way, tried=tried, mtu=_mtu(link)
            )
    return links


def merged(
    reach: Reach | None, numbers: Numbers, newer: Mapping[int, Link], known: int, base: int, now: Moment
) -> tuple[Reach, Numbers]:
    """What is kept of a node, with `newer` links, by place, whose `ago_s` is before `now`, in the place of older
    ones. `known` are the places of those that were there when `reach` was measured: what it says of another address
    is of somebody who has gone. Raises ValueError."""
    before = reach or Reach(now.at, now.revision)
    later_s = max(0, now.at - before.measured_at) // MICROSECONDS
    stay = before.measured & known
    whole = {
        place: msgspec.structs.replace(link, ago_s=link.ago_s + later_s)
        for link in _links.decode(numbers.whole)
        if (place := now.places.get(link.peer)) is not None and stay >> place & 1
    }
    newer = {
        place: link for place, link in newer.items() if place not in whole or link.ago_s <= whole[place].ago_s
    }
    by_address = {base + place: link for place, link in newer.items()}
    together = link_columns.merged(
        numbers.packed, lambda address: bool(stay >> (address - base) & 1), by_address, later_s
    )
    used = {address - base: by_address[address] for address in together.used}
    whole = {place: link for place, link in whole.items() if place not in used}
    kept = [*whole.values(), *(link for link in used.values() if not link_columns.holds(link))]
    changed = _bits(used)
    stay &= ~changed
    sets = _sets(used)
    hub = used[HUB_PLACE].rtt_ms if HUB_PLACE in used else before.hub_rtt_ms
    oldest_s = max([together.oldest_s, *(link.ago_s for link in kept)])
    return Reach(
        measured_at=now.at,
        oldest_at=now.at - oldest_s * MICROSECONDS,
        revision=now.revision,
        measured=stay | changed,
        direct=before.direct & stay | sets["direct"],
        relayed=before.relayed & stay | sets["relayed"],
        idle=before.idle & stay | sets["idle"],
        hub_rtt_ms=hub,
        rtt_ms=_median(together.trips),
    ), Numbers(together.packed, _encoded(kept[-MOST_WHOLE:]))


class Moment(NamedTuple):
    """Of a measurement: when, by the wall clock, the mesh's revision, and the bits of the members, by node id."""

    at: int
    revision: int
    places: Mapping[str, int]


def _sets(links: Mapping[int, Link]) -> dict[str, int]:
    bits = {"direct": 0, "relayed": 0, "idle": 0, "down": 0}
    for place, link in links.items():
        bits[path_of(link)] |= 1 << place
    return bits


def _bits(places: Iterable[int]) -> int:
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits


def _median(trips: Sequence[float]) -> float | None:
    return round(median(trips), 3) if trips else None


def _encoded(links: Sequence[Link]) -> str:
    return msgspec.json.encode(links).decode()


class Measured:
    """The links of one member, each made when it is asked for."""

    def __init__(self, numbers: Numbers, base: int) -> None:
        self._base = base
        self._packed = link_columns.PackedLinks(numbers.packed)
        self._whole = {link.peer: link for link in _links.decode(numbers.whole)}

    def link(self, node_id: str, place: int) -> Link | None:
        return self._whole.get(node_id) or self._packed.get(self._base + place)


def bytes_of(number: int) -> bytes:
    """A set as it is stored and sent: bit n of it is the bit n%8 of byte n//8."""
    return number.to_bytes((number.bit_length() + 7) // 8, "little")


def bits_of(number: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _mtu(link: Link) -> int:
    return max(0, min(link.mtu, MTU_LIMITS[1]))


def _cut(text: str) -> str:
    return text[:MOST_ENDPOINT_TEXT]
