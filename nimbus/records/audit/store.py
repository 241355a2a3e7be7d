"""SQL of the audit log."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from nimbus.db import Transaction
from nimbus.db.selection import Selection, contains, stored_json
from nimbus.db.transaction import Row, placeholders
from nimbus.kernel.clock import to_rfc3339
from nimbus.records.audit.records import (
    SEARCH_REACH,
    ActorView,
    AuditQuery,
    AuditRow,
    AuditView,
    Chained,
    ChainState,
    ExportQuery,
    Mark,
    ResourceView,
)

_FIELDS = ", ".join(AuditRow.__struct_fields__)
_COLUMNS = f"{_FIELDS}, hash"
_INSERT = (
    f"INSERT INTO audit_log ({_COLUMNS}) VALUES ({placeholders(len(AuditRow.__struct_fields__) + 1)})"
    " ON CONFLICT (sequence) DO NOTHING"
)
# Before the first row.
START = -(2**62)


def _chained(row: Row) -> Chained:
    *fields, hash_ = tuple(row)
    return Chained(AuditRow(*fields), hash_)


def insert(tx: Transaction, row: AuditRow, hash_: str) -> bool:
    """False when its sequence is taken."""
    return tx.execute(_INSERT, (*msgspec.structs.astuple(row), hash_)) == 1


def newest_sequence(tx: Transaction) -> int:
    return int(tx.value("SELECT COALESCE(MAX(sequence), 0) FROM audit_log"))


def has_hashes(tx: Transaction) -> bool:
    """Whether the newest row, or any key, says that the chain was begun once."""
    newest = tx.value("SELECT hash FROM audit_log ORDER BY sequence DESC LIMIT 1")
    return bool(newest) or tx.one("SELECT 1 FROM audit_keys") is not None


# The chain.


def insert_key(tx: Transaction, key_id: str, sealed_key: str, at: int) -> None:
    tx.execute(
        "INSERT INTO audit_keys (id, sealed_key, created_at) VALUES (?, ?, ?)", (key_id, sealed_key, at)
    )


def sealed_key(tx: Transaction, key_id: str) -> str | None:
    sealed: str | None = tx.value("SELECT sealed_key FROM audit_keys WHERE id = ?", (key_id,))
    return sealed


def chain_state(tx: Transaction) -> ChainState | None:
    row = tx.one(
        "SELECT key_id, anchor_sequence, anchor_hash, anchor_mac, head_sequence, head_hash, head_mac"
        " FROM audit_chain WHERE id = 1"
    )
    if row is None:
        return None
    return ChainState(row[0], Mark(row[1], row[2], row[3]), Mark(row[4], row[5], row[6]))


def insert_chain(tx: Transaction, state: ChainState) -> None:
    anchor, head = state.anchor, state.head
    tx.execute(
        "INSERT INTO audit_chain (id, key_id, anchor_sequence, anchor_hash, anchor_mac, head_sequence, head_hash,"
        " head_mac) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
        (state.key_id, anchor.sequence, anchor.hash, anchor.mac, head.sequence, head.hash, head.mac),
    )


def set_head(tx: Transaction, head: Mark) -> None:
    tx.execute(
        "UPDATE audit_chain SET head_sequence = ?, head_hash = ?, head_mac = ? WHERE id = 1",
        (head.sequence, head.hash, head.mac),
    )


def set_anchor(tx: Transaction, anchor: Mark) -> None:
    tx.execute(
        "UPDATE audit_chain SET anchor_sequence = ?, anchor_hash = ?, anchor_mac = ? WHERE id = 1",
        (anchor.sequence, anchor.hash, anchor.mac),
    )


def set_hashes(tx: Transaction, rows: Iterable[tuple[str, int]]) -> None:
    """(hash, sequence) of many rows."""
    tx.execute_many("UPDATE audit_log SET hash = ? WHERE sequence = ?", rows)


def rows_after(tx: Transaction, sequence: int, limit: int) -> list[Chained]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM audit_log WHERE sequence > ? ORDER BY sequence LIMIT ?", (sequence, limit)
    )
    return [_chained(row) for row in rows]


def has_rows_between(tx: Transaction, since: int, until: int) -> bool:
    return tx.one("SELECT 1 FROM audit_log WHERE at >= ? AND at < ? LIMIT 1", (since, until)) is not None


def delete_through(tx: Transaction, sequence: int) -> int:
    return tx.execute("DELETE FROM audit_log WHERE sequence <= ?", (sequence,))


# Reading.

_SORTABLE = {
    "sequence": "sequence",
    "at": "at",
    "actor": "actor_name",
    "action": "action",
    "resource_kind": "resource_kind",
    "resource": "resource_name",
    "outcome": "outcome",
}


def visible(
    selection: Selection, workspaces: Collection[str] | None, organizations: Collection[str] | None
) -> Selection:
    """Rows of these workspaces, and of these organizations as a whole; None of workspaces: all rows."""
    if workspaces is None:
        return selection
    conditions, parameters = [], []
    if workspaces:
        conditions.append(f"workspace_id IN ({placeholders(len(workspaces))})")
        parameters += sorted(workspaces)
    if organizations:
        conditions.append(
            f"(workspace_id IS NULL AND organization_id IN ({placeholders(len(organizations))}))"
        )
        parameters += sorted(organizations)
    return selection.where(" OR ".join(conditions) or "1 = 0", *parameters)


def filtered(
    selection: Selection, query: AuditQuery | ExportQuery, since: int | None, until: int | None
) -> Selection:
    for column, value in (
        ("actor_kind", query.actor_kind),
        ("resource_kind", query.resource_kind),
        ("outcome", query.outcome),
        ("request_id", query.request_id),
        ("source", query.source),
    ):
        selection.equal(column, value)
    if query.actor is not None:
        selection.where("actor_id = ? OR actor_name = ?", query.actor, query.actor)
    if query.resource is not None:
        selection.where("resource_id = ? OR resource_name = ?", query.resource, query.resource)
    if query.action is not None and query.action.endswith("*"):
        start = query.action[:-1]
        selection.where("SUBSTR(action, 1, ?) = ?", len(start), start)
    else:
        selection.equal("action", query.action)
    if since is not None:
        selection.where("at >= ?", since)
    if until is not None:
        selection.where("at < ?", until)
    return selection


_SEARCHED = ("actor_name", "action", "resource_kind", "resource_name", "resource_id", "source", "request_id")


def searched(tx: Transaction, selection: Selection, words: str | None, until: int | None) -> Selection:
    """Rows with all of these words, of the newest before `until`: a look at all would take seconds."""
    if words is None or not words.split():
        return selection
    newest = (
        "SELECT sequence FROM audit_log ORDER BY sequence DESC LIMIT 1"
        if until is None
        else "SELECT sequence FROM audit_log WHERE at < ? ORDER BY at DESC LIMIT 1"
    )
    last = tx.value(newest, () if until is None else (until,)) or 0
    selection.where("sequence > ? AND sequence <= ?", last - SEARCH_REACH, last)
    for word in dict.fromkeys(words.split()):
        selection.where(*contains(_SEARCHED, word))
    return selection


def oldest_at(tx: Transaction) -> int | None:
    at: int | None = tx.value("SELECT at FROM audit_log ORDER BY sequence LIMIT 1")
    return at


def page(tx: Transaction, selection: Selection, query: AuditQuery) -> tuple[list[AuditView], int]:
    """One page, newest first, and how many there are in all."""
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "audit_log",
        order=query.order,
        sortable=_SORTABLE,
        default="sequence DESC",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_view(row) for row in rows], total


class _StoredChange(msgspec.Struct):
    """A `Change` that is shown as it is stored."""

    before: msgspec.Raw = msgspec.Raw(b"{}")
    after: msgspec.Raw = msgspec.Raw(b"{}")


_stored_change = msgspec.json.Decoder(_StoredChange)


def _view(row: Row) -> AuditView:
    """As `trail.view_of`, of many at once. Tests compare the two."""
    *fields, hash_ = row
    of = AuditRow(*fields)
    diff = _stored_change.decode(of.diff)
    return AuditView(
        id=of.id,
        sequence=of.sequence,
        at=to_rfc3339(of.at),
        actor=ActorView(of.actor_kind, of.actor_id, of.actor_name),
        action=of.action,
        resource=ResourceView(of.resource_kind, of.resource_id, of.resource_name),
        workspace_id=of.workspace_id,
        organization_id=of.organization_id,
        source=of.source,
        request_id=of.request_id,
        outcome=of.outcome,
        before=stored_json(diff.before),
        after=stored_json(diff.after),
        hash=hash_,
    )


def get(tx: Transaction, row_id: str) -> Chained | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM audit_log WHERE id = ?", (row_id,))
    return _chained(row) if row else None


def oldest(tx: Transaction, selection: Selection, limit: int) -> list[Chained]:
    rows = selection.first(tx, _COLUMNS, "audit_log", order="sequence", limit=limit)
    return [_chained(row) for row in rows]
