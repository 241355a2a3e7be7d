"""Types of the mesh."""

from __future__ import annotations

from typing import Literal

import msgspec

from nimbus.protocol.messages import MeshPeer

CONTROL_PLANE = "control-plane"
MeshMode = Literal["auto", "kernel", "userspace", "off"]


class MeshIdentity(msgspec.Struct, frozen=True):
    """The control plane's place in the mesh. `endpoint` is host:port (UDP) as nodes reach it; `overlay` a
    CIDR; `address` its first address."""

    public_key: str
    endpoint: str
    overlay: str
    address: str
    prefix_length: int


class Member(msgspec.Struct, frozen=True):
    """A row of the log: a peer and the revision of its last change."""

    peer: MeshPeer
    revision: int


class ProvisionalPeer(msgspec.Struct, frozen=True):
    token_id: str
    public_key: str
    address: str


class MeshState(msgspec.Struct, frozen=True):
    """`forgotten_before`: tombstones older than this revision are gone; who is behind it gets everything."""

    revision: int
    checksum: str
    forgotten_before: int


class MeshChanged(msgspec.Struct, frozen=True):
    """Event: the members changed; `revision` is the newest."""

    revision: int


class DeviceChanged(msgspec.Struct, frozen=True):
    """Event: only the control plane's own device has something new (a provisional peer)."""


class MeshPair(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """One direction of one pair. `path` is direct or down."""

    from_: str
    to: str
    path: Literal["direct", "relayed", "down"]
    handshake_age_s: float | None
    rtt_ms: float | None
    rx_bytes: int
    tx_bytes: int
    measured_at: str | None


class StatusQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`node`: only the pairs of this one."""

    node: str | None = None


class MeshInfo(msgspec.Struct, frozen=True):
    """`mode` is what the control plane runs with: kernel, userspace or off."""

    mode: str
    overlay: str
    revision: int
    members: int


class ProbeStarted(msgspec.Struct, frozen=True):
    """The tasks that measure, one per online node."""

    tasks: tuple[str, ...]
