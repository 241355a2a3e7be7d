"""The mesh as nodes and links, for a picture of it: small enough to be drawn, whatever the size of the mesh.

A full mesh of n nodes has n(n-1)/2 links. Up to `ALL_LINKS_UP_TO` nodes all of them are told; of a larger one those
that are not direct, so that the work and the answer grow with what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import NamedTuple

from nimbus.fleet.mesh.measurement import Reach, bits_of, bytes_of
from nimbus.fleet.mesh.policy.subjects import organization_of
from nimbus.fleet.mesh.reach import HUB_BIT, Row, Ways
from nimbus.fleet.mesh.records import Member, MeshLinks, MeshNode, MeshTopology, Path
from nimbus.kernel.clock import to_rfc3339

ALL_LINKS_UP_TO = 100
MOST_PROBLEMS = 20_000
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
    idle: list[bytes] = []
    unmeasured: list[bytes] = []
    links: dict[tuple[int, int], Seen] = {}
    for at, (member, row) in enumerate(zip(members, rows, strict=True)):
        reach = reaches.get(row.node_id)
        # Of one that has measured nothing nothing is counted.
        ways = Ways() if reach is None else row.ways.within(~HUB_BIT)
        nodes.append(_node(member, row, ways, reach, scopes[member.scope]))
        if not complete:
            idle.append(bytes_of(ways.idle))
            unmeasured.append(bytes_of(ways.unmeasured))
        problems = ways.relayed | ways.silent | ways.away
        for place in bits_of(problems | (ways.direct | ways.idle if complete else 0)):
            other = position[place]
            pair = (min(at, other), max(at, other))
            is_known = not ways.away >> place & 1
            links[pair] = _together(links.get(pair), seen(row, place) if is_known else _DOWN)
    number = sum(each.path in PROBLEMS for each in links.values())
    return MeshTopology(
        nodes=nodes,
        links=_columns(links, len(links) if complete else MOST_PROBLEMS),
        complete=complete,
        problems=number,
        joined=[
            sorted(scopes[other] for other in views.get(scope, ()) if other in scopes) for scope in scopes
        ],
        idle=idle,
        unmeasured=unmeasured,
    )


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


def _together(known: Seen | None, other: Seen) -> Seen:
    if known is None:
        return other
    return Seen(
        max(known.path, other.path, key=_WORSE.__getitem__),
        _longer(known.rtt_ms, other.rtt_ms),
        _longer(known.handshake_age_s, other.handshake_age_s),
    )


def _longer(first: float | None, other: float | None) -> float | None:
    return max((value for value in (first, other) if value is not None), default=None)


def _columns(links: Mapping[tuple[int, int], Seen], most: int) -> MeshLinks:
    shown = sorted(links.items())[:most]
    return MeshLinks(
        a=[pair[0] for pair, _ in shown],
        b=[pair[1] for pair, _ in shown],
        path=[seen.path for _, seen in shown],
        rtt_ms=[seen.rtt_ms for _, seen in shown],
        handshake_age_s=[seen.handshake_age_s for _, seen in shown],
    )
