"""REST routes of edges."""

from __future__ import annotations

from nimbus.edge.edges.records import (
    DriftView,
    EdgeDetails,
    EdgePatch,
    EdgeQuery,
    EdgeRequest,
    EdgeView,
    NginxOrder,
)
from nimbus.edge.edges.service import Edges
from nimbus.fleet.tasks.records import TaskView
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route

_EDGE = Collection(
    "/api/v1/edges", "edge", EdgeView, reads=Permission.AGENT_READ, writes=Permission.AGENT_WRITE, scoped=True
)


def routes(edges: Edges) -> list[Route]:
    return [
        _EDGE.list(edges.list, EdgeQuery, "List the nodes that serve as edges"),
        _EDGE.create(
            edges.create,
            EdgeRequest,
            "Make a node an edge: its nginx serves what is deployed to it",
            answer=EdgeDetails,
            scoped=False,
        ),
        _EDGE.show(edges.show, "Show an edge with what it says of its nginx", answer=EdgeDetails),
        _EDGE.change(edges.change, EdgePatch, "Change how an edge is set, or shared", answer=EdgeDetails),
        _EDGE.delete(edges.delete, "Make an edge a plain node again; its nginx is as it was before"),
        _EDGE.part(
            "/drift",
            edges.drift,
            "Show which files of an edge are not as they were written",
            answer=list[DriftView],
            description="Needs config:read in the workspace of the node, too.",
        ),
        _EDGE.action(
            "/nginx",
            edges.nginx,
            "Start, stop, reload, restart or test the nginx of an edge",
            NginxOrder,
            permission=Permission.AGENT_RELOAD,
            answer=TaskView,
            status=201,
            description="The answer is the task; its result is what nginx said.",
        ),
    ]
