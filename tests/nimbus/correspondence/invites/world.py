"""People with an organization, a mail server on loopback, and those who are invited."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from nimbus.composition.correspondence import Correspondence
from nimbus.composition.people import People
from nimbus.correspondence.invites.records import Accepted, AcceptRequest, InviteRequest, NewInvite
from nimbus.correspondence.mail.records import MailSettingsRequest
from nimbus.kernel.access import ANONYMOUS, Actor
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import UserRequest
from nimbus.people.organizations.records import OrganizationRequest, WorkspaceRequest
from nimbus.people.roles.records import BindingRequest
from tests.kit import records
from tests.kit.slices import Slices, slices
from tests.kit.smtp_server import Mailbox, smtp_server, text_of

ADMIN = records.ADMIN
PASSWORD = "a plain sentence is long"
LINK = re.compile(r"https://[^\s]+/invite#token=(ninv_[A-Za-z0-9_-]{43})")


def stranger(source: str = "192.0.2.1") -> Actor:
    return msgspec.structs.replace(ANONYMOUS, source=source, request_id="r-1")


class World:
    def __init__(self, joined: Slices, port: int, mailbox: Mailbox) -> None:
        self.slices, self.port, self.mailbox = joined, port, mailbox
        self.people: People = joined.people
        self.root = ADMIN
        self.database, self.clock = joined.database, joined.clock

    @property
    def mail(self) -> Correspondence:
        return self.slices.correspondence

    async def fill(self) -> None:
        for name in ("acme", "globex"):
            await self.slices.administration.create(ADMIN, OrganizationRequest(name=name))
        await self.slices.administration.create_workspace(
            ADMIN, WorkspaceRequest(name="web", organization="acme")
        )
        self.root = await self.user("root", is_admin=True)

    async def turn_mail_on(self, **fields: Any) -> None:
        request = MailSettingsRequest(
            **{
                "host": "127.0.0.1",
                "port": self.port,
                "security": "none",
                "from_address": "nimbus@example.com",
                "timeout": 5.0,
                **fields,
            }
        )
        await self.mail.mail.change(ADMIN, Target("mail"), request)

    async def user(self, name: str, role: str = "", organization: str = "acme", **fields: Any) -> Actor:
        """Somebody with a role in an organization, as they are recognised."""
        request = UserRequest(username=name, organization=organization, **fields)
        made = await self.people.sign_in.users.create(ADMIN, request)
        if role:
            await self.people.bindings.create(
                ADMIN, BindingRequest(role=role, user=name, organization=organization)
            )
        return await self.again(made.id)

    async def verify_address(self, name: str) -> None:
        """As a provider that vouches for it does."""
        await self.database.write(
            lambda tx: tx.execute("UPDATE users SET email_verified_at = 1 WHERE username = ?", (name,))
        )

    async def again(self, user_id: str) -> Actor:
        found = await self.database.read(lambda tx: self.mail._inviter(tx, "user", user_id))
        assert found is not None
        return msgspec.structs.replace(found, source="127.0.0.1")

    async def invite(self, by: Actor | None = None, **fields: Any) -> NewInvite:
        """By an administrator who has an account, when it is not said by whom."""
        values = {"email": "ada@example.org", "role": "viewer", "organization": "acme", **fields}
        return await self.mail.invites.create(by or self.root, InviteRequest(**values))

    async def accept(self, token: str, username: str = "ada", **fields: Any) -> Accepted:
        request = AcceptRequest(**{"token": token, "username": username, "password": PASSWORD, **fields})
        return await self.mail.acceptance.accept(stranger(), request, "tests/1.0")

    def signed_in(self, actor: Actor) -> Actor:
        """As one who came with a session, not with a key."""
        return msgspec.structs.replace(actor, session_id="s-1")

    async def mailed_token(self) -> str:
        """Of the newest mail, after everything that is due was sent."""
        await self.mail.postman.send_due()
        found = LINK.search(text_of(self.mailbox.messages[-1]))
        assert found, self.mailbox.messages[-1]
        return found[1]

    async def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return await self.slices.rows(sql, *parameters)

    async def audited(self, action: str) -> list[tuple[str, str]]:
        sql = "SELECT actor_name, resource_name FROM audit_log WHERE action = ? ORDER BY sequence"
        return [(str(actor), str(name)) for actor, name in await self.rows(sql, action)]


def token_in(link: str | None) -> str:
    assert link is not None
    found = LINK.fullmatch(link)
    assert found, link
    return found[1]


@asynccontextmanager
async def world(folder: Path, *, mail: bool = True) -> AsyncIterator[World]:
    with smtp_server() as (port, mailbox):
        async with slices(folder) as joined:
            await joined.people.load()
            made = World(joined, port, mailbox)
            await made.fill()
            if mail:
                await made.turn_mail_on()
            yield made
