"""Nodes that are taken away: not those that others need, not one by two operations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.fleet.operations.guards import QuorumGroup, Surroundings, groups_by_label
from nimbus.fleet.operations.records import (
    Limits,
    OperationDetails,
    OperationRequest,
    OperationState,
    StepState,
)
from nimbus.fleet.operations.service import Operations
from nimbus.kernel.routing import Target
from tests.kit.operations import operations_of
from tests.kit.records import ADMIN
from tests.kit.slices import slices
from tests.nimbus.fleet.operations.simulated_fleet import Simulation, planned
from tests.nimbus.fleet.tasks.test_delivery import lease, report

NODES = ("a", "b", "c", "d", "e")


def group(*members: str) -> QuorumGroup:
    return QuorumGroup("etcd", frozenset(members))


@pytest.mark.parametrize(
    ("size", "least"), [(1, 0), (2, 1), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)], ids=lambda value: str(value)
)
def test_a_majority(size: int, least: int) -> None:
    assert QuorumGroup("q", frozenset(str(number) for number in range(size))).least == least


def test_what_is_away_already_loses_nothing() -> None:
    around = Surroundings((group("a", "b", "c"),), away=frozenset("a"))
    assert around.hold("a", ()) == ""
    assert "only 1 of 3" in around.hold("b", ())
    assert around.hold("d", ()) == "", "it belongs to no group"


def test_who_is_busy_counts_as_gone() -> None:
    around = Surroundings((group("a", "b", "c"),), busy={"a": "other"})
    assert "'other'" in around.hold("a", ())
    assert "2 are needed" in around.hold("c", ())


def test_labels_make_groups() -> None:
    found = groups_by_label(
        [("a", {"quorum": "x"}), ("b", {}), ("c", {"quorum": "y"}), ("d", {"quorum": "x"})]
    )
    assert found == (QuorumGroup("x", frozenset("ad")), QuorumGroup("y", frozenset("c")))


@given(
    st.lists(st.sets(st.sampled_from(NODES), min_size=1), max_size=3),
    st.sets(st.sampled_from(NODES)),
    st.integers(0, 5),
    st.randoms(use_true_random=False),
)
def test_no_group_loses_its_majority(
    groups: list[set[str]], away: set[str], at_once: int, random: Random
) -> None:
    """Whatever the groups are, whoever is away, in whatever order the nodes come back; and all are served that can
    be served."""
    quorums = tuple(QuorumGroup(str(number), frozenset(members)) for number, members in enumerate(groups))
    around = Surroundings(quorums, frozenset(away))
    steps = [planned(name, takes_away=True) for name in NODES]
    played = Simulation(steps, Limits(at_once=at_once), surroundings=around)
    for _ in range(50):
        played.decide()
        gone = set(played.busy) - away
        for quorum in quorums:
            if quorum.members & gone:
                assert len(quorum.members - away - gone) >= quorum.least
        if not played.busy:
            break
        played.end(random.choice(played.busy))
    assert not played.busy
    for step in played.steps:
        served = step.state is StepState.SUCCEEDED
        assert served == (around.hold(step.name, ()) == "")
        assert (step.name in played.held) != served
    assert played.state is (OperationState.RUNNING if played.held else OperationState.SUCCEEDED)


def test_a_held_operation_can_be_paused_and_cancelled() -> None:
    around = Surroundings((group("a", "b", "c"),), away=frozenset("b"))
    for verb, state in (("pause", OperationState.PAUSED), ("cancel", OperationState.CANCELLED)):
        played = Simulation([planned("a", takes_away=True)], Limits(), surroundings=around)
        played.run()
        assert (played.state, played.begun) == (OperationState.RUNNING, [])
        played.order(verb)
        played.run()
        assert played.state is state


async def state_of(operations: Operations, operation_id: str) -> OperationDetails:
    return await operations.show(ADMIN, Target(operation_id))


async def test_one_node_is_taken_away_by_one_operation_at_a_time(tmp_path: Path) -> None:
    async with slices(tmp_path) as joined:
        node = await joined.add_node("n1")
        back: set[str] = set()
        gates = {"agent_restarted": lambda node_id, _values: node_id in back}
        operations, reconciler = operations_of(joined, gates=gates)
        request = OperationRequest("first", "restart_agent", ["n1"])
        first = (await operations.create(ADMIN, request)).id
        plan = await operations.plan(ADMIN, msgspec.structs.replace(request, name="second"))
        assert "'first'" in plan.steps[0].held
        second = (await operations.create(ADMIN, msgspec.structs.replace(request, name="second"))).id

        async def turn() -> None:
            for task in (await lease(joined, node.id))[0]:
                result = {"start_id": "one"}
                await report(joined, node.id, task.id, "succeeded", task.attempt, result=result)
            await reconciler.converge()

        await turn()
        shown = await state_of(operations, second)
        assert (shown.state, shown.steps[0].state) == (OperationState.RUNNING, StepState.WAITING)
        assert "'first'" in shown.steps[0].held
        back.add(node.id)
        await turn()
        assert (await state_of(operations, first)).state is OperationState.SUCCEEDED
        await reconciler.converge()
        shown = await state_of(operations, second)
        assert (shown.steps[0].state, shown.steps[0].held) == (StepState.RUNNING, "")


async def test_the_rest_of_a_quorum_group_is_waited_for(tmp_path: Path) -> None:
    async with slices(tmp_path) as joined:
        ids = {name: (await joined.add_node(name)).id for name in ("n1", "n2", "n3")}
        present = {ids["n1"], ids["n2"]}

        def quorums(_tx: Transaction, _workspace_id: str) -> Sequence[QuorumGroup]:
            return [group(*ids.values())]

        operations, reconciler = operations_of(joined, quorums=[quorums], is_present=present.__contains__)
        made = await operations.create(
            ADMIN, OperationRequest("all", "restart_agent", ["n1", "n2", "n3"], at_once=0)
        )
        shown = await state_of(operations, made.id)
        states = {step.node: step.state for step in shown.steps if not step.is_gate}
        assert states == {"n1": StepState.WAITING, "n2": StepState.WAITING, "n3": StepState.RUNNING}
        assert "2 are needed" in shown.steps[0].held
        present.add(ids["n3"])
        await reconciler.converge()
        # Its task has not been done: it counts as gone as long as it is under way.
        states = {
            step.node: step.state for step in (await state_of(operations, made.id)).steps if not step.is_gate
        }
        assert list(states.values()).count(StepState.RUNNING) == 1
