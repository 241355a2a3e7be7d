"""The door to metrics for operators."""

from __future__ import annotations

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.metrics import store
from nimbus.fleet.metrics.blocks import Block, FleetBlock, unpack_minutes
from nimbus.fleet.metrics.charts import fleet_series, node_series
from nimbus.fleet.metrics.history import EVERYWHERE, History
from nimbus.fleet.metrics.records import FleetMetrics, FleetMetricsQuery, MetricsQuery, NodeMetrics
from nimbus.fleet.metrics.rules import DEFAULT_RANGE_S, MINUTE_S, Span, block_start, span, window_start
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, to_rfc3339, to_seconds
from nimbus.kernel.errors import invalid
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.moments import from_rfc3339


class _Asked(msgspec.Struct, frozen=True):
    since: float
    until: float
    now: float


class Metrics:
    def __init__(
        self, database: Database, clock: Clock, organizations: Organizations, nodes: Nodes, history: History
    ) -> None:
        self._database = database
        self._clock = clock
        self._organizations = organizations
        self._nodes = nodes
        self._history = history

    async def of_node(self, actor: Actor, query: MetricsQuery, workspace: str = "") -> NodeMetrics:
        target = Target(query.node, workspace)
        asked = self._asked(query)
        shown = span(asked.since, asked.until, query.step, asked.now)
        node = await self._database.read(
            lambda tx: self._nodes.resolve(tx, actor, Permission.AGENT_READ, target)
        )
        fresh = self._history.blocks_of(node.id)
        return await self._database.read(lambda tx: _node_metrics(tx, node, query, asked, shown, fresh))

    async def of_fleet(self, actor: Actor, query: FleetMetricsQuery, workspace: str = "") -> FleetMetrics:
        actor.require(Permission.AGENT_READ)
        asked = self._asked(query)
        shown = span(asked.since, asked.until, query.step, asked.now, MINUTE_S)
        within = await self._database.read(
            lambda tx: self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace)
        )
        # All workspaces together have figures of their own.
        keys = sorted(within) if within is not None else [EVERYWHERE]
        fresh = self._history.fleet_blocks(keys)

        def read(tx: Transaction) -> FleetMetrics:
            stored = store.fleet(tx, keys, window_start(shown.start), shown.end)
            blocks = {(key, start): FleetBlock(start, packed) for key, start, packed in stored} | fresh
            return FleetMetrics(
                since=_shown(asked.since),
                until=_shown(asked.until),
                step=shown.step,
                resolution=shown.resolution,
                timestamps=shown.timestamps,
                series=fleet_series(shown, query.names, list(blocks.values())),
            )

        return await self._database.read(read)

    def _asked(self, query: FleetMetricsQuery) -> _Asked:
        now = to_seconds(self._clock.now())
        until = to_seconds(from_rfc3339(query.until)) if query.until is not None else now
        since = to_seconds(from_rfc3339(query.since)) if query.since is not None else until - DEFAULT_RANGE_S
        if since >= until:
            raise invalid("since", "must be before until")
        return _Asked(since, until, now)


def _node_metrics(
    tx: Transaction, node: Node, query: MetricsQuery, asked: _Asked, shown: Span, fresh: dict[int, Block]
) -> NodeMetrics:
    minutes = {}
    if shown.resolution == MINUTE_S:
        stored = store.minutes(tx, node.id, window_start(shown.start), shown.end)
        minutes = {start: unpack_minutes(packed) for start, packed in stored.items()}
    stored = store.samples(tx, node.id, block_start(shown.start), shown.end)
    # What is rolled up already needs no second look.
    blocks = {
        start: Block(start, packed)
        for start, packed in stored.items()
        if start not in fresh and window_start(start) not in minutes
    }
    return NodeMetrics(
        node_id=node.id,
        node=node.name,
        workspace_id=node.workspace_id,
        since=_shown(asked.since),
        until=_shown(asked.until),
        step=shown.step,
        resolution=shown.resolution,
        timestamps=shown.timestamps,
        series=node_series(shown, query.names, blocks | fresh, minutes),
    )


def _shown(seconds: float) -> str:
    return to_rfc3339(from_seconds(seconds))
