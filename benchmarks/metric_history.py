"""What the history of metrics costs: to take a heartbeat in, to write, and to keep.

1,000 nodes say something every ten seconds for six hours of their time, as fast as the machine goes: figures of
a random walk (processor and network restless, memory and disk slow). Taken in is what a heartbeat pays on the
Trio thread; the flush is all else of it until it is committed: packing, adding up the fleet, writing. CPU time
is that of the whole process. The size is by how many pages the database has grown, indexes and all, made to a
day of samples and to thirty days of minutes.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import trio

from benchmarks.control_plane import prepare, temporary_folder
from benchmarks.result import Result, within
from nimbus.db.database import open_database
from nimbus.db.sqlite.connection import connect
from nimbus.fleet.metrics.history import FLUSH_INTERVAL_S, History
from nimbus.fleet.metrics.rollup import RollUp
from nimbus.fleet.metrics.rules import WINDOW_S
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.clock import MICROSECONDS
from nimbus.kernel.events import EventBus
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.messages import Heartbeat, SystemMetrics

NODES = 1000
HEARTBEAT_S = 10
# Of one core, for 1,000 nodes.
CPU_SHARE, KIB_A_NODE_DAY, MIB_A_NODE_MONTH = 0.05, 150.0, 2.0
START = 1_795_737_600


class _Clock:
    def __init__(self) -> None:
        self.seconds = float(START)

    def now(self) -> int:
        return round(self.seconds * MICROSECONDS)

    def monotonic(self) -> float:
        return self.seconds


class _Machine:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.cpu, self.memory, self.disk, self.rx, self.tx = 5.0, 6e9, 4e10, 0, 0

    def beat(self, now: float) -> Heartbeat:
        dice = self._random
        self.cpu = min(100.0, self.cpu * 0.7 + dice.expovariate(0.5))
        self.memory = min(15e9, max(1e9, self.memory + dice.gauss(0, 2e6)))
        self.disk += max(0.0, dice.gauss(2e4, 5e4))
        self.rx += int(dice.expovariate(5e-6))
        self.tx += int(dice.expovariate(1e-5))
        metrics = SystemMetrics(
            cpu_percent=round(self.cpu, 1),
            load_1m=round(self.cpu / 50, 2),
            memory_used_bytes=int(self.memory),
            memory_total_bytes=16 << 30,
            disk_used_bytes=int(self.disk),
            disk_total_bytes=100 << 30,
            network_rx_bytes=self.rx,
            network_tx_bytes=self.tx,
        )
        return Heartbeat(sent_at=now, metrics=metrics, version="0.1.0")


def run(quick: bool = False) -> list[Result]:
    """About 60 s, quick 10."""
    nodes = NODES // 10 if quick else NODES
    hours = 6
    with temporary_folder() as folder:
        return trio.run(_measure, folder, nodes, hours)


async def _measure(folder: Path, nodes: int, hours: int) -> list[Result]:
    prepared = await trio.to_thread.run_sync(prepare, folder, nodes)
    clock = _Clock()
    # The file that it grows from, without what is still in its log.
    before = _size(prepared.database)
    async with open_database(prepared.database, EventBus(), clock) as database:
        # Only which nodes there are is asked of the service.
        service = Nodes(database, clock, None, Organizations(clock))  # type: ignore[arg-type]
        history = History(database, clock, service.workspaces_of)
        await history.load()
        machines = [(node.id, _Machine(seed)) for seed, node in enumerate(prepared.nodes)]
        take, flush, beats = 0.0, 0.0, 0
        next_flush = START + FLUSH_INTERVAL_S
        while clock.seconds < START + hours * 3600:
            clock.seconds += HEARTBEAT_S
            said = [(node_id, machine.beat(clock.seconds)) for node_id, machine in machines]
            began = time.process_time()
            for node_id, beat in said:
                history.add_heartbeat(node_id, beat)
            take += time.process_time() - began
            beats += nodes
            if clock.seconds >= next_flush:
                next_flush += FLUSH_INTERVAL_S
                began = time.process_time()
                await history.flush()
                flush += time.process_time() - began
        await history.flush()
        samples = _size(prepared.database) - before
        clock.seconds += WINDOW_S
        began = time.process_time()
        await RollUp(database, clock, history, service.workspaces_of).converge()
        rolled = time.process_time() - began
        minutes = _size(prepared.database) - before - samples
    share = (take + flush + rolled) / (hours * 3600) * NODES / nodes
    per_day = samples / nodes / hours * 24 / 1024
    per_month = minutes / nodes / hours * 24 * 30 / 1024 / 1024
    how = (
        f"{nodes} nodes, {hours} h of heartbeats every {HEARTBEAT_S} s, a flush every {FLUSH_INTERVAL_S:g} s; "
        f"{take / beats * 1e6:.2f} us of a heartbeat, {flush / beats * 1e6:.1f} us of it when written, "
        f"{rolled / nodes * 1000:.1f} ms to roll six hours of a node up"
    )
    size = f"{nodes} nodes, random walks, tables and indexes after a checkpoint"
    return [
        within(
            "metric history: CPU for 1000 nodes", 100 * share, "% of a core", 100 * CPU_SHARE, how, digits=2
        ),
        within("metric history: a node's samples of a day", per_day, "KiB", KIB_A_NODE_DAY, size, digits=0),
        within(
            "metric history: a node's minutes of 30 days", per_month, "MiB", MIB_A_NODE_MONTH, size, digits=2
        ),
    ]


def _size(database: Path) -> int:
    """Bytes of the pages that are in use."""
    connection = connect(database)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return int((pages - free) * size)
    finally:
        connection.close()
