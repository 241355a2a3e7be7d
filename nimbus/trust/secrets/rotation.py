"""The door to the master key for operators: what it is used for, and a new one in its place."""

from __future__ import annotations

from collections.abc import Sequence

from nimbus.db import Database, Transaction
from nimbus.db.sealed_columns import SealedColumn, usage
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict
from nimbus.records.audit.service import AuditLog
from nimbus.trust.secrets import rules, store
from nimbus.trust.secrets.key_file import MAX_KEYS
from nimbus.trust.secrets.key_ledger import note_keys, resource
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKey, MasterKeyUnusable
from nimbus.trust.secrets.records import MasterKeyRotated, MasterKeyState, MasterKeyStatus, MasterKeyView
from nimbus.trust.secrets.reencryption import Reencryption


class MasterKeys:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        keyring: Keyring,
        columns: Sequence[SealedColumn],
        reencryption: Reencryption,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._keyring = keyring
        self._columns = columns
        self._reencryption = reencryption

    async def status(self, actor: Actor) -> MasterKeyStatus:
        actor.require_everywhere(Permission.SETTINGS_READ)
        await self._reencryption.look()
        return await self._database.read(self._status)

    async def rotate(self, actor: Actor) -> MasterKeyStatus:
        """A new primary, in the file before it is used; what is sealed already follows in the background. Raises
        Conflict while another rotation is under way, and KeyFileReadOnly."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)
        await self._reencryption.look()
        try:
            await self._database.write(lambda tx: self._rotate(tx, actor))
        finally:
            self._reencryption.wake(grace=True)
        return await self._database.read(self._status)

    def _rotate(self, tx: Transaction, actor: Actor) -> None:
        keyring, file = self._keyring, self._keyring.file
        used = usage(tx, self._columns)
        if rules.values_left(used, keyring.key_id) > self._reencryption.unreadable:
            raise _under_way()
        if not file.is_writable():
            raise file.read_only()
        note_keys(tx, self._audit, self._clock.now(), keyring, used)
        # What is in the file counts too: somebody may have added a line meanwhile.
        present = {key.key_id: key for key in (*keyring.keys(), *file.read())}
        kept = self._still_needed(tx, present)
        if len(kept) >= MAX_KEYS:
            raise Conflict(
                f"{file.path} holds {len(kept)} keys",
                next_step="Wait until old ones have left it, then rotate.",
            )
        fresh, before = MasterKey.generate(), keyring.key_id
        keyring.learn(fresh)
        try:
            file.write([fresh, *kept])
        except BaseException:
            self._forget_unless_in_file(fresh)
            raise
        keyring.promote(fresh.key_id)
        store.adopt_key(tx, fresh.key_id, self._clock.now(), actor.name)
        tx.emit(MasterKeyRotated(fresh.key_id))
        self._audit.record(
            tx,
            actor,
            "master_key.rotate",
            resource(fresh.key_id),
            before={"primary": before},
            after={"primary": fresh.key_id},
        )

    def _still_needed(self, tx: Transaction, present: dict[str, MasterKey]) -> list[MasterKey]:
        """Without those that have left the file and are kept in memory only."""
        retired = {key.key_id for key in store.adopted_keys(tx) if key.retired_at is not None}
        used = {use.key_id for use in usage(tx, self._columns)}
        gone = retired - used - {self._keyring.key_id}
        return [key for key_id, key in present.items() if key_id not in gone]

    def _forget_unless_in_file(self, key: MasterKey) -> None:
        """A write that failed late may have happened all the same; then others seal with that key."""
        try:
            in_file = {key.key_id for key in self._keyring.file.read()}
        except MasterKeyUnusable:
            return
        if key.key_id not in in_file:
            self._keyring.forget(key.key_id)

    def _status(self, tx: Transaction) -> MasterKeyStatus:
        keyring = self._keyring
        used = usage(tx, self._columns)
        adopted = {key.key_id: key for key in store.adopted_keys(tx)}
        in_file = [key.key_id for key in keyring.file.read()]
        retiring = rules.to_retire(in_file, keyring.key_id, used, adopted)
        undone, damaged = self._reencryption.unreadable, self._reencryption.damaged
        unreadable, writable = undone + damaged, keyring.file.is_writable()
        left = rules.values_left(used, keyring.key_id)
        state = rules.state_of(left, undone, damaged, retiring, writable)
        lines = keyring.file.lines_of(frozenset(retiring)) if state is MasterKeyState.REMOVE_BY_HAND else []
        counts = rules.values_per_key(used)
        shown = [key_id for key_id in keyring.key_ids if key_id in in_file or counts.get(key_id)]
        return MasterKeyStatus(
            primary=keyring.key_id,
            state=state,
            values=sum(counts.values()),
            values_left=left,
            unreadable=unreadable,
            file=str(keyring.file.path),
            writable=writable,
            note=rules.note_of(state, str(keyring.file.path), lines, unreadable),
            keys=tuple(
                MasterKeyView(
                    key_id=key_id,
                    primary=key_id == keyring.key_id,
                    in_file=key_id in in_file,
                    values=counts.get(key_id, 0),
                    adopted_at=to_rfc3339(adopted[key_id].adopted_at) if key_id in adopted else None,
                )
                for key_id in sorted(shown, key=lambda key_id: key_id != keyring.key_id)
            ),
        )


def _under_way() -> Conflict:
    return Conflict(
        "a rotation of the master key is under way",
        next_step="Wait for its end; see: nimbus secret master-key",
    )
