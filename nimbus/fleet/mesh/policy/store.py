"""SQL of the policy."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh.policy.records import MeshPolicy, StoredPolicy
from nimbus.fleet.mesh.policy.rules import Book

_COLUMNS = "organization_id, document, revision, updated_at, updated_by"
_decode = msgspec.json.Decoder(MeshPolicy).decode


def book(tx: Transaction) -> Book:
    """All documents. By their text it is known again: a change that was taken back leaves nothing behind."""
    rows = tx.all("SELECT organization_id, document FROM mesh_policies ORDER BY organization_id")
    return _book(tuple((row["organization_id"], row["document"]) for row in rows))


@lru_cache(maxsize=4)
def _book(rows: tuple[tuple[str, str], ...]) -> Book:
    return Book({organization: _decode(document) for organization, document in rows})


def get(tx: Transaction, organization_id: str) -> StoredPolicy | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM mesh_policies WHERE organization_id = ?", (organization_id,))
    if row is None:
        return None
    return StoredPolicy(_decode(row["document"]), row["revision"], row["updated_at"], row["updated_by"])


def save(tx: Transaction, organization_id: str, stored: StoredPolicy) -> None:
    tx.execute(
        f"INSERT INTO mesh_policies ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (organization_id) DO UPDATE SET document = excluded.document,"
        " revision = excluded.revision, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        (
            organization_id,
            msgspec.json.encode(stored.policy).decode(),
            stored.revision,
            stored.updated_at,
            stored.updated_by,
        ),
    )
