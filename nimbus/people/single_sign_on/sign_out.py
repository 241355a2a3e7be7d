"""The door for signing out at the provider too, and for hearing of it from there."""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import from_seconds
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.accounts import Accounts, acting
from nimbus.people.single_sign_on.addresses import check_return_path
from nimbus.people.single_sign_on.claims import LOGOUT_MAX_AGE_S, logout_target
from nimbus.people.single_sign_on.connections import Connections
from nimbus.people.single_sign_on.external_sessions import ExternalSessions
from nimbus.people.single_sign_on.flow import SignIn
from nimbus.people.single_sign_on.records import EndedSessions, LogoutAddress, LogoutQuery
from nimbus.people.single_sign_on.refusals import LogoutRefused, ProviderFailed
from nimbus.people.single_sign_on.tickets import Tickets, digest


class SignOut:
    def __init__(
        self,
        database: Database,
        tickets: Tickets,
        connections: Connections,
        external_sessions: ExternalSessions,
        accounts: Accounts,
        sessions: Sessions,
        sign_in: SignIn,
        base_url: str,
    ) -> None:
        self._database = database
        self._tickets = tickets
        self._connections = connections
        self._external_sessions = external_sessions
        self._accounts = accounts
        self._sessions = sessions
        self._sign_in = sign_in
        self._base_url = base_url

    async def address(self, actor: Actor, reference: str, query: LogoutQuery) -> LogoutAddress:
        """Where the browser goes to sign out at the provider as well; before the session here is ended, which has
        the hint of who it is. Raises NotFound, ProviderFailed."""
        back = self._base_url + check_return_path(query.return_to) if query.return_to else ""
        connection = await self._connections.to(reference)

        def look(tx: Transaction) -> str:
            session = store.get_session(tx, actor.session_id) if actor.session_id else None
            if session is None or session.provider_id != connection.provider.id:
                return ""
            return self._external_sessions.id_token(session)

        hint = await self._database.read(look) if query.hint else ""
        return LogoutAddress(await connection.logout_address(hint, back) or None)

    async def backchannel(self, stranger: Actor, reference: str, token: str) -> EndedSessions:
        """OpenID Connect Back-Channel Logout 1.0. Raises NotFound, LogoutRefused, ProviderFailed."""
        connection = await self._connections.to(reference)
        provider = connection.provider
        try:
            claims = await connection.logout_claims(token)
            target = logout_target(claims)
            assert target is not None
            subject, provider_session = target
            actor = acting(provider, stranger)
            ticket = f"logout:{provider.id}:{digest(claims['jti'])}"
            keep = self._tickets.now() + from_seconds(2 * LOGOUT_MAX_AGE_S)

            def end_sessions(tx: Transaction) -> int:
                if not store.spend(tx, ticket, keep):
                    raise LogoutRefused("LOGOUT_TOKEN_USED", "the logout token was used before")
                sessions = store.sessions_of(
                    tx,
                    provider.id,
                    issuer=provider.issuer,
                    subject=subject or None,
                    provider_session=provider_session or None,
                )
                return sum(
                    self._sessions.end(tx, actor, session, "signed out at the identity provider")
                    for session in sessions
                )

            return EndedSessions(await self._database.write(end_sessions))
        except (LogoutRefused, ProviderFailed) as error:
            self._sign_in.note(stranger, provider, error)
            raise
