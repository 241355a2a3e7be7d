"""Types of metrics."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from nimbus.fleet.nodes.records import NodeState
from nimbus.fleet.tasks.records import TaskState
from nimbus.kernel.clock import MICROSECONDS
from nimbus.kernel.shapes import Moment, matching, whole
from nimbus.records.audit.moments import from_rfc3339

# Name to unit. The order is the one of the stored columns: new ones come at the end.
UNITS = {
    "cpu": "percent",
    "load": "processes",
    "memory_used": "bytes",
    "memory_total": "bytes",
    "disk_used": "bytes",
    "disk_total": "bytes",
    "network_rx": "bytes_per_second",
    "network_tx": "bytes_per_second",
}
METRICS = tuple(UNITS)
GROUPS = {
    "memory": ("memory_used", "memory_total"),
    "disk": ("disk_used", "disk_total"),
    "network": ("network_rx", "network_tx"),
}
# How many nodes had something to say; of the fleet only.
NODES = "nodes"
MAX_STEP_S = 24 * 3600
MAX_MOMENT = 253_402_300_800 * MICROSECONDS

_WORD = f" *({'|'.join((*UNITS, *GROUPS))})? *"
_METRICS = f"{_WORD}(,{_WORD})*"


class FleetMetricsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`metric`: names by commas; "": all. `since` and `until` are RFC 3339; without them the last hour. `step` in
    seconds; 0: as fine as there is, in at most about 1,000 points."""

    metric: Annotated[str, matching(_METRICS)] = ""
    since: Moment | None = None
    until: Moment | None = None
    step: Annotated[int, whole(0, MAX_STEP_S)] = 0

    def __post_init__(self) -> None:
        for name in self.names:
            if name not in UNITS:
                known = ", ".join((*UNITS, *GROUPS))
                raise ValueError(f"metric: {name!r} is no metric; known: {known}")
        if not 0 <= self.step <= MAX_STEP_S:
            raise ValueError(f"step must be from 0 to {MAX_STEP_S}")
        for field, text in (("since", self.since), ("until", self.until)):
            if text is not None:
                try:
                    if not 0 <= from_rfc3339(text) < MAX_MOMENT:
                        raise ValueError("there is no such time here")
                except ValueError as error:
                    raise ValueError(f"{field}: {error}") from None

    @property
    def names(self) -> tuple[str, ...]:
        """What is asked for, each once, groups as their members; all: when nothing is."""
        words = [word.strip() for word in self.metric.split(",") if word.strip()]
        names = [name for word in words for name in GROUPS.get(word, (word,))]
        return tuple(dict.fromkeys(names)) or METRICS


class MetricsQuery(FleetMetricsQuery, forbid_unknown_fields=True, kw_only=True):
    """As of the fleet; `node` is a name or an id."""

    node: str


Points = list[float | None]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One metric, a value for each of the timestamps; null: nothing is known of then. `min` and `max` are null
    where each point is one sample."""

    metric: str
    unit: str
    avg: Points
    min: Points | None
    max: Points | None


class NodeMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Columns for a chart. `timestamps` are Unix seconds at which steps of `step` seconds begin; `resolution` is
    that of what they are made of, in seconds."""

    node_id: str
    node: str
    workspace_id: str
    since: str
    until: str
    step: int
    resolution: int
    timestamps: list[int]
    series: list[Series]


class FleetMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """As of a node, summed up over nodes (cpu and load: their average); the first series counts the nodes."""

    since: str
    until: str
    step: int
    resolution: int
    timestamps: list[int]
    series: list[Series]


class NodeCounts(msgspec.Struct, frozen=True):
    """`states` has every state."""

    total: int
    states: dict[NodeState, int]


class TaskCounts(msgspec.Struct, frozen=True):
    """`states` has every state; of finished ones those that were created since `since`."""

    since: str
    states: dict[TaskState, int]


class FleetLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What the nodes that are there said last. Averages are null when there are none, rates until known."""

    nodes: int
    cpu_percent: float | None
    load_1m: float | None
    memory_used_bytes: int
    memory_total_bytes: int
    disk_used_bytes: int
    disk_total_bytes: int
    network_rx_bytes_per_s: float | None
    network_tx_bytes_per_s: float | None


ReasonCode = Literal["offline", "degraded", "certificate_expiring", "disk_full"]


class Reason(msgspec.Struct, frozen=True):
    code: ReasonCode
    message: str


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """A node that needs attention, and why."""

    node_id: str
    node: str
    workspace_id: str
    workspace: str
    state: NodeState
    reasons: tuple[Reason, ...]


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """The fleet at a glance, of what the caller can read. `tasks` is null for a caller who can read none. Of those
    that need attention at most 100 are named, the worst first; `attention_total` are all, `attention_reasons` how
    many by reason: a node can have several."""

    at: str
    nodes: NodeCounts
    tasks: TaskCounts | None
    load: FleetLoad
    attention: list[Attention]
    attention_total: int
    attention_reasons: dict[str, int]


class BacklogTaken(msgspec.Struct, frozen=True):
    """Event: a node has brought samples of before, which are stored: in blocks that begin at `starts`. In `minutes`
    (Unix seconds) nothing had been known of it."""

    node_id: str
    starts: tuple[int, ...]
    minutes: tuple[int, ...]


class BacklogTakenElsewhere(msgspec.Struct, frozen=True):
    """Event: it has brought them to another control plane on this database."""

    node_id: str
    starts: tuple[int, ...]
    minutes: tuple[int, ...]
