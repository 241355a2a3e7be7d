"""HTTP/2 on the operators' listener: what one request leaves to the others of its connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.settings
import trio
import trio.testing
from quart import Response
from quart_trio import QuartTrio

from nimbus.http import operator_listener
from nimbus.kernel.clock import SystemClock
from nimbus.trust.pki import authority
from tests.kit.ports import free_ports

BIG = 24 * 1024 * 1024
WINDOW = 2**31 - 1


class Browser:
    """A fake: one HTTP/2 connection that does as it is told."""

    def __init__(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
        self._stream = stream
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.headers: dict[int, dict[str, str]] = {}
        self.ended: set[int] = set()

    async def begin(self) -> None:
        self.http.local_settings = h2.settings.Settings(
            client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: WINDOW}
        )
        self.http.initiate_connection()
        self.http.increment_flow_control_window(WINDOW - 65_535)
        await self._flush()

    async def ask(self, number: int, path: str, *, end: bool = True) -> None:
        head = [(":method", "GET"), (":scheme", "https"), (":authority", "nimbus"), (":path", path)]
        self.http.send_headers(number, head, end_stream=end)
        await self._flush()

    async def say_more(self, number: int) -> None:
        self.http.send_data(number, b"more", end_stream=False)
        await self._flush()

    async def give_up(self, number: int) -> None:
        self.http.reset_stream(number)
        await self._flush()

    async def read_until_end_of(self, number: int) -> None:
        while number not in self.ended:
            data = await self._stream.receive_some(1024 * 1024)
            assert data, "the connection has ended"
            for event in self.http.receive_data(bytes(data)):
                if isinstance(event, h2.events.ResponseReceived):
                    self.headers[event.stream_id] = dict(event.headers)  # type: ignore[arg-type]
                elif isinstance(event, h2.events.StreamEnded):
                    self.ended.add(event.stream_id)
            await self._flush()

    async def _flush(self) -> None:
        await self._stream.send_all(self.http.data_to_send())


async def test_a_connection_that_breaks_the_protocol_ends_alone(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    """The server has answered and let go of the request; the rest of it comes after that."""
    application = QuartTrio("nimbus", static_folder=None)

    async def small() -> Response:
        return Response(b"")

    application.add_url_rule("/small", view_func=small)
    with trio.fail_after(60):
        connect = await _serving(tmp_path, nursery, application)
        for _ in range(2):
            browser = Browser(await connect())
            await browser.begin()
            await browser.ask(1, "/small", end=False)
            await browser.read_until_end_of(1)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await browser.say_more(1)
            await trio.testing.wait_all_tasks_blocked(0.05)
        other = Browser(await connect())
        await other.begin()
        await other.ask(1, "/small")
        await other.read_until_end_of(1)
        assert other.headers[1][":status"] == "200"
        nursery.cancel_scope.cancel()


async def test_a_request_that_is_given_up_leaves_the_others_whole(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    """The headers of its answer were packed, and waited behind another answer. Left out, all that is packed after
    them would be read by a table that the browser does not have."""
    application = QuartTrio("nimbus", static_folder=None)

    async def big() -> Response:
        return Response(b"x" * BIG)

    async def small(word: str) -> Response:
        return Response(b"", headers={"X-Word": word})

    application.add_url_rule("/big", view_func=big)
    application.add_url_rule("/small/<word>", view_func=small)
    with trio.fail_after(60):
        connect = await _serving(tmp_path, nursery, application)
        browser = Browser(await connect())
        await browser.begin()
        await browser.ask(1, "/big")
        await trio.testing.wait_all_tasks_blocked(0.1)  # no more of it fits between the two
        await browser.ask(3, "/small/one-and-the-same")
        await trio.testing.wait_all_tasks_blocked(0.1)
        await browser.give_up(3)
        await trio.testing.wait_all_tasks_blocked(0.1)
        await browser.read_until_end_of(1)
        await browser.ask(5, "/small/one-and-the-same")
        await browser.read_until_end_of(5)
        assert browser.headers[5]["x-word"] == "one-and-the-same"
        assert browser.headers[5][":status"] == "200"
        nursery.cancel_scope.cancel()


Connect = Callable[[], Awaitable[trio.SSLStream[Any]]]


async def _serving(folder: Path, nursery: trio.Nursery, application: QuartTrio) -> Connect:
    """What connects to it."""
    now = SystemClock().now()
    (folder / "pki").mkdir()
    issuer = authority.load_or_create(folder / "pki", now)
    context = operator_listener.api_context(*issuer.server_files(["127.0.0.1"], now))
    (port,) = free_ports(1)
    listening = operator_listener.listen("127.0.0.1", port)
    await nursery.start(operator_listener.serve, application, [listening], context, trio.sleep_forever)
    return lambda: _connected(port, str(issuer.ca_file))


async def _connected(port: int, ca_file: str) -> trio.SSLStream[Any]:
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["h2"])
    plain = trio.socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    await plain.connect(("127.0.0.1", port))
    stream = trio.SSLStream(trio.SocketStream(plain), context, server_hostname="127.0.0.1")
    await stream.do_handshake()
    return stream
