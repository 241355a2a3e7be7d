"""Operations on a real database with a fleet that is played: it fails, either side is killed at any moment, and it
goes on from what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.fleet.operations.engine import Engine
from nimbus.fleet.operations.plan import PlanFacts, Planner
from nimbus.fleet.operations.records import (
    CancelRequest,
    OperationDetails,
    OperationRequest,
    OperationState,
    PlannedStep,
    StepState,
    Undo,
)
from nimbus.kernel.errors import Conflict, ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol import kinds
from nimbus.protocol.kinds import MASK, CollectFacts, TaskKind
from nimbus.protocol.messages import LeasedTask
from tests.kit.operations import operations_of
from tests.kit.records import ADMIN
from tests.kit.secret_kind import KIND, register
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.tasks.test_delivery import lease, report

TOKEN = "admin-token-that-nobody-sees"
LEAVE, READY = "leave_cluster", "is_ready"
NAMES = ("n1", "n2", "n3")


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)
    monkeypatch.setitem(kinds.KINDS, LEAVE, TaskKind(LEAVE, "Leave it again.", CollectFacts))


def cluster(facts: PlanFacts) -> tuple[PlannedStep, ...]:
    """The first node begins a cluster, the others join it with the token that it gave; then each is waited for."""
    first, *others = facts.nodes
    address, undo = facts.parameters["address"], Undo(LEAVE)
    steps = [
        PlannedStep(
            name="init", node_id=first.id, kind=KIND, parameters=facts.parameters, unit=first.id, undo=undo
        )
    ]
    for node in others:
        name = f"join {node.name}"
        steps.append(
            PlannedStep(
                name=name,
                node_id=node.id,
                kind=KIND,
                parameters={"address": address},
                takes={"join_token": "init.admin_token"},
                needs=("init",),
                unit=node.id,
                undo=undo,
            )
        )
        steps.append(
            PlannedStep(
                name=f"ready {node.name}",
                node_id=node.id,
                kind=READY,
                is_gate=True,
                needs=(name,),
                unit=node.id,
                timeout_s=60,
            )
        )
    return tuple(steps)


class Killed(Exception):
    """In place of the end of the process, in the middle of a transaction."""


class World:
    """`fails`: how often the task of a step fails still. `kill_at`: at which advance the control plane is
    killed."""

    def __init__(self, joined: Slices) -> None:
        self.slices = joined
        self.ids: dict[str, str] = {}
        self.ready: set[str] = set()
        self.fails: dict[str, int] = {}
        # What the nodes did, each task once, and what they were told.
        self.done: list[tuple[str, str]] = []
        self.told: dict[str, Mapping[str, Any]] = {}
        self.reported: set[str] = set()
        self.kill_at = -1
        self.advances = 0
        self.restart()

    def restart(self) -> None:
        """Nothing of what was in memory is left."""
        planners = {KIND: Planner(cluster)}
        gates = {READY: lambda node_id, _values: node_id in self.ready}
        self.operations, self.reconciler = operations_of(self.slices, planners, gates)
        engine = self.operations._engine
        engine.advance = self._counted(engine)  # type: ignore[method-assign]

    def _counted(self, engine: Engine) -> Callable[..., None]:
        advance = engine.advance

        def counted(tx: Transaction, operation_id: str, *actor: Any) -> None:
            advance(tx, operation_id, *actor)
            self.advances += 1
            if self.advances == self.kill_at:
                raise Killed

        return counted

    async def create(self, **fields: Any) -> str:
        parameters = {"address": "10.0.0.1", "join_token": TOKEN}
        request = OperationRequest("cluster", KIND, list(NAMES), parameters=parameters, **fields)
        return (await self.operations.create(ADMIN, request)).id

    async def show(self, operation_id: str) -> OperationDetails:
        return await self.operations.show(ADMIN, Target(operation_id))

    async def states(self, operation_id: str) -> dict[str, StepState]:
        return {step.name: step.state for step in (await self.show(operation_id)).steps}

    async def turn(self, *, lose_lease: bool = False, twice: bool = False) -> None:
        """Each node does what it is given, and the control plane takes it in."""
        for name, node_id in self.ids.items():
            leased, _ = await lease(self.slices, node_id)
            if lose_lease:
                leased, _ = await lease(self.slices, node_id)
            for task in leased:
                await self.perform(name, task)
                if twice:
                    await self.send(name, task)
        await self.reconciler.converge()

    async def perform(self, name: str, task: LeasedTask) -> None:
        if task.id not in self.told:
            self.done.append((name, task.kind))
        self.told[task.id] = task.parameters
        await self.send(name, task)

    async def send(self, name: str, task: LeasedTask) -> None:
        if task.id not in self.reported and self.fails.get(name, 0):
            self.fails[name] -= 1
            self.reported.add(task.id)
            await report(self.slices, self.ids[name], task.id, "failed", task.attempt, error="no")
            return
        self.reported.add(task.id)
        result = {"admin_token": TOKEN} if task.kind == KIND else {}
        await report(self.slices, self.ids[name], task.id, "succeeded", task.attempt, result=result)

    async def settle(self, operation_id: str) -> OperationDetails:
        for _ in range(12):
            await self.turn()
            shown = await self.show(operation_id)
            if not shown.state.is_open:
                return shown
        raise AssertionError(f"it does not come to an end: {shown.steps}")


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    folder.mkdir(exist_ok=True)
    async with slices(folder) as joined:
        made = World(joined)
        for name in NAMES:
            made.ids[name] = (await joined.add_node(name)).id
        yield made


async def test_a_value_goes_from_one_step_to_the_next_and_stays_sealed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create()
        w.ready |= set(w.ids.values())
        shown = await w.settle(operation)
        assert shown.state is OperationState.SUCCEEDED
        assert [parameters["join_token"] for parameters in w.told.values()] == [TOKEN] * 3
        steps = {step.name: step for step in shown.steps}
        assert steps["join n2"].parameters == {
            "address": "10.0.0.1",
            "join_token": {"from": "init.admin_token"},
        }
        assert steps["init"].parameters["join_token"] == MASK
        assert shown.parameters["join_token"] == MASK
        audit = str(await w.slices.rows("SELECT * FROM audit_log"))
        events = "".join(map(str, w.slices.bus.published))
        stored = b"".join(file.read_bytes() for file in tmp_path.glob("nimbus.db*"))
        assert TOKEN not in msgspec.json.encode(shown).decode() + audit + events
        assert TOKEN.encode() not in stored


async def test_the_plan_is_shown_and_nothing_is_begun(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        request = OperationRequest(
            "cluster", KIND, list(NAMES), parameters={"address": "a", "join_token": TOKEN}
        )
        plan = await w.operations.plan(ADMIN, request)
        names = ["init", "join n2", "ready n2", "join n3", "ready n3"]
        assert [step.name for step in plan.steps] == names
        assert TOKEN not in msgspec.json.encode(plan).decode()
        assert await w.slices.rows("SELECT COUNT(*) FROM operations") == [(0,)]


async def test_a_gate_waits_for_its_fact_and_gives_up(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create()
        for _ in range(3):
            await w.turn()
        w.ready.add(w.ids["n2"])
        await w.reconciler.converge()
        states = await w.states(operation)
        assert (states["ready n2"], states["ready n3"]) == (StepState.SUCCEEDED, StepState.RUNNING)
        w.slices.clock.advance(61)
        await w.reconciler.converge()
        shown = await w.show(operation)
        assert (shown.state, shown.can) == (OperationState.FAILED, ("resume", "undo"))
        [failed] = [step for step in shown.steps if step.state is StepState.FAILED]
        assert failed.error == {"code": "GATE_TIMEOUT", "message": "it did not come about within 60 s"}
        w.ready.add(w.ids["n3"])
        await w.operations.resume(ADMIN, Target(operation))
        await w.reconciler.converge()
        assert (await w.show(operation)).state is OperationState.SUCCEEDED
        assert len(w.done) == 3, "no task ran twice"


async def test_a_gate_that_another_control_plane_tries_again_waits_anew(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create()
        for _ in range(3):
            await w.turn()
        leads = w.reconciler
        w.restart()
        await w.operations.pause(ADMIN, Target(operation))
        await w.operations.resume(ADMIN, Target(operation))
        w.slices.clock.advance(61)
        await leads.converge()
        assert (await w.states(operation))["ready n3"] is StepState.FAILED
        await w.operations.resume(ADMIN, Target(operation))
        assert (await w.states(operation))["ready n3"] is StepState.RUNNING


async def test_one_that_cannot_be_looked_at_holds_up_no_other(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        broken, other = await w.create(), await w.create()
        await w.slices.database.write(
            lambda tx: tx.execute(
                "UPDATE operation_steps SET planned = '{}' WHERE operation_id = ?", (broken,)
            )
        )
        w.ready |= set(w.ids.values())
        assert (await w.settle(other)).state is OperationState.SUCCEEDED


async def test_resumed_after_what_failed_was_mended(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create(max_attempts=1)
        w.ready |= set(w.ids.values())
        w.fails["n1"] = 1
        shown = await w.settle(operation)
        assert (shown.state, [task.node for task in shown.tasks]) == (OperationState.FAILED, ["n1"])
        await w.operations.resume(ADMIN, Target(operation))
        assert (await w.settle(operation)).state is OperationState.SUCCEEDED
        assert [name for name, _ in w.done] == ["n1", "n1", "n2", "n3"]
        with pytest.raises(Conflict, match="has succeeded already"):
            await w.operations.resume(ADMIN, Target(operation))


async def test_cancelled_with_undo_from_the_end_to_the_beginning(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create(at_once=1)
        for _ in range(3):
            await w.turn()
        await w.operations.cancel(ADMIN, Target(operation), CancelRequest(undo=True))
        shown = await w.settle(operation)
        assert shown.state is OperationState.CANCELLED
        undone = [name for name, kind in w.done if kind == LEAVE]
        assert undone == ["n2", "n1"]
        assert (await w.states(operation))["join n3"] is StepState.WAITING
        assert shown.can == ()
        actions = {action for (action,) in await w.slices.rows("SELECT action FROM audit_log")}
        assert {"operation.create", "operation.undo"} <= actions


async def test_paused_nothing_begins_and_what_runs_goes_on(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create()
        w.ready |= set(w.ids.values())
        await w.operations.pause(ADMIN, Target(operation))
        for _ in range(3):
            await w.turn()
        shown = await w.show(operation)
        assert (shown.state, shown.counts.succeeded, w.done) == (OperationState.PAUSED, 1, [("n1", KIND)])
        assert (await w.operations.resume(ADMIN, Target(operation))).state is OperationState.RUNNING
        assert (await w.settle(operation)).state is OperationState.SUCCEEDED


async def test_a_node_that_is_deleted_half_way(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        operation = await w.create()
        w.ready |= set(w.ids.values())
        await w.turn()
        gone = await w.slices.database.read(lambda tx: w.slices.nodes.get(tx, w.ids["n3"]))

        def delete(tx: Transaction) -> None:
            w.slices.tasks.cancel_all(tx, gone.id, "the node was deleted")
            w.slices.nodes.remove(tx, gone)

        await w.slices.database.write(delete)
        del w.ids["n3"]
        shown = await w.settle(operation)
        assert shown.state is OperationState.FAILED
        [failed] = [step for step in shown.steps if step.state is StepState.FAILED]
        assert failed.error is not None
        assert (failed.name, failed.error["code"]) == ("join n3", "NODE_DELETED")
        await w.operations.resume(ADMIN, Target(operation))
        assert (await w.settle(operation)).state is OperationState.SUCCEEDED
        assert (await w.states(operation))["ready n3"] is StepState.SKIPPED


@pytest.mark.parametrize("fails", [{}, {"n1": 1}, {"n2": 1, "n3": 1}])
async def test_killed_at_every_advance(tmp_path: Path, fails: dict[str, int]) -> None:
    """Before its transaction commits. What the nodes do is the same as without."""
    for kill_at in range(1, 12):
        async with world(tmp_path / str(kill_at)) as w:
            w.ready |= set(w.ids.values())
            w.fails = dict(fails)
            w.kill_at = kill_at
            try:
                operation = await w.create(max_attempts=1)
            except Killed:
                assert await w.slices.rows("SELECT COUNT(*) FROM operations") == [(0,)]
                operation = await w.create(max_attempts=1)
            was_killed = False
            for _ in range(10):
                await w.turn(lose_lease=True, twice=True)
                if w.advances >= kill_at and not was_killed:
                    w.restart()
                    was_killed = True
            if fails:
                assert (await w.show(operation)).state is OperationState.FAILED
                with suppress(Killed):
                    await w.operations.resume(ADMIN, Target(operation))
                if (await w.show(operation)).state is OperationState.FAILED:
                    await w.operations.resume(ADMIN, Target(operation))
            assert (await w.settle(operation)).state is OperationState.SUCCEEDED
            assert sorted(w.done) == sorted(
                (name, KIND) for name in NAMES for _ in range(1 + fails.get(name, 0))
            )


MOVES = ["turn", "restart", "kill", "lose", "twice", "pause", "resume", "cancel", "undo", "clock", "fail"]


@settings(deadline=None, max_examples=25)
@given(moves=st.lists(st.sampled_from(MOVES), max_size=14))
def test_whatever_happens_it_comes_to_an_end_and_nothing_runs_twice(
    moves: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def play() -> None:
        async with world(tmp_path_factory.mktemp("world")) as w:
            operation = await w.create(max_attempts=1)
            w.ready |= set(w.ids.values())
            for move in moves:
                await make_move(w, move, operation)
            shown = await w.show(operation)
            if shown.state is OperationState.PAUSED:
                await w.operations.resume(ADMIN, Target(operation))
            w.fails.clear()
            shown = await w.settle(operation)
            if "resume" in shown.can:
                await w.operations.resume(ADMIN, Target(operation))
                shown = await w.settle(operation)
            if "undo" in shown.can and shown.state is OperationState.FAILED:
                await w.operations.cancel(ADMIN, Target(operation), CancelRequest(undo=True))
                shown = await w.settle(operation)
            assert shown.state in (OperationState.SUCCEEDED, OperationState.CANCELLED)
            failed = sum(task.state == "failed" for task in shown.tasks)
            for name in NAMES:
                times = w.done.count((name, KIND))
                assert times <= 1 + failed + ("cancel" in moves) + ("undo" in moves)
            if not {"fail", "cancel", "undo"} & set(moves):
                assert sorted(w.done) == sorted((name, KIND) for name in NAMES)

    trio.run(play)


async def make_move(w: World, move: str, operation: str) -> None:
    if move in ("turn", "lose", "twice"):
        await w.turn(lose_lease=move == "lose", twice=move == "twice")
    elif move == "restart":
        w.restart()
    elif move == "kill":
        w.kill_at = w.advances + 1
        await w.turn()
        w.kill_at = -1
        w.restart()
    elif move == "clock":
        w.slices.clock.advance(30)
    elif move == "fail":
        w.fails["n2"] = 1
    else:
        try:
            if move in ("cancel", "undo"):
                request = CancelRequest(undo=move == "undo")
                await w.operations.cancel(ADMIN, Target(operation), request)
            else:
                await getattr(w.operations, move)(ADMIN, Target(operation))
        except Conflict:
            pass


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ((("a", "collect_facts", (), {}), ("a", "collect_facts", (), {})), "two steps"),
        ((("a", "collect_facts", ("b",), {}),), "does not come before"),
        ((("a", KIND, (), {}), ("b", KIND, (), {"join_token": "a.admin_token"})), "does not need"),
        ((("a", KIND, (), {}), ("b", KIND, ("a",), {"address": "a.admin_token"})), "is secret"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(tmp_path: Path, steps: Any, wrong: str) -> None:
    def plan(facts: PlanFacts) -> tuple[PlannedStep, ...]:
        node = facts.nodes[0].id
        return tuple(
            PlannedStep(name=name, node_id=node, kind=kind, needs=needs, takes=takes)
            for name, kind, needs, takes in steps
        )

    async with world(tmp_path) as w:
        operations, _ = operations_of(w.slices, {"collect_facts": Planner(plan)})
        with pytest.raises(ValidationError, match=wrong):
            await operations.create(ADMIN, OperationRequest("o", "collect_facts", ["n1"]))
