"""Deletes what is old: every table by its line, backups by their number. Takes no input: what is left to do is what
the database says. Safe to kill anywhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import trio

from nimbus.appliance.records import RetentionView
from nimbus.db import Database
from nimbus.db.migration import BEFORE_MIGRATION
from nimbus.db.retention import MARK_EVERY_S, Held, Line, held, is_vouched_for, mark_clock, prune_piece
from nimbus.kernel.clock import Clock, optional_rfc3339
from nimbus.kernel.errors import Unavailable
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.errors import NimbusError

INTERVAL_S = 600.0
log = logging.getLogger("nimbus.retention")


class Retention:
    def __init__(
        self, database: Database, clock: Clock, lines: Sequence[Line], backups: Path, backups_kept: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._backups = backups
        self.keep(lines, backups_kept)
        self._marked_at = clock.monotonic() - MARK_EVERY_S

    def keep(self, lines: Sequence[Line], backups_kept: int) -> None:
        """From the next turn on."""
        self._lines, self._backups_kept = lines, backups_kept

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "what is old could not be deleted", "trying again in ten minutes")
        while True:
            with attempts:
                await self.converge()
            await trio.sleep(INTERVAL_S)

    async def converge(self) -> None:
        now = self._clock.now()
        if self._clock.monotonic() - self._marked_at >= MARK_EVERY_S:
            self._marked_at = self._clock.monotonic()
            await self._database.write(lambda tx: mark_clock(tx, now))
        await trio.to_thread.run_sync(remove_old_backups, self._backups, self._backups_kept)
        if await self._database.read(lambda tx: is_vouched_for(tx, now)):
            for line in self._lines:
                await self._prune(line, now)

    async def _prune(self, line: Line, now: int) -> None:
        """A piece at a time: changes that come meanwhile are written between two of them."""
        while await self._database.write(lambda tx: prune_piece(tx, line, now)):
            await trio.lowlevel.checkpoint()

    async def views(self) -> tuple[RetentionView, ...]:
        """What each table holds now, the largest first."""
        views = []
        for line in self._lines:
            try:
                holds = await self._database.read(lambda tx, line=line: held(tx, line))  # type: ignore[misc]
            except Unavailable:
                raise
            except NimbusError:
                # Too many to be counted in the time that a read has.
                holds = Held(-1, None)
            views.append(
                RetentionView(
                    table=line.table,
                    keeps=line.keeps,
                    rows=holds.rows if holds.rows >= 0 else None,
                    oldest=optional_rfc3339(holds.oldest),
                )
            )
        return tuple(
            sorted(views, key=lambda view: view.rows if view.rows is not None else 2**62, reverse=True)
        )


def remove_old_backups(folder: Path, kept: int) -> None:
    """All but the newest so many of those that upgrades have made; what somebody else put there stays. Raises
    OSError."""
    if kept <= 0 or not folder.is_dir():
        return
    files = sorted(
        folder.glob(f"*{BEFORE_MIGRATION}*.db"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    for file in files[kept:]:
        file.unlink(missing_ok=True)
        log.info("the backup %s was removed: the newest %d are kept", file, kept)
