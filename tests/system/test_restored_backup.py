"""The control plane's database goes back to an older copy: every node comes back without a hand on it."""

from __future__ import annotations

import shutil

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.host import fake_clock
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
DAY = 86400.0


async def until_online(host: LabHost) -> None:
    async def online() -> bool:
        return bool((await host.status())["state"] == "online")

    await wait_until(f"{host.name} is online by its own account", online, timeout=30, interval=0.3)


async def stop_control_plane(lab: Lab) -> None:
    assert lab.server is not None
    await lab.server.stop()


async def test_nodes_that_renewed_after_the_backup_come_back_by_themselves(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        # The nodes joined 61 days ago: their certificates are due.
        hosts = (lab.control_plane, *lab.nodes)
        now = {host.name: dict(host.environment) for host in hosts}
        for host in hosts:
            host.environment |= fake_clock(host, -61 * DAY)
        await lab.start_control_plane()
        for host in lab.nodes:
            await lab.make_node(host)
            await until_online(host)
        for host in lab.nodes:
            assert host.agent is not None
            await host.agent.stop()
        await stop_control_plane(lab)
        database = lab.control_plane.data / "nimbus.db"
        shutil.copy(database, lab.folder / "backup.db")

        for host in hosts:
            host.environment = now[host.name]
        await lab.start_control_plane(bootstrap=False)
        for host in lab.nodes:
            await lab.start_agent(host)
        await lab.wait_online(timeout=30)

        async def renewed() -> bool:
            shown = [await lab.get(f"/api/v1/nodes/{host.name}") for host in lab.nodes]
            return all(node["certificate"]["renewed_at"] for node in shown)

        await wait_until("both nodes have renewed their certificates", renewed, timeout=30)
        serials = {
            host.name: (await lab.get(f"/api/v1/nodes/{host.name}"))["certificate"]["serial"]
            for host in lab.nodes
        }
        # Both are served with the new one.
        for host in lab.nodes:
            await until_online(host)
        pids = {host.name: host.agent.pid for host in lab.nodes if host.agent is not None}

        await stop_control_plane(lab)
        for name in ("nimbus.db", "nimbus.db-wal", "nimbus.db-shm"):
            (lab.control_plane.data / name).unlink(missing_ok=True)
        shutil.copy(lab.folder / "backup.db", database)
        await lab.start_control_plane(bootstrap=False)

        async def adopted() -> list[str]:
            rows = await lab.get("/api/v1/audit-log", action="node.adopt_certificate")
            return sorted(row["resource"]["name"] for row in rows)

        async def are_back() -> bool:
            return await adopted() == ["n1", "n2"]

        # What the backup says of their states is not enough: they have to come.
        await wait_until("both certificates are taken back", are_back, timeout=60)
        await lab.wait_online(timeout=60)
        for host in lab.nodes:
            assert host.agent is not None
            assert (host.agent.running, host.agent.pid) == (True, pids[host.name])
            shown = await lab.get(f"/api/v1/nodes/{host.name}")
            assert shown["certificate"]["serial"] == serials[host.name]
        assert await adopted() == ["n1", "n2"]
        await lab.wait_reachable(timeout=30)
