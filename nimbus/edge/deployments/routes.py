"""REST routes of deployments, and of what edges serve."""

from __future__ import annotations

from nimbus.edge.deployments.records import (
    DeploymentPlan,
    DeploymentQuery,
    DeploymentRequest,
    DeploymentView,
    ServedQuery,
    ServedView,
)
from nimbus.edge.deployments.service import Deployments
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Call, Route

_DEPLOYMENT = Collection(
    "/api/v1/edge/deployments",
    "deployment",
    DeploymentView,
    reads=Permission.CONFIG_READ,
    writes=Permission.CONFIG_DEPLOY,
)
_SERVED = Collection("/api/v1/edge/served", "served", ServedView, reads=Permission.CONFIG_READ)


def routes(deployments: Deployments) -> list[Route]:
    async def plan(call: Call) -> DeploymentPlan:
        return await deployments.plan(call.actor, call.body)

    return [
        _DEPLOYMENT.list(deployments.list, DeploymentQuery, "List deployments to edges", scoped=True),
        _DEPLOYMENT.create(
            deployments.create,
            DeploymentRequest,
            "Deploy virtual hosts and upstreams to edges",
            description="It runs as an operation: `operation_id` can be paused, resumed and cancelled.",
        ),
        Route(
            "POST",
            "/api/v1/edge/deployments/plan",
            plan,
            Permission.CONFIG_DEPLOY,
            "Show what a deployment would change on which edges, without changing anything",
            body=DeploymentRequest,
            answer=DeploymentPlan,
        ),
        _DEPLOYMENT.show(deployments.show, "Show a deployment with what came of it on each edge"),
        _SERVED.list(
            deployments.served, ServedQuery, "List which version of what each edge serves", scoped=True
        ),
    ]
