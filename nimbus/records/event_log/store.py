"""SQL of the event log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, Value, placeholders
from nimbus.kernel.access import Permission
from nimbus.kernel.changes import ResourceChanged, read_permission
from nimbus.records.event_log.records import Bounds, EventFilter, EventQuery, EventRow
from nimbus.records.event_log.rules import Scope

_COLUMNS = ", ".join(EventRow.__struct_fields__)
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES ({placeholders(len(EventRow.__struct_fields__))})"
_encode = msgspec.json.Encoder().encode


def append(tx: Transaction, changes: Sequence[ResourceChanged]) -> None:
    """Give them the next sequences, in order."""
    newest: int = tx.value(
        "UPDATE event_cursor SET newest = newest + ? WHERE id = 1 RETURNING newest", (len(changes),)
    )
    first = newest - len(changes) + 1
    tx.execute_many(
        _INSERT,
        [
            (
                number,
                change.at,
                change.kind,
                change.resource_kind,
                change.resource_id,
                change.resource_name,
                change.workspace_id,
                change.organization_id,
                read_permission(change.resource_kind).value,
                _encode(change.data).decode() if change.data else "{}",
                change.resource_id if change.resource_kind == "node" else change.node_id,
            )
            for number, change in enumerate(changes, start=first)
        ],
    )


def _event(row: Row) -> EventRow:
    (
        sequence,
        at,
        kind,
        resource_kind,
        resource_id,
        name,
        workspace_id,
        organization_id,
        permission,
        data,
        node,
    ) = row
    return EventRow(
        sequence,
        at,
        kind,
        resource_kind,
        resource_id,
        name,
        workspace_id,
        organization_id,
        Permission(permission),
        data,
        node,
    )


def bounds(tx: Transaction) -> Bounds:
    row = tx.one("SELECT newest, pruned_through FROM event_cursor WHERE id = 1")
    assert row is not None
    return Bounds(row[0], row[1])


def after(tx: Transaction, cursor: int, limit: int) -> list[EventRow]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?", (cursor, limit)
    )
    return [_event(row) for row in rows]


def selection(scopes: Mapping[Scope, Sequence[Permission]], by: EventFilter) -> Selection:
    """The events that are seen in these scopes, of those that the filter wants."""
    chosen = _seen(Selection(), scopes).within("workspace_id", by.workspaces)
    chosen.equal("resource_kind", by.resource_kind).equal("node_id", by.node)
    if by.resource is not None:
        chosen.where("resource_id = ? OR resource_name = ?", by.resource, by.resource)
    if by.kind is not None and by.kind.endswith("*"):
        chosen.where("SUBSTR(kind, 1, ?) = ?", len(by.kind) - 1, by.kind[:-1])
    else:
        chosen.equal("kind", by.kind)
    return chosen


def _seen(chosen: Selection, scopes: Mapping[Scope, Sequence[Permission]]) -> Selection:
    conditions: list[str] = []
    parameters: list[Value] = []
    for (workspaces, organizations), permissions in scopes.items():
        condition = f"permission IN ({placeholders(len(permissions))})"
        parameters += [permission.value for permission in permissions]
        if workspaces is not None:
            places = []
            if workspaces:
                places.append(f"workspace_id IN ({placeholders(len(workspaces))})")
                parameters += sorted(workspaces)
            if organizations:
                places.append(
                    f"(workspace_id IS NULL AND organization_id IN ({placeholders(len(organizations))}))"
                )
                parameters += sorted(organizations)
            condition += f" AND ({' OR '.join(places)})"
        conditions.append(f"({condition})")
    return chosen.where(" OR ".join(conditions) or "1 = 0", *parameters)


def newest_first(tx: Transaction, chosen: Selection, query: EventQuery) -> tuple[list[EventRow], int]:
    """One page, and how many there are in all."""
    rows, total = chosen.page(
        tx,
        _COLUMNS,
        "events",
        order=query.order,
        sortable={"cursor": "sequence"},
        default="sequence DESC",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_event(row) for row in rows], total


def oldest_first(tx: Transaction, chosen: Selection, cursor: int, limit: int) -> list[EventRow]:
    rows = chosen.where("sequence > ?", cursor).first(tx, _COLUMNS, "events", order="sequence", limit=limit)
    return [_event(row) for row in rows]


def expired(tx: Transaction, before: int, keep: int, limit: int) -> int:
    """Through which sequence events go: those older than `before` from the oldest on, and all but the newest
    `keep`; at most about `limit` at a time. 0: none."""
    edges = bounds(tx)
    through = min(edges.newest - keep, edges.pruned_through + limit)
    rows = tx.all(
        "SELECT sequence, at FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (edges.pruned_through, limit),
    )
    for row in rows:
        if row["at"] >= before:
            break
        through = max(through, row["sequence"])
    return through if through > edges.pruned_through else 0


def delete_through(tx: Transaction, sequence: int) -> int:
    tx.execute("UPDATE event_cursor SET pruned_through = ? WHERE id = 1", (sequence,))
    return tx.execute("DELETE FROM events WHERE sequence <= ?", (sequence,))
