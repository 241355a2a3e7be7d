"""One identity at two places: a cloned disk, a copied folder, two agents. Which run of its agent speaks for a node.

    the first run speaks                 it is served
    an unknown one speaks                it is served: the agent was started again
    one speaks again that had stopped    a return; the older of the two is served
    a few returns                        the node runs twice: who is served stays served, the other is refused and
                                         asks less and less often
    who is served falls silent           the other is served

An agent that is started again never comes back as the run that it was: one return may be a message that was late, a
few are two agents. While a node runs twice, a new run from where the served one is takes its place.
"""

from __future__ import annotations

import logging

from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.protocol.messages import Instance

RETURNS = 3
SILENT_INTERVALS = 3
# Two that share a WireGuard key cut each other off for some 15 s at a time: silence that long says nothing.
SILENT_AT_LEAST_S = 60.0
# As long as that a run may be kept from speaking by the other, before it counts as gone.
REMEMBERED_S = 120.0
# Each try of the one that is refused takes the WireGuard session of the other, for some seconds.
FIRST_WAIT_S = 300.0
LAST_WAIT_S = 1800.0
_REMEMBERED_RUNS = 8
_MAX_TEXT = 100
log = logging.getLogger("nimbus.nodes")


class NodeRunsTwice(Conflict):
    """`retry_after_s`: when the run that is refused may ask again."""

    code = "NODE_RUNS_TWICE"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(
            message,
            next_step="Stop one. On the copy: nimbus-agent leave --local --yes, then join with a token of its own.",
        )
        self.retry_after_s = retry_after_s


class _Run:
    """One run of an agent; times by the monotonic clock."""

    __slots__ = ("first_at", "forgotten_at", "instance", "last_at", "refusals", "source")

    def __init__(self, instance: Instance, source: str, now: float) -> None:
        self.instance, self.source = instance, source
        self.first_at = self.last_at = self.forgotten_at = now
        self.refusals = 0

    def is_where(self, other: _Run) -> bool:
        """Whether both are on one machine, as far as can be told: copies share names and the machine's id."""
        mine, others = self.instance, other.instance
        if mine.boot and others.boot:
            return mine.boot == others.boot
        return bool(self._address()) and self._address() == other._address()

    def _address(self) -> str:
        return self.instance.address or self.source

    def where(self) -> str:
        """For people: which machine, and how to tell it from the other."""
        instance = self.instance
        words = [f"{instance.hostname or 'a machine'} at {self._address() or 'an unknown address'}"]
        details = {"machine": instance.machine, "boot": instance.boot, "run": instance.id[:8]}
        words += [f"{name} {value}" for name, value in details.items() if value]
        return ", ".join(word[:_MAX_TEXT] for word in words)


class _Node:
    __slots__ = ("returns", "runs", "served", "speaker")

    def __init__(self) -> None:
        self.served = self.speaker = ""
        self.returns = 0
        self.runs: dict[str, _Run] = {}

    @property
    def runs_twice(self) -> bool:
        return self.returns >= RETURNS and len(self.runs) > 1


class Instances:
    """Belongs to the Trio thread. `interval_s` is of heartbeats."""

    def __init__(self, clock: Clock, interval_s: float) -> None:
        self._clock = clock
        self._silence_s = max(SILENT_AT_LEAST_S, SILENT_INTERVALS * interval_s)
        self._nodes: dict[str, _Node] = {}

    def heartbeat(self, node_id: str, instance: Instance | None, source: str) -> str:
        """A heartbeat of this run, from that address; what is wrong with the node, "" when nothing is. An older
        agent does not say which run it is. Raises NodeRunsTwice for a run that is not served."""
        if instance is None or not instance.id:
            return ""
        now = self._clock.monotonic()
        node = self._nodes.setdefault(node_id, _Node())
        _forget_old(node, instance.id, now)
        known = node.runs.get(instance.id)
        run = known or _Run(instance, source, now)
        node.runs[instance.id] = run
        if node.speaker != instance.id and known is not None:
            node.returns += 1
        node.speaker = instance.id
        if node.served != instance.id:
            self._decide(node, run, is_new=known is None, now=now)
        run.instance, run.source, run.last_at = instance, source, now
        run.forgotten_at = now + REMEMBERED_S
        if not node.runs_twice:
            return ""
        served = node.runs[node.served]
        if run is not served:
            raise self._refusal(node_id, run, served, now)
        others = "; and on ".join(
            f"{other.where()}, heard of {now - other.last_at:.0f} s ago"
            for other in node.runs.values()
            if other is not served
        )
        return f"this node runs twice: on {served.where()}, which is served; and on {others}"

    def _refusal(self, node_id: str, run: _Run, served: _Run, now: float) -> NodeRunsTwice:
        run.refusals += 1
        wait: float = min(LAST_WAIT_S, FIRST_WAIT_S * 2 ** min(run.refusals - 1, 16))
        run.forgotten_at = now + 1.5 * wait + REMEMBERED_S
        message = f"this node runs twice: here, on {run.where()}; and, served, on {served.where()}"
        if run.refusals == 1:
            log.warning("node %s: %s", node_id, message)
        return NodeRunsTwice(message, wait)

    def check(self, node_id: str, instance_id: str) -> None:
        """Raises NodeRunsTwice for a run that is not served."""
        node = self._nodes.get(node_id)
        if node is None or instance_id not in node.runs or instance_id == node.served or not node.runs_twice:
            return
        served = node.runs[node.served]
        raise NodeRunsTwice(f"this node runs twice: it is served on {served.where()}", FIRST_WAIT_S)

    def check_once(self, node_id: str) -> None:
        """Raises NodeRunsTwice for a node of which two agents speak: what one of them asks for would hit the
        other."""
        node = self._nodes.get(node_id)
        if node is not None and node.runs_twice:
            raise NodeRunsTwice("this node runs twice: leaving would take it from the other agent too", 0.0)

    def forget(self, event: NodeRevoked) -> None:
        self._nodes.pop(event.node_id, None)

    def _decide(self, node: _Node, run: _Run, *, is_new: bool, now: float) -> None:
        """Whether a run that is not the served one takes its place."""
        served = node.runs.get(node.served)
        if served is None or now - served.last_at > self._silence_s:
            takes = True
        elif is_new:
            takes = not node.runs_twice or run.is_where(served)
        else:
            takes = not node.runs_twice and run.first_at < served.first_at
        if takes:
            node.served = run.instance.id
            run.refusals = 0


def _forget_old(node: _Node, but: str, now: float) -> None:
    for gone in [each for each, run in node.runs.items() if run.forgotten_at < now and each != but]:
        del node.runs[gone]
    while len(node.runs) >= _REMEMBERED_RUNS and but not in node.runs:
        del node.runs[min(node.runs, key=lambda each: node.runs[each].last_at)]
    if len(node.runs) < 2:
        node.returns = 0
