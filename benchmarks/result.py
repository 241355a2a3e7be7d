"""One figure of a benchmark, the table and the JSON of many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """`ratio` is the value divided by `goal`'s limit, or by (or of) the peer measured in the same run: `goal`
    says which, and what it should be. `met` is None where nothing is asked. Figures, not assertions."""

    name: str
    value: float
    unit: str
    goal: str
    ratio: float | None
    met: bool | None
    how: str


@dataclass(frozen=True)
class Skipped:
    """A benchmark that cannot run here, and why."""

    name: str
    reason: str


def within(name: str, value: float, unit: str, limit: float, how: str, *, digits: int = 1) -> Result:
    """A figure with an upper limit; the ratio is of that limit, so that 1 and below is met."""
    goal = f"<= {limit:g} {unit}"
    return Result(name, round(value, digits), unit, goal, round(value / limit, 2), value <= limit, how)


def table(results: Iterable[Result], skipped: Iterable[Skipped] = ()) -> str:
    """Columns: benchmark, value, goal, ratio, verdict; below each, how it was measured."""
    verdicts = {True: "met", False: "MISSED", None: ""}
    rows = [("BENCHMARK", "VALUE", "GOAL", "RATIO", "")]
    notes = [""]
    for each in results:
        ratio = "" if each.ratio is None else f"{each.ratio:g}"
        rows.append((each.name, f"{each.value:g} {each.unit}", each.goal, ratio, verdicts[each.met]))
        notes.append(each.how)
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for row, note in zip(rows, notes, strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if note:
            lines.append(f"    {note}")
    lines += [f"{each.name}: skipped: {each.reason}" for each in skipped]
    return "\n".join(lines)


def write_json(file: Path, results: Sequence[Result]) -> None:
    """Each name to {value, unit, goal, ratio, met, how}."""
    content = {
        each.name: {key: value for key, value in asdict(each).items() if key != "name"} for each in results
    }
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all are not above (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]
