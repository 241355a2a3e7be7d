"""Who sends a request with a key: signed with a pair (HMAC), or with an API key in a header."""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.kernel.access import NOWHERE, Access, Actor, narrowed
from nimbus.kernel.clock import MICROSECONDS, Clock, to_seconds
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Unauthenticated
from nimbus.kernel.events import EventBus
from nimbus.kernel.principals import RecentlyKnown
from nimbus.kernel.sealing import Sealer
from nimbus.people.keys import store
from nimbus.people.keys.making import is_from_the_host, secret_context
from nimbus.people.keys.records import Key, KeyOwner, KnownKey
from nimbus.people.keys.rules import check_timestamp, good_until, is_narrowed, matches, split_api_key
from nimbus.people.roles.grants import Grants
from nimbus.protocol.signing import API_KEY_HEADER, SIGNATURE_HEADER, SIGNATURE_WINDOW_S, signature_matches

# What an unknown access key is checked against, so that it takes as long as a known one.
_NO_SECRET = "no such key"  # noqa: S105
_NO_HASH = "0" * 64
_FOR_EVER = 2**62


class KeyRecognition:
    """Spent signatures are kept in memory and written, in order, before whatever change the request makes: a
    restart does not open the door to a replay of it. `with_others`: other control planes serve this database, and
    a request is heard only when its signature has been written: what was spent at one is spent at all."""

    def __init__(
        self, database: Database, clock: Clock, sealer: Sealer, grants: Grants, *, with_others: bool = False
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._grants = grants
        self._with_others = with_others
        self._known: RecentlyKnown[KnownKey] = RecentlyKnown()
        self._spent: dict[str, int] = {}
        self._used: dict[str, tuple[int, str]] = {}

    def subscribe(self, bus: EventBus) -> None:
        self._known.subscribe(bus)

    async def load(self) -> None:
        now = self._clock.now()
        self._spent = dict(await self._database.read(lambda tx: store.spent_signatures(tx, now)))

    async def remove_expired(self) -> None:
        """Called now and then: forget signatures outside the window, write when keys were last used."""
        now = self._clock.now()
        self._spent = {signature: until for signature, until in self._spent.items() if until > now}
        used, self._used = self._used, {}

        def remove_expired(tx: Transaction) -> None:
            store.forget_signatures(tx, now)
            store.note_used(tx, [(at, source, key_id) for key_id, (at, source) in used.items()])

        await self._database.write(remove_expired)

    async def recognise(self, shown: Presented) -> Actor | None:
        """Raises Unauthenticated; what was wrong is not said more closely than it helps an honest caller."""
        if shown.access_key:
            known = await self._signed(shown)
        elif shown.api_key:
            known = await self._with_api_key(shown)
        else:
            return None
        self._used[known.key.id] = (self._clock.now(), shown.source)
        return actor_of(known, shown)

    async def _signed(self, shown: Presented) -> KnownKey:
        signed_at = check_timestamp(shown.timestamp, to_seconds(self._clock.now()))
        known = await self._look_up(shown.access_key)
        usable = known is not None and known.key.kind == "hmac"
        secret = known.secret if known is not None and usable else _NO_SECRET
        matching = signature_matches(
            shown.signature, secret, shown.method, shown.target, shown.timestamp, shown.body
        )
        if known is None or not usable or not matching:
            raise Unauthenticated(
                "the access key or the signature is wrong", next_step="Check the profile: nimbus configure"
            )
        await self._spend(shown.signature, (signed_at + 2 * SIGNATURE_WINDOW_S) * MICROSECONDS)
        return known

    async def _with_api_key(self, shown: Presented) -> KnownKey:
        parts = split_api_key(shown.api_key)
        known = await self._look_up(parts[0]) if parts else None
        usable = known is not None and known.key.kind == "api-key"
        matching = matches(
            parts[1] if parts else "", known.secret if known is not None and usable else _NO_HASH
        )
        if known is None or not usable or not matching:
            raise Unauthenticated(
                "the API key is wrong, expired or revoked",
                next_step="Make another: nimbus iam create-key",
                details=[{"field": API_KEY_HEADER, "message": "is not accepted"}],
            )
        return known

    async def _look_up(self, access_key: str) -> KnownKey | None:
        """None when there is no such key, or it is no longer good."""
        now = self._clock.now()
        known = self._known.get(access_key, now)
        if known is not None:
            return known
        generation = self._known.generation
        known = await self._database.read(lambda tx: self._read(tx, access_key, now))
        if known is not None:
            ends = (good_until(known.key, is_previous=known.is_previous), known.access.changes_at)
            until = min((end for end in ends if end is not None), default=_FOR_EVER)
            self._known.put(access_key, known, expires_at=until, generation=generation)
        return known

    def _read(self, tx: Transaction, access_key: str, now: int) -> KnownKey | None:
        key = store.by_access_key(tx, access_key)
        if key is None:
            return None
        is_previous = key.access_key != access_key
        until = good_until(key, is_previous=is_previous)
        owner = store.owner(tx, key.user_id) if key.user_id else None
        if (until is not None and now >= until) or (key.user_id and (owner is None or not owner.enabled)):
            return None
        return KnownKey(key, self._secret(key, is_previous), owner, self._access(tx, key, owner), is_previous)

    def _secret(self, key: Key, is_previous: bool) -> str:
        """The secret of a pair; the hash of an API key's."""
        if key.kind == "api-key":
            return key.previous_secret_hash if is_previous else key.secret_hash
        sealed = key.previous_sealed_secret if is_previous else key.sealed_secret
        access_key = key.previous_access_key if is_previous else key.access_key
        return self._sealer.open(sealed, secret_context(access_key))

    def _access(self, tx: Transaction, key: Key, owner: KeyOwner | None) -> Access:
        if owner is None:
            access = self._grants.of_key(tx, key.id) if key.user_id is None else NOWHERE
        else:
            access = self._grants.of_user(tx, owner.id, is_admin=owner.is_admin)
        permissions = self._grants.permissions_of_role(tx, key.role_id) if owner and key.role_id else None
        workspace_id = key.workspace_id if owner else None
        return narrowed(access, workspace_id=workspace_id, permissions=permissions, tenant=key.tenant)

    async def _spend(self, signature: str, expires_at: int) -> None:
        if signature in self._spent:
            raise _used_before()
        self._spent[signature] = expires_at

        def spend(tx: Transaction) -> bool:
            return store.spend_signature(tx, signature, expires_at)

        if not self._with_others:
            self._database.submit(spend, lambda _value, _error: None)
        elif not await self._database.write(spend):
            raise _used_before()


def _used_before() -> Unauthenticated:
    return Unauthenticated(
        "this signature was used before",
        next_step="Sign every request separately; add a different `nonce` parameter to identical ones.",
        details=[{"field": SIGNATURE_HEADER, "message": "used before"}],
    )


def actor_of(known: KnownKey, shown: Presented) -> Actor:
    """A personal key acts as its user; a service key as itself."""
    ends = good_until(known.key, is_previous=known.is_previous) or 0
    if known.owner is not None:
        return Actor(
            kind="user",
            id=known.owner.id,
            name=known.owner.username,
            access=known.access,
            source=shown.source,
            request_id=shown.request_id,
            user_id=known.owner.id,
            key_id=known.key.id,
            narrowed=is_narrowed(known.key),
            good_until=ends,
            host_key_since=known.key.created_at if is_from_the_host(known.key) else 0,
        )
    return Actor(
        kind="key",
        id=known.key.id,
        name=known.key.name,
        access=known.access,
        source=shown.source,
        request_id=shown.request_id,
        key_id=known.key.id,
        good_until=ends,
    )
