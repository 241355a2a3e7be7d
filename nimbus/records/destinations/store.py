"""SQL of destinations."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.records.destinations.records import Destination, DestinationQuery, Progress

_FIELDS = Destination.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_PROGRESS = Progress.__struct_fields__
_SORTABLE = {name: name for name in DestinationQuery.SORTS} | {"name": natural("name")}


def _destination(row: Row) -> Destination:
    values = {name: row[name] for name in _FIELDS}
    return Destination(**{**values, "enabled": bool(values["enabled"])})


def insert(tx: Transaction, destination: Destination, progress: Progress) -> None:
    values = [
        int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(destination)
    ]
    tx.execute(f"INSERT INTO audit_destinations ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})", values)
    tx.execute(
        f"INSERT INTO audit_destination_progress ({', '.join(_PROGRESS)}) VALUES ({placeholders(len(_PROGRESS))})",
        msgspec.structs.astuple(progress),
    )


def update(tx: Transaction, destination: Destination) -> None:
    values = [
        int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(destination)
    ]
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(f"UPDATE audit_destinations SET {settings} WHERE id = ?", [*values[1:], destination.id])


def delete(tx: Transaction, destination_id: str) -> None:
    tx.execute("DELETE FROM audit_destination_progress WHERE destination_id = ?", (destination_id,))
    tx.execute("DELETE FROM audit_destinations WHERE id = ?", (destination_id,))


def get(tx: Transaction, destination_id: str) -> Destination | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM audit_destinations WHERE id = ?", (destination_id,))
    return _destination(row) if row else None


def find(tx: Transaction, name: str) -> Destination | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM audit_destinations WHERE name = ?", (name,))
    return _destination(row) if row else None


def every(tx: Transaction) -> list[Destination]:
    return [_destination(row) for row in tx.all(f"SELECT {_COLUMNS} FROM audit_destinations ORDER BY name")]


def select(tx: Transaction, query: DestinationQuery) -> tuple[list[Destination], int]:
    selection = Selection().equal("name", query.name)
    selection.equal("enabled", None if query.enabled is None else int(query.enabled))
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "audit_destinations",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("name"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_destination(row) for row in rows], total


def progress(tx: Transaction, destination_id: str) -> Progress:
    """Of a destination that is there."""
    row = tx.one(
        f"SELECT {', '.join(_PROGRESS)} FROM audit_destination_progress WHERE destination_id = ?",
        (destination_id,),
    )
    assert row is not None
    return Progress(**{name: row[name] for name in _PROGRESS})


def set_progress(tx: Transaction, known: Progress, changed: Progress) -> bool:
    """False when it is not where it was known to be any more."""
    settings = ", ".join(f"{name} = ?" for name in _PROGRESS[1:])
    return (
        tx.execute(
            f"UPDATE audit_destination_progress SET {settings} WHERE destination_id = ? AND cursor = ?",
            [*msgspec.structs.astuple(changed)[1:], known.destination_id, known.cursor],
        )
        == 1
    )


def try_now(tx: Transaction, destination_id: str) -> None:
    tx.execute("UPDATE audit_destination_progress SET due_at = 0 WHERE destination_id = ?", (destination_id,))
