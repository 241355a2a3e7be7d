"""Two organizations with something behind every operation of the API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from nimbus.client.client import Client
from tests.kit.control_plane import ControlPlane
from tests.kit.database import change
from tests.kit.two_organizations import PASSWORD, TwoOrganizations, two_organizations

LABEL = "tier=gold"
ORDERS = ("tasks", "operations", "operations/plan")
CALLERS = ("owner", "administrator", "viewer", "operator-of-web", "session")


class ContractWorld:
    """`known` is what stands behind names of fields and parameters, for all operations or for each by itself."""

    def __init__(self, world: TwoOrganizations, administrator: str) -> None:
        self.world = world
        self.plane: ControlPlane = world.plane
        self._administrator = administrator
        # By their ids: names are changed while it runs.
        ids = world.parameters
        self.known: dict[str, Any] = {
            **{
                name: ids[name]
                for name in ("role", "user", "group", "key", "node", "workspace", "organization")
            },
            "from": ids["node"],
            "nodes": [ids["node"]],
            "groups": [ids["group"]],
            "label": LABEL,
            "kind": dict.fromkeys((f"POST /api/v1/{path}" for path in ORDERS), "collect_facts"),
            "parameters": {f"POST /api/v1/{path}": {} for path in ORDERS},
            "password": {f"POST /api/v1/{path}": PASSWORD for path in ("users", "invites/accept")},
            "domains": ["www.example.com"],
            "sql": "SELECT status, count(*) FROM access_logs GROUP BY status",
            "query": {"POST /api/v1/access-logs/graphql": "{accessLogs(limit: 1) {uri status}}"},
            "version": {
                f"POST /api/v1/{path}/rollback": 1
                for path in (
                    "secrets/{secret}",
                    "templates/{template}",
                    "upstreams/{upstream}",
                    "virtual-hosts/{virtual_host}",
                )
            },
        }

    def credential(self, caller: str) -> str:
        """An API key; of `session` an access token."""
        if caller == "session":
            return self.world.token
        return self._administrator if caller == "administrator" else self.world.keys[caller]

    def write_known(self, file: Path) -> None:
        file.write_text(json.dumps(self.known), "utf-8")


def _in_mesh(plane: ControlPlane, *nodes: str) -> None:
    """By the database: there is no WireGuard here."""
    change(
        plane.config,
        "INSERT INTO mesh_state (id, revision) VALUES (1, 1) ON CONFLICT (id) DO NOTHING",
        "INSERT INTO mesh_scopes (scope, revision, checksum, forgotten_before, matched, seen_anew)"
        f" VALUES ('home', 1, '{0:064x}', 0, '[]', 0) ON CONFLICT (scope) DO NOTHING",
        *(
            "INSERT INTO mesh_peers (node_id, scope, name, public_key, address, endpoint, revision, entered,"
            " more_endpoints, workspace)"
            f" VALUES ('{node}', 'home', 'db-{number}', 'key-{number}', '10.106.103.{number}', '', 1, 1, '',"
            " 'w')"
            for number, node in enumerate(nodes, 1)
        ),
    )


def _deployed(plane: ControlPlane, ids: dict[str, str]) -> None:
    """By the database: there is no nginx here."""
    change(
        plane.config,
        "INSERT INTO edge_deployments (id, workspace_id, operation_id, objects, canary, wave, created_by,"
        f" created_at, ended_at) VALUES ('{ids['deployment']}', '{ids['workspace']}', '{ids['operation']}',"
        " '[]', 0, 1, 'admin', 1, 1)",
    )


def _more(client: Client) -> dict[str, Any]:
    client.post("/api/v1/grants", {"role": "owner", "user": "ada", "organization": "acme"})
    provider = client.post(
        "/api/v1/identity-providers",
        {"name": "corp", "issuer": "http://127.0.0.1:9", "client_id": "nimbus", "enabled": True},
    )
    invite = client.post(
        "/api/v1/invites", {"email": "kim@example.org", "role": "viewer", "organization": "acme"}
    )
    client.patch("/api/v1/nodes/db-1", {"labels": {"tier": "gold"}})
    client.post("/api/v1/secrets/database/versions", {"value": "swordfish 2"})
    return {"provider": provider["name"], "token": invite["link"].partition("#token=")[2]}


@asynccontextmanager
async def contract_world(folder: Path) -> AsyncIterator[ContractWorld]:
    # Passkeys want a host name.
    async with two_organizations(folder, advertise="localhost") as world:
        plane = world.plane
        made = await plane.post("/api/v1/personal-keys", {"name": "all", "kind": "api-key"})
        contract = ContractWorld(world, made["api_key"])
        more = await plane.call(_more)
        world.parameters["provider"] = more["provider"]
        contract.known["token"] = {
            f"POST /api/v1/invites/{verb}": more["token"] for verb in ("preview", "accept", "claim")
        }
        signed_in = await plane.call(
            lambda client: client.post_public("/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
        )
        world.token = str(signed_in["access_token"])
        with trio.fail_after(30):
            second = await plane.agent("db-2", workspace="acme/db")
            await second.beat()
        first = await plane.get("/api/v1/nodes/db-1", workspace="acme/db")
        _in_mesh(plane, first["id"], second.node_id)
        contract.known["to"] = second.node_id
        _deployed(plane, world.parameters)
        world.parameters["version"] = "1"
        yield contract
