"""The door for strangers: from a password, a code or a passkey to a session."""

from __future__ import annotations

from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Unauthenticated, invalid
from nimbus.people.identity import store
from nimbus.people.identity.factors import store as factors_store
from nimbus.people.identity.factors.challenges import Challenge, Challenges
from nimbus.people.identity.factors.passkeys import Passkeys
from nimbus.people.identity.factors.records import PasskeyOptions
from nimbus.people.identity.factors.service import SecondFactors
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.identity.records import User
from nimbus.people.identity.refusals import SecondFactorRequired, SignInRefused
from nimbus.people.identity.rules import MAX_PASSWORD_BYTES, known_as
from nimbus.people.identity.sessions.records import MULTIPLE, SignedIn
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.identity.users import resource
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit.refusals import RefusalLog

UNKNOWN = User(id="", organization_id=None, username="", created_at=0, updated_at=0)
PASSWORD, ONE_TIME, POSSESSION, VERIFIED = "pwd", "otp", "pop", "user"


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`otp` is a code of the authenticator app or a recovery code, where one is wanted. `cookie`: the refresh token
    goes into a cookie that scripts cannot read."""

    username: str
    password: str
    otp: str = ""
    cookie: bool = False

    def __repr__(self) -> str:
        return f"LoginRequest({self.username!r})"


class SecondFactorRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`challenge` comes with the answer SECOND_FACTOR_REQUIRED."""

    challenge: str
    otp: str
    cookie: bool = False

    def __repr__(self) -> str:
        return "SecondFactorRequest()"


class PasskeyOptionsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`challenge`: the passkey is the second factor after a password. Without it the passkey is all."""

    challenge: str = ""


class PasskeySignIn(msgspec.Struct, forbid_unknown_fields=True):
    """`credential` is what `navigator.credentials.get()` answered, as JSON."""

    state: str
    credential: dict[str, Any]
    cookie: bool = False


class Authentication:
    """Every way in is slowed down by `LoginLimits`, and leaves a row in the audit log, whether it leads in or not.
    A name that is not known is not written there: it may be a password in the wrong field."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        refusals: RefusalLog,
        hasher: PasswordHasher,
        limits: LoginLimits,
        sessions: Sessions,
        factors: SecondFactors,
        passkeys: Passkeys,
        challenges: Challenges,
    ) -> None:
        self._database = database
        self._clock = clock
        self._refusals = refusals
        self._hasher = hasher
        self._limits = limits
        self._sessions = sessions
        self._factors = factors
        self._passkeys = passkeys
        self._challenges = challenges

    async def remove_expired(self) -> None:
        """Called now and then."""
        await self._database.write(self._challenges.forget)

    async def login(self, stranger: Actor, request: LoginRequest, user_agent: str) -> SignedIn:
        """Raises SignInRefused, SecondFactorRequired, RateLimited."""
        username = known_as(request.username)
        if len(request.password.encode("utf-8", "replace")) > MAX_PASSWORD_BYTES:
            raise invalid("password", f"must have at most {MAX_PASSWORD_BYTES} bytes")
        self._limits.begin(username, stranger.source, self._clock.monotonic())
        user = await self._database.read(lambda tx: store.find_user(tx, username)) if username else None
        known = user or UNKNOWN
        if not await self._hasher.verify(request.password, known.password_hash) or user is None:
            raise self._denied(stranger, known, "WRONG_PASSWORD", "the user name or the password is wrong")
        self._limits.succeeded(username, stranger.source)
        if not user.enabled:
            raise self._denied(stranger, user, "USER_DISABLED", "this account is disabled")
        rehashed = ""
        if self._hasher.is_outdated(user.password_hash):
            rehashed = await self._hasher.hash(request.password)
        challenge = _challenge_of(user)
        counts = await self._database.read(lambda tx: factors_store.counts(tx, user.id))
        if counts.any and not request.otp:
            raise await self._second_factor_required(user)
        return await self._finish(stranger, challenge, request.otp, user_agent, rehashed)

    async def _second_factor_required(self, user: User) -> SecondFactorRequired:
        counts = await self._database.read(lambda tx: factors_store.counts(tx, user.id))
        there_are = {
            "totp": "a code of the authenticator app" if counts.totp else "",
            "passkey": "a passkey, in a browser" if counts.passkeys else "",
            "recovery_code": "one of the recovery codes" if counts.recovery_codes else "",
        }
        asked = _challenge_of(user)
        challenge = self._challenges.issue(
            "second-factor", user_id=user.id, stamp=asked.stamp, methods=asked.methods
        )
        return SecondFactorRequired(challenge, {name: text for name, text in there_are.items() if text})

    async def second_factor(self, stranger: Actor, request: SecondFactorRequest, user_agent: str) -> SignedIn:
        challenge = self._challenges.open("second-factor", request.challenge)
        if not request.otp:
            raise invalid("otp", "is missing")
        return await self._finish(stranger, challenge, request.otp, user_agent, spend=True)

    async def _finish(
        self,
        stranger: Actor,
        challenge: Challenge,
        otp: str,
        user_agent: str,
        rehashed: str = "",
        *,
        spend: bool = False,
    ) -> SignedIn:
        """The password was right. What changed since is looked at again, in the transaction of the session."""
        if otp:
            self._limits.begin_factor(challenge.user_id, self._clock.monotonic())

        def sign_in(tx: Transaction) -> SignedIn | User:
            user = self._unchanged(tx, challenge)
            methods = challenge.methods
            if factors_store.counts(tx, user.id).any:
                if not self._factors.accept(tx, user, otp):
                    return user
                methods = (*methods, ONE_TIME, MULTIPLE)
            if spend:
                self._challenges.spend(tx, challenge)
            if rehashed:
                user = msgspec.structs.replace(user, password_hash=rehashed)
            return self._sessions.open(tx, stranger, user, methods, user_agent)

        done = await self._database.write(sign_in)
        if isinstance(done, User):
            raise self._denied(
                stranger, done, "WRONG_CODE", "the code is wrong, too old, or was used already"
            )
        if otp:
            self._limits.factor_succeeded(challenge.user_id)
        return done

    def _unchanged(self, tx: Transaction, challenge: Challenge) -> User:
        """The user of a challenge, as they were when it was given. Raises Unauthenticated."""
        user = store.get_user(tx, challenge.user_id)
        if user is None or not user.enabled or _stamp(user) != challenge.stamp:
            raise Unauthenticated(
                "the account has changed meanwhile", next_step="Sign in again: nimbus login"
            )
        return user

    # Passkeys.

    async def passkey_options(self, request: PasskeyOptionsRequest) -> PasskeyOptions:
        if not request.challenge:
            return self._passkeys.sign_in([], None)
        asked = self._challenges.open("second-factor", request.challenge)
        allowed = await self._database.read(lambda tx: factors_store.passkeys_of(tx, asked.user_id))
        if not allowed:
            raise invalid("challenge", "this account has no passkey")
        return self._passkeys.sign_in(allowed, asked)

    async def passkey_sign_in(self, stranger: Actor, request: PasskeySignIn, user_agent: str) -> SignedIn:
        """A passkey with user verification stands for both factors."""
        self._limits.begin_address(stranger.source, self._clock.monotonic())
        try:
            done = await self._with_passkey(stranger, request, user_agent)
        except NimbusError as error:
            self._note(stranger, UNKNOWN, "PASSKEY_REFUSED")
            raise _audited(error) from None
        if isinstance(done, User):
            raise self._denied(stranger, done, "USER_DISABLED", "this account is disabled")
        self._limits.address_succeeded(stranger.source)
        return done

    async def _with_passkey(
        self, stranger: Actor, request: PasskeySignIn, user_agent: str
    ) -> SignedIn | User:
        """The user alone when they are disabled."""
        challenge, before, used = await self._passkeys.check(request.state, request.credential)

        def sign_in(tx: Transaction) -> SignedIn | User:
            user = self._unchanged(tx, challenge) if challenge.user_id else store.get_user(tx, before.user_id)
            assert user is not None
            self._passkeys.accept(tx, challenge, before, used)
            if not user.enabled:
                return user
            methods = (*challenge.methods, POSSESSION, VERIFIED, MULTIPLE)
            return self._sessions.open(tx, stranger, user, methods, user_agent)

        return await self._database.write(sign_in)

    # Refusing.

    def _denied(self, stranger: Actor, user: User, code: str, message: str) -> SignInRefused:
        self._note(stranger, user, code)
        return SignInRefused(message, next_step="Try again: nimbus login")

    def _note(self, stranger: Actor, user: User, code: str) -> None:
        self._refusals.note(stranger, "session.create", resource(user), code)


def _stamp(user: User) -> int:
    return user.password_changed_at or 0


def _challenge_of(user: User) -> Challenge:
    return Challenge(
        id="", purpose="second-factor", expires_at=0, user_id=user.id, stamp=_stamp(user), methods=(PASSWORD,)
    )


def _audited(error: NimbusError) -> SignInRefused:
    return SignInRefused(error.message, next_step=error.next_step, details=error.details)
