"""kill -9 at random moments, with packets lost: no accepted task is lost, and everybody comes back."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
import trio

from nimbus.protocol.errors import NimbusError
from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
KILLS = 12
LOSS_PERCENT = 10
MAX_TASKS = 400
OPEN = ("queued", "running")


class Chaos:
    """Creates tasks and kills processes, as one seed says."""

    def __init__(self, lab: Lab, seed: int) -> None:
        self.lab = lab
        self.random = random.Random(seed)
        self.accepted: set[str] = set()
        self.unanswered = 0
        self.over = False

    async def create_tasks(self) -> None:
        names = [host.name for host in self.lab.nodes]
        while not self.over and len(self.accepted) < MAX_TASKS:
            kind = self.random.choice(["collect_facts", "collect_facts", "mesh_probe"])
            body: dict[str, Any] = {"node": self.random.choice(names), "kind": kind}
            if kind == "mesh_probe":
                body["parameters"] = {"count": 1, "wait_ms": 200}
            try:
                task = await self.lab.post("/api/v1/tasks", body)
            except NimbusError:
                self.unanswered += 1
            else:
                self.accepted.add(task["id"])
            await trio.sleep(0.05)

    async def kill_processes(self) -> None:
        for _ in range(KILLS):
            await trio.sleep(self.random.uniform(0.2, 2.5))
            target = self.random.choice([None, *self.lab.nodes])
            await (self.kill_server() if target is None else self.kill_agent(target))
        self.over = True

    async def kill_server(self) -> None:
        assert self.lab.server is not None
        await self.lab.server.kill()
        await trio.sleep(self.random.uniform(0, 1))
        await self.lab.start_control_plane(bootstrap=False)

    async def kill_agent(self, host: LabHost) -> None:
        assert host.agent is not None
        await host.agent.kill()
        await trio.sleep(self.random.uniform(0, 1))
        await self.lab.start_agent(host)


async def test_no_accepted_task_is_lost(make_lab: MakeLab) -> None:
    seed = int(os.environ.get("NIMBUS_CHAOS_SEED", "") or random.randrange(10**6))
    print(f"NIMBUS_CHAOS_SEED={seed}")
    async with make_lab(nodes=2, heartbeat_interval=1.0) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        for host in lab.hosts.values():
            host.lose(LOSS_PERCENT)
        chaos = Chaos(lab, seed)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chaos.create_tasks)
            nursery.start_soon(chaos.kill_processes)
        assert len(chaos.accepted) > KILLS

        async def all_tasks() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = await lab.api(lambda client: client.get_all("/api/v1/tasks"))
            return found

        async def settled() -> bool:
            return not [task for task in await all_tasks() if task["state"] in OPEN]

        await wait_until("every task has ended", settled, timeout=90, interval=0.5)
        await lab.wait_online(timeout=30)
        tasks = await all_tasks()
        assert len({task["id"] for task in tasks}) == len(tasks)
        assert chaos.accepted <= {task["id"] for task in tasks}
        # What was not answered was taken or not: there is never more than was asked for.
        assert len(tasks) <= len(chaos.accepted) + chaos.unanswered
        for task in tasks:
            assert (task["state"] == "succeeded") == (task["result"] is not None), task
            assert (task["state"] == "succeeded") == (task["error"] is None), task
            assert task["finished_at"], task
        failed = [task for task in tasks if task["state"] != "succeeded"]
        print(f"{len(tasks)} tasks, {len(failed)} failed, {chaos.unanswered} not answered")
        assert not failed, failed[:3]

        async def reported() -> bool:
            return all([(await host.status())["results_to_report"] == 0 for host in lab.nodes])

        await wait_until("nothing is left to report", reported, timeout=10)
