"""`/api/v1/access-logs/stream` as a WebSocket (RFC 6455): requests as edges answer them, with the list's filters.

Messages are JSON objects: `ready` first, then `entries` with some at a time, `skipped` with how many requests were
passed over because they come faster than they are read, a `heartbeat` after a silence. Each has the `cursor` to go
on from. Nothing else is kept for a connection: entries are read from the disk when it has taken those before.
Clients send nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence

import msgspec
import trio
from quart import Response, websocket
from quart_trio import QuartTrio

from nimbus.edge.access_logs.following import STREAM_PATH, Following, StreamQuery
from nimbus.edge.access_logs.search import Arrived
from nimbus.edge.access_logs.service import AccessLogs
from nimbus.http.decoding import decode_query, single_values
from nimbus.http.errors import internal_error
from nimbus.http.source import Network, forwarded_for, source_of
from nimbus.http.websocket import (
    FAREWELL_S,
    GOING_AWAY,
    HEARTBEAT_S,
    INTERNAL_ERROR,
    MAX_PER_PRINCIPAL,
    MAY_NOT,
    REAUTHENTICATE_S,
    SIGN_IN_AGAIN,
    SIGNED_LIFETIME_S,
    Authenticate,
    Closing,
    check_origin,
    first_closing,
    presented,
    refusal,
    refuse_messages,
)
from nimbus.kernel.access import Actor
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import RateLimited, Unauthenticated
from nimbus.kernel.ids import new_id
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import NONCE_PARAMETER

MAX_CONNECTIONS = 100
log = logging.getLogger("nimbus.api")
_encode = msgspec.json.Encoder().encode


class LogSockets:
    """Belongs to the Trio thread. `generation_of` gives a number that changes when anybody's access does."""

    def __init__(
        self,
        logs: AccessLogs,
        authenticate: Authenticate,
        generation_of: Callable[[], int],
        *,
        admit: Callable[[str], None] = lambda _source: None,
        proxies: Sequence[Network] = (),
        allowed_origins: Collection[str] = (),
    ) -> None:
        self._logs, self._authenticate, self.generation_of = logs, authenticate, generation_of
        self._admit, self._proxies = admit, proxies
        self._allowed_origins = frozenset(allowed_origins)
        self._connected: Counter[str] = Counter()

    def add_to(self, application: QuartTrio) -> None:
        application.add_websocket(STREAM_PATH, endpoint="log-socket", view_func=self._handle)

    async def _handle(self) -> Response | None:
        """Refused with an ordinary answer, in the envelope, before anything is upgraded."""
        request_id = new_id()
        try:
            check_origin(websocket.headers.getlist("Origin"), websocket.host, self._allowed_origins)
            source = source_of(websocket.remote_addr or "", forwarded_for(websocket.headers), self._proxies)
            self._admit(source)
            shown, subprotocol = presented(request_id, source)
            generation = self.generation_of()
            actor = await self._authenticate(shown)
            query = _query()
            following = await self._logs.follow(actor, query)
            principal = self._enter(actor)
        except NimbusError as error:
            return refusal(error, request_id)
        except Exception:
            log.exception("a WebSocket failed", extra={"request_id": request_id})
            return refusal(internal_error(request_id), request_id)
        try:
            await websocket.accept({"X-Request-Id": request_id}, subprotocol)
            await _Connection(self, shown, query, following, generation).serve()
        finally:
            self._connected -= Counter({principal: 1})
        return None

    def _enter(self, actor: Actor) -> str:
        principal = f"{actor.kind}:{actor.user_id or actor.id}"
        if self._connected[principal] >= MAX_PER_PRINCIPAL or self._connected.total() >= MAX_CONNECTIONS:
            raise RateLimited("too many streams of access logs are open", retry_after=60)
        self._connected[principal] += 1
        return principal

    async def again(self, shown: Presented, query: StreamQuery, reached: Arrived) -> Following:
        """With what they may read as of now. Raises Closing when that is nothing any more."""
        if shown.access_key:
            raise Closing(SIGN_IN_AGAIN, "sign in again")
        try:
            actor = await self._authenticate(shown)
            return await self._logs.follow(actor, query, reached)
        except Unauthenticated:
            raise Closing(SIGN_IN_AGAIN, "sign in again") from None
        except NimbusError as error:
            raise Closing(MAY_NOT, error.code) from None


class _Connection:
    def __init__(
        self, sockets: LogSockets, shown: Presented, query: StreamQuery, following: Following, generation: int
    ) -> None:
        self._sockets, self._shown, self._query = sockets, shown, query
        self._following = following
        self._generation = generation
        self._began = self._recognised_at = trio.current_time()

    async def serve(self) -> None:
        """Until the client leaves or must; the client hears why."""
        closing = Closing(INTERNAL_ERROR, "the control plane failed")
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(refuse_messages)
                await self._stream()
        except* Closing as group:
            closing = first_closing(group)
        except* trio.Cancelled:
            with trio.move_on_after(FAREWELL_S) as scope:
                scope.shield = True
                await websocket.close(GOING_AWAY, "the control plane stops")
            raise
        except* Exception:
            log.exception("a WebSocket failed")
        await websocket.close(closing.code, closing.reason)

    async def _stream(self) -> None:
        await self._send({"type": "ready"})
        while True:
            before = self._following.reached
            step = await self._following.next(HEARTBEAT_S)
            if await self._has_changed(before):
                # What was read is read again, as what they may read now.
                continue
            if step.skipped:
                await self._send({"type": "skipped", "count": step.skipped})
            if step.entries:
                await self._send({"type": "entries", "entries": step.entries})
            elif not step.skipped:
                await self._send({"type": "heartbeat"})

    async def _has_changed(self, reached: Arrived) -> bool:
        """Whether it goes on from `reached` with other permissions. Raises Closing."""
        now = trio.current_time()
        if self._shown.access_key and now - self._began > SIGNED_LIFETIME_S:
            raise Closing(SIGN_IN_AGAIN, "sign in again")
        is_same = self._generation == self._sockets.generation_of()
        if is_same and (self._shown.access_key or now - self._recognised_at < REAUTHENTICATE_S):
            return False
        self._generation = self._sockets.generation_of()
        self._following = await self._sockets.again(self._shown, self._query, reached)
        self._recognised_at = now
        return True

    async def _send(self, message: dict[str, object]) -> None:
        await websocket.send(_encode({**message, "cursor": self._following.cursor}).decode())


def _query() -> StreamQuery:
    arguments = single_values(websocket.args.items(multi=True))
    arguments.pop(NONCE_PARAMETER, None)
    query = decode_query(arguments, StreamQuery)
    assert isinstance(query, StreamQuery)
    return query
