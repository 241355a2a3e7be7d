"""The door to sessions: open, refresh, recognise, list, end."""

from __future__ import annotations

import builtins
import hashlib
import re
from collections.abc import Callable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.db.retention import is_vouched_for
from nimbus.kernel.access import EVERYWHERE, NOWHERE, Access, Actor
from nimbus.kernel.clock import MICROSECONDS, Clock, from_seconds, to_rfc3339, to_seconds
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Forbidden, NotFound, Unauthenticated
from nimbus.kernel.events import EventBus
from nimbus.kernel.ids import is_id, new_id, new_secret
from nimbus.kernel.principals import AccessChanged, RecentlyKnown
from nimbus.kernel.routing import Target
from nimbus.people.identity import store as users
from nimbus.people.identity.records import User
from nimbus.people.identity.refusals import SignInRefused
from nimbus.people.identity.sessions import store, tokens
from nimbus.people.identity.sessions.records import (
    MAX_USER_AGENT,
    MULTIPLE,
    Session,
    SessionPolicy,
    SessionQuery,
    SessionView,
    SignedIn,
    SignedOut,
)
from nimbus.people.identity.sessions.token_keys import TokenKeys
from nimbus.people.identity.views import UserViews
from nimbus.records.audit.records import DENIED, Resource
from nimbus.records.audit.service import AuditLog

AccessOf = Callable[[Transaction, User], Access]
MAX_SESSIONS = 200
REFRESH_PREFIX = "nrt_"
# Ended ones are kept a week, so that the reuse of their tokens is still told from a token that never was.
_KEEP_ENDED = from_seconds(7 * 86400)
_REFRESH = re.compile(REFRESH_PREFIX + r"[A-Za-z0-9_-]{43}")
# All that a session may do that does not meet a policy: show a second factor, or set one up.
_WITHOUT_FACTOR = re.compile(
    r"(POST /api/v1/users/me/(second-factors/(totp|totp/confirm|verify|recovery-codes)|passkeys(/options)?)"
    r"|GET /api/v1/users/me(/second-factors)?|GET /api/v1/auth/methods|GET /api/v1/whoami"
    r"|POST /api/v1/auth/(logout|reauthenticate))(\?.*)?"
)
# All that a session may do whose user has to choose another password.
_BEFORE_CHANGE = re.compile(
    r"(POST /api/v1/users/[^/?]+/password|GET /api/v1/whoami|POST /api/v1/auth/logout)(\?.*)?"
)


def default_access(_tx: Transaction, user: User) -> Access:
    return EVERYWHERE if user.is_admin else NOWHERE


class _Known(msgspec.Struct, frozen=True):
    """A session that was recognised; the actor is without source and request id."""

    actor: Actor
    must_change_password: bool
    factor_wanted_by: str = ""


class _Refreshed(msgspec.Struct, frozen=True):
    """What became of a refresh: tokens, or the code of what was wrong (reused, unknown, ended)."""

    signed_in: SignedIn | None = None
    problem: str = ""


class Sessions:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        keys: TokenKeys,
        views: UserViews,
        *,
        access_of: AccessOf = default_access,
        policy: SessionPolicy | None = None,
        wants_factor: Callable[[Transaction, User], str] = lambda _tx, _user: "",
    ) -> None:
        """`wants_factor` says whose policy wants a second factor of a user; "": nobody's."""
        self._database = database
        self._clock = clock
        self._audit = audit
        self._keys = keys
        self._views = views
        self._access_of = access_of
        self.policy = policy or SessionPolicy()
        self._wants_factor = wants_factor
        self._idle = from_seconds(self.policy.idle_s)
        self._known: RecentlyKnown[_Known] = RecentlyKnown()
        self._used: dict[str, tuple[int, str]] = {}

    def subscribe(self, bus: EventBus) -> None:
        self._known.subscribe(bus)
        self._keys.subscribe(bus)

    async def load(self) -> None:
        await self._keys.load()

    async def remove_expired(self) -> None:
        """Called now and then: write when sessions were last used, forget those that ended, change keys by age."""
        now = self._clock.now()
        used, self._used = self._used, {}

        def remove_expired(tx: Transaction) -> None:
            store.note_used(tx, [(at, source, session_id) for session_id, (at, source) in used.items()])
            # A clock that was set ahead for a moment must not sign everybody out.
            if is_vouched_for(tx, now):
                store.forget_ended(tx, now - _KEEP_ENDED, now - _KEEP_ENDED)

        await self._database.write(remove_expired)
        await self._keys.remove_expired()

    # Opening and refreshing.

    def open(
        self,
        tx: Transaction,
        stranger: Actor,
        user: User,
        methods: tuple[str, ...],
        user_agent: str,
        *,
        parent: Session | None = None,
    ) -> SignedIn:
        """A session for a user who has proved who they are. `stranger` has the source and the request id. One that
        comes of a `parent` is no newer sign-in than it, and ends with it at the latest."""
        now = self._clock.now()
        ends = now + from_seconds(self.policy.absolute_s)
        session = Session(
            id=new_id(),
            user_id=user.id,
            methods=methods,
            source=stranger.source,
            user_agent=shown_agent(user_agent),
            created_at=now,
            last_used_at=now,
            last_used_from=stranger.source,
            expires_at=ends if parent is None else min(ends, parent.expires_at),
            authenticated_at=now if parent is None else parent.authenticated_at,
            parent_id=None if parent is None else parent.id,
        )
        self._make_room(tx, stranger, user)
        store.insert_session(tx, session)
        user = msgspec.structs.replace(user, last_login_at=now)
        users.update_user(tx, user)
        actor = self._actor(tx, user, session, stranger)
        self._audit.record(
            tx,
            actor,
            "session.create",
            resource(session, user),
            after={"methods": list(methods), "user_agent": session.user_agent},
        )
        return self._signed_in(tx, user, session, now)

    def is_live(self, session: Session) -> bool:
        return session.is_live(self._clock.now(), self._idle)

    def _make_room(self, tx: Transaction, stranger: Actor, user: User) -> None:
        """Whoever signs in again and again does not fill the disk: those that were not used for longest end."""
        live = sorted(store.live_sessions_of(tx, user.id), key=lambda session: session.last_used_at)
        for session in live[: max(0, len(live) - MAX_SESSIONS + 1)]:
            self._end(tx, stranger, session, user, f"more than {MAX_SESSIONS} sessions")

    def _signed_in(self, tx: Transaction, user: User, session: Session, now: int) -> SignedIn:
        refresh = REFRESH_PREFIX + new_secret()
        store.insert_refresh_token(tx, hash_of(refresh), session.id, now)
        iat = now // MICROSECONDS
        lifetime = self.policy.access_token_s
        claims = tokens.Claims(
            sub=user.id,
            username=user.username,
            admin=user.is_admin,
            sid=session.id,
            jti=new_id(),
            iat=iat,
            exp=iat + lifetime,
            amr=session.methods,
        )
        ends = min(session.expires_at, now + self._idle)
        return SignedIn(
            access_token=tokens.issue(self._keys.current(), claims),
            expires_in=lifetime,
            refresh_token=refresh,
            refresh_expires_in=int(to_seconds(ends - now)),
            session_id=session.id,
            user=self._views.view(tx, user),
            second_factor_wanted_by=self._wanted(tx, user, session) or None,
        )

    def _wanted(self, tx: Transaction, user: User, session: Session) -> str:
        return "" if MULTIPLE in session.methods else self._wants_factor(tx, user)

    def factor_wanted_by(self, tx: Transaction, actor: Actor) -> str:
        """Whose policy the actor's session does not meet; "": nobody's, or they came with a key."""
        session = store.get_session(tx, actor.session_id) if actor.session_id else None
        user = users.get_user(tx, actor.user_id) if session else None
        return self._wanted(tx, user, session) if session and user else ""

    def shown_factor(self, tx: Transaction, actor: Actor, *methods: str) -> None:
        """In this session: what a policy wants of it is met."""
        session = store.get_session(tx, actor.session_id) if actor.session_id else None
        if session is not None:
            shown = dict.fromkeys((*session.methods, *methods, MULTIPLE))
            store.set_methods(tx, session.id, tuple(shown))
            tx.emit(AccessChanged())

    def forget_known(self) -> None:
        """What a policy wants has changed: everybody is looked at again."""
        self._known.forget()

    async def refresh(self, stranger: Actor, token: str) -> SignedIn:
        """A new pair of tokens for a refresh token, which is spent by it. One that is spent already ends the
        session: also when it is the holder's own that tries again after an answer that was lost, because nobody
        can tell the two apart."""
        if not token:
            # Every visitor's page asks once: that is no attempt at anything.
            raise _ended("there is no session to continue", audited=True)
        if not _REFRESH.fullmatch(token):
            raise _ended("the refresh token is none of this control plane's")
        token_hash = hash_of(token)
        # What nobody was ever given costs no transaction.
        if await self._database.read(lambda tx: store.find_refresh_token(tx, token_hash)) is None:
            raise _ended("the refresh token is none of this control plane's")
        done = await self._database.write(lambda tx: self._refresh(tx, stranger, token_hash))
        if done.signed_in is not None:
            return done.signed_in
        if done.problem == "reused":
            raise _ended("the refresh token was used before; its session is ended", audited=True)
        raise _ended("the session has ended")

    def _refresh(self, tx: Transaction, stranger: Actor, token_hash: str) -> _Refreshed:
        now = self._clock.now()
        known = store.find_refresh_token(tx, token_hash)
        session = store.get_session(tx, known.session_id) if known else None
        user = users.get_user(tx, session.user_id) if session else None
        if session is None or user is None:
            return _Refreshed(problem="unknown")
        if session.revoked_at is not None:
            return _Refreshed(problem="ended")
        if not store.spend_refresh_token(tx, token_hash, now):
            self._audit.record_refusal(
                tx, stranger, "session.refresh", resource(session, user), "REFRESH_TOKEN_REUSED", DENIED
            )
            self._end(tx, stranger, session, user, "a spent refresh token was shown")
            return _Refreshed(problem="reused")
        if not session.is_live(now, self._idle) or not user.enabled:
            return _Refreshed(problem="ended")
        store.note_used(tx, [(now, stranger.source, session.id)])
        return _Refreshed(self._signed_in(tx, user, session, now))

    # Recognising.

    async def recognise(self, shown: Presented) -> Actor | None:
        """Who sends a request with an access token. Raises Unauthenticated; Forbidden when they have to change
        their password first."""
        if not shown.bearer:
            return None
        now = self._clock.now()
        claims = tokens.read(shown.bearer, self._keys.find, to_seconds(now))
        known = self._known.get(f"session:{claims.sid}", now)
        if known is None:
            generation = self._known.generation
            looked_up = await self._database.read(lambda tx: self._look_up(tx, claims, now))
            if looked_up is None:
                raise _ended("the session has ended")
            known, until = looked_up
            self._known.put(f"session:{claims.sid}", known, expires_at=until, generation=generation)
        if known.actor.user_id != claims.sub:
            raise _ended("the access token is of another session")
        if known.must_change_password and not _BEFORE_CHANGE.fullmatch(f"{shown.method} {shown.target}"):
            raise Forbidden(
                "you have to choose another password first",
                code="PASSWORD_CHANGE_REQUIRED",
                next_step="Run: nimbus iam set-password",
            )
        if known.factor_wanted_by and not _WITHOUT_FACTOR.fullmatch(f"{shown.method} {shown.target}"):
            raise Forbidden(
                f"{known.factor_wanted_by} requires a second factor, and this sign-in had none",
                code="SECOND_FACTOR_WANTED",
                next_step="Set one up (nimbus iam totp enrol), or show it: nimbus iam verify-second-factor",
            )
        self._used[claims.sid] = (now, shown.source)
        return msgspec.structs.replace(known.actor, source=shown.source, request_id=shown.request_id)

    def _look_up(self, tx: Transaction, claims: tokens.Claims, now: int) -> tuple[_Known, int] | None:
        """None when it has ended; and until when that holds: its end, or that of a grant."""
        session = store.get_session(tx, claims.sid)
        user = users.get_user(tx, session.user_id) if session else None
        if session is None or user is None or not user.enabled or not session.is_live(now, self._idle):
            return None
        actor = self._actor(tx, user, session, Actor("", "", ""))
        changes_at = actor.access.changes_at
        until = session.expires_at if changes_at is None else min(session.expires_at, changes_at)
        # Whoever has to choose a password does that first.
        wanted = "" if user.must_change_password else self._wanted(tx, user, session)
        return _Known(actor, user.must_change_password, wanted), until

    def _actor(self, tx: Transaction, user: User, session: Session, stranger: Actor) -> Actor:
        return Actor(
            kind="user",
            id=user.id,
            name=user.username,
            access=self._access_of(tx, user),
            session_id=session.id,
            user_id=user.id,
            source=stranger.source,
            request_id=stranger.request_id,
        )

    def require_recent(self, tx: Transaction, actor: Actor) -> Session:
        """Before somebody changes how they sign in: they must have signed in, a short while ago. Raises
        Forbidden."""
        session = store.get_session(tx, actor.session_id) if actor.session_id else None
        if session is None:
            raise Forbidden("this wants a signed-in session, not a key", next_step="Sign in: nimbus login")
        if not self.is_recent(session.authenticated_at):
            minutes = self.policy.recent_s // 60
            raise Forbidden(
                f"this wants a sign-in that is not older than {minutes} minutes",
                code="RECENT_SIGN_IN_REQUIRED",
                next_step="Sign in again: nimbus login",
            )
        return session

    def reauthenticated(self, tx: Transaction, actor: Actor, methods: tuple[str, ...]) -> int:
        """The actor has just proved who they are in this session: until when that counts, in epoch microseconds."""
        session, now = store.get_session(tx, actor.session_id), self._clock.now()
        if session is None or session.revoked_at is not None:
            raise _ended("the session has ended")
        shown = tuple(dict.fromkeys((*session.methods, *methods)))
        store.set_authenticated(tx, session.id, now, shown)
        tx.emit(AccessChanged())
        return now + from_seconds(self.policy.recent_s)

    def is_recent(self, at: int) -> bool:
        return 0 <= self._clock.now() - at <= from_seconds(self.policy.recent_s)

    # Listing and ending.

    async def list(
        self, actor: Actor, query: SessionQuery, find_user: Callable[[Transaction, Actor, str], User]
    ) -> tuple[builtins.list[SessionView], int]:
        """Live ones, of oneself or of `query.user`. `find_user` raises NotFound."""
        if not query.user and not actor.user_id:
            return [], 0

        def read_page(tx: Transaction) -> tuple[builtins.list[SessionView], int]:
            user = find_user(tx, actor, query.user or "me")
            sessions, total = store.select_sessions(
                tx, query, user_id=user.id, now=self._clock.now(), idle=self._idle
            )
            return [self._view(session, user, actor) for session in sessions], total

        return await self._database.read(read_page)

    async def revoke(
        self, actor: Actor, target: Target, may_end: Callable[[Transaction, Actor, User], None]
    ) -> SessionView:
        """End a session, at once. `may_end` raises NotFound when the actor may not know of the user's sessions, and
        Forbidden when they may only look."""
        absent = NotFound(f"there is no session {target.reference!r}", next_step="See: nimbus iam sessions")

        def revoke(tx: Transaction) -> SessionView:
            session = store.get_session(tx, target.reference.lower()) if is_id(target.reference) else None
            user = users.get_user(tx, session.user_id) if session else None
            if session is None or user is None or session.revoked_at is not None:
                raise absent
            if user.id != actor.self_id:
                try:
                    may_end(tx, actor, user)
                except NotFound:
                    raise absent from None
            self._end(tx, actor, session, user, "revoked")
            return self._view(session, user, actor)

        return await self._database.write(revoke)

    async def sign_out(self, stranger: Actor, *, bearer: str, refresh_token: str) -> SignedOut:
        """End the session of either token, also of an access token that has expired. Raises Unauthenticated when
        neither is of this control plane; signing out of what has ended already is no error."""
        session_id = ""
        if bearer:
            now_s = to_seconds(self._clock.now())
            session_id = tokens.read(bearer, self._keys.find, now_s, may_be_expired=True).sid
        token_hash = hash_of(refresh_token) if _REFRESH.fullmatch(refresh_token) else ""
        if not session_id and not token_hash:
            raise _ended("nothing says which session is to end")

        def sign_out(tx: Transaction) -> SignedOut:
            known = store.find_refresh_token(tx, token_hash) if token_hash else None
            session = store.get_session(tx, session_id or (known.session_id if known else ""))
            user = users.get_user(tx, session.user_id) if session else None
            if session is None or user is None:
                return SignedOut(None)
            self._end(tx, self._actor(tx, user, session, stranger), session, user, "signed out")
            return SignedOut(session.id)

        return await self._database.write(sign_out)

    def end_all(self, tx: Transaction, actor: Actor, user: User, reason: str, *, but: str = "") -> None:
        """Of a user, but for the session `but`."""
        self.stand_alone(tx, but)
        for session in store.live_sessions_of(tx, user.id):
            if session.id != but:
                self._end(tx, actor, session, user, reason)

    def end(self, tx: Transaction, actor: Actor, session_id: str, reason: str) -> int:
        """One of them and those that were opened from it, in the caller's transaction, who has checked what `actor`
        may; how many were live."""
        session = store.get_session(tx, session_id)
        user = users.get_user(tx, session.user_id) if session else None
        if session is None or user is None or session.revoked_at is not None:
            return 0
        return self._end(tx, actor, session, user, reason)

    def stand_alone(self, tx: Transaction, session_id: str) -> None:
        """It goes on when the session that it was opened from ends; its user has just shown again who they are."""
        store.forget_parent(tx, session_id)

    def delete_all(self, tx: Transaction, user_id: str) -> None:
        """Of a user who is deleted."""
        store.delete_sessions_of(tx, user_id)
        tx.emit(AccessChanged())

    def _end(self, tx: Transaction, actor: Actor, session: Session, user: User, reason: str) -> int:
        if not store.revoke_session(tx, session.id, self._clock.now(), reason):
            return 0
        self._audit.record(tx, actor, "session.revoke", resource(session, user), after={"reason": reason})
        tx.emit(AccessChanged())
        why = "the session that it was opened from ended"
        return 1 + sum(
            self._end(tx, actor, opened, user, why) for opened in store.opened_from(tx, session.id)
        )

    def _view(self, session: Session, user: User, actor: Actor) -> SessionView:
        at, source = self._used.get(session.id, (0, ""))
        used_at, used_from = max((session.last_used_at, session.last_used_from), (at, source))
        return SessionView(
            id=session.id,
            user_id=user.id,
            user=user.username,
            methods=session.methods,
            source=session.source,
            last_used_from=used_from,
            user_agent=session.user_agent,
            created_at=to_rfc3339(session.created_at),
            last_used_at=to_rfc3339(used_at),
            current=session.id == actor.session_id,
            expires_at=to_rfc3339(min(session.expires_at, used_at + self._idle)),
        )


def resource(session: Session, user: User) -> Resource:
    return Resource("session", session.id, user.username, organization_id=user.organization_id)


def hash_of(token: str) -> str:
    """SHA-256: the token has 256 random bits, so that there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_agent(text: str) -> str:
    """A User-Agent header as it can be shown anywhere, cut."""
    return "".join(letter for letter in text if letter.isascii() and letter.isprintable())[:MAX_USER_AGENT]


def _ended(message: str, *, audited: bool = False) -> Unauthenticated:
    kind = SignInRefused if audited else Unauthenticated
    return kind(message, next_step="Sign in again: nimbus login")
