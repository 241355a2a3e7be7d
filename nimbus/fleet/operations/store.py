"""SQL of operations."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from nimbus.db import Transaction
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row
from nimbus.fleet.operations.records import Operation, OperationQuery

_COLUMNS = "id, workspace_id, name, kind, parameters, created_by, created_at"
_SORTABLE = {"created_at": "created_at", "name": "name", "kind": "kind"}


def _operation(row: Row) -> Operation:
    values = dict(zip(row.keys(), row, strict=True))
    return Operation(**{**values, "parameters": msgspec.json.decode(values["parameters"])})


def insert(tx: Transaction, one: Operation) -> None:
    tx.execute(
        f"INSERT INTO operations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            one.id,
            one.workspace_id,
            one.name,
            one.kind,
            msgspec.json.encode(one.parameters).decode(),
            one.created_by,
            one.created_at,
        ),
    )


def get(tx: Transaction, operation_id: str) -> Operation | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM operations WHERE id = ?", (operation_id,))
    return _operation(row) if row else None


def select(
    tx: Transaction, query: OperationQuery, workspaces: Collection[str] | None
) -> tuple[list[Operation], int]:
    """One page, newest first, of these workspaces (None: all), and how many there are."""
    selection = Selection().within("workspace_id", workspaces)
    selection.equal("name", query.name).equal("kind", query.kind)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "operations",
        order=query.order,
        sortable=_SORTABLE,
        default="created_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_operation(row) for row in rows], total


def delete_of_workspace(tx: Transaction, workspace_id: str) -> None:
    tx.execute("DELETE FROM operations WHERE workspace_id = ?", (workspace_id,))
