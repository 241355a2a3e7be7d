"""The slice on a real database, with its routes served over TLS on loopback, and a clock that the test sets."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import trio

from nimbus.composition.foundation import lay_foundation
from nimbus.composition.identity import IdentitySettings
from nimbus.composition.people import People
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.http import operator_listener
from nimbus.http.application import make_application
from nimbus.http.door import Door
from nimbus.kernel.access import EVERYWHERE, Actor
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import UserPatch, UserRequest, UserView
from nimbus.people.organizations.administration import OrganizationAdministration
from nimbus.people.organizations.records import Workspace
from nimbus.people.roles.records import GroupRequest
from nimbus.people.single_sign_on.records import (
    IdentityProviderPatch,
    IdentityProviderRequest,
    IdentityProviderView,
)
from nimbus.records.idempotency.service import Idempotency
from nimbus.trust.pki import authority
from tests.kit import records
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, place
from tests.kit.openid_provider import Browser, OpenIdProvider
from tests.kit.ports import free_ports

ADMIN = Actor(kind="user", id="root", name="root", access=EVERYWHERE, source="127.0.0.1")
T = TypeVar("T")


class World:
    def __init__(
        self, folder: Path, database: Database, bus: RecordingBus, clock: SettableClock, port: int
    ) -> None:
        self.folder, self.database, self.bus, self.clock = folder, database, bus, clock
        self.base_url = f"https://127.0.0.1:{port}"
        foundation = lay_foundation(database, bus, clock, records.SEALER)
        self.people = People(foundation, IdentitySettings(bcrypt_cost=4), base_url=self.base_url)
        self.sso = self.people.single_sign_on
        self.administration = OrganizationAdministration(
            database, clock, foundation.audit, self.people.organizations
        )
        self.authority = authority.load_or_create(folder / "pki", clock.now())
        self.ca_file = str(self.authority.ca_file)
        self.workspace = Workspace("", "", "", "")

    @property
    def redirect_uri(self) -> str:
        return f"{self.base_url}/api/v1/auth/oidc/corp/callback"

    async def add_provider(self, real: OpenIdProvider, **fields: Any) -> IdentityProviderView:
        """`corp`, where everybody may sign up."""
        request = {
            "name": "corp",
            "issuer": real.issuer,
            "client_id": real.client_id,
            "sign_up": "on",
            "client_secret": real.client_secret,
            **fields,
        }
        return await self.sso.providers.create(ADMIN, msgspec.convert(request, IdentityProviderRequest))

    async def change_provider(self, **fields: Any) -> IdentityProviderView:
        patch = msgspec.convert(fields, IdentityProviderPatch)
        return await self.sso.providers.change(ADMIN, Target("corp"), patch)

    async def add_user(self, username: str, **fields: Any) -> UserView:
        return await self.people.sign_in.users.create(ADMIN, UserRequest(username=username, **fields))

    async def verify_address(self, username: str) -> None:
        """As an invite that was mailed there does."""
        await self.database.write(
            lambda tx: tx.execute("UPDATE users SET email_verified_at = 1 WHERE username = ?", (username,))
        )

    async def change_user(self, username: str, **fields: Any) -> UserView:
        return await self.people.sign_in.users.change(ADMIN, Target(username), UserPatch(**fields))

    async def token(self) -> str:
        """The access token of an administrator."""
        boss = await self.add_user("boss", is_admin=True)

        def open_session(tx: Transaction) -> str:
            user = self.people.sign_in.users.find(tx, ADMIN, boss.id)
            return self.people.sign_in.sessions.open(tx, ADMIN, user, ("pwd",), "tests").access_token

        return await self.database.write(open_session)

    async def user(self, username: str) -> UserView:
        return await self.people.sign_in.users.show(ADMIN, Target(username))

    async def add_group(self, name: str) -> str:
        return (await self.people.groups.create(ADMIN, GroupRequest(name=name))).id

    async def members(self, group: str) -> list[str]:
        return [one.username for one in await self.people.memberships.members(ADMIN, Target(group))]

    async def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        # What is on its way is written first.
        await self.database.write(lambda _tx: None)
        return await self.database.read(lambda tx: [tuple(row) for row in tx.all(sql, parameters)])

    async def refusals(self) -> list[str]:
        """The reasons of refused sign-ins, as the audit log has them."""
        found = await self.rows("SELECT diff FROM audit_log WHERE outcome <> 'ok' ORDER BY sequence")
        return [msgspec.json.decode(diff)["after"]["error"] for (diff,) in found]

    async def actions(self) -> list[str]:
        found = await self.rows("SELECT action FROM audit_log WHERE outcome = 'ok' ORDER BY sequence")
        return [str(action) for (action,) in found]

    # A person with a browser.

    def browser(self) -> Browser:
        """Trusts the control plane; the provider speaks plain HTTP on loopback, or has a certificate of the same
        authority."""
        return Browser(self.ca_file)

    async def callback_address(
        self,
        browser: Browser,
        login: str = "ada",
        *,
        return_to: str = "/",
        password: str = "any",
        **query: str,
    ) -> str:
        """Through the provider, up to the address that it sends the browser back to."""

        def follow() -> str:
            answer = browser.client.get(
                f"{self.base_url}/api/v1/auth/oidc/corp/start", params={"return_to": return_to, **query}
            )
            assert answer.status_code == 303, answer.text
            found = browser.sign_in(answer.headers["location"], login, self.redirect_uri, password=password)
            assert found, f"the provider did not send the browser back: {browser.last}"
            return found

        return await trio.to_thread.run_sync(follow)

    async def get(self, browser: Browser, url: str, **headers: str) -> httpx.Response:
        return await trio.to_thread.run_sync(lambda: browser.open(url, **headers))

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        def send() -> httpx.Response:
            context = ssl.create_default_context(cafile=self.ca_file)
            sent = {"json": body} if body is not None else {}
            return httpx.post(
                self.base_url + path, verify=context, timeout=20, trust_env=False, **sent, **options
            )

        return await trio.to_thread.run_sync(send)

    async def signed_in(self, login: str = "ada", **fields: Any) -> httpx.Response:
        """The answer of the callback, for somebody with a new browser."""
        with self.browser() as browser:
            return await self.get(browser, await self.callback_address(browser, login, **fields))


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    folder.mkdir(exist_ok=True)
    clock, bus = SettableClock(), RecordingBus()
    port = free_ports(1)[0]
    async with open_database(place(folder), bus, clock) as database:
        made = World(folder, database, bus, clock, port)
        made.workspace = await database.write(made.people.organizations.ensure_default)
        await made.people.load()
        door = Door(made.people.recognisers, Idempotency(database, clock, records.SEALER))
        application = make_application([*made.people.sign_in.routes(), *made.sso.routes()], door)
        files = made.authority.server_files(["127.0.0.1", "localhost"], clock.now())
        stop = trio.Event()
        async with trio.open_nursery() as nursery:
            sockets = [operator_listener.listen("127.0.0.1", port)]
            await nursery.start(
                operator_listener.serve,
                application,
                sockets,
                operator_listener.api_context(*files),
                stop.wait,
            )
            try:
                yield made
            finally:
                stop.set()
