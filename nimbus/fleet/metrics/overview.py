"""The fleet at a glance: from memory and from indexes, in proportion to what is shown."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.metrics.history import History, Newest
from nimbus.fleet.metrics.records import Attention, Fleet, FleetLoad, NodeCounts, Reason, TaskCounts
from nimbus.fleet.nodes.records import NodeBrief, NodeReport, NodeState
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, optional_rfc3339, to_rfc3339, to_the_second
from nimbus.people.organizations.service import Organizations

MAX_NAMED = 100
FINISHED_SINCE_S = 24 * 3600
CERTIFICATE_S = 14 * 24 * 3600
FULL = 0.9
Within = frozenset[str] | None
# Whether a node is there.
IsPresent = Callable[[str], bool]


class _Found(msgspec.Struct, frozen=True):
    """Nodes that need attention: all of them, and what is known of those that are named."""

    nodes: dict[str, NodeBrief]
    ends: dict[str, int]
    full: frozenset[str]


class Overview:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        organizations: Organizations,
        nodes: Nodes,
        tasks: Tasks,
        history: History,
        is_present: IsPresent,
    ) -> None:
        self._database = database
        self._clock = clock
        self._organizations = organizations
        self._nodes = nodes
        self._tasks = tasks
        self._history = history
        self._is_present = is_present

    async def show(self, actor: Actor, workspace: str = "") -> Fleet:
        actor.require(Permission.AGENT_READ)
        newest = await self._history.newest()
        present = {node_id: last for node_id, last in newest.items() if self._is_present(node_id)}
        return await self._database.read(lambda tx: self._fleet(tx, actor, workspace, present))

    def _fleet(self, tx: Transaction, actor: Actor, workspace: str, present: Mapping[str, Newest]) -> Fleet:
        now = self._clock.now()
        within = self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace)
        states = self._nodes.state_counts(tx, within)
        visible = {
            node_id: last
            for node_id, last in present.items()
            if within is None or last.workspace_id in within
        }
        found = self._found(tx, within, visible, now)
        return Fleet(
            at=to_rfc3339(now),
            nodes=NodeCounts(sum(states.values()), states),
            tasks=self._task_counts(tx, actor, workspace, now),
            load=load_of(visible.values()),
            attention=self._named(tx, found),
            attention_total=len(found.nodes),
            attention_reasons=_counted(found),
        )

    def _task_counts(self, tx: Transaction, actor: Actor, workspace: str, now: int) -> TaskCounts | None:
        if not actor.holds_somewhere(Permission.TASK_READ):
            return None
        within = actor.workspaces_with(Permission.TASK_READ)
        if workspace:
            named = self._organizations.resolve(tx, actor, Permission.AGENT_READ, workspace)
            if not actor.holds(Permission.TASK_READ, named.id):
                return None
            within = frozenset({named.id})
        since = now - from_seconds(FINISHED_SINCE_S)
        return TaskCounts(to_rfc3339(since), self._tasks.state_counts(tx, within, since))

    def _found(self, tx: Transaction, within: Within, visible: Mapping[str, Newest], now: int) -> _Found:
        ends = self._nodes.certificate_ends(tx, now + from_seconds(CERTIFICATE_S))
        full = frozenset(node_id for node_id, newest in visible.items() if is_full(newest))
        others = self._nodes.briefly(tx, sorted({*ends, *full}), within)
        # Whoever took a node out of service knows what is the matter with it.
        nodes = [node for node in others if node.state not in (NodeState.MAINTENANCE, NodeState.PENDING)]
        nodes += self._nodes.unwell(tx, within)
        nodes.sort(key=_worst_first)
        return _Found({node.id: node for node in nodes}, ends, full)

    def _named(self, tx: Transaction, found: _Found) -> list[Attention]:
        named = _spread(list(found.nodes.values()))
        reports = self._nodes.last_reports(tx, [node.id for node in named])
        workspaces = self._organizations.workspace_names(tx, frozenset(node.workspace_id for node in named))
        return [
            Attention(
                node_id=node.id,
                node=node.name,
                workspace_id=node.workspace_id,
                workspace=workspaces[node.workspace_id],
                state=node.state,
                reasons=tuple(_reasons(node, found, *reports[node.id])),
            )
            for node in named
        ]


_WORST = (NodeState.OFFLINE, NodeState.DEGRADED)


def _worst_first(node: NodeBrief) -> tuple[object, ...]:
    # Words and numbers in turns: web-2 before web-10.
    parts = re.split("([0-9]+)", node.name)
    natural = tuple((part, 0) if at % 2 == 0 else ("", int(part)) for at, part in enumerate(parts))
    return _rank(node), natural, node.id


def _rank(node: NodeBrief) -> int:
    return _WORST.index(node.state) if node.state in _WORST else len(_WORST)


def _spread(nodes: Sequence[NodeBrief]) -> list[NodeBrief]:
    """The first of them, with some of each state: none hides behind hundreds that are offline."""
    firsts: list[NodeBrief] = []
    taken: Counter[int] = Counter()
    for node in nodes:
        rank = _rank(node)
        taken[rank] += 1
        if taken[rank] <= MAX_NAMED // (len(_WORST) + 1):
            firsts.append(node)
    chosen = {node.id for node in firsts}
    others = [node for node in nodes if node.id not in chosen]
    return sorted(firsts + others[: MAX_NAMED - len(firsts)], key=_worst_first)


def _counted(found: _Found) -> dict[str, int]:
    """How many nodes there are of each reason."""
    states = Counter(node.state for node in found.nodes.values())
    counts = {
        "offline": states[NodeState.OFFLINE],
        "degraded": states[NodeState.DEGRADED],
        "certificate_expiring": len(found.ends.keys() & found.nodes.keys()),
        "disk_full": len(found.full & found.nodes.keys()),
    }
    return {reason: number for reason, number in counts.items() if number}


def _reasons(
    node: NodeBrief, found: _Found, last_seen_at: int | None, report: NodeReport
) -> Iterable[Reason]:
    if node.state is NodeState.OFFLINE:
        yield Reason("offline", f"no heartbeat since {optional_rfc3339(last_seen_at) or 'it joined'}")
    if node.state is NodeState.DEGRADED:
        failing = [check for check in report.checks if not check.healthy]
        what = "; ".join(f"{check.name}: {check.message}".removesuffix(": ") for check in failing)
        yield Reason("degraded", what or "a health check fails")
    if node.id in found.ends:
        yield Reason("certificate_expiring", f"its certificate ends at {to_the_second(found.ends[node.id])}")
    if node.id in found.full:
        yield Reason("disk_full", f"the root file system is over {FULL:.0%} full")


def is_full(one: Newest) -> bool:
    return one.metrics.disk_used_bytes > FULL * one.metrics.disk_total_bytes > 0


def load_of(present: Iterable[Newest]) -> FleetLoad:
    nodes = list(present)
    said = [one.metrics for one in nodes]
    return FleetLoad(
        nodes=len(nodes),
        cpu_percent=_average([metrics.cpu_percent for metrics in said]),
        load_1m=_average([metrics.load_1m for metrics in said]),
        memory_used_bytes=sum(metrics.memory_used_bytes for metrics in said),
        memory_total_bytes=sum(metrics.memory_total_bytes for metrics in said),
        disk_used_bytes=sum(metrics.disk_used_bytes for metrics in said),
        disk_total_bytes=sum(metrics.disk_total_bytes for metrics in said),
        network_rx_bytes_per_s=_sum([one.network[0] for one in nodes]),
        network_tx_bytes_per_s=_sum([one.network[1] for one in nodes]),
    )


def _average(figures: Sequence[float]) -> float | None:
    return round(math.fsum(figures) / len(figures), 2) if figures else None


def _sum(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return round(math.fsum(known), 1) if known else None
