"""HTTP/2 on the operators' listener: what one request leaves to the others of its connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import pytest
import trio
import trio.testing
from hyperframe.frame import DataFrame, Frame
from quart import Response
from quart_trio import QuartTrio

from nimbus.http import operator_listener, operator_protocols
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
        self.reset_codes: dict[int, int] = {}
        self.end_code: int | None = None

    async def begin(self, *, window: int = WINDOW) -> None:
        self.http.local_settings = h2.settings.Settings(
            client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
        )
        self.http.initiate_connection()
        self.http.increment_flow_control_window(WINDOW - 65_535)
        await self._flush()

    async def ask(self, number: int, path: str | bytes, *more: tuple[str, str], end: bool = True) -> None:
        head = [(":method", "GET"), (":scheme", "https"), (":authority", "nimbus"), (":path", path), *more]
        self.http.send_headers(number, head, end_stream=end)
        await self._flush()

    async def send_frames(self, *frames: Frame) -> None:
        """As they are, whatever this side knows of the stream: they may have been on the way already."""
        await self._stream.send_all(self.http.data_to_send() + b"".join(f.serialize() for f in frames))

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
                elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                    self.ended.add(event.stream_id)
                    if isinstance(event, h2.events.StreamReset):
                        self.reset_codes[event.stream_id] = event.error_code
                elif isinstance(event, h2.events.ConnectionTerminated):
                    self.end_code = event.error_code
                    return
            await self._flush()

    async def _flush(self) -> None:
        await self._stream.send_all(self.http.data_to_send())


def answering(path: str = "/small") -> QuartTrio:
    application = QuartTrio("nimbus", static_folder=None)

    async def small() -> Response:
        return Response(b"")

    application.add_url_rule(path, view_func=small)
    return application


async def test_what_comes_after_the_answer_does_not_end_the_connection(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    """The server has answered and let go of the request; the rest of it was on the way."""
    with trio.fail_after(60):
        browser = Browser(await (await _serving(tmp_path, nursery, answering()))())
        await browser.begin()
        await browser.ask(1, "/small", end=False)
        await browser.read_until_end_of(1)
        await browser.send_frames(*[DataFrame(1, b"x" * 1000) for _ in range(20)])
        await browser.ask(3, "/small")
        await browser.read_until_end_of(3)
        assert browser.headers[3][":status"] == "200"
        nursery.cancel_scope.cancel()


async def test_a_path_that_cannot_be_read_costs_its_own_request_alone(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    with trio.fail_after(60):
        browser = Browser(await (await _serving(tmp_path, nursery, answering()))())
        await browser.begin()
        await browser.ask(1, b"/\xff")
        await browser.ask(3, "/small")
        await browser.read_until_end_of(3)
        assert browser.headers[3][":status"] == "200"
        nursery.cancel_scope.cancel()


async def given_up(browser: Browser, numbers: range) -> None:
    """Requests that are begun and given up at once."""
    for number in numbers:
        await browser.ask(number, "/small")
        await browser.give_up(number)


async def test_a_flood_of_requests_that_are_given_up_ends(tmp_path: Path, nursery: trio.Nursery) -> None:
    with trio.fail_after(60):
        browser = Browser(await (await _serving(tmp_path, nursery, answering()))())
        await browser.begin()
        await given_up(browser, range(1, 4 * int(operator_protocols.RESETS_BURST), 2))
        await browser.read_until_end_of(-1)
        assert browser.end_code == h2.errors.ErrorCodes.ENHANCE_YOUR_CALM
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


async def test_an_answer_that_nobody_takes_is_cut_off(
    tmp_path: Path, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that opens no window for it: its requests would hold their answers in memory."""
    monkeypatch.setattr(operator_protocols, "TAKING_S", 0.3)
    monkeypatch.setattr(operator_protocols, "SLOWEST_BYTES_PER_S", 10**9)
    application = answering()

    async def big() -> Response:
        return Response(b"x" * 100_000)

    application.add_url_rule("/big", view_func=big)
    with trio.fail_after(60):
        browser = Browser(await (await _serving(tmp_path, nursery, application))())
        await browser.begin(window=1000)
        await browser.ask(1, "/big")
        await browser.read_until_end_of(1)
        assert browser.reset_codes == {1: h2.errors.ErrorCodes.CANCEL}
        await browser.ask(3, "/small")
        await browser.read_until_end_of(3)
        assert browser.headers[3][":status"] == "200"
        nursery.cancel_scope.cancel()


MANY = [(f"x-{number}", "1") for number in range(120)]


@pytest.mark.parametrize("headers", [[("x-long", "x" * 17_000)], MANY], ids=["too large", "too many"])
async def test_the_head_has_the_limits_that_it_has_elsewhere(
    tmp_path: Path, nursery: trio.Nursery, headers: list[tuple[str, str]]
) -> None:
    with trio.fail_after(60):
        browser = Browser(await (await _serving(tmp_path, nursery, answering()))())
        await browser.begin()
        await browser.ask(1, "/small", *headers)
        await browser.read_until_end_of(1)
        assert browser.headers[1][":status"] == "431"
        await browser.ask(3, "/small", ("x-long", "x" * 15_000))
        await browser.read_until_end_of(3)
        assert browser.headers[3][":status"] == "200"
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
