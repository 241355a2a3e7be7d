"""How long commands take to start, against the same interpreter doing nothing.

`nimbus --version` and `nimbus node list` (with its request over TLS to a control plane with 100 nodes), warm: the
executable has unpacked itself before. First start: with an empty cache folder, once. All commands take
turns, so that whatever else the machine does hits them alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.control_plane import ControlPlane, prepare, running, temporary_folder
from benchmarks.result import Result

DIST = Path(__file__).parents[1] / "dist"
SYSTEM_PYTHON = "/usr/bin/python3"
VERSION_MS, LIST_MS = 60.0, 110.0
NODES = 100
LONGEST_S = 60.0


def why_not() -> str:
    missing = [name for name in ("nimbus", "nimbus-agent") if not (DIST / name).is_file()]
    return f"dist/{missing[0]} is not built: python3 build.py" if missing else ""


def run(quick: bool = False) -> list[Result]:
    """Medians of 31 starts each (9 when quick). About 20 s."""
    with temporary_folder() as folder, running(prepare(folder, NODES)) as control_plane:
        return measure(control_plane, 9 if quick else 31)


def measure(control_plane: ControlPlane, rounds: int) -> list[Result]:
    python = SYSTEM_PYTHON if os.access(SYSTEM_PYTHON, os.X_OK) else "python3"
    nimbus, agent = [python, str(DIST / "nimbus")], [python, str(DIST / "nimbus-agent")]
    commands = {
        "nimbus --version": ([*nimbus, "--version"], VERSION_MS),
        "nimbus node list": ([*nimbus, "node", "list"], LIST_MS),
        "nimbus-agent --version": ([*agent, "--version"], VERSION_MS),
    }
    with tempfile.TemporaryDirectory(prefix="nimbus-start-") as cache:
        environment = {**os.environ, **_profile(control_plane), "SHIV_ROOT": cache}
        cold = {
            name: milliseconds(command, environment)
            for name, (command, _) in commands.items()
            if name.endswith("--version")
        }
        for command, _ in commands.values():
            milliseconds(command, environment)  # compiled files are complete after this one
        taken: dict[str, list[float]] = {name: [] for name in (*commands, "nothing")}
        for _ in range(rounds):
            for name, (command, _) in commands.items():
                taken[name].append(milliseconds(command, environment))
            taken["nothing"].append(milliseconds([python, "-c", "pass"], environment))
    nothing = statistics.median(taken["nothing"])
    results = []
    for name, (_, limit) in commands.items():
        value = statistics.median(taken[name])
        how = (
            f"median of {rounds}, {python}; {value / nothing:.1f} times `python3 -c pass` ({nothing:.1f} ms)"
            + (f"; first start {cold[name]:.0f} ms" if name in cold else "")
        )
        ratio = round(value / nothing, 1)
        goal = f"<= {limit:g} ms; ratio to python3 -c pass"
        results.append(Result(f"{name}, warm", round(value, 1), "ms", goal, ratio, value <= limit, how))
    return results


def _profile(control_plane: ControlPlane) -> dict[str, str]:
    profile = control_plane.profile
    return {
        "NIMBUS_API": profile.api,
        "NIMBUS_ACCESS_KEY": profile.access_key,
        "NIMBUS_SECRET_KEY": profile.secret_key,
        "NIMBUS_CA": profile.ca_file,
    }


def milliseconds(command: list[str], environment: dict[str, str]) -> float:
    """Until it has ended. Not `wait(timeout)`: that looks every few milliseconds, up to 50."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    watchdog = threading.Timer(LONGEST_S, process.kill)
    watchdog.start()
    try:
        status = process.wait()
        taken = time.perf_counter() - started
    finally:
        watchdog.cancel()
    if status:
        raise RuntimeError(f"{command[1:]} ended with {status}")
    return taken * 1000
