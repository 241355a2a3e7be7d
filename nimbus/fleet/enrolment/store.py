"""SQL of join tokens."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.enrolment.records import JoinTokenQuery, TokenRow

_COLUMNS = (
    "id, secret_hash, workspace_id, name, labels, node_id, provisional_key, overlay_ip, created_by, created_at,"
    " expires_at, used_at, used_fingerprint, closed_at, approval, uses, used, parent_id, mtu, revoked_by"
)


def _token(row: Row) -> TokenRow:
    values = dict(zip(row.keys(), row, strict=True))
    values["labels"] = labels_of(values["labels"])
    return TokenRow(**values)


def insert(tx: Transaction, token: TokenRow) -> None:
    tx.execute(
        f"INSERT INTO join_tokens ({_COLUMNS}) VALUES ({placeholders(20)})",
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
            token.uses,
            token.used,
            token.parent_id,
            token.mtu,
            token.revoked_by,
        ),
    )


def find(tx: Transaction, secret_hash: str) -> TokenRow | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM join_tokens WHERE secret_hash = ?", (secret_hash,))
    return _token(row) if row else None


def mark_used(tx: Transaction, token_id: str, node_id: str, fingerprint: str, at: int) -> None:
    tx.execute(
        "UPDATE join_tokens SET used_at = COALESCE(used_at, ?), used_fingerprint = ?, node_id = ?, used = 1"
        " WHERE id = ?",
        (at, fingerprint, node_id, token_id),
    )


def get(tx: Transaction, token_id: str) -> TokenRow | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM join_tokens WHERE id = ?", (token_id,))
    return _token(row) if row else None


def count_use(tx: Transaction, token_id: str) -> None:
    tx.execute("UPDATE join_tokens SET used = used + 1 WHERE id = ?", (token_id,))


def delete(tx: Transaction, token_id: str) -> None:
    tx.execute("DELETE FROM join_tokens WHERE id = ?", (token_id,))


def claims(tx: Transaction, parent_id: str, now: int) -> list[TokenRow]:
    """Tokens that machines have claimed of this one, and can still join with."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM join_tokens WHERE parent_id = ? AND parent_id <> '' AND used_at IS NULL"
        " AND closed_at IS NULL AND expires_at > ?",
        (parent_id, now),
    )
    return [_token(row) for row in rows]


def claimed(tx: Transaction, parent_ids: Sequence[str], now: int) -> dict[str, int]:
    """How many `claims` there are of each of these; those without are missing."""
    rows = tx.all(
        "SELECT parent_id, COUNT(*) AS claimed FROM join_tokens WHERE parent_id <> '' AND used_at IS NULL"
        f" AND closed_at IS NULL AND expires_at > ? AND parent_id IN ({placeholders(len(parent_ids))})"
        " GROUP BY parent_id",
        [now, *parent_ids],
    )
    return {row["parent_id"]: row["claimed"] for row in rows}


def revoke(tx: Transaction, token_id: str, by: str) -> None:
    tx.execute("UPDATE join_tokens SET revoked_by = ? WHERE id = ?", (by, token_id))


def joined(tx: Transaction, token_ids: Sequence[str]) -> list[tuple[str, str, int]]:
    """(token, node, when) of the joins with these tokens, and with those that were claimed of them, in order."""
    some = placeholders(len(token_ids))
    found = tx.all(
        f"SELECT id AS token, node_id, used_at FROM join_tokens WHERE id IN ({some}) AND used_at IS NOT NULL"
        f" UNION ALL SELECT parent_id AS token, node_id, used_at FROM join_tokens WHERE parent_id <> ''"
        f" AND parent_id IN ({some}) AND used_at IS NOT NULL ORDER BY used_at, node_id",
        [*token_ids, *token_ids],
    )
    return [(row["token"], row["node_id"], row["used_at"]) for row in found]


def select(
    tx: Transaction, query: JoinTokenQuery, workspaces: Collection[str] | None, now: int
) -> tuple[list[TokenRow], int]:
    """One page, newest first, of what was created in these workspaces (None: all), and how many there are."""
    selection = Selection().within("workspace_id", workspaces).where("parent_id = ''")
    if query.state == "revoked":
        selection.where("revoked_by <> ''")
    elif query.state is not None:
        selection.where("revoked_by = ''")
        selection.where("used >= uses" if query.state == "used" else "used < uses")
    if query.state == "expired":
        selection.where("expires_at <= ?", now)
    elif query.state in ("open", "replaced"):
        ended = "IS NULL" if query.state == "open" else "IS NOT NULL"
        selection.where(f"expires_at > ? AND closed_at {ended}", now)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "join_tokens",
        order=query.order,
        sortable={name: name for name in JoinTokenQuery.SORTS},
        default="created_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_token(row) for row in rows], total


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
