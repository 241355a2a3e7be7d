"""kill -9 of either side while a session key is rotated: real processes, killed at each step that can be seen."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import trio

from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.bootstrap import bootstrap
from nimbus.protocol.errors import NimbusError
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports


class Pair:
    """A control plane and an agent, each a process that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        api, agents, proxy = free_ports(3)
        self.config = ControlPlaneConfig(
            data_dir=str(folder / "control-plane"),
            listen=f"127.0.0.1:{api}",
            agent_port=agents,
            mesh="off",
            proxy_listen=f"127.0.0.1:{proxy}",
            heartbeat_interval=0.2,
            rate_limit_per_address=0.0,
            rate_limit_per_key=0.0,
        )
        self.data = folder / "agent"
        self.session = self.data / "session.json"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.profile = Profile("")

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._running):
            self.kill(name)

    def start(self, name: str) -> None:
        config = self.config
        commands = {
            "control plane": [
                "nimbus",
                "api",
                "--data-dir",
                config.data_dir,
                "--listen",
                config.listen,
                "--agent-port",
                str(config.agent_port),
                "--mesh",
                "off",
                "--proxy-listen",
                config.proxy_listen,
                "--heartbeat-interval",
                "0.2",
                "--rate-limit-per-address",
                "0",
                "--rate-limit-per-key",
                "0",
            ],
            "agent": ["agent", "run", "--data-dir", str(self.data)],
        }
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", *commands[name]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    async def call(self, work: Callable[[Client], Any]) -> Any:
        def run() -> Any:
            client = Client(self.profile)
            try:
                return work(client)
            finally:
                client.close()

        return await trio.to_thread.run_sync(run)

    async def node(self) -> dict[str, Any]:
        """Empty while the control plane does not answer."""
        try:
            return dict(await self.call(lambda client: client.get("/api/v1/nodes/web-1")))
        except NimbusError:
            return {}

    def has_ended(self, key_id: str) -> bool:
        """At the control plane; the node keeps the key before the newest for a restored backup."""
        with contextlib.closing(sqlite3.connect(Path(self.config.data_dir) / "nimbus.db")) as database:
            sql = "SELECT 1 FROM node_session_keys WHERE id = ? AND ended_at IS NOT NULL"
            return database.execute(sql, (key_id,)).fetchone() is not None

    def key_ids(self) -> list[str]:
        return [key["key_id"] for key in json.loads(self.session.read_bytes())]


async def set_up(pair: Pair) -> None:
    pair.start("control plane")
    made: list[Any] = []

    def administrator() -> None:
        try:
            made.append(bootstrap(pair.config, new_key=True))
        except NimbusError:
            return

    async def is_made() -> bool:
        await trio.to_thread.run_sync(administrator)
        if made:
            pair.profile = Profile(
                f"https://{pair.config.listen}", made[0].access_key, made[0].secret_key, made[0].ca_file
            )
        return bool(made)

    await eventually_so(is_made, "the administrator", interval=0.1)

    async def answers() -> bool:
        try:
            await pair.call(lambda client: client.get("/api/v1/nodes"))
        except NimbusError:
            return False
        return True

    await eventually_so(answers, "the API")
    token = (await pair.call(lambda client: client.post("/api/v1/nodes/tokens", {"name": "web-1"})))["token"]
    command = [sys.executable, "-m", "agent", "join", "-", "--mesh", "off", "--auth", "session-key"]
    await trio.run_process(
        [*command, "--data-dir", str(pair.data)],
        stdin=token.encode(),
        capture_stdout=True,
        capture_stderr=True,
    )
    pair.start("agent")


STEPS: dict[str, Callable[[Pair, str], bool]] = {
    "rotated": lambda _pair, _old: True,
    "stored": lambda pair, old: pair.key_ids()[0] != old,
    "accepted": lambda pair, old: pair.has_ended(old),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("victims", [["agent"], ["control plane"], ["agent", "control plane"]], ids="+".join)
async def test_both_sides_share_a_key_whoever_is_killed(
    tmp_path: Path, step: str, victims: list[str]
) -> None:
    with Pair(tmp_path) as pair:
        await set_up(pair)

        async def is_online() -> bool:
            return bool((await pair.node()).get("state") == "Online")

        await eventually_so(is_online, "the node is online")
        for _ in range(2):
            old = pair.key_ids()[0]
            await pair.call(lambda client: client.post("/api/v1/nodes/web-1/rotate-key"))
            await eventually(lambda old=old: STEPS[step](pair, old), step)  # type: ignore[misc]
            for victim in victims:
                pair.kill(victim)
            for victim in victims:
                pair.start(victim)

            async def is_rotated(old: str = old) -> bool:
                node = await pair.node()
                return node.get("rotating_key") is False and pair.key_ids()[0] != old

            await eventually_so(is_rotated, "the new key is in use", seconds=30)

            async def works() -> bool:
                return bool((await pair.node()).get("state") == "Online")

            await eventually_so(works, "the node is online")
        task = await pair.call(
            lambda client: client.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})
        )

        async def is_done() -> bool:
            found = await pair.call(lambda client: client.get(f"/api/v1/tasks/{task['id']}"))
            return bool(found["state"] == "succeeded")

        await eventually_so(is_done, "the task")
