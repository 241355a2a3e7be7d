"""Organizations, roles, groups and keys through the API: what they give, what they take, what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import ApiError, Client
from nimbus.kernel.ids import new_id
from tests.kit.clock import SettableClock
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.requester import Reply, secret_of, send
from tests.kit.two_organizations import TwoOrganizations, two_organizations


@pytest.fixture
async def plane(tmp_path: Path) -> Any:
    async with control_plane(tmp_path / "plane") as made:
        yield made


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    async with two_organizations(tmp_path / "world") as made:
        yield made


async def ask(
    plane: ControlPlane, key: str, method: str, target: str, body: Any = None, **headers: str
) -> Reply:
    return await send(plane, method, target, body, api_key=key, **headers)


def request(method: str, target: str, body: Any = None) -> Callable[[Client], Any]:
    return lambda api: api.request(method, target, body=body)


async def refused(
    plane: ControlPlane, work: Callable[[Client], Any], code: str, words: str | None = None
) -> ApiError:
    with pytest.raises(ApiError, match=words) as caught:
        await plane.call(work)
    assert caught.value.code == code, caught.value
    return caught.value


# Organizations and workspaces.


async def test_a_workspace_is_made_found_renamed_moved_and_deleted(plane: ControlPlane) -> None:
    def from_creation_to_deletion(api: Client) -> None:
        api.post("/api/v1/organizations", {"name": "Acme", "labels": {"tier": "gold"}})
        api.post("/api/v1/organizations", {"name": "globex"})
        made = api.post("/api/v1/workspaces", {"name": "Web", "organization": "acme", "description": "shops"})
        assert (made["full_name"], made["revision"], made["description"]) == ("acme/web", 1, "shops")
        for reference in ("web", made["id"], made["id"].upper()):
            assert api.get(f"/api/v1/workspaces/{reference}") == made
        renamed = api.patch("/api/v1/workspaces/web", {"name": "shop", "labels": {"a": "b"}})
        assert (renamed["full_name"], renamed["revision"], renamed["labels"]) == ("acme/shop", 2, {"a": "b"})
        moved = api.post("/api/v1/workspaces/shop/move", {"organization": "globex"})
        assert (moved["full_name"], moved["id"]) == ("globex/shop", made["id"])
        assert [one["name"] for one in api.get("/api/v1/organizations", label="tier=gold")] == ["acme"]
        assert api.get("/api/v1/organizations/acme/workspaces") == []
        assert [one["name"] for one in api.get("/api/v1/workspaces", sort="-name")] == ["shop", "default"]
        gone = api.delete("/api/v1/workspaces/shop")
        assert gone == {"id": made["id"], "name": "globex/shop", "deleted": True, "contents": []}
        assert [one["name"] for one in api.get("/api/v1/workspaces")] == ["default"]

    await plane.call(from_creation_to_deletion)


async def test_what_is_not_empty_goes_only_with_everything_inside(world: TwoOrganizations) -> None:
    plane = world.plane
    target = f"/api/v1/workspaces/{world.parameters['workspace']}"
    error = await refused(plane, lambda api: api.delete(target), "CONFLICT", "1 node,")
    assert "--cascade" in error.next_step
    assert {"field": "nodes", "message": "db-1"} in error.details

    def preview(api: Client) -> Any:
        return api.request("DELETE", target, query={"dry_run": "true", "cascade": "true"})["data"]

    shown = await plane.call(preview)
    assert shown["deleted"] is False
    kinds = {part["kind"]: part["count"] for part in shown["contents"]}
    assert kinds["nodes"] == 1
    assert kinds["keys"] == 1
    assert (await plane.get(target))["name"] == "db"
    await plane.call(lambda api: api.request("DELETE", target, query={"cascade": "true"}))
    await refused(plane, lambda api: api.get(target), "NOT_FOUND")
    assert await plane.get("/api/v1/nodes") == []
    assert await plane.get("/api/v1/tasks") == []
    assert {one["name"] for one in await plane.get("/api/v1/workspaces")} == {"default", "web"}
    # The whole organization, with a workspace, roles, groups and keys that it has left.
    await refused(plane, lambda api: api.delete("/api/v1/organizations/acme"), "CONFLICT", "1 workspace,")
    await plane.call(
        lambda api: api.request("DELETE", "/api/v1/organizations/acme", query={"cascade": "true"})
    )
    assert {one["name"] for one in await plane.get("/api/v1/organizations")} == {"default", "globex"}
    assert (await ask(plane, world.keys["owner"], "GET", "/api/v1/nodes")).status == 401


async def test_default_stays(plane: ControlPlane) -> None:
    for path, change in (("organizations", {"name": "other"}), ("workspaces", {"name": "other"})):
        target = f"/api/v1/{path}/default"
        await refused(plane, request("PATCH", target, change), "CONFLICT", "cannot be renamed")
        await refused(plane, request("DELETE", target), "CONFLICT", "cannot be deleted")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "-a",
        "../etc",
        "a/b",
        "раypal",
        "ａｄｍｉｎ",
        "a\r\nX-Evil: 1",
        "x" * 64,
        new_id(),
        "a\u202eb",
    ],
)
async def test_names_that_are_none(plane: ControlPlane, name: str) -> None:
    for path, body in (
        ("organizations", {}),
        ("workspaces", {}),
        ("roles", {"permissions": ["agent:read"]}),
        ("groups", {}),
        ("keys", {"role": "viewer"}),
        ("personal-keys", {}),
    ):
        error = await refused(
            plane, request("POST", f"/api/v1/{path}", {"name": name, **body}), "VALIDATION_ERROR"
        )
        assert [detail["field"] for detail in error.details] == ["name"]
        assert "\n" not in error.message


async def test_cross_workspace_visibility_opens_reading_and_nothing_else(world: TwoOrganizations) -> None:
    plane, key, node = world.plane, world.keys["operator-of-web"], world.parameters["node"]
    assert (await ask(plane, key, "GET", f"/api/v1/nodes/{node}")).status == 404
    await plane.call(
        lambda api: api.patch("/api/v1/organizations/acme", {"cross_workspace_visibility": True})
    )
    assert (await ask(plane, key, "GET", f"/api/v1/nodes/{node}")).data["name"] == "db-1"
    assert (await ask(plane, key, "GET", "/api/v1/nodes/db-1")).status == 200
    denied = await ask(plane, key, "PATCH", f"/api/v1/nodes/{node}", {"maintenance": True})
    assert (denied.status, "agent:write" in denied.message) == (403, True)
    assert (await ask(plane, world.keys["stranger-owner"], "GET", f"/api/v1/nodes/{node}")).status == 404
    await plane.call(
        lambda api: api.patch("/api/v1/organizations/acme", {"cross_workspace_visibility": False})
    )
    assert (await ask(plane, key, "GET", f"/api/v1/nodes/{node}")).status == 404


async def test_the_same_name_in_two_workspaces_wants_the_workspace_named(world: TwoOrganizations) -> None:
    plane = world.plane
    await plane.call(lambda api: api.post("/api/v1/workspaces", {"name": "web", "organization": "default"}))
    error = await refused(
        plane, lambda api: api.get("/api/v1/workspaces/web"), "CONFLICT", "workspaces are named"
    )
    assert "acme/web" in error.next_step
    found = await plane.call(lambda api: api.get("/api/v1/nodes", workspace="acme/db"))
    assert [node["name"] for node in found] == ["db-1"]
    assert await plane.call(lambda api: api.get("/api/v1/nodes", workspace="acme/web")) == []
    await refused(plane, lambda api: api.get("/api/v1/nodes", workspace="acme/none"), "NOT_FOUND")


# Roles and grants.


async def test_nobody_gives_more_than_they_have(world: TwoOrganizations) -> None:
    plane, admin = world.plane, world.keys["admin"]
    more = {"name": "more", "organization": "acme", "permissions": ["organization:delete", "agent:read"]}
    for body, path in (
        (more, "/api/v1/roles"),
        ({"role": "owner", "group": "ops", "organization": "acme"}, "/api/v1/grants"),
        ({"name": "mighty", "role": "owner", "organization": "acme"}, "/api/v1/keys"),
    ):
        reply = await ask(plane, admin, "POST", path, body)
        assert (reply.status, reply.code) == (403, "FORBIDDEN"), reply
        assert "organization:delete" in reply.message
    # Nor by way of a role that somebody has, or a group that has one.
    await ask(
        plane, admin, "POST", "/api/v1/grants", {"role": "reader", "group": "ops", "organization": "acme"}
    )
    changed = await ask(
        plane, admin, "PATCH", "/api/v1/roles/reader", {"permissions": ["organization:delete"]}
    )
    assert changed.status == 403
    await plane.call(
        lambda api: api.post("/api/v1/grants", {"role": "owner", "group": "ops", "organization": "acme"})
    )
    joined = await ask(plane, admin, "POST", "/api/v1/groups/ops/members", {"user": "admin"})
    assert joined.status in (403, 404)
    assert await plane.get("/api/v1/groups/ops/members") == []
    assert [role["name"] for role in await plane.get("/api/v1/roles") if not role["built_in"]] == ["reader"]


async def test_the_last_owner_of_an_organization_stays(plane: ControlPlane) -> None:
    await plane.post("/api/v1/organizations", {"name": "acme"})
    await plane.post("/api/v1/users", {"username": "ada", "organization": "acme"})
    await plane.post("/api/v1/groups", {"name": "lead", "organization": "acme"})
    await plane.post("/api/v1/groups/lead/members", {"user": "ada"})
    await plane.post("/api/v1/grants", {"role": "owner", "group": "lead", "organization": "acme"})
    grants = await plane.get("/api/v1/grants")
    [grant] = [one["id"] for one in grants if (one["role"], one["organization"]) == ("owner", "acme")]
    for method, target, body in (
        ("DELETE", f"/api/v1/grants/{grant}", None),
        ("DELETE", "/api/v1/groups/lead/members/ada", None),
        ("DELETE", "/api/v1/groups/lead", None),
        ("DELETE", "/api/v1/users/ada", None),
        ("PATCH", "/api/v1/users/ada", {"disabled": True}),
    ):
        await refused(plane, request(method, target, body), "LAST_OWNER", "without an owner")
    await refused(plane, request("DELETE", "/api/v1/users/admin"), "LAST_ADMINISTRATOR")
    await plane.post("/api/v1/users", {"username": "bob", "organization": "acme"})
    await plane.post("/api/v1/grants", {"role": "owner", "user": "bob", "organization": "acme"})
    await plane.call(request("DELETE", f"/api/v1/grants/{grant}"))


async def test_a_changed_role_holds_from_the_answer_on(world: TwoOrganizations) -> None:
    plane = world.plane
    made = await plane.post("/api/v1/keys", {"name": "reader", "role": "reader", "organization": "acme"})
    key = made["api_key"]
    assert (await ask(plane, key, "GET", "/api/v1/nodes")).data[0]["name"] == "db-1"
    assert (await ask(plane, key, "GET", "/api/v1/tasks")).status == 403
    await plane.call(lambda api: api.patch("/api/v1/roles/reader", {"permissions": ["task:read"]}))
    assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == 403
    assert {task["node"] for task in (await ask(plane, key, "GET", "/api/v1/tasks")).data} == {"db-1"}
    error = await refused(plane, lambda api: api.delete("/api/v1/roles/reader"), "CONFLICT", "has 1 grant")
    assert "list-grants" in error.next_step
    [grant] = [g for g in await plane.get("/api/v1/grants") if g["role"] == "reader"]
    await plane.call(lambda api: api.delete(f"/api/v1/grants/{grant['id']}"))
    assert (await ask(plane, key, "GET", "/api/v1/tasks")).status == 403
    await plane.call(lambda api: api.delete("/api/v1/roles/reader"))


async def test_built_in_roles_are_everybodys_and_nobodys(world: TwoOrganizations) -> None:
    plane = world.plane
    for name in ("owner", "admin", "operator", "viewer"):
        await refused(plane, request("PATCH", f"/api/v1/roles/{name}", {"description": "x"}), "CONFLICT")
        await refused(plane, request("DELETE", f"/api/v1/roles/{name}"), "CONFLICT")
        body = {"name": name, "permissions": ["agent:read"]}
        await refused(plane, request("POST", "/api/v1/roles", body), "VALIDATION_ERROR")
    pages = [
        (await ask(plane, world.keys["admin"], "GET", f"/api/v1/roles?per_page=2&page={page}")).json
        for page in (1, 2, 3, 4)
    ]
    names = [role["name"] for page in pages for role in page["data"]]
    assert names == ["owner", "admin", "operator", "viewer", "reader"]
    assert {page["meta"]["total"] for page in pages} == {5}


async def test_can_says_yes_or_no_and_why(world: TwoOrganizations) -> None:
    plane = world.plane

    async def can(permission: str, **query: str) -> Any:
        return await plane.call(lambda api: api.get("/api/v1/can", permission=permission, **query))

    yes = await can("agent:write", key="operator-of-web", workspace="acme/web")
    assert (yes["allowed"], yes["because"]) == (True, ["the role operator has it there"])
    no = await can("agent:write", key="operator-of-web", workspace="acme/db")
    assert (no["allowed"], no["because"]) == (False, ["no role is given there"])
    lacks = await can("user:write", key="operator", organization="acme")
    assert lacks["because"] == ["the role operator is given there, but does not have it"]
    assert (await can("settings:write"))["because"] == [
        "an administrator of the control plane may everything"
    ]
    own = await ask(
        plane, world.keys["viewer"], "GET", "/api/v1/can?permission=agent:write&workspace=acme/web"
    )
    assert own.data["allowed"] is False
    others = await ask(
        plane, world.keys["viewer"], "GET", "/api/v1/can?permission=agent:read&key=owner&workspace=acme/web"
    )
    assert others.status == 403
    await refused(
        plane, lambda api: api.get("/api/v1/can", permission="agent:fly"), "VALIDATION_ERROR", "permission"
    )


# Keys.


async def test_a_key_is_shown_once_rotated_with_overlap_and_revoked(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        body = {"name": "ci", "role": "viewer", "ttl": "90d", "labels": {"team": "build"}}
        made = await plane.post("/api/v1/keys", body)
        assert re.fullmatch(r"nbk_[0-9a-f]{20}_[\w-]{43}", made["api_key"])
        shown = await plane.get("/api/v1/keys/ci")
        assert secret_of(made["api_key"]) not in str(shown)
        assert (shown["state"], shown["labels"], shown["kind"]) == ("valid", {"team": "build"}, "api-key")
        rotated = await plane.post("/api/v1/keys/ci/rotate", {"overlap": "1h"})
        assert rotated["previous_until"]
        for key in (made["api_key"], rotated["api_key"]):
            assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == 200
        at_once = await plane.post("/api/v1/keys/ci/rotate", {"overlap": "0s"})
        for key, status in ((made["api_key"], 401), (rotated["api_key"], 401), (at_once["api_key"], 200)):
            assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == status
        revoked = await plane.call(lambda api: api.delete("/api/v1/keys/ci"))
        assert revoked["state"] == "revoked"
        assert (await ask(plane, at_once["api_key"], "GET", "/api/v1/nodes")).status == 401
        await refused(
            plane, lambda api: api.post(f"/api/v1/keys/{shown['id']}/rotate", {}), "CONFLICT", "revoked"
        )
        dump = b"".join(path.read_bytes() for path in Path(plane.config.data_dir).glob("nimbus.db*"))
        for secret in (made["api_key"], rotated["api_key"], at_once["api_key"]):
            assert secret_of(secret).encode() not in dump


async def test_keys_end_when_they_said_so(tmp_path: Path) -> None:
    clock = SettableClock()
    async with control_plane(tmp_path, clock=clock, administrator=False) as plane:
        key = await _key_without_the_clock(plane, clock)
        assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == 200
        clock.advance(3599)
        assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == 200
        clock.advance(2)
        assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == 401
        # A clock that jumps back does no harm: the key is good again as its owner meant it to be at that time.
        clock.advance(-100)
        assert (await ask(plane, key, "GET", "/api/v1/nodes")).status == 200


async def _key_without_the_clock(plane: ControlPlane, clock: SettableClock) -> str:
    """Signatures need a true clock; this key is made in the store, by the control plane's time."""
    import msgspec

    from nimbus.client.profiles import Profile
    from nimbus.composition.bootstrap import bootstrap

    made = await trio.to_thread.run_sync(lambda: bootstrap(plane.config, new_key=True))
    plane.profile = Profile(made.api, made.access_key, made.secret_key, made.ca_file)
    body = {"name": "hour", "kind": "api-key", "ttl": "1h"}
    timestamp = str(clock.now() // 1_000_000)
    from nimbus.protocol.signing import sign

    content = msgspec.json.encode(body)
    signature = sign(made.secret_key, "POST", "/api/v1/personal-keys", timestamp, content)
    reply = await ask(
        plane,
        "",
        "POST",
        "/api/v1/personal-keys",
        content,
        X_Access_Key=made.access_key,
        X_Timestamp=timestamp,
        X_Signature=signature,
    )
    return str(reply.data["api_key"])


async def test_a_narrowed_personal_key_may_no_more_than_it_says(world: TwoOrganizations) -> None:
    plane = world.plane

    async def personal(**body: str) -> str:
        request = {"name": f"k{len(body)}{sorted(body)[0] if body else ''}", "kind": "api-key", **body}
        return str((await plane.post("/api/v1/personal-keys", request))["api_key"])

    whole, web = await personal(), await personal(workspace="acme/web")
    viewer, tenant = await personal(role="viewer"), await personal(tenant="blue")
    node = f"/api/v1/nodes/{world.parameters['node']}"
    assert (await ask(plane, whole, "GET", node)).status == 200
    assert (await ask(plane, web, "GET", node)).status == 404
    assert (await ask(plane, viewer, "GET", node)).status == 200
    assert (await ask(plane, viewer, "PATCH", node, {"maintenance": True})).status == 403
    assert (await ask(plane, tenant, "GET", node)).status == 404
    assert (await ask(plane, tenant, "GET", "/api/v1/nodes")).json["meta"]["total"] == 0
    # And makes no key that may more.
    for key in (web, viewer, tenant):
        assert (await ask(plane, key, "POST", "/api/v1/personal-keys", {"name": "more"})).status == 403
        assert (await ask(plane, key, "POST", "/api/v1/organizations", {"name": "mine"})).status == 403
    assert (await ask(plane, whole, "POST", "/api/v1/personal-keys", {"name": "more"})).status == 201
    assert (
        await ask(plane, world.keys["owner"], "POST", "/api/v1/personal-keys", {"name": "x"})
    ).status == 403


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "nbk_",
        "nbk_" + "0" * 20 + "_" + "A" * 43,
        "NK" + "0" * 20,
        "nbk_" + "0" * 20,
        "é",
        "a" * 5000,
    ],
)
async def test_what_is_no_api_key(plane: ControlPlane, key: str) -> None:
    try:
        reply = await ask(plane, "", "GET", "/api/v1/nodes", X_API_Key=key.encode("utf-8").decode("latin-1"))
    except ConnectionError:
        return
    assert reply.status in (401, 431), reply


async def test_two_kinds_of_credentials_at_once_are_refused(world: TwoOrganizations) -> None:
    reply = await ask(world.plane, world.keys["owner"], "GET", "/api/v1/nodes", Authorization="Bearer x")
    assert (reply.status, "more than one" in reply.message) == (401, True)
