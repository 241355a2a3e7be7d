"""The door for a command line without a browser (RFC 8628): the control plane asks the provider, at its pace."""

from __future__ import annotations

from collections import OrderedDict

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.ids import new_id, new_secret
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.single_sign_on.accounts import Accounts
from nimbus.people.single_sign_on.connections import Connection, Connections
from nimbus.people.single_sign_on.flow import SignIn, unchanged
from nimbus.people.single_sign_on.openid import token_refusal
from nimbus.people.single_sign_on.provider import TokenProblem
from nimbus.people.single_sign_on.records import DeviceAnswer, DeviceStart, ExternalPerson, IdentityProvider
from nimbus.people.single_sign_on.refusals import ProviderFailed, Refused
from nimbus.people.single_sign_on.tickets import DeviceTicket, Tickets

MAX_DEVICE_S = 1800
MIN_INTERVAL_S, MAX_INTERVAL_S = 1, 60
# RFC 8628 section 3.5.
SLOWER_BY_S = 5
_CAPACITY = 1000


class _Pace:
    """When a ticket may be asked for again, and how far apart."""

    def __init__(self, due_at: int, interval: int) -> None:
        self.due_at = due_at
        self.interval = interval


class DeviceSignIn:
    def __init__(
        self,
        database: Database,
        tickets: Tickets,
        connections: Connections,
        accounts: Accounts,
        sign_in: SignIn,
    ) -> None:
        self._database = database
        self._tickets = tickets
        self._connections = connections
        self._accounts = accounts
        self._sign_in = sign_in
        self._paces: OrderedDict[str, _Pace] = OrderedDict()

    async def start(self, stranger: Actor, reference: str) -> DeviceStart:
        """Raises NotFound, Refused, ProviderFailed."""
        connection = await self._connections.to(reference)
        provider = connection.provider
        verifier = new_secret()
        try:
            begun = await connection.begin_device(verifier)
        except (Refused, ProviderFailed) as error:
            self._sign_in.note(stranger, provider, error)
            raise
        lifetime = min(max(begun.expires_in, 1), MAX_DEVICE_S)
        ticket = DeviceTicket(
            id=new_id(),
            expires_at=self._tickets.expiry(lifetime),
            provider_id=provider.id,
            revision=provider.revision,
            device_code=begun.device_code,
            verifier=verifier,
            interval=min(max(begun.interval, MIN_INTERVAL_S), MAX_INTERVAL_S),
        )
        return DeviceStart(
            ticket=self._tickets.issue(ticket),
            user_code=begun.user_code,
            verification_uri=begun.verification_uri,
            verification_uri_complete=begun.verification_uri_complete,
            expires_in=lifetime,
            interval=ticket.interval,
        )

    async def token(self, stranger: Actor, reference: str, ticket_text: str, user_agent: str) -> DeviceAnswer:
        """Asked too early the provider is not asked. Raises NotFound, Refused, ProviderFailed."""
        connection = await self._connections.to(reference)
        provider = connection.provider
        try:
            ticket = self._tickets.open(DeviceTicket, ticket_text, at_most_s=MAX_DEVICE_S)
            if ticket.provider_id != provider.id or ticket.revision != provider.revision:
                raise Refused("PROVIDER_CHANGED", "the provider's settings have changed meanwhile")
            pace = self._pace(ticket)
            if self._tickets.now() < pace.due_at:
                return DeviceAnswer(None, pace.interval)
            pace.due_at = self._tickets.expiry(pace.interval)
            person = await self._asked(connection, ticket, pace)
            if person is None:
                return DeviceAnswer(None, pace.interval)
            done = await self._session(stranger, provider, ticket, person, user_agent)
            self._paces.pop(ticket.id, None)
            return DeviceAnswer(done, pace.interval)
        except (Refused, ProviderFailed) as error:
            self._sign_in.note(stranger, provider, error)
            raise

    async def _asked(
        self, connection: Connection, ticket: DeviceTicket, pace: _Pace
    ) -> ExternalPerson | None:
        """None: the person has not finished."""
        try:
            return await connection.ask_device(ticket.device_code, ticket.verifier)
        except TokenProblem as problem:
            if problem.code == "slow_down":
                pace.interval = min(pace.interval + SLOWER_BY_S, MAX_INTERVAL_S)
                pace.due_at = self._tickets.now() + from_seconds(pace.interval)
            if problem.code in ("authorization_pending", "slow_down"):
                return None
            raise token_refusal(problem) from None

    async def _session(
        self,
        stranger: Actor,
        provider: IdentityProvider,
        ticket: DeviceTicket,
        person: ExternalPerson,
        user_agent: str,
    ) -> SignedIn:
        def begin_session(tx: Transaction) -> SignedIn:
            self._tickets.spend(tx, ticket.id, ticket.expires_at)
            current = unchanged(tx, provider)
            user = self._accounts.admit(tx, stranger, current, person)
            return self._accounts.open_session(tx, stranger, current, person, user.id, user_agent)

        return await self._database.write(begin_session)

    def _pace(self, ticket: DeviceTicket) -> _Pace:
        """The first question may come at once."""
        pace = self._paces.setdefault(ticket.id, _Pace(0, ticket.interval))
        if len(self._paces) > _CAPACITY:
            self._paces.popitem(last=False)
        return pace
