"""Events through the whole control plane: the list, the long poll, the WebSocket, the CLI."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
from trio_websocket import open_websocket_url

from nimbus.protocol.messages import TaskProgress
from nimbus.protocol.signing import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane

PATH = "/api/v1/events"


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as made:
        yield made


def handshake(plane: ControlPlane, target: str) -> list[tuple[bytes, bytes]]:
    """Signed as any request is: method, path with query, timestamp, body."""
    timestamp = str(int(time.time()))
    headers = {
        ACCESS_KEY_HEADER: plane.profile.access_key,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: sign(plane.profile.secret_key, "GET", target, timestamp, b""),
    }
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def test_the_timeline_of_a_node(plane: ControlPlane) -> None:
    """All that is about a node: what it did, what was done to it, its tasks and tokens; nothing of another."""
    agent, other = await plane.agent(), await plane.agent("web-2")
    task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
    await plane.post("/api/v1/tasks", {"node": "web-2", "kind": "collect_facts"})
    [leased] = (await agent.poll()).tasks
    await agent.request("POST", f"/tasks/{task['id']}/progress", TaskProgress(attempt=1, percent=40))
    await agent.report(leased.id, "failed", error="no")
    again = await plane.post(f"/api/v1/tasks/{task['id']}/retry")
    await plane.post(f"/api/v1/tasks/{again['id']}/cancel")
    await plane.call(lambda client: client.patch("/api/v1/nodes/web-1", {"labels": {"a": "b"}}))
    await plane.post("/api/v1/nodes/web-1/tokens", {})
    await plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))
    found = await plane.get(PATH, node=agent.node_id.upper(), per_page=1000)
    kinds = {event["kind"] for event in found}
    assert kinds >= {
        "node.join",
        "task.create",
        "task.leased",
        "task.closed",
        "task.cancel",
        "node.update",
        "join_token.create",
        "node.delete",
    }, kinds
    assert {event["node_id"] for event in found} == {agent.node_id}
    assert {event["resource"]["id"] for event in found if event["kind"] == "task.create"} == {
        task["id"],
        again["id"],
    }
    assert other.node_id not in str(found)
    own = await plane.get(PATH, resource_kind="node", resource=agent.node_id, per_page=1000)
    assert {event["kind"] for event in own} == {kind for kind in kinds if kind.startswith("node.")}
    rows = await plane.get("/api/v1/audit-log", resource_kind="node", resource=agent.node_id)
    assert {row["action"] for row in rows} >= {"node.join", "node.update", "node.delete"}


async def test_a_task_from_its_creation_to_its_end(plane: ControlPlane) -> None:
    answer = await plane.call(lambda client: client.request("GET", PATH))
    cursor = answer["meta"]["cursor"]
    agent = await plane.agent()
    task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
    [leased] = (await agent.poll()).tasks
    assert leased.id == task["id"]
    await agent.request("POST", f"/tasks/{task['id']}/progress", TaskProgress(attempt=1, percent=40))
    await agent.report(task["id"], result={"hostname": "web-1"})
    kinds: list[str] = []

    async def next_ones(after: int) -> Any:
        query = {"after": after, "wait": 20, "resource": task["id"]}
        return await plane.call(lambda client: client.request("GET", PATH, query=query))

    with trio.fail_after(30):
        while "task.closed" not in kinds:
            got = await next_ones(cursor)
            assert not got["meta"]["reset"]
            assert got["meta"]["cursor"] >= cursor
            cursor = got["meta"]["cursor"]
            kinds += [event["kind"] for event in got["data"]]
            for event in got["data"]:
                assert event["kind"] == "task.create" or event["data"]["node_id"] == agent.node_id
    assert kinds == ["task.create", "task.leased", "task.closed"], "how far it is is not kept"
    listed = await plane.get(PATH, kind="task.*")
    assert [event["kind"] for event in reversed(listed) if event["resource"]["id"] == task["id"]] == kinds


async def test_the_websocket(plane: ControlPlane) -> None:
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    target = f"{PATH}?after=0&kind=node.*"
    url = plane.profile.api.replace("https://", "wss://") + target
    seen: list[dict[str, Any]] = []
    with trio.fail_after(30):
        async with open_websocket_url(url, context, extra_headers=handshake(plane, target)) as stream:
            assert json.loads(await stream.get_message())["type"] == "ready"
            await (await plane.agent()).beat()
            while not any(one["kind"] == "node.state" for one in seen):
                told = json.loads(await stream.get_message())
                if told["type"] == "event":
                    seen.append(told)
    assert {"node.join", "node.state"} <= {one["kind"] for one in seen}
    assert [one["cursor"] for one in seen] == sorted({one["cursor"] for one in seen})
    state = next(one for one in seen if one["kind"] == "node.state")
    assert (state["data"], state["resource"]["name"]) == ({"state": "Online"}, "web-1")


async def test_progress_by_the_websocket(plane: ControlPlane) -> None:
    """How far a task is, and how long its log: for those who follow just then, beside the events."""
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    target = f"{PATH}?kind=task.*"
    url = plane.profile.api.replace("https://", "wss://") + target
    agent = await plane.agent()
    task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
    await agent.poll()
    seen: list[dict[str, Any]] = []
    with trio.fail_after(30):
        async with open_websocket_url(url, context, extra_headers=handshake(plane, target)) as stream:
            ready = json.loads(await stream.get_message())
            for percent in range(0, 101, 10):
                message = TaskProgress(attempt=1, percent=percent, first=percent, lines=("a line",))
                await agent.request("POST", f"/tasks/{task['id']}/progress", message)
            while not seen or seen[-1]["data"].get("percent") != 100:
                seen.append(json.loads(await stream.get_message()))
    assert {(one["type"], one["kind"], one["resource"]["id"]) for one in seen} == {
        ("progress", "task.progress", task["id"])
    }
    assert {one["cursor"] for one in seen} == {ready["cursor"]}, "they have no place in the log"
    assert seen[-1]["data"] == {"node_id": agent.node_id, "percent": 100, "log_lines": 11}


async def test_what_a_node_measured_is_told(plane: ControlPlane) -> None:
    """To whoever looks at the mesh, which changes by nothing else then."""
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    target = f"{PATH}?kind=mesh.*"
    url = plane.profile.api.replace("https://", "wss://") + target
    agent = await plane.agent()
    await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
    [leased] = (await agent.poll()).tasks
    with trio.fail_after(30):
        async with open_websocket_url(url, context, extra_headers=handshake(plane, target)) as stream:
            assert json.loads(await stream.get_message())["type"] == "ready"
            await agent.report(leased.id, result={"links": []})
            told = json.loads(await stream.get_message())
    assert (told["type"], told["kind"]) == ("progress", "mesh.measured")
    assert told["resource"] == {"kind": "mesh", "id": agent.node_id, "name": "web-1"}


async def test_events_outlive_a_restart(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        await plane.token(name="one")
        before = await plane.call(lambda client: client.request("GET", PATH))
    async with control_plane(tmp_path, administrator=False) as again:
        again.profile = type(plane.profile)(
            again.profile.api, plane.profile.access_key, plane.profile.secret_key, plane.profile.ca_file
        )
        after = await again.call(lambda client: client.request("GET", PATH, query={"after": 0}))
        assert [one["cursor"] for one in after["data"]] == [one["cursor"] for one in reversed(before["data"])]
        await again.token(name="two")
        more = await again.call(
            lambda client: client.request("GET", PATH, query={"after": before["meta"]["cursor"], "wait": 10})
        )
        assert more["data"][0]["cursor"] == before["meta"]["cursor"] + 1


async def test_the_command_line(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
    await plane.token(name="web-9")
    status, out, _ = await cli("events", "--kind", "join_token.*", "-o", "json")
    assert status == 0
    [event] = json.loads(out)
    assert event["resource"]["kind"] == "join_token"
    assert "admin created join token" in (await cli("events"))[1]
    assert (await cli("events", "--node", "nobody"))[0] == 4
    assert (await cli("events", "--after", "999999"))[2].startswith("Events after that cursor")
    assert (await cli("events", "--limit", "0"))[0] == 2
    following = await trio.lowlevel.open_process(
        [
            sys.executable,
            "-m",
            "nimbus",
            "events",
            "--follow",
            "--kind",
            "join_token.*",
            "-o",
            "json",
            "--limit",
            "1",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert following.stdout is not None
        with trio.fail_after(30):
            got = b""
            while got.count(b"\n") < 1:
                got += await following.stdout.receive_some()
            await plane.token(name="web-10")
            while got.count(b"\n") < 2:
                got += await following.stdout.receive_some()
    finally:
        following.kill()
        await following.wait()
    first, second = (json.loads(line) for line in got.splitlines())
    assert first == event
    assert second["cursor"] > first["cursor"]
