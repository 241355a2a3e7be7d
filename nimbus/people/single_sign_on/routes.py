"""REST routes of identity providers, and of signing in and out through them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Open, Page, Raw, Route
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

_PROVIDERS, _PROVIDER = "/api/v1/identity-providers", "/api/v1/identity-providers/{provider}"
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
    async def index(call: Call) -> Answer:
        found, total = await providers.list(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await providers.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await providers.show(call.actor, call.target("provider")))

    async def change(call: Call) -> Answer:
        return Answer(await providers.change(call.actor, call.target("provider"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await providers.delete(call.actor, call.target("provider")))

    async def check(call: Call) -> Answer:
        return Answer(await providers.check(call.actor, call.target("provider")))

    read, write = Permission.SETTINGS_READ, Permission.SETTINGS_WRITE
    return [
        Route(
            "GET",
            _PROVIDERS,
            index,
            read,
            "List identity providers",
            query=IdentityProviderQuery,
            answer=list[IdentityProviderView],
        ),
        Route(
            "POST",
            _PROVIDERS,
            create,
            write,
            "Add an identity provider",
            body=IdentityProviderRequest,
            answer=IdentityProviderView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", _PROVIDER, show, read, "Show an identity provider", answer=IdentityProviderView),
        Route(
            "PATCH",
            _PROVIDER,
            change,
            write,
            "Change an identity provider",
            body=IdentityProviderPatch,
            answer=IdentityProviderView,
            changes=True,
        ),
        Route(
            "DELETE",
            _PROVIDER,
            delete,
            write,
            "Delete an identity provider",
            answer=IdentityProviderView,
            changes=True,
        ),
        Route(
            "POST",
            _PROVIDER + "/test",
            check,
            write,
            "Look whether people could sign in there",
            answer=ProviderCheck,
        ),
    ]


def _browser(sign_in: SignIn, providers: IdentityProviders) -> list[Route]:
    async def methods(_call: Call) -> Answer:
        return Answer(await providers.methods())

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
            methods,
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
    async def exchange(call: Call) -> Answer:
        return Answer(await sign_in.exchange(call.actor, call.body, _agent(call)))

    async def begin(call: Call) -> Answer:
        return Answer(await device.start(call.actor, call.path["provider"]))

    async def token(call: Call) -> Answer:
        return Answer(await device.token(call.actor, call.path["provider"], call.body.ticket, _agent(call)))

    return [
        Route(
            "POST",
            f"{_AUTH}/oidc/exchange",
            exchange,
            Open.PUBLIC,
            "Get tokens for the code that a command line was sent",
            body=ExchangeRequest,
            answer=SignedIn,
            changes=True,
            reason="the code is good once, for whoever has its verifier",
        ),
        Route(
            "POST",
            f"{_OIDC}/device",
            begin,
            Open.PUBLIC,
            "Begin a sign-in by another device",
            answer=DeviceStart,
            reason="who signs in proves with it who they are, to the provider",
        ),
        Route(
            "POST",
            f"{_OIDC}/device/token",
            token,
            Open.PUBLIC,
            "Ask whether the sign-in by another device is finished",
            body=DeviceRequest,
            answer=DeviceAnswer,
            changes=True,
            reason="the ticket says which sign-in it is",
        ),
    ]


def _signing_out(sign_out: SignOut) -> list[Route]:
    async def address(call: Call) -> Answer:
        return Answer(await sign_out.address(call.actor, call.path["provider"], call.query))

    async def backchannel(call: Call) -> Answer:
        done = await sign_out.backchannel(call.actor, call.path["provider"], call.body.logout_token)
        return Answer(done, headers={"Cache-Control": "no-store"})

    return [
        Route(
            "GET",
            f"{_OIDC}/logout",
            address,
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
            "The identity provider tells that somebody signed out there",
            body=BackchannelLogout,
            answer=EndedSessions,
            changes=True,
            reason="the logout token is signed by the provider",
        ),
    ]


def _identities(linking: Linking) -> list[Route]:
    async def index(call: Call) -> Answer:
        return Answer(await linking.list(call.actor))

    async def link(call: Call) -> Answer:
        return Answer(await linking.link(call.actor, call.body), status=201)

    async def unlink(call: Call) -> Answer:
        return Answer(await linking.unlink(call.actor, call.path["provider"]))

    return [
        Route(
            "GET",
            _IDENTITIES,
            index,
            Open.SIGNED_IN,
            "List one's accounts at identity providers",
            answer=list[IdentityView],
            reason="they are one's own",
        ),
        Route(
            "POST",
            _IDENTITIES,
            link,
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
            unlink,
            Open.SIGNED_IN,
            "Unlink one's account at an identity provider",
            answer=IdentityView,
            changes=True,
            reason="it is one's own",
        ),
    ]


def _agent(call: Call) -> str:
    return call.headers.get("user-agent", "")
