"""A fleet of 1,000 that comes back at once, after the control plane was killed.

The control plane is killed (SIGKILL) with all agents connected and an operation of 1,000 steps under way, and
started again. Measured is how long it takes to serve, until all agents have connected over mTLS and said so, and
until the operation has ended; and how many of its tasks went out twice. Agents are simulated in one process on the
same two cores (see fleet.py); a real fleet spreads its return by jitter. The limit of the return is a third of the
time after which a node is called Offline.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

from benchmarks.control_plane import (
    DESCRIPTORS_BESIDE,
    HEARTBEAT_S,
    ControlPlane,
    connected_fleet,
    prepare,
    running,
    temporary_folder,
    too_few_descriptors,
)
from benchmarks.result import Result, within

AGENTS, FEWER = 1000, 200
OFFLINE_AFTER_S = 3 * HEARTBEAT_S
START_LIMIT_S = 10.0
ENDED_S = 120.0


def why_not() -> str:
    return too_few_descriptors(AGENTS + DESCRIPTORS_BESIDE)


def run(quick: bool = False) -> list[Result]:
    """About a minute, quick 30 s."""
    agents = FEWER if quick else AGENTS
    with temporary_folder() as folder:
        prepared = prepare(folder, agents)
        operation = ""
        with running(prepared, agents=agents) as control_plane, connected_fleet(prepared, agents):
            operation = _begin(control_plane)
            _wait(control_plane, operation, lambda view: view["counts"]["succeeded"] >= agents // 5)
            control_plane.process.send_signal(signal.SIGKILL)
            control_plane.process.wait(10)
        began = time.monotonic()
        with running(prepared, agents=agents) as control_plane:
            serving = time.monotonic() - began
            found = control_plane.client.get(f"/api/v1/operations/{operation}")
            with connected_fleet(prepared, agents) as fleet:
                back = time.monotonic() - began
                ended = _wait(control_plane, operation, lambda view: view["ended_at"] is not None)
                whole = time.monotonic() - began
    twice = sum(task["attempt"] > 1 for task in ended["tasks"])
    how = f"{agents} agents; killed with {found['counts']['succeeded']} of {agents} tasks done"
    return [
        within("start after a kill", serving, "s", START_LIMIT_S, how),
        within(
            "all agents are back",
            back,
            "s",
            OFFLINE_AFTER_S / 3,
            f"{how}; their handshakes and first requests {fleet.connect_seconds:.1f} s",
        ),
        Result(
            "operation resumed and ended", round(whole, 1), "s", "", None, None, f"{how}; {ended['state']}"
        ),
        Result("tasks that went out twice", twice, "tasks", "", None, None, f"{how}: under way at the kill"),
    ]


def _begin(control_plane: ControlPlane) -> str:
    nodes = [node.id for node in control_plane.prepared.nodes]
    request = {"name": "facts", "kind": "collect_facts", "nodes": nodes, "at_once": 50}
    return str(control_plane.client.post("/api/v1/operations", request)["id"])


def _wait(control_plane: ControlPlane, operation: str, is_so: Callable[[Any], bool]) -> Any:
    until = time.monotonic() + ENDED_S
    while True:
        view = control_plane.client.get(f"/api/v1/operations/{operation}")
        if is_so(view):
            return view
        if time.monotonic() > until:
            raise TimeoutError(f"the operation is {view['state']}, {view['counts']}")
        time.sleep(0.1)
