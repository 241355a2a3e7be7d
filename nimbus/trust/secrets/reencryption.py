"""Brings every sealed value to the primary master key, and takes old keys out of the file when none needs them.

Takes no input: what is left to do is what the values say. Safe to kill anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.db.sealed_columns import SealedColumn, exchange, other_than, usage
from nimbus.db.transaction import Value
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.records.audit.service import AuditLog
from nimbus.trust.secrets import rules, store
from nimbus.trust.secrets.key_ledger import note_keys, resource
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKeyUnusable, key_id_of

BATCH = 50
# Twice as long as a request may take: what was sealed before a rotation is stored by then, or never.
GRACE_S = 120.0
# Values that were sealed with an old key and stored late are found by then.
LOOK_AGAIN_S = 3600.0
RETRY_S = 30.0
# Every value is opened so often, to know of those that do not open before anybody needs them.
CHECK_S = 3600.0
CHECK_BATCH = 500
log = logging.getLogger("nimbus.secrets")
Key = tuple[Value, ...]


class _Exchange(msgspec.Struct, frozen=True):
    """A value and what is to stand in its place."""

    key: Key
    old: str
    new: str

    def __repr__(self) -> str:
        return f"_Exchange({self.key!r})"


class _Batch(msgspec.Struct, frozen=True):
    """`last`: the key of the last row that was looked at, None when there was none."""

    exchanges: list[_Exchange]
    unreadable: int
    last: Key | None


class Reencryption:
    """`unreadable`: values that are to be brought over and do not open; they stay as they are. `damaged`: those
    that are sealed with the primary and do not open. Where another control plane re-encrypts, `look` finds both."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        keyring: Keyring,
        columns: Sequence[SealedColumn],
        *,
        batch: int = BATCH,
        grace_s: float = GRACE_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._keyring = keyring
        self._columns = columns
        self._batch = batch
        self._grace_s = grace_s
        self._retire_at = 0.0
        self._wakeup = Wakeup()
        self._noted = False
        self._runs = False
        # The primary that they are sealed with, how many, and when it was looked.
        self._checked = ("", 0, 0.0)
        self.unreadable = 0

    @property
    def damaged(self) -> int:
        """Those of a former primary are among `unreadable`."""
        primary, count, _ = self._checked
        return count if primary == self._keyring.key_id else 0

    def wake(self, *, grace: bool = False) -> None:
        """`grace`: the primary has just changed, and somebody may be about to store what the old one sealed."""
        if grace:
            self._retire_at = trio.current_time() + self._grace_s
        self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "re-encryption failed", f"trying again in {RETRY_S:g} s")
        self._runs = True
        try:
            while True:
                wait = RETRY_S
                with attempts:
                    wait = await self.converge()
                await self._wakeup.wait(wait)
        finally:
            self._runs = False

    async def look(self) -> None:
        """Know of `unreadable` also where this does not run. It is 0 while there are values to be brought over."""
        if not self._runs:
            self.unreadable = await self._all_unreadable()
            await self._check()

    async def _all_unreadable(self) -> int:
        """How many do not open, of those that are left; 0 when one of them does."""
        primary, count = self._keyring.key_id, 0
        for column in self._columns:
            after: Key | None = ()
            while after is not None:
                opened, unopened, after = await self._database.read(
                    lambda tx, column=column, after=after: self._tried(tx, column, primary, after)  # type: ignore[misc]
                )
                if opened:
                    return 0
                count += unopened
        return count

    def _tried(
        self, tx: Transaction, column: SealedColumn, primary: str, after: Key
    ) -> tuple[int, int, Key | None]:
        """How many of the next values open, how many do not; the key of the last one, None when there was none."""
        opened, rows = 0, other_than(tx, column, primary, after=after, limit=self._batch)
        for row in rows:
            with suppress(MasterKeyUnusable):
                self._keyring.open(row[column.column], column.context(row))
                opened += 1
        last = tuple(rows[-1][name] for name in column.key_columns) if rows else None
        return opened, len(rows) - opened, last

    async def _check(self) -> None:
        """Count `damaged`, not more often than every `CHECK_S`."""
        now, primary, count = trio.current_time(), self._keyring.key_id, 0
        if self._checked[0] == primary and now < self._checked[2] + CHECK_S:
            return
        for column in self._columns:
            after: Key | None = ()
            while after is not None:
                found, after = await self._database.read(
                    lambda tx, column=column, after=after: self._damaged(tx, column, primary, after)  # type: ignore[misc]
                )
                count += found
        self._checked = (primary, count, now)

    def _damaged(
        self, tx: Transaction, column: SealedColumn, primary: str, after: Key
    ) -> tuple[int, Key | None]:
        """Of the next values; the key of the last one, None when there was none."""
        found, last = 0, None
        for row in other_than(tx, column, "", after=after, limit=CHECK_BATCH):
            last = tuple(row[name] for name in column.key_columns)
            if key_id_of(row[column.column]) != primary:
                continue
            try:
                self._keyring.open(row[column.column], column.context(row))
            except MasterKeyUnusable as error:
                found += 1
                log.error(
                    "%s of %s cannot be read: %s. %s",
                    column.name,
                    "/".join(map(str, last)),
                    error,
                    error.next_step,
                )
        return found, last

    async def converge(self) -> float:
        """Do what there is to do; after how many seconds to look again."""
        if not self._noted:
            await self._note_keys()
        while await self._pass():
            pass
        await self._check()
        if not await self._database.read(self._to_retire):
            return LOOK_AGAIN_S
        left = self._retire_at - trio.current_time()
        if left > 0:
            return left
        if self._keyring.file.is_writable():
            await self._database.write(self._retire)
        return LOOK_AGAIN_S

    async def _note_keys(self) -> None:
        def adopt_keys(tx: Transaction) -> None:
            note_keys(tx, self._audit, self._clock.now(), self._keyring, usage(tx, self._columns))

        await self._database.write(adopt_keys)
        self._noted = True

    async def _pass(self) -> bool:
        """Once through all columns. Whether another pass has something to do."""
        primary = self._keyring.key_id
        done = unreadable = 0
        for column in self._columns:
            changed, unopened = await self._through(column, primary)
            done += changed
            unreadable += unopened
        self.unreadable = unreadable
        if done:
            log.info("%d values are sealed with master key %s now", done, primary)
        if self._keyring.key_id != primary:
            return True
        left = await self._database.read(lambda tx: rules.values_left(usage(tx, self._columns), primary))
        # Without progress in this pass, what is left does not open.
        return left > unreadable and done > 0

    async def _through(self, column: SealedColumn, primary: str) -> tuple[int, int]:
        """How many values were exchanged, and how many did not open."""
        after: Key = ()
        done = unreadable = 0
        while True:
            batch = await self._database.read(
                lambda tx, after=after: self._resealed(tx, column, primary, after)  # type: ignore[misc]
            )
            if batch.last is None:
                return done, unreadable
            done += await self._database.write(
                lambda tx, batch=batch: _exchanged(tx, column, batch.exchanges)  # type: ignore[misc]
            )
            unreadable += batch.unreadable
            after = batch.last

    def _resealed(self, tx: Transaction, column: SealedColumn, primary: str, after: Key) -> _Batch:
        """On a reader's thread: the writer is needed for the exchange only."""
        exchanges: list[_Exchange] = []
        unreadable, last = 0, None
        for row in other_than(tx, column, primary, after=after, limit=self._batch):
            last = tuple(row[name] for name in column.key_columns)
            old, context = row[column.column], column.context(row)
            try:
                exchanges.append(
                    _Exchange(last, old, self._keyring.seal(self._keyring.open(old, context), context))
                )
            except MasterKeyUnusable as error:
                unreadable += 1
                log.error("%s of %s is left as it is: %s", column.name, "/".join(map(str, last)), error)
        return _Batch(exchanges, unreadable, last)

    def _to_retire(self, tx: Transaction) -> tuple[str, ...]:
        in_file = [key.key_id for key in self._keyring.file.read()]
        adopted = [key.key_id for key in store.adopted_keys(tx)]
        return rules.to_retire(in_file, self._keyring.key_id, usage(tx, self._columns), adopted)

    def _retire(self, tx: Transaction) -> None:
        """In a write transaction: nobody else can store a value that an old key has sealed meanwhile."""
        gone = self._to_retire(tx)
        if not gone:
            return
        file = self._keyring.file
        file.write([key for key in file.read() if key.key_id not in gone])
        for key_id in gone:
            store.retire_key(tx, key_id, self._clock.now())
            self._audit.record(tx, SYSTEM, "master_key.retire", resource(key_id))
        log.info("master keys that nothing needs any more have left %s: %s", file.path, ", ".join(gone))


def _exchanged(tx: Transaction, column: SealedColumn, exchanges: Sequence[_Exchange]) -> int:
    """What has changed since it was read stays as it is: the next pass looks at it."""
    return sum(exchange(tx, column, change.key, change.old, change.new) for change in exchanges)
