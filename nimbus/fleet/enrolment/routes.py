"""REST routes of enrolment."""

from __future__ import annotations

from nimbus.fleet.enrolment.records import NodeDeletion, Rejection, RejoinRequest, TokenRequest, TokenView
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.nodes.records import NodeView
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Route


def routes(enrolment: Enrolment) -> list[Route]:
    async def issue(call: Call) -> Answer:
        return Answer(await enrolment.issue(call.actor, call.body), status=201)

    async def reissue(call: Call) -> Answer:
        return Answer(await enrolment.reissue(call.actor, call.target("node"), call.body), status=201)

    async def delete(call: Call) -> Answer:
        return Answer(await enrolment.delete(call.actor, call.target("node")))

    async def deletion(call: Call) -> Answer:
        return Answer(await enrolment.deletion.show(call.actor, call.target("node")))

    async def approve(call: Call) -> Answer:
        return Answer(await enrolment.approvals.approve(call.actor, call.target("node")))

    async def reject(call: Call) -> Answer:
        return Answer(await enrolment.approvals.reject(call.actor, call.target("node"), call.body))

    async def rotate_key(call: Call) -> Answer:
        return Answer(await enrolment.rotate_key(call.actor, call.target("node")))

    declared: list[Route] = []
    for base in ("/api/v1/nodes", "/api/v1/agents"):
        declared += [
            Route(
                "POST",
                base + "/tokens",
                issue,
                Permission.AGENT_WRITE,
                "Make a join token",
                body=TokenRequest,
                answer=TokenView,
                changes=True,
                creates=True,
                status=201,
            ),
            Route(
                "POST",
                base + "/{node}/tokens",
                reissue,
                Permission.AGENT_WRITE,
                "Make a token with which a known node joins again",
                body=RejoinRequest,
                answer=TokenView,
                changes=True,
                creates=True,
                scoped=True,
                status=201,
            ),
            Route(
                "POST",
                base + "/{node}/approve",
                approve,
                Permission.AGENT_WRITE,
                "Let a node in that waits for approval",
                answer=NodeView,
                changes=True,
                scoped=True,
            ),
            Route(
                "POST",
                base + "/{node}/reject",
                reject,
                Permission.AGENT_DELETE,
                "Turn a node away that waits for approval",
                body=Rejection,
                answer=NodeView,
                changes=True,
                scoped=True,
            ),
            Route(
                "POST",
                base + "/{node}/rotate-key",
                rotate_key,
                Permission.AGENT_WRITE,
                "Give a node that signs its requests a new session key",
                answer=NodeView,
                changes=True,
                scoped=True,
            ),
            Route(
                "GET",
                base + "/{node}/deletion",
                deletion,
                Permission.AGENT_DELETE,
                "What the deletion of a node takes with it",
                answer=NodeDeletion,
                scoped=True,
            ),
            Route(
                "DELETE",
                base + "/{node}",
                delete,
                Permission.AGENT_DELETE,
                "Revoke and delete a node",
                answer=NodeView,
                changes=True,
                scoped=True,
            ),
        ]
    return declared
