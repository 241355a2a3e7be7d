"""What a step is told: its own parameters, its secret ones, and what it takes from the results of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.operations import store
from nimbus.fleet.operations.plan import source_of
from nimbus.fleet.operations.records import PlannedStep, Step
from nimbus.fleet.tasks.secret_values import masked, refuse_masks
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.sealing import Sealer
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.kinds import secret_parameters


class ValueMissing(NimbusError):
    code = "VALUE_MISSING"


def step_context(operation_id: str, step: str) -> str:
    """What the secret values of a step are sealed for."""
    return f"operation-step:{operation_id}/{step}"


class StepValues:
    def __init__(self, sealer: Sealer, tasks: Tasks) -> None:
        self._sealer = sealer
        self._tasks = tasks

    def keep(self, tx: Transaction, operation_id: str, planned: PlannedStep) -> PlannedStep:
        """Seals what is secret of it; the step as it is stored. Raises ValidationError."""
        shown, hidden = masked(planned.parameters, secret_parameters(planned.kind))
        if not hidden:
            return planned
        refuse_masks(hidden)
        context = step_context(operation_id, planned.name)
        sealed = self._sealer.seal(msgspec.json.encode(hidden).decode(), context)
        store.keep_sealed_values(tx, operation_id, planned.name, sealed)
        return msgspec.structs.replace(planned, parameters=shown)

    def of_step(self, tx: Transaction, step: Step, steps: Sequence[Step]) -> dict[str, Any]:
        """Raises ValueMissing, and what the sealer raises when it cannot open a value."""
        parameters = dict(step.planned.parameters)
        sealed = store.sealed_values(tx, step.operation_id, step.name)
        if sealed is not None:
            opened = self._sealer.open(sealed, step_context(step.operation_id, step.name))
            parameters |= msgspec.json.decode(opened, type=dict[str, Any])
        return parameters | self._taken(tx, step.planned.takes, steps)

    def of_undo(self, tx: Transaction, step: Step, steps: Sequence[Step]) -> dict[str, Any]:
        undo = step.planned.undo
        assert undo is not None
        return undo.parameters | self._taken(tx, undo.takes, steps)

    def _taken(self, tx: Transaction, takes: Mapping[str, str], steps: Sequence[Step]) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        for name, source in takes.items():
            giver, field = source_of(source)
            task_id = next((step.task_id for step in steps if step.name == giver), None)
            result = None if task_id is None else self._tasks.result_of(tx, task_id)
            if not isinstance(result, dict) or field not in result:
                raise ValueMissing(f"{source!r} is not there: the result of that step does not have it")
            taken[name] = result[field]
        return taken
