"""What one join sends to, and takes from, each node that is there already.

TCP payload with TLS, of one connection, as the kernel counts it (TCP_INFO), from before a join until the last
agent's acknowledgement has been acknowledged; without heartbeats, which are not the join's.
"""

from __future__ import annotations

import time

from benchmarks.control_plane import (
    DESCRIPTORS_BESIDE,
    FleetProcess,
    connected_fleet,
    prepare,
    running,
    temporary_folder,
    too_few_descriptors,
)
from benchmarks.mesh_change import change
from benchmarks.result import Result, percentile

FLEETS = (10, 100, 1_000)
JOINS = 3
FLAT = 1.05
NO_HEARTBEATS_S = 1e6


def why_not() -> str:
    return too_few_descriptors(max(FLEETS) + DESCRIPTORS_BESIDE)


def run(quick: bool = False) -> list[Result]:  # noqa: ARG001  (it is quick)
    """About 25 s."""
    measured = {agents: measure(agents) for agents in FLEETS}
    smallest = measured[FLEETS[0]][0]
    return [result(agents, *figures, smallest) for agents, figures in measured.items()]


def measure(agents: int) -> tuple[float, float, float]:
    """For one join and node: median bytes to the node, from it, and the most to any node."""
    with (
        temporary_folder() as folder,
        running(prepare(folder, agents), agents=agents) as control_plane,
        connected_fleet(control_plane.prepared, agents, heartbeat=NO_HEARTBEATS_S) as fleet,
    ):
        change(control_plane, "warm-up")
        before = count(fleet)
        for number in range(JOINS):
            change(control_plane, f"joined-{number}")
        after = count(fleet)
    to_node = [(b - a) / JOINS for a, b in zip(before["received"], after["received"], strict=True)]
    from_node = [(b - a) / JOINS for a, b in zip(before["sent"], after["sent"], strict=True)]
    if after["fetched"]:
        raise RuntimeError(f"{after['fetched']} agents had to fetch what should have come with the answer")
    return percentile(to_node, 0.5), percentile(from_node, 0.5), max(to_node)


def count(fleet: FleetProcess) -> dict[str, list[int]]:
    time.sleep(0.5)  # delayed acknowledgements of TCP: up to 200 ms
    fleet.reports.ask("bytes")
    counted: dict[str, list[int]] = fleet.reports.wait("bytes", 30)["bytes"]
    return counted


def result(agents: int, to_node: float, from_node: float, most: float, smallest: float) -> Result:
    ratio = to_node / smallest
    return Result(
        name=f"bytes to each node for one join, {agents} nodes",
        value=round(to_node),
        unit="bytes",
        goal=f"flat: <= {FLAT} of {FLEETS[0]} nodes'",
        ratio=round(ratio, 3),
        met=ratio <= FLAT,
        how=f"TCP payload, mean of {JOINS} joins, median node (most: {most:.0f}); from each: {from_node:.0f}",
    )
