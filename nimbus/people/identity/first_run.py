"""The first administrator, made in a browser by whoever can read the control plane's terminal or data folder.

Each start makes a new setup token, good for a day; of it the hash alone is stored. It is void as soon as there is
an administrator, however that came to be.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM, Actor
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Conflict, Unauthenticated
from nimbus.kernel.ids import new_secret
from nimbus.people.identity import store
from nimbus.people.identity.authentication import PASSWORD
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.identity.records import EmailOrNone, Password, Username
from nimbus.people.identity.rules import check_account, check_email, check_password, check_username
from nimbus.people.identity.service import Identity, already_there
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.identity.sessions.service import Sessions

SETUP_TOKEN_S = 86400


class SetupRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`token` is the one that the control plane told on its host. `cookie`: as of a login."""

    token: str
    username: Username
    password: Password
    email: EmailOrNone = ""
    cookie: bool = False

    def __repr__(self) -> str:
        return "SetupRequest()"


def issue(tx: Transaction, now: int) -> str:
    """A token in place of the one before. Raises Conflict when there is an administrator."""
    if store.first_administrator(tx) is not None:
        raise already_there()
    token = new_secret()
    store.set_setup_token(tx, _hash(token), now + from_seconds(SETUP_TOKEN_S))
    return token


class FirstRun:
    """`on_done` are called after the administrator was made."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        identity: Identity,
        hasher: PasswordHasher,
        limits: LoginLimits,
        sessions: Sessions,
        *,
        min_password_length: int,
        on_done: Iterable[Callable[[], None]] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._identity = identity
        self._hasher = hasher
        self._limits = limits
        self._sessions = sessions
        self._min_length = min_password_length
        self._on_done = tuple(on_done)

    def is_required(self, tx: Transaction) -> bool:
        return not self._identity.has_administrator(tx)

    async def offer(self) -> str:
        """A new token; "" when there is an administrator."""

        def offer(tx: Transaction) -> str:
            return issue(tx, self._clock.now()) if self.is_required(tx) else ""

        return await self._database.write(offer)

    async def set_up(self, stranger: Actor, request: SetupRequest, user_agent: str) -> SignedIn:
        """Raises Conflict, Unauthenticated, RateLimited, ValidationError. The token is looked at before anything
        that takes long, and again in the transaction: of two at once one makes the administrator."""
        await self._admit(stranger, request.token)
        check_account(request.username, request.email, request.password, min_length=self._min_length)
        username, email = check_username(request.username), check_email(request.email)
        check_password(request.password, username, min_length=self._min_length)
        hashed = await self._hasher.hash(request.password)
        # Nobody is there yet who could have done it: it is the control plane's own act, from that address.
        maker = msgspec.structs.replace(SYSTEM, source=stranger.source, request_id=stranger.request_id)

        def set_up(tx: Transaction) -> SignedIn:
            self._check(tx, request.token)
            user = self._identity.make_first(tx, maker, username, email=email, password_hash=hashed)
            return self._sessions.open(tx, stranger, user, (PASSWORD,), user_agent)

        done = await self._database.write(set_up)
        for call in self._on_done:
            call()
        return done

    async def _admit(self, stranger: Actor, token: str) -> None:
        self._limits.begin_address(stranger.source, self._clock.monotonic())
        try:
            await self._database.read(lambda tx: self._check(tx, token))
        except Conflict:
            self._limits.address_succeeded(stranger.source)
            raise
        self._limits.address_succeeded(stranger.source)

    def _check(self, tx: Transaction, token: str) -> None:
        if not self.is_required(tx):
            raise already_there()
        known = store.setup_token(tx)
        now = self._clock.now()
        # Not from the future either: a clock that was set back must not keep it good.
        live = known is not None and now < known[1] <= now + from_seconds(SETUP_TOKEN_S)
        if not hmac.compare_digest(_hash(token), known[0] if known else "") or not live:
            raise Unauthenticated(
                "the setup token is wrong, was replaced, or has expired",
                next_step="Make a new one on the control plane's host: nimbus setup-token",
            )


def _hash(token: str) -> str:
    """SHA-256: the token has 256 random bits, so that there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
