"""Walking the chain, and taking away what is too old: both in short transactions, both leave it verifiable."""

from __future__ import annotations

import logging

import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import MICROSECONDS, Clock, to_rfc3339
from nimbus.protocol.attempts import Attempts
from nimbus.records.audit import store
from nimbus.records.audit.chain import ANCHOR, Walk, check_known, check_marks, mark
from nimbus.records.audit.records import (
    FAILED,
    OK,
    Chained,
    ChainState,
    Fault,
    Finding,
    Head,
    Known,
    Mark,
    Resource,
    Verification,
)
from nimbus.records.audit.service import AuditLog

BATCH = 1000
DAY_S = 86_400
PRUNE_INTERVAL_S = float(DAY_S)
# A row of then, by the clock of now, vouches for the clock.
WITNESS_FROM_S, WITNESS_TO_S = 3 * DAY_S, 20 * 3600
log = logging.getLogger("nimbus.audit")


class _Progress:
    """Of one verification: the walk, and whether it has come to an end."""

    def __init__(self) -> None:
        self.walk: Walk | None = None
        self.finding: Finding | None = None
        self.state: ChainState | None = None
        self.done = False

    def stop(self, finding: Finding | None) -> None:
        self.finding, self.done = finding, True


class Verifier:
    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._database = database
        self._audit = audit

    async def verify(self) -> Verification:
        """Every row that is kept. Rows that are written meanwhile are looked at too; ones that age takes away
        meanwhile are not missed. Raises what the sealer raises when the chain's key cannot be opened."""
        progress = _Progress()
        known = self._audit.known
        while not progress.done:
            await self._database.read(lambda tx: self._step(tx, progress, known))
        walk, state = progress.walk, progress.state
        return Verification(
            ok=progress.finding is None,
            count=walk.count if walk else 0,
            first=walk.first if walk else None,
            last=walk.position if walk and walk.first is not None else None,
            head_hash=state.head.hash if state else "",
            pruned_through=state.anchor.sequence if state else 0,
            finding=progress.finding,
        )

    async def head(self) -> Head | None:
        def read(tx: Transaction) -> Head | None:
            state = store.chain_state(tx)
            if state is None:
                return None
            newest = store.rows_after(tx, state.head.sequence - 1, 1)
            at = to_rfc3339(newest[0].row.at) if newest else ""
            return Head(state.head.sequence, state.head.hash, at)

        return await self._database.read(read)

    def _step(self, tx: Transaction, progress: _Progress, known: Known | None) -> None:
        """One batch, on a reader's thread: the marks and the rows are of one moment."""
        state = progress.state = store.chain_state(tx)
        if state is None:
            gone = store.has_hashes(tx)
            progress.stop(Finding(Fault.HEAD, 0, "the chain's state was removed") if gone else None)
            return
        key = self._audit.key(tx, state.key_id)
        if key is None:
            progress.stop(Finding(Fault.HEAD, state.head.sequence, "the chain's key was removed"))
            return
        finding = check_marks(key, state) or check_known(known, state)
        if finding is not None:
            progress.stop(finding)
            return
        if progress.walk is None or progress.walk.position < state.anchor.sequence:
            # The first step, or what comes next was taken away meanwhile: the anchor vouches for it.
            progress.walk = Walk(key, state.anchor)
        self._follow(tx, progress.walk, state, progress)

    @staticmethod
    def _follow(tx: Transaction, walk: Walk, state: ChainState, progress: _Progress) -> None:
        after = (
            store.START if walk.first is None and state.anchor.sequence == walk.position else walk.position
        )
        # From the very start: a row before the anchor does not belong there.
        rows = store.rows_after(tx, after, BATCH + 1)
        beyond = rows.pop() if len(rows) > BATCH else None
        finding = walk.follow(rows, beyond)
        if finding is None and beyond is None:
            finding = walk.end(state.head)
            progress.stop(finding)
        elif finding is not None:
            progress.stop(finding)


class Retention:
    """Deletes rows that are older than so many days; 0: never.

    What was deleted does not come back when a clock that was far ahead is set right: so the log itself must vouch
    for the clock. A control plane that works writes rows; where the clock has jumped there are none of yesterday.
    """

    def __init__(self, database: Database, clock: Clock, audit: AuditLog, days: int) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self.days = days

    async def run(self) -> None:
        """Once a day, until cancelled."""
        attempts = Attempts(log, "old rows of the audit log could not be deleted", "trying again tomorrow")
        while True:
            with attempts:
                await self.prune_if_due()
            await trio.sleep(PRUNE_INTERVAL_S)

    async def prune_if_due(self) -> int:
        """Prune, if the clock is what the log has gone by for a day: how many rows were deleted."""
        if self.days <= 0:
            return 0
        now = self._clock.now()
        if not await self._database.read(lambda tx: self._is_vouched_for(tx, now)):
            return 0
        return await self.prune()

    def _is_vouched_for(self, tx: Transaction, now: int) -> bool:
        since, until = (now - seconds * MICROSECONDS for seconds in (WITNESS_FROM_S, WITNESS_TO_S))
        if store.has_rows_between(tx, since, until):
            return True
        oldest = store.rows_after(tx, store.START, 1)
        if oldest and oldest[0].row.at < self._limit(now):
            log.warning(
                "the audit log has no row of the last days before %s, by this machine's clock: nothing is deleted"
                " until it has",
                to_rfc3339(now),
            )
        return False

    def _limit(self, now: int) -> int:
        return now - self.days * DAY_S * MICROSECONDS

    async def prune(self) -> int:
        """How many rows were deleted, in transactions of at most `BATCH` rows."""
        if self.days <= 0:
            return 0
        limit = self._limit(self._clock.now())
        total = 0
        while deleted := await self._database.write(lambda tx: self._prune(tx, limit)):
            total += deleted
            await trio.lowlevel.checkpoint()
        return total

    def _prune(self, tx: Transaction, limit: int) -> int:
        state = store.chain_state(tx)
        key = self._audit.key(tx, state.key_id) if state else None
        if state is None or key is None:
            return 0
        old = _old_rows(store.rows_after(tx, store.START, BATCH), limit, state.head)
        if not old:
            return 0
        walk = Walk(key, state.anchor)
        finding = check_marks(key, state) or walk.follow(old)
        last = old[-1]
        store.delete_through(tx, last.row.sequence)
        store.set_anchor(tx, mark(key, ANCHOR, last.row.sequence, last.hash))
        facts = {"rows": len(old), "through": last.row.sequence, "older_than": to_rfc3339(limit)}
        if finding is not None:
            # What is deleted did not hold: that must not be forgotten with it.
            log.error("the audit log does not hold: %s", finding.message)
            facts |= {"finding": finding.message, "fault": finding.fault.value}
        self._audit.record(
            tx,
            SYSTEM,
            "audit_log.prune",
            Resource("audit_log", str(last.row.sequence)),
            after=facts,
            outcome=FAILED if finding else OK,
        )
        return len(old)


def _old_rows(rows: list[Chained], limit: int, head: Mark) -> list[Chained]:
    """From the oldest on, until the first that is young enough; never one that the head does not know."""
    old: list[Chained] = []
    for chained in rows:
        if chained.row.at >= limit or chained.row.sequence > head.sequence:
            break
        old.append(chained)
    return old
