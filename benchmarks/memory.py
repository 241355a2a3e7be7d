"""Memory of an idle agent, and of the control plane with 1,000 connected agents.

Resident set sizes (VmRSS: shared libraries count in full). The agent is the real one, joined without a mesh to a
real control plane. The fleet is simulated and in the mesh, with a heartbeat a second each, so that every path has
run many times when memory is read.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil

from benchmarks.control_plane import (
    DESCRIPTORS_BESIDE,
    ROOT,
    START_S,
    STOP_S,
    ControlPlane,
    connected_fleet,
    prepare,
    running,
    temporary_folder,
    too_few_descriptors,
)
from benchmarks.mesh_change import change
from benchmarks.result import Result, within
from benchmarks.start_time import DIST, SYSTEM_PYTHON

AGENTS = 1_000
AGENT_MIB, CONTROL_PLANE_MIB = 48.0, 200.0
MIB = 2**20


def why_not() -> str:
    return too_few_descriptors(AGENTS + DESCRIPTORS_BESIDE)


def run(quick: bool = False) -> list[Result]:
    """About 60 s, quick 30."""
    seconds = 8.0 if quick else 20.0
    return [agent_memory(seconds), control_plane_memory(seconds)]


def agent_memory(seconds: float) -> Result:
    program = DIST / "nimbus-agent"
    command = [SYSTEM_PYTHON, str(program)] if program.is_file() else [sys.executable, "-m", "agent"]
    with temporary_folder() as folder, running(prepare(folder, 1, mesh=False)) as control_plane:
        token = control_plane.client.post("/api/v1/nodes/tokens", {"name": "idle"})["token"]
        folders = ["--data-dir", str(folder / "agent"), "--config", str(_empty(folder / "agent.toml"))]
        join = [*command, "join", "-", "--mesh", "off", "--quiet", *folders]
        subprocess.run(
            join, input=token, text=True, check=True, cwd=ROOT, timeout=START_S, stdout=subprocess.DEVNULL
        )
        process = subprocess.Popen([*command, "run", "--log-level", "error", *folders], cwd=ROOT)
        try:
            _wait_online(control_plane, "idle")
            time.sleep(seconds)
            resident = psutil.Process(process.pid).memory_info().rss / MIB
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)
    what = "dist/nimbus-agent" if program.is_file() else "from source"
    how = f"VmRSS {seconds:.0f} s after it came online, without a mesh; {what}"
    return within("memory of an idle agent", resident, "MiB", AGENT_MIB, how)


def control_plane_memory(seconds: float) -> Result:
    with (
        temporary_folder() as folder,
        running(prepare(folder, AGENTS), agents=AGENTS) as control_plane,
        connected_fleet(control_plane.prepared, AGENTS, heartbeat=1.0),
    ):
        for number in range(3):
            change(control_plane, f"joined-{number}")
        time.sleep(seconds)
        resident = control_plane.process.memory_info().rss / MIB
    how = f"VmRSS after {seconds:.0f} s of {AGENTS} heartbeats a second and 3 joins; from source"
    return within(
        f"memory of the control plane with {AGENTS} agents", resident, "MiB", CONTROL_PLANE_MIB, how
    )


def _empty(file: Path) -> Path:
    file.touch()
    return file


def _wait_online(control_plane: ControlPlane, name: str) -> None:
    deadline = time.monotonic() + START_S
    while control_plane.client.get(f"/api/v1/nodes/{name}")["state"] != "Online":
        if time.monotonic() > deadline:
            raise RuntimeError("the agent did not come online")
        time.sleep(0.1)
