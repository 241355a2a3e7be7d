"""The slice on a real database with a clock that stands still, and people who sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pyotp

from nimbus.composition.foundation import Foundation
from nimbus.composition.identity import IdentityHooks, IdentityServices, IdentitySettings
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.kernel.access import ANONYMOUS, EVERYWHERE, Access, Actor, Permission
from nimbus.kernel.credentials import Presented
from nimbus.kernel.routing import Target
from nimbus.people.identity.authentication import LoginRequest
from nimbus.people.identity.factors.records import CodeRequest
from nimbus.people.identity.factors.webauthn_rules import RelyingParty
from nimbus.people.identity.records import User, UserRequest, UserView
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.organizations.records import Workspace
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog
from tests.kit import records
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, place

PASSWORD = "a plain sentence is long"
AGENT = "tests/1.0"
ADMIN = Actor(kind="user", id="root", name="root", access=EVERYWHERE, source="127.0.0.1")
PARTY = RelyingParty("cloud.example.org", ("https://cloud.example.org:8443",))


def stranger(source: str = "192.0.2.1", request_id: str = "r-1") -> Actor:
    return msgspec.structs.replace(ANONYMOUS, source=source, request_id=request_id)


def presented(bearer: str, method: str = "GET", target: str = "/api/v1/nodes") -> Presented:
    return Presented(
        method=method, target=target, body=b"", source="192.0.2.9", request_id="r-2", bearer=bearer
    )


class World:
    """`access` is what users may, by name; administrators may everything."""

    def __init__(
        self,
        database: Database,
        bus: RecordingBus,
        clock: SettableClock,
        settings: IdentitySettings,
        hooks: IdentityHooks | None,
        on_set_up: tuple[Callable[[], None], ...],
    ) -> None:
        self.database, self.bus, self.clock = database, bus, clock
        self.foundation = Foundation(
            database,
            bus,
            clock,
            records.SEALER,
            AuditLog(clock),
            RefusalLog(database, clock, AuditLog(clock)),
        )
        self.audit = self.foundation.audit
        self.organizations = Organizations(clock)
        self.refusals = self.foundation.refusals
        self.access: dict[str, Access] = {}
        self.identity = IdentityServices(
            self.foundation,
            self.organizations,
            settings,
            hooks,
            access_of=self._access_of,
            on_set_up=on_set_up,
        )
        self.workspace = Workspace("", "", "", "")

    def _access_of(self, _tx: Transaction, user: User) -> Access:
        return EVERYWHERE if user.is_admin else self.access.get(user.username, Access())

    @property
    def home(self) -> str:
        return self.workspace.organization_id

    def holder(self, *permissions: Permission, name: str = "boss") -> Actor:
        """Somebody with these permissions in `default`."""
        held = Access(organizations={self.home: frozenset(permissions)})
        return Actor(kind="user", id=name, name=name, access=held, source="127.0.0.1")

    async def add(self, username: str = "ada", *, password: str = PASSWORD, **fields: Any) -> UserView:
        request = UserRequest(username=username, password=password, **fields)
        return await self.identity.users.create(ADMIN, request)

    async def login(
        self, username: str = "ada", password: str = PASSWORD, *, otp: str = "", source: str = "192.0.2.1"
    ) -> SignedIn:
        request = LoginRequest(username=username, password=password, otp=otp)
        return await self.identity.authentication.login(stranger(source), request, AGENT)

    async def actor(self, signed_in: SignedIn, **shown: Any) -> Actor:
        actor = await self.identity.sessions.recognise(presented(signed_in.access_token, **shown))
        assert actor is not None
        return actor

    async def with_totp(self, username: str = "ada") -> tuple[Actor, pyotp.TOTP, tuple[str, ...]]:
        """A user who has just confirmed an authenticator app, their app and their recovery codes. The code of the
        present step is used up."""
        await self.add(username)
        actor = await self.actor(await self.login(username))
        enrolled = await self.identity.factors.enrol(actor)
        app = pyotp.TOTP(enrolled.secret)
        made = await self.identity.factors.confirm(actor, CodeRequest(self.code(app)))
        return actor, app, made.recovery_codes

    def code(self, app: pyotp.TOTP, *, steps: int = 0) -> str:
        return app.generate_otp(self.clock.now() // 1_000_000 // 30 + steps)

    async def user(self, username: str = "ada") -> UserView:
        return await self.identity.users.show(ADMIN, Target(username))

    async def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return await self.database.read(lambda tx: [tuple(row) for row in tx.all(sql, parameters)])

    async def audited(self, action: str) -> list[tuple[str, str, str]]:
        """(actor, resource name, outcome) of the rows of an action. Waits for those that are on their way."""
        await self.database.write(lambda _tx: None)
        found = await self.rows(
            "SELECT actor_name, resource_name, outcome FROM audit_log WHERE action = ? ORDER BY sequence",
            action,
        )
        return [(str(a), str(b), str(c)) for a, b, c in found]

    async def count(self, table: str) -> int:
        return int((await self.rows(f"SELECT COUNT(*) FROM {table}"))[0][0])

    async def unchanged(self, work: Callable[[], Any]) -> None:
        """That `work` writes nothing but rows of refusals."""
        tables = (
            "users",
            "sessions",
            "refresh_tokens",
            "totp_factors",
            "recovery_codes",
            "passkeys",
            "spent_challenges",
        )
        before = {table: await self.rows(f"SELECT * FROM {table}") for table in tables}
        await work()
        assert {table: await self.rows(f"SELECT * FROM {table}") for table in tables} == before


@asynccontextmanager
async def world(
    folder: Path,
    *,
    hooks: IdentityHooks | None = None,
    on_set_up: tuple[Callable[[], None], ...] = (),
    **settings: Any,
) -> AsyncIterator[World]:
    clock, bus = SettableClock(), RecordingBus()
    values = IdentitySettings(**{"bcrypt_cost": 4, "party": PARTY, **settings})
    async with open_database(place(folder), bus, clock) as database:
        joined = World(database, bus, clock, values, hooks, on_set_up)
        joined.workspace = await database.write(joined.organizations.ensure_default)
        await joined.identity.load()
        yield joined
