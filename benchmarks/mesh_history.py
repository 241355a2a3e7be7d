"""What agents measure of the mesh in turns: what it costs to take in, and to keep.

Of a mesh of 100 and of 1,000 nodes one node's day is played: what its heartbeats bring, taken in as the control
plane does it, in this process, beside the bytes of its rows. All of its paths are in use, or a tenth of them. Round
trips differ from peer to peer, and by a tenth from time to time; one echo request in 200 is lost. Not measured:
TLS, the JSON of the heartbeat (`agent_listener`), and the commit.
"""

from __future__ import annotations

import random
import time

from benchmarks.result import Result, within
from nimbus.fleet.mesh.history.blocks import COARSE, FINE
from nimbus.fleet.mesh.history.parts import Told
from nimbus.fleet.mesh.history.work import Stored, Waiting, blocks_of, take_in
from nimbus.fleet.mesh.measurement import Moment, Numbers
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.kernel.clock import MICROSECONDS
from nimbus.protocol.link_columns import address_number, pack
from nimbus.protocol.messages import Link, MeshProbeResult

BASE = address_number("10.106.0.0")
TURN_S, MOST_OF_A_TURN, ROUND_S = 10, 15, 60
START_S = FINE.block_start(1_800_000_000)
EVERYBODY = (1 << 4096) - 1
LIMIT_MS, LIMIT_MIB = 25.0, 600.0


def run(quick: bool = False) -> list[Result]:
    """About 40 s, quick 10."""
    results = []
    for nodes in (100, 1000):
        for share in (1.0,) if quick else (1.0, 0.1):
            results += _day(nodes, share, hours=6 if quick else 24)
    return results


class _Node:
    def __init__(self, nodes: int, share: float) -> None:
        self.nodes, self._share, self._random = nodes, share, random.Random(nodes)
        self._trips = [0.3 + self._random.expovariate(0.05) for _ in range(nodes)]
        self._queue: list[int] = []
        self.places = {CONTROL_PLANE: 1} | {str(number): number + 2 for number in range(nodes)}
        self.stored = Stored(None, Numbers(), {})
        self.waiting = Waiting()
        self.part_bytes = self.parts = 0
        self.spent_s: list[float] = []

    def part(self, at_s: int) -> Told:
        number = min(MOST_OF_A_TURN, -(-self.nodes * TURN_S // ROUND_S))
        if len(self._queue) < number:
            self._queue = self._random.sample(range(self.nodes), self.nodes)
        taken, self._queue = self._queue[:number], self._queue[number:]
        packed = pack((BASE + 2 + peer, self._link(peer)) for peer in taken)
        self.part_bytes += len(packed)
        self.parts += 1
        return Told(at_s * MICROSECONDS, MeshProbeResult((), packed))

    def _link(self, peer: int) -> Link:
        endpoint = f"198.51.{peer // 250}.{peer % 250}:51820"
        if peer >= self.nodes * self._share:
            return Link("", "", None, None, 0, 0, endpoint, "outside", idle=True)
        trip = self._trips[peer] * self._random.uniform(0.95, 1.05)
        lost = self._random.random() < 0.01
        sent = self._random.randrange(9_000_000)
        return Link("", "", 40.0, trip, sent, sent // 3, endpoint, "outside", sent=2, lost=int(lost))

    def take_in(self, parts: list[Told], now_s: int) -> None:
        waiting = self.waiting._replace(parts=tuple(parts))
        now = now_s * MICROSECONDS
        blocks = {key: self.stored.blocks.get(key) for key in blocks_of(waiting, now)}
        began = time.perf_counter()
        moment = Moment(now, 1, self.places)
        written = take_in(waiting, self.stored._replace(blocks=blocks), EVERYBODY, BASE, moment)
        self.spent_s.append(time.perf_counter() - began)
        reach, numbers = written.newest or (self.stored.reach, self.stored.numbers)
        self.stored = Stored(reach, numbers, {**self.stored.blocks, **written.blocks})
        self.waiting = written.waiting

    def bytes_of(self, step: int) -> int:
        return sum(len(packed or b"") for key, packed in self.stored.blocks.items() if key[0] == step)


def _day(nodes: int, share: float, hours: int) -> list[Result]:
    node, parts = _Node(nodes, share), list[Told]()
    wait_s = max(15, min(300, int(0.3 * nodes)))
    for at_s in range(START_S, START_S + hours * 3600, TURN_S):
        parts.append(node.part(at_s))
        if (at_s - START_S) % wait_s < TURN_S:
            node.take_in(parts, at_s)
            parts = []
    node.take_in(parts, START_S + hours * 3600 + 60)
    # What is kept at any time, of the whole mesh.
    fine = node.bytes_of(FINE.step_s) * 24 / hours
    coarse = node.bytes_of(COARSE.step_s) * COARSE.kept_s / 3600 / hours
    kept = (fine + coarse) * nodes / 2**20
    spent_ms = 1000 * sum(node.spent_s) / len(node.spent_s)
    how = f"all paths of {nodes}" if share == 1.0 else f"a tenth of the paths of {nodes}"
    of_core = sum(node.spent_s) * nodes / (hours * 3600)
    return [
        within(
            f"mesh history, {how} in use: kept",
            kept,
            "MiB",
            LIMIT_MIB,
            f"a node {fine / 1024:,.0f} KiB of steps, {coarse / 1024:,.0f} KiB of hours",
            digits=1,
        ),
        within(
            f"mesh history, {how} in use: taken in",
            spent_ms,
            "ms",
            LIMIT_MS,
            f"a node, every {wait_s} s: {100 * of_core:.1f} % of one core for all; a heartbeat brings"
            f" {node.part_bytes / node.parts:,.0f} bytes",
            digits=1,
        ),
    ]
