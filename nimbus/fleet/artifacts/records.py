"""Types of artifacts and of uploads."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar

import msgspec

from nimbus.fleet.operations.records import MAX_NODES
from nimbus.kernel.naming import LabelChanges, LabelFilter, LabelFilterOrNone, Labels, Line, Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import matching, one_of, shaped, whole

# A piece of an upload: small enough to be held in memory until it is known who sends it.
PIECE_LIMIT = 4 * 1024 * 1024

VERSION = r"[A-Za-z0-9]([A-Za-z0-9._+-]{0,61}[A-Za-z0-9])?"
SHA256 = "[0-9A-Fa-f]{64}"
# RFC 9110 section 8.3.1, without parameters.
MEDIA_TYPE = r"[A-Za-z0-9!#$&^_.+-]{1,64}/[A-Za-z0-9!#$&^_.+-]{1,64}"
MAX_OFFSET = 2**53 - 1


class Cpu(StrEnum):
    ANY = "any"
    X86_64 = "x86_64"
    AARCH64 = "aarch64"


class Damage(StrEnum):
    """What is wrong with the file of an artifact."""

    NONE = ""
    MISSING = "missing"
    ALTERED = "altered"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Which bytes, and what they are called. `sha256` is lower-case hexadecimal, `size` in bytes."""

    name: str
    version: str
    cpu: Cpu
    size: int
    sha256: str
    content_type: str
    description: str
    labels: dict[str, str]


class Artifact(Content, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds."""

    id: str
    workspace_id: str
    created_by: str
    created_at: int
    updated_at: int
    revision: int = 1
    damage: Damage = Damage.NONE


class Upload(Content, frozen=True, kw_only=True):
    """As stored: an artifact that is on its way. `touched_at`: when bytes last came, to ten minutes."""

    id: str
    workspace_id: str
    created_by: str
    created_at: int
    touched_at: int


class ArtifactView(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact as the API shows it; times are RFC 3339. `reference` stands for it wherever its id does; so does
    its name, or name and version, where there is one of that only."""

    id: str
    workspace_id: str
    workspace: str
    reference: str
    name: str
    version: str
    cpu: Cpu
    size: int
    sha256: str
    content_type: str
    description: str
    labels: dict[str, str]
    damage: Damage
    created_by: str
    created_at: str
    updated_at: str
    revision: int


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """An upload. `received` bytes are there: the next piece begins with them. When all of this is there already,
    `artifact` is it, and there is no upload (`id` null)."""

    id: str | None
    workspace_id: str
    workspace: str
    name: str
    version: str
    cpu: Cpu
    size: int
    sha256: str
    received: int
    created_by: str
    created_at: str
    artifact: ArtifactView | None = None


class UploadRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What will come: its size in bytes and its SHA-256, in hexadecimal."""

    name: Name
    version: Annotated[str, matching(VERSION)]
    size: Annotated[int, shaped(minimum=1)]
    sha256: Annotated[str, matching(SHA256)]
    cpu: Cpu = Cpu.ANY
    content_type: Annotated[str, matching(MEDIA_TYPE)] = "application/octet-stream"
    description: Line = ""
    labels: Labels = {}
    workspace: str = ""


class PieceQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`offset`: how many bytes come before this piece."""

    offset: Annotated[int, whole(0, MAX_OFFSET)] = 0

    def __post_init__(self) -> None:
        if not 0 <= self.offset <= MAX_OFFSET:
            raise ValueError(f"offset must be from 0 to {MAX_OFFSET}")


class ArtifactPatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. A label set to null is removed. Name, version and CPU never
    change."""

    description: Line | None = None
    labels: LabelChanges | None = None


class ArtifactQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`."""

    SORTS = ("name", "version", "size", "created_at")

    name: str | None = None
    cpu: Cpu | None = None
    label: LabelFilter | None = None


class UploadQuery(PageQuery, forbid_unknown_fields=True):
    """The list is newest first."""


class FetchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The nodes are named (by name or id), or those of the artifact's workspace that carry the label `key=value`.
    `at_once`: so many nodes at a time (0: all)."""

    SCHEMA: ClassVar[dict[str, Any]] = one_of("nodes", "label")

    nodes: Annotated[list[str], shaped(maxItems=MAX_NODES)] = []
    label: LabelFilterOrNone = ""
    at_once: Annotated[int, whole(0, MAX_NODES)] | None = None
    failure_budget: Annotated[int, whole(0, MAX_NODES)] = 0


class ContentReleased(msgspec.Struct, frozen=True):
    """Event: a row that named this content has gone."""

    sha256: str
