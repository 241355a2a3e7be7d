"""`nimbus node metrics`: a node's load, with a small line for each metric on a terminal."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Any

from nimbus.cli.moments import moment
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, show, size, watched

_LEVELS = "▁▂▃▄▅▆▇█"
_WIDTH = 40
Points = Sequence[float | None]


def add_arguments(verbs: Any) -> None:
    metrics = verbs.add_parser(
        "metrics", parents=[shared(watch=True, workspace=True)], help="show the load of a node over time"
    )
    metrics.add_argument("node")
    metrics.add_argument(
        "--metric",
        default="",
        metavar="NAMES",
        help="comma-separated: cpu, load, memory, disk, network (default: all)",
    )
    metrics.add_argument(
        "--since",
        default="1h",
        metavar="TIME",
        help="since when: 2h, 7d, yesterday, 2026-11-30 or 2026-11-30T12:00:00Z (default: 1h)",
    )
    metrics.add_argument("--until", metavar="TIME", help="until when (default: now)")
    metrics.add_argument("--step", type=int, metavar="SECONDS", help="seconds between points")
    metrics.set_defaults(run=_metrics)


def _metrics(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        metrics = api.get(
            "/api/v1/metrics",
            node=options.node,
            metric=options.metric or None,
            step=options.step,
            since=moment(options.since, "--since"),
            until=moment(options.until, "--until"),
        )
        if options.output in ("json", "yaml"):
            show(options, metrics, ())
            return
        tops = {series["metric"]: _top(series, metrics["series"]) for series in metrics["series"]}
        line = Column(
            f"{metrics['since'][11:16]} TO {metrics['until'][11:16]} UTC",
            lambda s: sparkline(s["avg"], tops[s["metric"]]),
        )
        show(options, metrics["series"], (*_COLUMNS, line) if sys.stdout.isatty() else _COLUMNS)

    watched(options, once)


_COLUMNS = (
    Column("METRIC", "metric"),
    Column("LAST", lambda s: _shown(_last(s["avg"]), s["unit"]), right=True),
    Column("AVERAGE", lambda s: _shown(_mean(s["avg"]), s["unit"]), right=True),
    Column("LEAST", lambda s: _shown(min(_known(s["min"] or s["avg"]), default=None), s["unit"]), right=True),
    Column("MOST", lambda s: _shown(max(_known(s["max"] or s["avg"]), default=None), s["unit"]), right=True),
)


def _known(points: Points) -> list[float]:
    return [point for point in points if point is not None]


def _last(points: Points) -> float | None:
    return next((point for point in reversed(points) if point is not None), None)


def _mean(points: Points) -> float | None:
    known = _known(points)
    return math.fsum(known) / len(known) if known else None


def _shown(value: float | None, unit: str) -> str | None:
    if value is None:
        return None
    if unit == "percent":
        return f"{value:.1f}%"
    if unit == "bytes":
        return size(value)
    return f"{size(value)}/s" if unit == "bytes_per_second" else f"{value:.2f}"


def _top(series: dict[str, Any], every: Sequence[dict[str, Any]]) -> float:
    """The value that fills the whole height of the line: the total, where it is known."""
    if series["unit"] == "percent":
        return 100.0
    total = series["metric"].replace("_used", "_total")
    whole = next((other["avg"] for other in every if other["metric"] == total), series["avg"])
    return max(_known(whole), default=0.0)


def sparkline(points: Points, top: float, width: int = _WIDTH) -> str:
    """At most `width` characters; a space where nothing is known."""
    per = max(1, math.ceil(len(points) / width))
    line = ""
    for first in range(0, len(points), per):
        mean = _mean(points[first : first + per])
        share = 0.0 if mean is None or top <= 0 else min(1.0, mean / top)
        line += " " if mean is None else _LEVELS[min(len(_LEVELS) - 1, int(share * len(_LEVELS)))]
    return line
