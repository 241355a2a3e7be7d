"""A way through a proxy: a listener on this machine that says what a test has it say."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio

from agent.http_proxy.asking import ProxyFailed
from agent.http_proxy.connecting import connected_socket, connected_stream
from agent.http_proxy.proxy import HttpProxy, parse_proxy
from tests.kit.ports import free_ports

WHERE = ("cp.example.org", 8443)
OPENED = b"HTTP/1.1 200 Connection established\r\nProxy-agent: x\r\n\r\n"


class Listener:
    """A fake proxy: notes what it is asked, and answers in these pieces."""

    def __init__(
        self, *pieces: bytes, then: Callable[[trio.SocketStream], Awaitable[None]] | None = None
    ) -> None:
        self._pieces, self._then = pieces, then
        self.asked = b""
        self.port = 0

    async def serve(self, stream: trio.SocketStream) -> None:
        while not self.asked.endswith(b"\r\n\r\n"):
            self.asked += bytes(await stream.receive_some(4096))
        for piece in self._pieces:
            await stream.send_all(piece)
        if self._then is not None:
            await self._then(stream)
        await stream.aclose()

    def proxy(self, credentials: str = "") -> HttpProxy:
        return parse_proxy(f"http://{credentials}127.0.0.1:{self.port}")


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[Listener]:
    async with trio.open_nursery() as nursery:
        [socket_listener] = await nursery.start(
            lambda *, task_status: trio.serve_tcp(
                listener.serve, 0, host="127.0.0.1", task_status=task_status
            )
        )
        listener.port = socket_listener.socket.getsockname()[1]
        with trio.fail_after(10):
            yield listener
        nursery.cancel_scope.cancel()


async def echo(stream: trio.SocketStream) -> None:
    await stream.send_all(b"heard: " + bytes(await stream.receive_some(100)))


async def test_what_comes_after_the_answer_is_the_other_sides() -> None:
    async with listening(Listener(OPENED[:9], OPENED[9:], then=echo)) as listener:
        stream = await connected_stream(*WHERE, listener.proxy("me:hunter2@"))
        await stream.send_all(b"hello")
        assert await stream.receive_some(100) == b"heard: hello"
        await stream.aclose()
    lines = listener.asked.split(b"\r\n")
    assert lines[:2] == [b"CONNECT cp.example.org:8443 HTTP/1.1", b"Host: cp.example.org:8443"]
    assert b"Proxy-Authorization: Basic bWU6aHVudGVyMg==" in lines


async def test_the_same_in_words_that_block() -> None:
    async with listening(Listener(OPENED, then=echo)) as listener:

        def ask() -> bytes:
            with connected_socket("2001:db8::1", 443, 5.0, listener.proxy()) as tcp:
                tcp.sendall(b"hello")
                return tcp.recv(100)

        assert await trio.to_thread.run_sync(ask) == b"heard: hello"
    assert listener.asked.startswith(b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n")
    assert b"Authorization" not in listener.asked


@pytest.mark.parametrize(
    ("answer", "credentials", "code", "words"),
    [
        (b"HTTP/1.1 407 X\r\n\r\n", "", "PROXY_REFUSED", "wants a name and a password"),
        (b"HTTP/1.1 407 X\r\n\r\n", "me:hunter2@", "PROXY_REFUSED", "does not take the name and password"),
        (b"HTTP/1.0 401 X\r\n\r\n", "me:hunter2@", "PROXY_REFUSED", "does not take the name and password"),
        (b"HTTP/1.0 403 Filtered\r\nA: b\r\n\r\n<html>", "", "PROXY_REFUSED", "does not let this machine"),
        (b"HTTP/1.1 502 Bad\r\n\r\n", "", "PROXY_UNREACHABLE", "does not reach cp.example.org:8443"),
        (b"HTTP/1.1 405 No\r\n\r\n", "", "PROXY_REFUSED", "does not connect to others"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "", "PROXY_REFUSED", "is no HTTP proxy"),
        (b"", "", "PROXY_REFUSED", "is no HTTP proxy"),
        (OPENED + b"220 mail.example.org", "", "PROXY_REFUSED", "is no HTTP proxy"),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 20_000, "", "PROXY_REFUSED", "is no HTTP proxy"),
        (b"HTTP/1.1 2000\r\n\r\n", "", "PROXY_REFUSED", "is no HTTP proxy"),
        (b"\xff\xfe\x00", "", "PROXY_REFUSED", "is no HTTP proxy"),
    ],
)
async def test_what_a_proxy_may_say_against_it(
    answer: bytes, credentials: str, code: str, words: str
) -> None:
    async with listening(Listener(answer)) as listener:
        proxy = listener.proxy(credentials)
        with pytest.raises(ProxyFailed, match=words) as failed:
            await connected_stream(*WHERE, proxy)
        assert failed.value.code == code
        assert "hunter2" not in failed.value.line()
        assert f"127.0.0.1:{listener.port}" in failed.value.message
        listener.asked = b""
        with pytest.raises(ProxyFailed, match=words):
            await trio.to_thread.run_sync(connected_socket, *WHERE, 5.0, proxy)


async def test_a_proxy_that_is_not_there() -> None:
    [port] = free_ports(1)
    proxy = parse_proxy(f"127.0.0.1:{port}")
    with pytest.raises(ProxyFailed, match=f"the HTTP proxy 127.0.0.1:{port} is not reached: nothing listens"):
        await connected_stream(*WHERE, proxy)
    with pytest.raises(ProxyFailed, match="nothing listens"):
        await trio.to_thread.run_sync(connected_socket, *WHERE, 5.0, proxy)


async def test_who_is_reached_without_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        stream = await connected_stream("127.0.0.1", port, parse_proxy("192.0.2.1:1"))
        await stream.aclose()
