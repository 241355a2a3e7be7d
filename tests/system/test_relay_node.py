"""Nodes without a direct way go by a node that relays, and by the control plane when that one is killed."""

from __future__ import annotations

import pytest

from nimbus.wireguard.relay_frame import PORT
from tests.kit.lab import LabHost, wait_until
from tests.kit.lab.network import filter_packets
from tests.system.conftest import MakeLab

pytestmark = [pytest.mark.root, pytest.mark.slow]


async def test_a_relay_that_is_killed_is_replaced_by_the_control_plane(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3, mesh="userspace") as lab:
        one, other, relay = lab["n1"], lab["n2"], lab["n3"]
        for here, there in ((one, other), (other, one)):
            filter_packets(here.namespace, "INPUT", ["-p", "udp", "-s", there.address])
        control_plane = await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=30)
        addresses = await lab.overlay_addresses()
        await lab.wait_reachable_from(one, [addresses["n2"]], timeout=60)
        count_frames(relay)
        assert (await lab.command("node", "label", "n3", "relay=true")).status == 0

        carried = 0

        async def carries() -> bool:
            await one.ping(addresses["n2"])
            return frames(relay) > carried + 10

        await wait_until("the labelled node carries", carries, timeout=60)
        # Without the control plane too, as long as sessions with the node that relays hold.
        assert lab.server is not None
        await lab.server.kill()

        async def answers() -> bool:
            return await one.ping(addresses["n2"]) and await other.ping(addresses["n1"])

        before = frames(relay)
        await wait_until("they go on without the control plane", answers, timeout=30)
        assert frames(relay) > before
        await lab.start_control_plane()
        await lab.wait_online()
        assert relay.agent is not None
        relay.agent.signal(9)
        await relay.agent.wait()

        await wait_until("the control plane has taken over", answers, timeout=30)
        await lab.start_agent(relay)
        carried = frames(relay)
        await wait_until("the labelled node carries again", carries, timeout=60)
        # It is known to an agent that starts while the control plane is away.
        assert one.agent is not None
        control_plane.signal(9)
        one.agent.signal(9)
        await control_plane.wait()
        await one.agent.wait()
        await lab.start_agent(one)
        await wait_until("both reach each other without the control plane", answers, timeout=60)


def count_frames(host: LabHost) -> None:
    host.namespace.run_now("iptables", "-w", "10", "-I", "INPUT", "-p", "udp", "--dport", str(PORT))


def frames(host: LabHost) -> int:
    shown = host.namespace.run_now("iptables", "-w", "10", "-nvxL", "INPUT")
    return next(int(line.split()[0]) for line in shown.splitlines() if f"dpt:{PORT}" in line)
