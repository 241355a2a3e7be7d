"""The door to the audit log for whoever changes something: `record`, in the transaction of the change."""

from __future__ import annotations

import logging
import os
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.access import SYSTEM, Actor
from nimbus.kernel.changes import BY, ResourceChanged
from nimbus.kernel.clock import Clock
from nimbus.kernel.ids import new_id
from nimbus.kernel.sealing import Sealer
from nimbus.records.audit import store
from nimbus.records.audit.chain import ANCHOR, BROKEN, GENESIS, HEAD, is_ours, mark, row_hash
from nimbus.records.audit.records import FAILED, OK, AuditRow, ChainState, Known, Mark, Outcome, Resource
from nimbus.records.audit.rules import difference

KEY_BYTES = 32
_BATCH = 1000
log = logging.getLogger("nimbus.audit")
_encode = msgspec.json.Encoder().encode


class AuditLog:
    """Methods run inside transactions, on any thread that writes. Several processes may record at once: what the
    chain goes on from is read in the same transaction. Without a sealer rows are not chained, and `verify` finds
    those as inserted."""

    def __init__(self, clock: Clock, sealer: Sealer | None = None) -> None:
        self._clock = clock
        self._sealer = sealer
        # By id: one that was made in a transaction that was undone is simply never asked for again.
        self._keys: dict[str, bytes] = {}
        # The last mark of ours, which needs no second look.
        self._head: Mark | None = None
        # Set by `Witness`: the log does not end before it.
        self.known: Known | None = None

    def record(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        resource: Resource,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        outcome: Outcome = OK,
    ) -> None:
        """Write one row in the caller's transaction; what went well is also told as an event."""
        self.notice_cut(tx)
        change = difference(before or {}, after or {})
        at = self._clock.now()
        self._append(tx, at, actor, action, resource, outcome, _encode(change).decode())
        if outcome == OK:
            changed = sorted(change.before.keys() | change.after.keys())
            data: dict[str, Any] = {"changed": changed} if changed else {}
            if resource.node_name:
                data |= {"node_id": resource.node_id, "node": resource.node_name}
            if actor.kind != SYSTEM.kind:
                data[BY] = {"kind": actor.kind, "id": actor.id, "name": actor.name}
            tx.emit(
                ResourceChanged(
                    at=at,
                    kind=action,
                    resource_kind=resource.kind,
                    resource_id=resource.id,
                    resource_name=resource.name,
                    workspace_id=resource.workspace_id,
                    organization_id=resource.organization_id,
                    data=data,
                    node_id=resource.node_id,
                )
            )

    def record_refusal(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        resource: Resource,
        error_code: str,
        outcome: Outcome,
        **facts: Any,
    ) -> None:
        """One row for a request that changed nothing; `outcome` is denied or failed. No event: nothing happened."""
        self.record(tx, actor, action, resource, after={"error": error_code, **facts}, outcome=outcome)

    def notice_cut(self, tx: Transaction) -> None:
        """When rows are gone that were seen: go on after the last that was known, so that `verify` misses those
        between for good, and say so in a row of its own."""
        known = self.known
        state = store.chain_state(tx) if known else None
        if known is None or state is None or state.key_id != known.key_id:
            return
        gone = known.sequence - state.head.sequence
        if gone <= 0:
            return
        first = state.head.sequence + 1
        log.error(
            "rows %d to %d of the audit log were cut off: see nimbus audit verify", first, known.sequence
        )
        change = _encode(difference({}, {"first": first, "last": known.sequence, "rows": gone})).decode()
        resource = Resource("audit_log", str(known.sequence))
        self._append(tx, self._clock.now(), SYSTEM, "audit_log.cut", resource, FAILED, change, after=known)

    def prepare(self, tx: Transaction) -> None:
        """Begin the chain if it was never begun, with all rows that there are; at start-up, as a migration."""
        if self._sealer is not None and store.chain_state(tx) is None:
            self._begin(tx)

    def key(self, tx: Transaction, key_id: str) -> bytes | None:
        """None: there is no such key any more. Raises what the sealer raises when it cannot open it."""
        known = self._keys.get(key_id)
        if known is None and self._sealer is not None:
            sealed = store.sealed_key(tx, key_id)
            if sealed is None:
                return None
            known = self._keys[key_id] = bytes.fromhex(self._sealer.open(sealed, key_context(key_id)))
        return known

    def _append(
        self,
        tx: Transaction,
        at: int,
        actor: Actor,
        action: str,
        resource: Resource,
        outcome: str,
        diff: str,
        *,
        after: Known | None = None,
    ) -> None:
        """One row at the end of the chain, or `after` a row that is not there any more."""
        state = None
        if self._sealer is not None:
            state = store.chain_state(tx) or self._begin(tx)
        key, sequence, previous = self._continue(tx, state)
        if after is not None:
            sequence, previous = after.sequence, after.hash
        row = AuditRow(
            sequence + 1,
            new_id(),
            at,
            actor.kind,
            actor.id,
            actor.name,
            action,
            resource.kind,
            resource.id,
            resource.name,
            resource.workspace_id,
            resource.organization_id,
            actor.source,
            actor.request_id,
            outcome,
            diff,
        )
        hash_ = row_hash(key, previous, row) if key else ""
        if not store.insert(tx, row, hash_):
            # Somebody put a row past the head. The log goes on after it, and does not hold there.
            row = msgspec.structs.replace(row, sequence=store.newest_sequence(tx) + 1)
            hash_ = row_hash(key, BROKEN, row) if key else ""
            store.insert(tx, row, hash_)
        if key:
            self._head = mark(key, HEAD, row.sequence, hash_)
            store.set_head(tx, self._head)

    def _continue(self, tx: Transaction, state: ChainState | None) -> tuple[bytes | None, int, str]:
        """The key, and the sequence and hash that the next row follows."""
        key = self.key(tx, state.key_id) if state else None
        if state is None or key is None:
            return None, store.newest_sequence(tx), ""
        if state.head == self._head or is_ours(key, HEAD, state.head):
            return key, state.head.sequence, state.head.hash
        # Somebody else wrote it. The log goes on, and does not hold from here: that is what `verify` will say.
        return key, max(state.head.sequence, store.newest_sequence(tx)), BROKEN

    def _begin(self, tx: Transaction) -> ChainState | None:
        """A key of its own, and the rows from before the chain as its first part."""
        assert self._sealer is not None
        if store.has_hashes(tx):
            # It was begun once, and its state was taken away. Beginning anew would cover that up.
            return None
        key_id, key = new_id(), os.urandom(KEY_BYTES)
        store.insert_key(tx, key_id, self._sealer.seal(key.hex(), key_context(key_id)), self._clock.now())
        self._keys[key_id] = key
        sequence, hash_ = self._chain_rows(tx, key)
        state = ChainState(key_id, mark(key, ANCHOR, 0, GENESIS), mark(key, HEAD, sequence, hash_))
        store.insert_chain(tx, state)
        self.record(
            tx, SYSTEM, "audit_log.begin", Resource("audit_log", key_id), after={"rows_from_before": sequence}
        )
        return store.chain_state(tx)

    def _chain_rows(self, tx: Transaction, key: bytes) -> tuple[int, str]:
        """Chain what there is; the last sequence and hash. Until now rows were numbered from 1 without gaps."""
        sequence, hash_ = 0, GENESIS
        while rows := store.rows_after(tx, sequence, _BATCH):
            hashes = []
            for chained in rows:
                hash_ = row_hash(key, hash_, chained.row)
                hashes.append((hash_, chained.row.sequence))
            store.set_hashes(tx, hashes)
            sequence = rows[-1].row.sequence
        return sequence, hash_


def key_context(key_id: str) -> str:
    return f"audit-key:{key_id}"
