"""What is known of the newest row outside the database: that the log's own end was cut off is noticed by it.

Whoever can write to the database can put the note of the newest row back to an older one together with the rows:
inside the database nothing speaks against that. So the newest row that was seen committed is kept in memory, and in
a file beside the master key, with a MAC of the chain's key. When the stored note is behind, the log goes on after
what is known: the rows between are missing in the chain from then on, and the row `audit_log.cut` says so.

A database that was put back on purpose (`nimbus restore`, an older copy) has a higher generation than the file: the
log goes on where the copy ends, and the row `audit_log.restored` says how far it had come.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.changes import ResourceChanged
from nimbus.kernel.events import EventBus
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.files import write_atomically
from nimbus.records.audit import store
from nimbus.records.audit.chain import HEAD, WITNESS, is_ours, mark
from nimbus.records.audit.records import FAILED, OK, Known, Mark, Resource
from nimbus.records.audit.service import AuditLog

# Between two looks, while rows are written.
PACE_S = 0.5
log = logging.getLogger("nimbus.audit")


class Witnessed(msgspec.Struct, frozen=True):
    """As it is in the file. `generation` is of the database that was served."""

    generation: int
    key_id: str
    sequence: int
    hash: str
    mac: str


class Witness:
    """`file` None: in memory alone."""

    def __init__(self, database: Database, audit: AuditLog, file: Path | None, generation: int) -> None:
        self._database = database
        self._audit = audit
        self._file = file
        self._generation = generation
        self._moved = trio.Event()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ResourceChanged, self._on_changed)

    def _on_changed(self, _event: ResourceChanged) -> None:
        self._moved.set()

    async def load(self) -> None:
        """At the start: whether the log still reaches as far as the file says."""
        before = await trio.to_thread.run_sync(self._read)
        if before is not None:
            await self._database.write(lambda tx: self._compare(tx, before))
        await self.look()

    def _read(self) -> Witnessed | None:
        try:
            return (
                None if self._file is None else msgspec.json.decode(self._file.read_bytes(), type=Witnessed)
            )
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.warning(
                "%s cannot be read, so that nothing is known of the audit log's end: %s", self._file, error
            )
            return None

    def _compare(self, tx: Transaction, before: Witnessed) -> None:
        state = store.chain_state(tx)
        key = self._audit.key(tx, before.key_id)
        if key is None or state is None or state.key_id != before.key_id:
            self._record(
                tx, before.sequence, "audit_log.cut", {"because": "the chain that was known is not there"}
            )
        elif not is_ours(key, WITNESS, Mark(before.sequence, before.hash, before.mac)):
            self._record(tx, before.sequence, "audit_log.cut", {"because": "the file that knows was altered"})
        elif state.head.sequence >= before.sequence:
            self._audit.known = Known(before.key_id, before.sequence, before.hash)
        elif self._generation > before.generation:
            reached = {"reached": before.sequence, "goes_on_after": state.head.sequence}
            self._record(tx, before.sequence, "audit_log.restored", reached)
        else:
            self._audit.known = Known(before.key_id, before.sequence, before.hash)
            self._audit.notice_cut(tx)

    def _record(self, tx: Transaction, sequence: int, action: str, facts: Mapping[str, object]) -> None:
        outcome = OK if action == "audit_log.restored" else FAILED
        log.log(
            logging.WARNING if outcome == OK else logging.ERROR,
            "%s: row %d was known here: %s",
            action,
            sequence,
            facts,
        )
        self._audit.record(
            tx, SYSTEM, action, Resource("audit_log", str(sequence)), after=dict(facts), outcome=outcome
        )

    async def run(self) -> None:
        """Until cancelled: look after each change, twice a second at most."""
        attempts = Attempts(log, "the end of the audit log could not be noted")
        while True:
            await self._moved.wait()
            self._moved = trio.Event()
            with attempts:
                await self.look()
            await trio.sleep(PACE_S)

    async def look(self) -> None:
        """Remember the newest row that is committed, or notice that what was known is gone."""
        seen = await self._database.read(self._committed)
        known = self._audit.known
        if seen is None:
            return
        key_id, head, mac = seen
        if known is not None and known.key_id == key_id and known.sequence > head.sequence:
            await self._database.write(self._audit.notice_cut)
        elif known is None or (known.key_id, known.sequence) != (key_id, head.sequence):
            self._audit.known = Known(key_id, head.sequence, head.hash)
            witnessed = Witnessed(self._generation, key_id, head.sequence, head.hash, mac)
            await trio.to_thread.run_sync(self._write, witnessed)

    def _committed(self, tx: Transaction) -> tuple[str, Mark, str] | None:
        """The chain's key, its end, and the MAC of that for the file. None where the chain does not hold there."""
        state = store.chain_state(tx)
        key = self._audit.key(tx, state.key_id) if state else None
        if state is None or key is None or not is_ours(key, HEAD, state.head):
            return None
        return state.key_id, state.head, mark(key, WITNESS, state.head.sequence, state.head.hash).mac

    def _write(self, witnessed: Witnessed) -> None:
        if self._file is not None:
            write_atomically(self._file, msgspec.json.encode(witnessed))
