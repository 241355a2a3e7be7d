"""REST routes of the policies of the mesh."""

from __future__ import annotations

from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyPreview, PolicyQuery, PolicyView
from nimbus.fleet.mesh.policy.service import MeshPolicies
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route

_PATH = "/api/v1/mesh/policy"


def routes(policies: MeshPolicies) -> list[Route]:
    return [
        Route(
            "GET",
            _PATH,
            lambda call: policies.show(call.actor, call.query.organization),
            Permission.MESH_READ,
            "Show who can talk to whom in the mesh of an organization",
            query=PolicyQuery,
            answer=PolicyView,
        ),
        Route(
            "PUT",
            _PATH,
            lambda call: policies.apply(call.actor, call.query.organization, call.body, call.if_match),
            Permission.ORGANIZATION_WRITE,
            "Set who can talk to whom in the mesh of an organization",
            query=PolicyQuery,
            body=MeshPolicy,
            answer=PolicyView,
            changes=True,
        ),
        Route(
            "POST",
            f"{_PATH}/test",
            lambda call: policies.test(call.actor, call.query.organization, call.body),
            Permission.ORGANIZATION_WRITE,
            "Which pairs of nodes a policy would change, and how; nothing is changed",
            query=PolicyQuery,
            body=MeshPolicy,
            answer=PolicyPreview,
        ),
    ]
