"""A ledger: every route that changes something leaves its line in the audit log, when it is done and when it is
refused. A route that is not here fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import trio

from nimbus.composition.action_names import action_of
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Open, Route
from tests.kit.certificates import certificate_files
from tests.kit.declared_routes import declared_routes
from tests.kit.requester import Requester
from tests.kit.two_organizations import two_organizations

CHAIN, KEY = certificate_files("www.example.com")
HOST = {
    "name": "h1",
    "server_name": ["www.example.com"],
    "ssl_enabled": False,
    "locations": [{"path": "/", "redirect": "/x"}],
}
# In this order: what is deleted is deleted last. (method, path): (parameters, body).
CALLS: dict[tuple[str, str], tuple[dict[str, str], Any]] = {
    ("POST", "/api/v1/organizations"): ({}, {"name": "initech"}),
    ("PATCH", "/api/v1/organizations/{organization}"): ({"organization": "initech"}, {"description": "x"}),
    ("POST", "/api/v1/workspaces"): ({}, {"name": "w1", "organization": "initech"}),
    ("POST", "/api/v1/organizations/{organization}/workspaces"): (
        {"organization": "initech"},
        {"name": "w2"},
    ),
    ("PATCH", "/api/v1/workspaces/{workspace}"): ({"workspace": "w1"}, {"description": "x"}),
    ("POST", "/api/v1/workspaces/{workspace}/move"): ({"workspace": "w1"}, {"organization": "globex"}),
    ("POST", "/api/v1/roles"): ({}, {"name": "r1", "organization": "acme", "permissions": ["agent:read"]}),
    ("PATCH", "/api/v1/roles/{role}"): ({"role": "r1"}, {"description": "x"}),
    ("POST", "/api/v1/groups"): ({}, {"name": "g1", "organization": "acme"}),
    ("PATCH", "/api/v1/groups/{group}"): ({"group": "g1"}, {"description": "x"}),
    ("POST", "/api/v1/groups/{group}/members"): ({"group": "g1"}, {"user": "admin"}),
    ("DELETE", "/api/v1/groups/{group}/members/{user}"): ({"group": "g1", "user": "admin"}, None),
    ("POST", "/api/v1/grants"): ({}, {"role": "viewer", "group": "g1", "organization": "acme"}),
    ("POST", "/api/v1/keys"): ({}, {"name": "k1", "role": "viewer", "organization": "acme"}),
    ("POST", "/api/v1/personal-keys"): ({}, {"name": "p1"}),
    ("PATCH", "/api/v1/keys/{key}"): ({"key": "p1"}, {"labels": {"a": "b"}}),
    ("POST", "/api/v1/keys/{key}/rotate"): ({"key": "p1"}, {}),
    ("POST", "/api/v1/users"): ({}, {"username": "bob", "organization": "acme"}),
    ("PATCH", "/api/v1/users/{user}"): ({"user": "bob"}, {"display_name": "Bob"}),
    ("POST", "/api/v1/users/{user}/password"): ({"user": "bob"}, {"password": "a-password-of-bob"}),
    ("POST", "/api/v1/users/{user}/second-factors/reset"): ({"user": "bob"}, None),
    ("DELETE", "/api/v1/sessions/{session}"): ({}, None),
    ("POST", "/api/v1/secrets"): ({}, {"name": "s1", "value": "swordfish"}),
    ("PATCH", "/api/v1/secrets/{secret}"): ({"secret": "s1"}, {"description": "x"}),
    ("GET", "/api/v1/secrets/{secret}/value"): ({"secret": "s1"}, None),
    ("POST", "/api/v1/secrets/{secret}/value/comparison"): ({"secret": "s1"}, {"value": "a guess"}),
    ("PUT", "/api/v1/secrets/{secret}/value"): ({"secret": "s1"}, {"value": "y"}),
    ("POST", "/api/v1/secrets/{secret}/versions"): ({"secret": "s1"}, {"value": "z"}),
    ("POST", "/api/v1/secrets/{secret}/rollback"): ({"secret": "s1"}, {"version": 1}),
    ("POST", "/api/v1/secrets/master-key/rotations"): ({}, None),
    ("POST", "/api/v1/upstreams"): ({}, {"name": "u1", "servers": [{"address": "10.0.0.5:80"}]}),
    ("PATCH", "/api/v1/upstreams/{upstream}"): ({"upstream": "u1"}, {"keepalive": 0}),
    ("POST", "/api/v1/upstreams/{upstream}/rollback"): ({"upstream": "u1"}, {"version": 1}),
    ("POST", "/api/v1/templates"): (
        {},
        {"name": "t1", "text": "server {\n    {{listen}}\n    server_name {{server_name}};\n}\n"},
    ),
    ("PATCH", "/api/v1/templates/{template}"): (
        {"template": "t1"},
        {"text": "server {\n    server_name {{server_name}};\n    {{listen}}\n}\n"},
    ),
    ("POST", "/api/v1/templates/{template}/rollback"): ({"template": "t1"}, {"version": 1}),
    ("POST", "/api/v1/virtual-hosts"): ({}, HOST),
    ("PATCH", "/api/v1/virtual-hosts/{virtual_host}"): ({"virtual_host": "h1"}, {"gzip": False}),
    ("POST", "/api/v1/virtual-hosts/{virtual_host}/rollback"): ({"virtual_host": "h1"}, {"version": 1}),
    ("POST", "/api/v1/certificates"): ({}, {"name": "c1", "chain": CHAIN, "private_key": KEY}),
    ("POST", "/api/v1/certificates/issue"): ({}, {"name": "c2", "domains": ["www.example.com"]}),
    ("POST", "/api/v1/certificates/{certificate}/renew"): ({"certificate": "c2"}, None),
    ("PATCH", "/api/v1/certificates/{certificate}"): ({"certificate": "c1"}, {"description": "z"}),
    ("POST", "/api/v1/certificates/{certificate}/replace"): (
        {"certificate": "c1"},
        {"chain": CHAIN, "private_key": KEY},
    ),
    ("GET", "/api/v1/certificates/{certificate}/export"): ({"certificate": "c1"}, None),
    ("POST", "/api/v1/ca/rotations"): ({}, {"alone": True}),
    ("POST", "/api/v1/nodes/tokens"): ({}, {}),
    ("POST", "/api/v1/agents/tokens"): ({}, {}),
    ("DELETE", "/api/v1/join-tokens/{token}"): ({}, None),
    ("POST", "/api/v1/nodes/{node}/tokens"): ({"node": "db-1"}, {}),
    ("POST", "/api/v1/agents/{node}/tokens"): ({"node": "db-2"}, {}),
    ("PATCH", "/api/v1/nodes/{node}"): ({"node": "db-1"}, {"labels": {"a": "b"}}),
    ("PATCH", "/api/v1/agents/{node}"): ({"node": "db-2"}, {"labels": {"a": "b"}}),
    ("POST", "/api/v1/tasks"): ({}, {"node": "db-1", "kind": "collect_facts"}),
    ("POST", "/api/v1/tasks/{task}/cancel"): ({}, None),
    ("POST", "/api/v1/tasks/{task}/retry"): ({}, None),
    ("POST", "/api/v1/operations"): ({}, {"name": "o1", "nodes": ["db-1"], "kind": "collect_facts"}),
    ("POST", "/api/v1/operations/{operation}/pause"): ({}, None),
    ("POST", "/api/v1/operations/{operation}/resume"): ({}, None),
    ("POST", "/api/v1/operations/{operation}/cancel"): ({}, None),
    ("POST", "/api/v1/artifact-uploads"): ({}, {"name": "a1", "version": "1", "size": 1, "sha256": "0" * 64}),
    ("PATCH", "/api/v1/artifacts/{artifact}"): ({}, {"description": "x"}),
    ("POST", "/api/v1/artifacts/{artifact}/fetch"): ({}, {"nodes": ["db-1"]}),
    ("DELETE", "/api/v1/artifact-uploads/{upload}"): ({}, None),
    ("POST", "/api/v1/mesh/probes"): ({}, None),
    ("PUT", "/api/v1/mesh/policy"): ({}, {"default": "deny"}),
    ("GET", "/api/v1/audit-log/export"): ({}, None),
    ("POST", "/api/v1/audit-destinations"): (
        {},
        {"name": "siem", "target": "syslog+tls://logs.example.org", "enabled": False},
    ),
    ("PATCH", "/api/v1/audit-destinations/{destination}"): (
        {"destination": "siem"},
        {"target": "syslog+tcp://192.0.2.7"},
    ),
    ("DELETE", "/api/v1/audit-destinations/{destination}"): ({"destination": "siem"}, None),
    ("PUT", "/api/v1/settings/mail"): (
        {},
        {"host": "localhost", "from_address": "a@b.example", "enabled": False},
    ),
    ("PUT", "/api/v1/settings/notifications"): ({}, {"recipients": []}),
    ("PATCH", "/api/v1/settings"): ({}, {"display_name": "staging"}),
    ("PUT", "/api/v1/organizations/{organization}/notifications"): (
        {"organization": "acme"},
        {"recipients": []},
    ),
    ("POST", "/api/v1/identity-providers"): (
        {},
        {"name": "idp1", "issuer": "https://idp.example.org", "client_id": "nimbus"},
    ),
    ("PATCH", "/api/v1/identity-providers/{provider}"): ({"provider": "idp1"}, {"display_name": "x"}),
    ("DELETE", "/api/v1/identity-providers/{provider}"): ({"provider": "idp1"}, None),
    ("POST", "/api/v1/invites"): ({}, {"email": "new@example.org", "role": "viewer", "organization": "acme"}),
    ("POST", "/api/v1/invites/{invite}/resend"): ({}, {}),
    ("DELETE", "/api/v1/invites/{invite}"): ({}, None),
    ("PATCH", "/api/v1/grants/{grant}"): ({}, {"expires_at": "2099-01-01T00:00:00Z"}),
    ("DELETE", "/api/v1/grants/{grant}"): ({}, None),
    ("DELETE", "/api/v1/users/{user}"): ({"user": "bob"}, None),
    ("DELETE", "/api/v1/keys/{key}"): ({"key": "p1"}, None),
    ("DELETE", "/api/v1/secrets/{secret}"): ({"secret": "s1"}, None),
    ("DELETE", "/api/v1/certificates/{certificate}"): ({"certificate": "c1"}, None),
    ("DELETE", "/api/v1/virtual-hosts/{virtual_host}"): ({"virtual_host": "h1"}, None),
    ("DELETE", "/api/v1/upstreams/{upstream}"): ({"upstream": "u1"}, None),
    ("DELETE", "/api/v1/templates/{template}"): ({"template": "t1"}, None),
    ("DELETE", "/api/v1/groups/{group}"): ({"group": "g1"}, None),
    ("DELETE", "/api/v1/roles/{role}"): ({"role": "r1"}, None),
    ("POST", "/api/v1/edges"): ({}, {"node": "db-2"}),
    ("PATCH", "/api/v1/edges/{edge}"): ({"edge": "db-1"}, {"mode": "standalone"}),
    ("POST", "/api/v1/edges/{edge}/nginx"): ({"edge": "db-1"}, {"action": "test"}),
    ("DELETE", "/api/v1/edges/{edge}"): ({"edge": "db-1"}, None),
    ("DELETE", "/api/v1/nodes/{node}"): ({"node": "db-1"}, None),
    ("DELETE", "/api/v1/agents/{node}"): ({"node": "db-2"}, None),
    # Nobody depends on it any more.
    ("DELETE", "/api/v1/ca/previous"): ({}, None),
    ("DELETE", "/api/v1/workspaces/{workspace}"): ({"workspace": "w2"}, None),
    ("DELETE", "/api/v1/organizations/{organization}"): ({"organization": "initech"}, None),
}


# What takes more than one request (a code, a key of hardware, a token): the tests that look at their lines.
ELSEWHERE = {
    ("GET", "/api/v1/auth/oidc/{provider}/callback"): "tests/nimbus/single_sign_on",
    ("POST", "/api/v1/auth/oidc/exchange"): "tests/nimbus/single_sign_on",
    ("POST", "/api/v1/auth/oidc/{provider}/device/token"): "tests/nimbus/single_sign_on",
    ("POST", "/api/v1/auth/oidc/{provider}/backchannel-logout"): "tests/nimbus/single_sign_on",
    ("POST", "/api/v1/auth/identities"): "tests/nimbus/single_sign_on",
    ("DELETE", "/api/v1/auth/identities/{provider}"): "tests/nimbus/single_sign_on",
    ("POST", "/api/v1/edge/deployments"): "tests/flows/test_edge_deployments.py",
    ("POST", "/api/v1/artifact-uploads/{upload}/complete"): "tests/flows/test_artifacts.py",
    ("DELETE", "/api/v1/artifacts/{artifact}"): "tests/flows/test_artifacts.py",
    ("POST", "/api/v1/settings/mail/test"): "tests/nimbus/mail",
    ("POST", "/api/v1/audit-destinations/{destination}/test"): "tests/nimbus/records/destinations",
    ("POST", "/api/v1/invites/accept"): "tests/nimbus/invites",
    ("POST", "/api/v1/invites/claim"): "tests/nimbus/invites",
    ("POST", "/api/v1/users/{user}/second-factors/totp"): "tests/nimbus/identity",
    ("POST", "/api/v1/users/{user}/second-factors/totp/confirm"): "tests/nimbus/identity",
    ("POST", "/api/v1/users/{user}/second-factors/totp/disable"): "tests/nimbus/identity",
    ("POST", "/api/v1/users/{user}/second-factors/verify"): "tests/flows/test_second_factor_policy.py",
    ("POST", "/api/v1/users/{user}/second-factors/recovery-codes"): "tests/nimbus/identity",
    ("POST", "/api/v1/users/{user}/passkeys"): "tests/nimbus/identity",
    ("PATCH", "/api/v1/users/{user}/passkeys/{passkey}"): "tests/nimbus/identity",
    ("DELETE", "/api/v1/users/{user}/passkeys/{passkey}"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/cli-grants"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/reauthenticate"): "tests/flows/test_second_factor_policy.py",
    ("POST", "/api/v1/auth/cli-grants/exchange"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/setup"): "tests/flows/test_first_run.py",
    ("POST", "/api/v1/auth/login"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/second-factor"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/passkeys"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/refresh"): "tests/nimbus/identity",
    ("POST", "/api/v1/auth/logout"): "tests/nimbus/identity",
    ("POST", "/api/v1/nodes/{node}/approve"): "tests/flows/test_node_auth.py",
    ("POST", "/api/v1/agents/{node}/approve"): "tests/flows/test_node_auth.py",
    ("POST", "/api/v1/nodes/{node}/reject"): "tests/flows/test_node_auth.py",
    ("POST", "/api/v1/agents/{node}/reject"): "tests/flows/test_node_auth.py",
    ("POST", "/api/v1/nodes/{node}/rotate-key"): "tests/flows/test_node_auth.py",
    ("POST", "/api/v1/agents/{node}/rotate-key"): "tests/flows/test_node_auth.py",
}
# These write nothing, or nothing that anybody sees before another request makes something of it.
HARMLESS = {
    ("PUT", "/api/v1/artifact-uploads/{upload}/content"),
    ("POST", "/api/v1/auth/oidc/{provider}/device"),
    ("POST", "/api/v1/identity-providers/{provider}/test"),
    ("POST", "/api/v1/invites/preview"),
    ("POST", "/api/v1/virtual-hosts/preview"),
    ("POST", "/api/v1/virtual-hosts/{virtual_host}/preview"),
    ("POST", "/api/v1/upstreams/preview"),
    ("POST", "/api/v1/upstreams/{upstream}/preview"),
    ("POST", "/api/v1/templates/preview"),
    ("POST", "/api/v1/templates/{template}/preview"),
    ("POST", "/api/v1/mesh/policy/test"),
    ("POST", "/api/v1/operations/plan"),
    ("POST", "/api/v1/edge/deployments/plan"),
    ("POST", "/api/v1/access-logs/query"),
    ("POST", "/api/v1/access-logs/graphql"),
    ("POST", "/api/v1/auth/passkeys/options"),
    ("POST", "/api/v1/users/{user}/passkeys/options"),
}


def changing() -> list[Route]:
    return [route for route in declared_routes() if route.changes]


def test_the_ledger_has_every_route_that_changes_something() -> None:
    assert {(route.method, route.path) for route in changing()} == set(CALLS) | set(ELSEWHERE)
    assert not set(CALLS) & set(ELSEWHERE)


def test_every_method_that_can_change_is_declared_to() -> None:
    for route in declared_routes():
        if route.method != "GET":
            assert route.changes or (route.method, route.path) in HARMLESS, route.path


async def test_what_is_done_leaves_a_line(tmp_path: Path) -> None:
    async with two_organizations(tmp_path) as world:
        await world.plane.agent("db-2", workspace="acme/db")
        admin = (await world.plane.post("/api/v1/personal-keys", {"name": "ledger", "kind": "api-key"}))[
            "api_key"
        ]

        routes = {(route.method, route.path): route for route in changing()}

        def ask() -> None:
            with Requester(world.plane, admin) as requester:
                for (method, path), (parameters, body) in CALLS.items():
                    known = {**world.parameters, **parameters}
                    target = re.sub(r"{(\w+)}", lambda match, k=known: k[match[1]], path)  # type: ignore[misc]
                    reply = requester.send(method, target, body)
                    assert reply.status in (200, 201, 202), (method, target, reply)
                    rows = lines(requester, reply.headers["x-request-id"])
                    # What is refused is found by the same name.
                    name = action_of(routes[method, path])
                    assert name in {row["action"] for row in rows}, (method, target, name, rows)
                    for row in rows:
                        assert row["actor"]["name"] == "admin", row
                        assert (row["source"], row["outcome"]) == ("127.0.0.1", "ok"), row

        await trio.to_thread.run_sync(ask)


def lines(requester: Requester, request_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requester.get(f"/api/v1/audit-log?request_id={request_id}").data
    return found


async def test_what_is_refused_leaves_a_line(tmp_path: Path) -> None:
    """Each by a caller of its own: there are so many lines a minute for one, and a count of the rest."""
    async with two_organizations(tmp_path) as world:
        admin = (await world.plane.post("/api/v1/personal-keys", {"name": "ledger", "kind": "api-key"}))[
            "api_key"
        ]

        def ask(routes: list[Route], key: str) -> None:
            with Requester(world.plane, key) as requester, Requester(world.plane, admin) as reader:
                for route in routes:
                    target = re.sub(r"{\w+}", lambda _: new_id(), route.path)
                    reply = requester.send(route.method, target, b'{"nonsense": true}')
                    assert reply.status in (403, 404, 409, 422), (route.path, reply)
                    [row] = wait_for(
                        reader, reply.headers["x-request-id"], f"{route.method} {route.path} {reply}"
                    )
                    assert row["outcome"] == ("failed" if reply.status in (409, 422) else "denied"), row
                    assert row["action"] == action_of(route), row
                    assert row["after"]["request"] == f"{route.method} {route.path}", row
                    assert row["actor"]["name"].startswith("k"), row
                    assert reply.code in str(row), row

        every = [route for route in changing() if route.permission is not Open.PUBLIC]
        for first in range(0, len(every), 8):
            made = await world.plane.post(
                "/api/v1/keys", {"name": f"k{first}", "role": "viewer", "organization": "acme"}
            )
            await trio.to_thread.run_sync(ask, every[first : first + 8], made["api_key"])


def wait_for(reader: Requester, request_id: str, what: str) -> list[dict[str, Any]]:
    """The line is written beside the answer, not before it."""
    for _ in range(200):
        found = lines(reader, request_id)
        if found:
            return found
    raise AssertionError(what)


async def test_secrets_are_in_no_line(tmp_path: Path) -> None:
    async with two_organizations(tmp_path) as world:
        made = await world.plane.post("/api/v1/secrets", {"name": "s1", "value": "correct-horse"})
        await world.plane.post(f"/api/v1/secrets/{made['id']}/versions", {"value": "battery-staple"})
        every = str(await world.plane.get("/api/v1/audit-log", per_page=1000))
        for secret in ("correct-horse", "battery-staple", "swordfish", *world.keys.values()):
            assert secret not in every
