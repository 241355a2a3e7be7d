"""A control plane that two organizations share, with something of everything in the first: for the ledgers that ask
every route what it tells whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from nimbus.client.client import Client
from nimbus.kernel.ids import new_id
from tests.kit.artifacts import begin_upload, upload_artifact
from tests.kit.certificates import certificate_files
from tests.kit.control_plane import ControlPlane, control_plane

PASSWORD = "correct horse battery staple"
ROLES = ("owner", "admin", "operator", "viewer")


class TwoOrganizations:
    """`keys` has the API key of each kind of caller; `parameters` the id of a resource of `acme` for each name of a
    path parameter. Callers: a role's name (in all of acme), `operator-of-web` (in acme/web only), `stranger-owner`
    (owner of globex), `idle` (a key whose grant was taken away)."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.keys: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        self.token = ""

    def fill(self, client: Client) -> None:
        for organization in ("acme", "globex"):
            client.post("/api/v1/organizations", {"name": organization})
        acme = client.get("/api/v1/organizations/acme")
        self.parameters["organization"] = acme["id"]
        workspaces = {
            name: client.post("/api/v1/organizations/acme/workspaces", {"name": name})["id"]
            for name in ("db", "web")
        }
        client.post("/api/v1/organizations/globex/workspaces", {"name": "web"})
        self.parameters["workspace"] = workspaces["db"]
        for role in ROLES:
            self.keys[role] = _service_key(client, role, {"role": role, "organization": "acme"})
        self.keys["operator-of-web"] = _service_key(
            client, "operator-of-web", {"role": "operator", "workspace": "acme/web"}
        )
        self.keys["stranger-owner"] = _service_key(
            client, "stranger-owner", {"role": "owner", "organization": "globex"}
        )
        self.keys["idle"] = _service_key(client, "idle", {"role": "viewer", "organization": "globex"})
        for grant in client.get("/api/v1/grants", key="idle"):
            client.delete(f"/api/v1/grants/{grant['id']}")
        self._people(client)

    def _people(self, client: Client) -> None:
        role = client.post(
            "/api/v1/roles", {"name": "reader", "organization": "acme", "permissions": ["agent:read"]}
        )
        group = client.post("/api/v1/groups", {"name": "ops", "organization": "acme"})
        grant = client.post(
            "/api/v1/grants", {"role": "viewer", "group": group["id"], "workspace": "acme/db"}
        )
        key = client.post("/api/v1/keys", {"name": "spare", "role": "viewer", "workspace": "acme/db"})
        secret = client.post(
            "/api/v1/secrets", {"name": "database", "workspace": "acme/db", "value": "swordfish"}
        )
        upstream = client.post(
            "/api/v1/upstreams",
            {"name": "of-db", "workspace": "acme/db", "servers": [{"address": "db-1.example:80"}]},
        )
        template = client.post(
            "/api/v1/templates",
            {
                "name": "of-db",
                "workspace": "acme/db",
                "text": "server {\n    {{listen}}\n    server_name {{server_name}};\n}\n",
            },
        )
        chain, private_key = certificate_files("db-1.example")
        certificate = client.post(
            "/api/v1/certificates",
            {"name": "of-db", "workspace": "acme/db", "chain": chain, "private_key": private_key},
        )
        virtual_host = client.post(
            "/api/v1/virtual-hosts",
            {
                "name": "of-db",
                "workspace": "acme/db",
                "server_name": ["db-1.example"],
                "ssl_enabled": False,
                "locations": [{"path": "/", "redirect": "/x"}],
            },
        )
        artifact = upload_artifact(client, "tool-of-db", b"of db-1", workspace="acme/db")
        upload = begin_upload(client, "half-of-db", b"more of db-1", workspace="acme/db")
        client.post("/api/v1/nodes/tokens", {"workspace": "acme/db"})
        [token] = client.get("/api/v1/join-tokens", workspace="acme/db")
        [row] = client.get("/api/v1/audit-log", resource=group["id"], action="group.create")
        client.post("/api/v1/users", {"username": "ada", "organization": "acme", "password": PASSWORD})
        signed_in = client.post_public("/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
        [session] = client.get("/api/v1/sessions", user="ada")
        self.token = str(signed_in["access_token"])
        provider = client.post(
            "/api/v1/identity-providers",
            {"name": "idp", "issuer": "https://idp.example.org", "client_id": "nimbus", "enabled": False},
        )
        invite = client.post(
            "/api/v1/invites", {"email": "eve@example.org", "role": "viewer", "organization": "acme"}
        )
        destination = {"name": "elsewhere", "target": "https://siem.invalid/", "enabled": False}
        made = client.post("/api/v1/audit-destinations", destination)["destination"]
        self.parameters |= {
            "destination": made["id"],
            "invite": invite["id"],
            "provider": provider["id"],
            # Nobody has a passkey here: it takes a browser.
            "passkey": new_id(),
            "session": session["id"],
            "user": client.get("/api/v1/users/ada")["id"],
            "secret": secret["id"],
            "upstream": upstream["id"],
            "template": template["id"],
            "certificate": certificate["id"],
            "virtual_host": virtual_host["id"],
            # A number that nothing else shows.
            "version": "1987654321",
            "artifact": artifact["id"],
            "upload": upload["id"],
            "row": row["id"],
            "role": role["id"],
            "group": group["id"],
            "grant": grant["id"],
            "key": key["id"],
            "token": token["id"],
        }


def _service_key(client: Client, name: str, body: dict[str, Any]) -> str:
    return str(client.post("/api/v1/keys", {"name": name, **body})["api_key"])


@asynccontextmanager
async def two_organizations(folder: Path, **settings: Any) -> AsyncIterator[TwoOrganizations]:
    async with control_plane(folder, **settings) as plane:
        world = TwoOrganizations(plane)
        await plane.call(world.fill)
        with trio.fail_after(30):
            agent = await plane.agent("db-1", workspace="acme/db")
            await agent.beat()
        task = await plane.post(
            "/api/v1/tasks", {"node": "db-1", "workspace": "acme/db", "kind": "collect_facts"}
        )
        operation = await plane.post(
            "/api/v1/operations",
            {"name": "look", "nodes": ["db-1"], "workspace": "acme/db", "kind": "collect_facts"},
        )
        await plane.post("/api/v1/edges", {"node": "db-1", "workspace": "acme/db"})
        # Of which there is none: what is not there and what is another's is answered alike.
        world.parameters |= {"edge": agent.node_id, "deployment": new_id()}
        world.parameters |= {"node": agent.node_id, "task": task["id"], "operation": operation["id"]}
        yield world
