"""Joins users, sessions, second factors and the ways to sign in."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

import msgspec

from nimbus.composition.foundation import Foundation
from nimbus.kernel.routing import Route
from nimbus.people.identity import auth_routes
from nimbus.people.identity import routes as user_routes
from nimbus.people.identity.authentication import Authentication
from nimbus.people.identity.cli_grants import CliGrants, SessionOpened
from nimbus.people.identity.factor_policy import FactorPolicy
from nimbus.people.identity.factors.challenges import Challenges
from nimbus.people.identity.factors.passkeys import Passkeys
from nimbus.people.identity.factors.service import SecondFactors
from nimbus.people.identity.factors.webauthn_rules import RelyingParty
from nimbus.people.identity.first_run import FirstRun
from nimbus.people.identity.login_limits import LoginLimits
from nimbus.people.identity.passwords import COST, PasswordHasher
from nimbus.people.identity.reauthentication import Reauthentication
from nimbus.people.identity.records import ControlPlaneMark
from nimbus.people.identity.rules import MIN_PASSWORD_LENGTH
from nimbus.people.identity.service import Identity
from nimbus.people.identity.sessions.records import SessionPolicy
from nimbus.people.identity.sessions.service import AccessOf, Sessions, default_access
from nimbus.people.identity.sessions.token_keys import TokenKeys
from nimbus.people.identity.users import UserDeleted, UserGuard, Users
from nimbus.people.identity.views import UserViews
from nimbus.people.organizations.service import Organizations


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """`host` names this control plane in authenticator apps. `party` None: no passkeys. `origins`: pages that may
    use the cookie, beside those of the address that a request was sent to. `mark` is what people call this control
    plane."""

    host: str = "nimbus"
    party: RelyingParty | None = None
    origins: tuple[str, ...] = ()
    sessions: SessionPolicy = SessionPolicy()
    min_password_length: int = MIN_PASSWORD_LENGTH
    bcrypt_cost: int = COST
    mark: Callable[[], ControlPlaneMark] = ControlPlaneMark


def relying_party(host: str, port: int, origins: tuple[str, ...] = ()) -> RelyingParty | None:
    """For passkeys: of the host name that people reach the dashboard at. None for an address: WebAuthn (Level 3
    section 5.1.2) wants a domain. `origins` are further ones, of the same host, behind a proxy."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        own = f"https://{host}" if port == 443 else f"https://{host}:{port}"
        return RelyingParty(host, (own, *(origin for origin in origins if origin != own)))
    return None


class IdentityHooks(msgspec.Struct, frozen=True):
    """What the slices above have to say when users change; see `Users`, `CliGrants` and `FirstRun`."""

    guards: tuple[UserGuard, ...] = ()
    on_deleted: tuple[UserDeleted, ...] = ()
    on_session_opened: tuple[SessionOpened, ...] = ()


class IdentityServices:
    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        settings: IdentitySettings,
        hooks: IdentityHooks | None = None,
        *,
        access_of: AccessOf = default_access,
        on_set_up: Iterable[Callable[[], None]] = (),
    ) -> None:
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        sealer, hooks = foundation.sealer, hooks or IdentityHooks()
        self.settings = settings
        hasher, limits = PasswordHasher(cost=settings.bcrypt_cost), LoginLimits()
        views, challenges = UserViews(organizations), Challenges(clock, sealer)
        self.token_keys = TokenKeys(
            database, clock, audit, sealer, access_token_s=settings.sessions.access_token_s
        )
        self.factor_policy = FactorPolicy(database, clock, organizations)
        self.sessions = Sessions(
            database,
            clock,
            audit,
            self.token_keys,
            views,
            access_of=access_of,
            policy=settings.sessions,
            wants_factor=self.factor_policy.wanted_by,
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
            mark=settings.mark,
            guards=hooks.guards,
            on_deleted=hooks.on_deleted,
        )
        self.factors = SecondFactors(
            database,
            clock,
            audit,
            sealer,
            self.users,
            self.sessions,
            limits,
            self.factor_policy,
            host=settings.host,
        )
        self.passkeys = Passkeys(database, clock, audit, challenges, self.factors, party=settings.party)
        self.authentication = Authentication(
            database,
            clock,
            foundation.refusals,
            hasher,
            limits,
            self.sessions,
            self.factors,
            self.passkeys,
            challenges,
        )
        self.reauthentication = self._reauthentication(foundation, hasher, limits)
        self.cli_grants = CliGrants(
            database, clock, audit, limits, self.sessions, on_opened=hooks.on_session_opened
        )
        self.first_run = self._first_run(foundation, hasher, limits, on_set_up)
        self.sessions.subscribe(foundation.bus)

    def _reauthentication(
        self, foundation: Foundation, hasher: PasswordHasher, limits: LoginLimits
    ) -> Reauthentication:
        return Reauthentication(
            foundation.database,
            foundation.clock,
            foundation.audit,
            foundation.refusals,
            hasher,
            limits,
            self.sessions,
            self.factors,
            self.passkeys,
        )

    def _first_run(
        self,
        foundation: Foundation,
        hasher: PasswordHasher,
        limits: LoginLimits,
        on_set_up: Iterable[Callable[[], None]],
    ) -> FirstRun:
        return FirstRun(
            foundation.database,
            foundation.clock,
            Identity(foundation.clock, foundation.audit, foundation.sealer),
            hasher,
            limits,
            self.sessions,
            min_password_length=self.settings.min_password_length,
            on_done=on_set_up,
        )

    def require_second_factor(self, required: bool) -> None:
        """As the settings say, now and after each change."""
        if required != self.factor_policy.required:
            self.factor_policy.required = required
            self.sessions.forget_known()

    async def load(self) -> None:
        await self.sessions.load()

    async def remove_expired(self) -> None:
        await self.sessions.remove_expired()
        await self.authentication.remove_expired()

    def routes(self) -> list[Route]:
        return [
            *user_routes.routes(self.users, self.factors, self.passkeys, self.factor_policy),
            *auth_routes.routes(
                self.authentication,
                self.sessions,
                self.users,
                self.first_run,
                self.cli_grants,
                self.reauthentication,
                origins=self.settings.origins,
            ),
        ]
