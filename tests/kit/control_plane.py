"""An in-process control plane on real ports with real TLS, its operator, and simulated agents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import trio

from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.appliance import Serving, run_control_plane
from nimbus.composition.bootstrap import bootstrap
from nimbus.kernel.clock import Clock
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.agent_client import AgentClient, joined_agent
from tests.kit.database import database_setting
from tests.kit.ports import free_ports

T = TypeVar("T")


class ControlPlane:
    """`profile` is the administrator's. The client blocks: `call` runs it in a thread."""

    def __init__(
        self,
        folder: Path,
        config: ControlPlaneConfig,
        serving: Serving,
        profile: Profile,
        nursery: trio.Nursery,
    ) -> None:
        self.folder, self.config, self.serving, self.profile = folder, config, serving, profile
        self.nursery = nursery
        self.api_address = ("127.0.0.1", int(config.listen.rpartition(":")[2]))

    async def call(self, work: Callable[[Client], T]) -> T:
        """`work` with a client of its own, in a thread."""

        def run() -> T:
            client = Client(self.profile)
            try:
                return work(client)
            finally:
                client.close()

        return await trio.to_thread.run_sync(run)

    async def get(self, path: str, **query: Any) -> Any:
        return await self.call(lambda client: client.get(path, **query))

    async def post(self, path: str, body: Any = None) -> Any:
        return await self.call(lambda client: client.post(path, body))

    async def token(self, **request: Any) -> str:
        return str((await self.post("/api/v1/nodes/tokens", request))["token"])

    async def agent(self, name: str = "web-1", **request: Any) -> AgentClient:
        """A node that has joined and is connected."""
        agent = await joined_agent(self.folder / name, await self.token(name=name, **request))
        self.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
        return agent


@asynccontextmanager
async def control_plane(
    folder: Path,
    *,
    clock: Clock | None = None,
    administrator: bool = True,
    with_others: bool = False,
    sources: Mapping[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[ControlPlane]:
    """Started, with an administrator; stopped and checkpointed at the end. `with_others`: there may be others on
    its database. `sources`: where settings came from, as a start would say."""
    api, agents = free_ports(2)
    values = {
        "listen": f"127.0.0.1:{api}",
        "agent_port": agents,
        "database": database_setting(folder),
        "mesh": "off",
        "heartbeat_interval": 0.5,
        "rate_limit_per_address": 0.0,
        "rate_limit_per_key": 0.0,
        # Nothing of a test goes to a real authority.
        "acme_directory": "https://127.0.0.1:9/directory",
        **settings,
    }
    config = ControlPlaneConfig(data_dir=str(folder / "control-plane"), **values)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        with trio.fail_after(30):
            serving: Serving = await nursery.start(_run, config, clock, stop, with_others, sources)
        profile = Profile(serving.api)
        if administrator:
            made = await trio.to_thread.run_sync(lambda: bootstrap(config, new_key=True))
            profile = Profile(made.api, made.access_key, made.secret_key, made.ca_file)
        async with trio.open_nursery() as agents_nursery:
            yield ControlPlane(folder, config, serving, profile, agents_nursery)
            agents_nursery.cancel_scope.cancel()
        stop.set()


async def _run(
    config: ControlPlaneConfig,
    clock: Clock | None,
    stop: trio.Event,
    with_others: bool,
    sources: Mapping[str, str] | None,
    *,
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> None:
    await run_control_plane(
        config, clock=clock, stop=stop, sources=sources, with_others=with_others, task_status=task_status
    )
