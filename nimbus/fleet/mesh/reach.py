"""How each member reaches each other one, as sets: a mesh of a thousand has a million ways, and what is asked for
is how many there are of a kind, and a page of them. Pure."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

import msgspec

from nimbus.fleet.mesh.measurement import HUB_PLACE, Reach, bits_of
from nimbus.fleet.mesh.records import CONTROL_PLANE, Cause, Member, MeshCause, MeshSummary
from nimbus.kernel.clock import to_rfc3339
from nimbus.protocol.link_columns import address_number

HUB_BIT = 1 << HUB_PLACE
MOST_CAUSES = 50
# A node is named as what ways have in common when they are more than those to and from one other, and a tenth of
# all with that cause; so many are.
_OF_ONE, _SHARE, _MOST_NAMED = 3, 0.1, 10


class Ways(msgspec.Struct, frozen=True):
    """From one member: sets of the others, as bits, that exclude each other. `silent`: measured, and nothing came
    back; `away`: it, or the other, is offline; `unmeasured`: there is no measurement of the other; `idle`: there is
    no session, and nothing was sent that would open one."""

    direct: int = 0
    relayed: int = 0
    silent: int = 0
    away: int = 0
    unmeasured: int = 0
    idle: int = 0

    def within(self, others: int) -> Ways:
        return Ways(*(bits & others for bits in msgspec.structs.astuple(self)))

    @property
    def down(self) -> int:
        return self.silent | self.away | self.unmeasured

    @property
    def all(self) -> int:
        return self.direct | self.relayed | self.idle | self.down


class Row(NamedTuple):
    """One member, or the control plane, and its ways to the others."""

    node_id: str
    name: str
    place: int
    ways: Ways
    is_away: bool = False


def place_of(member: Member, base: int) -> int:
    return address_number(member.peer.address) - base


def rows_of(
    members: Sequence[Member],
    views: Mapping[str, Set[str]],
    reaches: Mapping[str, Reach],
    online: Set[str],
    base: int,
) -> list[Row]:
    """A row for each member, in their order. `views` has the scopes that each scope sees; `reaches` and `online`
    are by node id; `base` is the overlay's own address."""
    places = [place_of(member, base) for member in members]
    scopes: dict[str, int] = {}
    up = HUB_BIT
    for member, place in zip(members, places, strict=True):
        scopes[member.scope] = scopes.get(member.scope, 0) | 1 << place
        if member.peer.node_id in online:
            up |= 1 << place
    seen = {scope: _union(scopes.get(other, 0) for other in views.get(scope, ())) for scope in scopes}
    entered = _Entered(members, places)
    return [
        Row(
            member.peer.node_id,
            member.peer.name,
            place,
            _ways(
                (seen[member.scope] | HUB_BIT) & ~(1 << place), reaches.get(member.peer.node_id), entered, up
            )
            if up >> place & 1
            else Ways(away=(seen[member.scope] | HUB_BIT) & ~(1 << place)),
            not up >> place & 1,
        )
        for member, place in zip(members, places, strict=True)
    ]


class _Entered:
    """Who was there at a revision."""

    def __init__(self, members: Sequence[Member], places: Sequence[int]) -> None:
        ordered = sorted((member.entered, place) for member, place in zip(members, places, strict=True))
        self._revisions = [revision for revision, _ in ordered]
        self._sets = [HUB_BIT]
        for _, place in ordered:
            self._sets.append(self._sets[-1] | 1 << place)

    def by(self, revision: int) -> int:
        return self._sets[bisect.bisect_right(self._revisions, revision)]


def _ways(others: int, reach: Reach | None, entered: _Entered, up: int) -> Ways:
    away, there = others & ~up, others & up
    if reach is None:
        return Ways(away=away, unmeasured=there)
    known = there & reach.measured & entered.by(reach.revision)
    direct, relayed, idle = known & reach.direct, known & reach.relayed, known & reach.idle
    return Ways(direct, relayed, known & ~(direct | relayed | idle), away, there & ~known, idle)


def _union(sets: Iterable[int]) -> int:
    together = 0
    for each in sets:
        together |= each
    return together


def summary(rows: Sequence[Row], reaches: Mapping[str, Reach]) -> MeshSummary:
    """How many ways there are of each kind, and what is relayed or down by its cause, the largest first."""
    counts = [0] * len(Ways.__struct_fields__)
    for row in rows:
        for kind, bits in enumerate(msgspec.structs.astuple(row.ways)):
            counts[kind] += bits.bit_count()
    direct, relayed, silent, away, unmeasured, idle = counts
    names = {row.place: row.name for row in rows} | {HUB_PLACE: CONTROL_PLANE}
    causes = [MeshCause("offline", names.get(place, ""), ways) for place, ways in _away(rows).items()]
    causes += _of_ways("no_answer", [(row, row.ways.silent) for row in rows], names)
    causes += _of_ways("relay", [(row, row.ways.relayed) for row in rows], names)
    if unmeasured:
        causes.append(MeshCause("not_measured", "", unmeasured))
    measured = (reaches[row.node_id] for row in rows if not row.is_away and row.node_id in reaches)
    oldest = [reach.oldest_at or reach.measured_at for reach in measured]
    causes.sort(key=lambda cause: (-cause.ways, cause.node))
    return MeshSummary(
        members=sum(row.node_id != CONTROL_PLANE for row in rows),
        ways=sum(counts),
        direct=direct,
        relayed=relayed,
        idle=idle,
        down=silent + away + unmeasured,
        not_measured=unmeasured,
        causes=causes[:MOST_CAUSES],
        oldest_at=to_rfc3339(min(oldest)) if oldest else None,
    )


def _away(rows: Sequence[Row]) -> dict[int, int]:
    """How many ways there are to and from each that is away; a way between two of them is the first one's."""
    found: dict[int, int] = {}
    # The same for all that see the same: few to look at, however many rows there are.
    alike: Counter[int] = Counter()
    for row in rows:
        if row.is_away:
            found[row.place] = row.ways.away.bit_count()
        elif row.ways.away:
            alike[row.ways.away] += 1
    for bits, number in alike.items():
        for place in bits_of(bits):
            found[place] = found.get(place, 0) + number
    return found


def _of_ways(cause: Cause, ways: Sequence[tuple[Row, int]], names: Mapping[int, str]) -> list[MeshCause]:
    """Ways by the member that most of them have in common, while there is one; then the rest together."""
    left = {row.place: bits for row, bits in ways if bits}
    ends: Counter[int] = Counter()
    for place, bits in left.items():
        for other in bits_of(bits):
            ends[place] += 1
            ends[other] += 1
    least = max(_OF_ONE, _SHARE * sum(bits.bit_count() for bits in left.values()))
    causes: list[MeshCause] = []
    while ends and len(causes) < _MOST_NAMED:
        place, number = max(ends.items(), key=lambda end: (end[1], -end[0]))
        if number < least:
            break
        causes.append(MeshCause(cause, names.get(place, ""), number))
        _take_out(place, left, ends)
    rest = sum(bits.bit_count() for bits in left.values())
    return causes + ([MeshCause(cause, "", rest)] if rest else [])


def _take_out(place: int, left: dict[int, int], ends: Counter[int]) -> None:
    for other in bits_of(left.pop(place, 0)):
        ends[other] -= 1
    bit = 1 << place
    for other, bits in left.items():
        if bits & bit:
            left[other] = bits & ~bit
            ends[other] -= 1
    del ends[place]
