"""SQL of organizations and workspaces."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.organizations.records import Workspace

_SELECT = (
    "SELECT w.id, o.name AS organization, w.name FROM workspaces w"
    " JOIN organizations o ON o.id = w.organization_id"
)


def insert_organization(tx: Transaction, organization_id: str, name: str, at: int) -> None:
    tx.execute(
        "INSERT INTO organizations (id, name, created_at) VALUES (?, ?, ?)", (organization_id, name, at)
    )


def insert_workspace(tx: Transaction, workspace_id: str, organization_id: str, name: str, at: int) -> None:
    tx.execute(
        "INSERT INTO workspaces (id, organization_id, name, created_at) VALUES (?, ?, ?, ?)",
        (workspace_id, organization_id, name, at),
    )


def find_workspace(tx: Transaction, organization: str, name: str) -> Workspace | None:
    row = tx.one(f"{_SELECT} WHERE o.name = ? AND w.name = ?", (organization, name))
    return Workspace(*row) if row else None


def get_workspace(tx: Transaction, workspace_id: str) -> Workspace | None:
    row = tx.one(f"{_SELECT} WHERE w.id = ?", (workspace_id,))
    return Workspace(*row) if row else None
