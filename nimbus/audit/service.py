"""The door to the audit log."""

from __future__ import annotations

from typing import Any

import msgspec

from nimbus.access import Actor
from nimbus.audit import store
from nimbus.audit.records import Resource
from nimbus.audit.rules import difference
from nimbus.clock import Clock
from nimbus.db import Transaction
from nimbus.ids import new_id


class AuditLog:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def record(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        resource: Resource,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        outcome: str = "ok",
    ) -> None:
        """Write one row in the caller's transaction."""
        store.insert(
            tx,
            row_id=new_id(),
            at=self._clock.now(),
            actor=actor,
            action=action,
            resource=resource,
            outcome=outcome,
            diff=msgspec.json.encode(difference(before or {}, after or {})).decode(),
        )
