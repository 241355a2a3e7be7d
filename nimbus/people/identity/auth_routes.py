"""REST routes of signing in and of sessions."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Open, Route, Target
from nimbus.people.identity import cookies
from nimbus.people.identity.authentication import (
    Authentication,
    LoginRequest,
    PasskeyOptionsRequest,
    PasskeySignIn,
    SecondFactorRequest,
)
from nimbus.people.identity.cli_grants import CliExchangeRequest, CliGrant, CliGrantRequest, CliGrants
from nimbus.people.identity.factors.records import PasskeyOptions
from nimbus.people.identity.first_run import FirstRun, SetupRequest
from nimbus.people.identity.reauthentication import Reauthenticated, Reauthentication, ReauthenticationRequest
from nimbus.people.identity.sessions.records import (
    RefreshRequest,
    SessionQuery,
    SessionView,
    SignedIn,
    SignedOut,
)
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.identity.users import Users

_AUTH = "/api/v1/auth"
_SESSION = Collection(
    "/api/v1/sessions", "session", SessionView, reads=Permission.USER_READ, writes=Permission.USER_WRITE
)
_PROVES = "who signs in proves with it who they are; failures are slowed down by account and address"


def routes(
    authentication: Authentication,
    sessions: Sessions,
    users: Users,
    first_run: FirstRun,
    cli_grants: CliGrants,
    reauthentication: Reauthentication,
    *,
    origins: tuple[str, ...] = (),
) -> list[Route]:
    """`origins` are those of pages that may use the cookie, beside the address that the request was sent to."""
    return [
        *_setting_up(first_run, origins),
        *_signing_in(authentication, origins),
        *_command_line(cli_grants),
        *_again(reauthentication),
        *_going_on(sessions, origins),
        *_sessions(sessions, users),
    ]


def _answer(done: SignedIn, *, cookie: bool) -> Answer:
    if not cookie:
        return Answer(done)
    assert done.refresh_token is not None
    header = cookies.set_cookie(done.refresh_token, done.refresh_expires_in)
    return Answer(msgspec.structs.replace(done, refresh_token=None), headers={"Set-Cookie": header})


def _agent(call: Call) -> str:
    return call.headers.get("user-agent", "")


def _again(reauthentication: Reauthentication) -> list[Route]:
    return [
        Route(
            "POST",
            f"{_AUTH}/reauthenticate",
            lambda call: reauthentication.show(call.actor, call.body),
            Open.SIGNED_IN,
            "Show again who one is, in the session that one has",
            body=ReauthenticationRequest,
            answer=Reauthenticated,
            changes=True,
            reason="it is about one's own session; it wants the password or a passkey",
        )
    ]


def _setting_up(first_run: FirstRun, origins: tuple[str, ...]) -> list[Route]:
    async def set_up(call: Call) -> Answer:
        if call.body.cookie:
            cookies.check_own_page(call.headers, origins)
        done = await first_run.set_up(call.actor, call.body, _agent(call))
        return _answer(done, cookie=call.body.cookie)

    return [
        Route(
            "POST",
            f"{_AUTH}/setup",
            set_up,
            Open.PUBLIC,
            "Make the first administrator, and sign in",
            body=SetupRequest,
            answer=SignedIn,
            changes=True,
            status=201,
            reason="the token is told on the control plane's host only, and good while there is no administrator",
        )
    ]


def _signing_in(authentication: Authentication, origins: tuple[str, ...]) -> list[Route]:
    def check(call: Call) -> None:
        if call.body.cookie:
            cookies.check_own_page(call.headers, origins)

    async def login(call: Call) -> Answer:
        check(call)
        done = await authentication.login(call.actor, call.body, _agent(call))
        return _answer(done, cookie=call.body.cookie)

    async def second_factor(call: Call) -> Answer:
        check(call)
        done = await authentication.second_factor(call.actor, call.body, _agent(call))
        return _answer(done, cookie=call.body.cookie)

    async def passkey(call: Call) -> Answer:
        check(call)
        done = await authentication.passkey_sign_in(call.actor, call.body, _agent(call))
        return _answer(done, cookie=call.body.cookie)

    return [
        Route(
            "POST",
            f"{_AUTH}/login",
            login,
            Open.PUBLIC,
            "Sign in with a password",
            body=LoginRequest,
            answer=SignedIn,
            changes=True,
            reason=_PROVES,
        ),
        Route(
            "POST",
            f"{_AUTH}/second-factor",
            second_factor,
            Open.PUBLIC,
            "Go on after a password with a one-time or recovery code",
            body=SecondFactorRequest,
            answer=SignedIn,
            changes=True,
            reason=_PROVES,
        ),
        Route(
            "POST",
            f"{_AUTH}/passkeys/options",
            lambda call: authentication.passkey_options(call.body),
            Open.PUBLIC,
            "Ask for a challenge to sign in with a passkey",
            body=PasskeyOptionsRequest,
            answer=PasskeyOptions,
            reason="a challenge is nothing without an authenticator that answers it",
        ),
        Route(
            "POST",
            f"{_AUTH}/passkeys",
            passkey,
            Open.PUBLIC,
            "Sign in with a passkey",
            body=PasskeySignIn,
            answer=SignedIn,
            changes=True,
            reason=_PROVES,
        ),
    ]


def _command_line(cli_grants: CliGrants) -> list[Route]:
    return [
        Route(
            "POST",
            f"{_AUTH}/cli-grants",
            lambda call: cli_grants.issue(call.actor, call.body),
            Open.SIGNED_IN,
            "Let a command line sign in as oneself, by a one-time code",
            body=CliGrantRequest,
            answer=CliGrant,
            changes=True,
            status=201,
            reason="it is about oneself; a session is wanted, not a key",
        ),
        Route(
            "POST",
            f"{_AUTH}/cli-grants/exchange",
            lambda call: cli_grants.exchange(call.actor, call.body, _agent(call)),
            Open.PUBLIC,
            "Get tokens for the code that the dashboard's page sent",
            body=CliExchangeRequest,
            answer=SignedIn,
            changes=True,
            reason="the code is valid once, with its verifier",
        ),
    ]


def _going_on(sessions: Sessions, origins: tuple[str, ...]) -> list[Route]:
    def token(call: Call) -> tuple[str, bool]:
        """The refresh token, and whether a cookie had it."""
        if call.body.refresh_token:
            return call.body.refresh_token, False
        refresh_token = cookies.token_in(call.headers)
        if refresh_token:
            cookies.check_own_page(call.headers, origins)
        return refresh_token, bool(refresh_token)

    async def refresh(call: Call) -> Answer:
        given, cookie = token(call)
        return _answer(await sessions.refresh(call.actor, given), cookie=cookie)

    async def logout(call: Call) -> Answer:
        given, cookie = token(call)
        scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
        shown = bearer.strip() if scheme.lower() == "bearer" and not given else ""
        done = await sessions.sign_out(call.actor, bearer=shown, refresh_token=given)
        return Answer(done, headers={"Set-Cookie": cookies.clear_cookie()} if cookie else {})

    return [
        Route(
            "POST",
            f"{_AUTH}/refresh",
            refresh,
            Open.PUBLIC,
            "Get new tokens for a refresh token",
            body=RefreshRequest,
            answer=SignedIn,
            changes=True,
            reason="the refresh token says who asks",
        ),
        Route(
            "POST",
            f"{_AUTH}/logout",
            logout,
            Open.PUBLIC,
            "Sign out",
            body=RefreshRequest,
            answer=SignedOut,
            changes=True,
            reason="the token that is shown says which session ends, also after it has expired",
        ),
    ]


def _sessions(sessions: Sessions, users: Users) -> list[Route]:
    def list_sessions(actor: Actor, query: SessionQuery) -> Awaitable[tuple[list[SessionView], int]]:
        return sessions.list(actor, query, users.find)

    def revoke(actor: Actor, target: Target) -> Awaitable[SessionView]:
        return sessions.revoke(actor, target, users.may_end_sessions)

    return [
        _SESSION.list(
            list_sessions,
            SessionQuery,
            "List sessions",
            signed_in="one's own; the service requires user:read for those of others",
        ),
        _SESSION.delete(
            revoke,
            "End a session",
            signed_in="one's own; the service requires user:write for those of others",
        ),
    ]
