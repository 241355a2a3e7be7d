"""Two nodes between which nothing passes directly reach each other by the relay of a third host."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import trio

from agent.relay.relays import Relays
from nimbus.wireguard.forwarding import Forwarder
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import Interface, Peer
from nimbus.wireguard.relay_server import RelayServer
from tests.system.wireguard_hosts import WireGuardHost, is_root, run, wait_until

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not is_root(), reason="namespaces need root"),
    pytest.mark.skipif(shutil.which("wireguard-go") is None, reason="wireguard-go is not installed"),
]
HUB, A, B = "10.77.0.1", "10.77.0.2", "10.77.0.3"
PORT = 51820


class TrioThread:
    """A Trio loop in a thread of the host's namespace, until it is ended."""

    def __init__(self, host: WireGuardHost) -> None:
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: host.enter_and(self._run))
        self._thread.start()
        assert self._started.wait(10)

    def _run(self) -> None:
        trio.run(self._main)

    async def _main(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as self._nursery:
            self._started.set()
            await trio.sleep_forever()

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        return trio.from_thread.run_sync(function, *arguments, trio_token=self._token)

    def spawn(self, function: Callable[..., Any]) -> None:
        self.call(self._nursery.start_soon, function)

    def end(self) -> None:
        self.call(self._nursery.cancel_scope.cancel)
        self._thread.join(10)


class Node(msgspec.Struct):
    host: WireGuardHost
    address: str
    key: str
    underlay: str


@contextmanager
def star() -> Iterator[tuple[Node, Node, Node]]:
    """A hub with a wire of its own to each of two nodes; it forwards no packet."""
    hosts: list[WireGuardHost] = []
    try:
        hosts.extend(WireGuardHost(label, "userspace") for label in "hab")
        hub, *others = hosts
        for number, host in enumerate(others, 1):
            run(
                *("ip", "link", "add", f"to{number}", "netns", hub.namespace, "type", "veth"),
                *("peer", "name", "under", "netns", host.namespace),
            )
            hub.run("ip", "address", "add", f"198.51.{number}.1/24", "dev", f"to{number}")
            hub.run("ip", "link", "set", f"to{number}", "up")
            host.run("ip", "address", "add", f"198.51.{number}.2/24", "dev", "under")
            host.run("ip", "link", "set", "under", "up")
            host.run("ip", "route", "add", "default", "via", f"198.51.{number}.1")
        addresses = (HUB, A, B)
        underlays = ("198.51.1.1", "198.51.1.2", "198.51.2.2")
        first, second, third = (
            Node(*each)
            for each in zip(hosts, addresses, (generate_private_key() for _ in hosts), underlays, strict=True)
        )
        yield first, second, third
    finally:
        for host in reversed(hosts):
            host.close()


def peer(of: Node, endpoint: str | None) -> Peer:
    return Peer(public_key=public_key(of.key), allowed_ips=(f"{of.address}/32",), endpoint=endpoint)


def converge(node: Node, *peers: Peer) -> None:
    want = Interface(
        name=node.host.interface,
        private_key=node.key,
        listen_port=PORT,
        addresses=(f"{node.address}/24",),
        peers={each.public_key: each for each in peers},
    )
    node.host.converge(want)


def relays_of(node: Node, other: Node, loop: TrioThread) -> Relays:
    relays: Relays = loop.call(
        lambda: Relays(node.host.interface, node.address, HUB, lambda each: each == other.address)
    )
    loop.call(relays.use_port, PORT)
    loop.spawn(relays.run)
    wait_until("its sockets are open", lambda: relays.is_open)
    return relays


def test_two_nodes_without_a_direct_way_reach_each_other_end_to_end() -> None:
    with star() as (hub, a, b):
        converge(hub, peer(a, None), peer(b, None))
        loops: list[TrioThread] = []
        try:
            for node, gateway in ((a, "198.51.1.1"), (b, "198.51.2.1")):
                converge(node, peer(hub, f"{gateway}:{PORT}"))
                assert node.host.run("ping", "-c", "1", "-W", "5", HUB).returncode == 0
            loops.extend(TrioThread(node.host) for node in (hub, a, b))
            forwarder = Forwarder(lambda source, to: {source, to} == {A, B})
            loops[0].spawn(RelayServer(hub.host.interface, HUB, forwarder).run)
            ours, theirs = relays_of(a, b, loops[1]), relays_of(b, a, loops[2])
            # Only one side knows that it has to: the other answers where it hears from.
            endpoint = loops[1].call(ours.endpoint_for, B)
            converge(a, peer(hub, f"198.51.1.1:{PORT}"), peer(b, endpoint))
            converge(b, peer(hub, f"198.51.2.1:{PORT}"), peer(a, None))
            wait_until(
                "the nodes reach each other",
                lambda: a.host.run("ping", "-c", "1", "-W", "2", B, check=False).returncode == 0,
                20,
            )
            # As large as the mesh takes, which the hub has to take in pieces; and a connection.
            assert a.host.run("ping", "-c", "2", "-s", "1392", "-M", "do", B).returncode == 0
            seen = b.host.read().peers[public_key(a.key)].endpoint or ""
            assert loops[2].call(theirs.address_of, seen) == A
            assert forwarder.counters.carried > 4
            # The hub has nothing of it: neither a peer's address for the other, nor a packet that it forwards.
            assert hub.host.run("sysctl", "-n", "net.ipv4.ip_forward").stdout.strip() == "0"
        finally:
            for loop in loops:
                loop.end()
