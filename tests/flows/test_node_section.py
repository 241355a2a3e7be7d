"""The control plane moves, and says so: a real one that is started with other settings, a real agent in the same
process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio

from agent.app import run_agent
from agent.directory import AgentDirectory
from agent.status import describe
from tests.kit.agent_client import error_code, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports


async def until(plane: ControlPlane, what: str, **fields: Any) -> None:
    async def reached() -> bool:
        node = await plane.get("/api/v1/nodes/web-1")
        return all(node[name] == value for name, value in fields.items())

    await eventually_so(reached, what)


def shown(directory: AgentDirectory) -> str:
    return str(describe(directory)["control_plane"])


async def test_a_node_follows_to_another_port_and_learns_another_interval(tmp_path: Path) -> None:
    first, second, api = free_ports(3)
    places: dict[str, Any] = {"listen": f"127.0.0.1:{api}"}
    async with trio.open_nursery() as nursery:
        async with control_plane(tmp_path, **places, agent_port=first, heartbeat_interval=1.0) as plane:
            agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
            nursery.start_soon(run_agent, agent.directory)
            await until(plane, "the node has the section", state="Online", revisions={"node": 1})
        both = f"127.0.0.1:{second}, 127.0.0.1:{first}"
        # Much quicker than the node is: it must not be taken for silent before it has heard of it.
        async with control_plane(
            tmp_path, **places, agent_port=first, agent_addresses=both, heartbeat_interval=0.1
        ) as plane:
            await until(plane, "the node knows both", revisions={"node": 2})
        async with control_plane(
            tmp_path, **places, agent_port=second, agent_addresses=both, heartbeat_interval=0.1
        ) as plane:
            await until(plane, "the node has followed", state="Online")
            assert shown(agent.directory) == f"https://127.0.0.1:{second}"
            nursery.cancel_scope.cancel()


async def test_a_node_asks_for_its_own_section_only(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent, other = await plane.agent("web-1"), await plane.agent("web-2")
        refused = await agent.request("GET", f"/desired/{other.node_id}/node?revision=0")
        assert (refused.status, error_code(refused)) == (403, "FORBIDDEN")
        assert (await agent.request("GET", f"/desired/{agent.node_id}/node?revision=1")).status == 304
        assert (await agent.request("GET", f"/desired/{agent.node_id}/nothing?revision=1")).status == 404
