"""Two nodes behind routers of their own, with the real `Ways`: directly through both NATs, by a relay while that is
cut, and directly again. And what a member tries that knows all about another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import trio

from agent.appliers.ways.own_endpoints import OwnAddress
from agent.appliers.ways.probe import probe
from agent.appliers.ways.ways import Ways
from agent.relay.relays import Relays
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.forwarding import Forwarder
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import Interface, Peer, PeerState
from nimbus.wireguard.plan import plan_peers
from nimbus.wireguard.relay_server import RelayServer
from nimbus.wireguard.transit import forbid_transit
from tests.kit.lab.router import nat_table
from tests.system.relay_case import TrioThread
from tests.system.star import HUB, PORT, A, B, Node, wire
from tests.system.wireguard_hosts import Host, WireGuardHost, wait_until

CORE = "core"
OUTER = {A: "198.51.100.11", B: "198.51.100.12"}
INNER = {A: "192.168.11", B: "192.168.12"}
HUB_OUTER = "198.51.100.1"


@contextmanager
def behind_routers(mode: str) -> Iterator[tuple[Node, Node, Node, dict[str, Host]]]:
    """The hub, two nodes, and the router of each by overlay address."""
    hosts: list[Host] = []
    nodes: list[Node] = []
    try:
        for label, address in zip("hab", (HUB, A, B), strict=True):
            host = WireGuardHost(label, mode)
            hosts.append(host)
            nodes.append(Node(host, address, generate_private_key()))
        hub, a, b = nodes
        hub.host.run("ip", "link", "add", CORE, "type", "bridge")
        hub.host.run("ip", "address", "add", f"{HUB_OUTER}/24", "dev", CORE)
        hub.host.run("ip", "link", "set", CORE, "up")
        routers: dict[str, Host] = {}
        for node in (a, b):
            router = routers[node.address] = Host("r")
            hosts.append(router)
            _connect(hub.host, router, node)
        yield hub, a, b, routers
    finally:
        for made in reversed(hosts):
            made.close()


def _connect(hub: WireGuardHost, router: Host, node: Node) -> None:
    inner, port = INNER[node.address], f"to{INNER[node.address][-2:]}"
    wire(hub, port, "0.0.0.0/32", router, "eth0", f"{OUTER[node.address]}/24")
    hub.run("ip", "link", "set", port, "master", CORE)
    wire(router, "inner", f"{inner}.1/24", node.host, "under", f"{inner}.10/24")
    node.host.run("ip", "route", "add", "default", "via", f"{inner}.1")
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    router.run("nft", nat_table("port-restricted", ""))


class Tunnel:
    """One node's interface, as `Ways` needs it; `seen` is where the hub sees the other."""

    def __init__(self, node: Node, hub: Node, other: Node, own_seen: str, seen: str) -> None:
        self.node, self.hub, self.other = node, hub, other
        self.members = {each.address: _member(each, at) for each, at in ((node, own_seen), (other, seen))}
        self._want = self._wanted(seen, 0)
        self.peers = tuple(self._want.peers.values())

    def _wanted(self, endpoint: str, keepalive: int) -> Interface:
        return Interface(
            name=self.node.host.interface,
            private_key=self.node.key,
            listen_port=PORT,
            addresses=(f"{self.node.address}/24",),
            peers={
                each.public_key: each
                for each in (self.hub.peer(f"{HUB_OUTER}:{PORT}", 5), self.other.peer(endpoint, keepalive))
            },
        )

    async def _in_host(self, work: Any) -> Any:
        return await trio.to_thread.run_sync(lambda: self.node.host.call(work))

    async def peer_states(self) -> dict[str, PeerState]:
        states: dict[str, PeerState] = await self._in_host(self.node.host.device.read_peers)
        return states

    async def set_ways(self, moved: Collection[str]) -> None:
        endpoint, keepalive = self.ways.choices.get(
            self.other.address, (self.members[self.other.address].endpoint, 0)
        )
        self._want = self._wanted(endpoint, keepalive)
        key = public_key(self.other.key)
        step = plan_peers([self._want.peers[key]], (), {} if key in moved else self._want.peers)
        await self._in_host(lambda: self.node.host.device.apply(step, self._want))

    async def probe(self, key: str, address: str, endpoints: Sequence[str]) -> None:
        await self._in_host(lambda: probe(self.node.host.device, self._want, key, address, endpoints))

    def start(self, loop: TrioThread) -> None:
        """Relays and ways, in the host's own thread."""
        self.loop = loop
        self.relays = loop.call(
            lambda: Relays(
                self.node.host.interface, self.node.address, HUB, lambda each: each == self.other.address
            )
        )
        loop.call(self.relays.use_port, PORT)
        loop.spawn(self.relays.run)
        wait_until("its sockets are open", lambda: self.relays.is_open)
        self.ways = loop.call(Ways, self.relays)
        own = OwnAddress("under", f"{INNER[self.node.address]}.10", 24)
        loop.call(self.ways.take_in, [self.members[self.other.address]])
        loop.call(self.ways.use, self.members[self.node.address], [own])

    def run(self, other: Tunnel) -> None:
        """From now on ways are found; who is sought is told, as the control plane does it."""

        def tell() -> None:
            if self.ways.take_sought():
                other.loop.token.run_sync_soon(other.ways.called, [self.node.address])

        self.ways.on_seek = tell
        self.loop.spawn(lambda: self.ways.run(self))


def _member(node: Node, seen: str) -> MeshPeer:
    inner = f"{INNER[node.address]}.10:{PORT}"
    return MeshPeer(
        node.address, node.address, public_key(node.key), node.address, seen, more_endpoints=(inner,)
    )


def reaches(node: Node, address: str) -> bool:
    return node.host.run("ping", "-c", "1", "-W", "2", address, check=False).returncode == 0


def wait_way(a: Node, b: Node, beginning: str, seconds: float) -> None:
    """Until both reach each other, and `a` sends to an endpoint that begins so."""
    wait_until(
        f"they reach each other at {beginning}",
        lambda: reaches(a, B) and reaches(b, A) and a.endpoint_of(b).startswith(beginning),
        seconds,
    )


def ways_through_nats(mode: str) -> None:
    """With WireGuard of the kernel or of a program."""
    with behind_routers(mode) as (hub, a, b, routers):
        hub.converge(a.peer(None), b.peer(None))
        for node in (a, b):
            node.converge(hub.peer(f"{HUB_OUTER}:{PORT}"))
            wait_until("the hub answers", lambda node=node: reaches(node, HUB), 30)  # type: ignore[misc]
        seen = {node.address: hub.endpoint_of(node) for node in (a, b)}
        assert {address: each.partition(":")[0] for address, each in seen.items()} == OUTER
        loops = [TrioThread(each.host) for each in (hub, a, b)]
        try:
            forwarder = Forwarder(lambda source, to: {source, to} == {A, B})
            loops[0].spawn(RelayServer(hub.host.interface, HUB, forwarder).run)
            one, other = Tunnel(a, hub, b, seen[A], seen[B]), Tunnel(b, hub, a, seen[B], seen[A])
            for tunnel, loop in ((one, loops[1]), (other, loops[2])):
                tunnel.start(loop)
                tunnel.node.converge(*tunnel.peers)
            one.run(other)
            other.run(one)
            # Through both NATs: each lets in what answers.
            wait_way(a, b, OUTER[B], 90)
            assert forwarder.counters.carried == 0
            for address, from_ in ((A, OUTER[B]), (B, OUTER[A])):
                routers[address].run("nft", f"add rule ip nat note ip saddr {from_} drop")
            wait_way(a, b, "127.", 180)
            assert forwarder.counters.carried > 0
            for router in routers.values():
                router.run("nft", "flush chain ip nat note")
            wait_way(a, b, OUTER[B], 180)
        finally:
            for loop in loops:
                loop.end()


def the_border_holds(mode: str) -> None:
    """A member of the hub that knows key, address and endpoint of another that it is not to reach."""
    with behind_routers(mode) as (hub, a, b, _routers):
        hub.host.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        hub.host.call(forbid_transit, hub.host.interface, "10.77.0.0/24")
        hub.converge(a.peer(None), b.peer(None))
        for node in (a, b):
            node.converge(hub.peer(f"{HUB_OUTER}:{PORT}"))
            wait_until("the hub answers", lambda node=node: reaches(node, HUB), 30)  # type: ignore[misc]
        # By its key, where the hub sees it: nobody answers a key that is not known.
        a.converge(hub.peer(f"{HUB_OUTER}:{PORT}"), b.peer(hub.endpoint_of(b)))
        assert not reaches(a, B)
        assert a.host.read().peers[public_key(b.key)].last_handshake is None
        # By the hub: its key with the other's address, too.
        greedy = Peer(public_key(hub.key), (f"{B}/32", f"{HUB}/32"), f"{HUB_OUTER}:{PORT}")
        a.converge(greedy)
        assert reaches(a, HUB)
        taken = hub.host.read().peers[public_key(a.key)].rx_bytes
        assert not reaches(a, B)
        assert hub.host.read().peers[public_key(a.key)].rx_bytes > taken
        # With the other's address as its own: WireGuard drops what comes from a source that is not the sender's.
        a.host.run("ip", "address", "add", f"{B}/32", "dev", a.host.interface)
        spoofed = a.host.run("ping", "-c", "1", "-W", "2", "-I", B, HUB, check=False)
        assert spoofed.returncode != 0
        assert reaches(b, HUB)
