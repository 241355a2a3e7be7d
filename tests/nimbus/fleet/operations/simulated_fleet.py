"""A fleet that is played: what the rules begin ends as the test says, and every decision is checked against what
must always hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from nimbus.fleet.operations.guards import QUIET, Surroundings
from nimbus.fleet.operations.records import Intent, Limits, OperationState, PlannedStep, Step, StepState, Undo
from nimbus.fleet.operations.rules import blocked, decide, is_undoable, possible, resumed, undo_again

ENDED = (StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELLED, StepState.SKIPPED)
Outcome = Callable[[str], StepState]


def planned(
    name: str,
    *needs: str,
    wave: int = 0,
    unit: str = "",
    undo: bool = False,
    node: str = "",
    takes_away: bool = False,
) -> PlannedStep:
    return PlannedStep(
        name=name,
        node_id=node or name,
        kind="collect_facts",
        needs=needs,
        wave=wave,
        unit=unit or name,
        undo=Undo("collect_facts") if undo else None,
        takes_away=takes_away,
    )


class Simulation:
    """`outcome` says how a step, or its undoing (`undo NAME`), ends."""

    def __init__(
        self,
        plan: Sequence[PlannedStep],
        limits: Limits,
        outcome: Outcome | None = None,
        surroundings: Surroundings = QUIET,
    ) -> None:
        self.limits = limits
        self.surroundings = surroundings
        self.held: Mapping[str, str] = {}
        self.intent = Intent.RUN
        self.state = OperationState.RUNNING
        self.outcome = outcome or (lambda _name: StepState.SUCCEEDED)
        self.steps = [
            Step(operation_id="o", position=number, planned=step) for number, step in enumerate(plan)
        ]
        # In order: each beginning of a step, and of its undoing.
        self.begun: list[str] = []

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def change(self, name: str, state: StepState, **fields: object) -> None:
        self.steps = [
            msgspec.structs.replace(step, state=state, **fields) if step.name == name else step
            for step in self.steps
        ]

    def decide(self) -> bool:
        """Apply what the rules decide; whether they did anything."""
        decision = decide(self.intent, self.limits, self.steps, self.surroundings)
        self.state, self.held = decision.state, decision.held
        self._check_beginnings(decision.start)
        for name in decision.start:
            assert self.intent is Intent.RUN
            assert self.step(name).state is StepState.WAITING
            self.change(name, StepState.RUNNING, started_at=1)
            self.begun.append(name)
        for name in decision.cancel:
            assert self.step(name).state is StepState.RUNNING
            self.change(name, StepState.RUNNING, cancel_requested=True)
        self._check_undoing(decision.undo)
        for name in decision.undo:
            self.change(name, StepState.UNDOING)
            self.begun.append(f"undo {name}")
        return bool(decision.start or decision.cancel or decision.undo)

    def end(self, name: str) -> None:
        """What runs of this name ends."""
        state = self.step(name).state
        if state is StepState.RUNNING:
            cancelled = self.step(name).cancel_requested
            self.change(name, StepState.CANCELLED if cancelled else self.outcome(name))
        else:
            assert state is StepState.UNDOING
            is_undone = self.outcome(f"undo {name}") is StepState.SUCCEEDED
            self.change(name, StepState.UNDONE if is_undone else StepState.UNDO_FAILED)

    @property
    def busy(self) -> list[str]:
        return [s.name for s in self.steps if s.state in (StepState.RUNNING, StepState.UNDOING)]

    def order(self, verb: str) -> None:
        """What the operator may do, and nothing else."""
        if verb not in possible(self.state, self.intent, self.steps):
            return
        if verb == "resume":
            self._replace(resumed(self.state, self.steps, frozenset()))
        if verb == "undo":
            self._replace(undo_again(self.steps))
        self.intent = {
            "pause": Intent.PAUSE,
            "resume": Intent.RUN,
            "cancel": Intent.CANCEL,
            "undo": Intent.UNDO,
        }[verb]

    def _replace(self, changed: list[Step]) -> None:
        by_name = {step.name: step for step in changed}
        self.steps = [by_name.get(step.name, step) for step in self.steps]

    def run(self) -> None:
        """To where nothing happens by itself."""
        for _ in range(20 * len(self.steps) + 20):
            self.decide()
            if not self.busy:
                assert not self.decide()
                return
            self.end(self.busy[0])
        raise AssertionError("it does not come to an end")

    def _check_beginnings(self, start: Sequence[str]) -> None:
        if not start:
            return
        failed = {step.planned.unit for step in self.steps if step.state is StepState.FAILED}
        assert len(failed) <= self.limits.failure_budget
        barred = blocked(self.steps)
        for name in start:
            step = self.step(name)
            for need in step.planned.needs:
                assert self.step(need).state in (StepState.SUCCEEDED, StepState.SKIPPED)
            for other in self.steps:
                if other.planned.wave < step.planned.wave:
                    assert other.state in ENDED or other.name in barred
        if self.limits.at_once:
            units = {step.planned.unit for step in self.steps if step.state is StepState.RUNNING}
            units |= {self.step(name).planned.unit for name in start}
            assert len(units) <= self.limits.at_once

    def _check_undoing(self, undo: Sequence[str]) -> None:
        for name in undo:
            assert self.intent is Intent.UNDO
            assert not any(step.state is StepState.RUNNING for step in self.steps)
            for other in self.steps:
                if name in self.all_needs(other.name) or other.planned.wave > self.step(name).planned.wave:
                    assert not is_undoable(other)
                    assert other.state not in (StepState.UNDOING, StepState.UNDO_FAILED)

    def all_needs(self, name: str) -> set[str]:
        direct = set(self.step(name).planned.needs)
        return direct.union(*(self.all_needs(need) for need in direct)) if direct else direct
