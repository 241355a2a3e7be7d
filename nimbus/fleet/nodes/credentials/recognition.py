"""A certificate of this control plane's authority that is not among those kept in memory: whose is it?

The database is what decides; memory is there to decide most connections at once. A certificate that the database
does not know either was issued by a later history of this control plane: a backup was restored, or an older copy
promoted. Its node is taken back (`rules.standing_of` says when), and the audit log tells.
"""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.fleet.nodes import store
from nimbus.fleet.nodes.credentials import store as credential_store
from nimbus.fleet.nodes.records import CertificateIssued, CertificateRow, ShownCertificate, Standing
from nimbus.fleet.nodes.rules import standing_of
from nimbus.fleet.nodes.service import resource
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import to_rfc3339
from nimbus.records.audit.service import AuditLog


class Recognition:
    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    def recognise(self, tx: Transaction, shown: ShownCertificate) -> Standing:
        """What the certificate is worth from now on; one that becomes good is told by an event."""
        node = store.get(tx, shown.node_id)
        standing = standing_of(
            shown,
            row=credential_store.certificate(tx, shown.serial),
            node=node,
            deleted=node is None and bool(store.name_of(tx, shown.node_id)),
            newest=credential_store.newest_issue(tx, shown.node_id),
        )
        if standing is Standing.LOST and node is not None:
            credential_store.insert_certificate(
                tx,
                CertificateRow(
                    shown.serial, shown.node_id, shown.issued_at, shown.expires_at, shown.fingerprint
                ),
            )
            self._audit.record(
                tx,
                Actor(kind="node", id=node.id, name=node.name, source=shown.source),
                "node.adopt_certificate",
                resource(node),
                after={"serial": shown.serial, "issued_at": to_rfc3339(shown.issued_at)},
            )
        if standing in (Standing.GOOD, Standing.LOST):
            tx.emit(CertificateIssued(shown.node_id, shown.serial, shown.expires_at))
            return Standing.GOOD
        return standing
