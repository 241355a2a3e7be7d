"""Tests that a run of pytest left out because the machine lacks something, and what follows from it."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

# A reason that begins like this is none of the machine's: nothing that could be installed would change it.
NOT_FOR = "not for this machine: "


def left_out(results: Iterable[Path]) -> Counter[str]:
    """Reason -> how many tests, from the files that pytest writes with `--junitxml`; a run that wrote none left
    nothing out. Tests that are expected to fail are not among them."""
    found: Counter[str] = Counter()
    for file in results:
        if file.is_file():
            for skipped in ElementTree.parse(file).iter("skipped"):
                reason = skipped.get("message", "")
                if skipped.get("type") == "pytest.skip" and not reason.startswith(NOT_FOR):
                    found[reason] += 1
    return found


def must_be_whole() -> bool:
    """In continuous integration as root everything can be installed: a test that is left out would hide a fault."""
    return os.environ.get("CI") == "true" and os.geteuid() == 0


def summary(reasons: Counter[str]) -> str:
    """For the end of the run, the most frequent reason first."""
    lines = [f"LEFT OUT: {reasons.total()} tests, because this machine lacks what they need"]
    lines += [f"{count:6}  {reason}" for reason, count in reasons.most_common()]
    lines.append(
        "Next: run it as root on Debian, which installs what is missing; tests/kit/suite.py lists it."
    )
    return "\n".join(lines)
