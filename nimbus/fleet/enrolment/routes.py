"""REST routes of enrolment: what becomes a node, and what ceases to be one."""

from __future__ import annotations

from nimbus.fleet.enrolment.records import (
    JoinTokenQuery,
    JoinTokenView,
    NodeDeletion,
    Rejection,
    RejoinRequest,
    TokenRequest,
    TokenView,
)
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.nodes.collection import NODES
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route

_JOIN_TOKEN = Collection(
    "/api/v1/join-tokens",
    "token",
    JoinTokenView,
    reads=Permission.AGENT_READ,
    writes=Permission.AGENT_WRITE,
    scoped=True,
)


def routes(enrolment: Enrolment) -> list[Route]:
    return [
        *(route for node in NODES for route in (*_tokens(node, enrolment), *_membership(node, enrolment))),
        _JOIN_TOKEN.list(
            enrolment.issued.list,
            JoinTokenQuery,
            "List join tokens",
            description="Without their secrets; tokens that ended are kept as long as other records of nodes are.",
        ),
        _JOIN_TOKEN.show(enrolment.issued.show, "Show a join token"),
        _JOIN_TOKEN.delete(
            enrolment.issued.revoke,
            "Revoke a join token",
            description="No machine joins with it from then on. Nodes that have joined with it stay.",
        ),
    ]


def _tokens(node: Collection, enrolment: Enrolment) -> list[Route]:
    return [
        Route(
            "POST",
            node.path + "/tokens",
            lambda call: enrolment.tokens.issue(call.actor, call.body),
            Permission.AGENT_WRITE,
            "Make a join token",
            body=TokenRequest,
            answer=TokenView,
            changes=True,
            creates=True,
            status=201,
        ),
        node.action(
            "/tokens",
            enrolment.tokens.reissue,
            "Make a token with which a known node joins again",
            RejoinRequest,
            answer=TokenView,
            creates=True,
            status=201,
        ),
    ]


def _membership(node: Collection, enrolment: Enrolment) -> list[Route]:
    return [
        node.action("/approve", enrolment.approvals.approve, "Let a node in that waits for approval"),
        node.action(
            "/reject",
            enrolment.approvals.reject,
            "Turn a node away that waits for approval",
            Rejection,
            permission=Permission.AGENT_DELETE,
        ),
        node.action(
            "/rotate-key", enrolment.rotate_key, "Give a node that signs its requests a new session key"
        ),
        node.part(
            "/deletion",
            enrolment.deletion.show,
            "What the deletion of a node takes with it",
            permission=Permission.AGENT_DELETE,
            answer=NodeDeletion,
        ),
        node.delete(enrolment.revocation.delete, "Revoke and delete a node"),
    ]
