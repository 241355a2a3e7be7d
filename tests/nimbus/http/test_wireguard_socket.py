"""WireGuard over a WebSocket: the agent's client against the API's listener, a fake in WireGuard's place."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio
from quart_trio import QuartTrio

from agent.over_tls.connection import NoWay
from agent.over_tls.trust import api_context
from agent.over_tls.websocket import DatagramSocket, connect
from nimbus.fleet.relay.tls_ways import TlsLimits, TlsWays
from nimbus.http import operator_listener, wireguard_socket
from nimbus.http.wireguard_socket import WireGuardSockets
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.errors import RateLimited
from nimbus.trust.pki import authority
from tests.kit.polling import eventually
from tests.kit.ports import free_ports
from tests.nimbus.wireguard.test_handshake import HUB_KEY, INITIATION

RESPONSE = b"\x02" + bytes(91)
DATA = b"\x04" + bytes(1400)


class Scene(msgspec.Struct):
    url: str
    ways: TlsWays
    hub: trio.socket.SocketType
    context: ssl.SSLContext

    async def connect(self) -> DatagramSocket:
        return await connect(self.url, [self.context])

    async def heard(self) -> tuple[bytes, str]:
        with trio.fail_after(10):
            datagram, (host, port) = await self.hub.recvfrom(65536)
        return datagram, f"{host}:{port}"

    async def answer(self, datagram: bytes, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        await self.hub.sendto(datagram, (host, int(port)))


@asynccontextmanager
async def scene(
    folder: Path, limits: TlsLimits | None = None, admit: Callable[[str], None] = lambda _source: None
) -> AsyncIterator[Scene]:
    hub = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
    await hub.bind(("127.0.0.1", 0))
    ways = TlsWays(HUB_KEY, hub.getsockname()[1], limits)
    application = QuartTrio("nimbus", static_folder=None)
    WireGuardSockets(ways, admit).add_to(application)
    ca = authority.load_or_create(folder / "pki", SystemClock().now())
    context = operator_listener.api_context(*ca.server_files(["127.0.0.1"], SystemClock().now()))
    (port,) = free_ports(1)
    listening = operator_listener.listen("127.0.0.1", port)
    async with trio.open_nursery() as nursery:
        await nursery.start(operator_listener.serve, application, [listening], context, trio.sleep_forever)
        yield Scene(f"https://127.0.0.1:{port}", ways, hub, api_context(ca.certificate_pem))
        nursery.cancel_scope.cancel()


async def test_datagrams_go_to_wireguard_and_back(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        connection = await it.connect()
        await connection.send([INITIATION])
        datagram, place = await it.heard()
        assert datagram == INITIATION
        # What WireGuard sees is this machine; where the node is in truth is known beside it.
        assert it.ways.source_of(place) == "127.0.0.1"
        await it.answer(RESPONSE, place)
        assert await connection.receive() == [RESPONSE]
        await connection.send([DATA, DATA])
        assert [(await it.heard())[0] for _ in range(2)] == [DATA, DATA]
        await connection.close()
        await eventually(lambda: it.ways.number == 0, "its socket is closed")
        assert it.ways.source_of(place) == ""


async def test_before_wireguard_has_answered_nothing_else_than_handshakes_for_it_passes(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        connection = await it.connect()
        forged = INITIATION[:30] + b"\xff" + INITIATION[31:]
        await connection.send([DATA, b"\x01", forged, RESPONSE, INITIATION])
        assert (await it.heard())[0] == INITIATION


async def test_who_is_not_answered_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wireguard_socket, "UNPROVEN_S", 0.1)
    async with scene(tmp_path) as it:
        connection = await it.connect()
        await connection.send([INITIATION])
        with pytest.raises(NoWay, match="WireGuard knows no key"):
            await connection.receive()
        await eventually(lambda: it.ways.number == 0, "its socket is closed")


async def test_one_that_says_nothing_for_long_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wireguard_socket, "IDLE_S", 0.1)
    async with scene(tmp_path) as it:
        with pytest.raises(NoWay, match="nothing has come"):
            await (await it.connect()).receive()


@pytest.mark.parametrize(
    "limits",
    [
        TlsLimits(most=1),
        TlsLimits(most_per_source=1),
        TlsLimits(most_unproven=1),
        TlsLimits(most_unproven_per_source=1),
    ],
)
async def test_there_is_an_end_to_how_many(tmp_path: Path, limits: TlsLimits) -> None:
    async with scene(tmp_path, limits) as it:
        first = await it.connect()
        with pytest.raises(NoWay, match="HTTP 429"):
            await it.connect()
        await first.close()
        await eventually(lambda: it.ways.number == 0, "there is room again")
        await (await it.connect()).close()


async def test_an_address_that_may_not_come_is_refused(tmp_path: Path) -> None:
    def refuse(source: str) -> None:
        raise RateLimited(f"not from {source}", retry_after=1)

    async with scene(tmp_path, admit=refuse) as it:
        with pytest.raises(NoWay, match="HTTP 429"):
            await it.connect()
        assert it.ways.number == 0


async def test_another_authority_is_not_spoken_to(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        other = authority.load_or_create(tmp_path / "other", SystemClock().now())
        it.context = api_context(other.certificate_pem)
        with pytest.raises(NoWay, match="is unreachable"):
            await it.connect()
        assert it.ways.number == 0
