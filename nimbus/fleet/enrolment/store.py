"""SQL of join tokens."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.enrolment.records import TokenRow

_COLUMNS = (
    "id, secret_hash, workspace_id, name, labels, node_id, provisional_key, overlay_ip, created_by, created_at,"
    " expires_at, used_at, used_fingerprint, closed_at, approval"
)


def _token(row: Row) -> TokenRow:
    values = dict(zip(row.keys(), row, strict=True))
    values["labels"] = labels_of(values["labels"])
    return TokenRow(**values)


def insert(tx: Transaction, token: TokenRow) -> None:
    tx.execute(
        f"INSERT INTO join_tokens ({_COLUMNS}) VALUES ({placeholders(15)})",
        (
            token.id,
            token.secret_hash,
            token.workspace_id,
            token.name,
            labels_text(token.labels),
            token.node_id,
            token.provisional_key,
            token.overlay_ip,
            token.created_by,
            token.created_at,
            token.expires_at,
            token.used_at,
            token.used_fingerprint,
            token.closed_at,
            token.approval,
        ),
    )


def find(tx: Transaction, secret_hash: str) -> TokenRow | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM join_tokens WHERE secret_hash = ?", (secret_hash,))
    return _token(row) if row else None


def mark_used(tx: Transaction, token_id: str, node_id: str, fingerprint: str, at: int) -> None:
    tx.execute(
        "UPDATE join_tokens SET used_at = COALESCE(used_at, ?), used_fingerprint = ?, node_id = ? WHERE id = ?",
        (at, fingerprint, node_id, token_id),
    )


def close(tx: Transaction, token_id: str, at: int) -> None:
    tx.execute("UPDATE join_tokens SET closed_at = COALESCE(closed_at, ?) WHERE id = ?", (at, token_id))


def expired(tx: Transaction, now: int) -> list[TokenRow]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM join_tokens WHERE closed_at IS NULL AND expires_at <= ?", (now,))
    return [_token(row) for row in rows]


def next_expiry(tx: Transaction) -> int | None:
    moment: int | None = tx.value("SELECT MIN(expires_at) FROM join_tokens WHERE closed_at IS NULL")
    return moment


def open_of_node(tx: Transaction, node_id: str) -> list[TokenRow]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM join_tokens WHERE closed_at IS NULL AND node_id = ?", (node_id,))
    return [_token(row) for row in rows]


def open_of_workspace(tx: Transaction, workspace_id: str) -> list[TokenRow]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM join_tokens WHERE closed_at IS NULL AND workspace_id = ?", (workspace_id,)
    )
    return [_token(row) for row in rows]


def delete_of_workspace(tx: Transaction, workspace_id: str) -> None:
    tx.execute("DELETE FROM join_tokens WHERE workspace_id = ?", (workspace_id,))
