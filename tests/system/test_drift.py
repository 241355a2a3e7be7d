"""What somebody changes by hand on a mesh interface is back within one heartbeat."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from nimbus.wireguard import userspace_process
from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.lab import CONTROL_PLANE
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
HEARTBEAT_S = 5.0
ALLOWED_S = HEARTBEAT_S + 2


def peers(host: LabHost) -> set[str]:
    return set(host.namespace.run_now("wg", "show", host.interface, "peers", check=False).split())


def snapshot(host: LabHost) -> tuple[set[str], str]:
    """Peers and addresses of the interface, as wg and ip see them; empty without one."""
    links = host.namespace.ip("-br", "-4", "address", "show", host.interface, check=False)
    return peers(host), " ".join(links.split()[2:])


def remove_peers(host: LabHost) -> None:
    for key in peers(host):
        host.namespace.run_now("wg", "set", host.interface, "peer", key, "remove")


def remove_address(host: LabHost) -> None:
    host.namespace.ip("address", "flush", "dev", host.interface)


def remove_interface(host: LabHost) -> None:
    host.namespace.ip("link", "delete", host.interface)


def kill_wireguard(host: LabHost) -> None:
    (pid,) = userspace_process.processes_for(host.interface)
    os.kill(pid, signal.SIGKILL)


DAMAGES: list[Callable[[LabHost], None]] = [remove_peers, remove_address, remove_interface, kill_wireguard]


async def damage_and_watch(lab: Lab, host: LabHost, damage: Callable[[LabHost], None]) -> None:
    before = snapshot(host)
    assert len(before[0]) == len(lab.nodes)
    assert before[1]
    damage(host)
    assert snapshot(host) != before

    async def repaired() -> bool:
        return snapshot(host) == before

    await wait_until(f"{damage.__name__} on {host.name} repaired", repaired, timeout=ALLOWED_S)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("where", [CONTROL_PLANE, "n1"])
async def test_damage_is_repaired(make_lab: MakeLab, where: str, damage: Callable[[LabHost], None]) -> None:
    async with make_lab(nodes=2, mesh="userspace", heartbeat_interval=HEARTBEAT_S) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        await damage_and_watch(lab, lab[where], damage)
        # A new program has no sessions: with a lost first packet a handshake takes five seconds more.
        await lab.wait_reachable(timeout=10)
        states = await lab.node_states()
        assert set(states.values()) == {"Online"}
