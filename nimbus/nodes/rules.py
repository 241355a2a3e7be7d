"""Pure decisions of nodes."""

from __future__ import annotations

from nimbus.nodes.records import NodeState
from nimbus.protocol.messages import HealthCheck

MISSED_INTERVALS = 3


def state_after_heartbeat(checks: tuple[HealthCheck, ...]) -> NodeState:
    return NodeState.ONLINE if all(check.healthy for check in checks) else NodeState.DEGRADED


def is_overdue(last_seen_at: int, now: int, interval_us: int) -> bool:
    """Three intervals without a heartbeat: the node is Offline."""
    return now - last_seen_at > MISSED_INTERVALS * interval_us
