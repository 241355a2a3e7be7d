"""Lists over HTTP: what has not changed is not sent again, and what has changed is never held back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import trio

from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually_so
from tests.kit.requester import Requester
from tests.kit.two_organizations import two_organizations

LISTS = ("/api/v1/nodes", "/api/v1/tasks", "/api/v1/audit-log")


async def test_a_list_that_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    # Nobody goes offline meanwhile.
    async with two_organizations(tmp_path, heartbeat_interval=300.0) as world:
        # What came with the heartbeat is on disk from here on.
        async def is_online() -> bool:
            [node] = await world.plane.get("/api/v1/nodes")
            return bool(node["state"] == "Online")

        await eventually_so(is_online, "the node is online")

        def ask_again_with_the_tag() -> None:
            with Requester(world.plane, world.keys["owner"]) as requester:
                for path in LISTS:
                    first = requester.get(path)
                    tag = first.headers["etag"]
                    again = requester.get(path, If_None_Match=tag)
                    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag), path
                    other = requester.get(f"{path}?per_page=5", If_None_Match=tag)
                    assert other.status == 200, path
                    assert other.headers["etag"] != tag, path
                as_csv = requester.get("/api/v1/audit-log?per_page=5", Accept="text/csv")
                assert as_csv.headers["content-type"].startswith("text/csv")
                assert as_csv.headers["vary"] == "Accept, Accept-Encoding"
                assert 'page=2>; rel="next"' in as_csv.headers["link"]
                header, *lines = csv.reader(io.StringIO(as_csv.body.decode()))
                assert (header[:4], len(lines)) == (["id", "sequence", "at", "actor_kind"], 5)
                labels = {"labels": {"changed": "yes"}}
                assert requester.send("PATCH", "/api/v1/nodes/db-1?workspace=acme/db", labels).status == 200
                tags = {path: requester.get(path).headers["etag"] for path in LISTS}
                assert requester.send("PATCH", "/api/v1/nodes/db-1?workspace=acme/db", labels).status == 200
                for path in ("/api/v1/nodes", "/api/v1/audit-log"):
                    assert requester.get(path, If_None_Match=tags[path]).status == 200, path
                tags = {path: requester.get(path).headers["etag"] for path in LISTS}
                assert (
                    requester.post("/api/v1/groups", {"name": "other", "organization": "acme"}).status == 201
                )
                for path in ("/api/v1/nodes", "/api/v1/tasks"):
                    assert requester.get(path, If_None_Match=tags[path]).status == 304, path

        await trio.to_thread.run_sync(ask_again_with_the_tag)


async def test_the_same_list_is_another_one_for_somebody_else(tmp_path: Path) -> None:
    async with two_organizations(tmp_path) as world:

        def list_as_each() -> None:
            for _ in range(3):
                for key, names in (("owner", ["db-1"]), ("operator-of-web", []), ("stranger-owner", [])):
                    with Requester(world.plane, world.keys[key]) as requester:
                        found = requester.get("/api/v1/nodes").json
                        assert [node["name"] for node in found["data"]] == names
                        assert found["meta"]["total"] == len(names)

        await trio.to_thread.run_sync(list_as_each)


async def test_a_list_after_an_answered_change_shows_it(tmp_path: Path) -> None:
    callers, rounds = 4, 15
    async with control_plane(tmp_path) as plane:
        made = await plane.post("/api/v1/personal-keys", {"name": "all", "kind": "api-key"})
        for number in range(callers):
            await plane.agent(f"n{number}")

        def change_and_look(number: int) -> Callable[[], None]:
            def patch_and_list() -> None:
                with Requester(plane, made["api_key"]) as requester:
                    for turn in range(rounds):
                        labels = {"labels": {"turn": str(turn)}}
                        assert requester.send("PATCH", f"/api/v1/nodes/n{number}", labels).status == 200
                        seen = requester.get("/api/v1/nodes").data[number]
                        assert (seen["name"], seen["labels"]) == (f"n{number}", {"turn": str(turn)})
                        request = {"node": f"n{number}", "kind": "collect_facts"}
                        task = requester.post("/api/v1/tasks", request).data
                        assert task["id"] in {one["id"] for one in requester.get("/api/v1/tasks").data}
                        rows = requester.get("/api/v1/audit-log?per_page=50").data
                        assert task["id"] in {one["resource"]["id"] for one in rows}

            return patch_and_list

        with trio.fail_after(120):
            async with trio.open_nursery() as nursery:
                for number in range(callers):
                    nursery.start_soon(trio.to_thread.run_sync, change_and_look(number))


async def test_nodes_are_found_by_part_of_what_they_are_called(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        for name, tier in (("web-1", "gold"), ("web-2", "silver"), ("db-1", "gold")):
            await plane.agent(name, labels={"tier": tier})

        async def names_found(words: str) -> list[str]:
            return [node["name"] for node in await plane.get("/api/v1/nodes", search=words)]

        assert await names_found("web") == await names_found("WEB") == ["web-1", "web-2"]
        assert await names_found("-1") == ["db-1", "web-1"]
        assert await names_found("gold") == await names_found("tier=gold") == ["db-1", "web-1"]
        assert await names_found("tier=g") == ["db-1", "web-1"]
        for words in ("%", "_", "'", '"', "\\", "web-1\nweb", "nobody"):
            assert await names_found(words) == [] or words in ('"',), words


async def test_tasks_are_found_by_id_kind_or_node(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        made = {}
        for name, kind in (("web-1", "collect_facts"), ("db-1", "mesh_probe")):
            await plane.agent(name)
            made[name] = (await plane.post("/api/v1/tasks", {"node": name, "kind": kind}))["id"]

        async def names_found(words: str) -> list[str]:
            return [task["node"] for task in await plane.get("/api/v1/tasks", search=words)]

        assert (
            await names_found("web")
            == await names_found("FACTS")
            == await names_found(made["web-1"][:13])
            == ["web-1"]
        )
        assert sorted(await names_found("-1")) == ["db-1", "web-1"]
        assert await names_found("nobody") == []
        renamed = {"name": "cache-1"}
        await plane.call(lambda client: client.patch("/api/v1/nodes/db-1", renamed))
        assert await names_found("cache") == ["cache-1"]
        assert await names_found("db-1") == []
