"""Ledgers of who may do what: every route is asked by everybody, and one that is missing here fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.kernel.access import Permission
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Open
from nimbus.people.roles.rules import BUILT_IN_BY_NAME
from tests.kit.certificates import certificate_files
from tests.kit.declared_routes import declared_routes
from tests.kit.requester import Requester
from tests.kit.two_organizations import ROLES, TwoOrganizations, two_organizations

# Routes whose permission only an administrator of the control plane can hold where it counts.
FOR_THE_APPLIANCE = {
    # Without an organization it is about all users.
    ("GET", "/api/v1/second-factor-policy"),
    ("GET", "/metrics"),
    ("POST", "/api/v1/organizations"),
    ("GET", "/api/v1/audit-log/head"),
    ("GET", "/api/v1/audit-log/verification"),
}
# Where a stranger's request is about what everybody may know, or about themselves.
KNOWN_TO_ALL = {("GET", "/api/v1/roles/{role}")}


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    async with two_organizations(tmp_path / "world") as made:
        yield made


@contextmanager
def caller(world: TwoOrganizations, key: str = "") -> Iterator[Requester]:
    with Requester(world.plane, world.keys[key] if key else "") as requester:
        yield requester


def with_random_ids(path: str) -> str:
    return re.sub(r"{\w+}", lambda _: new_id(), path)


async def test_every_route_wants_to_know_who_asks(world: TwoOrganizations) -> None:
    routes = declared_routes()

    def ask() -> None:
        with caller(world) as stranger:
            for route in routes:
                if route.permission is Open.PUBLIC:
                    assert route.reason, route.path
                    continue
                reply = stranger.send(route.method, with_random_ids(route.path), b"{}")
                assert (reply.status, reply.code) == (401, "UNAUTHENTICATED"), (route.path, reply)
                assert reply.headers["www-authenticate"].startswith("Bearer"), route.path

    await trio.to_thread.run_sync(ask)


async def test_every_route_is_open_to_those_whose_role_has_its_permission(world: TwoOrganizations) -> None:
    """The door: who has the permission nowhere is turned away by its name, whatever else is wrong."""
    routes = declared_routes()

    def ask() -> None:
        for name in (*ROLES, "operator-of-web"):
            held = BUILT_IN_BY_NAME[name.partition("-of-")[0]].permissions
            with caller(world, name) as requester:
                for route in routes:
                    reply = requester.send(route.method, with_random_ids(route.path), b'{"unknown": 1}')
                    what = (name, route.method, route.path, reply)
                    assert reply.status not in (401, 500), what
                    if not isinstance(route.permission, Permission):
                        assert route.reason, what
                    elif route.permission in held:
                        for_the_appliance = (route.method, route.path) in FOR_THE_APPLIANCE
                        assert reply.status != 403 or for_the_appliance, what
                    else:
                        assert (reply.status, reply.code) == (403, "FORBIDDEN"), what
                        assert route.permission.value in reply.message, what

    await trio.to_thread.run_sync(ask)


@pytest.mark.parametrize("name", ["stranger-owner", "operator-of-web", "idle"])
async def test_what_is_elsewhere_is_not_there(world: TwoOrganizations, name: str) -> None:
    """Another organization's owner, an operator of another workspace, and a user without grants, at each route
    that names a resource of acme/db: they hear that there is none, or that they lack the permission; never more."""
    routes = declared_routes()

    def ask() -> None:
        with caller(world, name) as requester:
            for route in routes:
                parameters = re.findall(r"{(\w+)}", route.path)
                if not parameters or (route.method, route.path) in KNOWN_TO_ALL:
                    continue
                if route.permission is Open.PUBLIC:
                    # It is decided by what the request carries, not by who sends it.
                    continue
                # A parameter without a resource in the world is a hole in this ledger.
                target = re.sub(r"{(\w+)}", lambda match: world.parameters[match[1]], route.path)
                reply = requester.send(route.method, target, BODIES.get((route.method, route.path), {}))
                what = (name, route.method, route.path, reply)
                if name == "operator-of-web" and parameters == ["organization"]:
                    # They know the organization, of which their workspace is a part.
                    assert reply.status in ((200, 403, 404) if route.method == "GET" else (403, 404)), what
                    continue
                assert reply.status in (403, 404), what
                # The id of the request may hold anything.
                shown = reply.body.decode().replace(reply.headers["x-request-id"], "")
                # As may the ids that were asked for.
                for asked in world.parameters.values():
                    shown = shown.replace(asked, "")
                assert "db-1" not in shown, what

    await trio.to_thread.run_sync(ask)


CHAIN, KEY = certificate_files("www.example.com")
# Bodies that would be right: so that what is refused is refused for want of permission.
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/organizations/{organization}/workspaces"): {"name": "theirs"},
    ("POST", "/api/v1/workspaces/{workspace}/move"): {"organization": "globex"},
    ("POST", "/api/v1/groups/{group}/members"): {"user": "admin"},
    ("POST", "/api/v1/certificates/{certificate}/replace"): {"chain": CHAIN, "private_key": KEY},
    ("PATCH", "/api/v1/grants/{grant}"): {"expires_at": ""},
    ("PUT", "/api/v1/artifact-uploads/{upload}/content"): b"x",
    ("POST", "/api/v1/edges/{edge}/nginx"): {"action": "stop"},
    ("POST", "/api/v1/secrets/{secret}/value/comparison"): {"value": "x"},
    ("PUT", "/api/v1/secrets/{secret}/value"): {"value": "x"},
    ("POST", "/api/v1/secrets/{secret}/versions"): {"value": "x"},
    ("POST", "/api/v1/secrets/{secret}/rollback"): {"version": 1},
    ("PUT", "/api/v1/organizations/{organization}/notifications"): {"recipients": []},
    ("POST", "/api/v1/users/{user}/password"): {"password": "a-new-password-of-theirs"},
    ("POST", "/api/v1/users/{user}/second-factors/totp/confirm"): {"code": "000000"},
    ("POST", "/api/v1/users/{user}/second-factors/verify"): {"code": "000000"},
    ("POST", "/api/v1/users/{user}/second-factors/totp/disable"): {"code": "000000"},
    ("POST", "/api/v1/users/{user}/second-factors/recovery-codes"): {"code": "000000"},
    ("POST", "/api/v1/users/{user}/passkeys"): {"state": "x", "credential": {}},
    ("PATCH", "/api/v1/users/{user}/passkeys/{passkey}"): {"name": "theirs"},
}


@pytest.mark.parametrize("name", ["stranger-owner", "operator-of-web", "idle"])
async def test_lists_and_totals_hold_what_one_may_see(world: TwoOrganizations, name: str) -> None:
    routes = [route for route in declared_routes() if route.method == "GET" and "{" not in route.path]
    secret = set(world.parameters.values())
    if name == "operator-of-web":
        secret.discard(world.parameters["organization"])

    def ask() -> None:
        with caller(world, name) as requester:
            for route in routes:
                reply = requester.get(route.path)
                shown = reply.body.decode()
                assert reply.status in (200, 403, 422), (route.path, reply)
                assert not [one for one in secret if one in shown], (route.path, shown)
                if reply.status == 200 and "total" in reply.json.get("meta", {}):
                    assert reply.json["meta"]["total"] == len(reply.data), (route.path, shown)

    await trio.to_thread.run_sync(ask)


async def test_a_viewer_changes_nothing(world: TwoOrganizations) -> None:
    """Who may read a thing, but not do this, hears which permission they lack."""
    routes = declared_routes()

    def ask() -> None:
        with caller(world, "viewer") as requester:
            for route in routes:
                if not route.changes or not isinstance(route.permission, Permission):
                    continue
                target = re.sub(r"{(\w+)}", lambda match: world.parameters[match[1]], route.path)
                reply = requester.send(route.method, target, BODIES.get((route.method, route.path), {}))
                assert reply.status == 403, (route.path, reply)
                assert route.permission.value in reply.message, (route.path, reply)

    await trio.to_thread.run_sync(ask)
