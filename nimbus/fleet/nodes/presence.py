"""Presence: the newest heartbeat of every node in memory, written together, and who has gone quiet."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Mapping
from typing import Any

import trio

from nimbus.db import Database, Transaction
from nimbus.db.relay import HeardAgain
from nimbus.fleet.nodes import store
from nimbus.fleet.nodes.records import (
    NodeKeepsPorts,
    NodeReport,
    NodeRevoked,
    NodesHeardElsewhere,
    NodeState,
    NodeStateChanged,
    NodesWritten,
    SeenNode,
)
from nimbus.fleet.nodes.rules import MAX_TEXT, is_overdue, kept_of, state_after_heartbeat
from nimbus.kernel.changes import PassingChange, ResourceChanged
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import Heartbeat

LOOK_INTERVAL_S = 1.0
FLUSH_INTERVAL_S = 5.0
# A node that another control plane hears is told of so much later than it spoke, at most.
ELSEWHERE_S = FLUSH_INTERVAL_S + 3.0
log = logging.getLogger("nimbus.presence")
_PRESENT = (NodeState.ONLINE, NodeState.DEGRADED)


class _Entry:
    """What is known of one node: `heard_at` by the monotonic clock, `last_seen_at` by the wall clock. `report` is
    None before its first heartbeat; `elsewhere`: another control plane was the last to hear it. `interval_s` is
    between its heartbeats; 0: as the setting says. `keeps_ports`: as it was announced last; None: not known."""

    __slots__ = (
        "elsewhere",
        "heard_at",
        "interval_s",
        "keeps_ports",
        "last_seen_at",
        "report",
        "start_id",
        "state",
        "stored_version",
        "version",
    )

    def __init__(self, state: NodeState, heard_at: float, last_seen_at: int) -> None:
        self.state = state
        self.heard_at = heard_at
        self.last_seen_at = last_seen_at
        self.version = self.stored_version = ""
        self.start_id = ""
        self.elsewhere = False
        self.interval_s = 0.0
        self.keeps_ports: bool | None = False
        self.report: NodeReport | None = None


def _said(report: NodeReport) -> dict[str, Any]:
    failed = [check.name for check in report.checks if not check.healthy]
    return {"applied": report.applied, "failed_checks": failed}


class Presence:
    """Belongs to the Trio thread. A node of `waiting` stays Pending, whatever it says."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        interval_s: float,
        waiting: Container[str] = frozenset(),
        on_heartbeat: Callable[[str, Heartbeat], None] | None = None,
        *,
        with_others: bool = False,
    ) -> None:
        """`on_heartbeat` is called with of each heartbeat of a node that does not wait. `with_others`: nodes may
        speak to other control planes on this database."""
        self._database = database
        self._clock = clock
        self._waiting = waiting
        self._on_heartbeat = on_heartbeat
        self._interval_s = interval_s
        self._with_others = with_others
        self._entries: dict[str, _Entry] = {}
        self._dirty: set[str] = set()
        # Of them, those that say something new beside their load.
        self._news: set[str] = set()
        self._changed: dict[str, NodeState] = {}
        # Those that keep ports now, or do not any more.
        self._abilities: set[str] = set()
        self.heartbeats = 0

    async def load(self) -> None:
        """After a start every node that was there has three intervals to say so again."""
        heard_at = self._clock.monotonic()
        for node_id, state, seen, said in await self._database.read(store.liveness):
            entry = self._entries[node_id] = _Entry(state, heard_at, seen or 0)
            entry.interval_s, entry.keeps_ports = said.interval_s, said.keeps_ports
            entry.elsewhere = self._with_others

    def heartbeat(self, node_id: str, beat: Heartbeat) -> None:
        """Take a heartbeat in; nothing is written here."""
        self.heartbeats += 1
        entry = self._entry(node_id)
        entry.heard_at, entry.last_seen_at = self._clock.monotonic(), self._clock.now()
        entry.elsewhere = False
        entry.version = beat.version[:MAX_TEXT]
        entry.start_id = beat.instance.id[:MAX_TEXT] if beat.instance else ""
        before, entry.report = entry.report, kept_of(beat)
        entry.interval_s = entry.report.interval_s
        if entry.report.keeps_ports != entry.keeps_ports:
            entry.keeps_ports = entry.report.keeps_ports
            self._abilities.add(node_id)
        self._dirty.add(node_id)
        if before is None or (before.applied, before.checks) != (entry.report.applied, entry.report.checks):
            self._news.add(node_id)
        if node_id not in self._waiting:
            self._set_state(node_id, entry, state_after_heartbeat(beat.checks))
            if self._on_heartbeat is not None:
                self._on_heartbeat(node_id, beat)

    # Other control planes on this database.

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeRevoked, self.forget)
        bus.subscribe(NodesHeardElsewhere, self._on_heard_elsewhere)
        bus.subscribe(HeardAgain, self._on_heard_again)

    def _on_heard_elsewhere(self, event: NodesHeardElsewhere) -> None:
        now = self._clock.monotonic()
        for seen in event.nodes:
            entry = self._entry(seen.node_id)
            if not seen.heard and self._is_here(entry, now):
                # The other one does not know yet.
                self._changed[seen.node_id] = entry.state
                continue
            entry.state = seen.state
            self._changed.pop(seen.node_id, None)
            if seen.heard:
                entry.heard_at, entry.start_id, entry.elsewhere = now, seen.start_id, True
                entry.last_seen_at = max(entry.last_seen_at, seen.last_seen_at)
                entry.interval_s, entry.keeps_ports = seen.interval_s, None

    def _is_here(self, entry: _Entry, now: float) -> bool:
        return not entry.elsewhere and entry.state in _PRESENT and not self._is_overdue(entry, now)

    def _on_heard_again(self, _event: HeardAgain) -> None:
        """As after a start: three intervals to say so again."""
        now = self._clock.monotonic()
        for entry in self._entries.values():
            entry.heard_at = now

    def state_of(self, node_id: str) -> NodeState | None:
        entry = self._entries.get(node_id)
        return entry.state if entry else None

    def start_id_of(self, node_id: str) -> str:
        """Of the agent that was heard last; "": not since this process started, or it does not say."""
        entry = self._entries.get(node_id)
        return entry.start_id if entry else ""

    def is_present(self, node_id: str) -> bool:
        return self.state_of(node_id) in _PRESENT

    def online(self) -> list[str]:
        """Nodes that can be given work now."""
        return [node_id for node_id, entry in self._entries.items() if entry.state in _PRESENT]

    def forget(self, event: NodeRevoked) -> None:
        self._entries.pop(event.node_id, None)
        self._dirty.discard(event.node_id)
        self._news.discard(event.node_id)
        self._abilities.discard(event.node_id)
        self._changed.pop(event.node_id, None)

    def _entry(self, node_id: str) -> _Entry:
        if node_id not in self._entries:
            self._entries[node_id] = _Entry(NodeState.PENDING, self._clock.monotonic(), self._clock.now())
        return self._entries[node_id]

    def _set_state(self, node_id: str, entry: _Entry, state: NodeState) -> None:
        if entry.state is not state:
            entry.state = state
            self._changed[node_id] = state

    def _is_overdue(self, entry: _Entry, now: float) -> bool:
        heard_at = entry.heard_at + (ELSEWHERE_S if entry.elsewhere else 0.0)
        # What the setting says now the node may not have heard yet.
        return is_overdue(heard_at, now, entry.interval_s or self._interval_s)

    def find_overdue(self) -> None:
        now = self._clock.monotonic()
        for node_id, entry in self._entries.items():
            if entry.state in _PRESENT and self._is_overdue(entry, now):
                self._set_state(node_id, entry, NodeState.OFFLINE)

    async def flush(self) -> None:
        """Write what came since the last flush, in one transaction: states, and reports with them."""
        if not self._dirty and not self._changed:
            return
        dirty, self._dirty = self._dirty, set()
        news, self._news = self._news, set()
        changed, self._changed = self._changed, {}
        abilities, self._abilities = self._abilities, set()
        entries = [(node_id, self._entries[node_id]) for node_id in dirty if node_id in self._entries]
        reports = [
            (node_id, entry.last_seen_at, entry.report)
            for node_id, entry in entries
            if entry.report is not None
        ]
        versions = [
            (entry.version, node_id) for node_id, entry in entries if entry.version != entry.stored_version
        ]
        # As it is now: who writes is another thread, and a node may have gone by then.
        said = {
            node_id: _said(entry.report)
            for node_id, entry in entries
            if entry.report is not None and node_id in news and node_id not in changed
        }
        now = self._clock.now()
        seen = NodesWritten(tuple(self._seen(node_id, dirty) for node_id in sorted(dirty | changed.keys())))

        def save(tx: Transaction) -> None:
            store.save_reports(tx, reports)
            store.save_agent_versions(tx, versions)
            self._save_states(tx, changed, now)
            self._announce(tx, PassingChange, "node.report", said, now)
            tx.emit(seen)
            for node_id in sorted(abilities):
                tx.emit(NodeKeepsPorts(node_id))

        try:
            await self._database.write(save)
        except BaseException:
            # Not written: they wait for the next flush, unless something newer came meanwhile.
            self._dirty |= dirty & self._entries.keys()
            self._news |= news & self._entries.keys()
            self._abilities |= abilities & self._entries.keys()
            self._changed = {**changed, **self._changed}
            raise
        for version, node_id in versions:
            if node_id in self._entries:
                self._entries[node_id].stored_version = version

    def _seen(self, node_id: str, dirty: Container[str]) -> SeenNode:
        entry = self._entry(node_id)
        return SeenNode(
            node_id, entry.state, entry.last_seen_at, entry.start_id, node_id in dirty, entry.interval_s
        )

    def _save_states(self, tx: Transaction, changed: Mapping[str, NodeState], now: int) -> None:
        store.save_states(tx, [(state, now, node_id) for node_id, state in changed.items()])
        for node_id, state in changed.items():
            tx.emit(NodeStateChanged(node_id, state))
        states = {node_id: {"state": state.value} for node_id, state in changed.items()}
        self._announce(tx, ResourceChanged, "node.state", states, now)

    def _announce(
        self,
        tx: Transaction,
        change: type[ResourceChanged],
        kind: str,
        data: Mapping[str, dict[str, Any]],
        now: int,
    ) -> None:
        """`data` by the ids of nodes."""
        for node_id, name, workspace_id in store.places(tx, list(data)):
            tx.emit(
                change(
                    at=now,
                    kind=kind,
                    resource_kind="node",
                    resource_id=node_id,
                    resource_name=name,
                    workspace_id=workspace_id,
                    data=data[node_id],
                )
            )

    async def run(self) -> None:
        """Look for quiet nodes once a second; write what has changed of a state or an ability at once, reports now
        and then; until cancelled."""
        attempts = Attempts(log, "heartbeats could not be written")
        flushed_at = trio.current_time()
        while True:
            await trio.sleep(LOOK_INTERVAL_S)
            self.find_overdue()
            if (
                not self._changed
                and not self._abilities
                and trio.current_time() < flushed_at + FLUSH_INTERVAL_S
            ):
                continue
            flushed_at = trio.current_time()
            with attempts:
                await self.flush()
