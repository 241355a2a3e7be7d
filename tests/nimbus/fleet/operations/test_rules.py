"""What begins, what ends, what the operator can do: exhaustively for small plans, at random for larger ones."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.fleet.operations.records import (
    MAX_NODES,
    Intent,
    Limits,
    OperationRequest,
    OperationState,
    PlannedStep,
    StepCounts,
    StepState,
)
from nimbus.fleet.operations.rules import check_request, counted, possible, resumed
from nimbus.kernel.errors import ValidationError
from tests.nimbus.fleet.operations.simulated_fleet import Simulation, planned

S, F, C = StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELLED
CHAIN = (planned("a", undo=True), planned("b", "a"), planned("c", "b", undo=True))
FAN = (planned("a", undo=True), planned("b", "a", undo=True), planned("c", "a", undo=True))
WAVES = (planned("a", undo=True), planned("b", wave=1, undo=True), planned("c", wave=1))
PLANS = {"chain": CHAIN, "fan": FAN, "waves": WAVES}
VERBS = ("nothing", "pause", "cancel", "undo")


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_every_end_of_every_step_with_every_order_at_every_moment(plan: tuple[PlannedStep, ...]) -> None:
    for ends, moment, verb, at_once in itertools.product(
        itertools.product((S, F, C), repeat=3), range(5), VERBS, (0, 1)
    ):
        outcomes = dict(zip("abc", ends, strict=True))
        limits = Limits(at_once=at_once)
        played = Simulation(plan, limits, lambda name, o=outcomes: o.get(name, S))  # type: ignore[misc]
        played.decide()
        for _ in range(moment):
            if played.busy:
                played.end(played.busy[0])
                played.decide()
        played.order(verb)
        played.run()
        states = [step.state for step in played.steps]
        if played.intent is Intent.PAUSE and played.state is OperationState.PAUSED:
            assert StepState.WAITING in states
            played.order("resume")
            played.run()
            states = [step.state for step in played.steps]
        assert not played.state.is_open
        if played.intent is Intent.RUN:
            wanted = OperationState.FAILED if F in states else OperationState.CANCELLED
            assert played.state is (wanted if F in states or C in states else OperationState.SUCCEEDED)
        else:
            assert played.intent is Intent.PAUSE or played.state is OperationState.CANCELLED
        if played.intent is Intent.UNDO:
            assert not any(s.planned.undo and s.has_begun and s.state is S for s in played.steps)
        # Nothing that has succeeded is begun twice.
        assert len(set(played.begun)) == len(played.begun)


def test_the_way_back_is_the_reverse() -> None:
    played = Simulation(CHAIN, Limits())
    played.run()
    assert possible(played.state, played.intent, played.steps) == ()
    played = Simulation(CHAIN, Limits(), lambda name: F if name == "c" else S)
    played.run()
    assert "undo" in possible(played.state, played.intent, played.steps)
    played.order("undo")
    played.run()
    # `c` has failed half-way: what there is of its effect is taken back, too.
    assert played.begun == ["a", "b", "c", "undo c", "undo a"]
    assert played.state is OperationState.CANCELLED


def test_what_could_not_be_taken_back_stops_the_way_back_and_is_tried_again() -> None:
    ends = {"b": F, "undo c": F}
    played = Simulation(FAN, Limits(), lambda name: ends.get(name, S))
    played.run()
    played.order("undo")
    played.run()
    assert played.step("a").state is S
    assert possible(played.state, played.intent, played.steps) == ("undo",)
    ends.clear()
    played.order("undo")
    played.run()
    assert played.state is OperationState.CANCELLED
    assert [step.state for step in played.steps] == [StepState.UNDONE] * 3
    assert played.begun[-2:] == ["undo c", "undo a"]


def test_resumed_after_what_failed_was_mended() -> None:
    ends = {"b": F}
    played = Simulation(CHAIN, Limits(), lambda name: ends.get(name, S))
    played.run()
    assert (played.state, played.step("c").state) == (OperationState.FAILED, StepState.WAITING)
    ends.clear()
    played.order("resume")
    played.run()
    assert played.state is OperationState.SUCCEEDED
    assert played.begun == ["a", "b", "b", "c"]


def test_going_on_leaves_out_nodes_that_are_no_more() -> None:
    played = Simulation((planned("a", node="n1"), planned("b", node="n2")), Limits(at_once=1), lambda name: F)
    played.run()
    changed = resumed(played.state, played.steps, {"n1"})
    assert [(step.name, step.state) for step in changed] == [("a", StepState.SKIPPED)]
    assert [step.state for step in resumed(played.state, played.steps, {"n1", "n2"})] == [
        StepState.SKIPPED
    ] * 2


def test_a_unit_is_done_when_all_its_steps_are() -> None:
    plan = [
        step
        for node in ("x", "y", "z")
        for step in (planned(f"{node}1", unit=node), planned(f"{node}2", f"{node}1", unit=node))
    ]
    played = Simulation(plan, Limits(at_once=1))
    played.run()
    assert played.begun == ["x1", "x2", "y1", "y2", "z1", "z2"]


@pytest.mark.parametrize(("budget", "begun"), [(0, 1), (1, 2), (3, 4), (9, 5)])
def test_the_budget_of_failures(budget: int, begun: int) -> None:
    plan = [planned(f"s{number}") for number in range(5)]
    played = Simulation(plan, Limits(at_once=1, failure_budget=budget), lambda _name: F)
    played.run()
    assert (len(played.begun), played.state) == (begun, OperationState.FAILED)


def test_nothing_follows_a_canary_that_failed_whatever_the_budget() -> None:
    plan = [planned("canary"), *(planned(f"s{number}", wave=1) for number in range(4))]
    limits = Limits(canaries=1, failure_budget=4)
    played = Simulation(plan, limits, lambda name: F if name == "canary" else S)
    played.run()
    assert (played.begun, played.state) == (["canary"], OperationState.FAILED)
    played = Simulation(plan, limits, lambda name: S if name == "canary" else F)
    played.run()
    assert len(played.begun) == 5


@st.composite
def plans(draw: st.DrawFn) -> list[PlannedStep]:
    steps: list[PlannedStep] = []
    for number in range(draw(st.integers(1, 9))):
        wave = draw(st.integers(steps[-1].wave if steps else 0, 3))
        needs = draw(st.lists(st.sampled_from(steps), max_size=2)) if steps else []
        names = tuple(dict.fromkeys(step.name for step in needs))
        unit = draw(st.sampled_from(["", "u", "v"]))
        steps.append(planned(f"s{number}", *names, wave=wave, unit=unit, undo=draw(st.booleans())))
    return steps


MOVES = st.one_of(st.sampled_from(["pause", "resume", "cancel", "undo"]), st.integers(0, 20))


@settings(deadline=None, max_examples=300)
@given(
    plan=plans(),
    limits=st.builds(Limits, st.integers(0, 3), st.integers(0, 3), st.integers(0, 1)),
    moves=st.lists(MOVES, max_size=40),
    failing=st.sets(st.sampled_from([f"{undo}s{n}" for n in range(9) for undo in ("", "undo ")])),
)
def test_whatever_happens_in_whatever_order(
    plan: list[PlannedStep], limits: Limits, moves: list[str | int], failing: set[str]
) -> None:
    """Units may overlap and depend on each other, steps end in any order, orders come at any time."""
    played = Simulation(plan, limits, lambda name: F if name in failing else S)
    for move in moves:
        played.decide()
        assert not played.decide(), "what was decided once is not decided again"
        if isinstance(move, str):
            succeeded = {step.name for step in played.steps if step.state is S}
            played.order(move)
            if move == "resume":
                assert succeeded <= {step.name for step in played.steps if step.state is S}
        elif played.busy:
            played.end(played.busy[move % len(played.busy)])
    if played.state is OperationState.PAUSED:
        played.order("resume")
    failing.clear()
    played.run()
    if played.intent is Intent.RUN and played.state is OperationState.FAILED:
        played.order("resume")
        played.run()
        assert played.state in (OperationState.SUCCEEDED, OperationState.CANCELLED)


def test_how_far_they_are_together() -> None:
    states = [
        (StepState.WAITING, None, False),
        (StepState.RUNNING, 40, False),
        (StepState.RUNNING, None, True),
        (StepState.SUCCEEDED, 100, False),
        (StepState.UNDO_FAILED, None, False),
        (StepState.UNDONE, None, False),
        (StepState.SKIPPED, None, False),
    ]
    counts = StepCounts(total=7, queued=2, running=1, succeeded=1, failed=1, undone=1, skipped=1)
    assert counted(states) == (counts, 440 // 7)
    assert counted([]) == (StepCounts(), 100)


@pytest.mark.parametrize(
    "request_",
    [
        OperationRequest("", "collect_facts", ["a"]),
        OperationRequest(" ", "collect_facts", ["a"]),
        OperationRequest("x" * 101, "collect_facts", ["a"]),
        OperationRequest("o", "collect_facts"),
        OperationRequest("o", "collect_facts", ["a"], "a=b"),
        OperationRequest("o", "collect_facts", ["a"] * (MAX_NODES + 1)),
        OperationRequest("o", "collect_facts", ["a"], at_once=-1),
        OperationRequest("o", "collect_facts", ["a"], canaries=MAX_NODES + 1),
        OperationRequest("o", "collect_facts", ["a"], failure_budget=-1),
    ],
)
def test_what_is_asked_for_is_checked(request_: OperationRequest) -> None:
    with pytest.raises(ValidationError):
        check_request(request_)
