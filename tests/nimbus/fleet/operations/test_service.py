"""One order to several nodes, through the public door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nimbus.fleet.nodes.records import Approval
from nimbus.fleet.operations.records import (
    CancelRequest,
    OperationQuery,
    OperationRequest,
    OperationState,
    StepCounts,
)
from nimbus.fleet.tasks.records import TaskQuery, TaskState, TaskView
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, ValidationError
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.records import WorkspaceRequest
from nimbus.protocol.messages import TaskProgress
from tests.kit.lists import rows_of
from tests.kit.operations import operations_of
from tests.kit.records import ADMIN, node
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.tasks.test_delivery import lease, report, send_progress


class World:
    def __init__(self, joined: Slices) -> None:
        self.slices = joined
        self.operations, self.reconciler = operations_of(joined)
        self.ids: dict[str, str] = {}

    async def node(self, name: str, **fields: object) -> None:
        self.ids[name] = (await self.slices.add_node(name, **fields)).id

    async def end(self, name: str, outcome: str = "succeeded") -> None:
        """Of the one task that the node has."""
        [leased], _ = await lease(self.slices, self.ids[name])
        await report(self.slices, self.ids[name], leased.id, outcome, error="no")
        await self.reconciler.converge()


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with slices(folder) as joined:
        made = World(joined)
        for name in ("web-1", "web-2", "web-3"):
            await made.node(name, labels={"tier": "web"})
        await made.node("db-1", labels={"tier": "db"})
        yield made


def request(*nodes: str, **fields: object) -> OperationRequest:
    values = {"name": "look", "kind": "mesh_probe", "nodes": list(nodes), **fields}
    return OperationRequest(**values)  # type: ignore[arg-type]


async def test_from_the_order_to_its_end(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.operations.create(ADMIN, request("web-1", "web-2", max_attempts=1))
        assert (made.state, made.percent, made.counts) == (
            OperationState.RUNNING,
            0,
            StepCounts(total=2, queued=2),
        )
        assert (made.name, made.kind, made.workspace, made.created_by) == (
            "look",
            "mesh_probe",
            "default/default",
            ADMIN.name,
        )
        await w.end("web-1")
        [leased], _ = await lease(w.slices, w.ids["web-2"])
        await send_progress(w.slices, w.ids["web-2"], leased.id, TaskProgress(attempt=1, percent=50))
        shown = await w.operations.show(ADMIN, Target(made.id))
        assert (shown.state, shown.percent) == (OperationState.RUNNING, 75)
        assert [(task.node, task.operation_id) for task in shown.tasks] == [
            ("web-1", made.id),
            ("web-2", made.id),
        ]
        await report(w.slices, w.ids["web-2"], leased.id, "failed", error="no")
        await w.reconciler.converge()
        shown = await w.operations.show(ADMIN, Target(made.id))
        assert (shown.state, shown.percent) == (OperationState.FAILED, 100)
        assert shown.counts == StepCounts(total=2, succeeded=1, failed=1)
        [listed], total = await w.operations.list(ADMIN, OperationQuery())
        assert (listed.state, total) == (OperationState.FAILED, 1)


async def test_a_retry_takes_the_place_of_what_failed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.operations.create(ADMIN, request("web-1", max_attempts=1))
        await w.end("web-1", "failed")
        [failed] = (await w.operations.show(ADMIN, Target(made.id))).tasks
        again = await w.slices.tasks.retry(ADMIN, Target(failed.id))
        await w.reconciler.converge()
        shown = await w.operations.show(ADMIN, Target(made.id))
        assert (shown.state, shown.counts.total, len(shown.tasks)) == (OperationState.RUNNING, 1, 2)
        assert again.operation_id == made.id
        await w.end("web-1")
        assert (await w.operations.show(ADMIN, Target(made.id))).state is OperationState.SUCCEEDED


async def test_nodes_by_label(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.node("web-4", labels={"tier": "web"}, approval=Approval.WAITING)
        made = await w.operations.create(ADMIN, request(label="tier=web"))
        shown = await w.operations.show(ADMIN, Target(made.id))
        assert [task.node for task in shown.tasks] == ["web-1", "web-2", "web-3"]
        with pytest.raises(ValidationError, match="no node"):
            await w.operations.create(ADMIN, request(label="tier=none"))


async def test_a_node_twice_is_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.operations.create(ADMIN, request("web-1", w.ids["web-1"]))
        assert made.counts.total == 1


async def test_every_task_is_queued_or_none(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.node("held", approval=Approval.WAITING)
        for wrong in (
            request("web-1", "nobody"),
            request("web-1", "held"),
            request("web-1", kind="nonsense"),
            request("web-1", parameters={"x": 1}),
        ):
            with pytest.raises((NotFound, Conflict, ValidationError)):
                await w.operations.create(ADMIN, wrong)
        assert await w.slices.rows("SELECT COUNT(*) FROM tasks") == [(0,)]
        assert await w.slices.rows("SELECT COUNT(*) FROM operations") == [(0,)]


async def test_cancelling_all_of_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.operations.create(ADMIN, request("web-1", "web-2", "web-3"))
        await w.end("web-1")
        [running], _ = await lease(w.slices, w.ids["web-2"])
        shown = await w.operations.cancel(ADMIN, Target(made.id), CancelRequest())
        assert {task.node: (task.state, task.cancel_requested) for task in shown.tasks} == {
            "web-1": (TaskState.SUCCEEDED, False),
            "web-2": (TaskState.RUNNING, True),
            "web-3": (TaskState.CANCELLED, False),
        }
        await report(w.slices, w.ids["web-2"], running.id, "cancelled")
        await w.reconciler.converge()
        assert (await w.operations.show(ADMIN, Target(made.id))).state is OperationState.CANCELLED
        with pytest.raises(Conflict, match="has cancelled already"):
            await w.operations.cancel(ADMIN, Target(made.id), CancelRequest())
        actions = await w.slices.rows("SELECT action FROM audit_log WHERE action LIKE '%.cancel'")
        assert sorted(action for (action,) in actions) == ["operation.cancel", "task.cancel", "task.cancel"]


async def test_its_tasks_are_found_in_the_list(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.operations.create(ADMIN, request("web-1", "web-2"))
        await w.slices.add_task("web-3")
        query = TaskQuery(operation=made.id.upper())
        listed = rows_of(await w.slices.tasks.list(ADMIN, query), TaskView)
        assert {task.node for task in listed} == {"web-1", "web-2"}
        shown = (await w.operations.show(ADMIN, Target(made.id))).tasks
        assert sorted(listed, key=lambda task: task.node) == shown


async def test_who_may(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.operations.create(ADMIN, request("web-1"))
        held = frozenset({Permission.TASK_READ, Permission.AGENT_READ})
        reader = Actor("user", "r", "r", Access(workspaces={w.slices.workspace.id: held}))
        assert (await w.operations.show(reader, Target(made.id))).id == made.id
        for attempt in (
            w.operations.cancel(reader, Target(made.id), CancelRequest()),
            w.operations.create(reader, request("web-1")),
            w.operations.create(reader, request(label="tier=web")),
        ):
            with pytest.raises(Forbidden):
                await attempt
        everything = frozenset(Permission)
        elsewhere = Actor("user", "e", "e", Access(workspaces={new_id(): everything}))
        assert await w.operations.list(elsewhere, OperationQuery()) == ([], 0)
        for attempt in (
            w.operations.show(elsewhere, Target(made.id)),
            w.operations.cancel(elsewhere, Target(made.id), CancelRequest()),
            w.operations.create(elsewhere, request(w.ids["web-1"])),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_nodes_of_several_workspaces_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        other = await w.slices.administration.create_workspace(ADMIN, WorkspaceRequest(name="other"))
        elsewhere = node(new_id(), other.id, "far")
        await w.slices.database.write(lambda tx: w.slices.nodes.add(tx, elsewhere))
        with pytest.raises(ValidationError, match="several workspaces"):
            await w.operations.create(ADMIN, request("web-1", elsewhere.id))
