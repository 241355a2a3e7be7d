"""The door to the mesh's history for operators."""

from __future__ import annotations

from typing import NamedTuple

from nimbus.db import Database, Transaction
from nimbus.fleet.mesh import store as mesh_store
from nimbus.fleet.mesh.history import store
from nimbus.fleet.mesh.history.blocks import COARSE, FINE, Block, Figure, Grain
from nimbus.fleet.mesh.history.charts import DEFAULT_RANGE_S, figures_of, span, summed_up, way
from nimbus.fleet.mesh.history.keeper import HistoryKeeper
from nimbus.fleet.mesh.history.parts import joined, read
from nimbus.fleet.mesh.history.records import HistoryQuery, MeshHistory
from nimbus.fleet.mesh.measurement import HUB_PLACE
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import MICROSECONDS, Clock, from_seconds, to_rfc3339, to_seconds
from nimbus.kernel.errors import invalid
from nimbus.kernel.routing import Target
from nimbus.protocol.link_columns import address_number
from nimbus.records.audit.moments import from_rfc3339

HOUR_S = 3600.0


class _End(NamedTuple):
    node_id: str
    name: str
    address: str


class MeshHistories:
    """`base` is the overlay's own address."""

    def __init__(
        self, database: Database, clock: Clock, nodes: Nodes, keeper: HistoryKeeper, base: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._nodes = nodes
        self._keeper = keeper
        self._base = base

    async def of_pair(self, actor: Actor, query: HistoryQuery) -> MeshHistory:
        """How long packets took between two members, and how many were lost, in both directions."""
        actor.require(Permission.MESH_READ)
        now = to_seconds(self._clock.now())
        until = to_seconds(from_rfc3339(query.until)) if query.until is not None else now
        since = to_seconds(from_rfc3339(query.since)) if query.since is not None else until - DEFAULT_RANGE_S
        if since >= until:
            raise invalid("since", "must be before until")
        shown = span(since, until, query.step, now)

        def answer(tx: Transaction) -> MeshHistory:
            one, other = (self._end(tx, actor, name) for name in (query.from_, query.to))
            if one.node_id == other.node_id:
                raise invalid("to", f"is the same machine as `from`, {one.name}")
            ways = [
                way(
                    shown,
                    near.name,
                    far.name,
                    self._figures(tx, near, far, shown.grain, shown.start, shown.end),
                )
                for near, far in ((one, other), (other, one))
                if near.node_id != CONTROL_PLANE
            ]
            return MeshHistory(
                from_=one.name,
                to=other.name,
                since=to_rfc3339(from_seconds(since)),
                until=to_rfc3339(from_seconds(until)),
                step=shown.step,
                resolution=shown.grain.step_s,
                timestamps=shown.timestamps,
                ways=ways,
            )

        return await self._database.read(answer)

    def _end(self, tx: Transaction, actor: Actor, reference: str) -> _End:
        if reference == CONTROL_PLANE:
            return _End(CONTROL_PLANE, CONTROL_PLANE, "")
        node = self._nodes.resolve(tx, actor, Permission.MESH_READ, Target(reference))
        member = mesh_store.member(tx, node.id)
        address = member.peer.address if member and not member.peer.removed else ""
        if address and address_number(address) - self._base == HUB_PLACE:
            # The control plane's own machine.
            return _End(CONTROL_PLANE, CONTROL_PLANE, "")
        return _End(node.id, node.name, address)

    def last_hour(self, tx: Transaction, one: str, other: str) -> str:
        """In words, how the way from the one to the other was, both by node id or `control-plane`; "" where nothing
        is known."""
        if one == CONTROL_PLANE:
            return ""
        now = to_seconds(self._clock.now())
        near, far = _End(one, "", ""), _End(other, "", self._address_of(tx, other))
        since = int(now - HOUR_S)
        figures = self._figures(tx, near, far, FINE, since - FINE.step_s, int(now) + 1)
        summed = summed_up(figures, since)
        if summed is None:
            return ""
        whole, shortest, longest = summed
        loss = f"{100 * whole.lost / whole.sent:.3g} % of {whole.sent} echoes lost"
        if whole.rtt_ms is None or shortest is None or longest is None:
            return f"in the last hour {loss}"
        return f"in the last hour {whole.rtt_ms:.3g} ms on average ({shortest:.3g} to {longest:.3g}), {loss}"

    def _address_of(self, tx: Transaction, node_id: str) -> str:
        member = mesh_store.member(tx, node_id) if node_id != CONTROL_PLANE else None
        return member.peer.address if member and not member.peer.removed else ""

    def _figures(
        self, tx: Transaction, near: _End, far: _End, shown: Grain, since: int, until: int
    ) -> dict[int, Figure]:
        """Of the way from the one to the other, by the beginning of their step."""
        place, owned_since = HUB_PLACE, 0
        if far.node_id != CONTROL_PLANE:
            if not far.address:
                return {}
            number = address_number(far.address)
            place, owned_since = number - self._base, mesh_store.owned_since(tx, number)
        found: list[dict[int, Figure]] = []
        for grain in (FINE, COARSE):
            first = grain.block_start(since)
            figures: dict[int, Figure] = {}
            for start, packed in store.blocks(tx, near.node_id, grain.step_s, first, until).items():
                figures |= Block(grain, start, packed).figures(place)
            found.append(figures)
        fine, coarse = found
        return figures_of(shown, self._with_fresh(fine, near, far, place), coarse, owned_since / MICROSECONDS)

    def _with_fresh(self, fine: dict[int, Figure], near: _End, far: _End, place: int) -> dict[int, Figure]:
        """With what is in memory and not written yet."""
        waiting = self._keeper.waiting(near.node_id)
        told = read(waiting.parts, {far.node_id: place}, self._base, self._clock.now())
        stored = {at: {place: figure} for at, figure in fine.items()}
        return {
            at: ways[place]
            for at, ways in joined(joined(stored, waiting.steps), told.steps).items()
            if place in ways
        }
