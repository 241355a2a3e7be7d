"""Types of artifacts and of uploads."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from nimbus.kernel.routing import PageQuery

# A piece of an upload: small enough to be held in memory until it is known who sends it.
PIECE_LIMIT = 4 * 1024 * 1024


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

    name: str
    version: str
    size: int
    sha256: str
    cpu: Cpu = Cpu.ANY
    content_type: str = "application/octet-stream"
    description: str = ""
    labels: dict[str, str] = {}
    workspace: str = ""


class PieceQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`offset`: how many bytes come before this piece."""

    offset: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.offset < 2**53:
            raise ValueError("offset must be from 0 to 9007199254740991")


class ArtifactPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. A label of null is taken away. Name, version and CPU never change."""

    description: str | None = None
    labels: dict[str, str | None] | None = None


class ArtifactQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`."""

    SORTS = ("name", "version", "size", "created_at")

    name: str | None = None
    cpu: Cpu | None = None
    label: str | None = None


class UploadQuery(PageQuery, forbid_unknown_fields=True):
    """The list is newest first."""


class FetchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The nodes are named (by name or id), or those of the artifact's workspace that carry the label `key=value`.
    `at_once`: so many nodes at a time (0: all)."""

    nodes: list[str] = []
    label: str = ""
    at_once: int | None = None
    failure_budget: int = 0


class ContentReleased(msgspec.Struct, frozen=True):
    """Event: a row that named this content has gone."""

    sha256: str
