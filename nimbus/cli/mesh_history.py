"""`nimbus mesh history`: how long packets took between two machines, and how many were lost."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from nimbus.cli.moments import moment
from nimbus.cli.node_metrics import sparkline
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, duration, printable, show, watched
from nimbus.protocol.errors import UsageError

Points = Sequence[float | None]


def add_arguments(verbs: Any) -> None:
    history = verbs.add_parser(
        "history",
        parents=[shared(watch=True)],
        help="how long packets took between two nodes, and how many were lost",
        description="Shows regular measurements. They open no idle path: where nothing was sent there is a gap. "
        "Every step is shown with -o wide.",
    )
    history.add_argument("from_", metavar="A", help="a node, or control-plane")
    history.add_argument("to", metavar="B", help="another node, or control-plane")
    history.add_argument(
        "--since", default="24h", metavar="TIME", help="since when: 2h, 7d, or a time (default: 24h)"
    )
    history.add_argument("--until", metavar="TIME", help="until when (default: now)")
    history.add_argument("--step", type=int, metavar="SECONDS", help="seconds for each point")
    history.set_defaults(run=_history)


def _history(options: argparse.Namespace) -> None:
    if options.from_ == options.to:
        raise UsageError(f"A and B are the same, {printable(options.to)}", next_step="Name two machines.")
    api = client(options)

    def once() -> None:
        query = {
            "from": options.from_,
            "to": options.to,
            "step": options.step,
            "since": moment(options.since, "--since"),
            "until": moment(options.until, "--until"),
        }
        history = api.get("/api/v1/mesh/history", **query)
        if options.output in ("json", "yaml"):
            show(options, history, ())
            return
        _print(options, history)

    watched(options, once)


def _print(options: argparse.Namespace, history: dict[str, Any]) -> None:
    stamps = history["timestamps"]
    first, last = _time(stamps[0]), _time(stamps[-1] + history["step"])
    print(f"From {first} to {last} UTC, in steps of {duration(history['step'])}.")
    line = Column(
        "ROUND TRIPS", lambda way: sparkline(way["rtt_ms"], max(_known(way["rtt_ms"]), default=0.0))
    )
    columns = (*_COLUMNS, line) if sys.stdout.isatty() else _COLUMNS
    show(argparse.Namespace(**{**vars(options), "output": "table"}), history["ways"], columns)
    if not any(any(way["sent"]) for way in history["ways"]):
        words = "the way was idle, or the agents of these nodes do not measure by themselves"
        print(f"Nothing was measured in this time: {words}.", file=sys.stderr)
    elif options.output == "wide":
        print()
        show(options, _steps(history), _STEPS)


_COLUMNS = (
    Column("FROM", "from"),
    Column("TO", "to"),
    Column("LAST", lambda way: _ms(next(iter(_known(way["rtt_ms"])[::-1]), None)), right=True),
    Column("AVERAGE", lambda way: _ms(_mean(way["rtt_ms"])), right=True),
    Column("LEAST", lambda way: _ms(min(_known(way["rtt_ms"]), default=None)), right=True),
    Column("MOST", lambda way: _ms(max(_known(way["rtt_ms"]), default=None)), right=True),
    Column("LOST", lambda way: _percent(_loss(way)), right=True),
    Column("STEPS", lambda way: f"{sum(map(bool, way['sent']))} of {len(way['sent'])}", right=True),
)
_STEPS = (
    Column("TIME", "time"),
    Column("FROM", "from"),
    Column("TO", "to"),
    Column("RTT", lambda step: _ms(step["rtt_ms"]), right=True),
    Column("LOST", lambda step: _percent(step["loss_percent"]), right=True),
    Column("ECHOES", lambda step: step["sent"] or None, right=True),
)


def _steps(history: dict[str, Any]) -> list[dict[str, Any]]:
    """One after the other, both ways; those in which nothing was measured, too."""
    return [
        {
            "time": _time(at),
            "from": way["from"],
            "to": way["to"],
            "rtt_ms": way["rtt_ms"][number],
            "loss_percent": way["loss_percent"][number],
            "sent": way["sent"][number],
        }
        for number, at in enumerate(history["timestamps"])
        for way in history["ways"]
    ]


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _known(points: Points) -> list[float]:
    return [point for point in points if point is not None]


def _mean(points: Points) -> float | None:
    known = _known(points)
    return math.fsum(known) / len(known) if known else None


def _loss(way: dict[str, Any]) -> float | None:
    """Of all echoes, not of all steps."""
    sent = sum(way["sent"])
    steps = zip(way["loss_percent"], way["sent"], strict=True)
    lost = math.fsum(share * number for share, number in steps if share)
    return lost / sent if sent else None


def _ms(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f} ms"


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}%"
