"""Versions of certificates: sealed in, opened for the edges that serve them. No permissions here, and no audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nimbus.db import Transaction
from nimbus.edge.certificates import store
from nimbus.edge.certificates.chains import Checked
from nimbus.edge.certificates.issuing import store as issuances
from nimbus.edge.certificates.records import Certificate, CertificateVersion
from nimbus.edge.certificates.rules import KEPT_VERSIONS
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import is_id
from nimbus.kernel.revisions import revised
from nimbus.kernel.sealing import Sealer
from nimbus.protocol.edge import CertificateFiles, EdgeCertificate

# Told in the transaction in which a certificate gets another version.
Changed = Callable[[Transaction, EdgeCertificate], Any]


class Keeping:
    """Methods run inside transactions."""

    def __init__(self, clock: Clock, sealer: Sealer, changed: Changed) -> None:
        self._clock, self._sealer, self._changed = clock, sealer, changed

    def add(self, tx: Transaction, certificate: Certificate, checked: Checked, created_by: str) -> None:
        """As its current version. Of older ones only the newest are kept."""
        number = certificate.version
        version = CertificateVersion(
            certificate_id=certificate.id,
            number=number,
            chain=checked.chain,
            sealed_key=self._sealer.seal(checked.key, key_context(certificate.id, number)),
            names=checked.names,
            key_type=checked.key_type,
            serial=checked.serial,
            issuer=checked.issuer,
            fingerprint=checked.fingerprint,
            not_before=checked.not_before,
            not_after=checked.not_after,
            created_by=created_by,
            created_at=self._clock.now(),
        )
        store.insert_version(tx, version, kept=KEPT_VERSIONS)
        self._changed(tx, _served(certificate, version))

    def replaced(
        self, tx: Transaction, present: Certificate, checked: Checked, created_by: str
    ) -> Certificate:
        changed = revised(
            present,
            self._clock.now(),
            version=present.version + 1,
            not_after=checked.not_after,
            warned_days=None,
        )
        store.update(tx, changed)
        self.add(tx, changed, checked, created_by)
        return changed

    # For edges.

    def certificate(self, tx: Transaction, workspace_id: str, certificate_id: str) -> EdgeCertificate | None:
        """As edges serve it now; None where that workspace has no such one."""
        certificate = self.find(tx, workspace_id, certificate_id)
        if certificate is None:
            return None
        version = store.version(tx, certificate.id, certificate.version)
        return None if version is None else _served(certificate, version)

    def files(self, tx: Transaction, certificate_id: str, version: int) -> CertificateFiles:
        """With the key opened. Whoever calls has made sure that it goes to a node which serves this version. Raises
        NotFound."""
        kept = store.version(tx, certificate_id, version)
        if kept is None:
            raise NotFound(
                f"certificate {certificate_id!r} has no version {version}",
                next_step=f"The last {KEPT_VERSIONS} are kept; see: nimbus certificate list",
            )
        return CertificateFiles(
            kept.chain, self._sealer.open(kept.sealed_key, key_context(certificate_id, version))
        )

    def find(self, tx: Transaction, workspace_id: str, reference: str) -> Certificate | None:
        """By id or name, of this workspace."""
        if not is_id(reference):
            return store.find(tx, workspace_id, reference)
        found = store.get(tx, reference)
        return found if found is not None and found.workspace_id == workspace_id else None

    def names_of(self, tx: Transaction, certificate: Certificate) -> tuple[str, ...]:
        """Those that its current version is for, or that it is ordered for."""
        version = store.version(tx, certificate.id, certificate.version)
        ordered = None if version else issuances.get(tx, certificate.id)
        return version.names if version else ordered.domains if ordered else ()


def _served(certificate: Certificate, version: CertificateVersion) -> EdgeCertificate:
    return EdgeCertificate(certificate.id, version.number, certificate.id, version.serial, version.names)


def key_context(certificate_id: str, number: int) -> str:
    """What a key is sealed for."""
    return f"certificate:{certificate_id}:{number}"
