"""What a node may read of artifacts: pieces of a content that a task of its own names, a few nodes at a time.

Belongs to the Trio thread; files are read in a few threads of their own, so that neither the listener nor the
readers of the database wait for a disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.artifacts import store
from nimbus.fleet.artifacts.files import ArtifactFiles
from nimbus.fleet.artifacts.records import Damage
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.records import TaskClosed, TaskState
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Forbidden, NotFound, RateLimited, Unavailable
from nimbus.kernel.events import EventBus

# As much as a peer's unsent answers may be: a slow reader costs one piece or two.
PIECE_BYTES = 256 * 1024
NODES_AT_ONCE = 64
PIECES_AT_ONCE = 2
# Who has asked for nothing so long makes room for another.
IDLE_S = 10.0
GRANT_S = 60.0
_READING_THREADS = 4


class Piece(msgspec.Struct, frozen=True):
    """`data` from `first` on, of a content of `size` bytes. Empty: there is nothing from there on."""

    first: int
    size: int
    data: bytes


class Downloads:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        nodes: Nodes,
        tasks: Tasks,
        files: ArtifactFiles,
        suspect: Callable[[str], None],
    ) -> None:
        """`suspect` is called with the sum of a content that may be damaged."""
        self._suspect = suspect
        self._database = database
        self._clock = clock
        self._nodes = nodes
        self._tasks = tasks
        self._files = files
        # By node and sum: its size, and until when that need not be asked again.
        self._grants: dict[tuple[str, str], tuple[int, float]] = {}
        self._taken_back = 0
        self._last_asked: dict[str, float] = {}
        self._under_way: Counter[str] = Counter()
        self._threads = trio.CapacityLimiter(_READING_THREADS)

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(TaskClosed, self._on_closed)
        bus.subscribe(NodeRevoked, lambda event: self._forget(event.node_id))

    def _on_closed(self, event: TaskClosed) -> None:
        if event.state is TaskState.FAILED:
            # Perhaps of what it was given.
            for sha256 in [sha256 for node_id, sha256 in self._grants if node_id == event.node_id]:
                self._suspect(sha256)
        self._forget(event.node_id)

    def _forget(self, node_id: str) -> None:
        self._taken_back += 1
        self._grants = {key: grant for key, grant in self._grants.items() if key[0] != node_id}

    async def read(self, node_id: str, sha256: str, first: int, last: int | None) -> Piece:
        """From byte `first` to byte `last` (None: to the end), as much as goes into one answer. Raises Forbidden,
        NotFound, RateLimited, Unavailable."""
        with self._turn_of(node_id):
            size = await self._granted(node_id, sha256)
            self._take_a_place(node_id)
            end = size if last is None else min(size, last + 1)
            length = min(PIECE_BYTES, end - first)
            if length <= 0:
                return Piece(first, size, b"")
            try:
                data = await trio.to_thread.run_sync(
                    self._files.read, sha256, first, length, limiter=self._threads
                )
            except OSError:
                data = b""
            if len(data) != length:
                self._suspect(sha256)
                raise _absent(sha256)
            return Piece(first, size, data)

    def _take_a_place(self, node_id: str) -> None:
        """Of the few that may read at once: of who may read at all. Raises Unavailable."""
        now = self._clock.monotonic()
        if node_id not in self._last_asked and len(self._last_asked) >= NODES_AT_ONCE:
            self._last_asked = {asker: at for asker, at in self._last_asked.items() if now - at < IDLE_S}
            if len(self._last_asked) >= NODES_AT_ONCE:
                raise Unavailable(
                    f"{NODES_AT_ONCE} nodes fetch artifacts already", next_step="Try again in a few seconds."
                )
        self._last_asked[node_id] = now

    @contextmanager
    def _turn_of(self, node_id: str) -> Iterator[None]:
        if self._under_way[node_id] >= PIECES_AT_ONCE:
            raise RateLimited("too many simultaneous downloads of artifacts by this node", retry_after=1)
        self._under_way[node_id] += 1
        try:
            yield
        finally:
            self._under_way[node_id] -= 1
            if not self._under_way[node_id]:
                del self._under_way[node_id]

    async def _granted(self, node_id: str, sha256: str) -> int:
        """The size of a content that the node may read."""
        grant = self._grants.get((node_id, sha256))
        if grant is not None and self._clock.monotonic() < grant[1]:
            return grant[0]
        taken_back = self._taken_back
        size = await self._database.read(lambda tx: self._look_up(tx, node_id, sha256))
        # What ended while this was looked up may have been the task that was seen.
        if taken_back == self._taken_back:
            self._grants[node_id, sha256] = (size, self._clock.monotonic() + GRANT_S)
        return size

    def _look_up(self, tx: Transaction, node_id: str, sha256: str) -> int:
        node = self._nodes.find(tx, node_id)
        if node is None or node.is_waiting or not self._tasks.names_artifact(tx, node_id, sha256):
            # The same words whether it is there or not.
            raise Forbidden(
                "no task of this node names that artifact",
                next_step="Have it fetched with: nimbus artifact fetch NAME --node NODE",
            )
        artifact = store.with_content(tx, node.workspace_id, sha256)
        if artifact is None or artifact.damage is not Damage.NONE:
            raise _absent(sha256)
        return artifact.size


def _absent(sha256: str) -> NotFound:
    return NotFound(
        f"the control plane does not have the artifact {sha256[:12]}...",
        next_step="See which there are, and their condition: nimbus artifact list",
    )
