"""Types of roles, groups and bindings."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nimbus.kernel.access import Permission
from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels, Line, Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import MomentOrNone, not_both, one_of, shaped

PrincipalKind = Literal["user", "group", "key"]
GrantState = Literal["valid", "expired"]


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. A built-in one belongs to no organization and is good in all."""

    id: str
    organization_id: str | None
    name: str
    description: str = ""
    permissions: frozenset[Permission]
    labels: dict[str, str] = {}
    created_at: int = 0
    updated_at: int = 0
    revision: int = 1

    @property
    def is_built_in(self) -> bool:
        return self.organization_id is None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    organization_id: str
    name: str
    description: str = ""
    labels: dict[str, str] = {}
    created_at: int
    updated_at: int
    revision: int = 1


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """`workspace_id` of None: all of the organization. `source`: manual, or the identity provider that gave it.
    `expires_at`: epoch microseconds from which it gives nothing; None: it lasts."""

    id: str
    role_id: str
    principal_kind: PrincipalKind
    principal_id: str
    organization_id: str
    workspace_id: str | None
    source: str = "manual"
    created_by: str
    created_at: int
    expires_at: int | None = None

    def is_over(self, now: int) -> bool:
        return self.expires_at is not None and now >= self.expires_at


class Grant(msgspec.Struct, frozen=True):
    """A binding with what it comes to: for the summing up."""

    binding_id: str
    role: str
    permissions: frozenset[Permission]
    organization_id: str
    workspace_id: str | None
    through: str = ""
    expires_at: int | None = None


class Principal(msgspec.Struct, frozen=True):
    """Whom a binding is for, as the slices above know them."""

    kind: PrincipalKind
    id: str
    name: str
    organization_id: str | None
    is_admin: bool = False


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339, null for built-in roles."""

    id: str
    organization_id: str | None
    organization: str | None
    name: str
    description: str
    built_in: bool
    permissions: tuple[str, ...]
    labels: dict[str, str]
    created_at: str | None
    updated_at: str | None
    revision: int


class RoleRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`organization` is a name or an id."""

    name: Name
    permissions: Annotated[list[Permission], shaped(minItems=1)]
    organization: str = ""
    description: Line = ""
    labels: Labels = {}


class RolePatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are."""

    name: Name | None = None
    permissions: Annotated[list[Permission], shaped(minItems=1)] | None = None
    description: Line | None = None
    labels: LabelChanges | None = None


class RoleQuery(PageQuery, forbid_unknown_fields=True):
    SORTS = ("name", "created_at")

    organization: str | None = None
    name: str | None = None
    label: LabelFilter | None = None


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    organization_id: str
    organization: str
    name: str
    description: str
    labels: dict[str, str]
    members: int
    created_at: str
    updated_at: str
    revision: int


class GroupRequest(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    organization: str = ""
    description: Line = ""
    labels: Labels = {}


class GroupPatch(msgspec.Struct, forbid_unknown_fields=True):
    name: Name | None = None
    description: Line | None = None
    labels: LabelChanges | None = None


class GroupQuery(PageQuery, forbid_unknown_fields=True):
    SORTS = ("name", "created_at")

    organization: str | None = None
    name: str | None = None
    label: LabelFilter | None = None


class MemberView(msgspec.Struct, frozen=True):
    user_id: str
    username: str
    source: str


class MemberRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A username or a user's id."""

    user: str


class BindingView(msgspec.Struct, frozen=True, kw_only=True):
    """`workspace` is null where the binding reaches the whole organization, `expires_at` where it lasts. `state`:
    valid or expired."""

    id: str
    role_id: str
    role: str
    principal_kind: PrincipalKind
    principal_id: str
    principal: str
    organization_id: str
    organization: str
    workspace_id: str | None
    workspace: str | None
    source: str
    created_by: str
    created_at: str
    expires_at: str | None
    state: GrantState


class BindingRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A role for one user, group or key (name or id), in a workspace or an organization. `expires_at` (RFC 3339) is
    when it ends; "": it lasts."""

    SCHEMA: ClassVar[dict[str, Any]] = one_of("user", "group", "key") | not_both("workspace", "organization")

    role: str
    user: str = ""
    group: str = ""
    key: str = ""
    workspace: str = ""
    organization: str = ""
    expires_at: MomentOrNone = ""


class BindingPatch(msgspec.Struct, forbid_unknown_fields=True):
    """When it ends (RFC 3339); "" has it last."""

    expires_at: MomentOrNone


class BindingQuery(PageQuery, forbid_unknown_fields=True):
    """All but `state` are names or ids."""

    SORTS = ("created_at", "expires_at")

    user: str | None = None
    group: str | None = None
    key: str | None = None
    role: str | None = None
    organization: str | None = None
    workspace: str | None = None
    state: GrantState | None = None


class CanQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Whether `user`, `group` or `key` (else: the caller) can; where: a workspace, an organization, or (both
    empty) the appliance as a whole."""

    permission: Permission
    user: str = ""
    group: str = ""
    key: str = ""
    workspace: str = ""
    organization: str = ""


class AccessQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Of `user`, `group` or `key` (else: the caller); only what gives `permission`, or reaches a place."""

    permission: Permission | None = None
    user: str = ""
    group: str = ""
    key: str = ""
    workspace: str = ""
    organization: str = ""


AccessSource = Literal["administrator", "grant", "group", "visibility"]


class AccessRow(msgspec.Struct, frozen=True, kw_only=True):
    """Permissions that are held, where, and through what. `organization` of null: on the whole control plane;
    `workspace` of null: in the whole organization. `visibility`: the organization lets its workspaces see each
    other."""

    source: AccessSource
    role: str | None = None
    group: str | None = None
    grant_id: str | None = None
    organization_id: str | None = None
    organization: str | None = None
    workspace_id: str | None = None
    workspace: str | None = None
    expires_at: str | None = None
    permissions: tuple[str, ...]


class EffectiveAccess(msgspec.Struct, frozen=True):
    principal: str
    rows: tuple[AccessRow, ...]


class PermissionView(msgspec.Struct, frozen=True):
    """`resource` is the part before the colon, `title` what people call it; `roles` are the built-in ones that have
    it."""

    permission: str
    resource: str
    title: str
    description: str
    roles: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """The answer, and the grants that make it so; of a no, what would help."""

    principal: str
    permission: str
    where: str
    allowed: bool
    because: tuple[str, ...]
