"""The door to second factors: one-time codes and recovery codes."""

from __future__ import annotations

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, optional_rfc3339, to_rfc3339, to_seconds
from nimbus.kernel.errors import Conflict, ValidationError, invalid
from nimbus.kernel.routing import Target
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity import store as users_store
from nimbus.people.identity.factor_policy import FactorPolicy
from nimbus.people.identity.factors import codes, store
from nimbus.people.identity.factors.records import (
    CodeRequest,
    FactorsView,
    Passkey,
    PasskeyView,
    RecoveryCodes,
    Totp,
    TotpEnrolment,
)
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.records import User
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.identity.users import ME, Users, resource
from nimbus.records.audit.service import AuditLog


class SecondFactors:
    """Everybody sees to their own, in a session; an administrator may take them all away from somebody."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        users: Users,
        sessions: Sessions,
        limits: LoginLimits,
        policy: FactorPolicy,
        *,
        host: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._users = users
        self._sessions = sessions
        self._limits = limits
        self._policy = policy
        self._host = host

    async def show(self, actor: Actor, target: Target) -> FactorsView:
        return await self._database.read(
            lambda tx: self._view(tx, self._users.find(tx, actor, target.reference))
        )

    def _view(self, tx: Transaction, user: User) -> FactorsView:
        totp = store.get_totp(tx, user.id)
        confirmed = totp.confirmed_at if totp else None
        return FactorsView(
            totp=confirmed is not None,
            totp_confirmed_at=optional_rfc3339(confirmed),
            recovery_codes=store.counts(tx, user.id).recovery_codes,
            passkeys=tuple(passkey_view(passkey) for passkey in store.passkeys_of(tx, user.id)),
        )

    def own(self, tx: Transaction, actor: Actor, *, recent: bool = True) -> User:
        """The actor, in a session. Raises Forbidden."""
        if recent or not actor.session_id:
            self._sessions.require_recent(tx, actor)
        user = users_store.get_user(tx, actor.user_id)
        assert user is not None
        return user

    # One-time codes.

    async def enrol(self, actor: Actor) -> TotpEnrolment:
        """A secret for an authenticator app; it counts when a code of it was confirmed."""
        secret = codes.new_totp_secret()

        def enrol(tx: Transaction) -> TotpEnrolment:
            user = self.own(tx, actor)
            present = store.get_totp(tx, user.id)
            if present is not None and present.confirmed_at is not None:
                raise Conflict(
                    "you have an authenticator app already",
                    next_step="Disable it first: nimbus iam totp disable",
                )
            now = self._clock.now()
            sealed = self._sealer.seal(secret, totp_context(user.id))
            store.put_totp(
                tx,
                Totp(user_id=user.id, sealed_secret=sealed, last_step=0, created_at=now, confirmed_at=None),
            )
            self._audit.record(tx, actor, "totp.enrol", resource(user))
            return TotpEnrolment(codes.otpauth_uri(secret, user.username, self._host), secret)

        return await self._database.write(enrol)

    async def confirm(self, actor: Actor, request: CodeRequest) -> RecoveryCodes:
        """From now on the code is asked for at every sign-in. The recovery codes are shown this once."""
        self._limits.begin_factor(actor.user_id, self._clock.monotonic())

        def confirm(tx: Transaction) -> RecoveryCodes:
            user = self.own(tx, actor)
            totp = store.get_totp(tx, user.id)
            if totp is None or totp.confirmed_at is not None:
                raise Conflict(
                    "there is no authenticator app to confirm", next_step="Begin with: nimbus iam totp enrol"
                )
            if not self._use_code(tx, user, totp, request.code):
                raise wrong_code()
            is_first = not store.counts(tx, user.id).any
            store.confirm_totp(tx, user.id, self._clock.now())
            self._sessions.shown_factor(tx, actor, "otp")
            self._audit.record(
                tx, actor, "totp.confirm", resource(user), before={"mfa": False}, after={"mfa": True}
            )
            if is_first:
                self.end_sessions_without(tx, actor, user)
            return RecoveryCodes(self.first_recovery_codes(tx, user))

        recovery = await self._database.write(confirm)
        self._limits.factor_succeeded(actor.user_id)
        return recovery

    async def verify(self, actor: Actor, request: CodeRequest) -> FactorsView:
        """Show a code in a session that began without: by an identity provider, or before a policy wanted one."""
        self._limits.begin_factor(actor.user_id, self._clock.monotonic())

        def verify(tx: Transaction) -> FactorsView:
            user = self.own(tx, actor, recent=False)
            kind = self.accept(tx, user, request.code)
            if kind is None:
                raise wrong_code()
            self._sessions.shown_factor(tx, actor, "otp")
            self._audit.record(tx, actor, "second_factors.verify", resource(user), after={"factor": kind})
            return self._view(tx, user)

        view = await self._database.write(verify)
        self._limits.factor_succeeded(actor.user_id)
        return view

    async def disable(self, actor: Actor, request: CodeRequest) -> FactorsView:
        """Wants a code of it, or a recovery code."""
        self._limits.begin_factor(actor.user_id, self._clock.monotonic())

        def disable(tx: Transaction) -> FactorsView:
            user = self.own(tx, actor, recent=False)
            totp = store.get_totp(tx, user.id)
            if totp is None or totp.confirmed_at is None:
                raise Conflict("you have no authenticator app", next_step="See: nimbus iam totp --help")
            if not self.accept(tx, user, request.code):
                raise wrong_code()
            store.delete_totp(tx, user.id)
            self.taken_away(tx, user)
            self._audit.record(tx, actor, "totp.disable", resource(user))
            return self._view(tx, user)

        view = await self._database.write(disable)
        self._limits.factor_succeeded(actor.user_id)
        return view

    def accept(self, tx: Transaction, user: User, code: str) -> str | None:
        """The factor that `code` is of (totp, recovery_code), which is used up by it; None when it is wrong."""
        totp = store.get_totp(tx, user.id)
        if totp is not None and totp.confirmed_at is not None and self._use_code(tx, user, totp, code):
            return "totp"
        hashed = codes.recovery_hash(user.id, code)
        if hashed is not None and store.use_recovery_code(tx, user.id, hashed, self._clock.now()):
            return "recovery_code"
        return None

    def _use_code(self, tx: Transaction, user: User, totp: Totp, code: str) -> bool:
        secret = self._sealer.open(totp.sealed_secret, totp_context(user.id))
        now_s = to_seconds(self._clock.now())
        step = codes.matching_step(secret, codes.normalized_code(code), now_s, totp.last_step)
        return step is not None and store.use_step(tx, user.id, step)

    # Recovery codes.

    async def regenerate(self, actor: Actor, request: CodeRequest) -> RecoveryCodes:
        """Ten new ones; the old ones are void. Wants a code where there is an authenticator app, else a fresh
        sign-in."""
        self._limits.begin_factor(actor.user_id, self._clock.monotonic())

        def regenerate(tx: Transaction) -> RecoveryCodes:
            user = self.own(tx, actor)
            counts = store.counts(tx, user.id)
            if not counts.any:
                raise Conflict(
                    "recovery codes come with a second factor", next_step="Begin with: nimbus iam totp enrol"
                )
            if counts.totp and not self.accept(tx, user, request.code):
                raise wrong_code()
            self._audit.record(tx, actor, "recovery_codes.create", resource(user))
            return RecoveryCodes(self._new_codes(tx, user))

        recovery = await self._database.write(regenerate)
        self._limits.factor_succeeded(actor.user_id)
        return recovery

    def first_recovery_codes(self, tx: Transaction, user: User) -> tuple[str, ...]:
        """With the first factor; none when there are some."""
        return () if store.counts(tx, user.id).recovery_codes else self._new_codes(tx, user)

    def _new_codes(self, tx: Transaction, user: User) -> tuple[str, ...]:
        new = codes.new_recovery_codes()
        store.put_recovery_codes(tx, user.id, [_hash(user.id, code) for code in new])
        return new

    def end_sessions_without(self, tx: Transaction, actor: Actor, user: User) -> None:
        """A second factor that was set up holds from now on for who has signed in with less, too."""
        reason = "a second factor was set up, and this session was opened without one"
        self._sessions.end_all(tx, actor, user, reason, but=actor.session_id)

    def taken_away(self, tx: Transaction, user: User) -> None:
        """A factor, by its user: recovery codes go with the last one. Raises LastFactor."""
        self._policy.check_may_lose_last(tx, user)
        if not store.counts(tx, user.id).any:
            store.delete_recovery_codes(tx, user.id)

    def shown_by(self, tx: Transaction, actor: Actor, *methods: str) -> None:
        self._sessions.shown_factor(tx, actor, *methods)

    # Of others.

    async def reset(self, actor: Actor, target: Target) -> FactorsView:
        """Take all factors of somebody away, who has lost them. Their password alone signs them in then."""

        def reset(tx: Transaction) -> FactorsView:
            user = self._users.find(tx, actor, target.reference)
            self._users.check_own_by_session(actor, user)
            if user.id == actor.user_id:
                raise invalid(
                    "user",
                    f"take your own away one by one, not {target.reference or ME!r}",
                    next_step="Use: nimbus iam totp disable",
                )
            self._users.require(tx, actor, Permission.USER_WRITE, user)
            before = store.counts(tx, user.id)
            store.delete_totp(tx, user.id)
            store.delete_passkeys_of(tx, user.id)
            store.delete_recovery_codes(tx, user.id)
            self._audit.record(
                tx,
                actor,
                "second_factors.reset",
                resource(user),
                before=msgspec.to_builtins(before),
                after=msgspec.to_builtins(store.counts(tx, user.id)),
            )
            return self._view(tx, user)

        return await self._database.write(reset)


def passkey_view(passkey: Passkey) -> PasskeyView:
    return PasskeyView(
        id=passkey.id,
        name=passkey.name,
        backed_up=passkey.backed_up,
        transports=passkey.transports,
        created_at=to_rfc3339(passkey.created_at),
        last_used_at=optional_rfc3339(passkey.last_used_at),
        revision=passkey.revision,
    )


def wrong_code() -> ValidationError:
    return invalid("code", "is wrong, too old, or was used already", next_step="Wait for the next one.")


def _hash(user_id: str, code: str) -> str:
    hashed = codes.recovery_hash(user_id, code)
    assert hashed is not None
    return hashed


def totp_context(user_id: str) -> str:
    return f"totp:{user_id}"
