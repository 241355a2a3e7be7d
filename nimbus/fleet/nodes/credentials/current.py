"""What a node shows who it is with, as it is told to operators."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.fleet.nodes.credentials import store
from nimbus.fleet.nodes.records import CertificateRow, NodeCertificate
from nimbus.kernel.clock import to_rfc3339


def current_certificate(tx: Transaction, node_id: str) -> NodeCertificate | None:
    """The newest that is not revoked; None for a node without one."""
    rows = store.certificates_of(tx, node_id)
    return _shown(rows[0], renewed=len(rows) > 1) if rows else None


def revocable(tx: Transaction, node_id: str, now: int) -> tuple[tuple[NodeCertificate, ...], int]:
    """The certificates that are good, newest first, and how many session keys there are: what a deletion ends."""
    rows = store.certificates_of(tx, node_id)
    live = tuple(
        _shown(row, renewed=number < len(rows))
        for number, row in enumerate(rows, start=1)
        if row.expires_at > now
    )
    return live, len(store.session_keys(tx, node_id))


def _shown(row: CertificateRow, *, renewed: bool) -> NodeCertificate:
    issued = to_rfc3339(row.issued_at)
    return NodeCertificate(
        serial=row.serial,
        issued_at=issued,
        renewed_at=issued if renewed else None,
        not_after=to_rfc3339(row.expires_at),
        fingerprint=row.fingerprint or None,
    )
