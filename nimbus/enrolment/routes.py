"""REST routes of enrolment."""

from __future__ import annotations

from nimbus.access import Permission
from nimbus.enrolment.records import RejoinRequest, TokenRequest, TokenView
from nimbus.enrolment.service import Enrolment
from nimbus.nodes.records import NodeView
from nimbus.routing import Answer, Call, Route


def routes(enrolment: Enrolment) -> list[Route]:
    async def issue(call: Call) -> Answer:
        return Answer(await enrolment.issue(call.actor, call.body), status=201)

    async def reissue(call: Call) -> Answer:
        return Answer(await enrolment.reissue(call.actor, call.path["node"], call.body), status=201)

    async def delete(call: Call) -> Answer:
        return Answer(await enrolment.delete(call.actor, call.path["node"]))

    declared: list[Route] = []
    for base in ("/api/v1/nodes", "/api/v1/agents"):
        declared += [
            Route(
                "POST", base + "/tokens", issue, Permission.AGENT_WRITE, "Make a join token",
                body=TokenRequest, answer=TokenView, changes=True,
            ),
            Route(
                "POST", base + "/{node}/tokens", reissue, Permission.AGENT_WRITE,
                "Make a token with which a known node joins again", body=RejoinRequest, answer=TokenView,
                changes=True,
            ),
            Route(
                "DELETE", base + "/{node}", delete, Permission.AGENT_DELETE, "Revoke and delete a node",
                answer=NodeView, changes=True,
            ),
        ]  # fmt: skip
    return declared
