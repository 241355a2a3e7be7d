"""REST routes of events. The WebSocket at the same path is `nimbus.http.sockets.events`."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Route
from nimbus.records.event_log.records import PATH, CursorPage, EventQuery, EventView
from nimbus.records.event_log.service import EventLog


def routes(events: EventLog) -> list[Route]:
    async def index(call: Call) -> Answer:
        rows, page = await events.list(call.actor, call.query, call.workspace)
        return Answer(rows, page=page)

    return [
        Route(
            "GET",
            PATH,
            index,
            Permission.EVENT_READ,
            "List events, or wait for the next",
            query=EventQuery,
            answer=list[EventView],
            scoped=True,
            meta=CursorPage,
            description="Each event needs the permission to read its resource too. `meta.cursor` is the `after` of "
            "the next request; with `meta.reset` events after yours were deleted: reload, then continue."
            " As a WebSocket the same path streams them.",
        )
    ]
