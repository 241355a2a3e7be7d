"""Types of objects of the edge, as stored and as they are asked for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from nimbus.kernel.naming import LabelFilter, Line
from nimbus.kernel.routing import PageQuery

VersionNumber = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class ObjectKind(StrEnum):
    VIRTUAL_HOST = "virtual_host"
    UPSTREAM = "upstream"
    TEMPLATE = "template"


# What a version may refer to.
ReferenceKind = Literal["upstream", "template", "certificate", "node"]


class EdgeObject(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; `version` is the current one, times are epoch microseconds."""

    id: str
    kind: ObjectKind
    workspace_id: str
    name: str
    description: str = ""
    labels: dict[str, str] = {}
    version: int = 1
    created_by: str
    created_at: int
    updated_by: str
    updated_at: int
    # Counts all changes, those of name and labels too.
    revision: int = 1


class EdgeVersion(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `spec` is JSON, `sha256` that of its bytes."""

    object_id: str
    number: int
    spec: str
    sha256: str
    summary: str = ""
    restored_from: int | None = None
    created_by: str
    created_at: int


class Reference(msgspec.Struct, frozen=True, order=True):
    """`field` of a version names what has this id."""

    field: str
    kind: ReferenceKind
    id: str


class HostPort(msgspec.Struct, frozen=True, order=True):
    """A name (in A-labels) that is answered on a port."""

    name: str
    port: int


class Use(msgspec.Struct, frozen=True, order=True):
    """Which object uses something, in which field."""

    kind: str
    id: str
    name: str
    field: str


class NamedReference(msgspec.Struct, frozen=True, order=True):
    """A reference with the name of what it leads to; "" where that is gone."""

    field: str
    kind: ReferenceKind
    id: str
    name: str


class Note(msgspec.Struct, frozen=True, order=True):
    """What is saved, and cannot be everywhere: said for the node where it cannot; "" where it is about all."""

    field: str
    message: str
    node: str = ""


class ObjectQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`; `search` is a part of the name or the description. `uses`: the id of what it refers
    to."""

    SORTS = ("name", "created_at", "updated_at")

    name: str | None = None
    label: LabelFilter | None = None
    search: str | None = None
    uses: str | None = None


class VirtualHostQuery(ObjectQuery, forbid_unknown_fields=True):
    """`server_name` is one of its domains."""

    server_name: str | None = None


class Rollback(msgspec.Struct, forbid_unknown_fields=True):
    """To which version; the one before the current one when it is not given."""

    version: VersionNumber | None = None
    summary: Line = ""


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """`restored_from`: the version whose content this one has, when it came from a rollback."""

    version: int
    current: bool
    sha256: str
    summary: str
    restored_from: int | None
    created_by: str
    created_at: str
