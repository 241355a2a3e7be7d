"""Types of sections."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from nimbus.edge.virtual_hosts.configuration import Listen
from nimbus.protocol.edge import EdgeSettings, EdgeUpstream

# Revisions that differences are told from.
KEPT_REVISIONS = 200


class EntryKind(StrEnum):
    FILE = "file"
    UPSTREAM = "upstream"
    CERTIFICATE = "certificate"
    PROBE = "probe"


Key = tuple[EntryKind, str]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a section. `body` is JSON of the type that its kind has; `sha256` that of a file's text, or "".
    `revision` is the one it was changed at."""

    kind: EntryKind
    name: str
    owner: str = ""
    version: int = 0
    sha256: str = ""
    body: str = "{}"
    revision: int = 0
    is_gone: bool = False

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def content(self) -> tuple[object, ...]:
        """All of it but when it was changed."""
        return self.kind, self.name, self.owner, self.version, self.sha256, self.body


class FileBody(msgspec.Struct, frozen=True):
    """Ports that it listens on, and names that it answers to on each. `uses`: the versions of upstreams and
    templates that it was written with, by id; `certificate`: the id of its own, "" without one."""

    listens: tuple[Listen, ...] = ()
    claims: tuple[tuple[str, int], ...] = ()
    uses: dict[str, int] = {}
    certificate: str = ""


class UpstreamBody(msgspec.Struct, frozen=True):
    """`nodes`: of each server the id of the node that it is, else ""."""

    told: EdgeUpstream
    nodes: tuple[str, ...] = ()


class Head(msgspec.Struct, frozen=True):
    """What decides how the file that is read before all others is written; see NginxState."""

    version_text: str = ""
    has_ipv6: bool = False
    folder: str = ""
    listens: tuple[Listen, ...] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; revisions without what a restored backup adds."""

    node_id: str
    revision: int = 0
    kept_from: int = 0
    is_edge: bool = True
    settings: EdgeSettings = EdgeSettings()
    settings_revision: int = 0
    head: Head = Head()


class EdgeSectionChanged(msgspec.Struct, frozen=True):
    """Event: the node has another section `edge`; `revision` as it is told."""

    node_id: str
    revision: int


class ChallengesChanged(msgspec.Struct, frozen=True):
    """Event: the node has another section `challenges`."""

    node_id: str
    revision: int
