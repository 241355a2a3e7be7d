"""Deployments as the API shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nimbus.edge.deployments.plans import Plan
from nimbus.edge.deployments.records import (
    Deployment,
    DeploymentNode,
    DeploymentNodeView,
    DeploymentPlan,
    DeploymentView,
    FileChangeView,
    ObjectProblemView,
    PlannedNodeView,
    Served,
    ServedView,
)
from nimbus.edge.edges.rules import unified
from nimbus.edge.sections.records import Entry
from nimbus.kernel.clock import optional_rfc3339, to_rfc3339


class Names(NamedTuple):
    """Of the workspace, and of nodes by id."""

    workspace: str
    nodes: Mapping[str, str]


def plan_view(
    plan: Plan, workspace: str, numbers: Sequence[int], text_of: Callable[[str], str]
) -> DeploymentPlan:
    """`numbers`: the wave of each edge, from 0. `text_of`: a text by its digest."""
    nodes = []
    for edge, wave in zip(plan.edges, numbers, strict=True):
        nodes.append(
            PlannedNodeView(
                node_id=edge.node.id,
                node=edge.node.name,
                wave=wave + 1,
                objects=edge.planned.objects,
                files=tuple(_file(before, after, text_of, edge.texts) for before, after in edge.changed),
                problems=edge.problems,
                notes=edge.notes,
            )
        )
    return DeploymentPlan(workspace=workspace, objects=plan.objects, nodes=tuple(nodes))


def _file(
    before: Entry | None, after: Entry | None, text_of: Callable[[str], str], texts: Mapping[str, str]
) -> FileChangeView:
    entry = after or before
    assert entry is not None
    old = text_of(before.sha256) if before else ""
    new = texts.get(after.sha256, "") if after else ""
    return FileChangeView(name=entry.name, owner=entry.owner, diff=unified(old, new, entry.name))


def deployment_view(
    deployment: Deployment,
    nodes: Sequence[DeploymentNode],
    state: str,
    names: Names,
    percents: Mapping[str, int | None],
) -> DeploymentView:
    return DeploymentView(
        id=deployment.id,
        workspace_id=deployment.workspace_id,
        workspace=names.workspace,
        operation_id=deployment.operation_id,
        state=state,
        canary=deployment.canary,
        wave=deployment.wave,
        objects=deployment.objects,
        nodes=tuple(_node(node, names.nodes, percents) for node in nodes),
        created_by=deployment.created_by,
        created_at=to_rfc3339(deployment.created_at),
        ended_at=optional_rfc3339(deployment.ended_at),
    )


def _node(
    node: DeploymentNode, names: Mapping[str, str], percents: Mapping[str, int | None]
) -> DeploymentNodeView:
    called = {one.owner: one.name for one in node.planned.objects}
    return DeploymentNodeView(
        node_id=node.planned.node_id,
        node=names.get(node.planned.node_id, ""),
        wave=node.wave + 1,
        state=node.state,
        percent=percents.get(node.planned.node_id),
        generation=node.generation,
        message=node.message,
        objects=tuple(
            ObjectProblemView(
                owner=state.owner,
                name=called.get(state.owner, ""),
                wanted=state.wanted,
                served=state.served,
                problem=state.problem.message,
                line=state.problem.line,
            )
            for state in node.objects
        ),
        ended_at=optional_rfc3339(node.ended_at),
    )


def served_view(
    row: Served, names: Mapping[str, str], workspaces: Mapping[str, str], current: Mapping[str, int]
) -> ServedView:
    return ServedView(
        node_id=row.node_id,
        node=names.get(row.node_id, ""),
        owner=row.owner,
        name=row.name,
        workspace=workspaces.get(row.workspace_id, ""),
        current=current.get(row.owner, 0),
        wanted=row.wanted,
        served=row.served,
        problem=row.problem,
        line=row.line,
        changed_at=to_rfc3339(row.changed_at),
    )
