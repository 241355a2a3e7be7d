"""REST routes of the mesh."""

from __future__ import annotations

from nimbus.fleet.mesh.history.records import HistoryQuery, MeshHistory
from nimbus.fleet.mesh.history.service import MeshHistories
from nimbus.fleet.mesh.records import (
    MeshExplanation,
    MeshInfo,
    MeshNetwork,
    MeshPair,
    MeshSummary,
    MeshTopology,
    NetworkQuery,
    ProbeStarted,
    StatusQuery,
    SummaryQuery,
    WhyQuery,
)
from nimbus.fleet.mesh.service import Mesh
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route

_STATUS = Collection("/api/v1/mesh/status", "pair", MeshPair, reads=Permission.MESH_READ)


def routes(mesh: Mesh, histories: MeshHistories) -> list[Route]:
    return [
        Route(
            "GET",
            "/api/v1/mesh",
            lambda call: mesh.info(call.actor),
            Permission.MESH_READ,
            "The mesh as a whole",
            answer=MeshInfo,
        ),
        _STATUS.list(mesh.status, StatusQuery, "Ways of the mesh: those that are relayed or down, or all"),
        Route(
            "GET",
            "/api/v1/mesh/summary",
            lambda call: mesh.summary(call.actor, call.query),
            Permission.MESH_READ,
            "How many ways of the mesh are direct, and why the others are not",
            query=SummaryQuery,
            answer=MeshSummary,
        ),
        Route(
            "GET",
            "/api/v1/mesh/network",
            lambda call: mesh.network(call.actor, call.query),
            Permission.MESH_READ,
            "Which NAT or firewall is in front of a node",
            query=NetworkQuery,
            answer=MeshNetwork,
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
            "GET",
            "/api/v1/mesh/history",
            lambda call: histories.of_pair(call.actor, call.query),
            Permission.MESH_READ,
            "How long packets took between two members, and how many were lost",
            query=HistoryQuery,
            answer=MeshHistory,
            description="As measured in turns, without opening a way: what is idle has a gap. Steps of five "
            "minutes are kept for 24 hours, hours for 14 days.",
        ),
        Route(
            "POST",
            "/api/v1/mesh/probes",
            lambda call: mesh.probe(call.actor),
            Permission.MESH_WRITE,
            "Measure every pair again, which opens idle ones",
            answer=ProbeStarted,
            changes=True,
            status=202,
        ),
    ]
