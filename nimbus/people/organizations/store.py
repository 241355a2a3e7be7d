"""SQL of organizations and workspaces."""

from __future__ import annotations

from collections.abc import Collection

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.people.organizations.records import (
    Organization,
    OrganizationQuery,
    Workspace,
    WorkspaceQuery,
    WorkspaceRow,
)

_ORGANIZATION = (
    "id, name, description, labels, cross_workspace_visibility, require_second_factor, created_at, updated_at,"
    " revision"
)
_WORKSPACE = (
    "w.id, w.organization_id, o.name AS organization, w.name, w.description, w.labels, w.created_at,"
    " w.updated_at, w.revision"
)
_JOINED = "workspaces w JOIN organizations o ON o.id = w.organization_id"


def _organization(row: Row) -> Organization:
    return Organization(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        labels=labels_of(row["labels"]),
        cross_workspace_visibility=bool(row["cross_workspace_visibility"]),
        require_second_factor=bool(row["require_second_factor"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def _workspace(row: Row) -> WorkspaceRow:
    return WorkspaceRow(
        id=row["id"],
        organization_id=row["organization_id"],
        organization=row["organization"],
        name=row["name"],
        description=row["description"],
        labels=labels_of(row["labels"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def insert_organization(tx: Transaction, organization: Organization) -> None:
    tx.execute(
        f"INSERT INTO organizations ({_ORGANIZATION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            organization.id,
            organization.name,
            organization.description,
            labels_text(organization.labels),
            int(organization.cross_workspace_visibility),
            int(organization.require_second_factor),
            organization.created_at,
            organization.updated_at,
            organization.revision,
        ),
    )


def update_organization(tx: Transaction, organization: Organization) -> None:
    tx.execute(
        "UPDATE organizations SET name = ?, description = ?, labels = ?, cross_workspace_visibility = ?,"
        " require_second_factor = ?, updated_at = ?, revision = ? WHERE id = ?",
        (
            organization.name,
            organization.description,
            labels_text(organization.labels),
            int(organization.cross_workspace_visibility),
            int(organization.require_second_factor),
            organization.updated_at,
            organization.revision,
            organization.id,
        ),
    )


def delete_organization(tx: Transaction, organization_id: str) -> None:
    tx.execute("DELETE FROM organizations WHERE id = ?", (organization_id,))


def get_organization(tx: Transaction, organization_id: str) -> Organization | None:
    row = tx.one(f"SELECT {_ORGANIZATION} FROM organizations WHERE id = ?", (organization_id,))
    return _organization(row) if row else None


def find_organization(tx: Transaction, name: str) -> Organization | None:
    row = tx.one(f"SELECT {_ORGANIZATION} FROM organizations WHERE name = ?", (name,))
    return _organization(row) if row else None


def select_organizations(
    tx: Transaction, query: OrganizationQuery, *, within: Collection[str] | None
) -> tuple[list[Organization], int]:
    selection = Selection().within("id", within).equal("name", query.name)
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _ORGANIZATION,
        "organizations",
        order=query.order,
        default=by_name("name"),
        sortable={"name": natural("name"), "created_at": "created_at"},
        limit=query.per_page,
        offset=query.offset,
    )
    return [_organization(row) for row in rows], total


def full_names(tx: Transaction, within: Collection[str] | None) -> dict[str, str]:
    """Id to organization/name, of these workspaces; None: of all."""
    if within is not None and len(within) <= 500:
        condition, chosen = f" WHERE w.id IN ({placeholders(len(within))})", sorted(within)
    else:
        condition, chosen = "", []
    rows = tx.all(f"SELECT w.id, o.name, w.name FROM {_JOINED}{condition}", chosen)
    return {workspace_id: f"{organization}/{name}" for workspace_id, organization, name in rows}


def insert_workspace(tx: Transaction, workspace: WorkspaceRow) -> None:
    tx.execute(
        "INSERT INTO workspaces (id, organization_id, name, description, labels, created_at, updated_at, revision)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            workspace.id,
            workspace.organization_id,
            workspace.name,
            workspace.description,
            labels_text(workspace.labels),
            workspace.created_at,
            workspace.updated_at,
            workspace.revision,
        ),
    )


def update_workspace(tx: Transaction, workspace: WorkspaceRow) -> None:
    tx.execute(
        "UPDATE workspaces SET organization_id = ?, name = ?, description = ?, labels = ?, updated_at = ?,"
        " revision = ? WHERE id = ?",
        (
            workspace.organization_id,
            workspace.name,
            workspace.description,
            labels_text(workspace.labels),
            workspace.updated_at,
            workspace.revision,
            workspace.id,
        ),
    )


def delete_workspace(tx: Transaction, workspace_id: str) -> None:
    tx.execute("DELETE FROM workspaces WHERE id = ?", (workspace_id,))


def find_workspace(tx: Transaction, organization: str, name: str) -> WorkspaceRow | None:
    row = tx.one(f"SELECT {_WORKSPACE} FROM {_JOINED} WHERE o.name = ? AND w.name = ?", (organization, name))
    return _workspace(row) if row else None


def get_workspace(tx: Transaction, workspace_id: str) -> WorkspaceRow | None:
    row = tx.one(f"SELECT {_WORKSPACE} FROM {_JOINED} WHERE w.id = ?", (workspace_id,))
    return _workspace(row) if row else None


def workspaces_named(tx: Transaction, name: str, within: Collection[str] | None) -> list[WorkspaceRow]:
    """In every organization; of those with these ids, None: of all."""
    if within is not None and not within:
        return []
    condition = "" if within is None else f" AND w.id IN ({placeholders(len(within))})"
    rows = tx.all(
        f"SELECT {_WORKSPACE} FROM {_JOINED} WHERE w.name = ?{condition} ORDER BY o.name",
        (name, *sorted(within or ())),
    )
    return [_workspace(row) for row in rows]


def workspaces_of(tx: Transaction, organization_id: str) -> list[Workspace]:
    rows = tx.all(
        f"SELECT {_WORKSPACE} FROM {_JOINED} WHERE w.organization_id = ? ORDER BY w.name", (organization_id,)
    )
    return [_workspace(row).short for row in rows]


def select_workspaces(
    tx: Transaction, query: WorkspaceQuery, *, within: Collection[str] | None, organization_id: str | None
) -> tuple[list[WorkspaceRow], int]:
    selection = Selection().within("w.id", within).equal("w.organization_id", organization_id)
    selection.equal("w.name", query.name)
    selection.labelled("w.labels", query.label)
    rows, total = selection.page(
        tx,
        _WORKSPACE,
        _JOINED,
        order=query.order,
        default=f"{by_name('o.name')}, {by_name('w.name')}",
        sortable={"name": natural("w.name"), "organization": natural("o.name"), "created_at": "w.created_at"},
        limit=query.per_page,
        offset=query.offset,
    )
    return [_workspace(row) for row in rows], total
