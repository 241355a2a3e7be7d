"""From `task create` to the agent that has the task in hand.

A signed POST /api/v1/tasks on a kept connection, to one agent after another. The clock starts when the client
begins to send and stops when the (simulated) agent has decoded the lease out of its poll's answer: both read
CLOCK_MONOTONIC of one machine. Between the two lie the signature check, two durable transactions (the
task with its audit row; the lease) and three crossings of TLS.
"""

from __future__ import annotations

import time

from benchmarks.control_plane import (
    DESCRIPTORS_BESIDE,
    ControlPlane,
    FleetProcess,
    connected_fleet,
    prepare,
    running,
    temporary_folder,
    too_few_descriptors,
)
from benchmarks.result import Result, percentile, within

FLEETS = (1, 100, 1_000)
P50_MS, P99_MS = 10.0, 50.0
LEASED_S = 30.0
PAUSE_S = 0.01


def why_not() -> str:
    return too_few_descriptors(max(FLEETS) + DESCRIPTORS_BESIDE)


def run(quick: bool = False) -> list[Result]:
    """About 40 s, quick 20."""
    return [result for agents in FLEETS for result in measure(agents, 100 if quick else 400)]


def measure(agents: int, tasks: int) -> list[Result]:
    with (
        temporary_folder() as folder,
        running(prepare(folder, agents)) as control_plane,
        connected_fleet(control_plane.prepared, agents) as fleet,
    ):
        for number in range(10):
            create(control_plane, fleet, number)
        seen = [create(control_plane, fleet, number) for number in range(tasks)]
    times = [each["start"] for each in seen]
    steps = ", ".join(
        f"{name} {percentile([each[name] for each in seen], 0.5):.1f}"
        for name in ("committed", "leased", "in hand", "answered")
    )
    how = f"{tasks} tasks one after another; longest {max(times):.1f}; medians in ms since the first byte: {steps}"
    name = f"task create to start, {agents} agent{'s' * (agents > 1)}"
    return [
        within(f"{name}, p50", percentile(times, 0.5), "ms", P50_MS, how),
        within(f"{name}, p99", percentile(times, 0.99), "ms", P99_MS, f"the same {tasks} tasks"),
    ]


def create(control_plane: ControlPlane, fleet: FleetProcess, number: int) -> dict[str, float]:
    """Milliseconds since the client began to send."""
    nodes = control_plane.prepared.nodes
    node = nodes[number * 7919 % fleet.count]
    time.sleep(PAUSE_S)
    began = time.monotonic()
    task = control_plane.client.post("/api/v1/tasks", {"node": node.id, "kind": "collect_facts"})["id"]
    answered = time.monotonic()
    started = fleet.reports.wait("task", LEASED_S, task)["at"]
    ready = control_plane.reports.wait("ready", LEASED_S)["ready"]
    leased = control_plane.reports.wait("leased", LEASED_S)["leased"]
    moments = {
        "start": started,
        "committed": ready,
        "leased": leased,
        "in hand": started,
        "answered": answered,
    }
    return {key: 1000 * (at - began) for key, at in moments.items()}
