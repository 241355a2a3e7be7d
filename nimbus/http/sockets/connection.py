"""One kind of WebSocket: who may open one, how many, and for how long one goes on."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple

import trio
from quart import Response, websocket
from quart_trio import QuartTrio

from nimbus.http.errors import internal_error
from nimbus.http.sockets.closing import (
    GOING_AWAY,
    INTERNAL_ERROR,
    MAY_NOT,
    SIGN_IN_AGAIN,
    UNSUPPORTED_DATA,
    Closing,
    first_closing,
)
from nimbus.http.sockets.handshake import check_origin, presented, refusal
from nimbus.http.source import Network, forwarded_for, source_of
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock, SystemClock
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Forbidden, RateLimited, Unauthenticated
from nimbus.kernel.ids import new_id
from nimbus.protocol.errors import NimbusError

HEARTBEAT_S = 20.0
# Also when nobody's access changed: a token ends by itself.
REAUTHENTICATE_S = 60.0
# A signature is good for one request, so that the connection that began with it has an end.
SIGNED_LIFETIME_S = 3600.0
MAX_CONNECTIONS = 1000
MAX_PER_PRINCIPAL = 20
FAREWELL_S = 0.5
# As `Door.authenticated`: raises Unauthenticated.
Authenticate = Callable[[Presented], Awaitable[Actor]]
# The actor as they are now, for whoever cannot show the same again; None: they are no more.
Renew = Callable[[Actor], Awaitable[Actor | None]]
log = logging.getLogger("nimbus.api")


class Opened(NamedTuple):
    """`generation`: of everybody's access, from before the actor was recognised."""

    shown: Presented
    actor: Actor
    generation: int


class Sockets(ABC):
    """Belongs to the Trio thread. `path` is where, `streams` what they are called in an error."""

    path: str
    streams: str

    def __init__(
        self,
        authenticate: Authenticate,
        generation_of: Callable[[], int],
        *,
        admit: Callable[[str], None] = lambda _source: None,
        proxies: Sequence[Network] = (),
        allowed_origins: Collection[str] = (),
        renew: Renew | None = None,
        max_connections: int = MAX_CONNECTIONS,
        max_per_principal: int = MAX_PER_PRINCIPAL,
        clock: Clock | None = None,
    ) -> None:
        """`generation_of` gives a number that changes when anybody's access does. `allowed_origins` are those
        besides the API's own (https://HOST[:PORT]). `admit` is asked first, with the address; it may raise
        RateLimited."""
        self._authenticate = authenticate
        self.generation_of = generation_of
        self._admit = admit
        self._proxies = proxies
        self._allowed_origins = frozenset(allowed_origins)
        self._renew = renew
        self._max_connections = max_connections
        self._max_per_principal = max_per_principal
        self._clock = clock or SystemClock()
        self._connected: Counter[str] = Counter()

    @abstractmethod
    async def begin(self, opened: Opened) -> Connection:
        """Before it is accepted. Raises NimbusError."""

    @property
    def connected(self) -> int:
        return self._connected.total()

    def add_to(self, application: QuartTrio) -> None:
        application.add_websocket(self.path, endpoint=f"socket:{self.path}", view_func=self._handle)

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
            connection = await self.begin(Opened(shown, actor, generation))
            principal = self._enter(actor)
        except NimbusError as error:
            return refusal(error, request_id)
        except Exception:
            log.exception("a WebSocket failed", extra={"request_id": request_id})
            return refusal(internal_error(request_id), request_id)
        try:
            await websocket.accept({"X-Request-Id": request_id}, subprotocol)
            await connection.serve()
        finally:
            self._connected -= Counter({principal: 1})
        return None

    def _enter(self, actor: Actor) -> str:
        principal = f"{actor.kind}:{actor.user_id or actor.id}"
        if self._connected[principal] >= self._max_per_principal:
            raise RateLimited(
                f"{actor.name} has {self._max_per_principal} {self.streams} open", retry_after=60
            )
        if self.connected >= self._max_connections:
            raise RateLimited(f"there are too many {self.streams} open", retry_after=60)
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
        return now

    def is_as_known(self, actor: Actor) -> bool:
        """Whether no grant of theirs has ended since they were recognised."""
        changes_at = actor.access.changes_at
        return changes_at is None or self._clock.now() < changes_at


class Connection(ABC):
    """One accepted WebSocket. Clients send nothing."""

    def __init__(self, sockets: Sockets, opened: Opened) -> None:
        self._sockets = sockets
        self._shown, self.actor, self.generation = opened
        self._began = self._recognised_at = trio.current_time()

    @abstractmethod
    async def stream(self) -> None:
        """Until cancelled. Raises Closing."""

    async def serve(self) -> None:
        """Until the client leaves or must; the client hears why."""
        closing = Closing(INTERNAL_ERROR, "the control plane failed")
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_refuse_messages)
                await self.stream()
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

    async def recognise_again(self) -> bool:
        """When it is due: then True, and `actor` is as of now. Raises Closing."""
        now = trio.current_time()
        if self._shown.access_key and now - self._began > SIGNED_LIFETIME_S:
            raise Closing(SIGN_IN_AGAIN, "sign in again")
        generation = self._sockets.generation_of()
        is_same = self.generation == generation and self._sockets.is_as_known(self.actor)
        if is_same and (self._shown.access_key or now - self._recognised_at < REAUTHENTICATE_S):
            return False
        self.generation = generation
        self.actor = await self._sockets.actor_now(self._shown, self.actor)
        self._recognised_at = now
        return True


async def _refuse_messages() -> None:
    await websocket.receive()
    raise Closing(UNSUPPORTED_DATA, "nothing is taken here: parameters are in the address")
