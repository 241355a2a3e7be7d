"""Showing again who one is, in the session that one has.

It counts as a sign-in of now, which changing how one signs in wants. It wants the same as a sign-in: the password,
with a code where there is a second factor; or a passkey. Whoever signs in by an identity provider only signs in
there again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, Forbidden, invalid
from nimbus.people.identity import store
from nimbus.people.identity.authentication import ONE_TIME, PASSWORD, POSSESSION, VERIFIED
from nimbus.people.identity.factors import store as factors_store
from nimbus.people.identity.factors.passkeys import Passkeys
from nimbus.people.identity.factors.service import SecondFactors
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.identity.records import User
from nimbus.people.identity.rules import MAX_PASSWORD_BYTES
from nimbus.people.identity.sessions.records import MULTIPLE
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.identity.users import resource
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog

_ACTION = "session.reauthenticate"


class ReauthenticationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The password, with `otp` (a code of the app or a recovery code) where there is a second factor; or `state`
    and `credential` of a passkey, as at a sign-in."""

    password: str = ""
    otp: str = ""
    state: str = ""
    credential: dict[str, Any] = {}

    def __repr__(self) -> str:
        return "ReauthenticationRequest()"


class Reauthenticated(msgspec.Struct, frozen=True):
    """Until when it counts (RFC 3339)."""

    recent_until: str


class Reauthentication:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        refusals: RefusalLog,
        hasher: PasswordHasher,
        limits: LoginLimits,
        sessions: Sessions,
        factors: SecondFactors,
        passkeys: Passkeys,
    ) -> None:
        self._database, self._clock = database, clock
        self._audit, self._refusals = audit, refusals
        self._hasher, self._limits = hasher, limits
        self._sessions, self._factors, self._passkeys = sessions, factors, passkeys

    async def show(self, actor: Actor, request: ReauthenticationRequest) -> Reauthenticated:
        """Raises Forbidden for a key, ValidationError, RateLimited."""
        if not actor.session_id:
            raise Forbidden("this wants a signed-in session, not a key", next_step="Sign in: nimbus login")
        if request.state:
            return await self._with_passkey(actor, request)
        return await self._with_password(actor, request)

    async def _with_password(self, actor: Actor, request: ReauthenticationRequest) -> Reauthenticated:
        if len(request.password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES:
            raise invalid("password", f"must have at most {MAX_PASSWORD_BYTES} bytes")
        user = await self._database.read(lambda tx: store.get_user(tx, actor.user_id))
        assert user is not None
        if not user.password_hash:
            raise Conflict(
                "you have no password here",
                next_step="Use a passkey, or sign in with your identity provider again.",
            )
        self._limits.begin(user.username, actor.source, self._clock.monotonic())
        if not await self._hasher.verify(request.password, user.password_hash):
            self._refusals.note(actor, _ACTION, resource(user), "WRONG_PASSWORD")
            raise invalid("password", "is wrong")
        self._limits.succeeded(user.username, actor.source)
        if request.otp:
            self._limits.begin_factor(user.id, self._clock.monotonic())

        def show(tx: Transaction) -> Reauthenticated:
            now = store.get_user(tx, user.id)
            if now is None or not now.enabled or now.password_hash != user.password_hash:
                raise invalid("password", "was changed meanwhile")
            methods: tuple[str, ...] = (PASSWORD,)
            if factors_store.counts(tx, user.id).any:
                if not self._factors.accept(tx, now, request.otp):
                    raise invalid(
                        "otp", "is wrong, too old, or was used already" if request.otp else "is missing"
                    )
                methods = (PASSWORD, ONE_TIME, MULTIPLE)
            return self._shown(tx, actor, now, methods)

        try:
            done = await self._database.write(show)
        except Exception:
            if request.otp:
                self._refusals.note(actor, _ACTION, resource(user), "WRONG_CODE")
            raise
        if request.otp:
            self._limits.factor_succeeded(user.id)
        return done

    async def _with_passkey(self, actor: Actor, request: ReauthenticationRequest) -> Reauthenticated:
        self._limits.begin_address(actor.source, self._clock.monotonic())
        challenge, before, used = await self._passkeys.check(request.state, request.credential)
        if before.user_id != actor.user_id:
            raise invalid("credential", "is a passkey of another user")

        def show(tx: Transaction) -> Reauthenticated:
            user = store.get_user(tx, actor.user_id)
            if user is None or not user.enabled:
                raise invalid("credential", "belongs to an account that is disabled")
            self._passkeys.accept(tx, challenge, before, used)
            return self._shown(tx, actor, user, (POSSESSION, VERIFIED, MULTIPLE))

        done = await self._database.write(show)
        self._limits.address_succeeded(actor.source)
        return done

    def _shown(self, tx: Transaction, actor: Actor, user: User, methods: tuple[str, ...]) -> Reauthenticated:
        until = self._sessions.reauthenticated(tx, actor, methods)
        self._audit.record(tx, actor, _ACTION, resource(user), after={"methods": list(methods)})
        return Reauthenticated(to_rfc3339(until))
