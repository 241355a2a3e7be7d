"""Too many connections to the API, with real sockets."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trio

from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.raw_http import connect

T = TypeVar("T")
GET = b"GET /healthz HTTP/1.1\r\nHost: nimbus\r\n\r\n"
# A request that is under way: its body does not come.
UNDER_WAY = (
    b"POST /v1/join HTTP/1.1\r\nHost: nimbus\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
    b"Expect: 100-continue\r\n\r\n"
)


async def threaded(work: Callable[[], T]) -> T:
    with trio.fail_after(30):
        return await trio.to_thread.run_sync(work)


def asked(connection: ssl.SSLSocket) -> bytes:
    connection.sendall(GET)
    answer = b""
    while not answer.endswith(b"}"):
        more = connection.recv(4096)
        assert more, "closed"
        answer += more
    return answer[:13]


def is_refused(plane: ControlPlane) -> bool:
    """Closed before the handshake: nothing of TLS was answered."""
    with socket.create_connection(plane.api_address, timeout=20) as plain:
        try:
            return plain.recv(1) == b""
        except ConnectionResetError:
            return True


def asked_soon(plane: ControlPlane) -> bytes:
    """A connection is idle a moment after its answer has come: until then there is no place."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with connect(plane) as connection:
                return asked(connection)
        except OSError:
            assert time.monotonic() < deadline


def begin(connection: ssl.SSLSocket) -> None:
    connection.sendall(UNDER_WAY)
    assert connection.recv(4096).startswith(b"HTTP/1.1 100")


def fill(plane: ControlPlane, stack: ExitStack, count: int) -> list[ssl.SSLSocket]:
    """Connections with a request that is under way."""
    made = [stack.enter_context(connect(plane)) for _ in range(count)]
    for connection in made:
        begin(connection)
    return made


@pytest.mark.parametrize(
    "limits", [{"max_connections": 6}, {"max_connections_per_address": 6}], ids=["all", "address"]
)
async def test_the_one_too_many_is_refused_before_tls_and_the_others_go_on(
    tmp_path: Path, limits: dict[str, Any]
) -> None:
    async with control_plane(tmp_path, **limits) as plane:

        def fill_and_free_a_place() -> None:
            with ExitStack() as stack:
                busy = fill(plane, stack, 6)
                assert is_refused(plane)
                busy[0].sendall(b"{}       ")
                assert busy[0].recv(4096).startswith(b"HTTP/1.1 4")
                assert asked_soon(plane) == b"HTTP/1.1 200 "

        await threaded(fill_and_free_a_place)


async def test_an_idle_connection_ends_for_a_new_one(tmp_path: Path) -> None:
    async with control_plane(tmp_path, max_connections_per_address=4) as plane:

        def open_one_more() -> None:
            with ExitStack() as stack:
                kept = [stack.enter_context(connect(plane)) for _ in range(4)]
                assert [asked(one) for one in kept] == [b"HTTP/1.1 200 "] * 4
                assert asked(kept[0]) == b"HTTP/1.1 200 "
                with connect(plane) as new:
                    assert asked(new) == b"HTTP/1.1 200 "
                    # The second has been idle longest since the first asked again.
                    assert kept[1].recv(1) == b""
                    assert asked(kept[0]) == b"HTTP/1.1 200 "
                    assert asked(kept[3]) == b"HTTP/1.1 200 "

        await threaded(open_one_more)


async def test_silent_connections_of_a_flood_make_room_for_who_asks(tmp_path: Path) -> None:
    async with control_plane(tmp_path, max_connections=20) as plane:

        def open_a_hundred() -> None:
            with ExitStack() as stack:
                for _ in range(100):
                    stack.enter_context(socket.create_connection(plane.api_address, timeout=20))
                with connect(plane) as honest:
                    assert asked(honest) == b"HTTP/1.1 200 "

        await threaded(open_a_hundred)


async def test_a_trusted_proxy_has_no_limit_of_its_address(tmp_path: Path) -> None:
    async with control_plane(tmp_path, max_connections_per_address=2, trusted_proxies="127.0.0.1") as plane:

        def open_behind_the_proxy() -> None:
            with ExitStack() as stack:
                kept = [stack.enter_context(connect(plane)) for _ in range(8)]
                assert [asked(one) for one in kept] == [b"HTTP/1.1 200 "] * 8
                assert [asked(one) for one in kept] == [b"HTTP/1.1 200 "] * 8

        await threaded(open_behind_the_proxy)


async def test_a_control_plane_stops_soon_with_connections_that_wait(tmp_path: Path) -> None:
    with trio.fail_after(15):
        async with control_plane(tmp_path) as plane:
            with ExitStack() as stack:
                await threaded(lambda: fill(plane, stack, 3))
