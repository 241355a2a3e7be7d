"""What a user, group or key may do, and through what: a row for each grant that is good now, with its reach."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import ALL_PERMISSIONS, Access, Actor, Permission
from nimbus.kernel.clock import optional_rfc3339
from nimbus.people.organizations.service import Organizations, no_workspace
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.records import AccessQuery, AccessRow, EffectiveAccess, Grant
from nimbus.people.roles.rules import VISIBLE


class AccessTables:
    def __init__(self, database: Database, organizations: Organizations, bindings: Bindings) -> None:
        self._database, self._organizations, self._bindings = database, organizations, bindings

    async def show(self, actor: Actor, query: AccessQuery) -> EffectiveAccess:
        """Of oneself all; of others what is in places whose roles the actor may read. Of one permission, or at one
        place, only the rows that give it, or that reach there."""

        def read(tx: Transaction) -> EffectiveAccess:
            who, access, (grants, _) = self._bindings.asked_about(tx, actor, query)
            is_own = not (query.user or query.group or query.key)
            seen = [grant for grant in grants if is_own or _may_see(actor, grant)]
            rows = [*self._rows(tx, access, seen)]
            workspace_id, organization_id = self._place(tx, actor, query)
            wanted = [
                row
                for row in rows
                if (query.permission is None or query.permission.value in row.permissions)
                and _reaches(row, workspace_id, organization_id)
            ]
            return EffectiveAccess(principal=who, rows=tuple(wanted))

        return await self._database.read(read)

    def _place(self, tx: Transaction, actor: Actor, query: AccessQuery) -> tuple[str, str]:
        """Ids of the workspace and the organization that are asked about; "": none."""
        if query.workspace:
            row = self._organizations.known(tx, actor, query.workspace)
            if row is None:
                raise no_workspace(query.workspace)
            return row.id, row.organization_id
        if query.organization:
            return "", self._organizations.known_organization(tx, actor, query.organization).id
        return "", ""

    def _rows(self, tx: Transaction, access: Access, grants: list[Grant]) -> Iterator[AccessRow]:
        if access.everywhere:
            yield AccessRow(source="administrator", permissions=_words(access.everywhere))
        for grant in grants:
            organization = self._organizations.get_organization(tx, grant.organization_id)
            workspace = self._organizations.get(tx, grant.workspace_id) if grant.workspace_id else None
            row = AccessRow(
                source="group" if grant.through else "grant",
                role=grant.role,
                group=grant.through.removeprefix("the group ") or None,
                grant_id=grant.binding_id,
                organization_id=organization.id,
                organization=organization.name,
                workspace_id=grant.workspace_id,
                workspace=workspace.full_name if workspace else None,
                expires_at=optional_rfc3339(grant.expires_at),
                permissions=_words(grant.permissions),
            )
            yield row
            shared = grant.permissions & VISIBLE
            if grant.workspace_id and organization.cross_workspace_visibility and shared:
                # What reading in one workspace of the organization is in all of it.
                yield msgspec.structs.replace(
                    row, source="visibility", workspace_id=None, workspace=None, permissions=_words(shared)
                )


def _may_see(actor: Actor, grant: Grant) -> bool:
    if grant.workspace_id is not None and actor.holds(Permission.ROLE_READ, grant.workspace_id):
        return True
    return actor.holds_in_organization(Permission.ROLE_READ, grant.organization_id)


def _reaches(row: AccessRow, workspace_id: str, organization_id: str) -> bool:
    """One workspace, or anything of an organization; "" and "": anywhere."""
    if row.organization_id is None or not organization_id:
        return True
    if workspace_id and row.workspace_id is not None:
        return row.workspace_id == workspace_id
    return row.organization_id == organization_id


def _words(permissions: frozenset[Permission]) -> tuple[str, ...]:
    """In the order in which they are declared."""
    return tuple(one.value for one in Permission if one in permissions & ALL_PERMISSIONS)
