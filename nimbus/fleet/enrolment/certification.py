"""Certificates of nodes: signed outside of the database's writer, renewed when it is time, few at a time."""

from __future__ import annotations

import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment.rules import check_renewal
from nimbus.fleet.nodes.service import Nodes, resource
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.protocol.messages import RenewAnswer, RenewRequest
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.authority import Authority, IssuedCertificate, requested_key

# The one in use, the next, and one whose answer was lost.
LIVE_AT_MOST = 3


class Certification:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, authority: Authority, nodes: Nodes
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._authority = authority
        self._nodes = nodes
        # A signature takes milliseconds of one core: one after the other, beside the writer and the Trio thread.
        self._signing = trio.CapacityLimiter(1)

    async def sign(self, node_id: str, csr: str) -> IssuedCertificate:
        """Not stored yet, so good for nothing yet. Raises ValidationError."""
        now = self._clock.now()
        return await trio.to_thread.run_sync(
            self._authority.sign_node, csr, node_id, now, limiter=self._signing
        )

    def store(self, tx: Transaction, node_id: str, issued: IssuedCertificate, shown: str = "") -> None:
        """It is good from the commit on. Beyond a few the oldest end; not the one that was `shown`, by serial."""
        self._nodes.add_certificate(tx, node_id, issued)
        self._nodes.limit_certificates(tx, node_id, LIVE_AT_MOST, keep=(issued.serial, shown))

    async def renew(self, node_id: str, serial: str, request: RenewRequest) -> RenewAnswer:
        """A new certificate; the one that asked stays good until it expires, so that a lost answer is no harm.
        Raises ValidationError, RenewalTooEarly, RateLimited."""
        await self._database.read(lambda tx: self._check(tx, node_id, serial, request.csr))
        issued = await self.sign(node_id, request.csr)

        def renew(tx: Transaction) -> RenewAnswer:
            self._check(tx, node_id, serial)
            node = self._nodes.get(tx, node_id)
            self.store(tx, node.id, issued, serial)
            self._audit.record(
                tx,
                Actor(kind="node", id=node.id, name=node.name),
                "node.renew_certificate",
                resource(node),
                before={"serial": serial},
                after={"serial": issued.serial},
            )
            return RenewAnswer(certificate=issued.pem, ca=self._authority.trusted_pem)

        return await self._database.write(renew)

    def _check(self, tx: Transaction, node_id: str, serial: str, csr: str = "") -> None:
        node = self._nodes.get(tx, node_id)
        if node.auth != "mtls":
            raise Conflict("this node signs its requests: it has no certificate")
        if csr:
            requested_key(csr)
        check_renewal(
            self._nodes.certificates_of(tx, node.id), serial, self._clock.now(), self._authority.began_at
        )
