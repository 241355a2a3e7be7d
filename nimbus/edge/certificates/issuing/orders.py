"""The door to orders for operators."""

from __future__ import annotations

import msgspec

from nimbus.db import Database, Transaction
from nimbus.edge.certificates import store as certificates
from nimbus.edge.certificates.issuing import store
from nimbus.edge.certificates.issuing.records import CertificateOrder, Issuance
from nimbus.edge.certificates.issuing.rules import checked_domains
from nimbus.edge.certificates.records import Certificate, EdgeCertificateView
from nimbus.edge.certificates.service import CERTIFICATE, auditable, check_free, check_own_name, resource
from nimbus.edge.certificates.views import Views
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.described import checked_words
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.service import AuditLog


class CertificateOrders:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, organizations: Organizations, views: Views
    ) -> None:
        self._database, self._clock, self._audit = database, clock, audit
        self._organizations, self._views = organizations, views

    async def order(
        self, actor: Actor, request: CertificateOrder, workspace: str = ""
    ) -> EdgeCertificateView:
        """A certificate without a version yet, which is ordered at once."""
        if workspace and request.workspace:
            raise invalid("workspace", "is named by the query already")
        words = checked_words(request, check_own_name)
        domains = checked_domains(request.domains, request.challenge)

        def order(tx: Transaction) -> EdgeCertificateView:
            reference = workspace or request.workspace
            home = self._organizations.resolve(tx, actor, Permission.CERTIFICATE_WRITE, reference)
            now = self._clock.now()
            certificate = Certificate(
                id=new_id(),
                workspace_id=home.id,
                version=0,
                not_after=0,
                created_by=actor.name,
                created_at=now,
                updated_at=now,
                **words,
            )
            check_free(tx, certificate)
            certificates.insert(tx, certificate)
            issuance = Issuance(
                certificate_id=certificate.id,
                domains=domains,
                challenge=request.challenge,
                key_type=request.key_type,
                next_at=now,
            )
            store.insert(tx, issuance)
            facts = {"domains": list(domains), "challenge": request.challenge}
            after = {**auditable(certificate), **facts}
            self._audit.record(tx, actor, "certificate.create", resource(certificate), after=after)
            return self._views.of(tx, [certificate])[0]

        return await self._database.write(order)

    async def renew(self, actor: Actor, target: Target) -> EdgeCertificateView:
        """Now, whatever waits."""

        def renew(tx: Transaction) -> EdgeCertificateView:
            certificate = CERTIFICATE.resolve(
                tx, self._organizations, actor, Permission.CERTIFICATE_WRITE, target
            )
            target.check_revision(certificate.revision)
            issuance = store.get(tx, certificate.id)
            if issuance is None:
                raise Conflict(
                    f"the certificate {certificate.name} was uploaded, not ordered",
                    next_step=f"Upload a newer one: nimbus certificate replace {certificate.name}",
                )
            now = self._clock.now()
            store.update(tx, msgspec.structs.replace(issuance, renew_at=0, next_at=now))
            self._audit.record(tx, actor, "certificate.renew", resource(certificate))
            return self._views.of(tx, [certificate])[0]

        return await self._database.write(renew)
