"""The section `node` of a node's desired state: where the control plane is, and how the node speaks to it."""

from __future__ import annotations

import hashlib

import msgspec


class NodeContent(msgspec.Struct, frozen=True, kw_only=True):
    """Lists are in the order in which they are tried; an empty one says nothing: what the node has stays.

    `endpoints` are HOST:PORT (UDP) of the control plane's WireGuard and `hub_key` its public key there; `agent_api`
    are base URLs of the agents' listener, `public_api` of the API for everybody. `mtu` 0: as the way is;
    `is_own_mtu`: it is set for this node alone, and comes before what its token said. `listen_port` 0: the UDP port
    that the node has; `is_own_port`: it is set for this node alone. `ca` are the authorities whose certificates are
    good, PEM, the one that signs now first; "": those that the node knows."""

    heartbeat_interval_s: float
    agent_api: tuple[str, ...] = ()
    public_api: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    hub_key: str = ""
    mtu: int = 0
    is_own_mtu: bool = False
    listen_port: int = 0
    is_own_port: bool = False
    ca: str = ""


class NodeSection(msgspec.Struct, frozen=True):
    """`content` is a `NodeContent`, `checksum` of its bytes as they are: a newer control plane may say more than an
    older agent knows."""

    revision: int
    checksum: str
    content: msgspec.Raw = msgspec.Raw(b"")

    @property
    def is_whole(self) -> bool:
        return self.checksum == checksum_of(bytes(self.content))


def checksum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
