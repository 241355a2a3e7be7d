"""Types of edges."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import shaped, whole
from nimbus.protocol.edge import EdgeReport, EdgeSettings, NginxCounts

EVERYBODY = "*"
MAX_SHARED = 200
MAX_RESOLVERS = 8
MAX_SHUTDOWN_S = 86_400
Mode = Literal["systemd", "standalone", "sidecar"]
NginxStatus = Literal["running", "stopped", "absent", "unknown"]
# As far as a pattern goes: an address, with or without a port.
Resolvers = Annotated[
    list[Annotated[str, shaped(pattern=r"^[0-9A-Fa-f.:\[\]]{2,60}$")]], shaped(maxItems=MAX_RESOLVERS)
]
SharedWith = Annotated[list[Annotated[str, shaped(minLength=1)]], shaped(maxItems=MAX_SHARED)]
ShutdownSeconds = Annotated[int, whole(1, MAX_SHUTDOWN_S)]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `shared_with`: ids of workspaces, or `*` alone for all of the organization."""

    node_id: str
    settings: EdgeSettings
    shared_with: tuple[str, ...] = ()
    created_at: int
    updated_at: int
    revision: int = 1


class StoredReport(msgspec.Struct, frozen=True):
    """`reported_at` in epoch microseconds."""

    reported_at: int
    report: EdgeReport


class EdgeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`node` is a name or an id. `shared_with`: workspaces of the organization, or `*` for all of them."""

    node: str
    mode: Mode = "systemd"
    owns_main_file: bool = False
    worker_shutdown_s: ShutdownSeconds = 600
    resolvers: Resolvers = []
    shared_with: SharedWith = []
    workspace: str = ""


class EdgePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays."""

    mode: Mode | None = None
    owns_main_file: bool | None = None
    worker_shutdown_s: ShutdownSeconds | None = None
    resolvers: Resolvers | None = None
    shared_with: SharedWith | None = None


class EdgeQuery(PageQuery, forbid_unknown_fields=True):
    """The list is by name."""


class ServerView(msgspec.Struct, frozen=True):
    """A server of an upstream, as the edge sees it."""

    upstream: str
    address: str
    healthy: bool
    addresses: tuple[str, ...]
    problem: str


class EdgeView(msgspec.Struct, frozen=True, kw_only=True):
    """`nginx` and `nginx_version` as it said last; `applied`: it has the newest of its section. `deployed`: virtual
    hosts that it is to serve. `shared`: it is of another workspace, and shared with one of the caller's."""

    node_id: str
    node: str
    workspace_id: str
    workspace: str
    state: str
    shared: bool
    mode: Mode
    owns_main_file: bool
    worker_shutdown_s: int
    resolvers: tuple[str, ...]
    shared_with: tuple[str, ...]
    nginx: NginxStatus
    nginx_version: str
    problem: str
    applied: bool
    deployed: int
    drifted: int
    servers_down: int
    reported_at: str | None
    created_at: str
    revision: int


class EdgeDetails(EdgeView, frozen=True, kw_only=True):
    """With what it reported: `drift` are the names of files that are not as they were written. `generation` is the
    one that its nginx answers with."""

    generation: int
    counts: NginxCounts | None
    servers: tuple[ServerView, ...]
    drift: tuple[str, ...]


class DriftView(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not as it was written; `diff` is a unified one, "" where the file is gone."""

    name: str
    owner: str
    state: Literal["changed", "gone", "foreign"]
    diff: str


class NginxOrder(msgspec.Struct, forbid_unknown_fields=True):
    action: Literal["start", "stop", "reload", "restart", "test"]


class News(msgspec.Struct, frozen=True):
    """What is otherwise than an edge said before: an action of the audit log, and facts of it."""

    action: str
    facts: dict[str, Any] = {}
