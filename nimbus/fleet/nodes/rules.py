"""Pure decisions of nodes."""

from __future__ import annotations

import functools
import re

import msgspec

from nimbus.fleet.nodes.records import (
    KnownCertificate,
    Node,
    NodePatch,
    NodeReport,
    NodeState,
    ShownCertificate,
    Standing,
)
from nimbus.kernel.errors import Conflict, invalid
from nimbus.protocol.messages import HealthCheck, Heartbeat, SystemMetrics
from nimbus.protocol.version import VERSION
from nimbus.wireguard.model import MTU_LIMITS

MISSED_INTERVALS = 3
# As the setting: a node that says more must not be taken for online for ever.
LONGEST_INTERVAL_S = 300.0
# What is kept of one heartbeat: a node that says more than any honest one must not fill memory and database.
MAX_ENTRIES = 64
MAX_TEXT = 500
_NUMBERED = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(.*)", re.DOTALL)


def kept_of(beat: Heartbeat) -> NodeReport:
    """The part of a heartbeat that is kept, cut to what an honest node says."""
    return NodeReport(
        metrics=beat.metrics,
        checks=tuple(
            HealthCheck(check.name[:MAX_TEXT], check.healthy, check.message[:MAX_TEXT])
            for check in beat.checks[:MAX_ENTRIES]
        ),
        alerts=tuple(alert[:MAX_TEXT] for alert in beat.alerts[:MAX_ENTRIES]),
        applied=dict(sorted((key[:MAX_TEXT], value) for key, value in beat.applied.items())[:MAX_ENTRIES]),
        mtu=beat.mtu if 0 < beat.mtu <= 65535 else 0,
        mtu_source=beat.mtu_source[:MAX_TEXT],
        listen_port=beat.listen_port if 0 < beat.listen_port <= 65535 else 0,
        mesh_via=beat.mesh_via if beat.mesh_via in ("udp", "tls") else "",
        keeps_ports=beat.keeps_ports,
        interval_s=min(beat.interval_s, LONGEST_INTERVAL_S) if beat.interval_s > 0 else 0.0,
    )


@functools.lru_cache(maxsize=256)
def is_outdated(version: str, present: str = VERSION) -> bool:
    """Whether an agent of this version is older than `present`. Of what is no version nothing is known."""
    its, ours = _NUMBERED.fullmatch(version), _NUMBERED.fullmatch(present)
    if its is None or ours is None:
        return False
    numbers = [tuple(int(number) for number in found.groups()[:3]) for found in (its, ours)]
    # Of equal numbers one with more behind them comes before the release (semver.org, 11.3).
    is_before = its[4].startswith("-") and not ours[4].startswith("-")
    return numbers[0] < numbers[1] or (numbers[0] == numbers[1] and is_before)


def load_of(metrics: SystemMetrics) -> tuple[float | None, float | None, float | None]:
    """CPU, memory and disk in percent; None: not measured yet."""
    is_measured = metrics.memory_total_bytes > 0
    return (
        metrics.cpu_percent if is_measured else None,
        _percent(metrics.memory_used_bytes, metrics.memory_total_bytes),
        _percent(metrics.disk_used_bytes, metrics.disk_total_bytes),
    )


def _percent(used: int, total: int) -> float | None:
    return 100 * used / total if total > 0 else None


def with_wireguard(node: Node, patch: NodePatch) -> Node:
    """With the port and MTU that a patch sets. Raises ValidationError, and Conflict where they have no meaning."""
    port = node.wanted_port if patch.wanted_port is None else patch.wanted_port
    mtu = node.wanted_mtu if patch.wanted_mtu is None else patch.wanted_mtu
    if (port, mtu) == (node.wanted_port, node.wanted_mtu):
        return node
    if not 0 <= port <= 65535:
        raise invalid("wanted_port", "must be a UDP port from 1 to 65535, or 0 for none that is set")
    if mtu and not MTU_LIMITS[0] <= mtu <= MTU_LIMITS[1]:
        raise invalid(
            "wanted_mtu", f"must be from {MTU_LIMITS[0]} to {MTU_LIMITS[1]} bytes, or 0 for as the way is"
        )
    if (port or mtu) and not node.overlay_ip:
        raise Conflict(
            f"the node {node.name!r} is not in the mesh: it has no WireGuard",
            next_step="Leave its port and MTU as they are, or have it join again with a token for the mesh.",
        )
    return msgspec.structs.replace(
        node, wanted_port=port, wanted_mtu=mtu, wanted_changes=node.wanted_changes + 1
    )


def state_after_heartbeat(checks: tuple[HealthCheck, ...]) -> NodeState:
    return NodeState.ONLINE if all(check.healthy for check in checks) else NodeState.DEGRADED


def is_overdue(heard_at: float, now: float, interval_s: float) -> bool:
    """Three intervals without a heartbeat: the node is Offline. Times of the monotonic clock."""
    return now - heard_at > MISSED_INTERVALS * interval_s


def standing_of(
    shown: ShownCertificate, *, row: KnownCertificate | None, node: Node | None, deleted: bool, newest: int
) -> Standing:
    """What a certificate of our authority is worth. `node` is the one that it names, if there is one; `deleted`:
    there was one; `newest`: when the newest certificate that the database knows of it was issued, revoked ones
    included.

    Every certificate is stored before it is handed out. So one that is not stored was issued by a history that
    this database has lost, and only one that is newer than all that is stored can be the node's present one:
    what is older was replaced, or revoked, by something that the database knows."""
    if row is not None:
        good = not row.revoked and row.node_id == shown.node_id and node is not None
        return Standing.GOOD if good else Standing.REVOKED
    if deleted:
        return Standing.REVOKED
    if node is None or node.auth != "mtls" or shown.issued_at <= newest:
        return Standing.UNKNOWN
    if shown.in_mesh and shown.source != node.overlay_ip:
        return Standing.UNKNOWN
    return Standing.LOST
