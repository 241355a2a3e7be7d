"""The way over TLS beside the one by UDP: what starts a session takes the faster one, and the rest follows it."""

from __future__ import annotations

import math
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio

from agent.over_tls import tunnel as tunnel_module
from agent.over_tls.connection import NoWay
from agent.over_tls.tunnel import TlsTunnel
from tests.kit.polling import eventually

INITIATION = b"\x01" + bytes(147)
RESPONSE = b"\x02" + bytes(91)
DATA = b"\x04" + bytes(59)


class PlayedConnection:
    """A fake: what is sent stays here, and what is put in comes out."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._put, self._get = trio.open_memory_channel[bytes](math.inf)
        self.is_closed = False

    def put(self, datagram: bytes) -> None:
        self._put.send_nowait(datagram)

    def cut(self) -> None:
        self._put.close()

    async def send(self, datagrams: list[bytes]) -> None:
        self.sent += datagrams

    async def receive(self) -> list[bytes]:
        try:
            return [await self._get.receive()]
        except trio.EndOfChannel:
            raise NoWay("the API ended the connection") from None

    async def close(self) -> None:
        self.is_closed = True


class Udp:
    """A UDP socket of loopback, in the place of WireGuard here or there."""

    def __init__(self) -> None:
        self.socket = trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def open(self) -> str:
        await self.socket.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    async def send(self, datagram: bytes, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        await self.socket.sendto(datagram, (host, int(port)))

    async def receive(self) -> tuple[bytes, str]:
        with trio.fail_after(10):
            datagram, (host, port) = await self.socket.recvfrom(65536)
        return datagram, f"{host}:{port}"


class Scene(msgspec.Struct):
    tunnel: TlsTunnel
    device: Udp
    hub: Udp
    made: list[PlayedConnection]
    refusals: list[str]
    answered: list[str]
    begun: list[bool]


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    device, hub = Udp(), Udp()
    await device.open()
    udp = await hub.open()
    made: list[PlayedConnection] = []
    refusals: list[str] = []
    answered: list[str] = []
    begun: list[bool] = []

    async def connect() -> PlayedConnection:
        if refusals:
            raise NoWay(refusals.pop(0))
        made.append(PlayedConnection())
        return made[-1]

    tunnel = TlsTunnel(connect, lambda: (udp,), answered.append, lambda: begun.append(True))  # type: ignore[arg-type]
    tunnel.use_port(device.port)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tunnel.run)
        yield Scene(tunnel, device, hub, made, refusals, answered, begun)
        nursery.cancel_scope.cancel()


@pytest.fixture
def short_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel_module, "HOLD_S", 0.05)


@pytest.fixture
def long_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a busy machine."""
    monkeypatch.setattr(tunnel_module, "HOLD_S", 60.0)


@pytest.mark.usefixtures("long_hold")
async def test_where_udp_answers_there_is_no_connection_over_tls() -> None:
    async with scene() as it:
        await it.device.send(INITIATION, it.tunnel.endpoint)
        datagram, place = await it.hub.receive()
        assert datagram == INITIATION
        await it.hub.send(RESPONSE, place)
        assert (await it.device.receive())[0] == RESPONSE
        assert it.answered == [f"127.0.0.1:{it.hub.port}"]
        # Until WireGuard has been told, what it sends goes the same way.
        await it.device.send(DATA, it.tunnel.endpoint)
        assert (await it.hub.receive())[0] == DATA
        assert it.made == []


@pytest.mark.usefixtures("short_hold")
async def test_where_udp_does_not_everything_goes_over_tls() -> None:
    async with scene() as it:
        await it.device.send(INITIATION, it.tunnel.endpoint)
        await it.hub.receive()
        await eventually(lambda: it.made and it.made[0].sent == [INITIATION], "it goes over TLS")
        it.made[0].put(RESPONSE)
        assert (await it.device.receive())[0] == RESPONSE
        await it.device.send(DATA, it.tunnel.endpoint)
        await eventually(lambda: it.made[0].sent == [INITIATION, DATA], "and so does the rest")
        assert (it.answered, it.begun, it.tunnel.is_connected) == ([], [], True)


@pytest.mark.usefixtures("short_hold")
async def test_a_later_handshake_finds_udp_again() -> None:
    async with scene() as it:
        await it.device.send(INITIATION, it.tunnel.endpoint)
        await it.hub.receive()
        await eventually(lambda: it.made and it.made[0].sent == [INITIATION], "it goes over TLS")
        await it.device.send(INITIATION, it.tunnel.endpoint)
        await it.hub.send(RESPONSE, (await it.hub.receive())[1])
        assert (await it.device.receive())[0] == RESPONSE
        assert it.answered == [f"127.0.0.1:{it.hub.port}"]


@pytest.mark.usefixtures("long_hold")
async def test_what_others_send_is_not_given_to_wireguard() -> None:
    async with scene() as it:
        stranger = Udp()
        await stranger.open()
        await it.device.send(INITIATION, it.tunnel.endpoint)
        _, place = await it.hub.receive()
        await stranger.send(RESPONSE, place)
        await stranger.send(RESPONSE, it.tunnel.endpoint)
        await it.hub.send(DATA, place)
        assert (await it.device.receive())[0] == DATA
        assert it.answered == []


@pytest.mark.usefixtures("short_hold")
async def test_an_api_that_refuses_is_asked_again_and_named_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tunnel_module, "BACKOFF_FIRST_S", 0.05)
    async with scene() as it:
        it.refusals.append("https://cp:8443 is unreachable: nothing listens there")
        await it.device.send(INITIATION, it.tunnel.endpoint)
        await eventually(lambda: "nothing listens" in it.tunnel.problem, "it is said")
        await eventually(lambda: it.made and it.made[0].sent == [INITIATION], "it is asked again")
        assert it.tunnel.problem == ""


@pytest.mark.usefixtures("short_hold")
async def test_after_a_cut_the_session_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel_module, "BACKOFF_FIRST_S", 0.05)
    async with scene() as it:
        await it.device.send(INITIATION, it.tunnel.endpoint)
        await eventually(lambda: it.made and it.made[0].sent == [INITIATION], "it goes over TLS")
        it.made[0].cut()
        await eventually(lambda: it.made[0].is_closed, "it is closed")
        assert it.begun == []
        await it.device.send(DATA, it.tunnel.endpoint)
        await eventually(lambda: it.begun == [True], "another connection, and the agent hears of it")


@pytest.mark.usefixtures("short_hold")
async def test_while_there_is_no_way_what_waits_is_bounded() -> None:
    async with scene() as it:
        it.refusals += ["no"] * 1000
        await it.device.send(INITIATION, it.tunnel.endpoint)
        await eventually(lambda: it.tunnel.problem == "no", "it is tried")
        for _ in range(3 * tunnel_module.MOST_WAITING):
            await it.device.send(DATA, it.tunnel.endpoint)
        await trio.testing.wait_all_tasks_blocked()
        assert len(it.tunnel._waiting) <= tunnel_module.MOST_WAITING


@pytest.mark.usefixtures("short_hold")
async def test_one_that_rests_gives_wireguard_nothing_and_ends_its_connection() -> None:
    async with scene() as it:
        await it.device.send(INITIATION, it.tunnel.endpoint)
        _, place = await it.hub.receive()
        await eventually(lambda: it.made and it.made[0].sent == [INITIATION], "it goes over TLS")
        it.tunnel.rest()
        await eventually(lambda: it.made[0].is_closed, "the connection ends")
        await it.hub.send(RESPONSE, place)
        await eventually(lambda: len(it.answered) == 1, "it is noticed")
        it.tunnel.wake()
        await it.hub.send(DATA, place)
        assert (await it.device.receive())[0] == DATA
