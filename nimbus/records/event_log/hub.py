"""One reader for all who follow: woken by commits, it reads what is new once, into a window that they share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.changes import ChangesStored, PassingChange, ResourceChanged
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.kernel.principals import AccessChanged
from nimbus.protocol.attempts import Attempts
from nimbus.records.event_log import store
from nimbus.records.event_log.passing import PassingChanges
from nimbus.records.event_log.records import Bounds, EventRow
from nimbus.records.event_log.rules import Window

CAPACITY = 5_000
# Who was up to date once and is now so many events behind is let go: it does not read.
MAX_BEHIND = 20_000
BATCH = 500
# Another process (nimbus bootstrap) may commit without a word to this one.
LOOK_AGAIN_S = 5.0
# Passing changes that come faster are told together.
PASSING_INTERVAL_S = 0.5
log = logging.getLogger("nimbus.events")


class Hub:
    """Belongs to the Trio thread. While nobody follows nothing is read. `generation` counts changes of access."""

    def __init__(self, database: Database, *, capacity: int = CAPACITY, max_behind: int = MAX_BEHIND) -> None:
        self._database = database
        self._capacity = capacity
        self._max_behind = max_behind
        self._window: Window | None = None
        self._followers = 0
        self._wakeup = Wakeup()
        self._moved = trio.Event()
        self._passing_came = trio.Event()
        self.passing = PassingChanges()
        self.generation = 0

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ResourceChanged, self._wakeup.signal)
        bus.subscribe(ChangesStored, self._wakeup.signal)
        bus.subscribe(PassingChange, self._on_passing)
        bus.subscribe(AccessChanged, self._on_access_changed)

    async def run(self) -> None:
        """Read what is new, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tell_of_passing_forever)
            await self._read_forever()

    async def _tell_of_passing_forever(self) -> None:
        while True:
            await self._passing_came.wait()
            self._passing_came = trio.Event()
            self._wake_followers()
            await trio.sleep(PASSING_INTERVAL_S)

    async def _read_forever(self) -> None:
        attempts = Attempts(log, "events could not be read")
        while True:
            await self._wakeup.wait(LOOK_AGAIN_S)
            with attempts:
                while await self._advance():
                    pass

    @contextmanager
    def followed(self) -> Iterator[None]:
        """As long as somebody follows, the window is kept up to date."""
        self._followers += 1
        try:
            yield
        finally:
            self._followers -= 1
            if self._followers == 0:
                self._window = None
                self.passing.clear()

    async def bounds(self) -> Bounds:
        return await self._database.read(store.bounds)

    async def read(self, cursor: int) -> tuple[list[EventRow], Bounds]:
        """What the window does not reach back to."""

        def read(tx: Transaction) -> tuple[list[EventRow], Bounds]:
            return store.after(tx, cursor, BATCH), store.bounds(tx)

        return await self._database.read(read)

    def recent(self, cursor: int) -> list[EventRow] | None:
        """The next ones after the cursor; None: not in the window."""
        return None if self._window is None else self._window.after(cursor, BATCH)

    def ends_before(self, cursor: int) -> bool:
        """Whether the window has not come as far: it will, or the cursor is of another history."""
        return self._window is not None and self._window.end < cursor

    def is_left_behind(self, cursor: int) -> bool:
        return self._window is not None and self._window.end - cursor > self._max_behind

    def join(self, cursor: int) -> None:
        """Somebody has read all that was there, up to the cursor: from here on the window serves."""
        if self._window is None:
            self._window = Window(cursor, self._capacity)
        # A commit between that look and now has woken nobody.
        self._wakeup.signal()

    async def wait_beyond(self, cursor: int, generation: int, passing: float) -> None:
        """Until there may be events after the cursor, or passing changes after that number, or somebody's access
        has changed."""
        while self.generation == generation and self.passing.newest <= passing:
            if self._window is None or self._window.end > cursor:
                return
            await self._moved.wait()

    async def _advance(self) -> bool:
        """Whether there may be more."""
        window = self._window
        if window is None:
            return False
        events, bounds = await self.read(window.end)
        if window is not self._window:
            return self._window is not None
        if not bounds.can_continue(window.end):
            # What would come next was deleted before it was read: let everybody look for themselves.
            self._window = None
        elif events or bounds.newest > window.end:
            window.extend(events, events[-1].sequence if events else bounds.newest)
        else:
            return False
        self._wake_followers()
        return self._window is not None

    def _on_passing(self, change: PassingChange) -> None:
        if self._followers:
            self.passing.add(change)
            self._passing_came.set()

    def _on_access_changed(self, _event: AccessChanged) -> None:
        self.generation += 1
        self._wake_followers()

    def _wake_followers(self) -> None:
        moved, self._moved = self._moved, trio.Event()
        moved.set()
