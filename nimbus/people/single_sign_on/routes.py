"""REST routes of identity providers, and of signing in and out through them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Open, Raw, Route
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.single_sign_on import pages
from nimbus.people.single_sign_on.device import DeviceSignIn
from nimbus.people.single_sign_on.flow import SignIn
from nimbus.people.single_sign_on.linking import Linking
from nimbus.people.single_sign_on.records import (
    BackchannelLogout,
    CallbackQuery,
    DeviceAnswer,
    DeviceRequest,
    DeviceStart,
    EndedSessions,
    ExchangeRequest,
    IdentityProviderPatch,
    IdentityProviderQuery,
    IdentityProviderRequest,
    IdentityProviderView,
    IdentityView,
    LogoutAddress,
    LogoutQuery,
    ProviderCheck,
    SignInMethods,
    StartQuery,
)
from nimbus.people.single_sign_on.service import IdentityProviders
from nimbus.people.single_sign_on.sign_out import SignOut
from nimbus.protocol.errors import NimbusError

_PROVIDER = Collection(
    "/api/v1/identity-providers",
    "provider",
    IdentityProviderView,
    reads=Permission.SETTINGS_READ,
    writes=Permission.SETTINGS_WRITE,
)
_IDENTITIES = "/api/v1/auth/identities"
_AUTH, _OIDC = "/api/v1/auth", "/api/v1/auth/oidc/{provider}"
Handler = Callable[[Call], Awaitable[Answer]]


def routes(
    providers: IdentityProviders, sign_in: SignIn, device: DeviceSignIn, sign_out: SignOut, linking: Linking
) -> list[Route]:
    return [
        *_settings(providers),
        *_browser(sign_in, providers),
        *_command_line(sign_in, device),
        *_signing_out(sign_out),
        *_identities(linking),
    ]


def _settings(providers: IdentityProviders) -> list[Route]:
    return [
        _PROVIDER.list(providers.list, IdentityProviderQuery, "List identity providers"),
        _PROVIDER.create(providers.create, IdentityProviderRequest, "Add an identity provider"),
        _PROVIDER.show(providers.show, "Show an identity provider"),
        _PROVIDER.change(providers.change, IdentityProviderPatch, "Change an identity provider"),
        _PROVIDER.delete(providers.delete, "Delete an identity provider"),
        _PROVIDER.action(
            "/test",
            providers.check,
            "Look whether people could sign in there",
            answer=ProviderCheck,
            changes=False,
        ),
    ]


def _browser(sign_in: SignIn, providers: IdentityProviders) -> list[Route]:
    async def start(call: Call) -> Answer:
        begun = await sign_in.start(
            call.actor, call.path["provider"], call.query, pages.browser_in(call.headers)
        )
        return pages.to_provider(begun.location, begun.browser)

    async def callback(call: Call) -> Answer:
        done = await sign_in.callback(
            call.actor, call.path["provider"], call.query, pages.browser_in(call.headers), _agent(call)
        )
        if done.signed_in is None:
            return pages.to_command_line(done.location)
        return pages.signed_in(done.location, done.signed_in)

    return [
        Route(
            "GET",
            f"{_AUTH}/methods",
            lambda _call: providers.methods(),
            Open.PUBLIC,
            "Which ways to sign in there are",
            answer=SignInMethods,
            reason="who is not signed in yet must be able to choose how",
        ),
        Route(
            "GET",
            f"{_OIDC}/start",
            _as_page(start),
            Open.PUBLIC,
            "Sign in at an identity provider",
            query=StartQuery,
            answer=Raw,
            status=303,
            reason="who signs in proves with it who they are, to the provider",
        ),
        Route(
            "GET",
            f"{_OIDC}/callback",
            _as_page(callback),
            Open.PUBLIC,
            "Where the identity provider sends the browser back to",
            query=CallbackQuery,
            answer=Raw,
            changes=True,
            status=303,
            reason="state, cookie and code say which sign-in it is, once",
        ),
    ]


def _as_page(handler: Handler) -> Handler:
    """People who are refused get a page, programs the error."""

    async def answer(call: Call) -> Answer:
        try:
            return await handler(call)
        except NimbusError as error:
            if not pages.wants_page(call.headers):
                raise
            return pages.refusal(error)

    return answer


def _command_line(sign_in: SignIn, device: DeviceSignIn) -> list[Route]:
    return [
        Route(
            "POST",
            f"{_AUTH}/oidc/exchange",
            lambda call: sign_in.exchange(call.actor, call.body, _agent(call)),
            Open.PUBLIC,
            "Get tokens for the code that a command line was sent",
            body=ExchangeRequest,
            answer=SignedIn,
            changes=True,
            reason="the code is valid once, with its verifier",
        ),
        Route(
            "POST",
            f"{_OIDC}/device",
            lambda call: device.start(call.actor, call.path["provider"]),
            Open.PUBLIC,
            "Begin a sign-in by another device",
            answer=DeviceStart,
            reason="who signs in proves with it who they are, to the provider",
        ),
        Route(
            "POST",
            f"{_OIDC}/device/token",
            lambda call: device.token(call.actor, call.path["provider"], call.body.ticket, _agent(call)),
            Open.PUBLIC,
            "Ask whether the sign-in by another device is finished",
            body=DeviceRequest,
            answer=DeviceAnswer,
            changes=True,
            reason="the ticket says which sign-in it is",
        ),
    ]


def _signing_out(sign_out: SignOut) -> list[Route]:
    async def backchannel(call: Call) -> Answer:
        done = await sign_out.backchannel(call.actor, call.path["provider"], call.body.logout_token)
        return Answer(done, headers={"Cache-Control": "no-store"})

    return [
        Route(
            "GET",
            f"{_OIDC}/logout",
            lambda call: sign_out.address(call.actor, call.path["provider"], call.query),
            Open.SIGNED_IN,
            "Where to sign out at the provider as well",
            query=LogoutQuery,
            answer=LogoutAddress,
            reason="it is about one's own session",
        ),
        Route(
            "POST",
            f"{_OIDC}/backchannel-logout",
            backchannel,
            Open.PUBLIC,
            "Receive a sign-out from the identity provider",
            body=BackchannelLogout,
            answer=EndedSessions,
            changes=True,
            reason="the logout token is signed by the provider",
        ),
    ]


def _identities(linking: Linking) -> list[Route]:
    return [
        Route(
            "GET",
            _IDENTITIES,
            lambda call: linking.list(call.actor),
            Open.SIGNED_IN,
            "List one's accounts at identity providers",
            answer=list[IdentityView],
            reason="they are one's own",
        ),
        Route(
            "POST",
            _IDENTITIES,
            lambda call: linking.link(call.actor, call.body),
            Open.SIGNED_IN,
            "Link an account at an identity provider to one's own",
            body=ExchangeRequest,
            answer=IdentityView,
            changes=True,
            status=201,
            reason="it becomes one's own; the code says whose it is there",
        ),
        Route(
            "DELETE",
            _IDENTITIES + "/{provider}",
            lambda call: linking.unlink(call.actor, call.path["provider"]),
            Open.SIGNED_IN,
            "Unlink one's account at an identity provider",
            answer=IdentityView,
            changes=True,
            reason="it is one's own",
        ),
    ]


def _agent(call: Call) -> str:
    return call.headers.get("user-agent", "")
