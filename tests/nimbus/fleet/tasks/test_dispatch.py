"""The index against the database: it never says «nothing» while there is something to lease."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nimbus.fleet.tasks import dispatch
from nimbus.fleet.tasks.dispatch import LEASE_S
from nimbus.fleet.tasks.lanes import Lanes, Room
from nimbus.fleet.tasks.records import TaskState, WorkWaiting
from nimbus.kernel.routing import Target
from nimbus.protocol.kinds import KINDS, CollectFacts, TaskKind, exclusive_resources
from tests.kit.records import ADMIN, result
from tests.kit.slices import Slices, slices

STEPS = (
    *("create", "chain", "poll", "lose", "succeed", "fail", "cancel", "expire", "later", "restart"),
    *("jump", "away"),
)
JUMPS = (-7200.0, 120.0, 30 * 86400.0, -30 * 86400.0)
GENERAL, QUICK = 2, 1
TASK_KINDS = {
    "long": TaskKind("long", "", CollectFacts),
    "docker": TaskKind("docker", "", CollectFacts, exclusive=("docker",)),
    "both": TaskKind("both", "", CollectFacts, exclusive=("docker", "packages")),
    "quick": TaskKind("quick", "", CollectFacts, quick=True),
}
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), max_size=25)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in TASK_KINDS.items():
        monkeypatch.setitem(KINDS, name, kind)


class Node:
    """One simulated node: what it holds, and the polls it makes."""

    def __init__(self, world: Slices, node_id: str, room: Room | None = None) -> None:
        self.world, self.id = world, node_id
        self.most = room or Room(8)
        # Task to attempt and kind.
        self.held: dict[str, tuple[int, str]] = {}
        self.created: list[str] = []

    @property
    def room(self) -> Room:
        room = self.most
        for _, kind in self.held.values():
            room = room.less(kind)
        return room

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.held)

    @property
    def has_work(self) -> bool:
        return self.world.dispatch.has_work(self.id, self.names, self.room)

    async def poll(self, *, lost: bool = False) -> None:
        """As `nimbus.http.polls` leases."""
        world, held, room = self.world, self.names, self.room
        world.dispatch.confirm(self.id, held)
        if not self.has_work:
            return
        seen, overdue = world.dispatch.due(self.id), world.dispatch.overdue(self.id)
        answer = await world.database.write(lambda tx: world.delivery.lease(tx, self.id, held, room, overdue))
        world.dispatch.leased(self.id, held, seen, answer, room)
        again = held | {task.id for task in answer[0]}
        assert not world.dispatch.has_work(self.id, again, Room(0) if answer[0] else room), "it spins"
        if not lost:
            for task in answer[0]:
                self.held.setdefault(task.id, (task.attempt, task.kind))
            for task_id in answer[1]:
                await self.report(task_id, "cancelled")

    async def report(self, task_id: str, outcome: str) -> None:
        attempt, _ = self.held.get(task_id, (1, ""))
        message = result(outcome, attempt, retryable=outcome == "failed")
        await self.world.database.write(lambda tx: self.world.delivery.result(tx, self.id, task_id, message))
        self.held.pop(task_id, None)

    async def must_have_work(self) -> bool:
        """As the database and the rules say, whatever the index has."""
        rows = await self.world.rows(
            "SELECT id, kind, state, due_at, waiting_for FROM tasks WHERE node_id = ?"
            " AND state IN ('queued', 'running')",
            self.id,
        )
        now = self.world.clock.now()
        running = {task: kind for task, kind, state, *_ in rows if state == "running"}
        lanes = Lanes(self.room, running.values())
        return bool(running.keys() - self.names) or any(
            state == "queued" and due <= now and not waiting and lanes.admit(kind)
            for _, kind, state, due, waiting in rows
        )

    async def check_lanes(self) -> None:
        """Nothing that excludes each other runs at once; unless the node was away, and has it still."""
        rows = await self.world.rows(
            "SELECT kind FROM tasks WHERE node_id = ? AND state = 'running'", self.id
        )
        claimed = [resource for (kind,) in rows for resource in exclusive_resources(kind)]
        assert len(claimed) == len(set(claimed)), claimed


async def play(folder: Path, script: list[tuple[str, int]]) -> None:
    async with slices(folder) as world:
        node = Node(world, (await world.add_node()).id, Room(GENERAL, QUICK))
        was_away = False
        for step, number in script:
            await _step(world, node, step, number)
            world.dispatch._wake_due()
            was_away |= step in ("expire", "away")
            if await node.must_have_work():
                assert node.has_work, (step, script)
            if not was_away:
                await node.check_lanes()
        for _ in range(80):
            world.clock.advance(400)
            world.dispatch._wake_due()
            await node.poll()
            for task_id in list(node.held):
                await node.report(task_id, "succeeded")
        states = await world.rows("SELECT state FROM tasks WHERE state IN ('queued', 'running')")
        assert states == []
        assert world.dispatch._nodes == {}, "what is over is forgotten"


async def _step(world: Slices, node: Node, step: str, number: int) -> None:
    held = sorted(node.held)
    pick = held[number % len(held)] if held else None
    kind = list(TASK_KINDS)[number % len(TASK_KINDS)]
    if step == "create":
        node.created.append((await world.add_task("web-1", kind=kind)).id)
    elif step == "chain" and node.created:
        before = await world.tasks.show(ADMIN, Target(node.created[-1]))
        if before.state in (TaskState.QUEUED, TaskState.RUNNING):
            node.created.append((await world.add_task("web-1", kind=kind, depends_on=[before.id])).id)
    elif step in ("poll", "lose"):
        await node.poll(lost=step == "lose")
    elif step == "succeed" and pick:
        await node.report(pick, "succeeded")
    elif step == "fail" and pick:
        await node.report(pick, "failed")
    elif step == "cancel" and node.created:
        task = await world.tasks.show(ADMIN, Target(node.created[number % len(node.created)]))
        if task.state in (TaskState.QUEUED, TaskState.RUNNING):
            await world.tasks.cancel(ADMIN, Target(task.id))
    elif step == "expire":
        world.clock.advance(LEASE_S + 1)
        await world.dispatch._expire_leases()
    elif step == "away" and pick:
        # Cancelled while the node is silent: it comes back and names the task.
        task = await world.tasks.show(ADMIN, Target(pick))
        if task.state is TaskState.RUNNING:
            await world.tasks.cancel(ADMIN, Target(pick))
        world.clock.advance(LEASE_S + 1)
        await world.dispatch._expire_leases()
        assert node.has_work
    elif step == "later":
        world.clock.advance(number)
    elif step == "jump":
        world.clock.jump(JUMPS[number % len(JUMPS)])
    elif step == "restart":
        world.dispatch.__init__(world.database, world.clock, world.delivery, world.bus)  # type: ignore[misc]
        await world.dispatch.load()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_the_index_never_hides_what_the_database_has(
    tmp_path_factory: Any, script: list[tuple[str, int]]
) -> None:
    trio.run(play, tmp_path_factory.mktemp("dispatch"), script)


async def test_a_task_that_falls_due_during_a_lease_is_not_forgotten(tmp_path: Path) -> None:
    """A retry falls due after the lease looked and before its answer is dealt with."""
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        await world.add_task("web-1")
        await node.poll()
        [task_id] = node.held
        await node.report(task_id, "failed")
        held: frozenset[str] = frozenset()
        seen = world.dispatch.due(node.id)
        answer = await world.database.write(lambda tx: world.delivery.lease(tx, node.id, held, Room(8)))
        assert answer == ([], [])
        world.clock.advance(5)
        world.dispatch._wake_due()
        world.dispatch.leased(node.id, held, seen, answer, Room(8))
        assert node.has_work


async def test_a_cancellation_whose_answer_was_lost_is_told_again(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        task = await world.add_task("web-1")
        await node.poll()
        await world.tasks.cancel(ADMIN, Target(task.id))
        await node.poll(lost=True)
        assert not node.has_work
        world.clock.advance(11)
        assert node.has_work
        await node.poll()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.CANCELLED
        assert not node.has_work


async def test_a_silent_nodes_lease_ends_and_a_confirmed_one_does_not(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        task = await world.add_task("web-1")
        await node.poll()
        for _ in range(4):
            world.clock.advance(LEASE_S - 1)
            world.dispatch.confirm(node.id, node.names)
            await world.dispatch._expire_leases()
            assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.RUNNING
        world.clock.advance(LEASE_S + 1)
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.QUEUED


async def test_leases_of_a_fleet_that_fell_silent_end_in_few_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EXPIRED_AT_ONCE", 3)
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        for _ in range(7):
            await world.add_task("web-1")
        await node.poll()
        world.clock.advance(LEASE_S + 1)
        write, transactions = world.database.write, 0

        async def counted(work: Any) -> Any:
            nonlocal transactions
            transactions += 1
            return await write(work)

        monkeypatch.setattr(world.database, "write", counted)
        await world.dispatch._expire_leases()
        assert transactions == 3
        assert {state for (state,) in await world.rows("SELECT state FROM tasks")} == {"queued"}


async def test_the_loop_wakes_a_node_when_its_retry_falls_due(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        await world.add_task("web-1")
        await node.poll()
        woken = trio.Event()
        world.bus.subscribe(WorkWaiting, lambda _event: woken.set())
        [task_id] = node.held
        await node.report(task_id, "failed")
        assert not woken.is_set()
        world.clock.advance(2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.dispatch.run)
            with trio.fail_after(5):
                await woken.wait()
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("capacity", [0, 1])
async def test_a_node_without_capacity_is_left_alone(tmp_path: Path, capacity: int) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        await world.add_task("web-1")
        assert world.dispatch.has_work(node.id, frozenset(), Room(capacity)) is bool(capacity)
