"""REST routes of nodes. `/api/v1/agents` is the same collection under the name that edge users know."""

from __future__ import annotations

from nimbus.access import Permission
from nimbus.nodes.records import NodePatch, NodeQuery, NodeView
from nimbus.nodes.service import Nodes
from nimbus.routing import Answer, Call, Page, Route


def routes(nodes: Nodes) -> list[Route]:
    async def index(call: Call) -> Answer:
        query: NodeQuery = call.query
        found, total = await nodes.list(call.actor, query)
        return Answer(found, page=Page(query.page, query.per_page, total))

    async def show(call: Call) -> Answer:
        return Answer(await nodes.show(call.actor, call.path["node"]))

    async def change(call: Call) -> Answer:
        return Answer(await nodes.change(call.actor, call.path["node"], call.body))

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
            ),
            Route("GET", base + "/{node}", show, Permission.AGENT_READ, "Show a node", answer=NodeView),
            Route(
                "PATCH",
                base + "/{node}",
                change,
                Permission.AGENT_WRITE,
                "Rename, label or set maintenance",
                body=NodePatch,
                answer=NodeView,
                changes=True,
            ),
        ]
    return declared
