"""SQL of secrets, their versions and references, and of the ids of master keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.trust.secrets.records import AdoptedKey, Encoding, Secret, SecretQuery, SecretVersion, Use

_FIELDS = (
    "id",
    "workspace_id",
    "name",
    "description",
    "labels",
    "version",
    "last_read_at",
    "created_by",
    "created_at",
    "updated_at",
    "revision",
)
_COLUMNS = ", ".join(_FIELDS)
_VERSION_FIELDS = (
    "secret_id",
    "version",
    "encoding",
    "sealed_value",
    "restored_from",
    "created_by",
    "created_at",
)
_VERSION_COLUMNS = ", ".join(_VERSION_FIELDS)


def _secret(row: Row) -> Secret:
    values = {name: row[name] for name in _FIELDS}
    return Secret(**{**values, "labels": labels_of(row["labels"])})


def _version(row: Row) -> SecretVersion:
    return SecretVersion(**{name: row[name] for name in _VERSION_FIELDS})


def _values(secret: Secret) -> list[str | int | None]:
    values = [getattr(secret, name) for name in _FIELDS]
    values[_FIELDS.index("labels")] = labels_text(secret.labels)
    return values


def insert(tx: Transaction, secret: Secret) -> None:
    tx.execute(f"INSERT INTO secrets ({_COLUMNS}) VALUES ({placeholders(len(_FIELDS))})", _values(secret))


def update(tx: Transaction, secret: Secret) -> None:
    settings = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    tx.execute(f"UPDATE secrets SET {settings} WHERE id = ?", [*_values(secret)[1:], secret.id])


def delete(tx: Transaction, secret_id: str) -> None:
    tx.execute("DELETE FROM secret_references WHERE secret_id = ?", (secret_id,))
    tx.execute("DELETE FROM secret_versions WHERE secret_id = ?", (secret_id,))
    tx.execute("DELETE FROM secrets WHERE id = ?", (secret_id,))


def get(tx: Transaction, secret_id: str) -> Secret | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM secrets WHERE id = ?", (secret_id,))
    return _secret(row) if row else None


def find(tx: Transaction, workspace_id: str, name: str) -> Secret | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM secrets WHERE workspace_id = ? AND name = ?", (workspace_id, name))
    return _secret(row) if row else None


def find_in(tx: Transaction, name: str, workspaces: Collection[str] | None) -> list[Secret]:
    """Those of this name in these workspaces; None: in all."""
    selection = Selection().equal("name", name).within("workspace_id", workspaces)
    return [_secret(row) for row in selection.first(tx, _COLUMNS, "secrets", order="id", limit=10)]


_SORTABLE = {name: name for name in SecretQuery.SORTS} | {"name": natural("name")}


def select(
    tx: Transaction, query: SecretQuery, *, workspaces: Collection[str] | None
) -> tuple[list[Secret], int]:
    """One page, by name, of the secrets in these workspaces (None: all), and how many there are in all."""
    selection = Selection().within("workspace_id", workspaces)
    selection.equal("name", query.name.lower() if query.name else None)
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "secrets",
        order=query.order,
        sortable=_SORTABLE,
        default=by_name("name", "id"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_secret(row) for row in rows], total


def in_workspace(tx: Transaction, workspace_id: str) -> list[Secret]:
    rows = tx.all(f"SELECT {_COLUMNS} FROM secrets WHERE workspace_id = ? ORDER BY name", (workspace_id,))
    return [_secret(row) for row in rows]


def note_read(tx: Transaction, secret_id: str, at: int) -> None:
    tx.execute("UPDATE secrets SET last_read_at = ? WHERE id = ?", (at, secret_id))


# Versions.


def insert_version(tx: Transaction, version: SecretVersion) -> None:
    tx.execute(
        f"INSERT INTO secret_versions ({_VERSION_COLUMNS}) VALUES ({placeholders(len(_VERSION_FIELDS))})",
        [getattr(version, name) for name in _VERSION_FIELDS],
    )


def version(tx: Transaction, secret_id: str, number: int) -> SecretVersion | None:
    row = tx.one(
        f"SELECT {_VERSION_COLUMNS} FROM secret_versions WHERE secret_id = ? AND version = ?",
        (secret_id, number),
    )
    return _version(row) if row else None


def versions(tx: Transaction, secret_id: str) -> list[SecretVersion]:
    """The newest first."""
    rows = tx.all(
        f"SELECT {_VERSION_COLUMNS} FROM secret_versions WHERE secret_id = ? ORDER BY version DESC",
        (secret_id,),
    )
    return [_version(row) for row in rows]


def forget_versions(tx: Transaction, secret_id: str, *, up_to: int) -> None:
    tx.execute("DELETE FROM secret_versions WHERE secret_id = ? AND version <= ?", (secret_id, up_to))


def encodings(tx: Transaction, secret_ids: Sequence[str]) -> dict[str, Encoding]:
    """Of the current version of each."""
    if not secret_ids:
        return {}
    rows = tx.all(
        "SELECT secrets.id AS id, secret_versions.encoding AS encoding FROM secrets"
        " JOIN secret_versions ON secret_versions.secret_id = secrets.id"
        f" AND secret_versions.version = secrets.version WHERE secrets.id IN ({placeholders(len(secret_ids))})",
        secret_ids,
    )
    return {row["id"]: row["encoding"] for row in rows}


# References.


def references(tx: Transaction, secret_ids: Sequence[str]) -> dict[str, list[Use]]:
    if not secret_ids:
        return {}
    rows = tx.all(
        "SELECT secret_id, resource_kind, resource_id, field FROM secret_references"
        f" WHERE secret_id IN ({placeholders(len(secret_ids))}) ORDER BY resource_kind, resource_id, field",
        secret_ids,
    )
    uses: dict[str, list[Use]] = {}
    for row in rows:
        use = Use(row["resource_kind"], row["resource_id"], row["field"])
        uses.setdefault(row["secret_id"], []).append(use)
    return uses


def add_reference(tx: Transaction, secret_id: str, use: Use, at: int) -> None:
    tx.execute(
        "INSERT INTO secret_references (secret_id, resource_kind, resource_id, field, created_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (secret_id, use.resource_kind, use.resource_id, use.field, at),
    )


def has_reference(tx: Transaction, secret_id: str, use: Use) -> bool:
    row = tx.value(
        "SELECT 1 FROM secret_references"
        " WHERE secret_id = ? AND resource_kind = ? AND resource_id = ? AND field = ?",
        (secret_id, use.resource_kind, use.resource_id, use.field),
    )
    return row is not None


def drop_references(tx: Transaction, resource_kind: str, resource_id: str, field: str | None) -> None:
    """Of one field; None: of all of the resource."""
    condition, parameters = ("", []) if field is None else (" AND field = ?", [field])
    tx.execute(
        f"DELETE FROM secret_references WHERE resource_kind = ? AND resource_id = ?{condition}",
        [resource_kind, resource_id, *parameters],
    )


# Ids of master keys.


def adopted_keys(tx: Transaction) -> list[AdoptedKey]:
    rows = tx.all("SELECT key_id, adopted_at, retired_at FROM master_keys ORDER BY adopted_at, key_id")
    return [AdoptedKey(row["key_id"], row["adopted_at"], row["retired_at"]) for row in rows]


def adopt_key(tx: Transaction, key_id: str, at: int, by: str) -> None:
    """One that was retired before is back."""
    tx.execute(
        "INSERT INTO master_keys (key_id, adopted_at, adopted_by, retired_at) VALUES (?, ?, ?, NULL)"
        " ON CONFLICT (key_id) DO UPDATE SET adopted_at = excluded.adopted_at,"
        " adopted_by = excluded.adopted_by, retired_at = NULL",
        (key_id, at, by),
    )


def retire_key(tx: Transaction, key_id: str, at: int) -> None:
    tx.execute("UPDATE master_keys SET retired_at = ? WHERE key_id = ?", (at, key_id))
