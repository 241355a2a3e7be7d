"""SQL of roles, groups and bindings."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from nimbus.db import Transaction
from nimbus.db.labels import labels_of, labels_text
from nimbus.db.natural import by_name, natural
from nimbus.db.selection import Selection, nothing_first
from nimbus.db.transaction import Row
from nimbus.kernel.access import Permission
from nimbus.people.roles.records import Binding, GrantState, Group, GroupQuery, MemberView, Role, RoleQuery

_ROLE = "id, organization_id, name, description, permissions, labels, created_at, updated_at, revision"
_GROUP = "id, organization_id, name, description, labels, created_at, updated_at, revision"
_BINDING = (
    "id, role_id, principal_kind, principal_id, organization_id, workspace_id, source, created_by, created_at,"
    " expires_at"
)
_words = msgspec.json.Decoder(list[str])
_KNOWN = {permission.value: permission for permission in Permission}


def _role(row: Row) -> Role:
    # A permission of a newer version, after a step back, is not known here: it is left out, not an error.
    permissions = frozenset(_KNOWN[word] for word in _words.decode(row["permissions"]) if word in _KNOWN)
    return Role(
        id=row["id"],
        organization_id=row["organization_id"],
        name=row["name"],
        description=row["description"],
        permissions=permissions,
        labels=labels_of(row["labels"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def _role_values(role: Role) -> tuple[str, str, str, str]:
    permissions = msgspec.json.encode(sorted(role.permissions)).decode()
    return role.name, role.description, permissions, labels_text(role.labels)


def insert_role(tx: Transaction, role: Role) -> None:
    tx.execute(
        f"INSERT INTO roles ({_ROLE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (role.id, role.organization_id, *_role_values(role), role.created_at, role.updated_at, role.revision),
    )


def update_role(tx: Transaction, role: Role) -> None:
    tx.execute(
        "UPDATE roles SET name = ?, description = ?, permissions = ?, labels = ?, updated_at = ?, revision = ?"
        " WHERE id = ?",
        (*_role_values(role), role.updated_at, role.revision, role.id),
    )


def delete_role(tx: Transaction, role_id: str) -> None:
    tx.execute("DELETE FROM roles WHERE id = ?", (role_id,))


def get_role(tx: Transaction, role_id: str) -> Role | None:
    row = tx.one(f"SELECT {_ROLE} FROM roles WHERE id = ?", (role_id,))
    return _role(row) if row else None


def find_role(tx: Transaction, organization_id: str, name: str) -> Role | None:
    row = tx.one(f"SELECT {_ROLE} FROM roles WHERE organization_id = ? AND name = ?", (organization_id, name))
    return _role(row) if row else None


def roles_of(tx: Transaction, organization_id: str) -> list[Role]:
    rows = tx.all(f"SELECT {_ROLE} FROM roles WHERE organization_id = ? ORDER BY name", (organization_id,))
    return [_role(row) for row in rows]


def select_roles(
    tx: Transaction, query: RoleQuery, *, within: Collection[str] | None, organization_id: str | None
) -> tuple[list[Role], int]:
    return select_roles_from(tx, query, query.offset, within=within, organization_id=organization_id)


def select_roles_from(
    tx: Transaction,
    query: RoleQuery,
    offset: int,
    *,
    within: Collection[str] | None,
    organization_id: str | None,
) -> tuple[list[Role], int]:
    """Custom roles from `offset` on: the built-in ones, which stand before them, have no rows."""
    selection = Selection().within("organization_id", within).equal("organization_id", organization_id)
    selection.equal("name", query.name)
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _ROLE,
        "roles",
        order=query.order,
        sortable={"name": natural("name"), "created_at": "created_at"},
        default=by_name("name", "id"),
        limit=query.per_page,
        offset=offset,
    )
    return [_role(row) for row in rows], total


def _group(row: Row) -> Group:
    return Group(
        id=row["id"],
        organization_id=row["organization_id"],
        name=row["name"],
        description=row["description"],
        labels=labels_of(row["labels"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )


def insert_group(tx: Transaction, group: Group) -> None:
    tx.execute(
        f"INSERT INTO groups ({_GROUP}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            group.id,
            group.organization_id,
            group.name,
            group.description,
            labels_text(group.labels),
            group.created_at,
            group.updated_at,
            group.revision,
        ),
    )


def update_group(tx: Transaction, group: Group) -> None:
    tx.execute(
        "UPDATE groups SET name = ?, description = ?, labels = ?, updated_at = ?, revision = ? WHERE id = ?",
        (
            group.name,
            group.description,
            labels_text(group.labels),
            group.updated_at,
            group.revision,
            group.id,
        ),
    )


def delete_group(tx: Transaction, group_id: str) -> None:
    tx.execute("DELETE FROM group_members WHERE group_id = ?", (group_id,))
    tx.execute("DELETE FROM groups WHERE id = ?", (group_id,))


def get_group(tx: Transaction, group_id: str) -> Group | None:
    row = tx.one(f"SELECT {_GROUP} FROM groups WHERE id = ?", (group_id,))
    return _group(row) if row else None


def find_group(tx: Transaction, organization_id: str, name: str) -> Group | None:
    row = tx.one(
        f"SELECT {_GROUP} FROM groups WHERE organization_id = ? AND name = ?", (organization_id, name)
    )
    return _group(row) if row else None


def groups_named(tx: Transaction, name: str) -> list[Group]:
    rows = tx.all(f"SELECT {_GROUP} FROM groups WHERE name = ? ORDER BY id", (name,))
    return [_group(row) for row in rows]


def groups_in(tx: Transaction, organization_id: str) -> list[Group]:
    rows = tx.all(f"SELECT {_GROUP} FROM groups WHERE organization_id = ? ORDER BY name", (organization_id,))
    return [_group(row) for row in rows]


def select_groups(
    tx: Transaction, query: GroupQuery, *, within: Collection[str] | None, organization_id: str | None
) -> tuple[list[Group], int]:
    selection = Selection().within("organization_id", within).equal("organization_id", organization_id)
    selection.equal("name", query.name)
    selection.labelled("labels", query.label)
    rows, total = selection.page(
        tx,
        _GROUP,
        "groups",
        order=query.order,
        sortable={"name": natural("name"), "created_at": "created_at"},
        default=by_name("name", "id"),
        limit=query.per_page,
        offset=query.offset,
    )
    return [_group(row) for row in rows], total


def count_members(tx: Transaction, group_id: str) -> int:
    return int(tx.value("SELECT COUNT(*) FROM group_members WHERE group_id = ?", (group_id,)))


def members(tx: Transaction, group_id: str) -> list[MemberView]:
    rows = tx.all(
        "SELECT m.user_id, u.username, m.source FROM group_members m JOIN users u ON u.id = m.user_id"
        " WHERE m.group_id = ? ORDER BY u.username",
        (group_id,),
    )
    return [MemberView(row["user_id"], row["username"], row["source"]) for row in rows]


def add_member(tx: Transaction, group_id: str, user_id: str, source: str) -> bool:
    """Whether they were none before."""
    changed = tx.execute(
        "INSERT INTO group_members (group_id, user_id, source) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (group_id, user_id, source),
    )
    return changed == 1


def remove_member(tx: Transaction, group_id: str, user_id: str) -> bool:
    changed = tx.execute("DELETE FROM group_members WHERE group_id = ? AND user_id = ?", (group_id, user_id))
    return changed == 1


def groups_of(tx: Transaction, user_id: str, *, source: str | None = None) -> list[Group]:
    condition = "" if source is None else " AND m.source = ?"
    rows = tx.all(
        "SELECT g.id, g.organization_id, g.name, g.description, g.labels, g.created_at, g.updated_at, g.revision"
        f" FROM groups g JOIN group_members m ON m.group_id = g.id WHERE m.user_id = ?{condition}"
        " ORDER BY g.name",
        (user_id,) if source is None else (user_id, source),
    )
    return [_group(row) for row in rows]


def _binding(row: Row) -> Binding:
    return Binding(
        id=row["id"],
        role_id=row["role_id"],
        principal_kind=row["principal_kind"],
        principal_id=row["principal_id"],
        organization_id=row["organization_id"],
        workspace_id=row["workspace_id"],
        source=row["source"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


def insert_binding(tx: Transaction, binding: Binding) -> bool:
    """Whether it was not there before."""
    changed = tx.execute(
        "INSERT INTO role_bindings (id, role_id, principal_kind, principal_id, organization_id, workspace_id,"
        " source, created_by, created_at, expires_at, scope_kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (
            binding.id,
            binding.role_id,
            binding.principal_kind,
            binding.principal_id,
            binding.organization_id,
            binding.workspace_id,
            binding.source,
            binding.created_by,
            binding.created_at,
            binding.expires_at,
            "organization" if binding.workspace_id is None else "workspace",
        ),
    )
    return changed == 1


def set_end(tx: Transaction, binding_id: str, expires_at: int | None) -> None:
    tx.execute("UPDATE role_bindings SET expires_at = ? WHERE id = ?", (expires_at, binding_id))


def delete_binding(tx: Transaction, binding_id: str) -> None:
    tx.execute("DELETE FROM role_bindings WHERE id = ?", (binding_id,))


def get_binding(tx: Transaction, binding_id: str) -> Binding | None:
    row = tx.one(f"SELECT {_BINDING} FROM role_bindings WHERE id = ?", (binding_id,))
    return _binding(row) if row else None


def bindings_of(tx: Transaction, kind: str, principal_id: str) -> list[Binding]:
    rows = tx.all(
        f"SELECT {_BINDING} FROM role_bindings WHERE principal_kind = ? AND principal_id = ?"
        " ORDER BY created_at, id",
        (kind, principal_id),
    )
    return [_binding(row) for row in rows]


def bindings_in_workspace(tx: Transaction, workspace_id: str) -> list[Binding]:
    rows = tx.all(f"SELECT {_BINDING} FROM role_bindings WHERE workspace_id = ?", (workspace_id,))
    return [_binding(row) for row in rows]


def bindings_in_organization(tx: Transaction, organization_id: str) -> list[Binding]:
    rows = tx.all(f"SELECT {_BINDING} FROM role_bindings WHERE organization_id = ?", (organization_id,))
    return [_binding(row) for row in rows]


def bindings_of_role(tx: Transaction, role_id: str) -> list[Binding]:
    rows = tx.all(f"SELECT {_BINDING} FROM role_bindings WHERE role_id = ?", (role_id,))
    return [_binding(row) for row in rows]


def move_bindings(tx: Transaction, workspace_id: str, organization_id: str) -> None:
    tx.execute(
        "UPDATE role_bindings SET organization_id = ? WHERE workspace_id = ?", (organization_id, workspace_id)
    )


def select_bindings(
    tx: Transaction,
    *,
    organizations: Collection[str] | None,
    workspaces: Collection[str] | None,
    principal: tuple[str, str] | None,
    role_id: str | None,
    organization_id: str | None,
    workspace_id: str | None,
    state: GrantState | None,
    now: int,
    order: tuple[tuple[str, bool], ...],
    limit: int,
    offset: int,
) -> tuple[list[Binding], int]:
    """Those of these organizations as wholes, and those in these workspaces; None: all."""
    selection = Selection()
    if organizations is not None and workspaces is not None:
        # One condition of two IN lists.
        whole = ", ".join("?" * len(organizations)) or "NULL"
        parts = ", ".join("?" * len(workspaces)) or "NULL"
        selection.where(
            f"organization_id IN ({whole}) OR workspace_id IN ({parts})",
            *sorted(organizations),
            *sorted(workspaces),
        )
    if principal is not None:
        selection.equal("principal_kind", principal[0]).equal("principal_id", principal[1])
    selection.equal("role_id", role_id).equal("organization_id", organization_id)
    if state == "expired":
        selection.where("expires_at IS NOT NULL AND expires_at <= ?", now)
    elif state == "valid":
        selection.where("expires_at IS NULL OR expires_at > ?", now)
    rows, total = selection.equal("workspace_id", workspace_id).page(
        tx,
        _BINDING,
        "role_bindings",
        order=order,
        sortable={"created_at": "created_at", "expires_at": nothing_first("expires_at")},
        default="created_at, id",
        limit=limit,
        offset=offset,
    )
    return [_binding(row) for row in rows], total


def owners(tx: Transaction, organization_id: str, owner_role_id: str) -> frozenset[str]:
    """Ids of enabled users who own the organization as a whole and for good, by themselves or in a group."""
    rows = tx.all(
        "SELECT u.id FROM users u WHERE u.disabled_at IS NULL AND (u.id IN (SELECT b.principal_id FROM"
        " role_bindings b WHERE b.role_id = ? AND b.organization_id = ? AND b.workspace_id IS NULL AND"
        " b.expires_at IS NULL AND b.principal_kind = 'user') OR u.id IN (SELECT m.user_id FROM"
        " group_members m JOIN role_bindings b ON b.principal_kind = 'group' AND b.principal_id = m.group_id"
        " WHERE b.role_id = ? AND b.organization_id = ? AND b.workspace_id IS NULL AND b.expires_at IS NULL))",
        (owner_role_id, organization_id, owner_role_id, organization_id),
    )
    return frozenset(row["id"] for row in rows)


def owned_organizations(tx: Transaction, owner_role_id: str) -> list[str]:
    rows = tx.all(
        "SELECT DISTINCT organization_id FROM role_bindings WHERE role_id = ? AND workspace_id IS NULL"
        " AND expires_at IS NULL",
        (owner_role_id,),
    )
    return [row["organization_id"] for row in rows]


def visible_organizations(tx: Transaction) -> frozenset[str]:
    """Those whose workspaces see each other."""
    rows = tx.all("SELECT id FROM organizations WHERE cross_workspace_visibility = 1")
    return frozenset(row["id"] for row in rows)
