"""What an edge is told of its nginx, and what it says of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

# Where the agent's files of its edge are, unless it says otherwise. Not in its own folder, which is closed to all:
# workers of nginx connect to a socket in it.
EDGE_FOLDER = "/var/lib/nimbus-agent-edge"
# At most so many texts are asked for in one request.
MAX_TEXTS = 200


class ConfigurationFile(msgspec.Struct, frozen=True):
    """A file of nginx's. `owner` is the object that it is written from (`virtual_host/ID`, `upstream/ID`), and
    `version` that object's; "" and 0 where it belongs to the edge as a whole. `name` is without its ending."""

    name: str
    text: str
    owner: str = ""
    version: int = 0


class FileSet(msgspec.Struct, frozen=True):
    """All files of one generation; one of the edge as a whole makes nginx answer with its number, or with `mark`
    where there is one: the same generation is loaded again when a server of an upstream comes or goes."""

    generation: int
    files: tuple[ConfigurationFile, ...]
    mark: str = ""


class Outcome(StrEnum):
    """What became of a generation on an edge."""

    # Its own nginx answers with its number.
    PROVEN = "proven"
    # nginx does not run, and takes it when it starts.
    WRITTEN = "written"
    # What ran before still does.
    REFUSED = "refused"
    # It was loaded, did not hold, and what ran before runs again.
    ROLLED_BACK = "rolled_back"


class Problem(msgspec.Struct, frozen=True):
    """What nginx says, in its own words; `line` of the file that the object was written into, 0 without one."""

    message: str
    line: int = 0


class ObjectState(msgspec.Struct, frozen=True):
    """An object that is not served as it is wanted: `served` is the version that is, 0 when none is."""

    owner: str
    wanted: int
    served: int
    problem: Problem


class DeployReport(msgspec.Struct, frozen=True):
    """`problem`: why the whole generation is not served; `objects`: those that are served otherwise than wanted."""

    generation: int
    outcome: Outcome
    objects: tuple[ObjectState, ...] = ()
    problem: Problem | None = None


class EdgeSettings(msgspec.Struct, frozen=True):
    """How an edge's nginx is reached. `mode`: a service of systemd's, a process with a pid file, or a container
    that shares the agent's process namespace. `owns_main_file`: nginx.conf is written by Nimbus too. Seconds."""

    mode: Literal["systemd", "standalone", "sidecar"] = "systemd"
    owns_main_file: bool = False
    worker_shutdown_s: int = 600
    resolvers: tuple[str, ...] = ()


class EdgeFile(msgspec.Struct, frozen=True):
    """A file of the generation without its text, which is asked for by its digest once; see ConfigurationFile."""

    name: str
    sha256: str
    owner: str = ""
    version: int = 0


class UpstreamTarget(msgspec.Struct, frozen=True):
    """A server of an upstream. `address` is `ADDRESS:PORT`, `[IPV6]:PORT`, `NAME:PORT` or `unix:PATH`: a name is
    resolved by the agent. `drained`: a node that is offline or in maintenance. `fail_timeout` in seconds."""

    address: str
    weight: int = 1
    backup: bool = False
    down: bool = False
    drained: bool = False
    max_fails: int = 1
    fail_timeout: int = 10


class TargetCheck(msgspec.Struct, frozen=True):
    """How the agent asks each server of an upstream whether it is well; times in seconds. `status` 0: 200 to 399
    are well. `tls_name` is "" for plain HTTP."""

    kind: Literal["http", "tcp"] = "http"
    path: str = "/"
    host: str = ""
    status: int = 0
    tls_name: str = ""
    interval: int = 10
    timeout: int = 5
    failures: int = 3
    successes: int = 2


class EdgeUpstream(msgspec.Struct, frozen=True):
    """An upstream block, which the agent writes; `name` is the block's."""

    name: str
    owner: str
    version: int
    servers: tuple[UpstreamTarget, ...]
    algorithm: str = "round_robin"
    keepalive: int = 32
    keepalive_timeout: int = 60
    check: TargetCheck | None = None


class EdgeCertificate(msgspec.Struct, frozen=True):
    """A certificate that this edge serves, without its key. `stem` is its files' name without an ending, `version`
    counts what was issued or uploaded, `serial` is that of the leaf in hexadecimal digits."""

    id: str
    version: int
    stem: str
    serial: str
    names: tuple[str, ...] = ()


class CertificateFiles(msgspec.Struct, frozen=True):
    """Both in PEM; the chain begins with the leaf."""

    chain: str
    key: str


class EdgeProbe(msgspec.Struct, frozen=True):
    """A name and port that must be answered through the edge once its generation is loaded."""

    owner: str
    server_name: str
    port: int
    ssl: bool


class EdgeDocument(msgspec.Struct, frozen=True):
    """The section `edge` at one revision. `generation` is what nginx answers with, 0 where the node is no edge (any
    more): nothing of ours is served then, and its nginx is released. It never falls; what a task names is at least
    reached, and may have been passed. `head` is the text of the file that is read before all others. Each list is
    ordered by name, so that it is told by differences."""

    revision: int
    generation: int = 0
    settings: EdgeSettings = EdgeSettings()
    head: str = ""
    files: tuple[EdgeFile, ...] = ()
    upstreams: tuple[EdgeUpstream, ...] = ()
    certificates: tuple[EdgeCertificate, ...] = ()
    probes: tuple[EdgeProbe, ...] = ()


class EdgeDelta(msgspec.Struct, frozen=True):
    """From revision `since` to `revision`: what is new or other, by name or id, and what is gone. `probes` are
    those of changed objects. `settings` None: as before."""

    since: int
    revision: int
    generation: int
    head: str
    settings: EdgeSettings | None = None
    files: tuple[EdgeFile, ...] = ()
    upstreams: tuple[EdgeUpstream, ...] = ()
    certificates: tuple[EdgeCertificate, ...] = ()
    probes: tuple[EdgeProbe, ...] = ()
    removed_files: tuple[str, ...] = ()
    removed_upstreams: tuple[str, ...] = ()
    removed_certificates: tuple[str, ...] = ()


class EdgeSection(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of `GET /v1/internal/desired/{node}/edge?revision=R`: one of both. `delta` where the differences
    since R are kept; 304 when there are none."""

    whole: EdgeDocument | None = None
    delta: EdgeDelta | None = None


class EdgeTextsRequest(msgspec.Struct, frozen=True):
    """For `POST /v1/internal/edge/texts`; at most MAX_TEXTS."""

    sha256: tuple[str, ...]


class EdgeTexts(msgspec.Struct, frozen=True):
    """Texts by their SHA-256 (64 hexadecimal digits)."""

    texts: dict[str, str]


class ChallengeAnswer(msgspec.Struct, frozen=True):
    """What a certificate authority asks for over HTTP, and what it is answered (RFC 8555, section 8.3)."""

    token: str
    key_authorization: str


class ChallengesDocument(msgspec.Struct, frozen=True):
    """The section `challenges`: all answers that an edge gives now, at one revision."""

    revision: int
    answers: tuple[ChallengeAnswer, ...] = ()


class ServerHealth(msgspec.Struct, frozen=True):
    """A server of an upstream as the edge sees it. `addresses`: what its name resolves to."""

    upstream: str
    address: str
    healthy: bool
    addresses: tuple[str, ...] = ()
    problem: str = ""


class NginxState(msgspec.Struct, frozen=True):
    """`version_text` is what `nginx -V` says, bounded; "" without an nginx, `problem` says why. `folder` is the
    agent's for its edge, as nginx sees it, with `certificates/`, `challenges.sock` and `generation.sock`; "" for
    `EDGE_FOLDER`."""

    running: bool = False
    version_text: str = ""
    mode: str = ""
    main_file: str = ""
    has_ipv6: bool = False
    problem: str = ""
    folder: str = ""


class NginxCounts(msgspec.Struct, frozen=True):
    """What `stub_status` counts since nginx began."""

    active: int = 0
    accepted: int = 0
    handled: int = 0
    requests: int = 0
    reading: int = 0
    writing: int = 0
    waiting: int = 0


class EdgeReport(msgspec.Struct, frozen=True):
    """What an edge says of itself, whenever it is otherwise than last said and at least each five minutes. `drift`
    are the names of files that are not as they were written, with what they hold now (bounded)."""

    revision: int
    nginx: NginxState
    generation: int = 0
    deploy: DeployReport | None = None
    counts: NginxCounts | None = None
    servers: tuple[ServerHealth, ...] = ()
    # Id of each certificate to the serial that a handshake showed.
    certificates: dict[str, str] = {}
    drift: dict[str, str] = {}
