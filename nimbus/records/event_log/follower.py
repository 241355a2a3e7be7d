"""Following the log with a cursor: without a gap, and nothing twice, because every step goes on from the cursor,
whether it comes from the database or from memory."""

from __future__ import annotations

import math

import msgspec
import trio

from nimbus.kernel.access import Actor
from nimbus.protocol.errors import NimbusError
from nimbus.records.event_log.hub import Hub
from nimbus.records.event_log.records import EventFilter, EventRow
from nimbus.records.event_log.rules import may_see, wanted


class FellBehind(NimbusError):
    """Whoever follows takes events more slowly than they come."""

    code = "FELL_BEHIND"


class Step(msgspec.Struct, frozen=True):
    """Events that the actor may see. `reset`: what came next is not kept any more. `passing`: changes that are not
    kept; they have no sequence."""

    events: list[EventRow]
    reset: bool = False
    passing: list[EventRow] = []


class Follower:
    """One client. `cursor` is the last sequence that was dealt with, seen or not. `actor` may be replaced. To be
    used while the hub is `followed`. `takes_passing`: it hears of changes that are not kept, too."""

    def __init__(
        self, hub: Hub, actor: Actor, by: EventFilter, cursor: int, *, takes_passing: bool = False
    ) -> None:
        self._hub = hub
        self._by = by
        self._live = False
        self._passing_seen: float = hub.passing.newest if takes_passing else math.inf
        self.actor = actor
        self.cursor = cursor

    async def next(self, generation: int) -> Step:
        """The next events; none when `hub.generation` is not the one given any more. Can be cancelled without
        losing any. Raises FellBehind when it had caught up once, and is too far behind now."""
        while self._hub.generation == generation:
            await trio.lowlevel.checkpoint()
            rows = self._hub.recent(self.cursor)
            if rows is None:
                if self._live and self._hub.is_left_behind(self.cursor):
                    raise FellBehind(
                        "events came faster than they were taken", next_step="Go on from the cursor."
                    )
                step = await self._from_database()
                if step is not None:
                    return step
            elif rows:
                seen = self._taken(rows)
                if seen:
                    return Step(seen)
            elif self._hub.ends_before(self.cursor) and (step := await self._from_database()) is not None:
                return step
            else:
                self._live = True
                passing = self._next_passing() if self._passing_seen < math.inf else []
                if passing:
                    return Step([], passing=passing)
                await self._hub.wait_beyond(self.cursor, generation, self._passing_seen)
        return Step([])

    async def _from_database(self) -> Step | None:
        """None: nothing to see in this batch."""
        rows, bounds = await self._hub.read(self.cursor)
        if not bounds.can_continue(self.cursor):
            self.cursor = bounds.newest
            return Step([], reset=True)
        if not rows:
            # What was given but is not there was taken away by hand.
            self.cursor = max(self.cursor, bounds.newest)
            self._hub.join(self.cursor)
            return None
        seen = self._taken(rows)
        return Step(seen) if seen else None

    def _next_passing(self) -> list[EventRow]:
        rows = self._hub.passing.after(self._passing_seen)
        self._passing_seen = self._hub.passing.newest
        return self._visible(rows)

    def _taken(self, rows: list[EventRow]) -> list[EventRow]:
        self.cursor = rows[-1].sequence
        return self._visible(rows)

    def _visible(self, rows: list[EventRow]) -> list[EventRow]:
        return [event for event in rows if wanted(event, self._by) and self.may_see(event)]

    def may_see(self, event: EventRow) -> bool:
        """Whether the follower may see it, with what they may do now."""
        return may_see(self.actor, event)
