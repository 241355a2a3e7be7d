"""What sections need of whoever keeps certificates."""

from __future__ import annotations

from typing import Protocol

from nimbus.db import Transaction
from nimbus.kernel.errors import NotFound
from nimbus.protocol.edge import CertificateFiles, EdgeCertificate


class CertificateDoor(Protocol):
    """Whoever issues one again calls `EdgeSections.certificate_changed` in that transaction."""

    def certificate(self, tx: Transaction, workspace_id: str, certificate_id: str) -> EdgeCertificate | None:
        """As edges serve it now; None where that workspace has no such one, or it has not been issued yet."""

    def files(self, tx: Transaction, certificate_id: str, version: int) -> CertificateFiles:
        """With the key opened, for a node that is to serve it. Raises NotFound."""


class NoCertificates:
    """Of a control plane that keeps none."""

    def certificate(self, _tx: Transaction, _workspace_id: str, _id: str) -> EdgeCertificate | None:
        return None

    def files(self, _tx: Transaction, certificate_id: str, _version: int) -> CertificateFiles:
        raise NotFound(f"there is no certificate {certificate_id!r}")
