"""Types of organizations and workspaces."""

from __future__ import annotations

import msgspec

from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels, Line, Name
from nimbus.kernel.routing import PageQuery

DEFAULT = "default"


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds."""

    id: str
    name: str
    description: str = ""
    labels: dict[str, str] = {}
    # A permission to read that is held in one workspace holds in all of the organization.
    cross_workspace_visibility: bool = False
    require_second_factor: bool = False
    created_at: int
    updated_at: int
    revision: int = 1


class Workspace(msgspec.Struct, frozen=True):
    """As other slices see it."""

    id: str
    organization_id: str
    organization: str
    name: str

    @property
    def full_name(self) -> str:
        return f"{self.organization}/{self.name}"


class WorkspaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """As stored."""

    id: str
    organization_id: str
    organization: str
    name: str
    description: str = ""
    labels: dict[str, str] = {}
    created_at: int
    updated_at: int
    revision: int = 1

    @property
    def short(self) -> Workspace:
        return Workspace(self.id, self.organization_id, self.organization, self.name)


class OrganizationView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339."""

    id: str
    name: str
    description: str
    labels: dict[str, str]
    cross_workspace_visibility: bool
    require_second_factor: bool
    created_at: str
    updated_at: str
    revision: int


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True):
    """`full_name` is organization/workspace; times are RFC 3339."""

    id: str
    organization_id: str
    organization: str
    name: str
    full_name: str
    description: str
    labels: dict[str, str]
    created_at: str
    updated_at: str
    revision: int


class OrganizationRequest(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    description: Line = ""
    labels: Labels = {}
    cross_workspace_visibility: bool = False
    require_second_factor: bool = False


class OrganizationPatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. A label set to null is removed."""

    name: Name | None = None
    description: Line | None = None
    labels: LabelChanges | None = None
    cross_workspace_visibility: bool | None = None
    require_second_factor: bool | None = None


class WorkspaceRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`organization` is a name or an id; the path may name it instead."""

    name: Name
    organization: str = ""
    description: Line = ""
    labels: Labels = {}


class WorkspacePatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. A label set to null is removed."""

    name: Name | None = None
    description: Line | None = None
    labels: LabelChanges | None = None


class MoveRequest(msgspec.Struct, forbid_unknown_fields=True):
    """To which organization, by name or id."""

    organization: str


class OrganizationQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`."""

    SORTS = ("name", "created_at")

    name: str | None = None
    label: LabelFilter | None = None


class WorkspaceQuery(PageQuery, forbid_unknown_fields=True):
    """`organization` is a name or an id, `label` is `key=value`."""

    SORTS = ("name", "organization", "created_at")

    organization: str | None = None
    name: str | None = None
    label: LabelFilter | None = None


class DeleteQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`cascade`: delete what is inside too. `dry_run`: only tell what that would be."""

    cascade: bool = False
    dry_run: bool = False


class Occupants(msgspec.Struct, frozen=True):
    """What is inside: how many of a kind, and the first names of them."""

    kind: str
    count: int
    names: tuple[str, ...]


class Deletion(msgspec.Struct, frozen=True):
    """What was deleted with the resource, or, of a dry run, would be."""

    id: str
    name: str
    deleted: bool
    contents: tuple[Occupants, ...]
