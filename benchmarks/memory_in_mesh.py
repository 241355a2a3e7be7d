"""Memory of an idle agent whose machine is in the mesh: netlink is in use, and the interface is looked at with
every heartbeat.

Resident set size (VmRSS: shared libraries count in full) of the built agent, as one of three nodes of a real mesh
in network namespaces, with a heartbeat a second, so that every path has run many times when memory is read.
"""

from __future__ import annotations

import psutil
import trio

from benchmarks.memory import AGENT_MIB, MIB
from benchmarks.result import Result, within
from tests.kit.lab import Lab, LabOptions
from tests.kit.lab.__main__ import refuse

NODES = 3


def why_not() -> str:
    try:
        LabOptions().check()
    except ValueError as error:
        return str(error)
    return refuse()


def run(quick: bool = False) -> list[Result]:
    """About 40 s, quick 25."""
    seconds = 8.0 if quick else 20.0
    resident, device = trio.run(_resident, seconds)
    how = f"VmRSS {seconds:.0f} s after the mesh was whole, {NODES} nodes, {device} device; dist/nimbus-agent"
    return [within("memory of an idle agent in the mesh", resident, "MiB", AGENT_MIB, how)]


async def _resident(seconds: float) -> tuple[float, str]:
    """MiB, and which device carried the mesh."""
    async with Lab(LabOptions(nodes=NODES, heartbeat_interval=1.0)) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=30)
        await lab.wait_reachable()
        await trio.sleep(seconds)
        node = lab.nodes[0]
        kind = (await node.run("ip", "-details", "link", "show", "dev", node.interface)).out
        assert node.agent is not None
        return psutil.Process(
            node.agent.pid
        ).memory_info().rss / MIB, "kernel" if " wireguard " in kind else "userspace"
