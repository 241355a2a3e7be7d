"""REST routes of nodes. `/api/v1/agents` is the same collection under the name that edge users know."""

from __future__ import annotations

from nimbus.fleet.nodes.records import NodeDetails, NodePatch, NodeQuery, NodeView
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Page, Route


def routes(nodes: Nodes) -> list[Route]:
    async def index(call: Call) -> Answer:
        query: NodeQuery = call.query
        found = await nodes.list(call.actor, query, call.workspace)
        return Answer(found.rows, page=Page(query.page, query.per_page, found.total), tag=found.tag)

    async def show(call: Call) -> Answer:
        return Answer(await nodes.show(call.actor, call.target("node")))

    async def change(call: Call) -> Answer:
        return Answer(await nodes.change(call.actor, call.target("node"), call.body))

    declared: list[Route] = []
    for base in ("/api/v1/nodes", "/api/v1/agents"):
        declared += [
            Route(
                "GET",
                base,
                index,
                Permission.AGENT_READ,
                "List nodes",
                query=NodeQuery,
                answer=list[NodeView],
                scoped=True,
            ),
            Route(
                "GET",
                base + "/{node}",
                show,
                Permission.AGENT_READ,
                "Show a node",
                answer=NodeDetails,
                scoped=True,
            ),
            Route(
                "PATCH",
                base + "/{node}",
                change,
                Permission.AGENT_WRITE,
                "Rename, label or set maintenance",
                body=NodePatch,
                answer=NodeDetails,
                changes=True,
                scoped=True,
            ),
        ]
    return declared
