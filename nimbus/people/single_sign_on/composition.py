"""The services of this slice, joined: for the composition root and for tests."""

from __future__ import annotations

from nimbus.db import Database
from nimbus.kernel.clock import Clock
from nimbus.kernel.routing import Route
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.composition import IdentityServices
from nimbus.people.identity.external import ExternalUsers
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.groups import Groups
from nimbus.people.single_sign_on import routes as sign_on_routes
from nimbus.people.single_sign_on.accounts import Accounts
from nimbus.people.single_sign_on.connections import Connections
from nimbus.people.single_sign_on.device import DeviceSignIn
from nimbus.people.single_sign_on.flow import SignIn
from nimbus.people.single_sign_on.linking import Linking
from nimbus.people.single_sign_on.service import IdentityProviders
from nimbus.people.single_sign_on.sign_out import SignOut
from nimbus.people.single_sign_on.tickets import Tickets
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog


class SingleSignOn:
    """`base_url` is the address at which browsers reach this control plane: https://HOST:PORT, without a slash at
    its end."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        organizations: Organizations,
        groups: Groups,
        identity: IdentityServices,
        refusals: RefusalLog,
        *,
        base_url: str,
    ) -> None:
        self._database = database
        self._tickets = Tickets(clock, sealer)
        users = ExternalUsers(clock, identity.users, has_passkeys=identity.settings.party is not None)
        self.connections = Connections(database, clock, sealer)
        accounts = Accounts(clock, audit, sealer, users, identity.sessions, groups)
        identity.cli_grants.on_opened.append(accounts.follow)
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
            has_passkeys=identity.settings.party is not None,
            setup_required=identity.first_run.is_required,
        )
        self.sign_in = SignIn(database, self._tickets, sealer, self.connections, accounts, refusals, base_url)
        self.device = DeviceSignIn(database, self._tickets, self.connections, accounts, self.sign_in)
        self.sign_out = SignOut(
            database, self._tickets, self.connections, accounts, identity.sessions, self.sign_in, base_url
        )

        self.linking = Linking(database, self.connections, accounts, users, identity.sessions, self.sign_in)

    async def keep_house(self) -> None:
        """Called now and then: forget codes and tickets that have expired."""
        await self._database.write(self._tickets.forget)

    def routes(self) -> list[Route]:
        return sign_on_routes.routes(self.providers, self.sign_in, self.device, self.sign_out, self.linking)
