"""Measure. Prints a table with a ratio against a stated limit, or a peer measured in the same run.

A goal that is missed is a figure like any other: the exit status is 0. It is 1 when a benchmark itself breaks,
2 for wrong usage. Where a benchmark cannot run (it says why), it is skipped.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NoReturn

from benchmarks.machine import describe
from benchmarks.result import Result, Skipped, table, write_json

# Module in this folder, and what it measures. Each has `run(quick) -> list[Result]` and may have
# `why_not() -> str`: the reason that it cannot run here, "" when it can.
BENCHMARKS = {
    "start_time": "how long the commands take to start",
    "task_throughput": "durable tasks per second against raw sqlite3",
    "lists": "lists of 1,000 rows (nodes, tasks, audit log), cached and cold",
    "search_load": "a point read while eight search through 300,000 tasks",
    "retention_load": "writes while ten million old rows are deleted",
    "metric_history": "what metrics cost to take in, to write and to keep",
    "dashboard": "the dashboard with 1,000 nodes in Chromium: until it is seen, live changes, scrolling",
    "agent_listener": "agents' requests per CPU-second against hypercorn and Quart",
    "task_start": "from creating a task to the agent starting it",
    "several_control_planes": "how soon one control plane hears of what another did (PostgreSQL)",
    "join_bytes": "what one join sends to each node that is there",
    "mesh_change": "from a change of the mesh to all agents having acknowledged it",
    "access_logs": "access logs: sending, taking in, keeping and asking them",
    "edge_change": "from a change of a virtual host to 100 edges that serve it; bytes of it",
    "edge_nginx": "a deploy on one edge against nginx -t and reload; reloads under load; going back",
    "mesh_delta": "what one change of the mesh costs an agent that has 1,000 members",
    "mesh_history": "round trips of a mesh of 100 and 1,000 nodes over time: bytes kept, taking them in",
    "mesh_status": "what 1,000 nodes measured of the mesh: bytes kept, pages of it",
    "relay": "throughput between two nodes by the relay, against the direct way (root)",
    "first_packet": "how soon two nodes reach each other, for each kind of NAT (root)",
    "reconnect": "1,000 agents that come back at once after the control plane was killed",
    "memory": "memory of an idle agent and of the control plane with 1,000 agents",
    "memory_in_mesh": "memory of an idle agent in a real mesh (root)",
    "wireguard_apply": "1,000 WireGuard peers against wg syncconf (root)",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    print("\n".join(describe(Path(tempfile.gettempdir()))), file=sys.stderr, flush=True)
    results: list[Result] = []
    skipped: list[Skipped] = []
    broken = []
    for name in options.name or BENCHMARKS:
        began = time.monotonic()
        print(f"{name}: {BENCHMARKS[name]} ...", file=sys.stderr, flush=True)
        try:
            module = importlib.import_module(f"benchmarks.{name}")
            reason = module.why_not() if hasattr(module, "why_not") else ""
            if reason:
                skipped.append(Skipped(name, reason))
            else:
                results += module.run(options.quick)
        except Exception:  # noqa: BLE001  (the others are still measured)
            broken.append(name)
            traceback.print_exc()
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(results, skipped))
    if options.json:
        write_json(Path(options.json), results)
    if broken:
        print(f"broken: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    listing = "\n".join(f"  {name:16} {summary}" for name, summary in BENCHMARKS.items())
    parser = _Parser(
        prog="benchmarks",
        description=__doc__,
        epilog=f"benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="which to run (default: all)")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds and smaller fleets: under 5 minutes"
    )
    options = parser.parse_args(arguments)
    for name in options.name:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark {name!r}. Known: {', '.join(BENCHMARKS)}")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
