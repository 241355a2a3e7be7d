"""Operations through the whole control plane: the API, the command line, events."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from nimbus.client.profiles import save_profile
from tests.kit.cli import Cli
from tests.kit.control_plane import ControlPlane, control_plane


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as made:
        yield made


@pytest.fixture
def cli(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    for name in list(os.environ):
        if name.startswith("NIMBUS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    save_profile("default", plane.profile, os.environ)
    return Cli(plane, capsys)


async def test_on_the_command_line(cli: Cli) -> None:
    agents = [await cli.plane.agent(name, labels={"tier": "web"}) for name in ("web-1", "web-2")]
    assert "no operation yet" in (await cli("operation", "list"))[2]
    made: list[tuple[int, str, str]] = []

    async def create() -> None:
        made.append(
            await cli("operation", "create", "look", "--kind", "mesh_probe", "--label", "tier=web", "--wait")
        )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(create)
        with trio.fail_after(20):
            for agent, outcome in zip(agents, ("succeeded", "failed"), strict=True):
                [leased] = (await agent.poll(50)).tasks
                await agent.report(leased.id, outcome, result={"links": []}, error="no")
    [(status, out, _)] = made
    assert status == 1
    assert "failed" in out
    assert "web-2" in out
    [one] = json.loads((await cli("operation", "list", "-o", "json"))[1])
    assert (one["state"], one["counts"]["failed"]) == ("failed", 1)
    shown = json.loads((await cli("operation", "show", one["id"], "-o", "json"))[1])
    assert [task["node"] for task in shown["tasks"]] == ["web-1", "web-2"]
    assert one["id"] in (await cli("task", "show", shown["tasks"][0]["id"]))[1]
    listed = json.loads((await cli("task", "list", "--operation", one["id"], "-o", "json"))[1])
    assert len(listed) == 2
    assert (await cli("operation", "cancel", one["id"], "--yes"))[0] == 1
    assert (await cli("operation", "show", "nothing"))[0] == 4
    events = await cli.plane.get("/api/v1/events", kind="task.closed")
    assert {event["data"]["operation_id"] for event in events} == {one["id"]}
    [event] = await cli.plane.get("/api/v1/events", resource_kind="operation")
    assert (event["kind"], event["resource"]["id"]) == ("operation.create", one["id"])


async def test_a_workspace_goes_with_its_operations(plane: ControlPlane) -> None:
    await plane.post("/api/v1/workspaces", {"name": "shop"})
    await plane.agent("shop-1", workspace="default/shop")
    body = {"name": "look", "kind": "collect_facts", "nodes": ["shop-1"], "workspace": "default/shop"}
    made = await plane.post("/api/v1/operations", body)
    task = (await plane.get(f"/api/v1/operations/{made['id']}"))["tasks"][0]
    await plane.post(f"/api/v1/operations/{made['id']}/cancel")
    await plane.post(f"/api/v1/tasks/{task['id']}/retry")
    await plane.call(
        lambda client: client.request("DELETE", "/api/v1/workspaces/shop", query={"cascade": "true"})
    )
    assert await plane.get("/api/v1/operations") == []
