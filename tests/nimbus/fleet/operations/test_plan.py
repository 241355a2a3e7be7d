"""What an order does, step by step: facts in, steps out."""

from __future__ import annotations

import pytest

from nimbus.fleet.operations.plan import COME_BACK_S, PLANNERS, USUAL, PlanFacts, PlanNode, check_plan
from nimbus.fleet.operations.records import Limits, OperationRequest, PlannedStep

NODES = tuple(PlanNode(f"id-{number}", f"web-{number}") for number in range(1, 4))


def planned(kind: str, **fields: object) -> tuple[PlannedStep, ...]:
    request = OperationRequest("o", kind, **fields)  # type: ignore[arg-type]
    steps = PLANNERS.get(kind, USUAL).steps(PlanFacts(request, {"count": 2}, NODES))
    check_plan(steps)
    return steps


@pytest.mark.parametrize("kind", ["collect_facts", "mesh_probe"])
def test_a_task_on_each_node(kind: str) -> None:
    steps = planned(kind, timeout_s=7, max_attempts=2)
    assert [step.name for step in steps] == [f"{kind} web-{number}" for number in (1, 2, 3)]
    assert {(step.kind, step.timeout_s, step.max_attempts, step.needs) for step in steps} == {
        (kind, 7, 2, ())
    }
    assert all(step.parameters == {"count": 2} for step in steps)


def test_canaries_are_the_first_wave() -> None:
    assert [step.wave for step in planned("collect_facts", canaries=2)] == [0, 0, 1]


def test_a_restart_and_the_coming_back_are_one_unit() -> None:
    steps = planned("restart_agent", canaries=1)
    assert [(step.unit, step.is_gate, step.wave) for step in steps] == [
        ("id-1", False, 0),
        ("id-1", True, 0),
        ("id-2", False, 1),
        ("id-2", True, 1),
        ("id-3", False, 1),
        ("id-3", True, 1),
    ]
    gate = steps[1]
    assert (gate.needs, gate.timeout_s) == (("restart_agent web-1",), COME_BACK_S)
    assert gate.takes == {"start_id": "restart_agent web-1.start_id"}


def test_turns_are_the_kinds_unless_the_order_says_otherwise() -> None:
    turns = {kind: PLANNERS.get(kind, USUAL) for kind in ("collect_facts", "mesh_probe", "restart_agent")}
    request = OperationRequest("o", "x")
    assert {kind: planner.limits(request).at_once for kind, planner in turns.items()} == {
        "collect_facts": 0,
        "mesh_probe": 8,
        "restart_agent": 1,
    }
    request = OperationRequest("o", "x", at_once=0, canaries=1, failure_budget=3)
    assert turns["restart_agent"].limits(request) == Limits(0, 3, 1)
