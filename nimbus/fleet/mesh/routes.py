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
from nimbus.kernel.routing import Route


def routes(mesh: Mesh) -> list[Route]:
    return [
        Route(
            "GET",
            "/api/v1/mesh",
            lambda call: mesh.info(call.actor),
            Permission.MESH_READ,
            "The mesh as a whole",
            answer=MeshInfo,
        ),
        Route(
            "GET",
            "/api/v1/mesh/status",
            lambda call: mesh.status(call.actor, call.query),
            Permission.MESH_READ,
            "Every pair of the mesh",
            query=StatusQuery,
            answer=list[MeshPair],
        ),
        Route(
            "GET",
            "/api/v1/mesh/topology",
            lambda call: mesh.topology(call.actor),
            Permission.MESH_READ,
            "The mesh as nodes and links",
            answer=MeshTopology,
        ),
        Route(
            "GET",
            "/api/v1/mesh/why",
            lambda call: mesh.why(call.actor, call.query),
            Permission.MESH_READ,
            "Why two members reach each other or do not",
            query=WhyQuery,
            answer=MeshExplanation,
        ),
        Route(
            "POST",
            "/api/v1/mesh/probes",
            lambda call: mesh.probe(call.actor),
            Permission.MESH_WRITE,
            "Measure every pair anew",
            answer=ProbeStarted,
            changes=True,
            status=202,
        ),
    ]
