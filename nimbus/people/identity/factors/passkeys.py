"""The door to passkeys: register, list, name, delete; and whom one of them stands for."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

import msgspec
import trio
import webauthn

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.kernel.shapes import is_line
from nimbus.people.identity.factors import store
from nimbus.people.identity.factors.challenges import Challenge, Challenges
from nimbus.people.identity.factors.records import (
    MAX_PASSKEY_NAME,
    Passkey,
    PasskeyOptions,
    PasskeyPatch,
    PasskeyRegistered,
    PasskeyRegistration,
    PasskeyView,
    Removed,
)
from nimbus.people.identity.factors.service import SecondFactors, passkey_view
from nimbus.people.identity.factors.webauthn_rules import (
    RelyingParty,
    check_assertion,
    check_registration,
    credential_id_of,
    refused,
    registration_options,
    sign_in_options,
    to_text,
)
from nimbus.people.identity.records import User
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

MAX_PASSKEYS = 20
CHALLENGE_BYTES = 32


class Passkeys:
    """`party` None: this control plane is reached at an address, not at a name, and there can be no passkeys
    (WebAuthn wants a domain)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        challenges: Challenges,
        factors: SecondFactors,
        *,
        party: RelyingParty | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._challenges = challenges
        self._factors = factors
        self._party = party

    @property
    def party(self) -> RelyingParty:
        if self._party is None:
            raise Conflict(
                "passkeys want a control plane that is reached by a host name",
                next_step="Give it one: nimbus api --advertise NAME.",
            )
        return self._party

    # Registering.

    async def registration(self, actor: Actor) -> PasskeyOptions:
        party = self.party

        def read(tx: Transaction) -> PasskeyOptions:
            user = self._factors.own(tx, actor)
            nonce = secrets.token_bytes(CHALLENGE_BYTES)
            state = self._challenges.issue(
                "passkey-registration", user_id=user.id, session_id=actor.session_id, nonce=to_text(nonce)
            )
            return PasskeyOptions(
                state, registration_options(party, user, nonce, store.passkeys_of(tx, user.id))
            )

        return await self._database.read(read)

    async def register(self, actor: Actor, request: PasskeyRegistration) -> PasskeyRegistered:
        challenge = self._challenges.open("passkey-registration", request.state)
        if (challenge.user_id, challenge.session_id) != (actor.user_id, actor.session_id):
            raise refused("it belongs to another session")
        name = _name(request.name) if request.name else ""
        nonce = webauthn.base64url_to_bytes(challenge.nonce)
        verified = await trio.to_thread.run_sync(
            partial(check_registration, self.party, request.credential, nonce)
        )

        def register(tx: Transaction) -> PasskeyRegistered:
            user = self._factors.own(tx, actor)
            self._challenges.spend(tx, challenge)
            present = store.passkeys_of(tx, user.id)
            if len(present) >= MAX_PASSKEYS:
                raise Conflict(f"you have {MAX_PASSKEYS} passkeys", next_step="Delete one first.")
            if store.passkey_by_credential(tx, verified.credential_id) is not None:
                raise Conflict("this passkey is registered already")
            passkey = Passkey(
                id=new_id(),
                user_id=user.id,
                credential_id=verified.credential_id,
                public_key=verified.public_key,
                sign_count=verified.sign_count,
                name=name or f"passkey {len(present) + 1}",
                transports=verified.transports,
                backed_up=verified.backed_up,
                created_at=self._clock.now(),
            )
            is_first = not store.counts(tx, user.id).any
            codes = self._factors.first_recovery_codes(tx, user)
            store.insert_passkey(tx, passkey)
            self._factors.shown_by(tx, actor, "pop", "user")
            self._audit.record(
                tx, actor, "passkey.create", _resource(passkey, user), after={"name": passkey.name}
            )
            if is_first:
                self._factors.end_sessions_without(tx, actor, user)
            return PasskeyRegistered(passkey_view(passkey), codes)

        return await self._database.write(register)

    async def rename(self, actor: Actor, target: Target, patch: PasskeyPatch) -> PasskeyView:
        name = _name(patch.name)

        def rename(tx: Transaction) -> PasskeyView:
            user = self._factors.own(tx, actor, recent=False)
            passkey = _find(tx, user, target.reference)
            target.check_revision(passkey.revision)
            changed = msgspec.structs.replace(passkey, name=name, revision=passkey.revision + 1)
            store.update_passkey(tx, changed)
            self._audit.record(
                tx,
                actor,
                "passkey.update",
                _resource(changed, user),
                before={"name": passkey.name},
                after={"name": name},
            )
            return passkey_view(changed)

        return await self._database.write(rename)

    async def delete(self, actor: Actor, target: Target) -> Removed:
        def delete(tx: Transaction) -> Removed:
            user = self._factors.own(tx, actor)
            passkey = _find(tx, user, target.reference)
            target.check_revision(passkey.revision)
            store.delete_passkey(tx, passkey.id)
            self._factors.taken_away(tx, user)
            self._audit.record(
                tx, actor, "passkey.delete", _resource(passkey, user), before={"name": passkey.name}
            )
            return Removed(passkey.id)

        return await self._database.write(delete)

    # Signing in.

    def sign_in(self, allowed: list[Passkey], asked: Challenge | None) -> PasskeyOptions:
        """`asked` is the challenge of a password sign-in that wants a second factor; None: the passkey is all."""
        nonce = secrets.token_bytes(CHALLENGE_BYTES)
        state = self._challenges.issue(
            "passkey-sign-in",
            nonce=to_text(nonce),
            user_id=asked.user_id if asked else "",
            stamp=asked.stamp if asked else 0,
            methods=asked.methods if asked else (),
            # The same id: once this one is answered, the other is too.
            challenge_id=asked.id if asked else "",
        )
        return PasskeyOptions(state, sign_in_options(self.party, nonce, allowed))

    async def check(self, state: str, credential: dict[str, Any]) -> tuple[Challenge, Passkey, Passkey]:
        """The challenge that was answered, and the passkey as it was and as it is to be. `accept` comes next, in
        the transaction of the sign-in. Raises Unauthenticated and ValidationError."""
        challenge = self._challenges.open("passkey-sign-in", state)
        credential_id = credential_id_of(credential)
        passkey = await self._database.read(lambda tx: store.passkey_by_credential(tx, credential_id))
        if passkey is None or (challenge.user_id and passkey.user_id != challenge.user_id):
            raise refused("this control plane does not know it")
        nonce = webauthn.base64url_to_bytes(challenge.nonce)
        verified = await trio.to_thread.run_sync(
            partial(check_assertion, self.party, credential, nonce, passkey)
        )
        used = msgspec.structs.replace(
            passkey,
            sign_count=verified.sign_count,
            backed_up=verified.backed_up,
            last_used_at=self._clock.now(),
        )
        return challenge, passkey, used

    def accept(self, tx: Transaction, challenge: Challenge, before: Passkey, used: Passkey) -> None:
        """Raises Unauthenticated when the challenge was answered before, ValidationError when the passkey is gone
        or was used by another at the same time."""
        self._challenges.spend(tx, challenge)
        present = store.passkey_by_credential(tx, before.credential_id)
        if present is None or present.sign_count != before.sign_count or present.id != before.id:
            raise refused("it was used somewhere else at the same time")
        store.update_passkey(tx, msgspec.structs.replace(used, name=present.name, revision=present.revision))


def _find(tx: Transaction, user: User, reference: str) -> Passkey:
    for passkey in store.passkeys_of(tx, user.id):
        if reference.lower() == passkey.id or reference == passkey.name:
            return passkey
    raise NotFound(f"you have no passkey {reference!r}", next_step="See: nimbus iam passkeys")


def _name(text: str) -> str:
    if not is_line(text, MAX_PASSKEY_NAME, blank=False):
        raise invalid("name", f"must be one line of 1 to {MAX_PASSKEY_NAME} printable characters")
    return text.strip()


def _resource(passkey: Passkey, user: User) -> Resource:
    return Resource("passkey", passkey.id, user.username, organization_id=user.organization_id)
