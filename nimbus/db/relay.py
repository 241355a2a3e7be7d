"""Several control planes on one database: each hears of what the others did, in the order of the commits.

    A: a transaction commits its change and, with it, rows that say what happened
    B: reads rows after its cursor, and publishes them on its own bus as if it had happened here

The cursor over the rows is the truth. Being woken (`wakeup`) only makes it quicker: what wakes nobody is found
by the next look. Before a process publishes what it has committed itself, it publishes what others committed
before that: the rows are read in its own transaction. So every process sees one order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import msgspec
import trio

from nimbus.db import relay_rows
from nimbus.db.database import Database
from nimbus.db.relay_rows import RelayedRow
from nimbus.db.transaction import Transaction
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Unavailable
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts

LOOK_INTERVAL_S = 0.5
# What comes faster is read together.
GATHER_S = 0.02
BATCH = 1000
KEPT_S, KEPT_ROWS = 3600.0, 1000
KEPT_PASSING_S = 60.0
PRUNED_AT_ONCE = 2000
# The event of an own row is published at once after its commit.
OWN_EVENT_S = 2.0
# Who could not look for so long takes what it knows of others for old.
LONG_SILENCE_S = 5.0
log = logging.getLogger("nimbus.relay")
_encode = msgspec.json.Encoder().encode


class Relayed(msgspec.Struct, frozen=True, kw_only=True):
    """A type of event that the other control planes hear of.

    `told` is made of it for them, of type `told_as`: the event itself unless said. Of those with the same
    `once` in one commit only the last is told. `completed` adds what is not put into rows, in the transaction
    that reads them. `passing`: the next one says all that this one did, so that it is not kept for those who come
    late.
    """

    event: type
    told_as: type
    told: Callable[[Any], Any] = lambda event: event
    once: Callable[[Any], Hashable] | None = None
    completed: Callable[[Transaction, Any], Any] | None = None
    passing: bool = False


def relayed(event: type, **fields: Any) -> Relayed:
    return Relayed(**{"event": event, "told_as": event, **fields})


class Heard(msgspec.Struct, frozen=True):
    """Event: what others did (`events`, with their ids), as it was read. Rows up to `through` have been read;
    `own_through` is the last row that this process wrote after them in the same transaction, 0 for none."""

    events: tuple[tuple[int, Any], ...]
    through: int
    own_through: int = 0


class HeardAgain(msgspec.Struct, frozen=True):
    """Event: for a while nothing could be heard of the others. What has not been heard in that time says
    nothing."""


class RelayBroken(Unavailable):
    """The process cannot follow: what it keeps in memory is not true any more. It ends, and loads it anew."""


class Relay:
    """`exchange` belongs to the writer's thread, all else to the Trio thread. `start` comes before whatever is
    kept in memory is loaded: what happens meanwhile is heard after, and heard twice does no harm."""

    def __init__(self, process: str, kinds: Sequence[Relayed], bus: EventBus, clock: Clock) -> None:
        self.process = process
        self._by_event: Mapping[type, Relayed] = {kind.event: kind for kind in kinds}
        self._passing = [kind.told_as.__name__ for kind in kinds if kind.passing]
        self._by_name = {kind.told_as.__name__: kind for kind in kinds}
        self._decoders: dict[str, Callable[[str], Any]] = {
            kind.told_as.__name__: msgspec.json.Decoder(kind.told_as).decode for kind in kinds
        }
        self._bus = bus
        self._clock = clock
        self._cursor = 0
        # By Trio's clock.
        self._looked_at = float("-inf")
        # A row of this process whose event has not come, and since when.
        self._awaited: tuple[int, float] | None = None
        self.wakeup = Wakeup()
        self.kept_rows = KEPT_ROWS
        bus.subscribe(Heard, self._publish)

    async def start(self, database: Database) -> None:
        self._cursor = (await database.read(relay_rows.bounds)).newest
        self._looked_at = trio.current_time()

    # In the transaction of a commit.

    def exchange(self, tx: Transaction, events: Sequence[object]) -> list[object]:
        """Write what others are to hear of; what is to be published before these events. Raises RelayBroken."""
        # Lower than it is when the Trio thread moves it meanwhile: what is read twice is published once.
        read, through = self._read_all(tx, self._cursor)
        rows = self._told(events)
        own = 0
        if rows:
            own = relay_rows.append(tx, self.process, self._clock.now(), rows)
            tx.wake_others()
        return [Heard(tuple(read), through, own)] if read or own else []

    def _told(self, events: Sequence[object]) -> list[tuple[str, str]]:
        chosen: dict[Hashable, tuple[str, str]] = {}
        for number, event in enumerate(events):
            kind = self._by_event.get(type(event))
            if kind is not None:
                key = number if kind.once is None else (kind.event, kind.once(event))
                chosen.pop(key, None)
                chosen[key] = kind.told_as.__name__, _encode(kind.told(event)).decode()
        return list(chosen.values())

    def _read_all(self, tx: Transaction, cursor: int) -> tuple[list[tuple[int, Any]], int]:
        events: list[tuple[int, Any]] = []
        while rows := self._rows(tx, cursor):
            events += [(row.id, self._event(tx, row)) for row in rows if row.process != self.process]
            cursor = rows[-1].id
            if len(rows) < BATCH:
                break
        return [(number, event) for number, event in events if event is not None], cursor

    def _rows(self, tx: Transaction, cursor: int) -> list[RelayedRow]:
        if relay_rows.bounds(tx).pruned_through > cursor:
            raise RelayBroken(
                "this control plane has not looked at the database for too long: what it has in memory is old",
                next_step="It stops, to be restarted.",
            )
        return relay_rows.after(tx, cursor, BATCH)

    def _event(self, tx: Transaction, row: RelayedRow) -> Any:
        """None of a kind that only a newer version knows: there is nothing here that would follow it."""
        kind = self._by_name.get(row.kind)
        if kind is None:
            log.warning("another control plane tells of %s, which this version does not know", row.kind)
            return None
        try:
            event = self._decoders[row.kind](row.payload)
        except msgspec.DecodeError as error:
            raise RelayBroken(
                f"what another control plane tells of {row.kind} cannot be read: {error}",
                next_step="Run the same version of Nimbus everywhere.",
            ) from None
        return event if kind.completed is None else kind.completed(tx, event)

    # On the Trio thread.

    def _publish(self, heard: Heard) -> None:
        for number, event in heard.events:
            if number > self._cursor:
                self._cursor = number
                self._bus.publish(event)
        self._cursor = max(self._cursor, heard.through, heard.own_through)

    async def follow(self, database: Database) -> None:
        """Until cancelled. Raises RelayBroken."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(database.listen, self.wakeup.signal)
            await self._look_forever(database)

    async def _look_forever(self, database: Database) -> None:
        attempts = Attempts(log, "what other control planes do cannot be read", but=RelayBroken)
        while True:
            await self.wakeup.wait(LOOK_INTERVAL_S)
            with attempts:
                await self.look(database)
            if attempts.failed:
                await trio.sleep(LOOK_INTERVAL_S)
            await trio.sleep(GATHER_S)

    async def look(self, database: Database) -> None:
        """Publish what others have committed. Raises RelayBroken."""
        while await self._look_once(database):
            pass
        silent_for = trio.current_time() - self._looked_at
        self._looked_at = trio.current_time()
        if silent_for > LONG_SILENCE_S:
            log.warning("for %.0f s nothing could be heard of other control planes", silent_for)
            self._bus.publish(HeardAgain())

    async def _look_once(self, database: Database) -> bool:
        """Whether there may be more."""

        def read(tx: Transaction) -> list[tuple[RelayedRow, Any]]:
            return [(row, self._event(tx, row)) for row in self._rows(tx, self._cursor)]

        rows = await database.read(read)
        for row, event in rows:
            if row.id <= self._cursor:
                continue
            if row.process == self.process and self._is_awaited(row.id):
                return False
            self._cursor = row.id
            if event is not None:
                self._bus.publish(event)
        return len(rows) == BATCH

    def _is_awaited(self, number: int) -> bool:
        """The event of an own row comes from the writer, and all that comes after it has to wait; unless nobody
        could say whether that transaction was committed: then the row is what tells of it."""
        now = trio.current_time()
        if self._awaited is None or self._awaited[0] != number:
            self._awaited = number, now
        return now - self._awaited[1] < OWN_EVENT_S

    async def prune(self, database: Database) -> None:
        """Now and then, by one of them: rows that everybody has read long ago."""
        before = self._clock.now() - from_seconds(KEPT_S)

        def prune(tx: Transaction) -> int:
            return relay_rows.prune(tx, before, self.kept_rows, PRUNED_AT_ONCE)

        while await database.write(prune) == PRUNED_AT_ONCE:
            await trio.lowlevel.checkpoint()
        if self._passing:
            await self._prune_passing(database, self._passing)

    async def _prune_passing(self, database: Database, kinds: Sequence[str]) -> None:
        before = self._clock.now() - from_seconds(KEPT_PASSING_S)

        def prune(tx: Transaction) -> int:
            return relay_rows.prune_passing(tx, kinds, before, PRUNED_AT_ONCE)

        while await database.write(prune) == PRUNED_AT_ONCE:
            await trio.lowlevel.checkpoint()
