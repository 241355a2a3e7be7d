"""The mesh as nodes and links, for a picture of it: small enough to be drawn, whatever the size of the mesh.

A full mesh of n nodes has n(n-1)/2 links. Up to `ALL_LINKS_UP_TO` nodes all of them are told; of a larger one the
first that are wrong between nodes that are online, and of all others sets of nodes as bits: that an offline node is
not reached needs no link for each of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from nimbus.fleet.mesh.measurement import Reach, bits_of, bytes_of
from nimbus.fleet.mesh.policy.subjects import organization_of
from nimbus.fleet.mesh.reach import HUB_BIT, Row, Ways
from nimbus.fleet.mesh.records import Member, MeshLinks, MeshNode, MeshTopology, Path
from nimbus.kernel.clock import to_rfc3339

ALL_LINKS_UP_TO = 100
MOST_PROBLEMS = 2_000
PROBLEMS = ("relayed", "down")
_WORSE: dict[str, int] = {"idle": 0, "direct": 1, "relayed": 2, "down": 3}


class Seen(NamedTuple):
    """One direction of a link."""

    path: Path
    rtt_ms: float | None
    handshake_age_s: float | None


_DOWN = Seen("down", None, None)


def topology(
    members: Sequence[Member],
    rows: Sequence[Row],
    reaches: Mapping[str, Reach],
    seen: Callable[[Row, int], Seen],
    views: Mapping[str, Set[str]],
    *,
    all_up_to: int = ALL_LINKS_UP_TO,
) -> MeshTopology:
    """`rows` are the ways of `members`, in the same order, `reaches` by member. `seen` tells what a row's member
    measured of its way to a place; it is asked for the links alone that are told. `views` as `rows_of` has them."""
    position = {row.place: at for at, row in enumerate(rows)}
    complete = len(members) <= all_up_to
    scopes = {scope: number for number, scope in enumerate(dict.fromkeys(each.scope for each in members))}
    nodes: list[MeshNode] = []
    bits = Bits([], [], [], [])
    away = Away()
    found: dict[tuple[int, int], list[tuple[Row, int]]] = {}
    for at, (member, row) in enumerate(zip(members, rows, strict=True)):
        reach = reaches.get(row.node_id)
        # Of one that has measured nothing nothing is counted.
        ways = Ways() if reach is None else row.ways.within(~HUB_BIT)
        nodes.append(_node(member, row, ways, reach, scopes[member.scope]))
        if complete:
            listed = ways.relayed | ways.silent | ways.away | ways.direct | ways.idle
        else:
            listed = ways.relayed | ways.silent
            bits.add(ways)
            away.add(row.place, ways, has_measured=reach is not None)
        for place in bits_of(listed):
            other = position[place]
            found.setdefault((min(at, other), max(at, other)), []).append((row, place))
    told = sorted(found)[: None if complete else MOST_PROBLEMS]
    links = {pair: _together(seen, found[pair]) for pair in told}
    return MeshTopology(
        nodes=nodes,
        links=_columns(links),
        complete=complete,
        problems=sum(each.path in PROBLEMS for each in links.values())
        if complete
        else len(found) + away.pairs,
        joined=[
            sorted(scopes[other] for other in views.get(scope, ()) if other in scopes) for scope in scopes
        ],
        idle=bits.idle,
        unmeasured=bits.unmeasured,
        relayed=bits.relayed,
        silent=bits.silent,
    )


class Bits(NamedTuple):
    """Of each node, to which places its ways are such."""

    idle: list[bytes]
    unmeasured: list[bytes]
    relayed: list[bytes]
    silent: list[bytes]

    def add(self, ways: Ways) -> None:
        self.idle.append(bytes_of(ways.idle))
        self.unmeasured.append(bytes_of(ways.unmeasured))
        self.relayed.append(bytes_of(ways.relayed))
        self.silent.append(bytes_of(ways.silent))


class Away:
    """Counts pairs of which a node is offline, without looking at each."""

    def __init__(self) -> None:
        self._ways: list[int] = []
        self._measured = 0

    def add(self, place: int, ways: Ways, *, has_measured: bool) -> None:
        self._ways.append(ways.away)
        self._measured |= has_measured << place

    @property
    def pairs(self) -> int:
        # A pair is in the ways of each of its two that has measured.
        both = sum((ways & self._measured).bit_count() for ways in self._ways) // 2
        return sum(ways.bit_count() for ways in self._ways) - both


def _node(member: Member, row: Row, ways: Ways, reach: Reach | None, scope: int) -> MeshNode:
    return MeshNode(
        id=member.peer.node_id,
        name=member.peer.name,
        organization=organization_of(member.scope),
        address=member.peer.address,
        online=not row.is_away,
        ways=(row.ways.all & ~HUB_BIT).bit_count(),
        direct=ways.direct.bit_count(),
        relayed=ways.relayed.bit_count(),
        idle=ways.idle.bit_count(),
        down=(ways.silent | ways.away).bit_count(),
        rtt_ms=reach.rtt_ms if reach else None,
        measured_at=to_rfc3339(reach.measured_at) if reach else None,
        scope=scope,
        place=row.place,
    )


def _together(seen: Callable[[Row, int], Seen], directions: Sequence[tuple[Row, int]]) -> Seen:
    """Both directions of a link as one."""
    each = [_DOWN if row.ways.away >> place & 1 else seen(row, place) for row, place in directions]
    return Seen(
        max((one.path for one in each), key=_WORSE.__getitem__),
        _longest(one.rtt_ms for one in each),
        _longest(one.handshake_age_s for one in each),
    )


def _longest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _columns(links: Mapping[tuple[int, int], Seen]) -> MeshLinks:
    shown = list(links.items())
    return MeshLinks(
        a=[pair[0] for pair, _ in shown],
        b=[pair[1] for pair, _ in shown],
        path=[seen.path for _, seen in shown],
        rtt_ms=[seen.rtt_ms for _, seen in shown],
        handshake_age_s=[seen.handshake_age_s for _, seen in shown],
    )
