"""The history of every node's load: samples in memory, written together.

Belongs to the Trio thread. What is taken from a heartbeat only waits in a list; `flush` puts it into blocks and
writes those that changed. What is in memory of a block is the truth of it: a stored one is read before it changes.
Where several control planes serve one database each has all of it in memory, and the one that leads writes it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.db.several import Several
from nimbus.fleet.metrics import store
from nimbus.fleet.metrics.blocks import Block, FleetBlock, pack
from nimbus.fleet.metrics.records import METRICS, BacklogTaken, BacklogTakenElsewhere
from nimbus.fleet.metrics.rules import (
    BLOCK_S,
    MINUTE_S,
    RAW_S,
    WINDOW_S,
    Counters,
    Rates,
    belated,
    block_start,
    counters_of,
    moment,
    offset,
    rates,
    values_of,
    window_start,
)
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.errors import invalid
from nimbus.kernel.events import EventBus
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import Heartbeat, MetricBacklog, SystemMetrics

FLUSH_INTERVAL_S = 15.0
# A minute counts for the fleet when it has been over for so long.
SETTLE_S = 20
# Whole blocks stay in memory for so long after their end.
LINGER_S = 180
ROWS_OF_A_WRITE = 200
MAX_BELATED = 500
EVERYWHERE = ""
T = TypeVar("T")
log = logging.getLogger("nimbus.metrics")


class Newest(msgspec.Struct, frozen=True):
    """What a node said last."""

    workspace_id: str
    metrics: SystemMetrics
    network: Rates


class _Series:
    """What is in memory of one node. `workspace_id` "": not looked up yet; `stale`: windows whose minutes are to be
    made anew."""

    __slots__ = ("blocks", "counters", "dirty", "newest", "offset", "stale", "workspace_id")

    def __init__(self) -> None:
        self.workspace_id = ""
        self.offset: float | None = None
        self.counters: Counters | None = None
        self.newest: tuple[SystemMetrics, Rates] | None = None
        self.blocks: dict[int, Block] = {}
        self.dirty: set[int] = set()
        self.stale: set[int] = set()


Places = Callable[[Transaction, Sequence[str]], Mapping[str, str]]
"""Node id to workspace id, of those that there are."""


class History:
    def __init__(
        self, database: Database, clock: Clock, places: Places, several: Several | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._places = places
        self._several = several
        self._elsewhere: list[BacklogTakenElsewhere] = []
        self._series: dict[str, _Series] = {}
        self._fleet: dict[tuple[str, int], FleetBlock] = {}
        self._dirty_fleet: set[tuple[str, int]] = set()
        self._pending: list[tuple[str, float, float | None, SystemMetrics]] = []
        self._slots: dict[str, int] = {}
        # What is stored of blocks, as far as it was written here: others may have written since.
        self._written: dict[tuple[str, int], int] = {}
        # From which minute on the fleet's figures are still to be made.
        self._closed = 0
        self.lock = trio.Lock()
        self.late = False

    def _now(self) -> float:
        return to_seconds(self._clock.now())

    async def load(self) -> None:
        """What may still change after a start."""
        now = self._now()
        since = block_start(now - BLOCK_S)
        for node_id, start, packed in await self._database.read(lambda tx: store.recent(tx, since)):
            self._series_of(node_id).blocks[start] = Block(start, packed)
        first = window_start(since)
        for workspace_id, start, packed in await self._database.read(
            lambda tx: store.recent_fleet(tx, first)
        ):
            self._fleet[workspace_id, start] = FleetBlock(start, packed)
        self._closed = since

    def add_heartbeat(self, node_id: str, beat: Heartbeat) -> None:
        """Called for each heartbeat: as little as can be. Of two in one slot the first counts."""
        self._add(node_id, self._now(), beat.sent_at, beat.metrics)

    def add_elsewhere(self, node_id: str, at: float, metrics: SystemMetrics) -> None:
        """What a node said to another control plane, at this Unix time by the clock of that one."""
        self._add(node_id, at, None, metrics)

    def _add(self, node_id: str, at: float, sent_at: float | None, metrics: SystemMetrics) -> None:
        slot = int(at) // RAW_S
        if self._slots.get(node_id) != slot:
            self._slots[node_id] = slot
            self._pending.append((node_id, at, sent_at, metrics))

    async def newest(self) -> dict[str, Newest]:
        """By node."""
        self._absorb()
        await self._learn_workspaces()
        return {
            node_id: Newest(series.workspace_id, *series.newest)
            for node_id, series in self._series.items()
            if series.newest is not None and series.workspace_id
        }

    def blocks_of(self, node_id: str) -> dict[int, Block]:
        """Copies of what is in memory of a node, newer than what is stored."""
        self._absorb()
        series = self._series.get(node_id)
        return {} if series is None else {start: block.copy() for start, block in series.blocks.items()}

    def fleet_blocks(self, workspaces: Iterable[str]) -> dict[tuple[str, int], FleetBlock]:
        wanted = set(workspaces)
        return {key: block.copy() for key, block in self._fleet.items() if key[0] in wanted}

    def _series_of(self, node_id: str) -> _Series:
        series = self._series.get(node_id)
        if series is None:
            series = self._series[node_id] = _Series()
        return series

    def _absorb(self) -> None:
        pending, self._pending = self._pending, []
        for node_id, now, sent_at, metrics in pending:
            series = self._series_of(node_id)
            at = now
            if sent_at is not None:
                series.offset = offset(series.offset, sent_at, now)
                at = moment(sent_at, series.offset, now)
            network = self._network(series, at, metrics)
            series.newest = metrics, network
            self._put(series, at, metrics, network)

    def _network(self, series: _Series, at: float, metrics: SystemMetrics) -> Rates:
        counters = counters_of(at, metrics)
        if series.counters is not None and counters.at <= series.counters.at:
            return None, None
        network = rates(series.counters, counters)
        series.counters = counters
        return network

    def _put(self, series: _Series, at: float, metrics: SystemMetrics, network: Rates) -> None:
        start = block_start(at)
        block = series.blocks.get(start)
        if block is None:
            block = series.blocks[start] = Block(start)
        if block.put(at, values_of(metrics, network)):
            series.dirty.add(start)

    # What a node kept while it was offline.

    async def take_backlog(self, node_id: str, backlog: MetricBacklog) -> None:
        """Durable when this returns. What is stored already stays as it is. Raises ValidationError."""
        if len(backlog.samples) > MAX_BELATED:
            raise invalid("samples", f"at most {MAX_BELATED} at a time")
        async with self.lock:
            self._absorb()
            now = self._now()
            series = self._series_of(node_id)
            series.offset = offset(series.offset, backlog.sent_at, now)
            times = [belated(sample.at, series.offset, now) for sample in backlog.samples]
            kept = sorted(
                (
                    (at, sample.metrics)
                    for at, sample in zip(times, backlog.samples, strict=True)
                    if at is not None
                ),
                key=lambda pair: pair[0],
            )
            if not kept:
                return
            await self._load_blocks(node_id, series, {block_start(at) for at, _ in kept})
            silent = {minute for minute in _minutes(kept) if not _has(series, minute)}
            # Rates of these follow from each other, not from what was said last.
            newest, series.counters = series.counters, None
            for at, metrics in kept:
                self._put(series, at, metrics, self._network(series, at, metrics))
            series.counters = newest or series.counters
            await self._learn_workspaces()
            series.stale.update(window_start(start) for start in series.dirty)
            self.late = True
            if self._writes:
                await self._count_late(series, silent)
                await self._write([node_id])
            else:
                starts = tuple(sorted({block_start(at) for at, _ in kept}))
                taken = BacklogTaken(node_id, starts, tuple(sorted(silent)))
                await self._write([node_id], of_fleet=False, event=taken)

    async def _load_blocks(self, node_id: str, series: _Series, starts: set[int]) -> None:
        missing = starts - series.blocks.keys()
        if missing:
            since, until = min(missing), max(missing) + 1
            stored = await self._database.read(lambda tx: store.samples(tx, node_id, since, until))
            for start in missing:
                series.blocks[start] = Block(start, stored.get(start))

    async def _count_late(self, series: _Series, minutes: set[int]) -> None:
        """Into figures of the fleet that were made without this node."""
        minutes = {minute for minute in minutes if minute < self._closed}
        if not series.workspace_id or not minutes:
            return
        windows = sorted({window_start(minute) for minute in minutes})
        await self._load_fleet([series.workspace_id, EVERYWHERE], windows)
        for minute in minutes:
            block = series.blocks[block_start(minute)]
            if block.has(minute, MINUTE_S):
                figures = block.averages(minute, MINUTE_S)
                for workspace_id in (series.workspace_id, EVERYWHERE):
                    self._count(workspace_id, minute, 1, figures)

    async def _load_fleet(self, workspaces: Sequence[str], windows: Sequence[int]) -> None:
        if all((workspace, start) in self._fleet for workspace in workspaces for start in windows):
            return
        stored = await self._database.read(
            lambda tx: store.fleet(tx, workspaces, windows[0], windows[-1] + 1)
        )
        for workspace_id, start, packed in stored:
            self._fleet.setdefault((workspace_id, start), FleetBlock(start, packed))

    def _count(self, workspace_id: str, minute: int, nodes: int, sums: Sequence[float | None]) -> None:
        key = (workspace_id, window_start(minute))
        if key not in self._fleet:
            self._fleet[key] = FleetBlock(key[1])
        self._fleet[key].add(minute, nodes, sums)
        self._dirty_fleet.add(key)

    # Writing.

    @property
    def _writes(self) -> bool:
        """Whether this control plane is the one that writes. What it does not write it keeps until it is old, for
        the case that it leads next."""
        return self._several is None or self._several.leads

    async def flush(self) -> None:
        async with self.lock:
            self._absorb()
            await self._learn_workspaces()
            await self._take_in_elsewhere()
            await self._close_minutes()
            if self._writes:
                await self._write(
                    [node_id for node_id, series in self._series.items() if series.dirty or series.stale]
                )
            self._evict()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeRevoked, self.forget)
        bus.subscribe(BacklogTakenElsewhere, self._elsewhere.append)

    async def _take_in_elsewhere(self) -> None:
        """Another control plane has stored what a node brought late: into what is in memory here."""
        while self._elsewhere:
            taken = self._elsewhere[0]
            series = self._series_of(taken.node_id)
            stored = await self._database.read(
                lambda tx, taken=taken: store.samples(  # type: ignore[misc]
                    tx, taken.node_id, taken.starts[0], taken.starts[-1] + 1
                )
            )
            for start in taken.starts:
                block = Block(start, stored.get(start))
                if start in series.blocks:
                    series.blocks[start].fill(block)
                else:
                    series.blocks[start] = block
                series.stale.add(window_start(start))
            await self._learn_workspaces()
            if self._writes:
                await self._count_late(series, set(taken.minutes))
                self.late = True
            del self._elsewhere[0]

    async def _learn_workspaces(self) -> None:
        unknown = [node_id for node_id, series in self._series.items() if not series.workspace_id]
        if unknown:
            places = await self._database.read(lambda tx: self._places(tx, unknown))
            for node_id, workspace_id in places.items():
                self._series_of(node_id).workspace_id = workspace_id

    async def _close_minutes(self) -> None:
        until = int(self._now() - SETTLE_S) // MINUTE_S * MINUTE_S
        if until < self._closed:
            self._forget_future(self._now())
            self._closed = until - BLOCK_S
        nodes = [
            (series.workspace_id, series.blocks) for series in self._series.values() if series.workspace_id
        ]
        # What lies further back than blocks are in memory was nobody's.
        first = max(self._closed, until - BLOCK_S)
        for minute in range(first, until, MINUTE_S):
            start = block_start(minute)
            present = [(workspace_id, blocks[start]) for workspace_id, blocks in nodes if start in blocks]
            sums = await trio.to_thread.run_sync(summed_up, present, minute)
            for workspace_id, (count, figures) in sums.items():
                known = self._fleet.get((workspace_id, window_start(minute)))
                if known is None or not known.has(minute):
                    self._count(workspace_id, minute, count, figures)
        self._closed = until

    async def _write(self, node_ids: Sequence[str], *, of_fleet: bool = True, event: object = None) -> None:
        """Those nodes' changed blocks, and the fleet's."""
        changes = [
            (node_id, start, series.blocks[start].copy())
            for node_id, series in ((node_id, self._series[node_id]) for node_id in node_ids)
            for start in sorted(series.dirty)
        ]
        stale = [(node_id, window) for node_id in node_ids for window in self._series[node_id].stale]
        keys = sorted(self._dirty_fleet) if of_fleet else []
        figures = [(*key, self._fleet[key].copy()) for key in keys]
        if not (changes or stale or figures):
            return
        # What changes from here on is for the next time.
        self._mark_clean(node_ids, keys)
        try:
            rows, fleet = await trio.to_thread.run_sync(_packed, changes, figures)
            # The fleet's go with the last of the nodes': what comes late is in both or in neither.
            for first in range(0, max(len(rows), 1), ROWS_OF_A_WRITE):
                some = rows[first : first + ROWS_OF_A_WRITE]
                is_last = first + ROWS_OF_A_WRITE >= len(rows)
                sums, emitted = (fleet, event) if is_last else ([], None)
                self._note_written(
                    some,
                    await self._database.write(
                        partial(self._save, rows=some, stale=stale, fleet=sums, event=emitted)
                    ),
                )
        except BaseException:
            self._mark_dirty(changes, stale, keys)
            raise

    def _mark_clean(self, node_ids: Sequence[str], keys: Sequence[tuple[str, int]]) -> None:
        for node_id in node_ids:
            self._series[node_id].dirty.clear()
            self._series[node_id].stale.clear()
        self._dirty_fleet.difference_update(keys)

    def _mark_dirty(
        self,
        changes: Sequence[tuple[str, int, Block]],
        stale: Sequence[tuple[str, int]],
        keys: Sequence[tuple[str, int]],
    ) -> None:
        for node_id, start, _ in changes:
            self._series_of(node_id).dirty.add(start)
        for node_id, window in stale:
            self._series_of(node_id).stale.add(window)
        self._dirty_fleet.update(keys)

    def _save(
        self,
        tx: Transaction,
        rows: Sequence[store.Packed],
        stale: Sequence[tuple[str, int]],
        fleet: Sequence[store.Packed],
        event: object,
    ) -> Sequence[store.Packed]:
        """The rows as they are stored now. Of a node that there is no more nothing is kept."""
        there = self._places(tx, sorted({node_id for node_id, _, _ in rows}))
        rows = [row for row in rows if row[0] in there]
        if self._several is not None:
            rows = with_others(rows, store.samples_of(tx, rows), self._written)
        store.save_samples(tx, rows)
        store.drop_minutes(tx, stale)
        store.save_fleet(tx, fleet)
        if event is not None:
            tx.emit(event)
        return rows

    def _note_written(self, given: Sequence[store.Packed], stored: Sequence[store.Packed]) -> None:
        """What others had written of these blocks is theirs from now on, too."""
        if self._several is None:
            return
        before = {(node_id, start): packed for node_id, start, packed in given}
        for node_id, start, packed in stored:
            self._written[node_id, start] = hash(packed)
            series = self._series.get(node_id)
            if packed is not before[node_id, start] and series is not None and start in series.blocks:
                series.blocks[start].fill(Block(start, packed))

    def _forget_future(self, now: float) -> None:
        """The wall clock was set back: that time comes again, and what comes then counts."""
        for series in self._series.values():
            for start, block in list(series.blocks.items()):
                if start > now:
                    del series.blocks[start]
                    series.dirty.discard(start)
                else:
                    block.clear_from(now)
            series.counters = None
        for key, fleet_block in list(self._fleet.items()):
            if key[1] > now:
                del self._fleet[key]
                self._dirty_fleet.discard(key)
            else:
                fleet_block.clear_from(now)
        self._slots.clear()

    def _evict(self) -> None:
        now = self._now()
        for node_id, series in list(self._series.items()):
            for start in [start for start in series.blocks if start + BLOCK_S + LINGER_S < now]:
                if start not in series.dirty or not self._writes:
                    del series.blocks[start]
                    series.dirty.discard(start)
                    self._written.pop((node_id, start), None)
            if not series.blocks:
                del self._series[node_id]
                self._slots.pop(node_id, None)
        for key in [key for key in self._fleet if key[1] + WINDOW_S + BLOCK_S < now]:
            if key not in self._dirty_fleet or not self._writes:
                del self._fleet[key]
                self._dirty_fleet.discard(key)

    async def run(self) -> None:
        """Until cancelled; what is in memory is written at the end."""
        what = "metrics could not be written"
        attempts, last = Attempts(log, what), Attempts(log, what, "they are lost with this process")
        try:
            while True:
                await trio.sleep(FLUSH_INTERVAL_S)
                with attempts:
                    await self.flush()
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(2), last:
                await self.flush()

    # For other slices, in their transactions.

    def forget(self, event: NodeRevoked) -> None:
        """Its certificates have ended. Blocks stay for the case that it joins again."""
        series = self._series.get(event.node_id)
        if series is not None:
            series.newest = series.counters = series.offset = None

    def remove_node(self, tx: Transaction, node_id: str) -> None:
        store.forget_node(tx, node_id)

    def remove_workspace(self, tx: Transaction, workspace_id: str) -> None:
        store.forget_workspace(tx, workspace_id)


def _minutes(samples: Iterable[tuple[float, SystemMetrics]]) -> set[int]:
    return {int(at) // MINUTE_S * MINUTE_S for at, _ in samples}


def _has(series: _Series, minute: int) -> bool:
    return series.blocks[block_start(minute)].has(minute, MINUTE_S)


Sums = dict[str, tuple[int, list[float | None]]]


def summed_up(present: Sequence[tuple[str, Block]], minute: int) -> Sums:
    """How many nodes of each workspace, and of all, had something to say in a minute, and the sum of what."""
    totals: Sums = {}
    for workspace_id, block in present:
        figures = block.averages(minute, MINUTE_S)
        if all(figure is None for figure in figures):
            continue
        for key in (workspace_id, EVERYWHERE):
            count, sums = totals.setdefault(key, (0, [None] * len(METRICS)))
            for metric, figure in enumerate(figures):
                if figure is not None:
                    sums[metric] = (sums[metric] or 0.0) + figure
            totals[key] = count + 1, sums
    return totals


def with_others(
    rows: Iterable[store.Packed],
    stored: Mapping[tuple[str, int], bytes],
    written: Mapping[tuple[str, int], int],
) -> list[store.Packed]:
    """`rows`, each with what another control plane has stored of its block since it was `written` here."""
    merged = []
    for node_id, start, packed in rows:
        theirs = stored.get((node_id, start))
        if theirs is not None and hash(theirs) != written.get((node_id, start)):
            block = Block(start, packed)
            block.fill(Block(start, theirs))
            merged.append((node_id, start, pack(block.codes)))
        else:
            merged.append((node_id, start, packed))
    return merged


def _packed(
    samples: Sequence[tuple[str, int, Block]], fleet: Sequence[tuple[str, int, FleetBlock]]
) -> tuple[list[store.Packed], list[store.Packed]]:
    return (
        [(node_id, start, pack(block.codes)) for node_id, start, block in samples],
        [(workspace_id, start, pack(block.figures)) for workspace_id, start, block in fleet],
    )
