"""SQL of what nodes know of the certificate authority."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.certificate_authority.rules import CHANGES, NodeTrust


class _Report(msgspec.Struct):
    applied: dict[str, int] = {}


_report = msgspec.json.Decoder(_Report)


def newest_change(tx: Transaction) -> tuple[str, str] | None:
    """Of what the audit log says of the authority the newest: the action, and the fingerprint of the one that signs
    from then on."""
    row = tx.one(
        "SELECT action, resource_id FROM audit_log WHERE resource_kind = 'ca' AND action IN (?, ?)"
        " AND outcome = 'ok' ORDER BY sequence DESC LIMIT 1",
        CHANGES,
    )
    return (row["action"], row["resource_id"]) if row else None


def trusts(tx: Transaction, section: str, now: int) -> list[NodeTrust]:
    """Every node that has something to lose: with a good certificate, or without any because it signs its
    requests."""
    rows = tx.all(
        "SELECT nodes.id, nodes.name, nodes.auth, node_reports.report,"
        " (SELECT MAX(issued_at) FROM node_certificates AS c"
        " WHERE c.node_id = nodes.id AND c.revoked_at IS NULL AND c.expires_at > ?) AS issued_at"
        " FROM nodes LEFT JOIN node_reports ON node_reports.node_id = nodes.id WHERE nodes.deleted_at IS NULL",
        (now,),
    )
    return [
        NodeTrust(
            row["id"],
            row["name"],
            row["issued_at"],
            _report.decode(row["report"]).applied.get(section, 0) if row["report"] else 0,
        )
        for row in rows
        if row["issued_at"] is not None or row["auth"] != "mtls"
    ]
