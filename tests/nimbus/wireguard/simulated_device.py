"""A fake device with the semantics that the kernel's WireGuard and IP stack have, to try plans on.

Fake because a plan must be tried on thousands of states; the real devices are in tests/system and tests/vm.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from nimbus.wireguard.addresses import normal_network
from nimbus.wireguard.keys import key_bytes, key_digest
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.plan import PeerChange, Plan


class SimulatedPeer:
    """What WireGuard holds for one peer; who owns a network is the device's to know."""

    def __init__(self) -> None:
        self.endpoint: str | None = None
        self.keepalive = 0
        self.preshared_digest = ""


class SimulatedDevice:
    """State plus `steps`: what applying a plan does, one interruptible piece after the other."""

    def __init__(self, name: str = "wg0") -> None:
        self.name = name
        self.exists = self.up = False
        self.private_key_digest = ""
        self.listen_port = 0
        self.mtu = 0
        self.peers: dict[str, SimulatedPeer] = {}
        self.owners: dict[str, str] = {}
        self.addresses: list[str] = []
        self.routes: list[str] = []
        # Of some of the routes, the MTU.
        self.narrow: dict[str, int] = {}

    def read(self) -> InterfaceState:
        peers = {
            key: PeerState(
                public_key=key,
                allowed_ips=tuple(sorted(net for net, owner in self.owners.items() if owner == key)),
                endpoint=peer.endpoint,
                persistent_keepalive=peer.keepalive,
                preshared_digest=peer.preshared_digest,
            )
            for key, peer in self.peers.items()
        }
        return InterfaceState(
            name=self.name,
            exists=self.exists,
            up=self.up,
            private_key_digest=self.private_key_digest,
            listen_port=self.listen_port,
            addresses=tuple(sorted(self.addresses)),
            mtu=self.mtu,
            peers=peers,
            routes=tuple(sorted(self.routes)),
            narrow={cidr: mtu for cidr, mtu in self.narrow.items() if cidr in self.routes},
        )

    def read_peers(self) -> dict[str, PeerState]:
        return self.read().peers

    def apply(self, plan: Plan, want: Interface, steps: int | None = None) -> None:
        """Apply all, or stop (crash) after so many steps."""
        for number, step in enumerate(self.steps(plan, want)):
            if number == steps:
                return
            step()

    def steps(self, plan: Plan, want: Interface) -> Iterator[Callable[[], None]]:
        if plan.create:
            yield self._create
        if plan.set_private_key:
            yield lambda: setattr(self, "private_key_digest", key_digest(key_bytes(want.private_key)))
        if plan.listen_port is not None:
            yield lambda: setattr(self, "listen_port", plan.listen_port)
        for change in plan.peers:
            yield lambda change=change: self._peer(change)  # type: ignore[misc]
        if plan.mtu is not None:
            yield lambda: setattr(self, "mtu", plan.mtu)
        for cidr in plan.remove_addresses:
            yield lambda cidr=cidr: self._remove_address(cidr)  # type: ignore[misc]
        for cidr in plan.add_addresses:
            yield lambda cidr=cidr: self._add_address(cidr)  # type: ignore[misc]
        if plan.up:
            yield lambda: setattr(self, "up", True)
        for cidr in plan.remove_routes:
            yield lambda cidr=cidr: self._remove_route(cidr)  # type: ignore[misc]
        for cidr in plan.add_routes:
            yield lambda cidr=cidr: self._add_route(cidr)  # type: ignore[misc]
        for cidr, mtu in plan.narrow_routes:
            yield lambda cidr=cidr, mtu=mtu: self._narrow_route(cidr, mtu)  # type: ignore[misc]

    def _narrow_route(self, cidr: str, mtu: int) -> None:
        self._add_route(cidr)
        if cidr in self.routes:
            self.narrow[cidr] = mtu

    def link_down(self) -> None:
        """`ip link set down`: routes go, and IPv6 addresses."""
        self.up = False
        self.routes.clear()
        self.addresses = [each for each in self.addresses if ":" not in each]

    def _create(self) -> None:
        assert not self.exists
        self.exists = True

    def _peer(self, change: PeerChange) -> None:
        key = change.public_key
        if change.remove:
            self.peers.pop(key, None)
            self.owners = {net: owner for net, owner in self.owners.items() if owner != key}
            return
        if change.existing and key not in self.peers:
            return
        peer = self.peers.setdefault(key, SimulatedPeer())
        if change.endpoint is not None:
            peer.endpoint = change.endpoint
        if change.persistent_keepalive is not None:
            peer.keepalive = change.persistent_keepalive
        if change.preshared_key is not None:
            psk = change.preshared_key
            peer.preshared_digest = key_digest(key_bytes(psk)) if psk else ""
        if change.replace_allowed_ips:
            self.owners = {net: owner for net, owner in self.owners.items() if owner != key}
        for network in change.allowed_ips:
            self.owners[network] = key  # stolen from whoever had it

    def _remove_address(self, cidr: str) -> None:
        """The first IPv4 address of a subnet takes the later ones with it; the last one of all, the routes."""
        if cidr not in self.addresses:
            return
        network = normal_network(cidr)
        if ":" not in cidr:
            primary = next(each for each in self.addresses if normal_network(each) == network)
            if primary == cidr:
                self.addresses = [each for each in self.addresses if normal_network(each) != network]
            else:
                self.addresses.remove(cidr)
            if not any(":" not in each for each in self.addresses):
                self.routes = [each for each in self.routes if ":" in each]
        else:
            self.addresses.remove(cidr)

    def _add_address(self, cidr: str) -> None:
        if cidr not in self.addresses:
            self.addresses.append(cidr)

    def _remove_route(self, cidr: str) -> None:
        if cidr in self.routes:
            self.routes.remove(cidr)

    def _add_route(self, cidr: str) -> None:
        assert self.up, "the kernel refuses a route through a link that is down"
        assert ipaddress.ip_network(cidr)
        if cidr not in self.routes:
            self.routes.append(cidr)
            self.narrow.pop(cidr, None)
