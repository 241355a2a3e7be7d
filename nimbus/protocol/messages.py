"""What travels between an agent and the control plane, as msgspec structs in JSON.

Fields may be added with a default; a peer ignores fields that it does not know. Times are Unix seconds (float)
unless a name says otherwise; sizes are bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from nimbus.protocol.version import PROTOCOL_VERSION

# A result beyond this many bytes of JSON is cut and marked.
RESULT_LIMIT_BYTES = 256 * 1024
# Of a task's log: characters of a line, lines and bytes of one message, and of all that is kept of one task.
LOG_LINE_LIMIT = 4096
PROGRESS_LINES_LIMIT = 500
PROGRESS_BYTES_LIMIT = 256 * 1024
TASK_LOG_LINES = 10_000
TASK_LOG_BYTES = 4 * 1024 * 1024
# Endpoints of its own that a member may name.
MESH_ENDPOINTS_LIMIT = 8
# Ways that one heartbeat tells of; of them those that are told whole, and bytes of the others, packed.
MEASURED_WAYS_LIMIT = 512
MEASURED_WHOLE_LIMIT = 8
MEASURED_BYTES_LIMIT = 16 * 1024
DeploymentMode = Literal["standalone", "docker-sidecar", "k8s-sidecar"]
# How a node shows who it is: by a client certificate, or by signing each request (behind a proxy that ends TLS).
NodeAuth = Literal["mtls", "session-key"]


class Message(msgspec.Struct, kw_only=True):
    protocol: int = PROTOCOL_VERSION


class Disk(msgspec.Struct, frozen=True):
    """A mounted file system. `inodes` 0: it has no fixed number of them, or an older agent does not say."""

    mount: str
    device: str
    filesystem: str
    total_bytes: int
    used_bytes: int
    inodes: int = 0
    inodes_used: int = 0


class Gpu(msgspec.Struct, frozen=True):
    index: int
    uuid: str
    model: str
    memory_bytes: int
    mig: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine is, looked at without changing it. `nginx` is the version of the one that is installed."""

    hostname: str
    os: str = ""
    kernel: str = ""
    architecture: str = ""
    cpu_model: str = ""
    cpu_count: int = 0
    memory_bytes: int = 0
    disks: tuple[Disk, ...] = ()
    gpus: tuple[Gpu, ...] = ()
    addresses: tuple[str, ...] = ()
    agent_version: str = ""
    python_version: str = ""
    deployment_mode: DeploymentMode = "standalone"
    capabilities: tuple[str, ...] = ()
    nginx: str = ""


class JoinRequest(Message):
    """`mesh_key` is the node's own WireGuard public key, empty without a mesh; `csr` is PEM; `sent_at` lets the
    control plane name a clock that is off. `check_only` asks what speaks against the token, and changes nothing:
    the answer is an error in any case. The key of the CSR names the machine also where no certificate is wanted.
    `on_control_plane`: the machine is the control plane's own, whose interface and address it shares; then there is
    no `mesh_key`. `mesh_endpoints` as in heartbeats: so others are told of a new member once."""

    secret: str
    csr: str
    facts: Facts
    sent_at: float
    name: str = ""
    mesh_key: str = ""
    listen_port: int = 0
    check_only: bool = False
    auth: NodeAuth = "mtls"
    on_control_plane: bool = False
    mesh_endpoints: tuple[str, ...] = ()


class MeshMembership(msgspec.Struct, frozen=True):
    """The node's place in the mesh: its address with prefix length, and the control plane as first peer."""

    address: str
    peer_key: str
    endpoint: str
    control_plane_address: str


class SessionKey(msgspec.Struct, frozen=True):
    """A key pair with which a node signs its requests (`nimbus.protocol.signing`)."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"SessionKey({self.key_id!r})"


class JoinAnswer(Message):
    """`certificate` is empty for a node that signs with its `session_key`. `waiting`: an operator has to approve
    the node before it gets anything to do."""

    node_id: str
    name: str
    workspace: str
    certificate: str
    ca: str
    agent_api: str
    heartbeat_interval_s: float
    mesh: MeshMembership | None = None
    session_key: SessionKey | None = None
    waiting: bool = False


class JoinComplete(Message):
    """The agent has stored the answer: now the control plane may put the node's own key in place."""

    secret: str


class ClaimRequest(Message):
    """Asks for a token of this machine's own, with one that is for several. `machine` is the SHA-256 of the public
    key that it will join with, in hex, so that it is given the same when it asks again."""

    secret: str
    machine: str


class ClaimAnswer(Message):
    token: str

    def __repr__(self) -> str:
        return "ClaimAnswer()"


class RenewRequest(Message):
    csr: str


class RenewAnswer(Message):
    certificate: str
    ca: str


class HealthCheck(msgspec.Struct, frozen=True):
    name: str
    healthy: bool
    message: str = ""


class SystemMetrics(msgspec.Struct, frozen=True, kw_only=True):
    cpu_percent: float = 0.0
    load_1m: float = 0.0
    memory_used_bytes: int = 0
    memory_total_bytes: int = 0
    disk_used_bytes: int = 0
    disk_total_bytes: int = 0
    network_rx_bytes: int = 0
    network_tx_bytes: int = 0
    uptime_s: float = 0.0


class Instance(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run of an agent. `id` is drawn at random when it starts; the rest is for whoever has to find the machine:
    its own address on the way to the control plane, and digests of the machine's id and of its boot."""

    id: str
    hostname: str = ""
    address: str = ""
    machine: str = ""
    boot: str = ""


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """One node's view of one peer. `handshake_age_s` and `rtt_ms` are null when there was none. `way`: which one
    `endpoint` is (lan, outside, relay, tls; "": not said), of a relay it is the overlay address; `tried`: the
    endpoints that were tried since an answer was missed; `asked_first`: the peer was heard only once it had been
    asked to send, as behind what lets in nothing but answers; `mtu`: larger packets are lost on this way alone, 0:
    not less than the interface's. `idle`: there was no session and nothing was sent,
    and measuring has not opened one. `sent` echo requests, of which `lost` were not answered; 0: not said. `ago_s`:
    so long ago when this was told."""

    peer: str
    name: str
    handshake_age_s: float | None
    rtt_ms: float | None
    rx_bytes: int
    tx_bytes: int
    endpoint: str = ""
    way: str = ""
    tried: tuple[str, ...] = ()
    asked_first: bool = False
    mtu: int = 0
    idle: bool = False
    sent: int = 0
    lost: int = 0
    ago_s: int = 0


class MeshProbeResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """`packed`: ways by `link_columns`; `links`: those of which more is known than that holds."""

    links: tuple[Link, ...]
    packed: bytes = b""


class Heartbeat(Message):
    """`applied` maps a desired-state section to the revision that the node has applied; `running` are the ids
    of the tasks that the node has. `generation` is that of the control plane's database as the node knows it (0:
    it does not), `proof` what it was told of it, for a control plane that has a lower one. `instance`: which run
    of the agent says so; a poll names its id. `interval_s`: how often the node sends these now; 0: not said. `mtu`
    of its mesh interface (0: none, or not said), `mtu_source`: where that comes from. `listen_port`: the UDP port
    of its WireGuard. `mesh_endpoints`: where that can be reached as far as the machine itself knows, best first;
    None: not said. `mesh_via`: how it reaches the control plane, "udp" or, where that is blocked, "tls"; "": not
    said. `sought`: ids of members that do not answer it: they are asked to send to it, which opens what lets in
    nothing but answers. `measured`: ways of the mesh that were measured since the last one, at most
    `MEASURED_WAYS_LIMIT`."""

    sent_at: float
    metrics: SystemMetrics
    version: str
    applied: dict[str, int] = {}
    checks: tuple[HealthCheck, ...] = ()
    alerts: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    generation: int = 0
    proof: str = ""
    instance: Instance | None = None
    interval_s: float = 0.0
    mtu: int = 0
    mtu_source: str = ""
    listen_port: int = 0
    mesh_endpoints: tuple[str, ...] | None = None
    mesh_via: str = ""
    sought: tuple[str, ...] = ()
    keeps_ports: bool = False
    measured: MeshProbeResult | None = None


class MetricSample(msgspec.Struct, frozen=True):
    at: float
    metrics: SystemMetrics


class MetricBacklog(Message):
    """What a node kept while it could not say it, with its own times; `sent_at` tells how its clock is off. The
    same samples twice change nothing."""

    sent_at: float
    samples: tuple[MetricSample, ...]


class Sighting(msgspec.Struct, frozen=True):
    """The node is to send a datagram (`nimbus.protocol.sighting`) to this UDP port of the control plane, from the
    port of its WireGuard; `token` in hexadecimal."""

    port: int
    token: str

    def __repr__(self) -> str:
        return f"Sighting({self.port!r})"


class HeartbeatAnswer(Message):
    """`waiting`: the node is not approved yet. `new_key` is the id of a session key that the node has not used
    yet: it fetches it (POST /v1/internal/session-key), stores it and signs with it from then on. `generation`
    is that of the database, `proof` comes with one that the node did not name. `relays` are the overlay
    addresses of nodes that relay for this one, its own among them when it shall relay itself; not there: there
    are none. `sighting` asks it to show itself. `network`: what seems to be in front of it (docs/mesh-ways.md),
    where that is known. `kept_apart`: the mesh policy opens only some ports between it and others, and it has not
    said that it keeps them."""

    revisions: dict[str, int]
    server_time: float
    waiting: bool | msgspec.UnsetType = msgspec.UNSET
    new_key: str | msgspec.UnsetType = msgspec.UNSET
    generation: int = 0
    proof: str = ""
    relays: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    sighting: Sighting | msgspec.UnsetType = msgspec.UNSET
    network: str | msgspec.UnsetType = msgspec.UNSET
    kept_apart: bool | msgspec.UnsetType = msgspec.UNSET


class SessionKeyAnswer(Message):
    """`key` is the one to use from now on: the same again until it was used."""

    key: SessionKey


class NonceHint(msgspec.Struct, frozen=True):
    """With a refused nonce: what the next one has to be made of (`nimbus.protocol.signing.session_nonce`)."""

    epoch: str
    newest: int


class LeasedTask(msgspec.Struct, frozen=True, kw_only=True):
    """One order. `attempt` counts from 1 and names the lease: a result says which attempt it is of."""

    id: str
    kind: str
    attempt: int
    timeout_s: float
    parameters: dict[str, Any] = {}
    trace: str = ""

    def __repr__(self) -> str:
        return f"LeasedTask({self.id!r}, {self.kind!r}, attempt={self.attempt})"


class MeshPorts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is open between a member and the one that is told of it, as words of `nimbus.protocol.port_set`: what
    the other may open on the told one (`incoming`), and what that may open on the other."""

    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same content."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class MeshPeer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One other member. `endpoint` is where the control plane sees it, "" when it does not yet; `more_endpoints`
    are where it says that it is reached, too. `workspace` is a name, without the organization. `ports`: the id of
    what is open between the two, "" where everything is. `removed` rows carry only the node and key."""

    node_id: str
    name: str
    public_key: str
    address: str
    endpoint: str = ""
    removed: bool = False
    more_endpoints: tuple[str, ...] = ()
    workspace: str = ""
    ports: str = ""


class MeshDelta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changed in the mesh between `since` and `revision`. `since` 0 is the whole of it: members that are
    not in it are gone. `checksum` is of the full state at `revision` (`nimbus.protocol.checksum`). `ports`: by id,
    all that `peers` name."""

    since: int
    revision: int
    checksum: str
    peers: tuple[MeshPeer, ...]
    ports: dict[str, MeshPorts] = {}


class PollAnswer(Message):
    """The answer to a long poll. `mesh` is there when the mesh moved past the revision that the node named and
    the difference is small; otherwise the node fetches the section. `generation`: see `HeartbeatAnswer`.
    `sought_by`: ids of members that try to reach this node and get no answer."""

    revisions: dict[str, int]
    generation: int = 0
    tasks: tuple[LeasedTask, ...] = ()
    cancel: tuple[str, ...] = ()
    mesh: MeshDelta | None = None
    waiting: bool = False
    sought_by: tuple[str, ...] = ()


TaskOutcome = Literal["succeeded", "failed", "cancelled"]


class TaskResult(Message):
    """`retryable` says that another attempt may help. `truncated` marks a result that was cut."""

    attempt: int
    outcome: TaskOutcome
    result: Any = None
    error_code: str = ""
    error: str = ""
    retryable: bool = False
    truncated: bool = False
    started_at: float = 0.0
    finished_at: float = 0.0


class TaskProgress(Message):
    """`first` numbers the first of `lines` within the attempt, so that lines sent twice are stored once. The
    numbers of one message follow each other; between messages there may be gaps."""

    attempt: int
    percent: int | None = None
    first: int = 0
    lines: tuple[str, ...] = ()
