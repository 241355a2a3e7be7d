"""`nimbus mesh`."""

from __future__ import annotations

import argparse
import sys
import time

from nimbus.cli import mesh_policy
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, age, duration, show, size, watched
from nimbus.client.client import Client

_PROBE_DEADLINE_S, _LOOK_AGAIN_S = 30.0, 0.1
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    status = verbs.add_parser(
        "status", parents=[shared(watch=True)], help="every pair: path, handshake, RTT, bytes"
    )
    status.add_argument("--node", help="only the pairs of this node")
    status.add_argument("--no-probe", action="store_true", help="show the last measurement, make no new one")
    status.set_defaults(run=_status)
    mesh_policy.add_arguments(verbs.add_parser("policy", help="who may talk to whom: show, test, apply"))


def _status(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        if not options.no_probe:
            _probe(api)
        pairs = api.get("/api/v1/mesh/status", node=options.node)
        empty = "" if pairs or options.output in ("json", "yaml") else _why_empty(api)
        show(options, pairs, _COLUMNS, empty=empty)

    watched(options, once)


def _why_empty(api: Client) -> str:
    if api.get("/api/v1/mesh")["mode"] == "off":
        return "The mesh is off: this control plane runs without WireGuard."
    return "The mesh has no node yet. Make a join token with: nimbus node token"


def _probe(api: Client) -> None:
    """Have every online node measure, and wait for it, within bounds: a node may be gone."""
    waiting = list(api.post("/api/v1/mesh/probes")["operations"])
    deadline = time.monotonic() + _PROBE_DEADLINE_S
    left = 0
    while waiting and time.monotonic() < deadline:
        shown = [api.get(f"/api/v1/operations/{operation}") for operation in waiting]
        shown = [operation for operation in shown if operation["state"] == "running"]
        waiting = [operation["id"] for operation in shown]
        left = sum(operation["counts"]["queued"] + operation["counts"]["running"] for operation in shown)
        if waiting:
            time.sleep(_LOOK_AGAIN_S)
    if waiting:
        print(f"{left} nodes have not answered in time: theirs is the last measurement.", file=sys.stderr)
