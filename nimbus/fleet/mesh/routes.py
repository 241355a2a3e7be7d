"""REST routes of the mesh."""

from __future__ import annotations

from nimbus.fleet.mesh.records import (
    MeshExplanation,
    MeshInfo,
    MeshPair,
    MeshTopology,
    ProbeStarted,
    StatusQuery,
    WhyQuery,
)
from nimbus.fleet.mesh.service import Mesh
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Route


def routes(mesh: Mesh) -> list[Route]:
    async def status(call: Call) -> Answer:
        return Answer(await mesh.status(call.actor, call.query))

    async def info(call: Call) -> Answer:
        return Answer(await mesh.info(call.actor))

    async def topology(call: Call) -> Answer:
        return Answer(await mesh.topology(call.actor))

    async def why(call: Call) -> Answer:
        return Answer(await mesh.why(call.actor, call.query))

    async def probe(call: Call) -> Answer:
        return Answer(await mesh.probe(call.actor), status=202)

    return [
        Route("GET", "/api/v1/mesh", info, Permission.MESH_READ, "The mesh as a whole", answer=MeshInfo),
        Route(
            "GET",
            "/api/v1/mesh/status",
            status,
            Permission.MESH_READ,
            "Every pair of the mesh",
            query=StatusQuery,
            answer=list[MeshPair],
        ),
        Route(
            "GET",
            "/api/v1/mesh/topology",
            topology,
            Permission.MESH_READ,
            "The mesh as nodes and links",
            answer=MeshTopology,
        ),
        Route(
            "GET",
            "/api/v1/mesh/why",
            why,
            Permission.MESH_READ,
            "Why two members reach each other or do not",
            query=WhyQuery,
            answer=MeshExplanation,
        ),
        Route(
            "POST",
            "/api/v1/mesh/probes",
            probe,
            Permission.MESH_WRITE,
            "Measure every pair anew",
            answer=ProbeStarted,
            changes=True,
            status=202,
        ),
    ]
