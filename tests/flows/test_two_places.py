"""One identity at two places, over real TLS: a data directory that was copied, and both agents run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.flows.test_remedies import Machine
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports


# To the database both are the same.
@pytest.mark.parametrize("auth", ["mtls", pytest.param("session-key", marks=pytest.mark.one_engine)])
async def test_a_node_that_runs_twice_is_named_and_served_once(tmp_path: Path, auth: str) -> None:
    [port] = free_ports(1)
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{port}") as plane:
        machine, copy = Machine(tmp_path / "web-1"), Machine(tmp_path / "copy")
        token = await plane.token(name="web-1")
        await machine.ok("join", "-", "--mesh", "off", "--auth", auth, stdin=token)
        shutil.copytree(machine.data, copy.data)
        async with machine.running():
            await machine.until_online()
            async with copy.running() as second:
                said = await copy.until_problem("NODE_RUNS_TWICE")
                assert "leave --local --yes" in said
                assert second.poll() is None
                shown = await until_checked(plane)
                assert shown["state"] == "Degraded"
                [check] = [check for check in shown["checks"] if check["name"] == "runs once"]
                assert check["message"].count(" at 127.0.0.1") == 2, check
                assert (await machine.status())["state"] == "online"
                # Work is done, once, by the one that is served.
                made = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
                await until_done(plane, made["id"])
            # Leaving as usual would take the node from both.
            said = await copy.fails("LEAVE_FAILED", "leave", "--yes")
            assert "NODE_RUNS_TWICE" in said
            # The remedy that is named: the copy leaves without the node, and joins as one of its own.
            await copy.ok("leave", "--local", "--yes")
            await copy.ok("join", "-", "--mesh", "off", "--auth", auth, stdin=await plane.token(name="web-2"))
            async with copy.running():
                await copy.until_online()
                assert {node["name"] for node in await plane.get("/api/v1/nodes")} == {"web-1", "web-2"}


async def until_checked(plane: ControlPlane) -> dict[str, Any]:
    shown: dict[str, Any] = {}

    async def checked() -> bool:
        nonlocal shown
        shown = await plane.get("/api/v1/nodes/web-1")
        return any(check["name"] == "runs once" for check in shown["checks"])

    await eventually_so(checked, "the check that says it", interval=0.2)
    return shown


async def until_done(plane: ControlPlane, task_id: str) -> None:
    async def done() -> bool:
        return bool((await plane.get(f"/api/v1/tasks/{task_id}"))["state"] == "succeeded")

    # A poll whose place was taken by the other agent ends after 25 s.
    await eventually_so(done, "the task", seconds=45, interval=0.2)
