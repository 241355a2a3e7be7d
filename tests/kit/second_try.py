"""Tests that failed run once more, alone: whether they fail again tells chance from a fault of every run.

A test that passes then does not fail the suite, which names it at the end: it depends on chance, load or order, and
that is a fault of the test or of Nimbus, to be mended like any other. Many that fail at once are no chance.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

MOST_TESTS = 5
# pytest's exit status when tests ran and some failed; others tell that it could not run them.
TESTS_FAILED = 1

Run = Callable[[list[str]], subprocess.CompletedProcess[str]]


def failed_tests(results: Path) -> list[str]:
    """Those of a file that pytest wrote with `--junitxml`, by module and name."""
    if not results.is_file():
        return []
    cases = ElementTree.parse(results).iter("testcase")
    return [
        f"{case.get('classname', '')}::{case.get('name', '')}"
        for case in cases
        if case.find("failure") is not None or case.find("error") is not None
    ]


def pass_alone(command: list[str], status: int, results: Path, run: Run) -> list[str]:
    """Those that failed in a run of pytest that ended with `status`, if all of them pass now; else none. `command`
    is that run's, with a `cache_dir` of its own."""
    failed = failed_tests(results)
    if status != TESTS_FAILED or not 0 < len(failed) <= MOST_TESTS:
        return []
    print(f"--- once more, alone: {', '.join(failed)}", flush=True)
    again = [*command, "--last-failed", "--last-failed-no-failures", "none"]
    return [] if run(again).returncode else failed


def summary(unstable: list[str]) -> str:
    return "\n".join(
        [
            f"UNSTABLE: {len(unstable)} tests failed, and passed when they ran again alone",
            *(f"  {name}" for name in unstable),
            "Next: find what they depend on (chance, load, order), and mend it.",
        ]
    )
