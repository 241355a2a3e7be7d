"""Real processes, killed with signal 9 at every point between two steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.kit.killed_agent import ALWAYS_TRIED, LINES, TASKS

ROOT = Path(__file__).parents[3]


def of(ledger: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    return [entry for entry in ledger if entry["what"] == what]


def test_whenever_the_agent_is_killed_nothing_is_lost_and_nothing_reported_runs_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.kit.killed_agent", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    scenarios = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(scenarios) > 20
    for scenario in scenarios:
        ledger = scenario["ledger"]
        killed = of(ledger, "killed")
        where = killed[0]["point"] if killed else "nowhere"
        assert not of(ledger, "error"), (where, ledger)
        _results_arrived(ledger, where)
        _nothing_ran_too_often(ledger, where)
        _lines_arrived_before_their_result(ledger, where)
    points = " ".join(of(scenario["ledger"], "killed")[0]["point"] for scenario in scenarios[:-1])
    for name in ALWAYS_TRIED:
        assert name in points, points


def _results_arrived(ledger: list[dict[str, Any]], where: str) -> None:
    results = of(ledger, "result")
    assert {entry["task"] for entry in results} == set(TASKS), where
    # The first one counts. One that nobody heard was taken is sent again; it may be cancelled meanwhile.
    for task in TASKS:
        first = next(entry for entry in results if entry["task"] == task)
        assert (first["outcome"], first["value"]) == ("succeeded", "done"), where


def _nothing_ran_too_often(ledger: list[dict[str, Any]], where: str) -> None:
    effects = of(ledger, "effect")
    assert len(TASKS) <= len(effects) <= 2 * len(TASKS), where
    for number, entry in enumerate(ledger):
        if entry["what"] == "killed":
            before = ledger[:number]
            again = len(effects) - len(of(before, "effect"))
            left = len(TASKS) - len({result["task"] for result in of(before, "result")})
            assert again <= left, (where, "what was reported ran again")


def _lines_arrived_before_their_result(ledger: list[dict[str, Any]], where: str) -> None:
    for task in TASKS:
        lines: dict[int, str] = {}
        for entry in ledger:
            if entry["what"] == "progress" and entry["task"] == task:
                for offset, text in enumerate(entry["lines"]):
                    number = entry["first"] + offset
                    assert lines.setdefault(number, text) == text, (where, "one number, two lines")
            elif entry["what"] == "result" and entry["task"] == task:
                break
        texts = [text for _, text in sorted(lines.items())]
        assert texts[-LINES:] == [f"line {number}" for number in range(LINES)], (where, texts)
