"""Types of the mesh."""

from __future__ import annotations

from typing import Literal

import msgspec

from nimbus.kernel.routing import PageQuery
from nimbus.protocol.messages import MeshDelta, MeshPeer

CONTROL_PLANE = "control-plane"
Path = Literal["direct", "relayed", "idle", "down"]
Cause = Literal["offline", "no_answer", "relay", "not_measured"]
MeshMode = Literal["auto", "kernel", "userspace", "off"]


class MeshIdentity(msgspec.Struct, frozen=True):
    """The control plane's place in the mesh. `endpoint` is host:port (UDP) as nodes reach it, `more_endpoints` are
    tried after it; `overlay` a CIDR; `address` its first address; `mtu` as set, 0: as each way is."""

    public_key: str
    endpoint: str
    overlay: str
    address: str
    prefix_length: int
    mtu: int = 0
    more_endpoints: tuple[str, ...] = ()


class Member(msgspec.Struct, frozen=True):
    """A row of the log: a peer, the revision of its last change, the scope whose members know it, and the revision
    with which it came into that scope."""

    peer: MeshPeer
    revision: int
    scope: str
    entered: int = 0


class ProvisionalPeer(msgspec.Struct, frozen=True):
    token_id: str
    public_key: str
    address: str


class MeshState(msgspec.Struct, frozen=True):
    """Of a scope. `forgotten_before`: tombstones older than this revision are gone; who is behind it gets
    everything. `matched`: see `policy.rules.Kind`. `seen_anew`: since this revision it sees the scopes that it
    sees; who is behind it gets everything, too."""

    revision: int
    checksum: str
    forgotten_before: int
    matched: tuple[str, ...] = ()
    seen_anew: int = 0


class SeenAt(msgspec.Struct, frozen=True):
    """Where a peer's packets come from. `endpoint` is where others may send to it, "" when that is not known, or
    when it comes over TLS; `address` is where it is, "" when it has not been heard."""

    endpoint: str = ""
    address: str = ""


class Step(msgspec.Struct, frozen=True):
    """What is published to one scope: the difference to `since`, which its nodes were told before."""

    scope: str
    since: int
    delta: MeshDelta


class News(msgspec.Struct, frozen=True):
    """What one publication is about. `revision` is the newest of all scopes, `changed` are the rows since the one
    before, `views` says which scopes each scope sees, `kept_apart` which would see more if their members could keep
    ports."""

    revision: int
    steps: tuple[Step, ...] = ()
    changed: tuple[Member, ...] = ()
    views: dict[str, frozenset[str]] = {}
    kept_apart: frozenset[str] = frozenset()


class MeshPublished(msgspec.Struct, frozen=True):
    """The nodes of these scopes may fetch what is new there."""

    scopes: frozenset[str]


class MeshChanged(msgspec.Struct, frozen=True):
    """Event: the members changed; `revision` is the newest of all scopes."""

    revision: int


class MembersSought(msgspec.Struct, frozen=True):
    """Event, for other control planes: pairs of a member that seeks another, and that one."""

    pairs: tuple[tuple[str, str], ...]


class MembersSoughtElsewhere(msgspec.Struct, frozen=True):
    """Event: what another control plane has heard of."""

    pairs: tuple[tuple[str, str], ...]


class MemberSought(msgspec.Struct, frozen=True):
    """Event: another member does not reach this one, and asks it to send."""

    node_id: str


class DeviceChanged(msgspec.Struct, frozen=True):
    """Event: only the control plane's own device has something new (a provisional peer)."""


class MeshPair(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """One direction of one pair. `path` idle: nothing was sent lately, and what is sent next opens it. `way`: how
    it goes, `endpoint`: where WireGuard sends; "" where that was not measured. `cause`: why it is relayed or down,
    "" where it is neither."""

    from_: str
    to: str
    path: Path
    handshake_age_s: float | None
    rtt_ms: float | None
    rx_bytes: int
    tx_bytes: int
    measured_at: str | None
    way: Literal["lan", "outside", "relay", "tls", ""] = ""
    endpoint: str = ""
    cause: Literal["offline", "no_answer", "relay", "not_measured", ""] = ""
    loss_percent: float | None = None


class StatusQuery(PageQuery, forbid_unknown_fields=True):
    """`node`: only the ways from and to this one, with `outgoing` those from it alone; `show`: `problems` for those
    that are relayed or down, or all; `path` and `cause`: only these, whatever `show` says."""

    node: str | None = None
    show: Literal["problems", "all"] = "problems"
    path: Path | None = None
    cause: Cause | None = None
    outgoing: bool = False


class NetworkQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A member of the mesh, by name or id."""

    node: str


class HeardAt(msgspec.Struct, frozen=True):
    """Where a member is heard, and by which other."""

    by: str
    endpoint: str


class MeshNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """What is in front of a member's WireGuard, by where the others hear it."""

    kind: Literal["udp_blocked", "none", "firewall", "same_port", "port_per_destination", "nat", "unknown"]
    doubled: bool
    message: str
    heard: tuple[HeardAt, ...]


class SummaryQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`node`: only the ways from and to this one."""

    node: str | None = None


class MeshCause(msgspec.Struct, frozen=True):
    """Ways that are relayed or down for the same reason. `node`: the one that they all lead from or to, "" for
    several."""

    cause: Cause
    node: str
    ways: int


class MeshSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A way is one direction of a pair; the control plane's are among them. `down` has those that are
    `not_measured`. `causes` are the largest. `oldest_at`: when the oldest of what online nodes have measured was
    measured; null: nothing was."""

    members: int
    ways: int
    direct: int
    relayed: int
    idle: int
    down: int
    not_measured: int
    causes: list[MeshCause]
    oldest_at: str | None


class MeshNode(msgspec.Struct, frozen=True, kw_only=True):
    """A member as its own last measurements have it: to how many of the others it gets how, and the median of its
    round trips. `measured_at` null: it has measured nothing yet, and then nothing is counted. `organization` is
    the id of its own: there are no links between members of two. `ways`: how many others it is joined with;
    `scope`: see `MeshTopology.joined`, `place`: see `MeshTopology.idle`."""

    id: str
    name: str
    organization: str
    address: str
    online: bool
    ways: int
    direct: int
    relayed: int
    idle: int
    down: int
    rtt_ms: float | None
    measured_at: str | None
    scope: int
    place: int


class MeshLinks(msgspec.Struct, frozen=True):
    """Pairs as columns of equal length; `a` and `b` are positions in the list of nodes, a before b. Both directions
    of a pair are one link: the worse path, idle where both are, the longer round trip, the older handshake."""

    a: list[int]
    b: list[int]
    path: list[Path]
    rtt_ms: list[float | None]
    handshake_age_s: list[float | None]


class MeshTopology(msgspec.Struct, frozen=True, kw_only=True):
    """`complete`: `links` are all that were measured; else (a large mesh) only the first that are relayed or down
    between nodes that are online. `problems`: how many pairs are relayed or down, also for want of a node that is
    offline. `joined`: for each scope (a number from 0 on) those whose members its members are told of;
    what is not joined has no way, and is not counted. Of a large mesh, for each node, as bits: to which of the
    others its way is `idle`, `relayed` or `silent` (no answer, although both are online), and `unmeasured`: of
    which nothing is known. Bit n (of byte n/8 the bit n%8) is the node whose `place` is n."""

    nodes: list[MeshNode]
    links: MeshLinks
    complete: bool
    problems: int
    joined: list[list[int]]
    idle: list[bytes]
    unmeasured: list[bytes]
    relayed: list[bytes]
    silent: list[bytes]


class WhyQuery(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Two members, by name or id; `control-plane` is one too."""

    from_: str
    to: str


class MeshFinding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `ok` null: neither good nor bad."""

    ok: bool | None
    message: str


class MeshExplanation(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Why two members reach each other or do not: what was looked at, the first cause found, what to do."""

    from_: str
    to: str
    path: Path
    summary: str
    next_step: str
    findings: list[MeshFinding]
    pairs: list[MeshPair]


class Carried(msgspec.Struct, frozen=True):
    """What the control plane has carried since it started. Frames between nodes: `relayed_bytes` of those that were
    carried, how many were dropped because there was no room, or because the two have nothing to do with each other.
    `over_tls`: nodes that come over TLS now."""

    relayed_frames: int = 0
    relayed_bytes: int = 0
    dropped_no_room: int = 0
    dropped_not_served: int = 0
    over_tls: int = 0


class MeshInfo(msgspec.Struct, frozen=True):
    """`mode` is what the control plane runs with: kernel, userspace or off. `carried`: see there; null for who does
    not see the whole mesh."""

    mode: str
    overlay: str
    revision: int
    members: int
    carried: Carried | None


class ProbeStarted(msgspec.Struct, frozen=True):
    """The operations that measure: one for each workspace, each with the online nodes of it, some at a time.
    `nodes`: how many they are in all."""

    operations: tuple[str, ...]
    nodes: int
