"""What changes by the second and is not kept: of each resource the newest, for whoever follows just then. No
I/O."""

from __future__ import annotations

import msgspec

from nimbus.kernel.changes import PassingChange, read_permission
from nimbus.records.event_log.records import EventRow

CAPACITY = 4096
_encode = msgspec.json.Encoder().encode


class PassingChanges:
    """Numbers them in memory: `newest` is the last number that was given. A change takes the place of an earlier
    one of the same kind and resource, so that who is slow gets less, not more."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._changes: dict[tuple[str, str], tuple[int, EventRow]] = {}
        self.newest = 0

    def add(self, change: PassingChange) -> None:
        key = (change.kind, change.resource_id)
        self.newest += 1
        # In the order of their numbers.
        self._changes.pop(key, None)
        self._changes[key] = (self.newest, _row(change))
        if len(self._changes) > self._capacity:
            del self._changes[next(iter(self._changes))]

    def after(self, number: float) -> list[EventRow]:
        """Those that came after this number, oldest first."""
        rows = []
        for given, row in reversed(self._changes.values()):
            if given <= number:
                break
            rows.append(row)
        return rows[::-1]

    def clear(self) -> None:
        self._changes.clear()


def _row(change: PassingChange) -> EventRow:
    """As an event, without a sequence."""
    return EventRow(
        0,
        change.at,
        change.kind,
        change.resource_kind,
        change.resource_id,
        change.resource_name,
        change.workspace_id,
        change.organization_id,
        read_permission(change.resource_kind),
        _encode(change.data).decode(),
        change.resource_id if change.resource_kind == "node" else change.node_id,
    )
