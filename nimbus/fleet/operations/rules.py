"""Pure decisions of operations: what begins, what ends, what the operator can do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from nimbus.fleet.operations.guards import QUIET, Surroundings
from nimbus.fleet.operations.records import (
    MAX_NAME,
    MAX_NODES,
    Intent,
    Limits,
    OperationRequest,
    OperationState,
    Step,
    StepCounts,
    StepState,
)
from nimbus.kernel.errors import invalid
from nimbus.kernel.shapes import is_line
from nimbus.protocol.kinds import is_part

_DONE = (StepState.SUCCEEDED, StepState.SKIPPED)
_LOST = (StepState.FAILED, StepState.CANCELLED)
_BUSY = (StepState.RUNNING, StepState.UNDOING)


def check_request(request: OperationRequest) -> None:
    """Raises ValidationError."""
    if is_part(request.kind):
        raise invalid("kind", f"{request.kind!r} is only ordered as a part of something larger")
    if not is_line(request.name, MAX_NAME, blank=False):
        raise invalid("name", f"must be one line of 1 to {MAX_NAME} printable characters")
    if bool(request.nodes) == bool(request.label):
        raise invalid("nodes", "or a label must be given, one of them")
    if len(request.nodes) > MAX_NODES:
        raise invalid("nodes", f"at most {MAX_NODES}")
    limits = {
        "at_once": request.at_once or 0,
        "canaries": request.canaries,
        "failure_budget": request.failure_budget,
    }
    for field, value in limits.items():
        if not 0 <= value <= MAX_NODES:
            raise invalid(field, f"must be from 0 to {MAX_NODES}")


class Decision(msgspec.Struct, frozen=True):
    """Names of steps that begin, whose tasks are cancelled, that are taken back; and the state of the whole. `held`
    could begin, and wait for what is around them, with the reason."""

    state: OperationState
    start: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    held: Mapping[str, str] = {}

    def is_news(self, state: OperationState) -> bool:
        """Whether anything is done for it by an operation that is in this state."""
        return self.state is not state or bool(self.start or self.cancel or self.undo)


def decide(
    intent: Intent, limits: Limits, steps: Sequence[Step], surroundings: Surroundings = QUIET
) -> Decision:
    """`steps` in the order of the plan: each comes after those that it needs."""
    if intent in (Intent.CANCEL, Intent.UNDO):
        return _unwind(intent, limits, steps)
    start, held = ((), {}) if _is_over_budget(limits, steps) else _startable(limits, steps, surroundings)
    is_running = any(step.state is StepState.RUNNING for step in steps)
    if not start and not held and not is_running:
        return Decision(_end_of(steps))
    if intent is Intent.PAUSE:
        return Decision(OperationState.PAUSED)
    return Decision(OperationState.RUNNING, start, held=held)


def _end_of(steps: Sequence[Step]) -> OperationState:
    states = {step.state for step in steps}
    if StepState.FAILED in states:
        return OperationState.FAILED
    return OperationState.CANCELLED if StepState.CANCELLED in states else OperationState.SUCCEEDED


def _is_over_budget(limits: Limits, steps: Sequence[Step]) -> bool:
    failed = {step.planned.unit for step in steps if step.state is StepState.FAILED}
    if len(failed) > limits.failure_budget:
        return True
    first = min((step.planned.wave for step in steps), default=0)
    return limits.canaries > 0 and any(step.planned.wave == first and step.state in _LOST for step in steps)


def blocked(steps: Sequence[Step]) -> set[str]:
    """Steps that wait for what has failed or was cancelled, however far back."""
    lost: set[str] = set()
    barred: set[str] = set()
    for step in steps:
        if step.state in _LOST:
            lost.add(step.name)
        elif step.state is StepState.WAITING and not lost.isdisjoint(step.planned.needs):
            lost.add(step.name)
            barred.add(step.name)
    return barred


def _left(steps: Sequence[Step]) -> list[Step]:
    """What runs, or can still begin."""
    barred = blocked(steps)
    return [
        step
        for step in steps
        if step.state is StepState.RUNNING or (step.state is StepState.WAITING and step.name not in barred)
    ]


def _active_units(steps: Sequence[Step], left: Sequence[Step]) -> set[str]:
    """Those that have begun and are not at their end."""
    begun = {step.planned.unit for step in steps if step.state is not StepState.WAITING}
    return {step.planned.unit for step in left if step.planned.unit in begun}


def taken_away(steps: Sequence[Step]) -> set[str]:
    """The nodes that an operation has taken away and not given back."""
    units = _active_units(steps, _left(steps))
    return {
        step.planned.node_id
        for step in steps
        if step.planned.takes_away and step.state is not StepState.WAITING and step.planned.unit in units
    }


def _startable(
    limits: Limits, steps: Sequence[Step], surroundings: Surroundings
) -> tuple[tuple[str, ...], dict[str, str]]:
    """What begins, and what is held, with the reason."""
    left = _left(steps)
    if not left:
        return (), {}
    wave = min(step.planned.wave for step in left)
    done = {step.name for step in steps if step.state in _DONE}
    active, taken = _active_units(steps, left), taken_away(steps)
    start: list[str] = []
    held: dict[str, str] = {}
    for step in left:
        planned = step.planned
        if step.state is not StepState.WAITING or planned.wave != wave or not done.issuperset(planned.needs):
            continue
        if planned.unit not in active and limits.at_once and len(active) >= limits.at_once:
            continue
        if planned.takes_away and planned.node_id not in taken:
            reason = surroundings.hold(planned.node_id, taken)
            if reason:
                held[step.name] = reason
                continue
            taken.add(planned.node_id)
        active.add(planned.unit)
        start.append(step.name)
    return tuple(start), held


def _unwind(intent: Intent, limits: Limits, steps: Sequence[Step]) -> Decision:
    running = [step for step in steps if step.state is StepState.RUNNING]
    if running:
        cancel = tuple(step.name for step in running if not step.cancel_requested)
        return Decision(OperationState.CANCELLING, cancel=cancel)
    undo = _undoable_now(limits, steps) if intent is Intent.UNDO else ()
    if undo or any(step.state is StepState.UNDOING for step in steps):
        return Decision(OperationState.UNDOING, undo=undo)
    has_failed = any(step.state is StepState.UNDO_FAILED for step in steps)
    return Decision(OperationState.FAILED if has_failed else OperationState.CANCELLED)


def is_undoable(step: Step) -> bool:
    """Its effect may be there, in whole or in part, and there is a way back."""
    return (
        step.planned.undo is not None
        and step.has_begun
        and step.state in (StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELLED)
    )


def _is_to_undo(step: Step) -> bool:
    return is_undoable(step) or step.state in (StepState.UNDOING, StepState.UNDO_FAILED)


def _undoable_now(limits: Limits, steps: Sequence[Step]) -> tuple[str, ...]:
    """Those after which nothing is left to be taken back, from the end of the plan."""
    held: set[str] = set()
    pending = {step.name: step.planned.wave for step in steps if _is_to_undo(step)}
    last_wave = max(pending.values(), default=0)
    ready: list[Step] = []
    for step in reversed(steps):
        is_held = step.name in held or step.planned.wave < last_wave
        if is_undoable(step) and not is_held:
            ready.append(step)
        if step.name in pending or is_held:
            held.update(step.planned.needs)
    undoing = sum(step.state is StepState.UNDOING for step in steps)
    most = len(ready) if not limits.at_once else max(0, limits.at_once - undoing)
    return tuple(step.name for step in ready[:most])


# What the operator can do.


def possible(state: OperationState, intent: Intent, steps: Sequence[Step]) -> tuple[str, ...]:
    """Of pause, resume, cancel and undo."""
    can_undo = any(
        is_undoable(step)
        or step.state is StepState.UNDO_FAILED
        or (step.state is StepState.RUNNING and step.planned.undo is not None)
        for step in steps
    )
    undo = ("undo",) if can_undo else ()
    if state is OperationState.RUNNING:
        return ("pause", "cancel", *undo)
    if state is OperationState.PAUSED:
        return ("resume", "cancel", *undo)
    if state is OperationState.FAILED:
        return (*(("resume",) if intent in (Intent.RUN, Intent.PAUSE) else ()), *undo)
    if state is OperationState.CANCELLED:
        is_ours = intent in (Intent.RUN, Intent.PAUSE)
        return (*(("resume",) if is_ours else ()), *undo)
    return ()


def resumed(state: OperationState, steps: Sequence[Step], absent: Collection[str]) -> list[Step]:
    """The steps that change when it goes on after its end: what failed or was cancelled is tried again. What was
    for a node that is no more (`absent`) is left out. What was only paused goes on as it is."""
    changed: list[Step] = []
    if state is OperationState.PAUSED:
        return changed
    for step in steps:
        is_gone = step.planned.node_id in absent
        if step.state in _LOST or (step.state is StepState.WAITING and is_gone):
            again = StepState.SKIPPED if is_gone else StepState.WAITING
            changed.append(
                msgspec.structs.replace(
                    step,
                    state=again,
                    task_id=None,
                    cancel_requested=False,
                    error_code="",
                    error="",
                    ended_at=None,
                )
            )
    return changed


def undo_again(steps: Sequence[Step]) -> list[Step]:
    """The steps whose undoing failed, to be taken back once more."""
    return [
        msgspec.structs.replace(step, state=StepState.SUCCEEDED, undo_task_id=None)
        for step in steps
        if step.state is StepState.UNDO_FAILED
    ]


_COUNTED = {
    StepState.WAITING: "queued",
    StepState.RUNNING: "running",
    StepState.UNDOING: "running",
    StepState.UNDO_FAILED: "failed",
}


def counted(states: Sequence[tuple[StepState, int | None, bool]]) -> tuple[StepCounts, int]:
    """Of (state, percent, whether its task waits for the node): how many are in each, and how far they are
    together, in percent."""
    counts: dict[str, int] = {}
    done = 0
    for state, percent, is_queued in states:
        name = "queued" if is_queued else _COUNTED.get(state, state.value)
        counts[name] = counts.get(name, 0) + 1
        is_over = state is not StepState.WAITING and state not in _BUSY
        done += 100 if is_over else percent or 0
    return StepCounts(total=len(states), **counts), done // len(states) if states else 100
