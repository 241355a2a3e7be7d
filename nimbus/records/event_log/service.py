"""The door to events: the list, the long poll, and where a stream begins."""

from __future__ import annotations

import builtins
import logging
from collections.abc import Callable

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.db.retention import is_vouched_for
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import BY, holds_where
from nimbus.kernel.clock import MICROSECONDS, Clock, to_rfc3339
from nimbus.protocol.attempts import Attempts
from nimbus.records.event_log import store
from nimbus.records.event_log.follower import FellBehind, Follower
from nimbus.records.event_log.hub import Hub
from nimbus.records.event_log.records import (
    CursorPage,
    EventFilter,
    EventQuery,
    EventRow,
    EventView,
    ResourceView,
    SocketQuery,
)
from nimbus.records.event_log.rules import scopes

# Events are kept for so long, and so many.
DEFAULT_RETENTION_HOURS = 24
KEEP_AT_MOST = 100_000
PRUNE_BATCH = 1000
PRUNE_INTERVAL_S = 30.0
# (transaction, actor, permission, reference) to the workspaces meant; None: all. As `Organizations.reached`.
Reached = Callable[[Transaction, Actor, Permission, str], frozenset[str] | None]
log = logging.getLogger("nimbus.events")
_decode = msgspec.json.decode


class EventLog:
    def __init__(self, database: Database, hub: Hub, reached: Reached) -> None:
        self._database = database
        self._reached = reached
        self.hub = hub

    async def list(
        self, actor: Actor, query: EventQuery, workspace: str = ""
    ) -> tuple[builtins.list[EventView], CursorPage]:
        """A page, newest first; or what came after a cursor, oldest first, waited for when there is none yet.
        A wait ends early when anybody's access changes: who asks again is recognised anew."""
        actor.require(Permission.EVENT_READ)
        generation = self.hub.generation

        def read_page(tx: Transaction) -> tuple[builtins.list[EventRow], CursorPage, EventFilter]:
            by = self._filter(tx, actor, query, workspace)
            return *_page(tx, actor, query, by), by

        rows, page, by = await self._database.read(read_page)
        if query.after is not None and query.wait and not rows and not page.reset:
            with self.hub.followed():
                follower = Follower(self.hub, actor, by, page.cursor)
                rows, page = await _waited(follower, generation, query)
        return [view_of(row, actor) for row in rows], page

    async def begin(self, actor: Actor, query: SocketQuery) -> Follower:
        """For a stream. To be followed while the hub is `followed`. Raises Forbidden, NotFound."""
        actor.require(Permission.EVENT_READ)

        def read(tx: Transaction) -> tuple[EventFilter, int]:
            cursor = store.bounds(tx).newest if query.after is None else query.after
            return self._filter(tx, actor, query, query.workspace), cursor

        by, cursor = await self._database.read(read)
        return Follower(self.hub, actor, by, cursor, takes_passing=True)

    def _filter(
        self, tx: Transaction, actor: Actor, query: EventQuery | SocketQuery, workspace: str
    ) -> EventFilter:
        within = self._reached(tx, actor, Permission.EVENT_READ, workspace) if workspace else None
        node = query.node.lower() if query.node else query.node
        return EventFilter(query.kind, query.resource_kind, query.resource, within, node)


def _page(
    tx: Transaction, actor: Actor, query: EventQuery, by: EventFilter
) -> tuple[list[EventRow], CursorPage]:
    bounds = store.bounds(tx)
    chosen = store.selection(scopes(actor), by)
    if query.after is None:
        rows, total = store.newest_first(tx, chosen, query)
        return rows, CursorPage(query.page, query.per_page, total, bounds.newest)
    if not bounds.can_continue(query.after):
        return [], CursorPage(1, query.per_page, 0, bounds.newest, reset=True)
    rows = store.oldest_first(tx, chosen, query.after, query.per_page)
    cursor = rows[-1].sequence if len(rows) == query.per_page else bounds.newest
    return rows, CursorPage(1, query.per_page, len(rows), cursor)


async def _waited(
    follower: Follower, generation: int, query: EventQuery
) -> tuple[list[EventRow], CursorPage]:
    rows: list[EventRow] = []
    reset = False
    with trio.move_on_after(query.wait):
        try:
            step = await follower.next(generation)
        except FellBehind:
            # Where it goes on from is in the answer.
            step = None
        if step is not None:
            rows, reset = step.events[: query.per_page], step.reset
            if len(rows) < len(step.events):
                follower.cursor = rows[-1].sequence
    return rows, CursorPage(1, query.per_page, len(rows), follower.cursor, reset)


def view_of(row: EventRow, actor: Actor) -> EventView:
    """Who did it is for those who may read the audit log there."""
    data = _decode(row.data)
    if BY in data and not holds_where(actor, Permission.AUDIT_READ, row.workspace_id, row.organization_id):
        del data[BY]
    return EventView(
        cursor=row.sequence,
        at=to_rfc3339(row.at),
        kind=row.kind,
        resource=ResourceView(row.resource_kind, row.resource_id, row.resource_name),
        workspace_id=row.workspace_id,
        organization_id=row.organization_id,
        node_id=row.node_id,
        data=data,
    )


class EventRetention:
    """Deletes events by age, and all but the newest so many, in short transactions. By age only by a clock that is
    vouched for: one that was set ahead for a moment must not empty the history."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        hours: float = DEFAULT_RETENTION_HOURS,
        keep: int = KEEP_AT_MOST,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep
        self.keep_hours(hours)

    def keep_hours(self, hours: float) -> None:
        """From the next turn on."""
        self._age = round(hours * 3600) * MICROSECONDS

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "old events could not be deleted")
        while True:
            with attempts:
                await self.prune()
            await trio.sleep(PRUNE_INTERVAL_S)

    async def prune(self) -> int:
        """How many were deleted."""
        now = self._clock.now()
        before = now - self._age if await self._database.read(lambda tx: is_vouched_for(tx, now)) else 0
        total = 0

        def prune(tx: Transaction) -> int:
            through = store.expired(tx, before, self._keep, PRUNE_BATCH)
            return store.delete_through(tx, through) if through else 0

        while await self._database.read(lambda tx: store.expired(tx, before, self._keep, PRUNE_BATCH)):
            total += await self._database.write(prune)
        return total
