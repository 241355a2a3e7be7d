"""Operations through the whole control plane: the API, the command line, events."""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.bootstrap import bootstrap
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.cli import Cli, command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.processes import Running, agent_process, control_plane_process


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path) as made:
        yield made


@pytest.fixture
def cli(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    return command_line_of(plane, tmp_path, monkeypatch, capsys)


async def test_on_the_command_line(cli: Cli) -> None:
    agents = [await cli.plane.agent(name, labels={"tier": "web"}) for name in ("web-1", "web-2")]
    assert "No operations yet" in (await cli("operation", "list"))[2]
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
    events = await cli.plane.get("/api/v1/events", resource_kind="operation")
    assert {event["resource"]["id"] for event in events} == {one["id"]}
    kinds = [event["kind"] for event in events]
    assert kinds[-1] == "operation.create"
    assert kinds.count("operation.step") == 4
    assert [e["data"]["state"] for e in events if e["kind"] == "operation.state"] == ["failed"]


async def test_planned_paused_resumed_cancelled(cli: Cli) -> None:
    agents = [await cli.plane.agent(name) for name in ("web-1", "web-2", "web-3")]
    order = ["operation", "create", "look", "--kind", "collect_facts", "--at-once", "1", "--canaries", "1"]
    order += ["--failure-budget", "1", *(word for n in (1, 2, 3) for word in ("--node", f"web-{n}"))]
    status, out, _ = await cli(*order, "--plan")
    assert status == 0
    assert "collect_facts web-1" in out
    assert "1 node at a time; 1 node can fail" in out
    plan = json.loads((await cli(*order, "--plan", "-o", "json"))[1])
    assert [step["wave"] for step in plan["steps"]] == [0, 1, 1]
    assert await cli.plane.get("/api/v1/operations") == []
    made = json.loads((await cli(*order, "-o", "json"))[1])
    with trio.fail_after(20):
        [leased] = (await agents[0].poll(50)).tasks
        out = (await cli("operation", "pause", made["id"]))[1]
        assert "Next: nimbus operation resume, cancel" in out
        await agents[0].report(leased.id, result={"hostname": "web-1"})
        await eventually_so(lambda: _is(cli.plane, made, "web-1", "succeeded"), "the first is done")
        assert json.loads((await cli("operation", "show", made["id"], "-o", "json"))[1])["state"] == "paused"
        assert (await agents[1].poll(0)).tasks == ()
        await cli("operation", "resume", made["id"])
        [leased] = (await agents[1].poll(50)).tasks
        await agents[1].report(leased.id, "failed", error="no")
        [leased] = (await agents[2].poll(50)).tasks
        assert (await cli("operation", "cancel", made["id"], "--yes"))[0] == 0
        await agents[2].report(leased.id, "cancelled")
        await eventually_so(lambda: _is(cli.plane, made, "web-3", "cancelled"), "the last is cancelled")
    status, _, err = await cli("operation", "cancel", made["id"], "--undo", "--yes")
    assert status == 1
    assert "nothing of it can be undone" in err


async def _is(plane: ControlPlane, operation: dict[str, Any], node: str, state: str) -> bool:
    shown = await plane.get(f"/api/v1/operations/{operation['id']}")
    states = [step["state"] for step in shown["steps"] if step["node"] == node]
    return bool(states == [state])


async def test_agents_started_anew_one_after_the_other(cli: Cli) -> None:
    names = ("web-1", "web-2", "web-3")
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                agent_process(cli.plane.folder, name, await cli.plane.token(name=name, labels={"t": "w"}))
            )
            for name in names
        ]
        await eventually_so(lambda: _online(cli.plane, 3), "all are online")
        before = [process.process.pid for process in running]
        order = [
            "operation",
            "create",
            "anew",
            "--kind",
            "restart_agent",
            "--label",
            "t=w",
            "--canaries",
            "1",
        ]
        status, out, err = await cli(*order, "--wait", "-o", "json")
        assert status == 0, (out, err)
        operation = json.loads(out)
        assert (operation["state"], operation["at_once"]) == ("succeeded", 1)
        gates = [step for step in operation["steps"] if step["is_gate"]]
        restarts = [step for step in operation["steps"] if not step["is_gate"]]
        assert [len(gates), len(restarts)] == [3, 3]
        for gate, following in itertools.pairwise(zip(gates, restarts, strict=True)):
            assert gate[0]["ended_at"] <= following[1]["started_at"], "one node at a time"
        assert [process.process.poll() for process in running] == [None] * 3
        assert before == [process.process.pid for process in running]
        assert [process.log.read_text().count("stopping, to be restarted") for process in running] == [1] * 3


async def _online(plane: ControlPlane, number: int) -> bool:
    nodes = await plane.get("/api/v1/nodes")
    return len([node for node in nodes if node["state"] == "Online"]) == number


def test_both_sides_are_killed_and_it_ends_as_ordered(tmp_path: Path) -> None:
    """Real processes: the control plane and an agent die in the middle, more than once."""
    with control_plane_process(tmp_path) as plane, ExitStack() as stack:
        config = ControlPlaneConfig(
            data_dir=str(plane.data),
            listen=f"127.0.0.1:{plane.port}",
            agent_port=plane.agent_port,
            mesh="off",
        )
        made = bootstrap(config, new_key=True)
        profile = Profile(made.api, made.access_key, made.secret_key, made.ca_file)

        def api(method: str, path: str, body: Any = None) -> Any:
            client = Client(profile)
            try:
                return client.post(path, body) if method == "POST" else client.get(path)
            finally:
                client.close()

        def until(what: str, holds: Callable[[], bool]) -> None:
            deadline = time.monotonic() + 60
            while not holds():
                assert time.monotonic() < deadline, what
                time.sleep(0.1)

        names = ("web-1", "web-2", "web-3")
        agents = {}
        for name in names:
            token = api("POST", "/api/v1/nodes/tokens", {"name": name})["token"]
            agents[name] = stack.enter_context(agent_process(tmp_path, name, token))
        until(
            "all are online",
            lambda: (
                all(node["state"] == "Online" for node in api("GET", "/api/v1/nodes"))
                and len(api("GET", "/api/v1/nodes")) == 3
            ),
        )
        order = {"name": "anew", "kind": "restart_agent", "nodes": list(names)}
        operation = f"/api/v1/operations/{api('POST', '/api/v1/operations', order)['id']}"

        def state_of(step: str) -> str:
            steps = {one["name"]: one["state"] for one in api("GET", operation)["steps"]}
            return str(steps[step])

        plane.kill()
        plane.start()
        until("the first is through", lambda: state_of("restart_agent web-1") == "succeeded")
        plane.kill()
        agents["web-2"].end(signal.SIGKILL)
        plane.start()
        until("the second waits for its node", lambda: state_of("restart_agent web-2") == "running")
        arguments = ["agent", "run", "--data-dir", str(tmp_path / "web-2")]
        again = Running("web-2-again", arguments, tmp_path)
        stack.callback(again.end)
        until("it has ended", lambda: api("GET", operation)["state"] == "succeeded")
        assert [step["state"] for step in api("GET", operation)["steps"]] == ["succeeded"] * 6
        for name in ("web-1", "web-3"):
            assert agents[name].log.read_text().count("stopping, to be restarted") == 1


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
