"""From a change of the mesh to the moment at which all connected agents have acknowledged it.

The change is a real join over the API: a token, a join, its completion. The clock starts when the join's
transaction has committed and stops when the control plane reads the last agent's poll with the new revision; both
are taken in the control plane's process, so that no figure is cut short by what waits in a socket. In between each
agent has taken the delta out of its poll's answer and polled again. Meanwhile the fleet's heartbeats go on.
"""

from __future__ import annotations

import time

from benchmarks.control_plane import (
    DESCRIPTORS_BESIDE,
    ControlPlane,
    connected_fleet,
    prepare,
    running,
    temporary_folder,
    too_few_descriptors,
)
from benchmarks.result import Result, percentile, within

FLEETS = ((1_000, 150.0, 20), (10_000, 1_500.0, 10))  # agents, limit in ms, changes
QUICK_FLEETS = ((1_000, 150.0, 8),)
ACKNOWLEDGED_S = 60.0
QUIET_S = 1.0


def why_not() -> str:
    return too_few_descriptors(max(count for count, _, _ in FLEETS) + DESCRIPTORS_BESIDE)


def run(quick: bool = False) -> list[Result]:
    """About 20 s with 1,000 agents and 70 s with 10,000."""
    return [measure(*fleet) for fleet in (QUICK_FLEETS if quick else FLEETS)]


def measure(agents: int, limit_ms: float, changes: int) -> Result:
    with (
        temporary_folder() as folder,
        running(prepare(folder, agents), agents=agents) as control_plane,
        connected_fleet(control_plane.prepared, agents),
    ):
        change(control_plane, "warm-up")
        seen = [change(control_plane, f"joined-{number}") for number in range(changes)]
    every = [1000 * each["all"] for each in seen]
    how = (
        f"p99 of {changes} joins; p50 {percentile(every, 0.5):.0f}, longest {max(every):.0f} ms; median times after"
        f" the commit: published {_median(seen, 'published'):.0f}, half of the agents {_median(seen, 'half'):.0f},"
        f" 99 in 100 {_median(seen, 'most'):.0f} ms; {1000 * _median_cpu(seen) / agents:.2f} ms of the server's CPU"
        " for each agent and change, heartbeats included"
    )
    name = f"mesh change acknowledged by all of {agents} agents"
    return within(name, percentile(every, 0.99), "ms", limit_ms, how)


def change(control_plane: ControlPlane, name: str) -> dict[str, float]:
    """One join, and what the control plane saw of it. Each change meets a quiet mesh."""
    time.sleep(QUIET_S)
    before = control_plane.cpu_seconds()
    control_plane.join(name)
    report = control_plane.reports.wait("all", ACKNOWLEDGED_S)
    return {**report, "cpu": control_plane.cpu_seconds() - before}


def _median(seen: list[dict[str, float]], key: str) -> float:
    return 1000 * percentile([each[key] for each in seen], 0.5)


def _median_cpu(seen: list[dict[str, float]]) -> float:
    return percentile([each["cpu"] for each in seen], 0.5)
