"""Who asks, and what they may do where. Deny by default: an actor may do only what a grant says, only there.

A grant reaches everywhere (the administrators of the appliance), one organization, or one workspace.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from nimbus.kernel.errors import Forbidden, NotFound


class Permission(StrEnum):
    """`resource:verb`. Nodes are `agent` here, as in the table that the edge users know."""

    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"
    ORGANIZATION_DELETE = "organization:delete"
    WORKSPACE_READ = "workspace:read"
    WORKSPACE_WRITE = "workspace:write"
    WORKSPACE_DELETE = "workspace:delete"
    AGENT_READ = "agent:read"
    AGENT_WRITE = "agent:write"
    AGENT_RELOAD = "agent:reload"
    AGENT_DELETE = "agent:delete"
    CONFIG_READ = "config:read"
    CONFIG_WRITE = "config:write"
    CONFIG_DEPLOY = "config:deploy"
    CONFIG_DELETE = "config:delete"
    CERTIFICATE_READ = "certificate:read"
    CERTIFICATE_WRITE = "certificate:write"
    CERTIFICATE_DELETE = "certificate:delete"
    # With the private key; in no built-in role.
    CERTIFICATE_EXPORT = "certificate:export"
    ARTIFACT_READ = "artifact:read"
    ARTIFACT_WRITE = "artifact:write"
    ARTIFACT_DELETE = "artifact:delete"
    TASK_READ = "task:read"
    TASK_WRITE = "task:write"
    MESH_READ = "mesh:read"
    MESH_WRITE = "mesh:write"
    SECRET_READ = "secret:read"
    SECRET_WRITE = "secret:write"
    SECRET_DELETE = "secret:delete"
    # The value of a secret; `read` shows its name and age only.
    SECRET_REVEAL = "secret:reveal"
    USER_READ = "user:read"
    USER_WRITE = "user:write"
    USER_DELETE = "user:delete"
    GROUP_READ = "group:read"
    GROUP_WRITE = "group:write"
    GROUP_DELETE = "group:delete"
    ROLE_READ = "role:read"
    ROLE_WRITE = "role:write"
    ROLE_DELETE = "role:delete"
    KEY_READ = "key:read"
    KEY_WRITE = "key:write"
    KEY_DELETE = "key:delete"
    INVITE_READ = "invite:read"
    INVITE_WRITE = "invite:write"
    INVITE_DELETE = "invite:delete"
    AUDIT_READ = "audit:read"
    EVENT_READ = "event:read"
    # Requests that edges answered: addresses of people, and what they asked for.
    LOG_READ = "log:read"
    # Of the appliance as a whole: identity providers, mail, the master key.
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"

    @property
    def is_read(self) -> bool:
        return self.value.endswith(":read")


ALL_PERMISSIONS = frozenset(Permission)
_NONE: frozenset[Permission] = frozenset()


class Access(msgspec.Struct, frozen=True):
    """All grants of one principal, summed up. `workspaces` has every workspace that is reached, also through a
    grant on its organization. `tenant`: nothing but what belongs to this tenant. `by_name`: organizations that are
    read only because something in them is. `later`: what is left when grants end, with the moment of each end
    (epoch microseconds), in order; these have none of their own."""

    everywhere: frozenset[Permission] = _NONE
    organizations: dict[str, frozenset[Permission]] = {}
    workspaces: dict[str, frozenset[Permission]] = {}
    tenant: str = ""
    by_name: frozenset[str] = frozenset()
    later: tuple[tuple[int, Access], ...] = ()

    @property
    def changes_at(self) -> int | None:
        """When the first of its grants ends; None: they last."""
        return self.later[0][0] if self.later else None

    def at(self, moment: int) -> Access:
        """What is left of it then."""
        left = self
        for since, access in self.later:
            if since <= moment:
                left = access
        return left


def narrowed(
    access: Access, *, workspace_id: str | None, permissions: frozenset[Permission] | None, tenant: str = ""
) -> Access:
    """`access`, cut down to one workspace, to a role's permissions and to a tenant: what a key may of what its
    owner may."""

    def cut_all(whole: Access) -> Access:
        return _cut(whole, workspace_id, permissions, tenant or whole.tenant)

    later = tuple((since, cut_all(left)) for since, left in access.later)
    return msgspec.structs.replace(cut_all(access), later=later)


def _cut(
    access: Access, workspace_id: str | None, permissions: frozenset[Permission] | None, tenant: str
) -> Access:
    def cut(held: frozenset[Permission]) -> frozenset[Permission]:
        return held if permissions is None else held & permissions

    if workspace_id is None:
        return Access(
            everywhere=cut(access.everywhere),
            organizations={key: cut(held) for key, held in access.organizations.items()},
            workspaces={key: cut(held) for key, held in access.workspaces.items()},
            tenant=tenant,
            by_name=access.by_name,
        )
    held = access.everywhere | access.workspaces.get(workspace_id, frozenset())
    return Access(workspaces={workspace_id: cut(held)}, tenant=tenant)


def covers(mine: Access, theirs: Access) -> bool:
    """Whether `mine` has everything that `theirs` has, as long as `theirs` has it: who acts on somebody's way in
    can act as them."""
    moments = {0, *(since for since, _ in (*mine.later, *theirs.later))}
    return all(covers_now(mine.at(moment), theirs.at(moment)) for moment in moments)


def covers_now(mine: Access, theirs: Access) -> bool:
    """The same, whatever ends later."""
    if mine.tenant and mine.tenant != theirs.tenant:
        return False
    return (
        theirs.everywhere <= mine.everywhere
        and all(
            held <= mine.everywhere | mine.organizations.get(key, _NONE)
            for key, held in theirs.organizations.items()
        )
        and all(
            held <= mine.everywhere | mine.workspaces.get(key, _NONE)
            for key, held in theirs.workspaces.items()
        )
    )


NOWHERE = Access()
EVERYWHERE = Access(everywhere=ALL_PERMISSIONS)


class Actor(msgspec.Struct, frozen=True):
    """`kind` is user, key, node, system or anonymous. `source` is the address that the request came from.
    `session_id` is set for whoever signed in, `key_id` for whoever came with a key; `user_id` names the person
    behind a session or a personal key. `narrowed`: by a personal key that may less than its user. In epoch
    microseconds: `good_until`, when the key that was shown stops being good (0: never, or it is a session);
    `host_key_since`, when the key was made on the control plane's own host (0: it was not)."""

    kind: str
    id: str
    name: str
    access: Access = NOWHERE
    source: str = ""
    request_id: str = ""
    session_id: str = ""
    user_id: str = ""
    key_id: str = ""
    narrowed: bool = False
    good_until: int = 0
    host_key_since: int = 0

    @property
    def self_id(self) -> str:
        """The user whom the actor may see to as themselves; "" for services, and for narrowed keys: what these may
        is what they hold, and nothing because they are somebody's."""
        return "" if self.narrowed else self.user_id

    def holds(self, permission: Permission, workspace_id: str, *, tenant: str = "") -> bool:
        access = self.access
        if access.tenant and access.tenant != tenant:
            return False
        return permission in access.everywhere or permission in access.workspaces.get(workspace_id, _NONE)

    def holds_in_organization(self, permission: Permission, organization_id: str) -> bool:
        access = self.access
        if access.tenant:
            return False
        return permission in access.everywhere or permission in access.organizations.get(
            organization_id, _NONE
        )

    def is_granted_in_organization(self, permission: Permission, organization_id: str) -> bool:
        """Held there by a grant on the organization itself (or everywhere), so that it may be given there."""
        if permission is Permission.ORGANIZATION_READ and organization_id in self.access.by_name:
            return self.holds_everywhere(permission)
        return self.holds_in_organization(permission, organization_id)

    def holds_everywhere(self, permission: Permission) -> bool:
        return not self.access.tenant and permission in self.access.everywhere

    def holds_somewhere(self, permission: Permission) -> bool:
        access = self.access
        return (
            permission in access.everywhere
            or any(permission in held for held in access.organizations.values())
            or any(permission in held for held in access.workspaces.values())
        )

    def workspaces_with(self, permission: Permission) -> frozenset[str] | None:
        """The workspaces where it is held; None: in all. For the WHERE of every list."""
        access = self.access
        if access.tenant:
            return frozenset()
        if permission in access.everywhere:
            return None
        return frozenset(key for key, held in access.workspaces.items() if permission in held)

    def organizations_with(self, permission: Permission) -> frozenset[str] | None:
        """The organizations where it is held as a whole; None: in all."""
        access = self.access
        if access.tenant:
            return frozenset()
        if permission in access.everywhere:
            return None
        return frozenset(key for key, held in access.organizations.items() if permission in held)

    def require(self, permission: Permission) -> None:
        """The first door: held somewhere. Where it counts, one of the others is asked."""
        if not self.holds_somewhere(permission):
            raise self.lacks(permission)

    def require_in(self, permission: Permission, workspace_id: str, *, where: str = "that workspace") -> None:
        if not self.holds(permission, workspace_id):
            raise self.lacks(permission, f"in {where}")

    def require_in_organization(
        self, permission: Permission, organization_id: str, *, where: str = "that organization"
    ) -> None:
        if not self.holds_in_organization(permission, organization_id):
            raise self.lacks(permission, f"in {where}")

    def require_everywhere(self, permission: Permission) -> None:
        if not self.holds_everywhere(permission):
            raise self.lacks(permission, "on the whole control plane")

    def check_not_narrowed(self) -> None:
        """For what is one's own. Raises Forbidden."""
        if self.narrowed:
            raise Forbidden(
                "a key that is narrowed sees to nothing of its user's own",
                next_step="Sign in, or use a key that is not narrowed.",
            )

    def require_all(self, what: str) -> None:
        """For what could give anybody anything: `what` is wanted, as a verb. Raises Forbidden."""
        if not covers(self.access, EVERYWHERE):
            raise Forbidden(
                f"only an administrator of the control plane, without a narrowed key, may {what}",
                next_step="Sign in as an administrator: nimbus login",
            )

    def require_cover(self, theirs: Access, who: str) -> None:
        """Before something is done to `who` (a user, a group, a key): nobody acts on who may more. Raises
        Forbidden."""
        if not covers(self.access, theirs):
            raise Forbidden(
                f"{who} may do things that you may not, so that changing it is not yours",
                next_step="Ask a user who has these permissions, or an administrator of the control plane.",
            )

    def admit(self, permission: Permission, workspace_id: str, *, read: Permission, absent: NotFound) -> None:
        """To one resource: who may not read it hears that it is not there, who may not do this hears why."""
        if not self.holds(read, workspace_id):
            raise absent
        self.require_in(permission, workspace_id, where="its workspace")

    def lacks(self, permission: Permission, where: str = "") -> Forbidden:
        place = f" {where}" if where else ""
        return Forbidden(
            f"{self.name} lacks the permission {permission.value}{place}",
            next_step="Ask an administrator for a role that has it (nimbus iam can explains).",
        )


ANONYMOUS = Actor(kind="anonymous", id="anonymous", name="anonymous")
SYSTEM = Actor(kind="system", id="system", name="system", access=EVERYWHERE)
