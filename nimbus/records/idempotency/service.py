"""The door to idempotency keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from nimbus.db import Database, Transaction
from nimbus.db.claims import within_first_write
from nimbus.kernel.access import Access, Actor, Permission, covers_now
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Conflict, Forbidden, ValidationError, invalid
from nimbus.kernel.sealing import Sealer
from nimbus.records.idempotency import store

KEPT_S = 24 * 3600
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyConflict(Conflict):
    code = "IDEMPOTENCY_CONFLICT"


class IdempotencyKeyReused(ValidationError):
    code = "IDEMPOTENCY_KEY_REUSED"


class Stored(msgspec.Struct, frozen=True):
    """The answer that was given before."""

    status: int
    body: bytes


class _Held(msgspec.Struct, frozen=True, array_like=True):
    """These permissions, in these organizations and workspaces."""

    permissions: frozenset[Permission]
    organizations: list[str]
    workspaces: list[str]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """An answer as it is sealed, with what whoever got it could do then."""

    body: str
    everywhere: frozenset[Permission]
    held: list[_Held]
    tenant: str


_decode_kept = msgspec.json.Decoder(_Kept).decode


class Idempotency:
    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer

    async def before(self, actor: Actor, key: str, fingerprint: str) -> Stored | None:
        """The answer of the first time; None when this is the first. Raises ValidationError for a key that was
        used for another request, IdempotencyConflict while the first is under way or its answer is lost, and
        Forbidden for who may less than when they asked."""
        if not _KEY.fullmatch(key):
            raise invalid("Idempotency-Key", "must be 1 to 255 printable ASCII characters without spaces")
        principal, now = principal_of(actor), self._clock.now()
        row = await self._database.read(lambda tx: store.find(tx, principal, key, now))
        if row is None:
            return None
        if self._sealer.open(row.sealed_fingerprint, fingerprint_context(principal, key)) != fingerprint:
            raise IdempotencyKeyReused(
                "this Idempotency-Key was used for another request",
                next_step="Use a new key for each creation that is meant once.",
                details=[{"field": "Idempotency-Key", "message": "was used before"}],
            )
        if row.status is None:
            raise _under_way()
        kept = _decode_kept(self._sealer.open(row.sealed_answer, answer_context(principal, key)))
        if not covers_now(actor.access, _access_then(kept)):
            raise Forbidden(
                "this was carried out before, and what you may has become less since: its answer is not repeated",
                next_step="Look whether the resource is there.",
            )
        return Stored(row.status, kept.body.encode())

    @contextmanager
    def claiming(self, actor: Actor, key: str, fingerprint: str) -> Iterator[None]:
        """Within it, the first transaction takes the key too. Of two at once one wins; the other changes nothing
        and hears IdempotencyConflict."""

        principal = principal_of(actor)

        def claim(tx: Transaction) -> None:
            now = self._clock.now()
            # Sealed: a plain digest of the body would let whoever has the database guess at a password in it.
            sealed = self._sealer.seal(fingerprint, fingerprint_context(principal, key))
            if not store.claim(tx, principal, key, sealed, now, now + from_seconds(KEPT_S)):
                raise _under_way()

        with within_first_write(claim):
            yield

    async def after(self, actor: Actor, key: str, status: int, body: bytes) -> None:
        principal = principal_of(actor)
        kept = msgspec.json.encode(_kept(body, actor.access)).decode()
        sealed = self._sealer.seal(kept, answer_context(principal, key))
        await self._database.write(lambda tx: store.answer(tx, principal, key, status, sealed))

    async def remove_expired(self) -> None:
        now = self._clock.now()
        await self._database.write(lambda tx: store.forget_expired(tx, now))


def principal_of(actor: Actor) -> str:
    """Whose answers are kept together: the sessions of a user, or one key. A key that may less than its user is
    not given what a session of theirs was told."""
    key = f":key:{actor.key_id}" if actor.key_id else ""
    return f"{actor.kind}:{actor.id}{key}"


def _kept(body: bytes, access: Access) -> _Kept:
    places: dict[frozenset[Permission], _Held] = {}
    for organization_id, permissions in access.organizations.items():
        places.setdefault(permissions, _Held(permissions, [], [])).organizations.append(organization_id)
    for workspace_id, permissions in access.workspaces.items():
        places.setdefault(permissions, _Held(permissions, [], [])).workspaces.append(workspace_id)
    return _Kept(body.decode(), access.everywhere, [*places.values()], access.tenant)


def _access_then(kept: _Kept) -> Access:
    return Access(
        everywhere=kept.everywhere,
        organizations={key: held.permissions for held in kept.held for key in held.organizations},
        workspaces={key: held.permissions for held in kept.held for key in held.workspaces},
        tenant=kept.tenant,
    )


def fingerprint(method: str, target: str, body: bytes) -> str:
    """What makes two requests the same."""
    digest = hashlib.sha256(f"{method} {target}\n".encode("utf-8", "surrogatepass"))
    digest.update(body)
    return digest.hexdigest()


def answer_context(principal: str, key: str) -> str:
    """What a stored answer is sealed for."""
    return f"idempotency:{principal}:{key}"


def fingerprint_context(principal: str, key: str) -> str:
    return f"idempotency-fingerprint:{principal}:{key}"


def _under_way() -> IdempotencyConflict:
    return IdempotencyConflict(
        "a request with this Idempotency-Key is under way, or was carried out and its answer lost",
        next_step="Wait a moment and repeat it; if this stays, look whether the resource is there.",
    )
