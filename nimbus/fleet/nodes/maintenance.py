"""Maintenance: an operator says that a node is being worked on, why, and until when; it ends by itself then.

What it means: the node is shown in this state, and as none that needs attention (`Nodes.unwell`, which alerts are
to go by). Its tasks run as ever.
"""

from __future__ import annotations

import msgspec

from nimbus.fleet.nodes.records import Maintenance, Node, NodePatch
from nimbus.kernel.clock import from_seconds, to_rfc3339
from nimbus.kernel.errors import invalid
from nimbus.kernel.naming import check_text
from nimbus.records.audit.moments import from_rfc3339

LONGEST_S = 366 * 86400


def with_maintenance(node: Node, patch: NodePatch, by: str, now: int) -> Node:
    """As a patch has it, by whom. Raises ValidationError."""
    wanted = node.maintenance if patch.maintenance is None else patch.maintenance
    reason, until = patch.maintenance_reason, patch.maintenance_until
    if not wanted:
        for name, value in (("maintenance_reason", reason), ("maintenance_until", until)):
            if value:
                raise invalid(name, "is for a node in maintenance: set maintenance to true")
        return ended(node) if node.maintenance else node
    # What starts again starts with nothing said; what goes on keeps what is not named.
    goes_on = node if node.maintenance else ended(node)
    return msgspec.structs.replace(
        goes_on,
        maintenance=True,
        maintenance_by=goes_on.maintenance_by or by,
        maintenance_since=goes_on.maintenance_since or now,
        maintenance_reason=(
            goes_on.maintenance_reason if reason is None else check_text(reason, "maintenance_reason")
        ),
        maintenance_until=goes_on.maintenance_until if until is None else _end(until, now),
    )


def _end(text: str, now: int) -> int | None:
    """ "": an operator ends it."""
    if not text:
        return None
    try:
        end = from_rfc3339(text)
    except ValueError as error:
        raise invalid("maintenance_until", str(error)) from None
    if not now < end <= now + from_seconds(LONGEST_S):
        raise invalid("maintenance_until", "must be in the future, within a year")
    return end


def ended(node: Node) -> Node:
    return msgspec.structs.replace(
        node,
        maintenance=False,
        maintenance_by="",
        maintenance_since=None,
        maintenance_reason="",
        maintenance_until=None,
    )


def view_of(
    maintenance: object, since: int | None, until: int | None, reason: str, by: str
) -> Maintenance | None:
    """As the API shows it; `maintenance` is whether there is one."""
    if not maintenance:
        return None
    return Maintenance(
        since=to_rfc3339(since) if since is not None else None,
        until=to_rfc3339(until) if until is not None else None,
        reason=reason,
        by=by,
    )


def auditable(node: Node) -> dict[str, object]:
    until = node.maintenance_until
    return {
        "maintenance": node.maintenance,
        "maintenance_reason": node.maintenance_reason,
        "maintenance_until": to_rfc3339(until) if until is not None else None,
    }


def action_of(before: Node, after: Node) -> str:
    """What the audit log and the events call a change."""
    is_all = msgspec.structs.replace(
        ended(before), updated_at=after.updated_at, revision=after.revision
    ) == ended(after)
    if before.maintenance == after.maintenance or not is_all:
        return "node.update"
    return "node.maintenance_start" if after.maintenance else "node.maintenance_end"
