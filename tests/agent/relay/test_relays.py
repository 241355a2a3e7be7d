"""Two nodes and a relay on this machine's loopback: what WireGuard sends here comes out there."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio

from agent.relay import choice
from agent.relay.relays import Relays
from nimbus.wireguard.forwarding import Bucket, Forwarder
from nimbus.wireguard.relay_frame import DELIVERED, PORT, What, header
from nimbus.wireguard.relay_server import RelayServer
from tests.kit.polling import eventually, eventually_so


class FakeWireGuard:
    """A fake: a UDP socket in the place of WireGuard's."""

    def __init__(self) -> None:
        self.socket = trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def start(self) -> int:
        await self.socket.bind(("127.0.0.1", 0))
        return int(self.socket.getsockname()[1])

    async def send(self, datagram: bytes, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        await self.socket.sendto(datagram, (host, int(port)))

    async def receive(self) -> tuple[bytes, str]:
        with trio.fail_after(5):
            datagram, (host, port) = await self.socket.recvfrom(65536)
        return datagram, f"{host}:{port}"


class Node(msgspec.Struct):
    address: str
    relays: Relays
    wireguard: FakeWireGuard


class Scene(msgspec.Struct):
    hub: str
    a: Node
    b: Node
    forwarder: Forwarder
    nursery: trio.Nursery
    members: set[str]


def loopback_addresses() -> Callable[[], str]:
    """Others than a test has that runs at the same time."""
    net = f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(256)}"
    numbers = iter(range(1, 250))
    return lambda: f"{net}.{next(numbers)}"


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    address = loopback_addresses()
    hub = address()
    members: set[str] = set()
    forwarder = Forwarder(lambda source, to: {source, to} <= members and source != to)
    async with trio.open_nursery() as nursery:
        await nursery.start(RelayServer("lo", hub, forwarder).run)
        nodes = []
        for _ in range(2):
            own, wireguard = address(), FakeWireGuard()
            members.add(own)
            relays = Relays("lo", own, hub, lambda each, own=own: each in members and each != own)  # type: ignore[misc]
            relays.use_port(await wireguard.start())
            nursery.start_soon(relays.run)
            nodes.append(Node(own, relays, wireguard))
        await eventually(lambda: all(node.relays.is_open for node in nodes), "the sockets are open")
        yield Scene(hub, nodes[0], nodes[1], forwarder, nursery, members)
        nursery.cancel_scope.cancel()


async def test_a_datagram_comes_out_at_the_other_node_and_so_does_its_answer() -> None:
    async with scene() as it:
        a, b = it.a, it.b
        await a.wireguard.send(b"initiation", a.relays.endpoint_for(b.address))
        datagram, seen_at = await b.wireguard.receive()
        assert datagram == b"initiation"
        assert b.relays.address_of(seen_at) == a.address
        await b.wireguard.send(b"response", seen_at)
        datagram, seen_at = await a.wireguard.receive()
        assert (datagram, seen_at) == (b"response", a.relays.endpoint_for(b.address))
        large = secrets.token_bytes(60_000)
        await a.wireguard.send(large, a.relays.endpoint_for(b.address))
        assert (await b.wireguard.receive())[0] == large
        way = a.relays.relayed(b.address)
        assert way is not None
        assert (way.via, way.problem) == (it.hub, "")


async def test_nobody_else_on_this_machine_is_carried() -> None:
    async with scene() as it:
        other = FakeWireGuard()
        await other.start()
        endpoint = it.a.relays.endpoint_for(it.b.address)
        await other.send(b"from another program", endpoint)
        await it.a.wireguard.send(b"from WireGuard", endpoint)
        assert (await it.b.wireguard.receive())[0] == b"from WireGuard"


async def test_frames_of_others_than_a_relay_are_not_taken() -> None:
    async with scene() as it:
        forged = header(What.DATAGRAM | DELIVERED, socket.inet_aton(it.b.address)) + b"forged"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
            somebody.bind((it.hub.rpartition(".")[0] + ".200", PORT))
            somebody.sendto(forged, (it.a.address, PORT))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
            # The relay's address, another program's port.
            somebody.bind((it.hub, 0))
            somebody.sendto(forged, (it.a.address, PORT))
        await it.b.wireguard.send(b"true", it.b.relays.endpoint_for(it.a.address))
        assert (await it.a.wireguard.receive())[0] == b"true"


async def test_one_that_is_no_member_any_more_is_neither_carried_nor_taken_in() -> None:
    async with scene() as it:
        endpoint = it.a.relays.endpoint_for(it.b.address)
        it.members.discard(it.b.address)
        await it.a.wireguard.send(b"x", endpoint)
        await eventually(lambda: it.forwarder.counters.not_served > 0, "it is refused")
        way = it.a.relays.relayed
        await eventually(
            lambda: (told := way(it.b.address)) is not None and "does not serve" in told.problem, "it is told"
        )


async def test_a_peer_that_is_closed_is_gone_and_may_come_again() -> None:
    async with scene() as it:
        endpoint = it.a.relays.endpoint_for(it.b.address)
        assert it.a.relays.endpoint_for(it.b.address) == endpoint
        it.a.relays.close(it.b.address)
        it.a.relays.close(it.b.address)
        assert it.a.relays.address_of(endpoint) == ""
        assert it.a.relays.relayed(it.b.address) is None
        await it.a.wireguard.send(b"again", it.a.relays.endpoint_for(it.b.address))
        assert (await it.b.wireguard.receive())[0] == b"again"


async def test_wireguard_that_takes_another_port_is_followed() -> None:
    async with scene() as it:
        endpoint = it.a.relays.endpoint_for(it.b.address)
        it.a.wireguard = FakeWireGuard()
        it.a.relays.use_port(await it.a.wireguard.start())
        await it.a.wireguard.send(b"from the new port", endpoint)
        assert (await it.b.wireguard.receive())[0] == b"from the new port"


async def test_a_node_that_relays_takes_over_and_when_it_dies_the_control_plane_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice, "ASK_S", 0.2)
    monkeypatch.setattr(choice, "DEAD_S", 0.5)
    async with scene() as it, third(it) as node:
        for each in (it.a, it.b):
            each.relays.use_relays([node.address])
        node.relays.use_relays([node.address])
        endpoint = it.a.relays.endpoint_for(it.b.address)
        await it.a.wireguard.send(b"first", endpoint)
        assert (await it.b.wireguard.receive())[0] == b"first"
        await eventually(lambda: via(it) == node.address, "the node is used once it has answered")
        await it.a.wireguard.send(b"by the node", endpoint)
        datagram, seen_at = await it.b.wireguard.receive()
        assert datagram == b"by the node"
        assert node.relays.carried is not None
        assert node.relays.carried.carried > 0
        # The label is taken away, or the machine dies: it answers no question any more.
        node.relays.use_relays([])
        await eventually_so(lambda: sends_by_hub(it, endpoint), "the control plane takes over")
        assert it.b.relays.address_of(seen_at) == it.a.address


async def test_a_node_that_was_not_told_to_relay_does_not() -> None:
    async with scene() as it, third(it) as node:
        frame = header(What.DATAGRAM, socket.inet_aton(it.b.address)) + b"stray"
        it.b.relays.use_relays([node.address])
        it.members.add(it.hub.rpartition(".")[0] + ".201")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
            somebody.bind((it.hub.rpartition(".")[0] + ".201", PORT))
            somebody.sendto(frame, (node.address, PORT))
        await it.a.wireguard.send(b"true", it.a.relays.endpoint_for(it.b.address))
        assert (await it.b.wireguard.receive())[0] == b"true"
        assert node.relays.carried is None


async def test_a_relay_that_is_relayed_itself_is_not_used() -> None:
    async with scene() as it, third(it) as node:
        for each in (it.a, it.b, node):
            each.relays.use_relays([node.address])
        it.a.relays.endpoint_for(node.address)
        await it.a.wireguard.send(b"x", it.a.relays.endpoint_for(it.b.address))
        assert (await it.b.wireguard.receive())[0] == b"x"
        way = it.a.relays._peers[it.b.address].choice
        assert list(way._relays) == [it.hub]
        it.a.relays.close(node.address)
        assert list(way._relays) == [node.address, it.hub]


def via(it: Scene) -> str:
    way = it.a.relays.relayed(it.b.address)
    assert way is not None
    return way.via


async def sends_by_hub(it: Scene, endpoint: str) -> bool:
    await it.a.wireguard.send(b"more", endpoint)
    return via(it) == it.hub


@asynccontextmanager
async def third(it: Scene) -> AsyncIterator[Node]:
    """One more node."""
    own, wireguard = it.hub.rpartition(".")[0] + ".100", FakeWireGuard()
    it.members.add(own)
    relays = Relays("lo", own, it.hub, lambda each: each in it.members and each != own)
    relays.use_port(await wireguard.start())
    it.nursery.start_soon(relays.run)
    await eventually(lambda: relays.is_open, "its sockets are open")
    yield Node(own, relays, wireguard)


async def test_a_port_that_is_taken_is_named_and_nobody_has_an_endpoint() -> None:
    own = loopback_addresses()()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
        somebody.bind((own, PORT))
        relays = Relays("lo", own, "127.0.0.1", lambda _address: True)
        relays.use_port(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relays.run)
            await eventually(lambda: "[RELAY_PORT_IN_USE]" in relays.alert, "it is said")
            assert relays.endpoint_for("10.0.0.2") == ""
            nursery.cancel_scope.cancel()


async def test_a_relay_without_room_is_said() -> None:
    async with scene() as it:
        it.forwarder._of_node[it.a.address] = Bucket(rate=1.0, burst_s=10.0)
        await it.a.wireguard.send(b"x" * 100, it.a.relays.endpoint_for(it.b.address))
        await eventually(lambda: f"the relay {it.hub} has no room" in it.a.relays.alert, "it is said")
