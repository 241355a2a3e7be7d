"""What holds for every route: entity tags, idempotency keys, sorting, limits, headers, origins, proxies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import look
from tests.kit.declared_routes import declared_routes
from tests.kit.requester import Reply, Requester, secret_of, send


class Door:
    """A control plane and an API key of an owner of `default`."""

    def __init__(self, plane: ControlPlane, key: str) -> None:
        self.plane, self.key = plane, key

    async def send(
        self, method: str, target: str, body: Any = None, *, key: str | None = None, **headers: str
    ) -> Reply:
        api_key = self.key if key is None else key
        return await send(self.plane, method, target, body, api_key=api_key, **headers)

    async def all_at_once(self, calls: list[Callable[[], Any]]) -> list[Any]:
        """What each call, in a thread of its own, returned; in the order in which they ended."""
        results: list[Any] = []

        async def run(call: Callable[[], Any]) -> None:
            results.append(await trio.to_thread.run_sync(call))

        async with trio.open_nursery() as nursery:
            for call in calls:
                nursery.start_soon(run, call)
        return results


async def opened(plane: ControlPlane) -> Door:
    made = await plane.post("/api/v1/personal-keys", {"name": "test", "kind": "api-key"})
    return Door(plane, made["api_key"])


@pytest.fixture
async def door(tmp_path: Path) -> Any:
    async with control_plane(tmp_path) as plane:
        yield await opened(plane)


async def test_an_entity_tag_saves_the_answer_and_guards_the_change(door: Door) -> None:
    await door.send("POST", "/api/v1/workspaces", {"name": "web"})
    first = await door.send("GET", "/api/v1/workspaces/web")
    tag = first.headers["etag"]
    same = await door.send("GET", "/api/v1/workspaces/web", If_None_Match=f'"other", {tag}')
    assert (same.status, same.body, same.headers["etag"]) == (304, b"", tag)
    changed = await door.send("PATCH", "/api/v1/workspaces/web", {"description": "one"}, If_Match=tag)
    assert (changed.status, changed.data["revision"]) == (200, 2)
    late = await door.send("PATCH", "/api/v1/workspaces/web", {"description": "two"}, If_Match=tag)
    assert (late.status, late.code) == (412, "PRECONDITION_FAILED")
    assert "revision 2" in late.message
    deleted = await door.send("DELETE", "/api/v1/workspaces/web", If_Match=tag)
    assert deleted.status == 412
    now = await door.send("GET", "/api/v1/workspaces/web", If_None_Match=tag)
    assert (now.status, now.data["description"]) == (200, "one")
    for wrong in ("2", 'W/"x"', '"a", "b"', '""', '"-1-a"'):
        reply = await door.send("PATCH", "/api/v1/workspaces/web", {}, If_Match=wrong)
        assert (reply.status, reply.code) == (422, "VALIDATION_ERROR"), wrong
    whatever = await door.send("PATCH", "/api/v1/workspaces/web", {"description": "three"}, If_Match="*")
    assert whatever.status == 200


async def test_of_two_who_saw_the_same_one_changes(door: Door) -> None:
    await door.send("POST", "/api/v1/workspaces", {"name": "web"})
    tag = (await door.send("GET", "/api/v1/workspaces/web")).headers["etag"]

    def change(number: int) -> Callable[[], int]:
        def patch() -> int:
            with Requester(door.plane, door.key) as requester:
                body = {"description": str(number)}
                return requester.send("PATCH", "/api/v1/workspaces/web", body, If_Match=tag).status

        return patch

    found = await door.all_at_once([change(number) for number in range(8)])
    assert sorted(found) == [200] + [412] * 7


async def test_a_heartbeat_does_not_make_an_operators_change_a_conflict(door: Door) -> None:
    agent = await door.plane.agent("web-1")
    tag = (await door.send("GET", "/api/v1/nodes/web-1")).headers["etag"]
    await agent.beat()
    changed = await door.send("PATCH", "/api/v1/nodes/web-1", {"labels": {"a": "b"}}, If_Match=tag)
    assert changed.status == 200
    late = await door.send("DELETE", "/api/v1/nodes/web-1", If_Match=tag)
    assert late.status == 412


async def test_a_creation_with_an_idempotency_key_is_made_once(door: Door) -> None:
    body = {"name": "ci", "role": "viewer"}
    first = await door.send("POST", "/api/v1/keys", body, Idempotency_Key="k-1")
    again = await door.send("POST", "/api/v1/keys", body, Idempotency_Key="k-1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = await door.send("POST", "/api/v1/keys", {**body, "name": "x"}, Idempotency_Key="k-1")
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    # Somebody else's key of the same name is another one.
    theirs = await door.send("POST", "/api/v1/personal-keys", body={"name": "b"}, key=first.data["api_key"])
    assert theirs.status == 403
    for wrong in ("a b", "x" * 256):
        reply = await door.send("POST", "/api/v1/keys", body, Idempotency_Key=wrong)
        assert (reply.status, reply.json["error"]["details"][0]["field"]) == (422, "Idempotency-Key")
    # What was refused is not remembered: the same key serves when the cause is gone.
    refused = await door.send("POST", "/api/v1/keys", {"name": "ci", "role": "admin"}, Idempotency_Key="k-2")
    assert refused.status == 409
    await door.send("DELETE", "/api/v1/keys/ci")
    made = await door.send("POST", "/api/v1/keys", {"name": "ci", "role": "admin"}, Idempotency_Key="k-2")
    assert made.status == 201
    secret = secret_of(made.data["api_key"]).encode()
    files = Path(door.plane.config.data_dir).glob("nimbus.db*")
    assert not any(secret in file.read_bytes() for file in files)


async def test_of_many_equal_creations_at_once_one_is_carried_out(door: Door) -> None:
    def create() -> Reply:
        with Requester(door.plane, door.key) as requester:
            return requester.post("/api/v1/nodes/tokens", {"name": "web-1"}, Idempotency_Key="once")

    replies: list[Reply] = await door.all_at_once([create for _ in range(10)])
    made = {reply.body for reply in replies if reply.status == 201}
    others = {reply.code for reply in replies if reply.status != 201}
    assert len(made) == 1
    assert others <= {"IDEMPOTENCY_CONFLICT"}
    assert json.loads(
        (await door.send("POST", "/api/v1/nodes/tokens", {"name": "web-1"}, Idempotency_Key="once")).body
    )
    rows = await door.send("GET", "/api/v1/nodes")
    assert rows.status == 200


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ("/api/v1/nodes?sort=colour", "sort"),
        ("/api/v1/nodes?sort=name,,-id", "sort"),
        ("/api/v1/nodes?sort=--name;DROP", "sort"),
        ("/api/v1/nodes?page=-1", "page"),
        ("/api/v1/nodes?per_page=0", "per_page"),
        ("/api/v1/nodes?label=a", "label"),
        ("/api/v1/nodes?nmae=a", "nmae"),
        ("/api/v1/roles?organization=", None),
        ("/api/v1/keys?state=lost", "state"),
        ("/api/v1/workspaces?label=", "label"),
    ],
)
async def test_queries_that_are_wrong_name_their_field(door: Door, target: str, field: str | None) -> None:
    reply = await door.send("GET", target)
    if field is None:
        assert reply.status == 200
        return
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR"), reply
    assert [detail["field"] for detail in reply.json["error"]["details"]] == [field]


async def test_sorting_and_paging_go_through_a_collection_once(door: Door) -> None:
    for number in range(7):
        await door.send("POST", "/api/v1/workspaces", {"name": f"w{number}"})
    for sort in ("name", "-name", "-created_at,name", ""):
        names: list[str] = []
        target: str | None = f"/api/v1/workspaces?per_page=3&sort={sort}"
        while target:
            page = (await door.send("GET", target)).json
            assert page["meta"]["total"] == 8
            names += [one["name"] for one in page["data"]]
            target = page["links"]["next"]
        assert sorted(names) == ["default", *(f"w{number}" for number in range(7))]
        if sort == "-name":
            assert names == sorted(names, reverse=True)


async def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    async with control_plane(tmp_path, rate_limit_per_key=5.0) as plane:
        made = await plane.post("/api/v1/keys", {"name": "ci", "role": "viewer"})

        def burst() -> list[Reply]:
            with Requester(plane, made["api_key"]) as requester:
                return [requester.get("/api/v1/nodes") for _ in range(40)]

        replies = await trio.to_thread.run_sync(burst)
        limited = [reply for reply in replies if reply.status == 429]
        assert [reply.status for reply in replies[:20]] == [200] * 20
        assert len(limited) >= 10
        assert limited[0].code == "RATE_LIMITED"
        assert int(limited[0].headers["retry-after"]) >= 1
        # Others go on meanwhile.
        assert await plane.get("/api/v1/nodes") == []


async def test_what_is_public_is_limited_too(tmp_path: Path) -> None:
    """Joins and downloads a tenth as often as the rest; health as often as anybody likes."""
    async with control_plane(tmp_path, rate_limit_per_address=20.0) as plane:

        def knock() -> None:
            with Requester(plane) as requester:
                unknown = {"secret": "nobody knows"}
                statuses = [requester.post("/v1/join/complete", unknown).status for _ in range(40)]
                assert statuses[:20] == [202] * 20
                assert statuses.count(429) >= 10
                late = requester.get("/download/nimbus-agent.sha256")
                assert (late.status, late.code) == (429, "RATE_LIMITED")
                assert int(late.headers["retry-after"]) >= 1
                assert requester.get("/v1/ca").status == 200
                assert {requester.get("/healthz").status for _ in range(100)} == {200}

        await trio.to_thread.run_sync(knock)


async def test_guessing_keys_is_slowed_down_by_address(tmp_path: Path) -> None:
    async with control_plane(tmp_path, rate_limit_per_address=100.0) as plane:

        def guess() -> list[int]:
            with Requester(plane, "nbk_" + "0" * 20 + "_" + "A" * 43) as requester:
                return [requester.get("/api/v1/nodes").status for _ in range(160)]

        statuses = await trio.to_thread.run_sync(guess)
        assert statuses[:50] == [401] * 50
        assert 429 in statuses


async def test_only_trusted_proxies_say_where_a_request_comes_from(tmp_path: Path) -> None:
    for proxies, wanted in (("", "127.0.0.1"), ("127.0.0.0/8", "198.51.100.7")):
        async with control_plane(tmp_path / (proxies[:3] or "none"), trusted_proxies=proxies) as plane:
            door = await opened(plane)
            forged = "203.0.113.9, 198.51.100.7"
            await door.send("POST", "/api/v1/workspaces", {"name": "w"}, X_Forwarded_For=forged)
            sql = "SELECT source FROM audit_log WHERE action = 'workspace.create'"
            [(source,)] = await trio.to_thread.run_sync(look, plane.config, sql)
            assert source == wanted


async def test_pages_of_other_origins_are_kept_out_unless_named(tmp_path: Path) -> None:
    origin = "https://console.example.org"
    for setting, allowed in (("", None), (origin, origin)):
        async with control_plane(
            tmp_path / ("with" if setting else "without"), cors_origins=setting
        ) as plane:
            door = await opened(plane)
            preflight = await door.send(
                "OPTIONS", "/api/v1/nodes", key="", Origin=origin, Access_Control_Request_Method="GET"
            )
            assert preflight.status == (204 if allowed else 405)
            assert preflight.headers.get("access-control-allow-origin") == allowed
            reply = await door.send("GET", "/api/v1/nodes", Origin=origin)
            assert reply.headers.get("access-control-allow-origin") == allowed
            for other in ("https://evil.example.org", "null", origin + ".evil.example.org"):
                reply = await door.send("GET", "/api/v1/nodes", Origin=other)
                assert "access-control-allow-origin" not in reply.headers
                preflight = await door.send("OPTIONS", "/api/v1/nodes", key="", Origin=other)
                assert preflight.status == 405
            assert "access-control-allow-credentials" not in reply.headers


async def test_every_answer_has_an_id_and_keeps_browsers_in_bounds(door: Door) -> None:
    for method, target in (
        ("GET", "/api/v1/nodes"),
        ("GET", "/nothing"),
        ("PUT", "/api/v1/nodes"),
        ("GET", "/healthz"),
    ):
        reply = await door.send(method, target)
        assert reply.headers["x-request-id"], target
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        assert "unsafe" not in reply.headers["content-security-policy"]
    assert (await door.send("PUT", "/api/v1/nodes")).headers["allow"] == "GET, HEAD"
    # Not those of a resource whose name could stand there.
    for path, allowed in (
        ("nodes/tokens", "POST"),
        ("invites/accept", "POST"),
        ("secrets/master-key", "GET, HEAD"),
    ):
        assert (await door.send("OPTIONS", f"/api/v1/{path}")).headers["allow"] == allowed, path


async def test_if_match_is_refused_where_there_is_no_revision(door: Door) -> None:
    unrevised = {
        (route.method, route.path.removeprefix("/api/v1"))
        for route in declared_routes()
        if route.method in ("PATCH", "PUT", "DELETE") and not route.revised
    }
    assert unrevised == {
        ("DELETE", "/groups/{group}/members/{user}"),
        ("PATCH", "/grants/{grant}"),
        ("DELETE", "/grants/{grant}"),
        ("DELETE", "/sessions/{session}"),
        ("DELETE", "/join-tokens/{token}"),
        ("DELETE", "/auth/identities/{provider}"),
        ("PATCH", "/settings"),
        ("DELETE", "/ca/previous"),
        ("PUT", "/artifact-uploads/{upload}/content"),
        ("DELETE", "/artifact-uploads/{upload}"),
    }
    await door.send("POST", "/api/v1/groups", {"name": "ops", "organization": "default"})
    asked = {"role": "viewer", "group": "ops", "organization": "default"}
    made = await door.send("POST", "/api/v1/grants", asked)
    grant = f"/api/v1/grants/{made.json['data']['id']}"
    tag = (await door.send("GET", grant)).headers["etag"]
    for given in (tag, '"999-x"'):
        refused = await door.send("DELETE", grant, If_Match=given)
        assert refused.status == 422
        assert "has no revision" in refused.json["error"]["message"]
    assert (await door.send("DELETE", grant)).status == 200


async def test_a_workspace_of_two_organizations_is_named_with_its_own(door: Door) -> None:
    await door.plane.post("/api/v1/organizations", {"name": "acme"})
    for organization in ("acme", "default"):
        await door.plane.post("/api/v1/workspaces", {"name": "same", "organization": organization})
    ambiguous = await door.send("GET", "/api/v1/workspaces/same")
    assert (ambiguous.status, "acme/same" in ambiguous.json["error"]["next_step"]) == (409, True)
    for spelt in ("acme%2Fsame", "acme%2fsame"):
        found = await door.send("GET", f"/api/v1/workspaces/{spelt}")
        assert (found.status, found.json["data"]["organization"]) == (200, "acme")
        assert found.json["links"]["self"] == "/api/v1/workspaces/acme%2Fsame"
    changed = await door.send("PATCH", "/api/v1/workspaces/acme%2Fsame", {"description": "this one"})
    assert changed.status == 200
    assert (await door.send("GET", "/api/v1/workspaces/default%2Fsame")).json["data"]["description"] == ""
    for nothing in (
        "acme%2F",
        "%2Fsame",
        "acme%2Fsame%2Fmore",
        "acme%252Fsame",
        "acme%1Fsame",
        "acme%EE%80%AFsame",
        "a%00b",
    ):
        assert (await door.send("GET", f"/api/v1/workspaces/{nothing}")).status in (404, 422), nothing


async def test_the_openapi_document_describes_what_is_served(door: Door) -> None:
    reply = await door.send("GET", "/api/v1/openapi.json", key="")
    document = reply.json
    assert (reply.status, document["openapi"]) == (200, "3.1.0")
    ids = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(ids) == len(set(ids))
    node = document["paths"]["/api/v1/nodes/{node}"]["patch"]
    assert node["x-permission"] == "agent:write"
    assert {one["name"] for one in node["parameters"]} == {"node", "workspace", "If-Match"}
    assert document["paths"]["/api/v1/openapi.json"]["get"]["security"] == []
