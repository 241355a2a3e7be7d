"""Leaving, being deleted, and joining again."""

from __future__ import annotations

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root


def peers(host: LabHost) -> int:
    return len(host.namespace.run_now("wg", "show", host.interface, "peers").split())


async def wait_peers(host: LabHost, count: int, timeout: float = 5.0) -> None:
    async def reached() -> bool:
        return peers(host) == count

    await wait_until(f"{host.name} has {count} peers", reached, timeout=timeout)


async def start_fleet(lab: Lab) -> None:
    await lab.start_control_plane()
    await lab.make_nodes()
    await lab.wait_online()
    await lab.wait_reachable()


async def test_delete_cuts_the_node_off_at_once(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        await start_fleet(lab)
        gone, *others = lab.nodes
        assert gone.agent is not None
        overlay = await lab.overlay_addresses()
        await lab.nimbus("node", "delete", gone.name, "--yes")
        server = lab.control_plane.namespace.run_now(
            "ss", "-tnH", "state", "established", "sport", "=", ":8444"
        )
        assert f"{overlay[gone.name]}:" not in server
        for host in (*others, lab.control_plane):
            await wait_peers(host, len(others))
        assert set(await lab.node_states()) == {host.name for host in others}
        await lab.wait_reachable()

        await gone.agent.stop()
        cleared = await gone.nimbus_agent("leave", "--force", "--yes")
        assert cleared.status == 0, cleared
        assert gone.interface not in gone.namespace.ip("link")
        await lab.make_node(gone)
        await lab.wait_online()


async def test_a_deleted_node_hears_of_it_and_asks_again_later(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await start_fleet(lab)
        agent = lab["n1"].agent
        assert agent is not None
        await lab.nimbus("node", "delete", "n1", "--yes")
        await lab["n1"].wait_problem("CERTIFICATE_REVOKED")
        assert agent.running
        assert await agent.stop() == 0


async def test_leave_removes_the_node_on_both_sides(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await start_fleet(lab)
        gone, stays = lab.nodes
        assert gone.agent is not None
        busy = await gone.nimbus_agent("leave", "--yes")
        assert (busy.status, busy.line.rpartition(" ")[2]) == (1, "[AGENT_RUNNING]"), busy
        assert await gone.agent.stop() == 0
        left = await gone.nimbus_agent("leave", "--yes")
        assert left.status == 0, left
        assert gone.interface not in gone.namespace.ip("link")
        assert {file.name for file in gone.data.iterdir()} <= {"lock"}
        assert await lab.node_states() == {stays.name: "Online"}
        await wait_peers(stays, 1)
        # The name is free again.
        await lab.make_node(gone)
        await lab.wait_online()


async def test_a_known_node_moves_to_another_machine(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await start_fleet(lab)
        old, witness = lab.nodes
        before = await lab.get(f"/api/v1/nodes/{old.name}")
        token = await lab.token(rejoin=old.name)
        new = lab.add_host("spare")

        # Until the token is used nothing changes for the old machine.
        assert await witness.ping(before["overlay_ip"])
        assert (await lab.node_states())[old.name] == "Online"
        assert old.agent is not None
        assert old.agent.running

        joined = await lab.join(new, token)
        assert joined.status == 0, joined
        await lab.start_agent(new)
        await lab.wait_online([old.name, witness.name])
        after = await lab.get(f"/api/v1/nodes/{old.name}")
        assert [after[key] for key in ("id", "name", "overlay_ip")] == [
            before[key] for key in ("id", "name", "overlay_ip")
        ]
        assert after["public_ip"] == new.address

        async def reached() -> bool:
            return await witness.ping(before["overlay_ip"])

        await wait_until("the way leads to the new machine", reached, timeout=15)
