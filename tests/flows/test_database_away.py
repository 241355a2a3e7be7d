"""The database server goes away under a control plane that serves, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import ApiError
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.postgresql import Server, is_there
from tests.kit.requester import Requester

pytestmark = [
    pytest.mark.skipif(not is_there(), reason="postgresql-15 is not installed"),
    # With a server of its own, once.
    pytest.mark.sqlite,
]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    try:
        made.start()
        made.execute("CREATE DATABASE nimbus ENCODING 'UTF8' TEMPLATE template0")
        yield made
    finally:
        made.remove()


async def refused(plane: ControlPlane, work: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await plane.call(work)
    return caught.value


async def readiness(plane: ControlPlane) -> int:
    def ask() -> int:
        with Requester(plane, "") as requester:
            return requester.get("/readyz").status

    return await trio.to_thread.run_sync(ask)


async def test_a_control_plane_can_be_stopped_while_it_is_away(tmp_path: Path, server: Server) -> None:
    async with control_plane(tmp_path, database=server.url("nimbus")) as plane:
        await (await plane.agent()).beat()
        await trio.to_thread.run_sync(server.stop)
    await trio.to_thread.run_sync(server.start)
    async with control_plane(tmp_path, administrator=False, database=server.url("nimbus")):
        """Another starts on it."""


async def test_what_is_asked_meanwhile_is_refused_in_words_and_then_it_goes_on(
    tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with control_plane(tmp_path, database=server.url("nimbus")) as plane:
        agent = await plane.agent()
        await plane.post("/api/v1/workspaces", {"name": "before"})
        for _ in range(2):
            await trio.to_thread.run_sync(server.stop)
            # A balancer in front of several sends nobody here.
            assert await readiness(plane) == 503
            # A report that cannot be written is kept in memory.
            assert (await agent.beat()).status == 200
            for work in (
                lambda client: client.get("/api/v1/workspaces"),
                lambda client: client.post("/api/v1/workspaces", {"name": "meanwhile"}),
            ):
                error = await refused(plane, work)
                assert error.code == "UNAVAILABLE"
                assert "Traceback" not in error.line()
            await trio.to_thread.run_sync(server.start)

            async def is_back() -> bool:
                try:
                    return {one["name"] for one in await plane.get("/api/v1/workspaces")} == {
                        "default",
                        "before",
                    }
                except ApiError:
                    return False

            await eventually_so(is_back, "the control plane goes on", 40)
            assert await readiness(plane) == 200
        await plane.post("/api/v1/workspaces", {"name": "after"})

        async def is_online() -> bool:
            await agent.beat()
            return [node["state"] for node in await plane.get("/api/v1/nodes")] == ["Online"]

        await eventually_so(is_online, "the node is Online", 30)
        task = await plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        assert (await plane.get(f"/api/v1/tasks/{task['id']}"))["state"] in ("queued", "running")
    # What goes on by itself says so in a line, and goes on.
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
