"""Takes in what nodes have measured: in memory from each heartbeat, written together.

Belongs to the Trio thread. A node of a small mesh is written within seconds, one of a large one when a step is
over: to bring some ways into the newest measurement costs as much as the mesh is large, so that all meshes are the
same work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import trio

from nimbus.db import Database, Transaction
from nimbus.db.several import Several
from nimbus.fleet.mesh import store as mesh_store
from nimbus.fleet.mesh.history import store
from nimbus.fleet.mesh.history.blocks import COARSE, FINE
from nimbus.fleet.mesh.history.parts import Told, is_too_large
from nimbus.fleet.mesh.history.work import (
    GRACE_S,
    Stored,
    Waiting,
    Written,
    blocks_of,
    hours_to_close,
    take_in,
)
from nimbus.fleet.mesh.measurement import HUB_PLACE, Moment
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.link_columns import address_number
from nimbus.protocol.messages import Heartbeat

FLUSH_INTERVAL_S = 15.0
# How long what a node told waits, for each member of its mesh, until it is written.
WAIT_S_A_MEMBER, LONGEST_WAIT_S = 0.3, 300.0
# Nodes in one write, and the pause after it: others use the processor, too.
AT_ONCE, PAUSE_S = 4, 0.1
LAST_FLUSH_S = 3.0
# Of one node, until it is written: more than any honest one tells.
MOST_PARTS, MOST_BYTES = 200, 256 * 1024
PRUNE_EVERY_S, PRUNED_AT_ONCE = 900.0, 200
# A clock that has jumped ahead deletes nothing: there is nothing of some hours ago, by that clock.
WITNESS_FROM_S, WITNESS_TO_S = 12 * 3600, 6 * 3600
log = logging.getLogger("nimbus.mesh")


class _Entry:
    """What is in memory of a node. `since`: the monotonic time of the oldest part."""

    __slots__ = ("bytes", "parts", "since", "waiting")

    def __init__(self) -> None:
        self.parts: list[Told] = []
        self.bytes = 0
        self.since = 0.0
        self.waiting = Waiting()

    def all(self) -> Waiting:
        return self.waiting._replace(parts=tuple(self.parts))


class _Members(NamedTuple):
    """Those that there are: with which revision each came, by place."""

    moment: Moment
    entered: Mapping[int, int]

    def known_at(self, revision: int) -> int:
        bits = 1 << HUB_PLACE
        for place, entered in self.entered.items():
            if entered <= revision:
                bits |= 1 << place
        return bits


class HistoryKeeper:
    """`base` is the overlay's own address. `announce` is called, in the transaction, of a node some of whose ways
    are of another kind than before."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        base: int,
        announce: Callable[[Transaction, str], None],
        several: Several | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._base = base
        self._announce = announce
        self._several = several
        self._entries: dict[str, _Entry] = {}
        self._refused: set[str] = set()
        self._members = 0

    def hear(self, node_id: str, beat: Heartbeat) -> None:
        """Called for each heartbeat: as little as can be."""
        result = beat.measured
        if result is None:
            return
        entry = self._entries.get(node_id)
        if entry is None:
            entry = self._entries[node_id] = _Entry()
        size = len(result.packed) + 256 * len(result.links)
        if is_too_large(result) or len(entry.parts) >= MOST_PARTS or entry.bytes + size > MOST_BYTES:
            self._refuse(node_id, "more than a node has to tell")
            return
        if not entry.parts:
            entry.since = self._clock.monotonic()
        entry.parts.append(Told(self._clock.now(), result))
        entry.bytes += size

    def _refuse(self, node_id: str, why: str) -> None:
        """Said once of each node."""
        if node_id not in self._refused:
            self._refused.add(node_id)
            log.warning("what a node tells of its ways is not taken in: %s", why, extra={"node_id": node_id})

    def forget(self, event: NodeRevoked) -> None:
        self._entries.pop(event.node_id, None)
        self._refused.discard(event.node_id)

    def waiting(self, node_id: str) -> Waiting:
        """What is in memory of a node and not written yet."""
        entry = self._entries.get(node_id)
        return entry.all() if entry else Waiting()

    async def load(self) -> None:
        """What was not over when the process before ended."""
        now = self._clock.now()
        since = FINE.block_start(to_seconds(now) - FINE.block_s)
        nodes = await self._database.read(lambda tx: store.nodes_since(tx, FINE.step_s, since))
        for node_id, hours in hours_to_close(nodes, now).items():
            entry = self._entries.setdefault(node_id, _Entry())
            entry.waiting = entry.waiting._replace(hours=entry.waiting.hours | hours)

    async def run(self) -> None:
        """Until cancelled; what is in memory is written at the end."""
        what = "measurements of the mesh could not be written"
        attempts, last = Attempts(log, what), Attempts(log, what, "they are lost with this process")
        pruned_at = float("-inf")
        try:
            while True:
                await trio.sleep(FLUSH_INTERVAL_S)
                with attempts:
                    await self.flush()
                    if trio.current_time() >= pruned_at + PRUNE_EVERY_S:
                        pruned_at = trio.current_time()
                        await self.prune()
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(LAST_FLUSH_S), last:
                await self.flush(whole=True)

    async def flush(self, *, whole: bool = False) -> None:
        """Write the nodes whose turn it is; `whole`: all of them, also what is not over."""
        due = [node_id for node_id, entry in self._entries.items() if whole or self._is_due(entry)]
        for first in range(0, len(due), AT_ONCE):
            await self._write(due[first : first + AT_ONCE], whole=whole)
            if not whole and first + AT_ONCE < len(due):
                await trio.sleep(PAUSE_S)

    def _is_due(self, entry: _Entry) -> bool:
        until = to_seconds(self._clock.now()) - GRACE_S
        waiting = entry.waiting
        if any(step + FINE.step_s <= until for step in waiting.steps):
            return True
        if any(hour + COARSE.step_s <= until for hour in waiting.hours):
            return True
        if not entry.parts:
            return False
        wait_s = min(LONGEST_WAIT_S, WAIT_S_A_MEMBER * self._members)
        is_over = FINE.step_start(to_seconds(entry.parts[0].at)) + FINE.step_s <= until
        return is_over or self._clock.monotonic() >= entry.since + wait_s

    async def _write(self, node_ids: Sequence[str], *, whole: bool) -> None:
        now = self._clock.now()
        taken = {node_id: self._entries[node_id].all() for node_id in node_ids if node_id in self._entries}

        def read(tx: Transaction) -> tuple[_Members, dict[str, Stored]]:
            members = self._read_members(tx, now)
            present = {
                node_id: waiting for node_id, waiting in taken.items() if node_id in members.moment.places
            }
            return members, {
                node_id: _read_stored(tx, node_id, waiting, now) for node_id, waiting in present.items()
            }

        members, stored = await self._database.read(read)
        self._members = len(members.entered)
        work = partial(self._work_out, members, stored, taken, whole=whole)
        written = await trio.to_thread.run_sync(work)
        done = await self._database.write(lambda tx: self._save(tx, stored, written))
        for node_id, waiting in taken.items():
            entry = self._entries.get(node_id)
            if entry is None:
                continue
            if node_id not in stored:
                # It is no member, or none any more.
                del self._entries[node_id]
            elif node_id in done:
                self._note(node_id, entry, len(waiting.parts), written[node_id])

    def _work_out(
        self, members: _Members, stored: Mapping[str, Stored], taken: Mapping[str, Waiting], *, whole: bool
    ) -> dict[str, Written]:
        made = {}
        for node_id, had in stored.items():
            known = members.known_at(had.reach.revision) if had.reach else 0
            made[node_id] = take_in(taken[node_id], had, known, self._base, members.moment, whole=whole)
        return made

    def _note(self, node_id: str, entry: _Entry, parts: int, written: Written) -> None:
        del entry.parts[:parts]
        entry.bytes = sum(len(told.result.packed) + 256 * len(told.result.links) for told in entry.parts)
        entry.since = self._clock.monotonic()
        entry.waiting = written.waiting
        if written.problem:
            self._refuse(node_id, written.problem)
        if not entry.parts and not entry.waiting.steps and not entry.waiting.hours:
            del self._entries[node_id]

    def _read_members(self, tx: Transaction, now: int) -> _Members:
        places, entered = {CONTROL_PLANE: HUB_PLACE}, {}
        for node_id, address, revision in mesh_store.entered(tx):
            place = address_number(address) - self._base
            if place > HUB_PLACE:
                places[node_id] = place
                entered[place] = revision
        return _Members(Moment(now, mesh_store.revision(tx), places), entered)

    def _save(
        self, tx: Transaction, stored: Mapping[str, Stored], written: Mapping[str, Written]
    ) -> Collection[str]:
        """The nodes whose rows were written. Another may have written since they were read: then it is done again,
        the next time."""
        done = []
        for node_id, new in written.items():
            had = stored[node_id]
            is_same = all(store.block(tx, node_id, *key) == had.blocks.get(key) for key in new.blocks)
            reach = mesh_store.reach(tx, node_id) if new.newest else had.reach
            if not is_same or reach != had.reach or not mesh_store.is_member(tx, node_id):
                continue
            for key, packed in new.blocks.items():
                store.save_block(tx, node_id, *key, packed)
            if new.newest:
                mesh_store.save_probe(tx, node_id, *new.newest)
                if had.reach is None or had.reach.sets != new.newest[0].sets:
                    self._announce(tx, node_id)
            done.append(node_id)
        return done

    async def prune(self) -> None:
        """Delete blocks that are over."""
        if self._several is not None and not self._several.leads:
            return
        now = to_seconds(self._clock.now())
        since, until = int(now - WITNESS_FROM_S), int(now - WITNESS_TO_S)
        if not await self._database.read(lambda tx: store.has_any(tx, FINE.step_s, since, until)):
            return
        for grain in (FINE, COARSE):
            before = int(now) - grain.kept_s - grain.block_s
            while await self._database.write(
                lambda tx, step=grain.step_s, before=before: store.prune(tx, step, before, PRUNED_AT_ONCE)  # type: ignore[misc]
            ):
                pass


def _read_stored(tx: Transaction, node_id: str, waiting: Waiting, now: int) -> Stored:
    blocks = {key: store.block(tx, node_id, *key) for key in sorted(blocks_of(waiting, now))}
    return Stored(mesh_store.reach(tx, node_id), mesh_store.numbers(tx, node_id), blocks)
