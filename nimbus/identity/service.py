"""The door to identity: the first admin, and the recognition of signed requests."""

from __future__ import annotations

import secrets
from typing import Protocol

from nimbus.access import SYSTEM, Actor
from nimbus.audit.records import Resource
from nimbus.audit.service import AuditLog
from nimbus.clock import MICROSECONDS, Clock, to_seconds
from nimbus.db import Database, Transaction
from nimbus.errors import Conflict, Unauthenticated
from nimbus.identity import store
from nimbus.identity.records import AccessKey, NewAccessKey, User
from nimbus.identity.rules import check_timestamp, permissions_of
from nimbus.ids import new_id, new_secret
from nimbus.protocol.signing import SIGNATURE_HEADER, SIGNATURE_WINDOW_S, signature_matches

ADMIN = "admin"
# What an unknown access key is checked against, so that it takes as long as a known one.
_NO_SECRET = "no such key"  # noqa: S105
_REFUSED = "the access key or the signature is wrong"


class Sealer(Protocol):
    """Encryption at rest; `nimbus.secrets` has the one that is used."""

    def seal(self, plaintext: str, context: str) -> str: ...
    def open(self, sealed: str, context: str) -> str: ...


class Identity:
    def __init__(self, clock: Clock, audit: AuditLog, sealer: Sealer) -> None:
        self._clock = clock
        self._audit = audit
        self._sealer = sealer

    def bootstrap(self, tx: Transaction, *, new_key: bool) -> NewAccessKey:
        """Create the first administrator and a key pair. `new_key`: a further pair for the one who exists."""
        user = store.find_user(tx, ADMIN)
        if user and not new_key:
            raise Conflict(
                "this control plane has its administrator already",
                next_step="For a further key pair, run on this host: nimbus bootstrap --new-key",
            )
        if user is None:
            user = User(new_id(), ADMIN, is_admin=True)
            store.insert_user(tx, user, self._clock.now())
            self._audit.record(tx, SYSTEM, "user.create", Resource("user", user.id, user.username))
        return self._new_key(tx, user)

    def has_administrator(self, tx: Transaction) -> bool:
        return store.find_user(tx, ADMIN) is not None

    def _new_key(self, tx: Transaction, user: User) -> NewAccessKey:
        pair = NewAccessKey("NK" + secrets.token_hex(10).upper(), new_secret())
        sealed = self._sealer.seal(pair.secret_key, f"access-key:{pair.access_key}")
        store.insert_access_key(tx, pair.access_key, user.id, sealed, self._clock.now())
        self._audit.record(tx, SYSTEM, "key.create", Resource("key", pair.access_key, user.username))
        return pair


class Authenticator:
    """Recognises signed requests. Spent signatures are kept in memory and written, in order, before whatever
    change the request makes: a restart does not open the door to a replay of it."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._spent: dict[str, int] = {}

    async def load(self) -> None:
        now = self._clock.now()
        self._spent = dict(await self._database.read(lambda tx: store.spent_signatures(tx, now)))

    async def forget_expired(self) -> None:
        """Called now and then: what is outside the window needs no remembering."""
        now = self._clock.now()
        self._spent = {signature: until for signature, until in self._spent.items() if until > now}
        await self._database.write(lambda tx: store.forget_signatures(tx, now))

    async def authenticate(
        self, *, access_key: str, timestamp: str, signature: str, method: str, target: str, body: bytes,
        source: str, request_id: str,
    ) -> Actor:  # fmt: skip
        """Raises Unauthenticated; what was wrong is not said more closely than it helps an honest caller."""
        signed_at = check_timestamp(timestamp, to_seconds(self._clock.now()))
        key = await self._database.read(lambda tx: store.get_access_key(tx, access_key))
        secret = self._secret_of(key)
        matches = signature_matches(signature, secret, method, target, timestamp, body)
        if key is None or not matches:
            raise Unauthenticated(_REFUSED, next_step="Check the profile: nimbus configure")
        self._spend(signature, (signed_at + 2 * SIGNATURE_WINDOW_S) * MICROSECONDS)
        return Actor(
            kind="user",
            id=key.user.id,
            name=key.user.username,
            permissions=permissions_of(key.user),
            source=source,
            request_id=request_id,
        )

    def _secret_of(self, key: AccessKey | None) -> str:
        return self._sealer.open(key.sealed_secret, f"access-key:{key.access_key}") if key else _NO_SECRET

    def _spend(self, signature: str, expires_at: int) -> None:
        if signature in self._spent:
            raise Unauthenticated(
                "this signature was used before",
                next_step="Sign each request anew; add a different `nonce` parameter to equal ones.",
                details=[{"field": SIGNATURE_HEADER, "message": "used before"}],
            )
        self._spent[signature] = expires_at
        self._database.submit(
            lambda tx: store.spend_signature(tx, signature, expires_at), lambda _value, _error: None
        )
