"""Takes in what came of each edge of a deployment, whoever was killed in between."""

from __future__ import annotations

import logging

import msgspec

from nimbus.db import Database, Transaction
from nimbus.edge.deployments import store
from nimbus.edge.deployments.records import Deployment, DeploymentNode, NodeState
from nimbus.edge.deployments.steps import Steps
from nimbus.edge.edges.service import Edges
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.fleet.operations.records import OperationState, Step, StepState
from nimbus.fleet.operations.service import Operations
from nimbus.fleet.tasks.records import TaskClosed
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.changes import ChangesStored, ResourceChanged
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.edge import DeployReport

LOOK_S = 5.0
log = logging.getLogger("nimbus.edge")
_STATES = {
    StepState.SUCCEEDED: NodeState.SERVED,
    StepState.FAILED: NodeState.FAILED,
    StepState.CANCELLED: NodeState.CANCELLED,
    StepState.SKIPPED: NodeState.SKIPPED,
}


class Settlement:
    """One for all control planes. Belongs to the Trio thread."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        operations: Operations,
        tasks: Tasks,
        edges: Edges,
        steps: Steps,
    ) -> None:
        self._database, self._clock = database, clock
        self._operations, self._tasks, self._edges, self._steps = operations, tasks, edges, steps
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(TaskClosed, self._wakeup.signal)
        bus.subscribe(NodeRevoked, self._wakeup.signal)
        bus.subscribe(ChangesStored, self._wakeup.signal)
        bus.subscribe(ResourceChanged, self._on_changed)

    def _on_changed(self, event: ResourceChanged) -> None:
        if event.resource_kind == "operation":
            self._wakeup.signal()

    async def converge(self) -> None:
        if await self._database.read(self._has_news):
            await self._database.write(self._settle_all)

    def _has_news(self, tx: Transaction) -> bool:
        return any(self._due(tx, deployment) for deployment in store.open_deployments(tx))

    def _due(
        self, tx: Transaction, deployment: Deployment
    ) -> list[tuple[DeploymentNode, Step | None]] | None:
        """Edges that have ended, or will not begin; None: nothing has. An empty list: all is settled."""
        progress = self._operations.progress_of(tx, deployment.operation_id)
        state, steps = progress if progress else (OperationState.CANCELLED, [])
        by_node = {step.planned.node_id: step for step in steps}
        nodes = [node for node in store.nodes_of(tx, deployment.id) if node.state.is_open]
        due = [
            (node, by_node.get(node.planned.node_id))
            for node in nodes
            if _has_ended(by_node.get(node.planned.node_id), is_over=not state.is_open)
        ]
        return due if due or (not nodes and not state.is_open) else None

    def _settle_all(self, tx: Transaction) -> None:
        for deployment in store.open_deployments(tx):
            due = self._due(tx, deployment)
            if due is None:
                continue
            for node, step in due:
                self._settle(tx, deployment, node, step)
            if not any(node.state.is_open for node in store.nodes_of(tx, deployment.id)):
                progress = self._operations.progress_of(tx, deployment.operation_id)
                if progress is None or not progress[0].is_open:
                    store.set_ended(tx, deployment.id, self._clock.now())

    def _settle(
        self, tx: Transaction, deployment: Deployment, node: DeploymentNode, step: Step | None
    ) -> None:
        if node.state is NodeState.QUEUED:
            self._steps.skip(tx, node)
            return
        state = _STATES.get(step.state, NodeState.FAILED) if step else NodeState.CANCELLED
        message = step.error if step else "the operation is gone"
        settled = self._steps.settle(tx, deployment, node, state, message, self._report(tx, node, step))
        log.info("deployment %s on node %s: %s", deployment.id, node.planned.node_id, settled.state.value)

    def _report(self, tx: Transaction, node: DeploymentNode, step: Step | None) -> DeployReport | None:
        """From the task, else from what the edge says of itself; None when neither is about this generation."""
        result = self._tasks.result_of(tx, step.task_id) if step and step.task_id else None
        report: DeployReport | None
        try:
            report = msgspec.convert(result, DeployReport)
        except msgspec.ValidationError:
            found = self._edges.report_of(tx, node.planned.node_id)
            report = found.deploy if found else None
        return report if report and report.generation >= node.generation else None

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "deployments could not be looked at")
        while True:
            with attempts:
                await self.converge()
            await self._wakeup.wait(LOOK_S)


def _has_ended(step: Step | None, *, is_over: bool) -> bool:
    """`is_over`: the operation is, so that what has not begun does not begin."""
    if step is None:
        return True
    if step.state is StepState.WAITING:
        return is_over
    return step.state in _STATES
