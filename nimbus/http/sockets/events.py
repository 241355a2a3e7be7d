"""`/api/v1/events` as a WebSocket: events as they come, from a cursor on.

Messages are JSON objects: `ready` first, then `event`s, a `heartbeat` when there is nothing to tell, `reset` when
what came after the cursor is not kept any more; `progress` for what changes by the second and is not kept; for
whoever asks, a `pulse` now and then while nodes tell of their load, which is no event. Each has the `cursor` to
resume from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import trio
from quart import websocket

from nimbus.http.sockets.closing import MAY_NOT, TOO_SLOW, Closing
from nimbus.http.sockets.connection import HEARTBEAT_S, Authenticate, Connection, Opened, Sockets
from nimbus.http.sockets.handshake import query_of
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.credentials import Presented
from nimbus.records.event_log.follower import FellBehind, Follower, Step
from nimbus.records.event_log.records import PATH, EventRow, SocketQuery
from nimbus.records.event_log.service import EventLog, view_of

_encode = msgspec.json.Encoder().encode


class EventSockets(Sockets):
    path, streams = PATH, "event streams"

    def __init__(
        self,
        events: EventLog,
        authenticate: Authenticate,
        *,
        pulse_of: Callable[[], int] = lambda: 0,
        **options: Any,
    ) -> None:
        """`pulse_of` gives a number that grows with what nodes tell of their load. `options`: of `Sockets`."""
        super().__init__(authenticate, lambda: events.hub.generation, **options)
        self._events = events
        self.pulse_of = pulse_of

    async def begin(self, opened: Opened) -> Connection:
        opened.actor.require(Permission.EVENT_READ)
        query = query_of(SocketQuery)
        return _Connection(self, opened, await self._events.begin(opened.actor, query), query.pulse)

    async def actor_now(self, shown: Presented, actor: Actor) -> Actor:
        now = await super().actor_now(shown, actor)
        if not now.holds_somewhere(Permission.EVENT_READ):
            raise Closing(MAY_NOT, f"lacks {Permission.EVENT_READ.value}")
        return now

    def followed(self) -> AbstractContextManager[None]:
        return self._events.hub.followed()


class _Connection(Connection):
    def __init__(self, sockets: EventSockets, opened: Opened, follower: Follower, pulse_s: int) -> None:
        super().__init__(sockets, opened)
        self._events = sockets
        self._pulse_s = pulse_s or math.inf
        self._follower = follower
        self._told_at = self._pulse_at = trio.current_time()
        self._pulse = sockets.pulse_of()

    async def stream(self) -> None:
        with self._events.followed():
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
                return await self._follower.next(self.generation)
        except FellBehind as error:
            raise Closing(TOO_SLOW, error.message) from None
        return Step([])

    async def _send_what_is_due(self) -> None:
        """A pulse when nodes have told of their load since the last one; a heartbeat after a silence."""
        now = trio.current_time()
        if now >= self._pulse_at + self._pulse_s:
            self._pulse_at = now
            pulse = self._events.pulse_of()
            if pulse != self._pulse and self._follower.actor.holds_somewhere(Permission.AGENT_READ):
                self._pulse = pulse
                await self._send_status("pulse")
        if now >= self._told_at + HEARTBEAT_S:
            await self._send_status("heartbeat")

    async def _check_access(self) -> None:
        if await self.recognise_again():
            self._follower.actor = self.actor

    async def _send_status(self, kind: str) -> None:
        self._told_at = trio.current_time()
        await websocket.send(_encode({"type": kind, "cursor": self._follower.cursor}).decode())


def _event_message(event: EventRow, cursor: int, actor: Actor) -> str:
    """`cursor` is where to go on after what has no sequence of its own."""
    view = msgspec.structs.asdict(view_of(event, actor))
    if event.sequence:
        return _encode({"type": "event", **view}).decode()
    return _encode({"type": "progress", **view, "cursor": cursor}).decode()
