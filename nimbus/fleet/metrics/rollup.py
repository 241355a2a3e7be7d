"""Convergence of what is stored: minutes out of samples when their window is over, and an end for what is old.

Takes no input: what is left to do is what the database says. Small transactions; safe to kill anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.metrics import store
from nimbus.fleet.metrics.blocks import Block, pack, rolled_up
from nimbus.fleet.metrics.history import History
from nimbus.fleet.metrics.rules import BLOCK_S, KEPT_MINUTES_S, KEPT_RAW_S, WINDOW_S, window_start
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.protocol.attempts import Attempts

INTERVAL_S = 60.0
# Windows of one transaction.
BATCH = 10
PRUNED_AT_ONCE = 500
# Samples of that time vouch for the clock.
WITNESS_FROM_S, WITNESS_TO_S = 12 * 3600, 6 * 3600
log = logging.getLogger("nimbus.metrics")
Windows = Sequence[tuple[str, int]]


class RollUp:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        history: History,
        places: Callable[[Transaction, Sequence[str]], Mapping[str, str]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._history = history
        self._places = places
        self._done_before = 0

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "metrics could not be rolled up", "trying again in a minute")
        while True:
            await trio.sleep(INTERVAL_S)
            with attempts:
                await self.converge()

    async def converge(self) -> None:
        now = to_seconds(self._clock.now())
        # Its last block has been written by then.
        before = window_start(now - 2 * BLOCK_S)
        if before != self._done_before or self._history.late:
            self._history.late = False
            windows = await self._database.read(lambda tx: store.to_roll_up(tx, WINDOW_S, before))
            for first in range(0, len(windows), BATCH):
                await self._roll_up(windows[first : first + BATCH])
            self._done_before = before
        await self._prune(now)

    async def _roll_up(self, windows: Windows) -> None:
        # What comes late has to come before or after.
        async with self._history.lock:
            rows = await self._database.read(lambda tx: [_minutes(tx, *window) for window in windows])

            def save_minutes(tx: Transaction) -> None:
                there = self._places(tx, sorted({node_id for node_id, _ in windows}))
                store.save_minutes(tx, [row for row in rows if row[0] in there])

            await self._database.write(save_minutes)

    async def _prune(self, now: float) -> None:
        """Samples go by whole windows, so that minutes can be made of them anew as long as any is there. A clock
        that has jumped ahead empties nothing: there are no samples of some hours ago, by that clock."""
        since, until = int(now - WITNESS_FROM_S), int(now - WITNESS_TO_S)
        if not await self._database.read(lambda tx: store.has_samples(tx, since, until)):
            return
        samples, minutes = window_start(now - KEPT_RAW_S), window_start(now - KEPT_MINUTES_S)
        for prune, before in ((store.prune_samples, samples), (store.prune_minutes, minutes)):
            while await self._database.write(
                lambda tx, prune=prune, before=before: prune(tx, before, PRUNED_AT_ONCE)  # type: ignore[misc]
            ):
                pass
        await self._database.write(lambda tx: store.prune_fleet(tx, minutes))


def _minutes(tx: Transaction, node_id: str, window: int) -> store.Packed:
    stored = store.samples(tx, node_id, window, window + WINDOW_S)
    blocks = [Block(start, packed) for start, packed in stored.items()]
    return node_id, window, pack(rolled_up(window, blocks))
