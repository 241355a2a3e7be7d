"""A fake HTTP proxy: a way to any host and port ends at that port of this machine. It notes what is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


class ConnectProxy:
    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, stream: trio.SocketStream) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = bytes(await stream.receive_some(1000))
            if not data:
                return
            head += data
        target = head.split()[1].decode()
        self.asked.append(target)
        try:
            there = await trio.open_tcp_stream("127.0.0.1", int(target.rpartition(":")[2]))
        except OSError:
            await stream.send_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
        async with there, trio.open_nursery() as nursery:
            nursery.start_soon(_carry, stream, there, nursery.cancel_scope)
            nursery.start_soon(_carry, there, stream, nursery.cancel_scope)


async def _carry(source: trio.SocketStream, to: trio.SocketStream, scope: trio.CancelScope) -> None:
    try:
        async for data in source:
            await to.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass
    scope.cancel()


@asynccontextmanager
async def connect_proxy() -> AsyncIterator[ConnectProxy]:
    proxy = ConnectProxy()
    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(
            lambda *, task_status: trio.serve_tcp(proxy.serve, 0, host="127.0.0.1", task_status=task_status)
        )
        proxy.port = listener.socket.getsockname()[1]
        yield proxy
        nursery.cancel_scope.cancel()
