"""What is open on one node, in memory: what it could fetch, what it should have, what it is to cancel. No I/O."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from nimbus.fleet.tasks.lanes import Lanes, Room

# The answer that told a node to cancel may have been lost: it is told again after so long.
CANCEL_AGAIN_S = 10.0


class Ready(msgspec.Struct, frozen=True):
    """A task that waits for its node. `due_at` by the wall clock, as stored. `is_expired`: its lease has ended, and
    the node may have it all the same."""

    kind: str
    due_at: int
    is_expired: bool


class NodeIndex:
    """Times are of the monotonic clock, but for `Ready.due_at`. Every open task is in one of `ready`, `later` and
    `running`, but for those that wait for others."""

    def __init__(self) -> None:
        self.ready: dict[str, Ready] = {}
        # When they fall due; and what they are then.
        self.later: dict[str, tuple[float, Ready]] = {}
        # Kind, and when the node last named it.
        self.running: dict[str, tuple[str, float]] = {}
        self.cancelling: set[str] = set()
        self._told: dict[str, float] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.ready or self.later or self.running or self.cancelling or self._told)

    def has_work(self, held: frozenset[str], room: Room, now: float) -> bool:
        """Whether a poll of the node, which has the tasks `held`, would get anything."""
        if self.cancelling or self.running.keys() - held or self.can_begin(room):
            return True
        if any(task_id in self.ready and self.ready[task_id].is_expired for task_id in held):
            return True
        before = now - CANCEL_AGAIN_S
        told_long_ago = any(at <= before and task_id in held for task_id, at in self._told.items())
        return told_long_ago or not self._unwanted(held) <= self._told.keys()

    def can_begin(self, room: Room) -> bool:
        """Whether anything that is due may begin beside what runs."""
        if not self.ready:
            return False
        lanes = self._lanes(room)
        return any(lanes.admit(kind) for kind in {ready.kind for ready in self.ready.values()})

    def _lanes(self, room: Room) -> Lanes:
        return Lanes(room, {kind for kind, _ in self.running.values()})

    def _unwanted(self, held: frozenset[str]) -> frozenset[str]:
        """What the node has although nobody holds it open for it."""
        return held - self.ready.keys() - self.later.keys() - self.running.keys()

    def confirm(self, held: frozenset[str], now: float) -> None:
        """The node names the tasks that it has."""
        self.renew(held, now)
        recent = now - CANCEL_AGAIN_S
        self._told = {task_id: at for task_id, at in self._told.items() if task_id in held or at > recent}

    def renew(self, task_ids: Iterable[str], now: float) -> None:
        """Leases of those that run begin anew."""
        for task_id in task_ids:
            if task_id in self.running:
                self.running[task_id] = (self.running[task_id][0], now)

    def leased(
        self, held: frozenset[str], seen: frozenset[str], cancel: Iterable[str], room: Room, now: float
    ) -> None:
        """A lease has answered a poll, and left `room`. Of `seen`, which was ready when it was asked for, what
        could still begin was not to be leased; what fell due since then stays. The cancellations are on their
        way."""
        lanes = self._lanes(room)
        for task_id in seen & self.ready.keys():
            if lanes.admit(self.ready[task_id].kind):
                del self.ready[task_id]
        self.cancelling.clear()
        for task_id in (*cancel, *self._unwanted(held)):
            self._told[task_id] = now

    def drop(self, task_id: str) -> None:
        self.ready.pop(task_id, None)
        self.later.pop(task_id, None)
        self.running.pop(task_id, None)
        self.cancelling.discard(task_id)
        self._told.pop(task_id, None)

    def reported(self, task_id: str, now: float) -> None:
        """The node itself said that it has ended: it need not be told."""
        self.drop(task_id)
        self._told[task_id] = now
