"""REST routes of the mesh."""

from __future__ import annotations

from nimbus.access import Permission
from nimbus.mesh.records import MeshInfo, MeshPair, ProbeStarted, StatusQuery
from nimbus.mesh.service import Mesh
from nimbus.routing import Answer, Call, Route


def routes(mesh: Mesh) -> list[Route]:
    async def status(call: Call) -> Answer:
        return Answer(await mesh.status(call.actor, call.query))

    async def info(call: Call) -> Answer:
        return Answer(await mesh.info(call.actor))

    async def probe(call: Call) -> Answer:
        return Answer(await mesh.probe(call.actor), status=202)

    return [
        Route("GET", "/api/v1/mesh", info, Permission.MESH_READ, "The mesh as a whole", answer=MeshInfo),
        Route(
            "GET", "/api/v1/mesh/status", status, Permission.MESH_READ, "Every pair of the mesh",
            query=StatusQuery, answer=list[MeshPair],
        ),
        Route(
            "POST", "/api/v1/mesh/probes", probe, Permission.MESH_WRITE, "Measure every pair anew",
            answer=ProbeStarted, changes=True, status=202,
        ),
    ]  # fmt: skip
