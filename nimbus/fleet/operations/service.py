"""The door to operations: plan, create, list, show, pause, resume, cancel."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations import store
from nimbus.fleet.operations.engine import Engine
from nimbus.fleet.operations.plan import USUAL, PlanFacts, Planner, PlanNode, check_plan
from nimbus.fleet.operations.records import (
    MAX_NODES,
    CancelRequest,
    Intent,
    Limits,
    Operation,
    OperationDetails,
    OperationPlan,
    OperationQuery,
    OperationRequest,
    OperationState,
    OperationView,
    PlannedStep,
    Step,
)
from nimbus.fleet.operations.rules import check_request, possible, resumed, undo_again
from nimbus.fleet.operations.values import StepValues
from nimbus.fleet.operations.views import operation_details, operation_view, step_view
from nimbus.fleet.tasks.records import TaskRequest
from nimbus.fleet.tasks.secret_values import masked
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.naming import check_label_filter, check_text
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.kinds import names_artifact, secret_parameters
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class Operations:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        tasks: Tasks,
        values: StepValues,
        engine: Engine,
        planners: Mapping[str, Planner],
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        self._tasks = tasks
        self._values = values
        self._engine = engine
        self._planners = planners

    async def plan(self, actor: Actor, request: OperationRequest) -> OperationPlan:
        """What `create` would do; nothing is stored."""
        _check(actor, request)

        def read_plan(tx: Transaction) -> OperationPlan:
            nodes = self.named_nodes(tx, actor, request)
            planner, facts = self._facts(request, nodes)
            limits = planner.limits(request)
            names = {node.id: node.name for node in nodes}
            planned = [self._masked(step) for step in self._steps(planner, facts)]
            operation = self._begun(actor, request, nodes, limits)
            steps = [
                Step(operation_id=operation.id, position=number, planned=step)
                for number, step in enumerate(planned)
            ]
            held = self._engine.held(tx, operation, steps)
            return OperationPlan(
                kind=request.kind,
                workspace=self._organizations.get(tx, nodes[0].workspace_id).full_name,
                at_once=limits.at_once,
                canaries=limits.canaries,
                failure_budget=limits.failure_budget,
                steps=tuple(step_view(step, names, {}, held) for step in steps),
            )

        return await self._database.read(read_plan)

    async def create(self, actor: Actor, request: OperationRequest) -> OperationView:
        """Stored with all its steps, and begun; or not at all."""
        _check(actor, request)

        def create(tx: Transaction) -> OperationView:
            return self.add(tx, actor, request, self.named_nodes(tx, actor, request))

        return await self._database.write(create)

    def add(
        self, tx: Transaction, actor: Actor, request: OperationRequest, nodes: builtins.list[Node]
    ) -> OperationView:
        """In the caller's transaction, which has checked what the actor may; `nodes` are of one workspace."""
        planner, facts = self._facts(request, nodes)
        planned = self._steps(planner, facts)
        operation = self._begun(actor, request, nodes, planner.limits(request))
        store.insert(tx, operation)
        steps = [
            Step(
                operation_id=operation.id, position=number, planned=self._values.keep(tx, operation.id, step)
            )
            for number, step in enumerate(planned)
        ]
        store.insert_steps(tx, steps)
        after = {"kind": operation.kind, "nodes": [node.name for node in nodes]}
        self._audit.record(tx, actor, "operation.create", _resource(operation), after=after)
        self._engine.advance(tx, operation.id, actor)
        return self._view(tx, operation.id)

    def add_planned(
        self,
        tx: Transaction,
        actor: Actor,
        workspace_id: str,
        request: OperationRequest,
        steps: Sequence[PlannedStep],
        limits: Limits,
    ) -> str:
        """As `add`, with steps of the caller's, who has checked what the actor may; the nodes may be of other
        workspaces. The id of the operation."""
        check_plan(tuple(steps))
        operation = msgspec.structs.replace(
            self._begun(actor, request, [], limits, workspace_id), parameters=request.parameters
        )
        store.insert(tx, operation)
        store.insert_steps(
            tx,
            [
                Step(operation_id=operation.id, position=number, planned=step)
                for number, step in enumerate(steps)
            ],
        )
        after = {"kind": operation.kind, "nodes": [step.node_id for step in steps]}
        self._audit.record(tx, actor, "operation.create", _resource(operation), after=after)
        return operation.id

    def begin(self, tx: Transaction, operation_id: str, actor: Actor) -> None:
        """What was added by `add_planned`: as far as it goes now."""
        self._engine.advance(tx, operation_id, actor)

    def progress_of(
        self, tx: Transaction, operation_id: str
    ) -> tuple[OperationState, builtins.list[Step]] | None:
        """None: it is not kept any more."""
        operation = store.get(tx, operation_id)
        return (operation.state, store.steps(tx, operation_id)) if operation else None

    def _begun(
        self,
        actor: Actor,
        request: OperationRequest,
        nodes: builtins.list[Node],
        limits: Limits,
        workspace_id: str = "",
    ) -> Operation:
        return Operation(
            id=new_id(),
            workspace_id=workspace_id or nodes[0].workspace_id,
            name=request.name.strip(),
            kind=request.kind,
            parameters=masked(request.parameters, secret_parameters(request.kind))[0],
            state=OperationState.RUNNING,
            intent=Intent.RUN,
            limits=limits,
            created_by=actor.name,
            created_at=self._clock.now(),
        )

    def _facts(self, request: OperationRequest, nodes: builtins.list[Node]) -> tuple[Planner, PlanFacts]:
        for node in nodes:
            self._nodes.check_approved(node)
        order = TaskRequest(
            node="",
            kind=request.kind,
            parameters=request.parameters,
            timeout_s=request.timeout_s,
            max_attempts=request.max_attempts,
        )
        kind, parameters = self._tasks.check(order)
        named = tuple(PlanNode(node.id, node.name) for node in nodes)
        return self._planners.get(kind.name, USUAL), PlanFacts(request, parameters, named)

    def _steps(self, planner: Planner, facts: PlanFacts) -> tuple[PlannedStep, ...]:
        steps = planner.steps(facts)
        check_plan(steps)
        return steps

    def _masked(self, planned: PlannedStep) -> PlannedStep:
        shown, _ = masked(planned.parameters, secret_parameters(planned.kind))
        return msgspec.structs.replace(planned, parameters=shown)

    def named_nodes(self, tx: Transaction, actor: Actor, request: OperationRequest) -> builtins.list[Node]:
        """Those that an order is for, all of one workspace; the order itself is checked, too. Raises NotFound,
        Forbidden, ValidationError."""
        _check(actor, request)
        if request.label:
            return self._labelled(tx, actor, request)
        named = {}
        for reference in request.nodes:
            target = Target(reference, request.workspace)
            node = self._nodes.resolve(tx, actor, Permission.AGENT_READ, target)
            actor.require_in(Permission.TASK_WRITE, node.workspace_id, where="the node's workspace")
            named[node.id] = node
        if len({node.workspace_id for node in named.values()}) > 1:
            raise invalid(
                "nodes", "are of several workspaces", next_step="Make an operation in each of them."
            )
        return list(named.values())

    def _labelled(self, tx: Transaction, actor: Actor, request: OperationRequest) -> builtins.list[Node]:
        workspace = self._organizations.resolve(tx, actor, Permission.TASK_WRITE, request.workspace)
        actor.require_in(Permission.AGENT_READ, workspace.id)
        key, _, value = request.label.partition("=")
        nodes = [
            node
            for node in self._nodes.in_workspace(tx, workspace.id)
            if node.labels.get(key) == value and not node.is_waiting
        ]
        if not nodes:
            raise invalid("label", f"no node of {workspace.full_name} carries {request.label}")
        if len(nodes) > MAX_NODES:
            raise invalid("label", f"{len(nodes)} nodes carry it, at most {MAX_NODES} can be given an order")
        return nodes

    async def list(
        self, actor: Actor, query: OperationQuery, workspace: str = ""
    ) -> tuple[builtins.list[OperationView], int]:
        actor.require(Permission.TASK_READ)

        def read(tx: Transaction) -> tuple[builtins.list[OperationView], int]:
            within = self._organizations.reached(tx, actor, Permission.TASK_READ, workspace)
            page, total = store.select(tx, query, within)
            return self._views(tx, page), total

        return await self._database.read(read)

    async def show(self, actor: Actor, target: Target) -> OperationDetails:
        return await self._database.read(
            lambda tx: self._details(tx, self._get(tx, actor, Permission.TASK_READ, target.reference).id)
        )

    async def pause(self, actor: Actor, target: Target) -> OperationDetails:
        """Nothing further begins; what runs goes on to its end."""
        return await self._change(actor, target, "pause", Intent.PAUSE)

    async def resume(self, actor: Actor, target: Target) -> OperationDetails:
        """Go on: what failed or was cancelled is tried again, what was for a node that is no more is left out."""
        return await self._change(actor, target, "resume", Intent.RUN)

    async def cancel(self, actor: Actor, target: Target, request: CancelRequest) -> OperationDetails:
        """Nothing further begins, and of what runs the nodes are told to stop. Raises Conflict when nothing is open
        (with `undo`: when nothing can be taken back)."""
        if request.undo:
            return await self._change(actor, target, "undo", Intent.UNDO)
        return await self._change(actor, target, "cancel", Intent.CANCEL)

    async def _change(self, actor: Actor, target: Target, verb: str, intent: Intent) -> OperationDetails:
        def change(tx: Transaction) -> OperationDetails:
            operation = self._get(tx, actor, Permission.TASK_WRITE, target.reference)
            self._engine.advance(tx, operation.id, actor)
            operation = store.get(tx, operation.id) or operation
            steps = store.steps(tx, operation.id)
            can = possible(operation.state, operation.intent, steps)
            if verb not in can:
                raise _refused(operation, verb, can)
            changed = self._resumed(tx, operation.state, steps) if intent is Intent.RUN else ()
            for step in undo_again(steps) if intent is Intent.UNDO else changed:
                store.save_step(tx, step)
            store.set_intent(tx, operation.id, intent)
            self._audit.record(tx, actor, f"operation.{verb}", _resource(operation))
            self._engine.advance(tx, operation.id, actor)
            return self._details(tx, operation.id)

        return await self._database.write(change)

    def _resumed(
        self, tx: Transaction, state: OperationState, steps: builtins.list[Step]
    ) -> builtins.list[Step]:
        nodes = {step.planned.node_id for step in steps}
        absent = {node_id for node_id in nodes if self._nodes.find(tx, node_id) is None}
        return resumed(state, steps, absent)

    def uses_of_artifact(self, tx: Transaction, workspace_id: str, sha256: str) -> builtins.list[str]:
        """Open operations of a workspace with a step to come, or under way, that names it: in words."""
        steps = store.open_steps_with(tx, workspace_id, sha256)
        named = (
            step.operation_id
            for step in steps
            if names_artifact(step.planned.kind, step.planned.parameters, sha256)
        )
        return [f"operation {operation_id}" for operation_id in dict.fromkeys(named)]

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """Of a workspace that goes; its own tasks have gone."""
        self._tasks.leave_operations(tx, store.ids_of_workspace(tx, workspace_id))
        store.delete_of_workspace(tx, workspace_id)

    def _get(self, tx: Transaction, actor: Actor, permission: Permission, reference: str) -> Operation:
        actor.require(permission)
        absent = NotFound(
            f"there is no operation {reference!r}", next_step="See them all with: nimbus operation list"
        )
        operation = store.get(tx, reference.lower()) if is_id(reference) else None
        if operation is None:
            raise absent
        actor.admit(permission, operation.workspace_id, read=Permission.TASK_READ, absent=absent)
        return operation

    def _stored(self, tx: Transaction, operation_id: str) -> Operation:
        operation = store.get(tx, operation_id)
        assert operation is not None
        return operation

    def _view(self, tx: Transaction, operation_id: str) -> OperationView:
        return self._views(tx, [self._stored(tx, operation_id)])[0]

    def _views(self, tx: Transaction, operations: builtins.list[Operation]) -> builtins.list[OperationView]:
        ids = [operation.id for operation in operations]
        outcomes = self._tasks.outcomes_of(tx, ids)
        states: dict[str, builtins.list[Any]] = {one: [] for one in ids}
        for operation_id, state, task_id in store.step_states(tx, ids) if ids else ():
            states[operation_id].append((state, task_id))
        return [
            operation_view(
                operation,
                self._organizations.get(tx, operation.workspace_id).full_name,
                states[operation.id],
                outcomes[operation.id],
            )
            for operation in operations
        ]

    def _details(self, tx: Transaction, operation_id: str) -> OperationDetails:
        operation, steps = self._stored(tx, operation_id), store.steps(tx, operation_id)
        nodes = self._nodes.names_of(tx, sorted({step.planned.node_id for step in steps}))
        return operation_details(
            operation,
            self._organizations.get(tx, operation.workspace_id).full_name,
            steps,
            self._tasks.outcomes_of(tx, [operation_id])[operation_id],
            nodes,
            self._tasks.views_of_operation(tx, operation_id),
            self._engine.held(tx, operation, steps),
        )


def _check(actor: Actor, request: OperationRequest) -> None:
    actor.require(Permission.TASK_WRITE)
    check_request(request)
    check_text(request.name, "name")
    check_label_filter(request.label or None)


def _refused(operation: Operation, verb: str, can: tuple[str, ...]) -> Conflict:
    what = f"the operation has {operation.state} already"
    if operation.state.is_open:
        what = f"the operation is {operation.state}"
    words = {
        "pause": "only what runs can be paused",
        "resume": "only what is paused, has failed or was cancelled in part goes on",
        "cancel": "no task of it is open",
        "undo": "nothing of it can be undone",
    }
    allowed = ", ".join("cancel --undo" if one == "undo" else one for one in can)
    return Conflict(
        f"{what}: {words[verb]}", next_step=f"What can be done with it now: {allowed or 'nothing'}."
    )


def _resource(operation: Operation) -> Resource:
    return Resource("operation", operation.id, operation.name, operation.workspace_id)
