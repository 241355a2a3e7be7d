"""Journeys of nodes that an operator has to let in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from agent.link import LinkDown, Refused
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import HeartbeatAnswer
from tests.kit.agent_client import AgentClient, error_code, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports


async def until_state(plane: ControlPlane, name: str, state: str) -> None:
    async def reached() -> bool:
        return bool((await plane.get(f"/api/v1/nodes/{name}"))["state"] == state)

    await eventually_so(reached, f"{name} is {state}")


def is_told_to_wait(reply: Any) -> bool:
    return msgspec.json.decode(reply.body, type=HeartbeatAnswer).waiting is True


async def held(plane: ControlPlane, auth: str) -> AgentClient:
    agent = await joined_agent(plane.folder / "web-1", await plane.token(name="web-1"), auth)  # type: ignore[arg-type]
    plane.nursery.start_soon(agent.link.run)
    with trio.fail_after(20):
        await agent.link.wait_connected()
    return agent


@pytest.mark.parametrize("auth", ["mtls", "session-key"])
async def test_a_new_node_waits_and_is_let_in(tmp_path: Path, auth: str) -> None:
    [port] = free_ports(1)
    async with control_plane(tmp_path, enrolment="approve", proxy_listen=f"127.0.0.1:{port}") as plane:
        agent = await held(plane, auth)
        assert agent.record.waiting
        beaten = await agent.beat()
        assert is_told_to_wait(beaten)
        # Where the control plane is it hears all the same: that may change while it waits.
        assert msgspec.json.decode(beaten.body, type=HeartbeatAnswer).revisions == {"node": 1}
        assert (await agent.request("GET", f"/desired/{agent.node_id}/node?revision=0")).status == 200
        shown = await plane.get("/api/v1/nodes/web-1")
        assert (shown["state"], shown["approval"]) == ("Pending", "waiting")
        assert [node["name"] for node in await plane.get("/api/v1/nodes", approval="waiting")] == ["web-1"]
        assert await plane.get("/api/v1/nodes", approval="approved") == []

        # Nothing is asked of it, and it gets nothing.
        with pytest.raises(NimbusError, match="waits for approval") as refused:
            await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        assert refused.value.code == "CONFLICT"
        polled = await agent.poll()
        assert (polled.waiting, polled.tasks, polled.mesh, polled.revisions) == (True, (), None, {})
        for method, path in (
            ("GET", f"/desired/{agent.node_id}/mesh?revision=0"),
            ("POST", "/tasks/x/result"),
        ):
            reply = await agent.request(method, path, {} if method == "POST" else None)
            assert (reply.status, error_code(reply)) == (403, "NODE_WAITING")
        assert (await agent.request("GET", "/tasks/other?wait=0")).status == 403

        # Its poll ends with the approval.
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.poll, 50)
            await trio.testing.wait_all_tasks_blocked(0.05)
            with trio.fail_after(10):
                await plane.post("/api/v1/nodes/web-1/approve")
        assert not is_told_to_wait(await agent.beat())
        await until_state(plane, "web-1", "Online")
        task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        assert [lease.id for lease in (await agent.poll()).tasks] == [task["id"]]


async def test_a_rejected_node_is_revoked_on_its_open_connection(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await joined_agent(tmp_path / "a", await plane.token(name="web-1", approve=True))
        plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
        ended: list[BaseException] = []

        async def wait() -> None:
            try:
                await agent.poll(50)
            except (LinkDown, Refused) as error:
                ended.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await plane.post("/api/v1/nodes/web-1/reject", {"reason": "not ours"})
            await eventually(lambda: ended, "the end of the poll")
        assert isinstance(ended[0], Refused)
        assert await plane.get("/api/v1/nodes") == []


async def test_it_waits_across_a_restart_of_the_control_plane(tmp_path: Path) -> None:
    async with control_plane(tmp_path, enrolment="approve") as plane:
        agent = await held(plane, "mtls")
        config = plane.config
    from nimbus.composition.appliance import run_control_plane

    async with trio.open_nursery() as nursery:

        async def run(*, task_status: Any) -> None:
            await run_control_plane(config, task_status=task_status)

        await nursery.start(run)
        nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            assert is_told_to_wait(await agent.beat())
        nursery.cancel_scope.cancel()


async def test_only_a_node_that_waits_is_approved_or_rejected(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        await plane.agent()
        for verb in ("approve", "reject"):
            with pytest.raises(NimbusError, match="does not wait for approval"):
                await plane.post(f"/api/v1/nodes/web-1/{verb}")
            with pytest.raises(NimbusError) as absent:
                await plane.post(f"/api/v1/nodes/nobody/{verb}")
            assert absent.value.code == "NOT_FOUND"


async def test_the_command_lines_say_that_it_waits_and_what_to_do(tmp_path: Path) -> None:
    async with control_plane(tmp_path, enrolment="approve") as plane:
        data = ["--data-dir", str(tmp_path / "agent")]
        command = [sys.executable, "-m", "agent"]
        token = (await plane.token(name="web-1")).encode()
        joined = await trio.run_process(
            [*command, "join", "-", "--mesh", "off", *data],
            stdin=token,
            capture_stdout=True,
            capture_stderr=True,
        )
        assert b"is waiting for approval. On the control plane: nimbus node approve web-1" in joined.stdout
        status = await trio.run_process(
            [*command, "status", *data], capture_stdout=True, stdin=subprocess.DEVNULL
        )
        assert b"nimbus node approve web-1" in status.stdout
        process = subprocess.Popen([*command, "run", *data], stderr=subprocess.DEVNULL)
        try:

            async def is_seen() -> bool:
                return (await plane.get("/api/v1/nodes/web-1"))["last_seen_at"] is not None

            await eventually_so(is_seen, "a heartbeat")
            assert (await plane.get("/api/v1/nodes/web-1"))["state"] == "Pending"
            await plane.post("/api/v1/nodes/web-1/approve")
            await until_state(plane, "web-1", "Online")

            async def says_so() -> bool:
                status = await trio.run_process(
                    [*command, "status", *data], capture_stdout=True, stdin=subprocess.DEVNULL
                )
                return b"approve" not in status.stdout and b"online" in status.stdout

            await eventually_so(says_so, "the status of a node that is in", interval=0.2)
        finally:
            process.terminate()
            process.wait()
