"""Which master keys were ever used, brought to what the file says."""

from __future__ import annotations

from collections.abc import Sequence

from nimbus.db import Transaction
from nimbus.db.sealed_columns import Usage
from nimbus.kernel.access import SYSTEM
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.trust.secrets import store
from nimbus.trust.secrets.keyring import Keyring


def note_keys(tx: Transaction, audit: AuditLog, now: int, keyring: Keyring, used: Sequence[Usage]) -> None:
    """After a change of the file by hand, or a kill between file and table. For a keyring as it was read: one
    that has changed since knows keys that are in no file."""
    known = {key.key_id: key for key in store.adopted_keys(tx)}
    in_use = ({usage.key_id for usage in used} & set(keyring.key_ids)) | {keyring.key_id}
    for key_id in sorted(in_use):
        if key_id not in known or known[key_id].retired_at is not None:
            store.adopt_key(tx, key_id, now, SYSTEM.name)
            audit.record(tx, SYSTEM, "master_key.adopt", resource(key_id), after={"primary": keyring.key_id})
    for key in known.values():
        if key.key_id not in keyring.key_ids and key.retired_at is None:
            store.retire_key(tx, key.key_id, now)
            audit.record(tx, SYSTEM, "master_key.retire", resource(key.key_id))


def resource(key_id: str) -> Resource:
    return Resource("master_key", key_id, key_id)
