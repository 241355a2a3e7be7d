"""What an interface should be (`Interface`, `Peer`) and what it is (`InterfaceState`, `PeerState`)."""

from __future__ import annotations

from itertools import chain

import msgspec

from nimbus.wireguard import addresses
from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.keys import is_key, key_bytes

# 1500 bytes of Ethernet less IPv6 (40), UDP (8) and WireGuard's own header and tag (32).
DEFAULT_MTU = 1420
MTU_LIMITS = (576, 65535)


class Peer(msgspec.Struct, frozen=True):
    """One peer as it is wanted. Text is normalised and checked on construction (InvalidWireGuard)."""

    public_key: str
    allowed_ips: tuple[str, ...]
    """Networks in CIDR, normalised and sorted; the peer may send from them and is sent to for them."""
    endpoint: str | None = None
    """`198.51.100.7:51820` or `[2001:db8::1]:51820`; None: wait until the peer is heard from."""
    persistent_keepalive: int = 0
    """Seconds between keepalive packets, 0 (none) to 65535."""
    preshared_key: str | None = None
    """A symmetric key mixed into the handshake; secret."""

    def __post_init__(self) -> None:
        if not is_key(self.public_key):
            raise InvalidWireGuard(f"Not a public key: {self.public_key[:44]!r}")
        if self.preshared_key is not None:
            key_bytes(self.preshared_key)
        if not 0 <= self.persistent_keepalive <= 65535:
            raise InvalidWireGuard("persistent_keepalive must be from 0 to 65535 seconds")
        networks = tuple(sorted({addresses.normal_network(each) for each in self.allowed_ips}))
        if networks != self.allowed_ips:
            msgspec.structs.force_setattr(self, "allowed_ips", networks)
        if self.endpoint is not None:
            endpoint = addresses.join_endpoint(*addresses.split_endpoint(self.endpoint))
            msgspec.structs.force_setattr(self, "endpoint", endpoint)

    def __repr__(self) -> str:
        return (
            f"Peer(public_key={self.public_key!r}, allowed_ips={self.allowed_ips!r},"
            f" endpoint={self.endpoint!r}, persistent_keepalive={self.persistent_keepalive!r},"
            f" preshared_key={'(secret)' if self.preshared_key else None!r})"
        )


class Interface(msgspec.Struct, frozen=True):
    """An interface as it is wanted.

    No network may be in `allowed_ips` of two peers: WireGuard gives it to one of them. The interface's own
    public key must not be among the peers: WireGuard drops it.
    """

    name: str
    private_key: str
    listen_port: int = 0
    """UDP port; 0: the kernel chooses, and whatever it chose is right."""
    addresses: tuple[str, ...] = ()
    """Own addresses with their prefix, as `10.106.103.1/24`; each brings the route of its prefix."""
    mtu: int = DEFAULT_MTU
    peers: dict[str, Peer] = msgspec.field(default_factory=dict)
    """By public key."""
    routes: tuple[str, ...] = ()
    """More networks that are reached through the interface, in CIDR."""
    narrow: dict[str, int] = msgspec.field(default_factory=dict)
    """Networks on whose ways packets have to be smaller than `mtu`, and how large they may be: each has a route."""

    def __post_init__(self) -> None:
        addresses.interface_name(self.name)
        key_bytes(self.private_key)
        if not 0 <= self.listen_port <= 65535:
            raise InvalidWireGuard("listen_port must be from 0 to 65535")
        if not MTU_LIMITS[0] <= self.mtu <= MTU_LIMITS[1]:
            raise InvalidWireGuard(f"mtu must be from {MTU_LIMITS[0]} to {MTU_LIMITS[1]} bytes")
        own = tuple(sorted({addresses.normal_address(each) for each in self.addresses}))
        msgspec.structs.force_setattr(self, "addresses", own)
        routes = tuple(sorted({addresses.normal_network(each) for each in self.routes}))
        msgspec.structs.force_setattr(self, "routes", routes)
        narrow = {addresses.normal_network(each): mtu for each, mtu in sorted(self.narrow.items())}
        msgspec.structs.force_setattr(self, "narrow", narrow)
        self._check_peers()

    def _check_peers(self) -> None:
        for key, peer in self.peers.items():
            if key != peer.public_key:
                raise InvalidWireGuard(f"The peer under {key[:44]!r} has another public key")
        networks = list(chain.from_iterable(peer.allowed_ips for peer in self.peers.values()))
        if len(networks) != len(set(networks)):
            raise InvalidWireGuard(
                "Two peers have the same allowed network",
                next_step="Give each network to one peer: WireGuard routes it to the last one only.",
            )

    def __repr__(self) -> str:
        return (
            f"Interface(name={self.name!r}, private_key='(secret)', listen_port={self.listen_port!r},"
            f" addresses={self.addresses!r}, mtu={self.mtu!r}, peers={self.peers!r}, routes={self.routes!r},"
            f" narrow={self.narrow!r})"
        )


class PeerState(msgspec.Struct, frozen=True, gc=False):
    """One peer as the device reports it."""

    public_key: str
    allowed_ips: tuple[str, ...] = ()
    """CIDR, sorted."""
    endpoint: str | None = None
    persistent_keepalive: int = 0
    last_handshake: float | None = None
    """Seconds since the epoch; None before the first handshake."""
    rx_bytes: int = 0
    tx_bytes: int = 0
    preshared_digest: str = ""
    """`keys.key_digest` of the preshared key, empty when there is none."""


class InterfaceState(msgspec.Struct, frozen=True):
    """An interface as it is. When `exists` is false the rest says nothing."""

    name: str
    exists: bool = False
    up: bool = False
    public_key: str | None = None
    """None when there is no key, or when the device does not report it (the userspace one does not)."""
    private_key_digest: str = ""
    """`keys.key_digest` of the private key, empty when none is set."""
    listen_port: int = 0
    addresses: tuple[str, ...] = ()
    mtu: int = 0
    peers: dict[str, PeerState] = msgspec.field(default_factory=dict)
    routes: tuple[str, ...] = ()
    """Static routes through the interface; without those that come with the addresses."""
    narrow: dict[str, int] = msgspec.field(default_factory=dict)
    """Those of `routes` that have an MTU of their own."""
    lost_routes: tuple[str, ...] = ()
    """Networks of its addresses that no route through the interface leads to: it was removed."""
