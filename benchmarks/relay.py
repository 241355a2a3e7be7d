"""TCP between two nodes by the control plane's relay, against the direct way between the same two in the same run.

Three hosts in network namespaces of this machine, userspace WireGuard. What carries by the relay runs as it does on
machines: a process of each agent's sockets, one of the control plane's relay. Rounds alternate between both ways.
All of it shares the CPUs of one machine: on three machines the relayed way has more of them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from contextlib import ExitStack

from benchmarks.result import Result
from nimbus.wireguard.model import Interface
from tests.system.star import GATEWAYS, HUB, PORT, A, B, Node, star, wire

SECONDS, ROUNDS = 4.0, 3
SINK_PORT = 5999
DIRECT = {A: "198.51.3.1", B: "198.51.3.2"}


def why_not() -> str:
    if os.geteuid() != 0:
        return "needs root: network namespaces"
    return "" if shutil.which("wireguard-go") else "needs wireguard-go"


def run(quick: bool = False) -> list[Result]:
    """About 30 s, quick 8 s."""
    seconds, rounds = (1.5, 1) if quick else (SECONDS, ROUNDS)
    with star() as (hub, a, b), ExitStack() as programs:
        wire(a.host, "direct", f"{DIRECT[A]}/24", b.host, "direct", f"{DIRECT[B]}/24")
        ways = _Ways(hub, a, b, programs)
        measured: dict[str, list[float]] = {"direct": [], "relayed": []}
        for _ in range(rounds):
            for way, figures in measured.items():
                ways.take(way)
                figures.append(_throughput(a, b, seconds))
    direct, relayed = (statistics.median(figures) for figures in measured.values())
    how = f"median of {rounds} rounds of {seconds:g} s; direct {direct:.0f} Mbit/s; {os.cpu_count()} CPUs for all"
    return [
        Result(
            "relay: throughput",
            round(relayed, 1),
            "Mbit/s",
            "of the direct way",
            round(relayed / direct, 2),
            None,
            how,
        )
    ]


class _Ways:
    """The two nodes, and by which way their WireGuard goes."""

    def __init__(self, hub: Node, a: Node, b: Node, programs: ExitStack) -> None:
        self._hub, self._nodes = hub, (a, b)
        self._programs = programs
        self._wanted: dict[str, Interface] = {}
        hub.converge(a.peer(None), b.peer(None))
        self.take("direct")
        self._start(hub, "relay", hub.host.interface, HUB, A, B)
        self._relayed = {
            own.address: self._start(
                own, "node", own.host.interface, own.address, HUB, other.address, str(PORT)
            )
            for own, other in ((a, b), (b, a))
        }

    def _start(self, node: Node, *arguments: str) -> str:
        """The first line that it says."""
        process = _start(node, *arguments)
        self._programs.callback(process.wait)
        self._programs.callback(process.terminate)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def take(self, way: str) -> None:
        for own, other in (self._nodes, self._nodes[::-1]):
            endpoint = f"{DIRECT[other.address]}:{PORT}" if way == "direct" else self._relayed[own.address]
            peers = self._hub.peer(GATEWAYS[own.address]), other.peer(endpoint)
            self._wanted[own.address] = own.converge(*peers, before=self._wanted.get(own.address))
        own, other = self._nodes
        # The first handshake is not measured.
        own.host.run("ping", "-c", "3", "-i", "0.2", "-W", "2", other.address, check=False)
        if own.endpoint_of(other).startswith("127.") != (way == "relayed"):
            raise RuntimeError(f"the nodes do not go by the {way} way")


def _throughput(a: Node, b: Node, seconds: float) -> float:
    """Mbit/s."""
    sink = _start(b, "sink", B, str(SINK_PORT))
    assert sink.stdout is not None
    sink.stdout.readline()
    source = _start(a, "source", B, str(SINK_PORT), str(seconds))
    source.wait(timeout=seconds + 60)
    words = sink.communicate(timeout=60)[0].split()
    return float(words[0]) * 8 / float(words[1]) / 1e6


def _start(node: Node, *arguments: str) -> subprocess.Popen[str]:
    command = ["nsenter", f"--net=/run/netns/{node.host.namespace}", "--"]
    command += [sys.executable, "-m", "benchmarks.relay_process", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
