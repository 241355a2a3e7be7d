"""The door for whoever signs in with a browser, and for the command line behind it."""

from __future__ import annotations

import re

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.ids import new_id, new_secret
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.proof_key import answers, check_challenge
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.accounts import Accounts
from nimbus.people.single_sign_on.addresses import check_cli_redirect, check_return_path, with_query
from nimbus.people.single_sign_on.connections import Connection, Connections
from nimbus.people.single_sign_on.provider import shown
from nimbus.people.single_sign_on.records import (
    CallbackQuery,
    ExchangeRequest,
    ExternalPerson,
    IdentityProvider,
    StartQuery,
)
from nimbus.people.single_sign_on.refusals import LogoutRefused, ProviderFailed, Refused
from nimbus.people.single_sign_on.tickets import STATE_S, State, Tickets, digest
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit.records import Resource
from nimbus.records.audit.refusals import RefusalLog

CODE_S = 60
_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Begun(msgspec.Struct, frozen=True):
    """`location` is at the provider; `browser` goes into the cookie."""

    location: str
    browser: str


class Finished(msgspec.Struct, frozen=True):
    """`location` is a path of ours, or the command line's address; `signed_in` is None in the latter case."""

    location: str
    signed_in: SignedIn | None


class Result(msgspec.Struct, frozen=True):
    """What a code stands for; of one that links an account, whose it becomes is not known yet."""

    provider_id: str
    user_id: str | None
    challenge: str
    person: ExternalPerson


class SignIn:
    """`base_url` is the address at which browsers reach this control plane."""

    def __init__(
        self,
        database: Database,
        tickets: Tickets,
        sealer: Sealer,
        connections: Connections,
        accounts: Accounts,
        refusals: RefusalLog,
        base_url: str,
    ) -> None:
        self._database = database
        self._tickets = tickets
        self._sealer = sealer
        self._connections = connections
        self._accounts = accounts
        self._refusals = refusals
        self._base_url = base_url

    async def start(self, stranger: Actor, reference: str, query: StartQuery, browser: str) -> Begun:
        """`browser` is the cookie that came, "" for none. Raises NotFound, ValidationError, ProviderFailed."""
        return_to = check_return_path(query.return_to)
        links = query.purpose == "link"
        if query.cli_redirect or (query.cli_challenge and not links):
            check_cli_redirect(query.cli_redirect)
        if query.cli_redirect or query.cli_challenge or links:
            check_challenge(query.cli_challenge, "cli_challenge")
        connection = await self._connections.to(reference)
        provider = connection.provider
        # The same for all tabs of a browser: a second sign-in must not void the first.
        browser = browser if _COOKIE.fullmatch(browser) else new_secret()
        state = State(
            id=new_id(),
            expires_at=self._tickets.expiry(STATE_S),
            provider_id=provider.id,
            revision=provider.revision,
            nonce=new_secret(),
            verifier=new_secret(),
            browser=digest(browser),
            return_to=return_to,
            cli_redirect=query.cli_redirect,
            cli_challenge=query.cli_challenge,
            links=links,
        )
        try:
            location = await connection.authorization_address(
                redirect_uri(provider, self._base_url),
                state=self._tickets.issue(state),
                nonce=state.nonce,
                verifier=state.verifier,
            )
        except ProviderFailed as error:
            self.note(stranger, provider, error)
            raise
        return Begun(location, browser)

    async def callback(
        self, stranger: Actor, reference: str, query: CallbackQuery, browser: str, user_agent: str
    ) -> Finished:
        """Raises NotFound, Refused, ProviderFailed. A command line hears of a refusal at its own address."""
        connection = await self._connections.to(reference)
        provider = connection.provider
        state: State | None = None
        try:
            state = await self._spent_state(provider, query.state, browser)
            person = await self._person(connection, state, query)
            if state.cli_redirect or state.links:
                code = await self._code(stranger, provider, state, person)
                return Finished(with_query(state.cli_redirect or state.return_to, code=code), None)
            return await self._session(stranger, provider, state, person, user_agent)
        except (Refused, ProviderFailed) as error:
            self.note(stranger, provider, error)
            if state is not None and state.cli_redirect:
                address = with_query(state.cli_redirect, error=error.reason, error_description=error.message)
                return Finished(address, None)
            raise

    async def _spent_state(self, provider: IdentityProvider, text: str, browser: str) -> State:
        """Spent before anything else is done: of two callbacks at once one goes on."""
        state = self._tickets.open(State, text)
        if state.provider_id != provider.id:
            raise Refused("STATE_INVALID", "this sign-in was begun with another provider")
        if not browser or digest(browser) != state.browser:
            raise Refused(
                "OTHER_BROWSER",
                "this sign-in was begun in another browser, or at another address of this one",
                next_step=f"Begin again at {self._base_url}",
            )
        await self._database.write(lambda tx: self._tickets.spend(tx, state.id, state.expires_at))
        if state.revision != provider.revision:
            raise Refused("PROVIDER_CHANGED", "the provider's settings have changed meanwhile")
        return state

    async def _person(self, connection: Connection, state: State, query: CallbackQuery) -> ExternalPerson:
        await connection.check_response(query.iss)
        if query.error:
            detail = f": {shown(query.error_description)}" if query.error_description else ""
            raise Refused("PROVIDER_REFUSED", f"the provider said {shown(query.error)!r}{detail}")
        return await connection.person(
            query.code,
            redirect_uri(connection.provider, self._base_url),
            verifier=state.verifier,
            nonce=state.nonce,
        )

    async def _session(
        self,
        stranger: Actor,
        provider: IdentityProvider,
        state: State,
        person: ExternalPerson,
        user_agent: str,
    ) -> Finished:
        def begin_session(tx: Transaction) -> SignedIn:
            current = unchanged(tx, provider)
            user = self._accounts.admit(tx, stranger, current, person)
            return self._accounts.open_session(tx, stranger, current, person, user.id, user_agent)

        return Finished(state.return_to, await self._database.write(begin_session))

    async def _code(
        self, stranger: Actor, provider: IdentityProvider, state: State, person: ExternalPerson
    ) -> str:
        """A one-time code for the command line or the page, which proves with its verifier that it is the one that
        began."""
        code = new_secret()
        code_id = digest(code)

        def store_code(tx: Transaction) -> None:
            current = unchanged(tx, provider)
            user_id = None if state.links else self._accounts.admit(tx, stranger, current, person).id
            result = Result(provider.id, user_id, state.cli_challenge, person)
            sealed = self._sealer.seal(msgspec.json.encode(result).decode(), code_context(code_id))
            store.insert_code(tx, code_id, sealed, self._tickets.expiry(CODE_S))

        await self._database.write(store_code)
        return code

    async def exchange(self, stranger: Actor, request: ExchangeRequest, user_agent: str) -> SignedIn:
        """Tokens for a command line's code, which is spent by the first who shows it. Raises Refused."""
        result = await self.redeem(request, links=False)
        if result is None or result.user_id is None:
            raise self._no_code(stranger)
        user_id = result.user_id
        provider = (await self._connections.to(result.provider_id)).provider
        try:
            return await self._database.write(
                lambda tx: self._accounts.open_session(
                    tx, stranger, provider, result.person, user_id, user_agent
                )
            )
        except Refused as error:
            self.note(stranger, provider, error)
            raise

    async def redeem(self, request: ExchangeRequest, *, links: bool) -> Result | None:
        """What a code stands for, which is spent by it; None when it is none, or not for this, or not for whoever
        shows it."""
        if not _COOKIE.fullmatch(request.code):
            return None
        code_id = digest(request.code)
        taken = await self._database.write(lambda tx: store.take_code(tx, code_id))
        now = self._tickets.now()
        if taken is None or not now < taken[1] <= self._tickets.expiry(CODE_S):
            return None
        result = msgspec.json.decode(self._sealer.open(taken[0], code_context(code_id)), type=Result)
        if (result.user_id is None) is not links or not answers(request.verifier, result.challenge):
            return None
        return result

    def _no_code(self, stranger: Actor) -> Refused:
        error = Refused(
            "CODE_INVALID", "the code has expired, was used already, or is none of this control plane's"
        )
        self.note(stranger, None, error)
        return error

    def note(self, stranger: Actor, provider: IdentityProvider | None, error: NimbusError) -> None:
        """The row of a refusal."""
        about = (
            Resource("identity_provider", provider.id, provider.name) if provider else Resource("session", "")
        )
        if isinstance(error, Refused | ProviderFailed | LogoutRefused):
            self._refusals.note(stranger, "session.create", about, error.reason, error.outcome)


def unchanged(tx: Transaction, provider: IdentityProvider) -> IdentityProvider:
    """As it is in this transaction. Raises Refused when it is not what the sign-in began with."""
    current = store.get_provider(tx, provider.id)
    if current is None or not current.enabled or current.revision != provider.revision:
        raise Refused("PROVIDER_CHANGED", "the provider's settings have changed meanwhile")
    return current


def redirect_uri(provider: IdentityProvider, base_url: str) -> str:
    return provider.redirect_uri or f"{base_url}/api/v1/auth/oidc/{provider.name}/callback"


def code_context(code_id: str) -> str:
    return f"sign-in-code:{code_id}"
