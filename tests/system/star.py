"""A hub with a wire of its own to each of two nodes, all with WireGuard; it forwards no packet of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import Interface, Peer
from tests.system.wireguard_hosts import Host, WireGuardHost, run

HUB, A, B = "10.77.0.1", "10.77.0.2", "10.77.0.3"
PORT = 51820
GATEWAYS = {A: f"198.51.1.1:{PORT}", B: f"198.51.2.1:{PORT}"}


class Node(msgspec.Struct):
    """`address` is its own in the mesh."""

    host: WireGuardHost
    address: str
    key: str

    def peer(self, endpoint: str | None, keepalive: int = 0) -> Peer:
        """This node, as a peer of others."""
        return Peer(
            public_key=public_key(self.key),
            allowed_ips=(f"{self.address}/32",),
            endpoint=endpoint,
            persistent_keepalive=keepalive,
        )

    def converge(self, *peers: Peer, before: Interface | None = None) -> Interface:
        want = Interface(
            name=self.host.interface,
            private_key=self.key,
            listen_port=PORT,
            addresses=(f"{self.address}/24",),
            peers={each.public_key: each for each in peers},
        )
        self.host.converge(want, before)
        return want

    def endpoint_of(self, other: Node) -> str:
        """Where WireGuard has seen the other last."""
        return self.host.read().peers[public_key(other.key)].endpoint or ""


@contextmanager
def star(mode: str = "userspace") -> Iterator[tuple[Node, Node, Node]]:
    """The hub, and two nodes that have no other wire."""
    hosts: list[WireGuardHost] = []
    try:
        for label in "hab":
            hosts.append(WireGuardHost(label, mode))  # noqa: PERF401 - what was made is closed
        hub, *others = hosts
        for number, host in enumerate(others, 1):
            wire(hub, f"to{number}", f"198.51.{number}.1/24", host, "under", f"198.51.{number}.2/24")
            host.run("ip", "route", "add", "default", "via", f"198.51.{number}.1")
        first, second, third = (
            Node(host, address, generate_private_key())
            for host, address in zip(hosts, (HUB, A, B), strict=True)
        )
        yield first, second, third
    finally:
        for host in reversed(hosts):
            host.close()


def wire(one: Host, name: str, address: str, other: Host, other_name: str, other_address: str) -> None:
    """A veth pair between two hosts, with an address at each end."""
    run(
        *("ip", "link", "add", name, "netns", one.namespace, "type", "veth"),
        *("peer", "name", other_name, "netns", other.namespace),
    )
    for host, link, cidr in ((one, name, address), (other, other_name, other_address)):
        host.run("ip", "address", "add", cidr, "dev", link)
        host.run("ip", "link", "set", link, "up")
