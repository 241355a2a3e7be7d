"""People of two organizations with passwords and keys, on a control plane that runs: who may more, who less."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import bcrypt
import trio

from nimbus.client.client import Client
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.requester import Reply, Requester

PASSWORD = "correct horse battery staple"
ROLES = ("owner", "admin", "operator", "viewer")


class Staff:
    """`sessions`, `keys` (API keys) and `key_ids` by the name of a user: `acme-ROLE` and `rival-ROLE`, `acme-none`,
    `acme-desk` (may write users and keys, little else), `acme-lead` (admin of the workspace acme/web alone),
    `shared` (of rival, and owner of acme)."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.users: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.key_ids: dict[str, str] = {}
        self._made = 0

    def fill(self, client: Client) -> None:
        for organization in ("acme", "rival"):
            client.post("/api/v1/organizations", {"name": organization})
            client.post(f"/api/v1/organizations/{organization}/workspaces", {"name": "web"})
            for role in ROLES:
                self._hire(client, f"{organization}-{role}", organization, role)
        self._hire(client, "acme-none", "acme")
        desk = ["user:read", "user:write", "user:delete", "key:read", "key:write", "key:delete"]
        desk += ["organization:read", "group:read", "group:write", "group:delete"]
        client.post("/api/v1/roles", {"name": "desk", "organization": "acme", "permissions": desk})
        self._hire(client, "acme-desk", "acme", "desk")
        self._hire(client, "acme-lead", "acme")
        client.post("/api/v1/grants", {"role": "admin", "user": "acme-lead", "workspace": "acme/web"})
        self._hire(client, "shared", "rival")
        client.post("/api/v1/grants", {"role": "owner", "user": "shared", "organization": "acme"})

    def _hire(self, client: Client, name: str, organization: str, role: str = "") -> None:
        body = {"username": name, "organization": organization, "password": PASSWORD}
        self.users[name] = client.post("/api/v1/users", body)["id"]
        if role:
            client.post("/api/v1/grants", {"role": role, "user": name, "organization": organization})

    async def sign_in(self, *names: str) -> None:
        def sign_in(client: Client) -> None:
            for name in names:
                body = {"username": name, "password": PASSWORD}
                self.sessions[name] = client.post_public("/api/v1/auth/login", body)["access_token"]

        await self.plane.call(sign_in)

    async def personal_key(self, user: str, **body: Any) -> str:
        """An API key of that user, who has signed in; its id is in `key_ids`."""
        if user not in self.sessions:
            await self.sign_in(user)
        self._made += 1
        request = {"name": f"k{self._made}", "kind": "api-key", **body}
        made = (await self.ask(self.sessions[user], "POST", "/api/v1/personal-keys", request)).data
        self.keys[user], self.key_ids[user] = made["api_key"], made["id"]
        return str(made["api_key"])

    async def ask(self, who: str, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        """`who` is an API key, or an access token."""

        def ask() -> Reply:
            with requester(self.plane, who) as one:
                return one.send(method, target, body, **headers)

        return await trio.to_thread.run_sync(ask)


def requester(plane: ControlPlane, who: str) -> Requester:
    """With an API key or an access token; "": a stranger."""
    if who.startswith("nbk_") or not who:
        return Requester(plane, who)
    return Requester(plane, "", Authorization=f"Bearer {who}")


@asynccontextmanager
async def staff(folder: Path, **settings: Any) -> AsyncIterator[Staff]:
    # As hashed as a test needs it.
    with mock.patch("bcrypt.gensalt", return_value=bcrypt.gensalt(4)):
        async with control_plane(folder, **settings) as plane:
            made = Staff(plane)
            await plane.call(made.fill)
            yield made
