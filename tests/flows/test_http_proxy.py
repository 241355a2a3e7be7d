"""A node without a mesh that has no way to the control plane but an HTTP proxy: it joins, works, moves, leaves."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.app import run_agent
from agent.directory import open_agent_directory
from agent.http_proxy.proxy import parse_proxy
from agent.join import Options, join
from agent.leave import leave
from agent.status import describe
from nimbus.protocol.join_token import decode_token
from tests.kit.connect_proxy import connect_proxy
from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually
from tests.kit.ports import free_ports

# Nobody knows this name but the proxy.
HOST = "cp.invalid"


async def test_everything_goes_through_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.node_section.fallback.FIRST_AFTER_S", 0.3)
    monkeypatch.setattr("agent.node_section.fallback.LOOK_S", 0.1)
    monkeypatch.setattr("agent.node_section.fallback.own_command", lambda: [sys.executable, "-m", "agent"])
    first, second, api = free_ports(3)
    places: dict[str, Any] = {"listen": f"127.0.0.1:{api}", "advertise": HOST}
    directory = open_agent_directory(str(tmp_path / "web-1"))

    async def until_it_speaks_to(port: int) -> None:
        def speaks() -> bool:
            status = describe(directory)
            return bool(status["state"] == "online" and status["control_plane"] == f"https://{HOST}:{port}")

        await eventually(speaks, f"the agent speaks to port {port}")

    async with connect_proxy() as proxy:
        options = Options("web-1", "off", "nimbus0", 0, proxy=parse_proxy(proxy.url))
        async with trio.open_nursery() as nursery:
            async with control_plane(tmp_path, **places, agent_port=first) as plane:
                token = decode_token(await plane.token())
                await trio.to_thread.run_sync(join, directory, token, options, lambda _line: None)
                nursery.start_soon(run_agent, directory)
                await until_it_speaks_to(first)
            # Nobody told of the move: the API is asked for it, through the proxy too.
            async with control_plane(tmp_path, **places, agent_port=second) as plane:
                await until_it_speaks_to(second)
                nursery.cancel_scope.cancel()
        async with control_plane(tmp_path, **places, agent_port=second) as plane:
            await trio.to_thread.run_sync(leave, directory)
            assert await plane.get("/api/v1/nodes") == []
        assert set(proxy.asked) == {f"{HOST}:{port}" for port in (first, second, api)}
    assert not directory.proxy.exists()
