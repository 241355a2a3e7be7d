"""Where other members hear one, by what they have measured, within a transaction that reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from nimbus.db import Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.measurement import Measured
from nimbus.fleet.mesh.nat.rules import Network, Observed, View, network_of
from nimbus.fleet.mesh.records import Member
from nimbus.fleet.mesh.rules import path_of
from nimbus.kernel.clock import MICROSECONDS
from nimbus.protocol.link_columns import address_number

# Of a large mesh: that tells enough.
MOST_VIEWS = 8


def network_with_views(
    tx: Transaction, node_id: str, members: Sequence[Member], base: int, seen: Observed, since: float
) -> Network:
    """`seen` is what the control plane knows, `since` (Unix seconds) since when it hears the member where it does:
    what was measured before says nothing of now. `members` are those that the actor sees, `base` is the overlay's
    own address."""
    found = list(itertools.islice(_heard(tx, node_id, members, base, since), MOST_VIEWS))
    return network_of(
        seen._replace(
            others=tuple(view for view, _ in found),
            asked_first=tuple(view.by for view, is_asked in found if is_asked),
        )
    )


def _heard(
    tx: Transaction, node_id: str, members: Iterable[Member], base: int, since: float
) -> Iterator[tuple[View, bool]]:
    by_id = {member.peer.node_id: member for member in members}
    own = by_id.get(node_id)
    if own is None:
        return
    place = address_number(own.peer.address) - base
    for member_id, reach in store.reaches(tx).items():
        other = by_id.get(member_id)
        if other is None or not reach.direct >> place & 1 or reach.measured_at < since * MICROSECONDS:
            continue
        link = Measured(store.numbers(tx, member_id), base).link(node_id, place)
        if link is not None and reach.measured_at - link.ago_s * MICROSECONDS < since * MICROSECONDS:
            continue
        if link is not None and link.way in ("lan", "outside") and path_of(link) == "direct":
            yield View(other.peer.name, link.endpoint), link.asked_first
