"""Two nodes between which nothing passes directly, and the relay of a third host."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import trio

from agent.relay.relays import Relays
from nimbus.wireguard.forwarding import Forwarder
from nimbus.wireguard.relay_server import RelayServer
from tests.system.star import GATEWAYS, HUB, PORT, A, B, Node, star
from tests.system.wireguard_hosts import WireGuardHost, wait_until


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
        self.token = trio.lowlevel.current_trio_token()
        async with trio.open_nursery() as self._nursery:
            self._started.set()
            await trio.sleep_forever()

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        return trio.from_thread.run_sync(function, *arguments, trio_token=self.token)

    def spawn(self, function: Callable[..., Any]) -> None:
        self.call(self._nursery.start_soon, function)

    def end(self) -> None:
        self.call(self._nursery.cancel_scope.cancel)
        self._thread.join(10)


def relays_of(node: Node, other: Node, loop: TrioThread) -> Relays:
    relays: Relays = loop.call(
        lambda: Relays(node.host.interface, node.address, HUB, lambda each: each == other.address)
    )
    loop.call(relays.use_port, PORT)
    loop.spawn(relays.run)
    wait_until("its sockets are open", lambda: relays.is_open)
    return relays


def two_nodes_reach_each_other(mode: str) -> None:
    """With WireGuard of the kernel or of a program."""
    with star(mode) as (hub, a, b):
        hub.converge(a.peer(None), b.peer(None))
        loops: list[TrioThread] = []
        try:
            for node in (a, b):
                node.converge(hub.peer(GATEWAYS[node.address]))
                assert node.host.run("ping", "-c", "1", "-W", "5", HUB).returncode == 0
            loops.extend(TrioThread(node.host) for node in (hub, a, b))
            forwarder = Forwarder(lambda source, to: {source, to} == {A, B})
            loops[0].spawn(RelayServer(hub.host.interface, HUB, forwarder).run)
            ours, theirs = relays_of(a, b, loops[1]), relays_of(b, a, loops[2])
            # Only one side knows that it has to: the other answers where it hears from.
            a.converge(hub.peer(GATEWAYS[A]), b.peer(loops[1].call(ours.endpoint_for, B)))
            b.converge(hub.peer(GATEWAYS[B]), a.peer(None))
            wait_until(
                "the nodes reach each other",
                lambda: a.host.run("ping", "-c", "1", "-W", "2", B, check=False).returncode == 0,
                20,
            )
            # As large as the mesh takes, which the hub has to take in pieces.
            assert a.host.run("ping", "-c", "2", "-s", "1392", "-M", "do", B).returncode == 0
            assert loops[2].call(theirs.address_of, b.endpoint_of(a)) == A
            assert forwarder.counters.carried > 4
            # The hub forwards no packet for that.
            assert hub.host.run("sysctl", "-n", "net.ipv4.ip_forward").stdout.strip() == "0"
        finally:
            for loop in loops:
                loop.end()
