"""The mesh as nodes and links, for a picture of it: small enough to be drawn, whatever the size of the mesh.

A full mesh of n nodes has n(n-1)/2 links. Up to `ALL_LINKS_UP_TO` nodes all of them are told; of a larger one those
that are not direct, so that the work and the answer grow with what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Literal, NamedTuple

from nimbus.fleet.mesh.policy.rules import organization_of
from nimbus.fleet.mesh.records import Member, MeshLinks, MeshNode, MeshTopology

ALL_LINKS_UP_TO = 100
MOST_PROBLEMS = 20_000
Path = Literal["direct", "relayed", "down"]
_WORSE: dict[str, int] = {"direct": 0, "relayed": 1, "down": 2}


class Seen(NamedTuple):
    """One direction of a link."""

    path: Path
    rtt_ms: float | None
    handshake_age_s: float | None


class Measured(NamedTuple):
    """What one member measured, by the other's id. `at` is RFC 3339; None: nothing yet. `rtt_ms` is the median of
    its round trips."""

    at: str | None
    links: dict[str, Seen]
    rtt_ms: float | None = None


def topology(
    members: Sequence[Member],
    known: Mapping[str, Measured],
    online: set[str],
    views: Mapping[str, Set[str]],
    *,
    all_up_to: int = ALL_LINKS_UP_TO,
) -> MeshTopology:
    """`known` by member; `online` are those that are there now. What leads to or from one that is away is down.
    `views` has the scopes that each scope sees: between others there is no way, and nothing to tell."""
    position = {member.peer.node_id: at for at, member in enumerate(members)}
    scopes: dict[str, list[str]] = {}
    for member in members:
        scopes.setdefault(member.scope, []).append(member.peer.node_id)
    complete = len(members) <= all_up_to
    nodes: list[MeshNode] = []
    links: dict[tuple[int, int], Seen] = {}
    for at, member in enumerate(members):
        counts = dict.fromkeys(_WORSE, 0)
        others = (each for scope in views.get(member.scope, ()) for each in scopes.get(scope, ()))
        own = _directions(member.peer.node_id, others, known, online)
        for other, seen in own.items():
            counts[seen.path] += 1
            if complete or seen.path != "direct":
                pair = (min(at, position[other]), max(at, position[other]))
                links[pair] = _together(links.get(pair), seen)
        nodes.append(_node(member, known, online, counts))
    return _told(nodes, links, complete)


def _directions(
    node_id: str, others: Iterable[str], known: Mapping[str, Measured], online: set[str]
) -> dict[str, Seen]:
    """To each of the others, of one that has measured."""
    mine = known.get(node_id)
    if mine is None or mine.at is None:
        return {}
    down = Seen("down", None, None)
    is_away = node_id not in online
    return {
        other: down if is_away or other not in online else mine.links.get(other, down)
        for other in others
        if other != node_id
    }


def _node(
    member: Member, known: Mapping[str, Measured], online: set[str], counts: Mapping[str, int]
) -> MeshNode:
    mine = known.get(member.peer.node_id)
    return MeshNode(
        id=member.peer.node_id,
        name=member.peer.name,
        organization=organization_of(member.scope),
        address=member.peer.address,
        online=member.peer.node_id in online,
        direct=counts["direct"],
        relayed=counts["relayed"],
        down=counts["down"],
        rtt_ms=mine.rtt_ms if mine else None,
        measured_at=mine.at if mine else None,
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
