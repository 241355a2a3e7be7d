"""The control plane moves, and says so: a real one that is started with other settings, a real agent in the same
process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.app import run_agent
from agent.directory import AgentDirectory
from agent.leave import leave
from agent.node_section.outside import OutsideFailed, ask_outside
from agent.session import SessionKeyFile
from agent.status import describe
from nimbus.protocol.messages import SessionKey
from nimbus.protocol.outside import OutsideAnswer
from tests.kit.agent_client import AgentClient, error_code, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports


async def until(plane: ControlPlane, what: str, **fields: Any) -> None:
    async def reached() -> bool:
        node = await plane.get("/api/v1/nodes/web-1")
        return all(node[name] == value for name, value in fields.items())

    await eventually_so(reached, what)


async def until_it_speaks_to(directory: AgentDirectory, port: int) -> None:
    def speaks() -> bool:
        status = describe(directory)
        return bool(status["state"] == "online" and status["control_plane"] == f"https://127.0.0.1:{port}")

    await eventually(speaks, f"the agent speaks to port {port}")


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
            await until_it_speaks_to(agent.directory, second)
            nursery.cancel_scope.cancel()
    async with control_plane(tmp_path, **places, agent_port=second, agent_addresses=both) as plane:
        # A command beside the agent knows the way too.
        await trio.to_thread.run_sync(leave, agent.directory)
        assert await plane.get("/api/v1/nodes") == []


async def test_a_node_asks_for_its_own_section_only(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent, other = await plane.agent("web-1"), await plane.agent("web-2")
        refused = await agent.request("GET", f"/desired/{other.node_id}/node?revision=0")
        assert (refused.status, error_code(refused)) == (403, "FORBIDDEN")
        assert (await agent.request("GET", f"/desired/{agent.node_id}/node?revision=1")).status == 304
        assert (await agent.request("GET", f"/desired/{agent.node_id}/nothing?revision=1")).status == 404


async def test_a_node_that_slept_asks_the_api_where_the_control_plane_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.node_section.fallback.FIRST_AFTER_S", 0.3)
    monkeypatch.setattr("agent.node_section.fallback.own_command", lambda: [sys.executable, "-m", "agent"])
    first, second, api, dead = free_ports(4)
    places: dict[str, Any] = {
        "listen": f"127.0.0.1:{api}",
        "api_addresses": f"127.0.0.1:{dead}, 127.0.0.1:{api}",
    }
    async with control_plane(tmp_path, **places, agent_port=first) as plane:
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
    # Nothing of the move was announced: all that the node knows is where the API is.
    async with control_plane(tmp_path, **places, agent_port=second) as plane, trio.open_nursery() as nursery:
        nursery.start_soon(run_agent, agent.directory)
        await until_it_speaks_to(agent.directory, second)
        nursery.cancel_scope.cancel()


async def test_a_node_that_signs_finds_another_proxy_by_the_api(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.node_section.fallback.FIRST_AFTER_S", 0.3)
    monkeypatch.setattr("agent.node_section.fallback.own_command", lambda: [sys.executable, "-m", "agent"])
    first, second, api = free_ports(3)
    places: dict[str, Any] = {"listen": f"127.0.0.1:{api}"}
    async with control_plane(tmp_path, **places, proxy_listen=f"127.0.0.1:{first}") as plane:
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"), "session-key")
    async with (
        control_plane(tmp_path, **places, proxy_listen=f"127.0.0.1:{second}") as plane,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(run_agent, agent.directory)
        await until_it_speaks_to(agent.directory, second)
        nursery.cancel_scope.cancel()


async def test_a_session_key_proves_its_own_node_alone(tmp_path: Path) -> None:
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{free_ports(1)[0]}") as plane:
        made = [
            await joined_agent(tmp_path / name, await plane.token(name=name), "session-key")
            for name in ("web-1", "web-2")
        ]
        agent, other = made
        assert (await ask(agent, plane)).section.is_whole
        keys = SessionKeyFile(agent.directory.session)
        [key] = keys.load()
        # The newest is one that an older copy of the database does not know: the one before it is tried too.
        keys.save((SessionKey("NSunknown", "x" * 43), key))
        assert (await ask(agent, plane)).section.is_whole
        for wrong in (SessionKey(key.key_id, key.secret + "x"), SessionKey("NSunknown", key.secret)):
            keys.save((wrong,))
            with pytest.raises(OutsideFailed, match=r"\[NODE_UNPROVEN\]"):
                await ask(agent, plane)
        # What another node's key gets is of no use to this one.
        keys.save(SessionKeyFile(other.directory.session).load())
        with pytest.raises(OutsideFailed, match="not signed by an authority"):
            await ask(agent, plane)
        await plane.call(lambda client: client.delete(f"/api/v1/nodes/{other.node_id}"))
        with pytest.raises(OutsideFailed, match=r"\[NODE_UNPROVEN\]"):
            await ask(other, plane)


async def ask(agent: AgentClient, plane: ControlPlane) -> OutsideAnswer:
    record = agent.directory.load_node()
    return await trio.to_thread.run_sync(ask_outside, agent.directory, record, (plane.serving.api,))


async def test_only_a_node_is_told_and_only_the_authority_is_believed(tmp_path: Path) -> None:
    async with control_plane(tmp_path / "a") as plane, control_plane(tmp_path / "b") as stranger:
        agent, other = await plane.agent("web-1"), await plane.agent("web-2")
        answer = await ask(agent, plane)
        assert answer.section.is_whole
        assert answer.section.revision == 1
        # Another control plane does not know the node; and what it would say it cannot sign.
        with pytest.raises(OutsideFailed, match=r"\[NODE_UNPROVEN\]"):
            await ask(agent, stranger)
        foreign = await stranger.agent("web-1")
        key = agent.directory.key.read_bytes()
        agent.directory.key.write_bytes(foreign.directory.key.read_bytes())
        with pytest.raises(OutsideFailed, match=r"\[NODE_UNPROVEN\]"):
            await ask(agent, plane)
        agent.directory.key.write_bytes(key)
        foreign.directory.ca.write_bytes(agent.directory.ca.read_bytes())
        with pytest.raises(OutsideFailed, match="not signed by an authority"):
            await ask(foreign, stranger)
        # A node that is revoked.
        await plane.call(lambda client: client.delete(f"/api/v1/nodes/{other.node_id}"))
        with pytest.raises(OutsideFailed, match=r"\[NODE_UNPROVEN\]"):
            await ask(other, plane)
