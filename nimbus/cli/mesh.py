"""`nimbus mesh`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from nimbus.cli import mesh_history, mesh_policy
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, age, counted, duration, show, shown_time, size, watched
from nimbus.client.client import Client

_STATUS = "/api/v1/mesh/status"
_PROBE_DEADLINE_S, _LOOK_AGAIN_S = 30.0, 0.1
# Of a mesh of so many members every pair is shown; of a larger one the first of those that are not direct.
_SHOWN_WHOLE, _FIRST = 10, 20
_COLUMNS = (
    Column("FROM", "from"),
    Column("TO", "to"),
    Column("PATH", "path"),
    Column("WAY", lambda p: p["way"] or None),
    Column("HANDSHAKE", lambda p: duration(p["handshake_age_s"]), right=True),
    Column("RTT", lambda p: None if p["rtt_ms"] is None else f"{p['rtt_ms']:.2f} ms", right=True),
    Column("RECEIVED", lambda p: size(p["rx_bytes"]), right=True),
    Column("SENT", lambda p: size(p["tx_bytes"]), right=True),
    Column("ENDPOINT", lambda p: p["endpoint"] or None, wide=True),
    Column("MEASURED", lambda p: age(p["measured_at"]), wide=True),
)
_CAUSES = {
    "offline": ("offline", "on that machine: nimbus-agent doctor"),
    "no_answer": ("no answer", "nimbus why A B, for two nodes below"),
    "relay": ("no direct path", "nimbus why A B, for two nodes below"),
    "not_measured": ("not measured yet", "nimbus mesh status measures online nodes"),
}
_CAUSE_COLUMNS = (
    Column("CAUSE", lambda c: _CAUSES[c["cause"]][0]),
    Column("NODE", lambda c: c["node"] or None),
    Column("PATHS", "ways", right=True),
    Column("NEXT", lambda c: _CAUSES[c["cause"]][1]),
)

# Forms for programs: the paths, and no words about them.
_DATA = ("json", "yaml", "csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    status = verbs.add_parser(
        "status",
        parents=[shared(watch=True, rows=True)],
        help="count direct paths and list the others; every pair of a small mesh",
        description="Runs a probe on all online nodes first, which opens idle paths. Waits 30 seconds at most.",
    )
    status.add_argument("--node", help="only paths from and to this node")
    status.add_argument("--all", action="store_true", help="list every pair of a large mesh too")
    status.add_argument("--no-probe", action="store_true", help="show the last measurement without a new one")
    status.set_defaults(run=_status)
    mesh_history.add_arguments(verbs)
    mesh_policy.add_arguments(verbs.add_parser("policy", help="who may talk to whom: show, test, apply"))


def _status(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        asked_at = None if options.no_probe else _probe(api)
        summary = api.get("/api/v1/mesh/summary", node=options.node)
        if summary["members"] == 0 and options.output not in _DATA:
            print(_why_empty(api), file=sys.stderr)
            return
        whole = options.all or summary["members"] <= _SHOWN_WHOLE
        if options.output in _DATA:
            show(options, _pairs(api, options, whole=whole), _COLUMNS)
            return
        print(_counts(summary))
        _say_age(summary["oldest_at"], asked_at)
        if whole:
            show(options, _pairs(api, options, whole=True), _COLUMNS)
        elif summary["causes"]:
            _show_problems(api, options, summary)

    watched(options, once)


def _pairs(api: Client, options: argparse.Namespace, *, whole: bool) -> list[Any]:
    return api.get_all(_STATUS, node=options.node, show="all" if whole else "problems")


def _counts(summary: dict[str, Any]) -> str:
    words = [f"{summary['direct']:,} of {summary['ways']:,} paths are direct"]
    if summary["relayed"]:
        words.append(f"{summary['relayed']:,} relayed")
    if summary["idle"]:
        words.append(f"{summary['idle']:,} idle")
    if summary["down"] > summary["not_measured"]:
        words.append(f"{summary['down'] - summary['not_measured']:,} down")
    if summary["not_measured"]:
        words.append(f"{summary['not_measured']:,} not measured yet")
    return ", ".join(words) + "."


def _say_age(oldest_at: str | None, asked_at: str | None) -> None:
    """Where something is older than it was asked for. Times of RFC 3339 are in the order of their text."""
    if oldest_at is not None and (asked_at is None or oldest_at[:19] < asked_at[:19]):
        words = f"{shown_time(oldest_at)}, {age(oldest_at)} ago"
        if asked_at is None:
            print(f"These are the last measurements. The oldest is from {words}.")
        else:
            print(f"Some measurements are older, because not all nodes answered. The oldest is from {words}.")


def _show_problems(api: Client, options: argparse.Namespace, summary: dict[str, Any]) -> None:
    """By cause; of the causes that are of pairs, the first of these."""
    show(options, summary["causes"], _CAUSE_COLUMNS)
    for cause, title in (("no_answer", "Down:"), ("relay", "Relayed:")):
        if all(each["cause"] != cause for each in summary["causes"]):
            continue
        query = {"node": options.node, "cause": cause, "per_page": _FIRST}
        answer = api.request("GET", _STATUS, query=query)
        print(f"\n{title}")
        show(options, answer["data"], _COLUMNS)
        more = answer["meta"]["total"] - len(answer["data"])
        if more > 0:
            narrowed = f" --node {options.node}" if options.node else ""
            print(f"and {more:,} more: nimbus mesh status --all{narrowed}")


def _why_empty(api: Client) -> str:
    if api.get("/api/v1/mesh")["mode"] == "off":
        return "The mesh is off: this control plane runs without WireGuard."
    return "The mesh has no nodes yet. Create a join token: nimbus node token"


def _probe(api: Client) -> str | None:
    """Have every online node measure, and wait for it, within bounds: a node may be gone. When that began; None:
    there is no node to ask."""
    waiting = list(api.post("/api/v1/mesh/probes")["operations"])
    began = None
    deadline = time.monotonic() + _PROBE_DEADLINE_S
    left = 0
    while waiting and time.monotonic() < deadline:
        shown = [api.get(f"/api/v1/operations/{operation}") for operation in waiting]
        began = began or min(operation["created_at"] for operation in shown)
        shown = [operation for operation in shown if operation["state"] == "running"]
        waiting = [operation["id"] for operation in shown]
        left = sum(operation["counts"]["queued"] + operation["counts"]["running"] for operation in shown)
        if waiting:
            time.sleep(_LOOK_AGAIN_S)
    if waiting:
        print(
            f"{counted(left, 'node')} did not answer in time; the last measurement is shown.", file=sys.stderr
        )
    return began
