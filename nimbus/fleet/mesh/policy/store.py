"""SQL of the policy."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh.policy.records import MeshPolicy, StoredPolicy

_COLUMNS = "organization_id, document, revision, updated_at, updated_by"
_decode = msgspec.json.Decoder(MeshPolicy).decode


def policies(tx: Transaction) -> dict[str, MeshPolicy]:
    """By the id of the organization; of those that have one."""
    rows = tx.all("SELECT organization_id, document FROM mesh_policies ORDER BY organization_id")
    return {row["organization_id"]: _decode(row["document"]) for row in rows}


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
