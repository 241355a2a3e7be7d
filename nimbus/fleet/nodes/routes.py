"""REST routes of nodes."""

from __future__ import annotations

from nimbus.fleet.nodes.collection import NODES
from nimbus.fleet.nodes.filters.records import NodeFilters
from nimbus.fleet.nodes.filters.service import Filters
from nimbus.fleet.nodes.records import NodeDetails, NodePatch, NodeQuery
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route


def routes(nodes: Nodes, filters: Filters) -> list[Route]:
    return [
        *(
            route
            for node in NODES
            for route in (
                node.list(nodes.list, NodeQuery, "List nodes"),
                node.show(nodes.show, "Show a node", answer=NodeDetails),
                node.change(
                    nodes.change,
                    NodePatch,
                    "Rename, label, describe, set maintenance, or port and MTU of its WireGuard",
                    answer=NodeDetails,
                ),
            )
        ),
        Route(
            "GET",
            "/api/v1/node-filters",
            lambda call: filters.show(call.actor, call.workspace),
            Permission.AGENT_READ,
            "What nodes can be filtered by",
            answer=NodeFilters,
            scoped=True,
            description="The versions, operating systems and labels that there are, with how many nodes have each.",
        ),
    ]
