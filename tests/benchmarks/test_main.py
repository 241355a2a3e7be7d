"""`python -m benchmarks` as a program: usage, exit statuses, the form of its JSON. No figure is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.result import Result, Skipped, percentile, table

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_help_names_every_benchmark() -> None:
    done = bench("--help")
    assert done.returncode == 0
    assert "mesh_change" in done.stdout
    assert "wireguard_apply" in done.stdout


def test_an_unknown_name_is_a_usage_error_that_names_the_known() -> None:
    done = bench("no_such")
    assert done.returncode == 2
    assert "no_such" in done.stderr
    assert "task_throughput" in done.stderr


def test_json_has_one_entry_for_each_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = bench("task_throughput", "--quick", "--json", str(file))
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text("utf-8"))
    assert "durable tasks created" in figures
    for name, figure in figures.items():
        assert set(figure) == {"value", "unit", "goal", "ratio", "met", "how"}
        assert name in done.stdout


def test_the_table_says_what_was_missed_and_skipped() -> None:
    results = [
        Result("fast", 1.0, "ms", "<= 2 ms", 0.5, True, "so"),
        Result("slow", 3.0, "ms", "<= 2 ms", 1.5, False, "so"),
    ]
    shown = table(results, [Skipped("rooted", "needs root")])
    fast, slow = (
        next(line for line in shown.splitlines() if line.startswith(name)) for name in ("fast", "slow")
    )
    assert "met" in fast
    assert "MISSED" in slow
    assert "rooted: skipped: needs root" in shown


def test_percentiles_are_nearest_ranks() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert percentile(values[:8], 0.99) == 8
