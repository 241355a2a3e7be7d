"""Edges as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from nimbus.edge.edges.records import Edge, EdgeDetails, EdgeView, ServerView, StoredReport
from nimbus.edge.edges.rules import nginx_status, version_of
from nimbus.fleet.nodes.records import NodeBrief
from nimbus.kernel.clock import optional_rfc3339, to_rfc3339
from nimbus.protocol.edge import EdgeReport


class Around(msgspec.Struct, frozen=True):
    """What of others is shown with an edge: `names` of workspaces by id, `applied` by node (the revision of the
    section that it has), `told` the revision it is told, `hosts` that it is to serve."""

    names: Mapping[str, str]
    applied: Mapping[str, int]
    told: Mapping[str, int]
    hosts: Mapping[str, int]


def edge_view(
    edge: Edge, node: NodeBrief, stored: StoredReport | None, around: Around, *, shared: bool
) -> EdgeView:
    """`shared`: the caller sees only that it is there and how it is, and not what others have there."""
    report = stored.report if stored else None
    settings = edge.settings
    return EdgeView(
        node_id=node.id,
        node=node.name,
        workspace_id=node.workspace_id,
        workspace=around.names.get(node.workspace_id, ""),
        state=node.state.value,
        shared=shared,
        mode=settings.mode,
        owns_main_file=settings.owns_main_file,
        worker_shutdown_s=settings.worker_shutdown_s,
        resolvers=() if shared else settings.resolvers,
        shared_with=() if shared else tuple(around.names.get(one, one) for one in edge.shared_with),
        nginx=nginx_status(report),
        nginx_version=version_of(report),
        problem=report.nginx.problem if report and not shared else "",
        applied=around.applied.get(node.id, 0) == around.told.get(node.id, 0),
        deployed=0 if shared else around.hosts.get(node.id, 0),
        drifted=len(report.drift) if report and not shared else 0,
        servers_down=_down(report) if report and not shared else 0,
        reported_at=optional_rfc3339(stored.reported_at if stored else None),
        created_at=to_rfc3339(edge.created_at),
        revision=edge.revision,
    )


def edge_details(edge: Edge, node: NodeBrief, stored: StoredReport | None, around: Around) -> EdgeDetails:
    """For who may read the node."""
    report = stored.report if stored else None
    return EdgeDetails(
        **msgspec.structs.asdict(edge_view(edge, node, stored, around, shared=False)),
        generation=report.generation if report else 0,
        counts=report.counts if report else None,
        servers=tuple(
            ServerView(one.upstream, one.address, one.healthy, one.addresses, one.problem)
            for one in (report.servers if report else ())
        ),
        drift=tuple(name.removesuffix(".conf") for name in sorted(report.drift)) if report else (),
    )


def _down(report: EdgeReport) -> int:
    return sum(not server.healthy for server in report.servers)
