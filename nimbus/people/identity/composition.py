"""The services of this slice, joined: for the composition root and for tests."""

from __future__ import annotations

import ipaddress

import msgspec

from nimbus.db import Database
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Route
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity import auth_routes
from nimbus.people.identity import routes as user_routes
from nimbus.people.identity.authentication import Authentication
from nimbus.people.identity.cli_grants import CliGrants
from nimbus.people.identity.factors.challenges import Challenges
from nimbus.people.identity.factors.passkeys import Passkeys
from nimbus.people.identity.factors.service import SecondFactors
from nimbus.people.identity.factors.webauthn_rules import RelyingParty
from nimbus.people.identity.first_run import FirstRun
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.passwords import COST, PasswordHasher
from nimbus.people.identity.rules import MIN_PASSWORD_LENGTH
from nimbus.people.identity.service import Identity
from nimbus.people.identity.sessions.records import SessionPolicy
from nimbus.people.identity.sessions.service import AccessOf, Sessions, default_access
from nimbus.people.identity.sessions.token_keys import TokenKeys
from nimbus.people.identity.users import Users
from nimbus.people.identity.views import UserViews
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """`host` names this control plane in authenticator apps. `party` None: no passkeys. `origins`: pages that may
    use the cookie, beside those of the address that a request was sent to."""

    host: str = "nimbus"
    party: RelyingParty | None = None
    origins: tuple[str, ...] = ()
    sessions: SessionPolicy = SessionPolicy()
    min_password_length: int = MIN_PASSWORD_LENGTH
    bcrypt_cost: int = COST


def relying_party(host: str, port: int, origins: tuple[str, ...] = ()) -> RelyingParty | None:
    """For passkeys: of the host name that people reach the dashboard at. None for an address: WebAuthn (Level 3
    section 5.1.2) wants a domain. `origins` are further ones, of the same host, behind a proxy."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        own = f"https://{host}" if port == 443 else f"https://{host}:{port}"
        return RelyingParty(host, (own, *(one for one in origins if one != own)))
    return None


class IdentityServices:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        organizations: Organizations,
        refusals: RefusalLog,
        settings: IdentitySettings,
        *,
        access_of: AccessOf = default_access,
    ) -> None:
        self.settings = settings
        hasher, limits = PasswordHasher(cost=settings.bcrypt_cost), LoginLimits()
        views, challenges = UserViews(organizations), Challenges(clock, sealer)
        self.token_keys = TokenKeys(
            database, clock, audit, sealer, access_token_s=settings.sessions.access_token_s
        )
        self.sessions = Sessions(
            database, clock, audit, self.token_keys, views, access_of=access_of, policy=settings.sessions
        )
        self.users = Users(
            database,
            clock,
            audit,
            organizations,
            views,
            self.sessions,
            hasher,
            limits,
            access_of=access_of,
            min_password_length=settings.min_password_length,
        )
        self.factors = SecondFactors(
            database, clock, audit, sealer, self.users, self.sessions, limits, host=settings.host
        )
        self.passkeys = Passkeys(database, clock, audit, challenges, self.factors, party=settings.party)
        self.authentication = Authentication(
            database, clock, refusals, hasher, limits, self.sessions, self.factors, self.passkeys, challenges
        )
        self.cli_grants = CliGrants(database, clock, audit, limits, self.sessions)
        self.first_run = FirstRun(
            database,
            clock,
            Identity(clock, audit, sealer),
            hasher,
            limits,
            self.sessions,
            min_password_length=settings.min_password_length,
        )

    def subscribe(self, bus: EventBus) -> None:
        self.sessions.subscribe(bus)

    async def load(self) -> None:
        await self.sessions.load()

    async def keep_house(self) -> None:
        await self.sessions.keep_house()
        await self.authentication.keep_house()

    def routes(self) -> list[Route]:
        return [
            *user_routes.routes(self.users, self.factors, self.passkeys),
            *auth_routes.routes(
                self.authentication,
                self.sessions,
                self.users,
                self.first_run,
                self.cli_grants,
                origins=self.settings.origins,
            ),
        ]
