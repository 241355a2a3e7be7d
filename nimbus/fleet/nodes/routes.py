"""REST routes of nodes."""

from __future__ import annotations

from nimbus.fleet.nodes.collection import NODES
from nimbus.fleet.nodes.records import NodeDetails, NodePatch, NodeQuery
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.routing import Route


def routes(nodes: Nodes) -> list[Route]:
    return [
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
    ]
