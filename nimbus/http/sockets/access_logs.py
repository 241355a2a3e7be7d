"""`/api/v1/access-logs/stream` as a WebSocket: requests as edges answer them, with the list's filters.

Messages are JSON objects: `ready` first, then `entries` with some at a time, `skipped` with how many requests were
passed over because they come faster than they are read, a `heartbeat` after a silence. Each has the `cursor` to go
on from. Nothing else is kept for a connection: entries are read from the disk when it has taken those before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from quart import websocket

from nimbus.edge.access_logs.following import STREAM_PATH, Following, StreamQuery
from nimbus.edge.access_logs.search import Arrived
from nimbus.edge.access_logs.service import AccessLogs
from nimbus.http.sockets.closing import MAY_NOT, Closing
from nimbus.http.sockets.connection import HEARTBEAT_S, Authenticate, Connection, Opened, Sockets
from nimbus.http.sockets.handshake import query_of
from nimbus.kernel.access import Actor
from nimbus.protocol.errors import NimbusError

MAX_CONNECTIONS = 100
_encode = msgspec.json.Encoder().encode


class LogSockets(Sockets):
    path, streams = STREAM_PATH, "streams of access logs"

    def __init__(
        self, logs: AccessLogs, authenticate: Authenticate, generation_of: Callable[[], int], **options: Any
    ) -> None:
        """`options`: of `Sockets`."""
        super().__init__(authenticate, generation_of, max_connections=MAX_CONNECTIONS, **options)
        self._logs = logs

    async def begin(self, opened: Opened) -> Connection:
        query = query_of(StreamQuery)
        return _Connection(self, opened, query, await self._logs.follow(opened.actor, query))

    async def follow(self, actor: Actor, query: StreamQuery, reached: Arrived) -> Following:
        """With what they may read as of now. Raises Closing when that is nothing any more."""
        try:
            return await self._logs.follow(actor, query, reached)
        except NimbusError as error:
            raise Closing(MAY_NOT, error.code) from None


class _Connection(Connection):
    def __init__(self, sockets: LogSockets, opened: Opened, query: StreamQuery, following: Following) -> None:
        super().__init__(sockets, opened)
        self._logs, self._query, self._following = sockets, query, following

    async def stream(self) -> None:
        await self._send({"type": "ready"})
        while True:
            before = self._following.reached
            step = await self._following.next(HEARTBEAT_S)
            if await self.recognise_again():
                # What was read is read again, as what they may read now.
                self._following = await self._logs.follow(self.actor, self._query, before)
                continue
            if step.skipped:
                await self._send({"type": "skipped", "count": step.skipped})
            if step.entries:
                await self._send({"type": "entries", "entries": step.entries})
            elif not step.skipped:
                await self._send({"type": "heartbeat"})

    async def _send(self, message: dict[str, object]) -> None:
        await websocket.send(_encode({**message, "cursor": self._following.cursor}).decode())
