"""Secret values of tasks: stored sealed beside the task, which itself has a mask in their place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.tasks import store
from nimbus.kernel.errors import invalid
from nimbus.kernel.sealing import Sealer
from nimbus.protocol.kinds import MASK

Part = Literal["parameters", "result"]


def values_context(task_id: str, part: str) -> str:
    """What the secret values of a task are sealed for."""
    return f"task-{part}:{task_id}"


class SecretValues:
    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def keep(self, tx: Transaction, task_id: str, part: Part, values: Mapping[str, Any]) -> None:
        if values:
            sealed = self._sealer.seal(msgspec.json.encode(values).decode(), values_context(task_id, part))
            store.keep_sealed_values(tx, task_id, part, sealed)

    def open(self, tx: Transaction, task_id: str, part: Part) -> dict[str, Any]:
        """Empty where there are none. Raises what the sealer raises when it cannot open them."""
        sealed = store.sealed_values(tx, task_id, part)
        if sealed is None:
            return {}
        opened = self._sealer.open(sealed, values_context(task_id, part))
        return msgspec.json.decode(opened, type=dict[str, Any])


def masked(values: Mapping[str, Any], secret: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What may be shown, with a mask in the place of what is secret; and what that is. What is empty is shown."""
    hidden = {name: value for name, value in values.items() if name in secret and value not in ("", None)}
    return {**values, **dict.fromkeys(hidden, MASK)}, hidden


def refuse_masks(hidden: Mapping[str, Any]) -> None:
    """Who sends back what was shown to them would set the mask as the value. Raises ValidationError."""
    for name, value in hidden.items():
        if value == MASK:
            raise invalid("parameters", f"{name} is the mask of a value: give the value itself")
