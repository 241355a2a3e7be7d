"""From a browser that is signed in to a command line: a one-time code, good for the command line that began alone.

It opens the dashboard's page with its port, a challenge and a state. The page asks the person, gets a code for
their session and sends the browser with it to the command line's loopback address (RFC 8252); that shows the code
with the verifier of its challenge (RFC 7636), and has a session of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Forbidden, Unauthenticated, invalid
from nimbus.kernel.ids import new_secret
from nimbus.kernel.shapes import PORT, matching, whole
from nimbus.people.identity import store as users
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.proof_key import Challenge, answers, check_challenge
from nimbus.people.identity.sessions import store
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.identity.sessions.service import Sessions, hash_of, resource
from nimbus.records.audit.service import AuditLog

CODE_S = 60
MAX_STATE = 200
_STATE = re.compile(r"[A-Za-z0-9._~-]*", re.ASCII)


class CliGrantRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the command line put into the page's address: its port on loopback, its challenge, its state."""

    challenge: Challenge
    port: Annotated[int, whole(*PORT)]
    state: Annotated[str, matching(_STATE, maxLength=MAX_STATE)] = ""


class CliGrant(msgspec.Struct, frozen=True):
    """`redirect` is where the page sends the browser; the code is in it."""

    redirect: str
    expires_in: int

    def __repr__(self) -> str:
        return "CliGrant()"


class CliExchangeRequest(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    verifier: str

    def __repr__(self) -> str:
        return "CliExchangeRequest()"


# Called with the id of the session that it was opened from, and its own.
SessionOpened = Callable[[Transaction, str, str], None]


class CliGrants:
    """`on_opened` are called, in the transaction, with the browser's session and the new one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        limits: LoginLimits,
        sessions: Sessions,
        *,
        on_opened: Iterable[SessionOpened] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._limits = limits
        self._sessions = sessions
        self._on_opened = tuple(on_opened)

    async def issue(self, actor: Actor, request: CliGrantRequest) -> CliGrant:
        """A code, in place of the one before of the same session. Raises Forbidden for whoever came with a key."""
        challenge = check_challenge(request.challenge)
        if not 1 <= request.port <= 65535:
            raise invalid("port", "must be from 1 to 65535")
        if len(request.state) > MAX_STATE or not _STATE.fullmatch(request.state):
            raise invalid("state", f"must be at most {MAX_STATE} letters, digits and . _ ~ -")
        if not actor.session_id:
            raise Forbidden("this wants a signed-in session, not a key", next_step="Sign in: nimbus login")
        code = new_secret()

        def issue(tx: Transaction) -> None:
            session = store.get_session(tx, actor.session_id)
            user = users.get_user(tx, session.user_id) if session else None
            if session is None or user is None:
                raise _refused()
            store.put_cli_grant(
                tx, hash_of(code), session.id, challenge, self._clock.now() + from_seconds(CODE_S)
            )
            self._audit.record(tx, actor, "session.grant", resource(session, user))

        await self._database.write(issue)
        query = urlencode({"code": code, "state": request.state})
        return CliGrant(f"http://127.0.0.1:{request.port}/callback?{query}", CODE_S)

    async def exchange(self, stranger: Actor, request: CliExchangeRequest, user_agent: str) -> SignedIn:
        """The code is spent by the first who shows it, whether they have the verifier or not. The new session is
        no newer sign-in than the browser's, and ends with it. Raises Unauthenticated, RateLimited."""
        self._limits.begin_address(stranger.source, self._clock.monotonic())
        code_hash = hashlib.sha256(request.code.encode("utf-8", "replace")).hexdigest()

        def exchange(tx: Transaction) -> SignedIn | None:
            now = self._clock.now()
            grant = store.take_cli_grant(tx, code_hash)
            # Not from the future either: a clock that was set back must not keep it good.
            if grant is None or not now < grant.expires_at <= now + from_seconds(CODE_S):
                return None
            session = store.get_session(tx, grant.session_id)
            user = users.get_user(tx, session.user_id) if session else None
            if not answers(request.verifier, grant.challenge) or session is None or user is None:
                return None
            if not user.enabled or not self._sessions.is_live(session):
                return None
            signed_in = self._sessions.open(tx, stranger, user, session.methods, user_agent, parent=session)
            for call in self._on_opened:
                call(tx, session.id, signed_in.session_id)
            return signed_in

        done = await self._database.write(exchange)
        if done is None:
            raise _refused()
        self._limits.address_succeeded(stranger.source)
        return done


def _refused() -> Unauthenticated:
    return Unauthenticated(
        "the code has expired, was already used, or was issued to another client",
        next_step="Begin again: nimbus login --browser",
    )
