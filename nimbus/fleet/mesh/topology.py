"""The mesh as nodes and links, for a picture of it: small enough to be drawn, whatever the size of the mesh.

A full mesh of n nodes has n(n-1)/2 links. Up to `ALL_LINKS_UP_TO` nodes all of them are told; of a larger one those
that are not direct, so that the work and the answer grow with what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from nimbus.fleet.mesh.measurement import Reach, bits_of
from nimbus.fleet.mesh.policy.subjects import organization_of
from nimbus.fleet.mesh.reach import HUB_BIT, Row, Ways
from nimbus.fleet.mesh.records import Member, MeshLinks, MeshNode, MeshTopology
from nimbus.kernel.clock import to_rfc3339

ALL_LINKS_UP_TO = 100
MOST_PROBLEMS = 20_000
Path = Literal["direct", "relayed", "down"]
_WORSE: dict[str, int] = {"direct": 0, "relayed": 1, "down": 2}


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
    *,
    all_up_to: int = ALL_LINKS_UP_TO,
) -> MeshTopology:
    """`rows` are the ways of `members`, in the same order, `reaches` by member. `seen` tells what a row's member
    measured of its way to a place; it is asked for the links alone that are told."""
    position = {row.place: at for at, row in enumerate(rows)}
    complete = len(members) <= all_up_to
    nodes: list[MeshNode] = []
    links: dict[tuple[int, int], Seen] = {}
    for at, (member, row) in enumerate(zip(members, rows, strict=True)):
        reach = reaches.get(row.node_id)
        # Of one that has measured nothing nothing is counted.
        ways = Ways() if reach is None else row.ways.within(~HUB_BIT)
        nodes.append(_node(member, row, ways, reach))
        for place in bits_of(ways.relayed | ways.down | (ways.direct if complete else 0)):
            other = position[place]
            pair = (min(at, other), max(at, other))
            is_known = not (ways.away | ways.unmeasured) >> place & 1
            links[pair] = _together(links.get(pair), seen(row, place) if is_known else _DOWN)
    return _told(nodes, links, complete)


def _node(member: Member, row: Row, ways: Ways, reach: Reach | None) -> MeshNode:
    return MeshNode(
        id=member.peer.node_id,
        name=member.peer.name,
        organization=organization_of(member.scope),
        address=member.peer.address,
        online=not row.is_away,
        direct=ways.direct.bit_count(),
        relayed=ways.relayed.bit_count(),
        down=ways.down.bit_count(),
        rtt_ms=reach.rtt_ms if reach else None,
        measured_at=to_rfc3339(reach.measured_at) if reach else None,
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


def _told(nodes: list[MeshNode], links: Mapping[tuple[int, int], Seen], complete: bool) -> MeshTopology:
    problems = sum(seen.path != "direct" for seen in links.values())
    shown = sorted(links.items())
    if not complete:
        shown = shown[:MOST_PROBLEMS]
    columns = MeshLinks(
        a=[pair[0] for pair, _ in shown],
        b=[pair[1] for pair, _ in shown],
        path=[seen.path for _, seen in shown],
        rtt_ms=[seen.rtt_ms for _, seen in shown],
        handshake_age_s=[seen.handshake_age_s for _, seen in shown],
    )
    return MeshTopology(nodes=nodes, links=columns, complete=complete, problems=problems)
