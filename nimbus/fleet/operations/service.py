"""The door to operations: create, list, show, cancel."""

from __future__ import annotations

import builtins

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations import store
from nimbus.fleet.operations.records import (
    Operation,
    OperationDetails,
    OperationQuery,
    OperationRequest,
    OperationView,
)
from nimbus.fleet.operations.rules import MAX_NODES, check_request, counted, state_of
from nimbus.fleet.tasks.records import TaskProgressRow, TaskRequest
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_label_filter, check_text
from nimbus.kernel.routing import Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

OPERATION = Lookup("operation", Permission.TASK_READ, store.get)


class Operations:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        tasks: Tasks,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        self._tasks = tasks

    async def create(self, actor: Actor, request: OperationRequest) -> OperationView:
        """Every task is queued, or none."""
        actor.require(Permission.TASK_WRITE)
        check_request(request)
        check_text(request.name, "name")
        check_label_filter(request.label or None)

        def create(tx: Transaction) -> OperationView:
            nodes = self._nodes_of(tx, actor, request)
            made = Operation(
                id=new_id(),
                workspace_id=nodes[0].workspace_id,
                name=request.name.strip(),
                kind=request.kind,
                parameters=request.parameters,
                created_by=actor.name,
                created_at=self._clock.now(),
            )
            store.insert(tx, made)
            after = {"kind": made.kind, "nodes": [node.name for node in nodes]}
            self._audit.record(tx, actor, "operation.create", _resource(made), after=after)
            for node in nodes:
                order = TaskRequest(
                    node=node.id,
                    kind=request.kind,
                    parameters=request.parameters,
                    timeout_s=request.timeout_s,
                    max_attempts=request.max_attempts,
                )
                self._tasks.add(tx, actor, node, order, operation_id=made.id)
            return self._view(tx, made, self._tasks.progress_of(tx, [made.id])[made.id])

        return await self._database.write(create)

    def _nodes_of(self, tx: Transaction, actor: Actor, request: OperationRequest) -> builtins.list[Node]:
        if request.label:
            workspace = self._organizations.resolve(tx, actor, Permission.TASK_WRITE, request.workspace)
            actor.require_in(Permission.AGENT_READ, workspace.id)
            key, _, value = request.label.partition("=")
            found = [
                node
                for node in self._nodes.in_workspace(tx, workspace.id)
                if node.labels.get(key) == value and not node.is_waiting
            ]
            if not found:
                raise invalid("label", f"no node of {workspace.full_name} carries {request.label}")
            if len(found) > MAX_NODES:
                raise invalid(
                    "label", f"{len(found)} nodes carry it, at most {MAX_NODES} can be given an order"
                )
            return found
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

    async def list(
        self, actor: Actor, query: OperationQuery, workspace: str = ""
    ) -> tuple[builtins.list[OperationView], int]:
        actor.require(Permission.TASK_READ)

        def read_page(tx: Transaction) -> tuple[builtins.list[OperationView], int]:
            within = self._organizations.reached(tx, actor, Permission.TASK_READ, workspace)
            found, total = store.select(tx, query, within)
            progress = self._tasks.progress_of(tx, [one.id for one in found])
            return [self._view(tx, one, progress[one.id]) for one in found], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> OperationDetails:
        return await self._database.read(
            lambda tx: self._details(tx, self._get(tx, actor, Permission.TASK_READ, target))
        )

    async def cancel(self, actor: Actor, target: Target) -> OperationDetails:
        """Every task that is open; of running ones the nodes are told. Raises Conflict when none is."""

        def cancel(tx: Transaction) -> OperationDetails:
            one = self._get(tx, actor, Permission.TASK_WRITE, target)
            if not self._tasks.cancel_operation(tx, actor, one.id):
                state = self._details(tx, one).state
                raise Conflict(f"the operation has {state} already: no task of it is open")
            self._audit.record(tx, actor, "operation.cancel", _resource(one))
            return self._details(tx, one)

        return await self._database.write(cancel)

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """Of a workspace that goes; its tasks have gone."""
        store.delete_of_workspace(tx, workspace_id)

    def _get(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Operation:
        return OPERATION.resolve(tx, self._organizations, actor, permission, target)

    def _details(self, tx: Transaction, one: Operation) -> OperationDetails:
        view = self._view(tx, one, self._tasks.progress_of(tx, [one.id])[one.id])
        return OperationDetails(
            **msgspec.structs.asdict(view), tasks=self._tasks.views_of_operation(tx, one.id)
        )

    def _view(self, tx: Transaction, one: Operation, tasks: builtins.list[TaskProgressRow]) -> OperationView:
        counts, percent = counted(tasks)
        return OperationView(
            id=one.id,
            workspace_id=one.workspace_id,
            workspace=self._organizations.get(tx, one.workspace_id).full_name,
            name=one.name,
            kind=one.kind,
            parameters=one.parameters,
            state=state_of(counts),
            percent=percent,
            counts=counts,
            created_by=one.created_by,
            created_at=to_rfc3339(one.created_at),
        )


def _resource(one: Operation) -> Resource:
    return Resource("operation", one.id, one.name, one.workspace_id)
