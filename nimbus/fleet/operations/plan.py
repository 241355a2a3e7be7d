"""What an order does, step by step: pure functions from facts to steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from nimbus.fleet.operations.records import Limits, OperationRequest, PlannedStep
from nimbus.kernel.errors import invalid
from nimbus.protocol.kinds import KINDS, secret_parameters, secret_results

# A node that was told to start its agent anew is given so long to be heard of again.
COME_BACK_S = 180
AGENT_RESTARTED = "agent_restarted"


class PlanNode(msgspec.Struct, frozen=True):
    id: str
    name: str


class PlanFacts(msgspec.Struct, frozen=True):
    """What a plan is made from. `parameters` are those of the request, checked and complete."""

    request: OperationRequest
    parameters: dict[str, Any]
    nodes: tuple[PlanNode, ...]

    def wave_of(self, number: int) -> int:
        """Canaries first, then the others."""
        return 0 if number < self.request.canaries else 1


class Planner(msgspec.Struct, frozen=True):
    """`at_once`: how many nodes at a time where the request does not say (0: all)."""

    steps: Callable[[PlanFacts], tuple[PlannedStep, ...]]
    at_once: int = 0

    def limits(self, request: OperationRequest) -> Limits:
        at_once = self.at_once if request.at_once is None else request.at_once
        return Limits(at_once, request.failure_budget, request.canaries)


def one_task_each(facts: PlanFacts) -> tuple[PlannedStep, ...]:
    """The same task on each node."""
    return tuple(_task_on(facts, node, number) for number, node in enumerate(facts.nodes))


def restart_agents(facts: PlanFacts) -> tuple[PlannedStep, ...]:
    """Each agent is started anew, and its node is done when the new one has been heard of."""
    steps: list[PlannedStep] = []
    for number, node in enumerate(facts.nodes):
        restart = msgspec.structs.replace(_task_on(facts, node, number), takes_away=True)
        back = PlannedStep(
            name=f"{AGENT_RESTARTED} {node.name}",
            node_id=node.id,
            kind=AGENT_RESTARTED,
            is_gate=True,
            takes={"start_id": f"{restart.name}.start_id"},
            needs=(restart.name,),
            wave=restart.wave,
            unit=restart.unit,
            timeout_s=COME_BACK_S,
        )
        steps += [restart, back]
    return tuple(steps)


def _task_on(facts: PlanFacts, node: PlanNode, number: int) -> PlannedStep:
    request = facts.request
    return PlannedStep(
        name=f"{request.kind} {node.name}",
        node_id=node.id,
        kind=request.kind,
        parameters=facts.parameters,
        wave=facts.wave_of(number),
        unit=node.id,
        timeout_s=request.timeout_s,
        max_attempts=request.max_attempts,
    )


# Kinds that are more than a task on each node, or that go by turns.
PLANNERS: Mapping[str, Planner] = {
    "fetch_artifact": Planner(one_task_each, at_once=8),
    "mesh_probe": Planner(one_task_each, at_once=8),
    "restart_agent": Planner(restart_agents, at_once=1),
}
USUAL = Planner(one_task_each)


def source_of(taken: str) -> tuple[str, str]:
    """The step and the field of its result: `step.field`."""
    step, _, field = taken.rpartition(".")
    return step, field


def check_plan(steps: tuple[PlannedStep, ...]) -> None:
    """Each step comes after those that it needs, and what is secret goes only where it stays so. Raises
    ValidationError."""
    before: dict[str, PlannedStep] = {}
    for step in steps:
        if step.name in before:
            raise invalid("kind", f"the plan has two steps {step.name!r}")
        for need in step.needs:
            if need not in before:
                raise invalid("kind", f"step {step.name!r} needs {need!r}, which does not come before it")
        _check_values(step, before)
        before[step.name] = step


def _check_values(step: PlannedStep, before: Mapping[str, PlannedStep]) -> None:
    taken = [(step.kind, name, source) for name, source in step.takes.items()]
    undo = step.undo
    if undo is not None:
        taken += [(undo.kind, name, source) for name, source in undo.takes.items()]
        if undo.kind not in KINDS:
            raise invalid("kind", f"step {step.name!r} is undone by {undo.kind!r}, which is no kind of task")
        if any(undo.parameters.get(name) for name in secret_parameters(undo.kind)):
            raise invalid("kind", f"the undoing of {step.name!r} must take its secrets from a step's result")
    for kind, name, source in taken:
        giver, field = source_of(source)
        own = giver == step.name and undo is not None and source in undo.takes.values()
        if not own and giver not in step.needs:
            raise invalid("kind", f"step {step.name!r} takes {source!r}, and does not need that step")
        giving = step if own else before[giver]
        if field in secret_results(giving.kind) and name not in secret_parameters(kind):
            raise invalid("kind", f"{source!r} is secret, and {name!r} of {kind!r} is not")
