"""What the wings have to say at /metrics."""

from __future__ import annotations

from nimbus.appliance.exposition import Family
from nimbus.appliance.service import Appliance
from nimbus.composition.fleet import Fleet
from nimbus.composition.foundation import Foundation
from nimbus.db import Transaction
from nimbus.fleet.tasks.records import TaskState
from nimbus.http.connection_cap import CapCounters
from nimbus.protocol.version import VERSION


class Figures:
    """From memory and from indexes: a scrape costs the same for ten nodes and for thousands."""

    def __init__(self, foundation: Foundation, fleet: Fleet, appliance: Appliance) -> None:
        self._foundation, self._fleet, self._appliance = foundation, fleet, appliance

    async def families(self) -> list[Family]:
        stored = await self._foundation.database.read(self._stored)
        several = self._foundation.several
        beats, leads = self._fleet.presence.heartbeats, several is None or several.leads
        return [
            Family(
                "nimbus_build_info",
                "gauge",
                "1, with the version of this control plane.",
                {(VERSION,): 1},
                ("version",),
            ),
            Family("nimbus_leader", "gauge", "Whether this control plane leads (1) or another.", {(): leads}),
            Family("nimbus_node_heartbeats_total", "counter", "Heartbeats received here.", {(): beats}),
            *stored,
        ]

    def _stored(self, tx: Transaction) -> list[Family]:
        """On a reader's thread: it also looks at files."""
        nodes = self._fleet.nodes.state_counts(tx, None)
        tasks = self._fleet.tasks.state_counts(tx, None, self._foundation.clock.now())
        ends = self._appliance.certificate_ends()
        return [
            Family(
                "nimbus_nodes",
                "gauge",
                "Nodes by state.",
                {(state.value,): count for state, count in nodes.items()},
                ("state",),
            ),
            Family(
                "nimbus_open_tasks",
                "gauge",
                "Tasks that are queued or running.",
                {(state.value,): tasks[state] for state in (TaskState.QUEUED, TaskState.RUNNING)},
                ("state",),
            ),
            Family("nimbus_database_size_bytes", "gauge", "Size of the database.", {(): tx.size_bytes()}),
            Family(
                "nimbus_certificate_expiry_timestamp_seconds",
                "gauge",
                "When a certificate of this control plane ends, in Unix time.",
                {(name,): end // 1_000_000 for name, end in ends.items()},
                ("certificate",),
            ),
        ]


async def of_connections(counters: CapCounters) -> list[Family]:
    refused: dict[tuple[str, ...], float] = {
        ("all",): counters.refused_all,
        ("address",): counters.refused_address,
    }
    return [
        Family("nimbus_http_connections", "gauge", "Open connections to the API.", {(): counters.open}),
        Family(
            "nimbus_http_connections_refused_total",
            "counter",
            "Connections refused, by the limit that was reached.",
            refused,
            ("limit",),
        ),
        Family(
            "nimbus_http_connections_ended_idle_total",
            "counter",
            "Idle connections that ended to make room for others.",
            {(): counters.ended_idle},
        ),
    ]
