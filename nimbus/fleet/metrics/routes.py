"""REST routes of metrics."""

from __future__ import annotations

from nimbus.fleet.metrics.overview import Overview
from nimbus.fleet.metrics.records import Fleet, FleetMetrics, FleetMetricsQuery, MetricsQuery, NodeMetrics
from nimbus.fleet.metrics.service import Metrics
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route


def routes(metrics: Metrics, overview: Overview) -> list[Route]:
    read = Permission.AGENT_READ
    return [
        Route(
            "GET",
            "/api/v1/metrics",
            lambda call: metrics.of_node(call.actor, call.query, call.workspace),
            read,
            "What a node said of its load, for a chart",
            query=MetricsQuery,
            answer=NodeMetrics,
            scoped=True,
            description="Metrics: cpu (percent), load, memory_used, memory_total, disk_used, disk_total (bytes), "
            "network_rx, network_tx (bytes per second). Samples are kept for 24 hours, minutes for 30 days.",
        ),
        Route(
            "GET",
            "/api/v1/metrics/fleet",
            lambda call: metrics.of_fleet(call.actor, call.query, call.workspace),
            read,
            "The load of all nodes together, for a chart",
            query=FleetMetricsQuery,
            answer=FleetMetrics,
            scoped=True,
            description="cpu and load are averages over the nodes, all else is the sum. Minutes, kept for 30 days.",
        ),
        Route(
            "GET",
            "/api/v1/fleet",
            lambda call: overview.show(call.actor, call.workspace),
            read,
            "The fleet at a glance",
            answer=Fleet,
            scoped=True,
            description="States of nodes and tasks, the present load, and the nodes that need attention.",
        ),
    ]
