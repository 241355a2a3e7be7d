"""How long after both nodes are online the first packet comes back, for each kind of NAT in front of them.

Hosts in network namespaces of this machine behind routers of nftables, userspace WireGuard, the programs as
they are installed. All pairs begin at the same moment. A way that has to be asked for takes a handshake in
vain, which is five seconds, and the relay fifteen (docs/mesh-ways.md).
"""

from __future__ import annotations

import os
import shutil
import time

import trio

from benchmarks.result import Result
from tests.kit.lab import Lab, LabOptions
from tests.kit.lab.router import put_behind_router

# What is in front of the one and of the other, who they are, and by when there has to be a way, in seconds.
PAIRS = (
    ("one router", "n1", "n2", 20.0),
    ("none, and port-restricted", "n6", "n1", 20.0),
    ("port-restricted, both", "n1", "n3", 20.0),
    ("full cone, and symmetric", "n4", "n5", 20.0),
    ("port-restricted, and symmetric: by the relay", "n3", "n5", 30.0),
)
LONGEST_S = 90


def why_not() -> str:
    if os.geteuid() != 0:
        return "needs root: network namespaces"
    missing = [program for program in ("wireguard-go", "nft") if shutil.which(program) is None]
    return f"needs {', '.join(missing)}" if missing else ""


def run(_quick: bool = False) -> list[Result]:
    """About a minute, quick or not."""
    waited = trio.run(_measure)
    how = "from both nodes online to the first answer of ping; six nodes, one run"
    return [
        Result(
            f"first packet: {what}",
            round(waited[one, other], 1),
            "s",
            f"<= {limit:g} s",
            round(waited[one, other] / limit, 2),
            waited[one, other] <= limit,
            how,
        )
        for what, one, other, limit in PAIRS
    ]


async def _measure() -> dict[tuple[str, str], float]:
    waited: dict[tuple[str, str], float] = {}
    async with Lab(LabOptions(nodes=6, mesh="userspace", heartbeat_interval=1.0)) as lab:
        put_behind_router(lab, [lab["n1"], lab["n2"]], "port-restricted", 1)
        put_behind_router(lab, [lab["n3"]], "port-restricted", 2)
        put_behind_router(lab, [lab["n4"]], "full-cone", 3)
        put_behind_router(lab, [lab["n5"]], "symmetric", 4)
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=60)
        began, addresses = time.monotonic(), await lab.overlay_addresses()

        async def wait_for_answer(one: str, other: str) -> None:
            ping = ("ping", "-n", "-i", "0.2", "-c", "1", "-w", str(LONGEST_S), addresses[other])
            done = await lab[one].run(*ping, timeout=LONGEST_S + 10)
            if done.status != 0:
                raise RuntimeError(f"{one} does not reach {other}: {done.out[-300:]}")
            waited[one, other] = time.monotonic() - began

        async with trio.open_nursery() as nursery:
            for _, one, other, _ in PAIRS:
                nursery.start_soon(wait_for_answer, one, other)
    return waited
