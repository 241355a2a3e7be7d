"""Joins identity providers with the users and sessions that they vouch for."""

from __future__ import annotations

from nimbus.composition.foundation import Foundation
from nimbus.composition.identity import IdentityServices
from nimbus.db import Database
from nimbus.kernel.routing import Route
from nimbus.people.identity.external import ExternalUsers
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.memberships import Memberships
from nimbus.people.single_sign_on import routes as sign_on_routes
from nimbus.people.single_sign_on.accounts import Accounts
from nimbus.people.single_sign_on.connections import Connections
from nimbus.people.single_sign_on.device import DeviceSignIn
from nimbus.people.single_sign_on.external_sessions import ExternalSessions
from nimbus.people.single_sign_on.flow import SignIn
from nimbus.people.single_sign_on.linking import Linking
from nimbus.people.single_sign_on.service import IdentityProviders
from nimbus.people.single_sign_on.sign_out import SignOut
from nimbus.people.single_sign_on.tickets import Tickets


class SingleSignOn:
    """`base_url` is the address at which browsers reach this control plane: https://HOST:PORT, without a slash at
    its end."""

    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        groups: Groups,
        memberships: Memberships,
        identity: IdentityServices,
        external_sessions: ExternalSessions,
        *,
        base_url: str,
    ) -> None:
        self._database: Database = foundation.database
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        sealer, has_passkeys = foundation.sealer, identity.settings.party is not None
        self._tickets = Tickets(clock, sealer)
        users = ExternalUsers(clock, identity.users, has_passkeys=has_passkeys)
        self.connections = Connections(database, clock, sealer)
        accounts = Accounts(clock, audit, external_sessions, users, identity.sessions, memberships)
        self.providers = IdentityProviders(
            database,
            clock,
            audit,
            sealer,
            organizations,
            groups,
            accounts,
            self.connections,
            base_url=base_url,
            has_passkeys=has_passkeys,
            setup_required=identity.first_run.is_required,
            mark=identity.settings.mark,
        )
        self.sign_in = SignIn(
            database, self._tickets, sealer, self.connections, accounts, foundation.refusals, base_url
        )
        self.device = DeviceSignIn(database, self._tickets, self.connections, accounts, self.sign_in)
        self.sign_out = SignOut(
            database,
            self._tickets,
            self.connections,
            external_sessions,
            accounts,
            identity.sessions,
            self.sign_in,
            base_url,
        )
        self.linking = Linking(database, self.connections, accounts, users, identity.sessions, self.sign_in)

    async def remove_expired(self) -> None:
        """Codes and tickets."""
        await self._database.write(self._tickets.forget)

    def routes(self) -> list[Route]:
        return sign_on_routes.routes(self.providers, self.sign_in, self.device, self.sign_out, self.linking)
