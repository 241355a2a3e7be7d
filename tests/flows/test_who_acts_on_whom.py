"""A ledger of who may act on whom: each route that gives, resets, rotates, disables or deletes is asked, about
somebody who may more, by every kind of principal and key that may less, at home and in another organization. A
route that is missing here fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio

from nimbus.client.client import Client
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, Route
from tests.flows.test_authorisation import BODIES
from tests.kit.declared_routes import declared_routes
from tests.kit.requester import Requester
from tests.kit.staff import PASSWORD, Staff, requester, staff
from tests.kit.two_organizations import two_organizations

BASE = "/api/v1"


class Row(NamedTuple):
    """A request about somebody or something that may all that an owner of acme may. `may`: who is allowed to."""

    method: str
    path: str
    may: str
    body: Any = None
    about: str = ""


PROVIDER = {"name": "idp-2", "issuer": "https://idp.example.org", "client_id": "nimbus"}
DESTINATION = {"name": "thieves", "target": "https://thieves.example.org/", "enabled": False}
MAIL = {"host": "mail.example.org", "from_address": "nimbus@example.org"}
# In this order those who may carry them out in the end, so that each request is known to be a right one.
ROWS = (
    Row("POST", "/users", "admin", {"username": "rooted", "organization": "acme", "is_admin": True}),
    Row("PATCH", "/users/{user}", "shared", {"display_name": "somebody"}),
    Row("PATCH", "/users/{user}", "shared", {"must_change_password": False}),
    Row("PATCH", "/users/{user}", "shared", {"email": "theirs@example.org"}),
    Row("PATCH", "/users/{user}", "admin", {"is_admin": True}, "acme-viewer"),
    Row("PATCH", "/keys/{personal}", "", {"name": "theirs"}),
    Row("POST", "/keys/{personal}/rotate", "", {}),
    Row("DELETE", "/keys/{personal}", "shared"),
    Row("DELETE", "/sessions/{session}", "shared"),
    Row("POST", "/users/{user}/password", "shared", {"password": "a-new-password-of-theirs"}),
    Row("POST", "/users/{user}/second-factors/reset", "shared", {}),
    Row("POST", "/keys", "acme-owner-2", {"name": "mine", "role": "owner", "organization": "acme"}),
    Row("PATCH", "/keys/{key}", "acme-owner-2", {"name": "theirs"}),
    Row("POST", "/keys/{key}/rotate", "acme-owner-2", {}),
    Row("DELETE", "/keys/{key}", "acme-owner-2"),
    Row(
        "POST",
        "/roles",
        "shared",
        {"name": "r", "organization": "acme", "permissions": ["organization:delete"]},
    ),
    Row("PATCH", "/roles/{role}", "shared", {"permissions": ["agent:read"]}),
    Row("POST", "/groups/{group}/members", "shared", {"user": "acme-none"}),
    Row("DELETE", "/groups/{group}/members/{user}", "shared", None, "acme-member"),
    Row("DELETE", "/groups/{group}", "shared"),
    Row("POST", "/grants", "shared", {"role": "owner", "user": "acme-none", "organization": "acme"}),
    Row("POST", "/invites", "shared", {"email": "e@example.org", "role": "owner", "organization": "acme"}),
    Row("POST", "/invites/{invite}/resend", "shared", {}),
    Row("DELETE", "/invites/{invite}", "shared"),
    Row("POST", "/identity-providers", "admin", PROVIDER),
    Row("PATCH", "/identity-providers/{provider}", "admin", {"link_by_email": True}),
    Row("DELETE", "/identity-providers/{provider}", "admin"),
    Row("PUT", "/settings/mail", "admin", MAIL),
    Row("POST", "/audit-destinations", "admin", DESTINATION),
    Row("PATCH", "/audit-destinations/{destination}", "admin", {"target": "https://evil.example.org/"}),
    Row("DELETE", "/audit-destinations/{destination}", "admin"),
    Row("PATCH", "/users/{user}", "shared", {"username": "nobody"}),
    Row("PATCH", "/users/{user}", "shared", {"disabled": True}, "nobody"),
    Row("PATCH", "/grants/{grant}", "shared", {"expires_at": "2099-01-01T00:00:00Z"}),
    Row("DELETE", "/grants/{grant}", "shared"),
    Row("DELETE", "/users/{user}", "admin", None, "acme-owner-2"),
    Row("DELETE", "/organizations/{organization}?cascade=true", "admin"),
)
# About nobody but whoever asks, or decided by what the request carries; other tests have them.
OF_ONESELF = {
    ("POST", "/personal-keys"),
    ("POST", "/invites/accept"),
    ("POST", "/invites/claim"),
    ("POST", "/users/{user}/passkeys"),
    ("PATCH", "/users/{user}/passkeys/{passkey}"),
    ("DELETE", "/users/{user}/passkeys/{passkey}"),
    ("POST", "/users/{user}/second-factors/totp"),
    ("POST", "/users/{user}/second-factors/totp/confirm"),
    ("POST", "/users/{user}/second-factors/totp/disable"),
    ("POST", "/users/{user}/second-factors/verify"),
    ("POST", "/users/{user}/second-factors/recovery-codes"),
}
# Nobody may more or less by it, so that the permission in that place is all that is asked for.
BY_PERMISSION = {
    ("POST", "/groups"),
    ("PATCH", "/groups/{group}"),
    # Only one that nobody has.
    ("DELETE", "/roles/{role}"),
    ("POST", "/organizations"),
    ("PATCH", "/organizations/{organization}"),
    ("PUT", "/organizations/{organization}/notifications"),
    ("PUT", "/mesh/policy"),
    ("PUT", "/settings/notifications"),
    ("PATCH", "/settings"),
    ("POST", "/settings/mail/test"),
    ("POST", "/audit-destinations/{destination}/test"),
    ("POST", "/secrets/master-key/rotations"),
    ("POST", "/ca/rotations"),
    ("DELETE", "/ca/previous"),
}
# What is in a workspace: the second test asks all of these.
OF_THINGS = ("agent", "config", "certificate", "artifact", "task", "mesh", "secret", "workspace")


def is_of_things(route: Route) -> bool:
    return isinstance(route.permission, Permission) and route.permission.value.partition(":")[0] in OF_THINGS


def test_no_route_is_missing() -> None:
    known = {(row.method, row.path.partition("?")[0].replace("{personal}", "{key}")) for row in ROWS}
    for route in declared_routes():
        what = (route.method, route.path.removeprefix(BASE))
        if (
            route.changes
            and route.method != "GET"
            and not is_of_things(route)
            and not what[1].startswith("/auth/")
        ):
            assert what in known | OF_ONESELF | BY_PERMISSION, f"{what} is not in this ledger"
            assert (what in known) + (what in OF_ONESELF) + (what in BY_PERMISSION) == 1, what


class Targets:
    """The ids of what belongs to acme-owner, or gives what they have; what of it all is there."""

    def __init__(self, people: Staff) -> None:
        self.people = people
        self.ids: dict[str, str] = {"organization": "acme", "user": people.users["acme-owner"]}

    async def make(self) -> None:
        await self.people.personal_key("acme-owner")
        self.ids["personal"] = self.people.key_ids["acme-owner"]
        await self.people.plane.call(self._make)

    def _make(self, client: Client) -> None:
        acme = {"organization": "acme"}
        for name in ("acme-owner-2", "acme-member"):
            body: dict[str, Any] = {"username": name, "password": PASSWORD, **acme}
            self.people.users[name] = client.post(f"{BASE}/users", body)["id"]
        client.post(f"{BASE}/grants", {"role": "owner", "user": "acme-owner-2", **acme})
        self.ids["key"] = client.post(f"{BASE}/keys", {"name": "mighty", "role": "owner", **acme})["id"]
        self.ids["group"] = client.post(f"{BASE}/groups", {"name": "lead", **acme})["id"]
        client.post(f"{BASE}/groups/lead/members", {"user": "acme-member"})
        client.post(f"{BASE}/grants", {"role": "owner", "group": "lead", **acme})
        body = {"name": "purge", "permissions": ["organization:delete", "agent:read"], **acme}
        self.ids["role"] = client.post(f"{BASE}/roles", body)["id"]
        invite = {"email": "new@example.org", "role": "owner", **acme}
        self.ids["invite"] = client.post(f"{BASE}/invites", invite)["id"]
        provider = {**PROVIDER, "name": "idp"}
        self.ids["provider"] = client.post(f"{BASE}/identity-providers", provider)["id"]
        siem = client.post(f"{BASE}/audit-destinations", {**DESTINATION, "name": "siem"})
        self.ids["destination"] = siem["destination"]["id"]
        [self.ids["session"]] = [one["id"] for one in client.get(f"{BASE}/sessions", user="acme-owner")]
        [self.ids["grant"]] = [one["id"] for one in client.get(f"{BASE}/grants", user="acme-owner")]

    def path(self, row: Row) -> str:
        ids = {**self.ids, "user": self.people.users.get(row.about, row.about) or self.ids["user"]}
        return BASE + re.sub(r"{(\w+)}", lambda match: ids[match[1]], row.path)

    def send(self, client: Client, row: Row) -> None:
        path, _, cascade = self.path(row).partition("?cascade=")
        client.request(row.method, path, body=row.body, query={"cascade": cascade} if cascade else {})

    def state(self, client: Client) -> dict[str, Any]:
        """All that the requests of the ledger could change."""
        lists: tuple[str, ...] = (
            "users",
            "keys",
            "roles",
            "groups",
            "groups/lead/members",
            "grants",
            "invites",
        )
        lists += ("identity-providers", "settings/mail", "organizations", "workspaces")
        seen = {name: client.get(f"{BASE}/{name}") for name in lists}
        destinations = client.get(f"{BASE}/audit-destinations")
        seen["audit-destinations"] = [(one["name"], one["target"]) for one in destinations]
        seen["sessions"] = client.get(f"{BASE}/sessions", user="acme-owner")
        for one in (*seen["keys"], *seen["sessions"]):
            for name in ("last_used_at", "last_used_from", "expires_at"):
                one.pop(name, None)
        return seen


async def who_may_less(people: Staff) -> dict[str, str]:
    """Credentials of each kind that has less than an owner of acme, in one way or another."""
    plane, credentials = people.plane, {"nobody": ""}
    await people.sign_in("acme-admin", "acme-desk", "acme-operator", "acme-viewer", "acme-none", "acme-lead")
    await people.sign_in("rival-owner", "rival-admin")
    credentials.update({name: session for name, session in people.sessions.items() if name != "acme-owner"})
    for narrowing in ({"role": "admin"}, {"role": "viewer"}, {"workspace": "acme/web"}, {"tenant": "blue"}):
        [kind] = narrowing.values()
        credentials[f"owner's {kind}"] = await people.personal_key("acme-owner", **narrowing)
        body = {"name": kind.replace("/", "-"), "kind": "api-key", **narrowing}
        made = await plane.post(f"{BASE}/personal-keys", body)
        credentials[f"administrator's {kind}"] = made["api_key"]
    for name in ("acme-admin", "rival-owner"):
        credentials[f"key of {name}"] = await people.personal_key(name)
    for organization, role in (("acme", "admin"), ("acme", "desk"), ("rival", "owner")):
        body = {"name": f"s-{organization}-{role}", "role": role, "organization": organization}
        credentials[f"service {body['name']}"] = (await plane.post(f"{BASE}/keys", body))["api_key"]
    return credentials


async def test_nobody_acts_on_who_may_more(tmp_path: Path) -> None:
    async with staff(tmp_path) as people:
        targets = Targets(people)
        await targets.make()
        weaker = await who_may_less(people)
        before = await people.plane.call(targets.state)

        def attack() -> None:
            for name, credential in weaker.items():
                with requester(people.plane, credential) as one:
                    for row in ROWS:
                        reply = one.send(row.method, targets.path(row), row.body)
                        assert reply.status in (401, 403, 404), (name, row, reply)

        await trio.to_thread.run_sync(attack)
        assert await people.plane.call(targets.state) == before
        await people.sign_in("shared", "acme-owner-2")
        for row in ROWS:
            if row.may == "admin":
                await people.plane.call(lambda client, row=row: targets.send(client, row))  # type: ignore[misc]
            elif row.may:
                credential = people.sessions[row.may]
                reply = await people.ask(credential, row.method, targets.path(row), row.body)
                assert reply.status < 300, (row, reply)
            else:
                own = people.sessions["acme-owner"]
                reply = await people.ask(own, row.method, targets.path(row), row.body)
                assert reply.status in (200, 201), (row, reply)


@pytest.mark.parametrize("narrowing", [{"role": "viewer"}, {"workspace": "acme/web"}, {"tenant": "blue"}])
async def test_a_narrowed_key_of_an_administrator_changes_nothing_elsewhere(
    tmp_path: Path, narrowing: Any
) -> None:
    async with two_organizations(tmp_path / "world") as world:
        body = {"name": "narrow", "kind": "api-key", **narrowing}
        key = (await world.plane.post(f"{BASE}/personal-keys", body))["api_key"]

        def ask() -> None:
            with Requester(world.plane, key) as one:
                for route in declared_routes():
                    if not route.changes or route.permission is Open.PUBLIC or "{" not in route.path:
                        continue
                    target = re.sub(r"{(\w+)}", lambda match: world.parameters[match[1]], route.path)
                    reply = one.send(route.method, target, BODIES.get((route.method, route.path), {}))
                    assert reply.status in (403, 404), (route.method, route.path, reply)

        await trio.to_thread.run_sync(ask)
