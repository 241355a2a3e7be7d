"""The door for whoever is signed in and has accounts at identity providers: which, one more, one less.

To link one a browser goes through the provider as for a sign-in, and brings back a code instead of a session. The
code is good for who began, once, and only together with a session: nobody is made to take somebody else's account.
"""

from __future__ import annotations

import builtins

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.people.identity.external import ExternalUsers
from nimbus.people.identity.records import User
from nimbus.people.identity.sessions.service import Sessions
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.accounts import Accounts, check_address
from nimbus.people.single_sign_on.connections import Connections
from nimbus.people.single_sign_on.flow import SignIn, unchanged
from nimbus.people.single_sign_on.records import (
    ExchangeRequest,
    ExternalIdentity,
    ExternalPerson,
    IdentityProvider,
    IdentityView,
)
from nimbus.people.single_sign_on.refusals import Refused


class LastWayIn(Conflict):
    """Nobody could sign in to the account any more."""

    code = "LAST_WAY_IN"


class Linking:
    def __init__(
        self,
        database: Database,
        connections: Connections,
        accounts: Accounts,
        users: ExternalUsers,
        sessions: Sessions,
        sign_in: SignIn,
    ) -> None:
        self._database = database
        self._connections = connections
        self._accounts = accounts
        self._users = users
        self._sessions = sessions
        self._sign_in = sign_in

    async def list(self, actor: Actor) -> builtins.list[IdentityView]:
        """One's own."""

        def read_page(tx: Transaction) -> builtins.list[IdentityView]:
            return [self._view(tx, identity) for identity in store.identities_of(tx, actor.self_id)]

        actor.check_not_narrowed()
        return await self._database.read(read_page) if actor.self_id else []

    async def link(self, actor: Actor, request: ExchangeRequest) -> IdentityView:
        """Raises Forbidden (no session, or an old one), ValidationError (the code), Conflict."""
        await self._database.read(lambda tx: self._sessions.require_recent(tx, actor))
        result = await self._sign_in.redeem(request, links=True)
        if result is None:
            raise invalid(
                "code",
                "has expired, was already used, or was issued to another client",
                next_step="Begin again: nimbus iam link",
            )
        provider = (await self._connections.to(result.provider_id)).provider

        def link(tx: Transaction) -> IdentityView:
            self._sessions.require_recent(tx, actor)
            user = self._own(tx, actor)
            current = unchanged(tx, provider)
            check_address(current, result.person)
            self._check_free(tx, current, result.person, user)
            self._accounts.insert(tx, actor, current, result.person, user)
            [linked] = [
                identity
                for identity in store.identities_of(tx, user.id)
                if identity.provider_id == current.id
            ]
            return self._view(tx, linked)

        try:
            return await self._database.write(link)
        except Refused as error:
            # Whoever asks is signed in: 401 would say that they are not.
            raise Conflict(error.message, next_step=error.next_step) from None

    def _check_free(
        self, tx: Transaction, provider: IdentityProvider, person: ExternalPerson, user: User
    ) -> None:
        linked = store.linked_user(tx, provider.id, person.issuer, person.subject)
        if linked == user.id:
            raise Conflict(f"your account at {provider.name} is linked already")
        if linked is not None:
            raise Conflict(
                f"this account at {provider.name} is linked to another user",
                next_step="Sign in with it, or unlink it there first: nimbus iam unlink",
            )
        if store.has_identity(tx, provider.id, user.id):
            raise Conflict(
                f"you have another account at {provider.name} already",
                next_step=f"Unlink it first: nimbus iam unlink {provider.name}",
            )

    async def unlink(self, actor: Actor, reference: str) -> IdentityView:
        """With the groups that the provider gave, and the sessions opened through it but for this one. Raises
        NotFound, Forbidden, LastWayIn."""

        def unlink(tx: Transaction) -> IdentityView:
            self._sessions.require_recent(tx, actor)
            user = self._own(tx, actor)
            mine = {identity.provider_id: identity for identity in store.identities_of(tx, user.id)}
            provider = store.find_provider(tx, reference.lower()) or store.get_provider(tx, reference.lower())
            if provider is None or provider.id not in mine:
                raise NotFound(
                    f"no account of yours at {reference[:80]!r} is linked",
                    next_step="See them with: nimbus iam identities",
                )
            gone = mine.pop(provider.id)
            self._check_way_in(tx, user, [*mine])
            view = self._view(tx, gone)
            self._accounts.forget(tx, actor, provider, gone, user)
            self._sessions.stand_alone(tx, actor.session_id)
            for session_id in store.sessions_of(tx, provider.id, issuer=gone.issuer, subject=gone.subject):
                if session_id != actor.session_id:
                    self._sessions.end(tx, actor, session_id, "the account at the provider was unlinked")
            return view

        return await self._database.write(unlink)

    def _check_way_in(self, tx: Transaction, user: User, others: builtins.list[str]) -> None:
        providers = [store.get_provider(tx, provider) for provider in others]
        if any(provider and provider.enabled for provider in providers) or self._users.has_other_way_in(
            tx, user
        ):
            return
        raise LastWayIn(
            "without it you could not sign in any more",
            next_step="Choose a password first (nimbus iam set-password), or link another account.",
        )

    def _own(self, tx: Transaction, actor: Actor) -> User:
        user = self._users.get(tx, actor.user_id)
        assert user is not None
        return user

    def _view(self, tx: Transaction, identity: ExternalIdentity) -> IdentityView:
        provider = store.get_provider(tx, identity.provider_id)
        assert provider is not None
        return IdentityView(
            provider=provider.name,
            display_name=provider.display_name or provider.name,
            kind=provider.kind,
            issuer=identity.issuer,
            subject=identity.subject,
            linked_at=to_rfc3339(identity.created_at),
            last_login_at=to_rfc3339(identity.last_login_at),
        )
