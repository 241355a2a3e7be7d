"""What control planes on one database tell each other, as rows.

Ids are given from a counter in the transaction that writes the rows, and all transactions that write exclude each
other (`BEGIN IMMEDIATE`, or one advisory lock): so rows become visible in the order of their ids, and a cursor over
them misses none. A sequence of the database would not do: it gives numbers in one order and shows them in another.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from nimbus.db.transaction import Transaction, placeholders


class RelayedRow(msgspec.Struct, frozen=True):
    """`kind` names the type of the event, `payload` is its JSON."""

    id: int
    process: str
    kind: str
    payload: str


class RelayBounds(msgspec.Struct, frozen=True):
    """The last id that was given, and the last one whose row has been deleted."""

    newest: int
    pruned_through: int


def bounds(tx: Transaction) -> RelayBounds:
    row = tx.one("SELECT newest, pruned_through FROM relay_cursor WHERE id = 1")
    assert row is not None
    return RelayBounds(row[0], row[1])


def append(tx: Transaction, process: str, at: int, events: Sequence[tuple[str, str]]) -> int:
    """(kind, payload) of each, in order; the id of the last one."""
    newest: int = tx.value(
        "UPDATE relay_cursor SET newest = newest + ? WHERE id = 1 RETURNING newest", (len(events),)
    )
    tx.execute_many(
        "INSERT INTO relayed_events (id, process, at, kind, payload) VALUES (?, ?, ?, ?, ?)",
        [
            (number, process, at, kind, payload)
            for number, (kind, payload) in enumerate(events, start=newest - len(events) + 1)
        ],
    )
    return newest


def after(tx: Transaction, cursor: int, limit: int) -> list[RelayedRow]:
    rows = tx.all(
        "SELECT id, process, kind, payload FROM relayed_events WHERE id > ? ORDER BY id LIMIT ?",
        (cursor, limit),
    )
    return [RelayedRow(*row) for row in rows]


def prune(tx: Transaction, before: int, keep: int, limit: int) -> int:
    """Delete the oldest, at most so many, that were written before a time; how many. The newest `keep` stay: a
    clock that was set ahead takes away nothing that somebody may be about to read."""
    edges = bounds(tx)
    through = 0
    for number, at in tx.all(
        "SELECT id, at FROM relayed_events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
        (edges.pruned_through, edges.newest - keep, limit),
    ):
        if at >= before:
            break
        through = number
    if not through:
        return 0
    tx.execute("UPDATE relay_cursor SET pruned_through = ? WHERE id = 1", (through,))
    return tx.execute("DELETE FROM relayed_events WHERE id <= ?", (through,))


def prune_passing(tx: Transaction, kinds: Sequence[str], before: int, limit: int) -> int:
    """Delete rows of these kinds, at most so many, that were written before a time, and nobody misses; how many."""
    return tx.execute(
        "DELETE FROM relayed_events WHERE id IN (SELECT id FROM relayed_events"
        f" WHERE kind IN ({placeholders(len(kinds))}) AND at < ? ORDER BY id LIMIT ?)",
        (*kinds, before, limit),
    )
