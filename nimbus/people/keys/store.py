"""SQL of keys and of signatures that were used."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import natural
from nimbus.db.selection import Selection, nothing_first
from nimbus.db.transaction import Row, placeholders
from nimbus.people.keys.records import Key, KeyOwner, KeyQuery

_FIELDS = (
    "id",
    "organization_id",
    "name",
    "kind",
    "user_id",
    "access_key",
    "sealed_secret",
    "secret_hash",
    "previous_access_key",
    "previous_sealed_secret",
    "previous_secret_hash",
    "previous_until",
    "workspace_id",
    "role_id",
    "tenant",
    "labels",
    "expires_at",
    "last_used_at",
    "last_used_from",
    "rotated_at",
    "created_by",
    "created_at",
    "updated_at",
    "revoked_at",
    "revision",
)
_COLUMNS = ", ".join(_FIELDS)


def _key(row: Row) -> Key:
    values = {name: row[name] for name in _FIELDS}
    return Key(**{**values, "labels": labels_of(row["labels"])})


def _values(key: Key) -> list[str | int | None]:
    values = [getattr(key, name) for name in _FIELDS]
    values[_FIELDS.index("labels")] = labels_text(key.labels)
    return values


def insert(tx: Transaction, key: Key) -> None:
    tx.execute(f"INSERT INTO keys ({_COLUMNS}) VALUES ({', '.join('?' * len(_FIELDS))})", _values(key))


def update(tx: Transaction, key: Key) -> None:
    """All but when it was last used, which has a way of its own."""
    names = [name for name in _FIELDS if name not in ("id", "last_used_at", "last_used_from")]
    settings = ", ".join(f"{name} = ?" for name in names)
    values = dict(zip(_FIELDS, _values(key), strict=True))
    tx.execute(f"UPDATE keys SET {settings} WHERE id = ?", [*(values[name] for name in names), key.id])


def get(tx: Transaction, key_id: str) -> Key | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (key_id,))
    return _key(row) if row else None


def by_access_key(tx: Transaction, access_key: str) -> Key | None:
    """Also by the access key that it had before its rotation."""
    row = tx.one(f"SELECT {_COLUMNS} FROM keys WHERE access_key = ? AND revoked_at IS NULL", (access_key,))
    row = row or tx.one(
        f"SELECT {_COLUMNS} FROM keys WHERE previous_access_key = ? AND previous_access_key <> ''"
        " AND revoked_at IS NULL",
        (access_key,),
    )
    return _key(row) if row else None


def owner(tx: Transaction, user_id: str) -> KeyOwner | None:
    row = tx.one("SELECT id, username, is_admin, disabled_at FROM users WHERE id = ?", (user_id,))
    return (
        KeyOwner(row["id"], row["username"], bool(row["is_admin"]), row["disabled_at"] is None)
        if row
        else None
    )


def named(
    tx: Transaction,
    name: str,
    *,
    user_id: str | None,
    organizations: Collection[str] | None,
    workspaces: Collection[str] | None = (),
    revoked: bool = False,
) -> list[Key]:
    """Of this user, or of these organizations, or bound to these workspaces (None: all). Those that are not
    revoked; or those that are, the last one first."""
    selection = (
        Selection()
        .where("revoked_at IS NOT NULL" if revoked else "revoked_at IS NULL")
        .where("name = ? OR access_key = ?", name, name.upper())
    )
    if user_id is not None:
        selection.equal("user_id", user_id)
    else:
        selection.where("user_id IS NULL")
        if organizations is not None:
            condition, parameters = _seen(organizations, workspaces or ())
            selection.where(condition, *parameters)
    rows, _ = selection.page(
        tx,
        _COLUMNS,
        "keys",
        order=[("revoked_at", True)],
        sortable={"revoked_at": "revoked_at"},
        default="created_at",
        limit=10,
        offset=0,
    )
    return [_key(row) for row in rows]


def _seen(organizations: Collection[str], workspaces: Collection[str]) -> tuple[str, list[str]]:
    """Service keys of these organizations, and those that are bound to these workspaces."""
    whole = f"organization_id IN ({_marks(organizations)})"
    bound = f"user_id IS NULL AND workspace_id IN ({_marks(workspaces)})"
    return f"{whole} OR ({bound})", [*sorted(organizations), *sorted(workspaces)]


def _marks(ids: Collection[str]) -> str:
    return placeholders(len(ids)) if ids else "NULL"


_SORTABLE = {
    "name": natural("name"),
    "created_at": "created_at",
    "last_used_at": nothing_first("last_used_at"),
    "expires_at": nothing_first("expires_at"),
}


def select(
    tx: Transaction,
    query: KeyQuery,
    *,
    now: int,
    user_id: str | None,
    organizations: Collection[str] | None,
    workspaces: Collection[str] | None,
    organization_id: str | None,
) -> tuple[list[Key], int]:
    """Of one user, or of these organizations and their users and bound to these workspaces (None: all)."""
    selection = Selection().equal("user_id", user_id).equal("name", query.name)
    if user_id is None and organizations is not None:
        condition, parameters = _seen(organizations, workspaces or ())
        selection.where(
            f"{condition} OR user_id IN"
            f" (SELECT id FROM users WHERE organization_id IN ({_marks(organizations)}) AND is_admin = 0)",
            *parameters,
            *sorted(organizations),
        )
    if organization_id is not None:
        selection.where(
            "organization_id = ? OR user_id IN (SELECT id FROM users WHERE organization_id = ?)",
            organization_id,
            organization_id,
        )
    selection.labelled("labels", query.label)
    if query.state == "revoked":
        selection.where("revoked_at IS NOT NULL")
    elif query.state == "expired":
        selection.where("revoked_at IS NULL AND expires_at <= ?", now)
    elif query.state == "valid":
        selection.where("revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)", now)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "keys",
        order=query.order,
        sortable=_SORTABLE,
        default="created_at, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_key(row) for row in rows], total


def of_user(tx: Transaction, user_id: str) -> list[Key]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM keys WHERE user_id = ? AND revoked_at IS NULL", (user_id,))
    return [_key(row) for row in rows]


def of_organization(tx: Transaction, organization_id: str) -> list[Key]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM keys WHERE organization_id = ?", (organization_id,))
    return [_key(row) for row in rows]


def narrowed_to(tx: Transaction, workspace_id: str) -> list[Key]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM keys WHERE workspace_id = ?", (workspace_id,))
    return [_key(row) for row in rows]


def delete(tx: Transaction, key_id: str) -> None:
    tx.execute("DELETE FROM keys WHERE id = ?", (key_id,))


def note_used(tx: Transaction, used: Iterable[tuple[int, str, str]]) -> None:
    """(when, from where, key id) of many keys."""
    tx.execute_many("UPDATE keys SET last_used_at = ?, last_used_from = ? WHERE id = ?", used)


def spend_signature(tx: Transaction, signature: str, expires_at: int) -> bool:
    """Whether it had not been spent before."""
    spent = tx.execute(
        "INSERT INTO spent_signatures (signature, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (signature, expires_at),
    )
    return spent == 1


def spent_signatures(tx: Transaction, now: int) -> list[tuple[str, int]]:
    rows = tx.all("SELECT signature, expires_at FROM spent_signatures WHERE expires_at > ?", (now,))
    return [(row["signature"], row["expires_at"]) for row in rows]


def forget_signatures(tx: Transaction, now: int) -> None:
    tx.execute("DELETE FROM spent_signatures WHERE expires_at <= ?", (now,))


def home_of(tx: Transaction, user_id: str) -> str | None:
    """The organization of a key's user."""
    value = tx.value("SELECT organization_id FROM users WHERE id = ?", (user_id,))
    return None if value is None else str(value)


def organization_of(tx: Transaction, workspace_id: str) -> str | None:
    value = tx.value("SELECT organization_id FROM workspaces WHERE id = ?", (workspace_id,))
    return None if value is None else str(value)


def delete_of_user(tx: Transaction, user_id: str) -> None:
    tx.execute("DELETE FROM keys WHERE user_id = ?", (user_id,))
