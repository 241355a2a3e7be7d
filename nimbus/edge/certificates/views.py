"""Certificates as the API shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nimbus.db import Transaction
from nimbus.edge.certificates import store
from nimbus.edge.certificates.issuing import store as issuances
from nimbus.edge.certificates.issuing.records import Issuance
from nimbus.edge.certificates.issuing.rules import issuance_view
from nimbus.edge.certificates.records import (
    Certificate,
    CertificateUse,
    CertificateVersion,
    CertificateVersionView,
    EdgeCertificateView,
)
from nimbus.edge.certificates.rules import state_of
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.people.organizations.service import Organizations

# What serves each of these certificates.
Uses = Callable[[Transaction, Sequence[str]], Mapping[str, Sequence[CertificateUse]]]


class Views:
    def __init__(self, clock: Clock, organizations: Organizations, uses: Uses) -> None:
        self._clock, self._organizations, self.uses = clock, organizations, uses

    def of(
        self, tx: Transaction, found: Sequence[Certificate], notes: Sequence[str] = ()
    ) -> list[EdgeCertificateView]:
        versions = store.current_versions(tx, found)
        ordered = issuances.of(tx, [one.id for one in found])
        uses = self.uses(tx, [one.id for one in found])
        names = self._organizations.workspace_names(tx, frozenset(one.workspace_id for one in found))
        return [
            self._view(
                one,
                versions.get(one.id),
                ordered.get(one.id),
                names[one.workspace_id],
                uses.get(one.id, ()),
                notes,
            )
            for one in found
        ]

    def _view(
        self,
        certificate: Certificate,
        version: CertificateVersion | None,
        ordered: Issuance | None,
        workspace: str,
        uses: Sequence[CertificateUse],
        notes: Sequence[str],
    ) -> EdgeCertificateView:
        return EdgeCertificateView(
            id=certificate.id,
            workspace_id=certificate.workspace_id,
            workspace=workspace,
            name=certificate.name,
            description=certificate.description,
            labels=certificate.labels,
            state=state_of(certificate.not_after, self._clock.now()),
            version=certificate.version,
            names=version.names if version else ordered.domains if ordered else (),
            key_type=version.key_type if version else "",
            issuer=version.issuer if version else "",
            serial=version.serial if version else "",
            fingerprint=version.fingerprint if version else "",
            not_before=to_rfc3339(version.not_before) if version else None,
            not_after=to_rfc3339(version.not_after) if version else None,
            issuance=issuance_view(ordered, self._clock.now()) if ordered else None,
            used_by=tuple(uses),
            notes=tuple(notes),
            created_by=certificate.created_by,
            created_at=to_rfc3339(certificate.created_at),
            updated_at=to_rfc3339(certificate.updated_at),
            revision=certificate.revision,
        )


def version_view(version: CertificateVersion, current: int) -> CertificateVersionView:
    return CertificateVersionView(
        number=version.number,
        current=version.number == current,
        names=version.names,
        key_type=version.key_type,
        issuer=version.issuer,
        serial=version.serial,
        fingerprint=version.fingerprint,
        not_before=to_rfc3339(version.not_before),
        not_after=to_rfc3339(version.not_after),
        created_by=version.created_by,
        created_at=to_rfc3339(version.created_at),
    )
