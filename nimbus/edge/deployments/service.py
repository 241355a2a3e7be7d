"""The door to deployments: planned, ordered, shown."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from nimbus.db import Database, Transaction
from nimbus.edge.deployments import store
from nimbus.edge.deployments.planning import HOST, waves
from nimbus.edge.deployments.plans import EdgePlan, Plan, Planner
from nimbus.edge.deployments.records import (
    Deployment,
    DeploymentNode,
    DeploymentPlan,
    DeploymentQuery,
    DeploymentRequest,
    DeploymentView,
    ServedQuery,
    ServedView,
)
from nimbus.edge.deployments.steps import Steps
from nimbus.edge.deployments.views import Names, deployment_view, plan_view, served_view
from nimbus.edge.edges.service import Edges
from nimbus.edge.objects import reading
from nimbus.edge.objects.records import EdgeObject, ObjectKind, Use
from nimbus.edge.sections.records import EntryKind
from nimbus.edge.sections.rules import file_body
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations.records import Limits, OperationRequest, PlannedStep
from nimbus.fleet.operations.service import Operations
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, NotFound
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

KIND = "edge_deploy"
SHOWN_PROBLEMS = 20
# Beside it none of another's, so that what an edge is told is clear.
TIMEOUT_S = 600


class Deployments:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        operations: Operations,
        tasks: Tasks,
        edges: Edges,
        sections: EdgeSections,
        planner: Planner,
        steps: Steps,
    ) -> None:
        self._database, self._clock, self._audit = database, clock, audit
        self._organizations, self._nodes = organizations, nodes
        self._operations, self._tasks = operations, tasks
        self._edges, self._sections = edges, sections
        self._planner, self._steps = planner, steps

    async def plan(self, actor: Actor, request: DeploymentRequest) -> DeploymentPlan:
        """What `create` would do; nothing is stored."""

        def read(tx: Transaction) -> DeploymentPlan:
            plan = self._plan(tx, actor, request)
            name = self._organizations.get(tx, plan.workspace_id).full_name
            numbers = waves([edge.node.id for edge in plan.edges], canary=request.canary, wave=request.wave)
            return plan_view(plan, name, numbers, lambda digest: self._sections.text(tx, digest))

        return await self._database.read(read)

    async def create(self, actor: Actor, request: DeploymentRequest) -> DeploymentView:
        """Begun as an operation. Raises Conflict, which says what keeps which edge from serving it."""

        def prepare(tx: Transaction) -> Plan:
            plan = self._plan(tx, actor, request)
            _check(plan)
            return plan

        # The texts are made here, where nobody waits for the writer; again below they are there already.
        await self._database.read(prepare)

        def create(tx: Transaction) -> DeploymentView:
            return self._begin(tx, actor, request, prepare(tx))

        return await self._database.write(create)

    def _plan(self, tx: Transaction, actor: Actor, request: DeploymentRequest) -> Plan:
        workspace = self._organizations.resolve(tx, actor, Permission.CONFIG_DEPLOY, request.workspace)
        actor.require_in(Permission.CONFIG_READ, workspace.id)
        return self._planner.plan(tx, workspace.id, request)

    def _begin(self, tx: Transaction, actor: Actor, request: DeploymentRequest, plan: Plan) -> DeploymentView:
        numbers = waves([edge.node.id for edge in plan.edges], canary=request.canary, wave=request.wave)
        deployment_id = new_id()
        steps = [_step(edge, wave) for edge, wave in zip(plan.edges, numbers, strict=True)]
        order = OperationRequest(
            name=_name(plan),
            kind=KIND,
            parameters={"deployment": deployment_id},
            canaries=int(request.canary),
        )
        limits = Limits(canaries=int(request.canary and len(steps) > 1))
        operation_id = self._operations.add_planned(tx, actor, plan.workspace_id, order, steps, limits)
        now = self._clock.now()
        deployment = Deployment(
            id=deployment_id,
            workspace_id=plan.workspace_id,
            operation_id=operation_id,
            objects=plan.objects,
            canary=request.canary,
            wave=request.wave,
            created_by=actor.name,
            created_at=now,
        )
        nodes = [
            DeploymentNode(deployment_id=deployment_id, position=number, wave=wave, planned=edge.planned)
            for number, (edge, wave) in enumerate(zip(plan.edges, numbers, strict=True))
        ]
        store.insert(tx, deployment, nodes)
        for edge in plan.edges:
            self._sections.keep_texts(tx, edge.texts.values())
            for entry in edge.planned.entries:
                if entry.kind is EntryKind.FILE:
                    store.add_claims(tx, edge.node.id, entry.owner, file_body(entry).claims)
        shown = [f"{one.name} {one.version}" for one in plan.objects][:SHOWN_PROBLEMS]
        after = {"objects": shown, "edges": [edge.node.name for edge in plan.edges]}
        resource = Resource("edge_deployment", deployment_id, _name(plan), plan.workspace_id)
        self._audit.record(tx, actor, "edge_deployment.create", resource, after=after)
        self._operations.begin(tx, operation_id, actor)
        return self._view(tx, deployment)

    async def list(
        self, actor: Actor, query: DeploymentQuery, workspace: str = ""
    ) -> tuple[builtins.list[DeploymentView], int]:
        actor.require(Permission.CONFIG_READ)

        def read(tx: Transaction) -> tuple[builtins.list[DeploymentView], int]:
            within = self._organizations.reached(tx, actor, Permission.CONFIG_READ, workspace)
            found, total = store.select(tx, query, within)
            return [self._view(tx, one) for one in found], total

        return await self._database.read(read)

    async def show(self, actor: Actor, target: Target) -> DeploymentView:
        def read(tx: Transaction) -> DeploymentView:
            actor.require(Permission.CONFIG_READ)
            absent = NotFound(
                f"there is no deployment {target.reference!r}",
                next_step="See them all with: nimbus edge deployments",
            )
            found = store.get(tx, target.reference.lower()) if is_id(target.reference) else None
            if found is None:
                raise absent
            actor.admit(
                Permission.CONFIG_READ, found.workspace_id, read=Permission.CONFIG_READ, absent=absent
            )
            return self._view(tx, found)

        return await self._database.read(read)

    async def served(
        self, actor: Actor, query: ServedQuery, workspace: str = ""
    ) -> tuple[builtins.list[ServedView], int]:
        """Which version of what each edge serves, of the workspaces that the actor reads."""
        actor.require(Permission.CONFIG_READ)

        def read(tx: Transaction) -> tuple[builtins.list[ServedView], int]:
            within = self._organizations.reached(tx, actor, Permission.CONFIG_READ, workspace)
            node_id = None
            if query.node:
                target = Target(query.node, workspace)
                node_id = self._edges.resolve(tx, actor, Permission.AGENT_READ, target).id
            rows, total = store.select_served(tx, within, node_id, query.per_page, query.offset)
            names = self._nodes.names_of(tx, sorted({row.node_id for row in rows}))
            workspaces = self._organizations.workspace_names(tx, frozenset(row.workspace_id for row in rows))
            current = self._current(tx, [row.owner for row in rows])
            return [served_view(row, names, workspaces, current) for row in rows], total

        return await self._database.read(read)

    def _current(self, tx: Transaction, owners: Sequence[str]) -> dict[str, int]:
        found = {}
        for owner in dict.fromkeys(owners):
            kind, _, object_id = owner.partition("/")
            present = reading.object_of(tx, ObjectKind(kind), object_id)
            found[owner] = present.version if present else 0
        return found

    # For the other slices of the wing.

    def uses(self, tx: Transaction, found: Sequence[EdgeObject]) -> dict[str, builtins.list[Use]]:
        """Upstreams that an edge serves cannot be deleted; a virtual host is taken away with them."""
        uses: dict[str, builtins.list[Use]] = {}
        for one in found:
            if one.kind is not ObjectKind.UPSTREAM:
                continue
            edges = store.serving(tx, f"{one.kind.value}/{one.id}")
            names = self._nodes.names_of(tx, edges)
            for node_id in edges:
                uses.setdefault(one.id, []).append(Use("edge", node_id, names.get(node_id, node_id), ""))
        return uses

    def forget(self, tx: Transaction, found: EdgeObject) -> None:
        """An object that is deleted in this transaction is served nowhere any more."""
        if found.kind is ObjectKind.VIRTUAL_HOST:
            self._steps.undeploy(tx, HOST + found.id)

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        store.delete_of_workspace(tx, workspace_id)

    def has_open(self, tx: Transaction) -> bool:
        return bool(store.open_deployments(tx))

    # Inside.

    def _view(self, tx: Transaction, deployment: Deployment) -> DeploymentView:
        nodes = store.nodes_of(tx, deployment.id)
        progress = self._operations.progress_of(tx, deployment.operation_id)
        state = progress[0].value if progress else "gone"
        tasks = {step.planned.node_id: step.task_id for step in progress[1]} if progress else {}
        outcomes = self._tasks.outcomes_of(tx, [deployment.operation_id])[deployment.operation_id]
        percents = {
            node_id: outcomes[task_id].percent
            for node_id, task_id in tasks.items()
            if task_id is not None and task_id in outcomes
        }
        names = Names(
            self._organizations.get(tx, deployment.workspace_id).full_name,
            self._nodes.names_of(tx, [node.planned.node_id for node in nodes]),
        )
        return deployment_view(deployment, nodes, state, names, percents)


def _step(edge: EdgePlan, wave: int) -> PlannedStep:
    return PlannedStep(
        name=f"{KIND} {edge.node.id}",
        node_id=edge.node.id,
        kind=KIND,
        parameters={"generation": 1},
        wave=wave,
        unit=edge.node.id,
        timeout_s=TIMEOUT_S,
    )


def _name(plan: Plan) -> str:
    names = [one.name for one in plan.objects]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (f"deploy {', '.join(names[:3])}{more}" if names else "take away from edges")[:100]


def _check(plan: Plan) -> None:
    problems = [
        {"field": f"nodes.{edge.node.name}", "message": problem}
        for edge in plan.edges
        for problem in edge.problems
    ]
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise Conflict(
            f"{first['field'].removeprefix('nodes.')}: {first['message']}{more}",
            next_step="See all with --plan, or deploy to other edges with --node.",
            details=problems[:SHOWN_PROBLEMS],
        )
