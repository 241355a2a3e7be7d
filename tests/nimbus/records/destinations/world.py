"""Destinations on a real database, and receivers on loopback that do what a test says."""

from __future__ import annotations

import contextlib
import functools
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from nimbus.db import Transaction
from nimbus.kernel.routing import Target
from nimbus.records.destinations import store
from nimbus.records.destinations.exporter import Exporter
from nimbus.records.destinations.reach import Reach
from nimbus.records.destinations.records import (
    CreatedDestination,
    DestinationRequest,
    DestinationView,
    Progress,
)
from nimbus.records.destinations.sending import Sender
from nimbus.records.destinations.service import Destinations
from tests.kit.records import ADMIN
from tests.nimbus.records.audit.world import SEALER, World
from tests.nimbus.records.audit.world import world as audit_world

Stream = trio.abc.Stream
Handler = Callable[[Stream], Awaitable[None]]


class Fence:
    """As `Leadership.check`."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def check(self, _tx: Transaction) -> None:
        if self.error is not None:
            raise self.error


class SendingWorld:
    def __init__(self, made: World, *, anywhere: bool = True) -> None:
        self.made, self.fence = made, Fence()
        reach = Reach(anywhere=anywhere, overlay=[])
        self.sender = Sender(made.clock, SEALER, reach)
        self.destinations = Destinations(
            made.database, made.clock, made.audit, SEALER, made.trail, self.sender, reach
        )
        self.exporter = self.another()

    def another(self) -> Exporter:
        """As after a start."""
        made = self.made
        exporter = Exporter(made.database, made.clock, made.trail, self.sender, self.fence.check)
        exporter.subscribe(made.bus)
        return exporter

    async def create(self, target: str, **fields: Any) -> CreatedDestination:
        return await self.destinations.create(ADMIN, DestinationRequest(name="siem", target=target, **fields))

    async def send(self, destination: CreatedDestination) -> None:
        """Until there is nothing to send, or it failed."""
        while await self.exporter.send_next(destination.destination.id):
            pass

    async def look(self) -> DestinationView:
        return await self.destinations.show(ADMIN, Target("siem"))

    async def progress(self, destination_id: str) -> Progress:
        return await self.made.database.read(lambda tx: store.progress(tx, destination_id))

    async def sequences(self) -> list[int]:
        """Of all rows, those that the tests cause beside their own too."""
        return [row[0] for row in await self.made.rows("SELECT sequence FROM audit_log ORDER BY sequence")]


@asynccontextmanager
async def world(folder: Path, *, anywhere: bool = True) -> AsyncIterator[SendingWorld]:
    async with audit_world(folder) as made:
        yield SendingWorld(made, anywhere=anywhere)


@asynccontextmanager
async def receiver(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that does what `handler` says with each connection; the port."""

    async def guarded(stream: trio.SocketStream) -> None:
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            if context is None:
                await handler(stream)
            else:
                await handler(trio.SSLStream(stream, context, server_side=True, https_compatible=False))

    async with trio.open_nursery() as nursery:
        serve = functools.partial(trio.serve_tcp, guarded, 0, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


class Syslog:
    """Takes what is sent, reads it as RFC 6587 says, and closes when no more comes."""

    def __init__(self, politely: bool = True) -> None:
        self.messages: list[str] = []
        self._politely = politely

    @property
    def sequences(self) -> list[int]:
        return [json.loads(message.partition('"] ')[2])["sequence"] for message in self.messages]

    async def __call__(self, stream: Stream) -> None:
        left = b""
        while chunk := await stream.receive_some(65536):
            left = self.take(left + chunk)
        assert left == b""
        if isinstance(stream, trio.SSLStream) and not self._politely:
            await stream.transport_stream.aclose()
        await stream.aclose()

    def take(self, content: bytes) -> bytes:
        """What is no whole message yet."""
        while True:
            length, space, rest = content.partition(b" ")
            if not space or len(rest) < int(length):
                return content
            self.messages.append(rest[: int(length)].decode("ascii"))
            content = rest[int(length) :]


class Webhook:
    """Answers each POST with the first of `answers`, then with 204."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[dict[str, str], bytes]] = []

    @property
    def sequences(self) -> list[int]:
        return [row["sequence"] for _, body in self.requests for row in json.loads(body)["entries"]]

    async def __call__(self, stream: Stream) -> None:
        content = b""
        while b"\r\n\r\n" not in content:
            content += await stream.receive_some(65536)
        head, _, body = content.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers["content-length"]):
            body += await stream.receive_some(65536)
        self.requests.append(({**headers, "": first}, body))
        status = self.answers.pop(0) if self.answers else 204
        await stream.send_all(
            f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await stream.aclose()
