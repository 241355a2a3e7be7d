"""How long `nimbus --version` takes, against the same interpreter doing nothing.

    python3 build.py bench start_time

Warm: the executable has unpacked itself before. Cold: the first start with an empty cache folder, once.
The two commands take turns, so that whatever else the machine does hits both alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

DIST = Path(__file__).parents[1] / "dist"
SYSTEM_PYTHON = "/usr/bin/python3"
GOAL_MS = 60.0


@dataclass(frozen=True)
class Result:
    name: str
    value: float
    unit: str
    goal: float | None
    ratio: float | None  # to the peer measured in the same run
    met: bool | None
    how: str


def run(quick: bool = False) -> list[Result]:
    """Medians in milliseconds of 15 starts each (5 when quick), of both executables if both are built."""
    rounds = 5 if quick else 15
    results = []
    for name in ("nimbus", "nimbus-agent"):
        executable = DIST / name
        if executable.is_file():
            results += measure(executable, rounds)
    return results


def measure(executable: Path, rounds: int) -> list[Result]:
    python = SYSTEM_PYTHON if os.access(SYSTEM_PYTHON, os.X_OK) else "python3"
    with tempfile.TemporaryDirectory(prefix="nimbus-start-") as cache:
        environment = {**os.environ, "SHIV_ROOT": cache}
        version = [python, str(executable), "--version"]
        cold = milliseconds(version, environment)
        milliseconds(version, environment)  # compiled files are complete after this one
        warm, nothing = [], []
        for _ in range(rounds):
            warm.append(milliseconds(version, environment))
            nothing.append(milliseconds([python, "-c", "pass"], environment))
    value, base = statistics.median(warm), statistics.median(nothing)
    how = f"median of {rounds}, {python}; python3 -c pass took {base:.1f} ms in the same run"
    return [
        Result(
            f"{executable.name} --version, warm", value, "ms", GOAL_MS, value / base, value <= GOAL_MS, how
        ),
        Result(
            f"{executable.name} --version, first start", cold, "ms", None, cold / base, None, "once, unpacks"
        ),
    ]


def milliseconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    for result in run():
        print(f"{result.name:36} {result.value:8.1f} {result.unit}  x{result.ratio:.1f}  {result.how}")
