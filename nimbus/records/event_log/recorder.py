"""Writes the events of each commit: given to `open_database` (and `write_once`) as `before_commit`."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.changes import ResourceChanged
from nimbus.records.event_log import store


def record_changes(tx: Transaction, events: list[object]) -> list[object]:
    """On the writer's thread, in the transaction that is about to commit. A `PassingChange` is not kept."""
    changes = [event for event in events if type(event) is ResourceChanged]
    if changes:
        store.append(tx, changes)
    return []
