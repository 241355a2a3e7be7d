"""`/api/v1/events` as a WebSocket (RFC 6455): events as they come, from a cursor on.

Messages are JSON objects: `ready` first, then `event`s, a `heartbeat` when there is nothing to tell, `reset` when
what came after the cursor is not kept any more; `progress` for what changes by the second and is not kept; for
whoever asks, a `pulse` now and then while nodes tell of their load, which is no event. Each has the `cursor` to
resume from. Clients send nothing.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import msgspec
import trio
from quart import Response, websocket
from quart_trio import QuartTrio

from nimbus.http.decoding import decode_query, single_values
from nimbus.http.errors import internal_error
from nimbus.http.responses import error_response
from nimbus.http.source import Network, forwarded_for, source_of
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, SystemClock
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Forbidden, RateLimited, Unauthenticated, invalid
from nimbus.kernel.ids import new_id
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    API_KEY_HEADER,
    NONCE_PARAMETER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
)
from nimbus.records.event_log.follower import FellBehind, Follower, Step
from nimbus.records.event_log.records import PATH, EventRow, SocketQuery
from nimbus.records.event_log.service import EventLog, view_of

SUBPROTOCOL = "nimbus.events.v1"
_BEARER = "bearer."
HEARTBEAT_S = 20.0
# Also when nobody's access changed: a token ends by itself.
REAUTHENTICATE_S = 60.0
# A signature is good for one request, so that the connection that began with it has an end.
SIGNED_LIFETIME_S = 3600.0
MAX_CONNECTIONS = 1000
MAX_PER_PRINCIPAL = 20
FAREWELL_S = 0.5
# RFC 6455 section 7.4.1, and from 4000 on our own.
GOING_AWAY, UNSUPPORTED_DATA, INTERNAL_ERROR = 1001, 1003, 1011
SIGN_IN_AGAIN, MAY_NOT, TOO_SLOW = 4401, 4403, 4408
# As `Door.authenticated`: raises Unauthenticated.
Authenticate = Callable[[Presented], Awaitable[Actor]]
# The actor as they are now, for whoever cannot show the same again; None: they are no more.
Renew = Callable[[Actor], Awaitable[Actor | None]]
log = logging.getLogger("nimbus.api")
_encode = msgspec.json.Encoder().encode


class Closing(Exception):
    """The connection ends, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class EventSockets:
    """Belongs to the Trio thread. `allowed_origins` are those besides the API's own (https://HOST[:PORT]). `admit`
    is asked first, with the address; it may raise RateLimited."""

    def __init__(
        self,
        events: EventLog,
        authenticate: Authenticate,
        *,
        admit: Callable[[str], None] = lambda _source: None,
        proxies: Sequence[Network] = (),
        allowed_origins: Collection[str] = (),
        renew: Renew | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_per_principal: int = MAX_PER_PRINCIPAL,
        clock: Clock | None = None,
        pulse_of: Callable[[], int] = lambda: 0,
    ) -> None:
        """`pulse_of` gives a number that grows with what nodes tell of their load."""
        self._events = events
        self._authenticate = authenticate
        self._admit = admit
        self._proxies = proxies
        self._allowed_origins = frozenset(allowed_origins)
        self._renew = renew
        self._max_connections = max_connections
        self._max_per_principal = max_per_principal
        self._clock = clock or SystemClock()
        self.pulse_of = pulse_of
        self._connected: Counter[str] = Counter()

    @property
    def connected(self) -> int:
        return self._connected.total()

    def add_to(self, application: QuartTrio) -> None:
        application.add_websocket(PATH, endpoint="event-socket", view_func=self._handle)

    async def _handle(self) -> Response | None:
        """Refused with an ordinary answer, in the envelope, before anything is upgraded."""
        request_id = new_id()
        try:
            check_origin(websocket.headers.getlist("Origin"), websocket.host, self._allowed_origins)
            source = source_of(websocket.remote_addr or "", forwarded_for(websocket.headers), self._proxies)
            self._admit(source)
            shown, subprotocol = presented(request_id, source)
            generation = self._events.hub.generation
            actor = await self._authenticate(shown)
            actor.require(Permission.EVENT_READ)
            query = _query()
            follower = await self._events.begin(actor, query)
            principal = self._enter(actor)
        except NimbusError as error:
            return refusal(error, request_id)
        except Exception:
            log.exception("a WebSocket failed", extra={"request_id": request_id})
            return refusal(internal_error(request_id), request_id)
        try:
            await websocket.accept({"X-Request-Id": request_id}, subprotocol)
            await _Connection(self, shown, follower, generation, query.pulse).serve()
        finally:
            self._connected -= Counter({principal: 1})
        return None

    def _enter(self, actor: Actor) -> str:
        principal = f"{actor.kind}:{actor.user_id or actor.id}"
        if self._connected[principal] >= self._max_per_principal:
            raise RateLimited(
                f"{actor.name} has {self._max_per_principal} event streams open", retry_after=60
            )
        if self.connected >= self._max_connections:
            raise RateLimited("there are too many event streams open", retry_after=60)
        self._connected[principal] += 1
        return principal

    async def actor_now(self, shown: Presented, actor: Actor) -> Actor:
        """Who it is as of now. Raises Closing when they are not let in any more."""
        try:
            if not shown.access_key:
                now: Actor | None = await self._authenticate(shown)
            else:
                now = await self._renew(actor) if self._renew else None
        except Unauthenticated:
            now = None
        except Forbidden as error:
            # They may no longer go on in this session: a password to choose, a second factor to set up.
            raise Closing(MAY_NOT, error.code) from None
        if now is None:
            raise Closing(SIGN_IN_AGAIN, "sign in again")
        if not now.holds_somewhere(Permission.EVENT_READ):
            raise Closing(MAY_NOT, f"lacks {Permission.EVENT_READ.value}")
        return now

    def is_as_known(self, actor: Actor) -> bool:
        """Whether no grant of theirs has ended since they were recognised."""
        changes_at = actor.access.changes_at
        return changes_at is None or self._clock.now() < changes_at

    @property
    def hub_generation(self) -> int:
        return self._events.hub.generation

    def followed(self) -> AbstractContextManager[None]:
        return self._events.hub.followed()


class _Connection:
    """One accepted WebSocket."""

    def __init__(
        self, sockets: EventSockets, shown: Presented, follower: Follower, generation: int, pulse_s: int
    ) -> None:
        self._sockets = sockets
        self._pulse_s = pulse_s or math.inf
        self._shown = shown
        self._follower = follower
        self._generation = generation
        self._began = self._recognised_at = self._told_at = self._pulse_at = trio.current_time()
        self._pulse = sockets.pulse_of()

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
            # The client has gone, or the control plane stops: then it is told.
            with trio.move_on_after(FAREWELL_S) as scope:
                scope.shield = True
                await websocket.close(GOING_AWAY, "the control plane stops")
            raise
        except* Exception:
            log.exception("a WebSocket failed")
        await websocket.close(closing.code, closing.reason)

    async def _stream(self) -> None:
        with self._sockets.followed():
            await self._send_status("ready")
            while True:
                step = await self._next()
                if step.reset:
                    await self._send_status("reset")
                for event in (*step.events, *step.passing):
                    await self._check_access()
                    if self._follower.may_see(event):
                        await websocket.send(
                            _event_message(event, self._follower.cursor, self._follower.actor)
                        )
                        self._told_at = trio.current_time()
                await self._check_access()
                await self._send_what_is_due()

    async def _next(self) -> Step:
        """The next events; none when something else is due."""
        try:
            with trio.move_on_at(min(self._told_at + HEARTBEAT_S, self._pulse_at + self._pulse_s)):
                return await self._follower.next(self._generation)
        except FellBehind as error:
            raise Closing(TOO_SLOW, error.message) from None
        return Step([])

    async def _send_what_is_due(self) -> None:
        """A pulse when nodes have told of their load since the last one; a heartbeat after a silence."""
        now = trio.current_time()
        if now >= self._pulse_at + self._pulse_s:
            self._pulse_at = now
            pulse = self._sockets.pulse_of()
            if pulse != self._pulse and self._follower.actor.holds_somewhere(Permission.AGENT_READ):
                self._pulse = pulse
                await self._send_status("pulse")
        if now >= self._told_at + HEARTBEAT_S:
            await self._send_status("heartbeat")

    async def _check_access(self) -> None:
        now = trio.current_time()
        if self._shown.access_key and now - self._began > SIGNED_LIFETIME_S:
            raise Closing(SIGN_IN_AGAIN, "sign in again")
        is_same = self._generation == self._sockets.hub_generation and self._sockets.is_as_known(
            self._follower.actor
        )
        if is_same and (self._shown.access_key or now - self._recognised_at < REAUTHENTICATE_S):
            return
        self._generation = self._sockets.hub_generation
        self._follower.actor = await self._sockets.actor_now(self._shown, self._follower.actor)
        self._recognised_at = now

    async def _send_status(self, kind: str) -> None:
        self._told_at = trio.current_time()
        await websocket.send(_encode({"type": kind, "cursor": self._follower.cursor}).decode())


async def refuse_messages() -> None:
    await websocket.receive()
    raise Closing(UNSUPPORTED_DATA, "nothing is taken here: parameters are in the address")


def first_closing(group: BaseExceptionGroup[Closing]) -> Closing:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Closing)
    return error


def _event_message(event: EventRow, cursor: int, actor: Actor) -> str:
    """`cursor` is where to go on after what has no sequence of its own."""
    view = msgspec.structs.asdict(view_of(event, actor))
    if event.sequence:
        return _encode({"type": "event", **view}).decode()
    return _encode({"type": "progress", **view, "cursor": cursor}).decode()


def _query() -> SocketQuery:
    arguments = single_values(websocket.args.items(multi=True))
    arguments.pop(NONCE_PARAMETER, None)
    query = decode_query(arguments, SocketQuery)
    assert isinstance(query, SocketQuery)
    return query


def refusal(error: NimbusError, request_id: str) -> Response:
    response = error_response(error, request_id)
    response.headers["X-Request-Id"] = request_id
    return response


def presented(request_id: str, source: str) -> tuple[Presented, str | None]:
    """What the handshake shows, and the subprotocol to answer. Raises ValidationError."""
    headers = websocket.headers
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    offered, subprotocol = bearer_of(websocket.requested_subprotocols)
    raw: bytes = websocket.scope.get("raw_path") or websocket.path.encode()
    query = websocket.query_string
    given = token.strip() if scheme.lower() == "bearer" else ""
    if given and offered:
        raise Unauthenticated("the request carries more than one token", next_step="Send one of them.")
    shown = Presented(
        method="GET",
        target=(raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1"),
        body=b"",
        source=source,
        request_id=request_id,
        access_key=headers.get(ACCESS_KEY_HEADER, ""),
        timestamp=headers.get(TIMESTAMP_HEADER, ""),
        signature=headers.get(SIGNATURE_HEADER, ""),
        api_key=headers.get(API_KEY_HEADER, ""),
        bearer=given or offered,
    )
    return shown, subprotocol


def bearer_of(subprotocols: Sequence[str]) -> tuple[str, str | None]:
    """The token that a browser offers as a subprotocol, and the subprotocol to answer. Raises ValidationError."""
    tokens = [one[len(_BEARER) :] for one in subprotocols if one.startswith(_BEARER)]
    if len(tokens) > 1 or (tokens and not tokens[0]):
        raise invalid("Sec-WebSocket-Protocol", f"must have one {_BEARER}TOKEN at most")
    if subprotocols and SUBPROTOCOL not in subprotocols:
        raise invalid("Sec-WebSocket-Protocol", f"must have {SUBPROTOCOL}")
    return (tokens[0] if tokens else ""), (SUBPROTOCOL if subprotocols else None)


def check_origin(origins: Sequence[str], host: str, allowed: Collection[str]) -> None:
    """Browsers say where a page is from, and let any page open a WebSocket: only our own may (RFC 6455 section
    10.2). Other clients send no Origin. Raises Forbidden."""
    if not origins:
        return
    if len(origins) == 1 and (_same_place(origins[0], f"https://{host}") or origins[0] in allowed):
        return
    raise Forbidden(
        "pages from elsewhere may not open this",
        next_step="Behind a proxy: have it pass the Host header on with its port (nginx: proxy_set_header Host "
        "$http_host). A page of another site: add its origin to the setting cors_origins.",
    )


def _same_place(origin: str, own: str) -> bool:
    return _place(origin) is not None and _place(origin) == _place(own)


def _place(origin: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.username:
            return None
        return parts.hostname, parts.port or 443
    except ValueError:
        return None
