"""The keys that access tokens are signed with: sealed in the store, changed by age."""

from __future__ import annotations

import logging
import os

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.events import EventBus
from nimbus.kernel.ids import new_id
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.sessions import store
from nimbus.people.identity.sessions.records import TokenKeyMade, TokenKeyMadeElsewhere
from nimbus.people.identity.sessions.tokens import LEEWAY_S, TokenKey
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

ROTATE_AFTER_S = 30 * 86400
KEY_BYTES = 32
log = logging.getLogger("nimbus.identity")


class TokenKeys:
    """`load` comes first. The newest key signs; an older one verifies until the last token that it signed has
    expired."""

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, sealer: Sealer, *, access_token_s: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._keep_for = from_seconds(ROTATE_AFTER_S + access_token_s + LEEWAY_S)
        self._keys: dict[str, TokenKey] = {}
        self._current: TokenKey | None = None

    async def load(self) -> None:
        await self.remove_expired()

    async def remove_expired(self) -> None:
        """Now and then: make a key when the newest is old, forget those that nothing is signed with any more."""
        self._set(await self._database.write(self._rotate))

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(TokenKeyMadeElsewhere, self._on_made_elsewhere)

    def _on_made_elsewhere(self, _event: TokenKeyMadeElsewhere) -> None:
        def done(keys: list[TokenKey] | None, error: BaseException | None) -> None:
            if keys is not None:
                self._set(keys)
            else:
                log.error(
                    "the new key of access tokens could not be read: %s; trying again in a minute", error
                )

        self._database.submit(self._rotate, done)

    def current(self) -> TokenKey:
        assert self._current is not None, "load() comes first"
        return self._current

    def find(self, key_id: str) -> TokenKey | None:
        key = self._keys.get(key_id)
        if key is None or key is self._current or self._clock.now() - key.created_at < self._keep_for:
            return key
        return None

    def _set(self, keys: list[TokenKey]) -> None:
        self._keys = {key.id: key for key in keys}
        self._current = keys[0]

    def _rotate(self, tx: Transaction) -> list[TokenKey]:
        now = self._clock.now()
        rows = store.token_keys(tx)
        if not rows or now - rows[0].created_at >= from_seconds(ROTATE_AFTER_S):
            rows.insert(0, self._make(tx, now))
        for row in rows[1:]:
            if now - row.created_at >= self._keep_for:
                store.delete_token_key(tx, row.id)
        kept = [row for row in rows if row is rows[0] or now - row.created_at < self._keep_for]
        return [self._opened(row) for row in kept]

    def _make(self, tx: Transaction, now: int) -> store.KeyRow:
        key_id = new_id()
        sealed = self._sealer.seal(os.urandom(KEY_BYTES).hex(), key_context(key_id))
        row = store.KeyRow(key_id, sealed, now)
        store.insert_token_key(tx, row)
        self._audit.record(tx, SYSTEM, "token_key.create", Resource("token_key", key_id))
        tx.emit(TokenKeyMade())
        return row

    def _opened(self, row: store.KeyRow) -> TokenKey:
        known = self._keys.get(row.id)
        if known is not None:
            return known
        return TokenKey(
            row.id, bytes.fromhex(self._sealer.open(row.sealed_key, key_context(row.id))), row.created_at
        )


def key_context(key_id: str) -> str:
    return f"token-key:{key_id}"
