"""The ways of the mesh as pairs, within a transaction that reads: counted as sets, made one by one where they are
shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import cast

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.measurement import HUB_PLACE, Measured, bits_of
from nimbus.fleet.mesh.reach import Row, Ways, place_of, rows_of, summary
from nimbus.fleet.mesh.records import (
    CONTROL_PLANE,
    Cause,
    Member,
    MeshPair,
    MeshSummary,
    MeshTopology,
    Path,
    StatusQuery,
)
from nimbus.fleet.mesh.rules import is_of_this_machine, path_of
from nimbus.fleet.mesh.topology import Seen, topology
from nimbus.kernel.clock import MICROSECONDS, to_rfc3339
from nimbus.kernel.routing import Listed
from nimbus.protocol.messages import Link
from nimbus.wireguard.model import InterfaceState, PeerState

_ALL = -1
_NOTHING = Link("", "", None, None, 0, 0)


class Pairs:
    """`members` are those that the actor sees, by name, all within the overlay; `views` has the scopes that
    each scope sees, `base` is the overlay's own address, `device` the control plane's, `now` the clock's."""

    def __init__(
        self,
        tx: Transaction,
        members: Sequence[Member],
        views: Mapping[str, Set[str]],
        online: Set[str],
        device: InterfaceState | None,
        base: int,
        now: int,
    ) -> None:
        self._tx, self._base, self._now = tx, base, to_rfc3339(now)
        self._views = views
        self._reaches = store.reaches(tx)
        self._measured: dict[str, Measured] = {}
        self._members = {place_of(member, base): member for member in members}
        self._names = {place: member.peer.name for place, member in self._members.items()}
        self._names[HUB_PLACE] = CONTROL_PLANE
        peers = device.peers if device else {}
        self._own = {
            place: _own_link(peers.get(member.peer.public_key)) for place, member in self._members.items()
        }
        self.rows = [self._hub(online), *rows_of(members, views, self._reaches, online, base)]

    def _hub(self, online: Set[str]) -> Row:
        direct = away = silent = 0
        for place, member in self._members.items():
            if member.peer.node_id not in online:
                away |= 1 << place
            elif path_of(self._own[place]) == "direct":
                direct |= 1 << place
            else:
                silent |= 1 << place
        return Row(CONTROL_PLANE, CONTROL_PLANE, HUB_PLACE, Ways(direct=direct, silent=silent, away=away))

    def of_node(self, node_id: str, *, outgoing: bool = False) -> list[Row]:
        """The ways from this one, and then (not when they are to be `outgoing`) those to it."""
        bit = next((1 << row.place for row in self.rows if row.node_id == node_id), 0)
        own = [row for row in self.rows if row.node_id == node_id]
        if outgoing:
            return own
        return own + [row._replace(ways=row.ways.within(bit)) for row in self.rows if row.node_id != node_id]

    def page(self, query: StatusQuery, rows: Sequence[Row]) -> Listed:
        """In the order of `rows`, then by name of the one that the ways lead to."""
        counted = [(row, _wanted(row.ways, query)) for row in rows]
        total = sum(bits.bit_count() for _, bits in counted)
        before, left = query.offset, query.per_page
        shown: list[MeshPair] = []
        for row, bits in counted:
            number = bits.bit_count()
            if before >= number or not left:
                before = max(0, before - number)
                continue
            places = sorted(bits_of(bits), key=lambda place: (self._names.get(place, ""), place))
            places = places[before : before + left]
            shown += [self._pair(row, place) for place in places]
            before, left = 0, left - len(places)
        return Listed(shown, total)

    def all(self) -> Iterator[MeshPair]:
        for row in self.rows:
            yield from (
                self._pair(row, place) for place in bits_of(_wanted(row.ways, StatusQuery(show="all")))
            )

    def summary(self, rows: Sequence[Row]) -> MeshSummary:
        return summary(rows, self._reaches)

    def more(self, node_id: str, other: str) -> Link | None:
        """What one has measured of its way to another, if it has."""
        place = next((place for place, each in self._members.items() if each.peer.node_id == other), None)
        if node_id not in self._reaches or place is None:
            return None
        return self._of(node_id).link(other, place)

    def topology(self) -> MeshTopology:
        return topology([*self._members.values()], self.rows[1:], self._reaches, self._seen, self._views)

    def _seen(self, row: Row, place: int) -> Seen:
        link = self._link(row, place)
        return Seen(cast("Path", path_of(link)), link.rtt_ms, link.handshake_age_s)

    def _of(self, node_id: str) -> Measured:
        if node_id not in self._measured:
            self._measured[node_id] = Measured(store.numbers(self._tx, node_id), self._base)
        return self._measured[node_id]

    def _link(self, row: Row, place: int) -> Link:
        """Blank where nothing was measured."""
        if row.place == HUB_PLACE:
            reach = self._reaches.get(self._members[place].peer.node_id)
            # A round trip is the same from both ends.
            return msgspec.structs.replace(self._own[place], rtt_ms=reach.hub_rtt_ms if reach else None)
        if not self._is_measured(row, place):
            return _NOTHING
        other = CONTROL_PLANE if place == HUB_PLACE else self._members[place].peer.node_id
        return self._of(row.node_id).link(other, place) or _NOTHING

    def _is_measured(self, row: Row, place: int) -> bool:
        reach = self._reaches.get(row.node_id)
        if reach is None or not reach.measured >> place & 1:
            return False
        return place == HUB_PLACE or self._members[place].entered <= reach.revision

    def _measured_at(self, row: Row, place: int, ago_s: int) -> str | None:
        if row.place == HUB_PLACE:
            return self._now
        if not self._is_measured(row, place):
            return None
        return to_rfc3339(self._reaches[row.node_id].measured_at - ago_s * MICROSECONDS)

    def _pair(self, row: Row, place: int) -> MeshPair:
        link = self._link(row, place)
        path, cause = _kind(row.ways, 1 << place)
        return MeshPair(
            row.name,
            self._names[place],
            path,
            link.handshake_age_s,
            # What was measured before a node fell silent says nothing of now.
            None if cause == "offline" else link.rtt_ms,
            link.rx_bytes,
            link.tx_bytes,
            self._measured_at(row, place, link.ago_s),
            link.way,  # type: ignore[arg-type]
            link.endpoint,
            cause or "",
            100 * link.lost / link.sent if link.sent and cause != "offline" else None,
        )


def _wanted(ways: Ways, query: StatusQuery) -> int:
    bits = _ALL
    if query.path is not None:
        bits &= getattr(ways, query.path)
    if query.cause is not None:
        by_cause = (ways.away, ways.silent, ways.relayed, ways.unmeasured)
        bits &= dict(zip(("offline", "no_answer", "relay", "not_measured"), by_cause, strict=True))[
            query.cause
        ]
    if bits == _ALL:
        bits = ways.all if query.show == "all" else ways.relayed | ways.down
    return bits


def _kind(ways: Ways, bit: int) -> tuple[Path, Cause | None]:
    if ways.direct & bit:
        return "direct", None
    if ways.idle & bit:
        return "idle", None
    if ways.relayed & bit:
        return "relayed", "relay"
    if ways.away & bit:
        return "down", "offline"
    return "down", "no_answer" if ways.silent & bit else "not_measured"


def _own_link(peer: PeerState | None) -> Link:
    """A link of the control plane's own, by its device."""
    if peer is None:
        return _NOTHING
    age = max(0.0, time.time() - peer.last_handshake) if peer.last_handshake else None
    endpoint = peer.endpoint or ""
    way = "" if not endpoint else "tls" if is_of_this_machine(endpoint) else "outside"
    return Link("", "", age, None, peer.rx_bytes, peer.tx_bytes, endpoint, way)
