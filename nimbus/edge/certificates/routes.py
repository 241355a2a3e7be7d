"""REST routes of certificates."""

from __future__ import annotations

from nimbus.edge.certificates.issuing.orders import CertificateOrders
from nimbus.edge.certificates.issuing.records import CertificateOrder
from nimbus.edge.certificates.records import (
    CertificateExport,
    CertificatePatch,
    CertificateQuery,
    CertificateReplacement,
    CertificateUpload,
    CertificateVersionView,
    EdgeCertificateView,
)
from nimbus.edge.certificates.service import Certificates
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Route

_CERTIFICATE = Collection(
    "/api/v1/certificates",
    "certificate",
    EdgeCertificateView,
    reads=Permission.CERTIFICATE_READ,
    writes=Permission.CERTIFICATE_WRITE,
    deletes=Permission.CERTIFICATE_DELETE,
    scoped=True,
)

_ISSUE = Collection(
    "/api/v1/certificates/issue",
    "certificate",
    EdgeCertificateView,
    reads=Permission.CERTIFICATE_READ,
    writes=Permission.CERTIFICATE_WRITE,
    scoped=True,
)


def routes(certificates: Certificates, orders: CertificateOrders) -> list[Route]:
    async def export(call: Call) -> Answer:
        exported = await certificates.export(call.actor, call.target("certificate"))
        # Not a digest of the key, which the usual tag is.
        return Answer(exported, headers={"ETag": f'"{exported.id}.{exported.version}"'})

    return [
        _CERTIFICATE.list(certificates.list, CertificateQuery, "List certificates"),
        _CERTIFICATE.create(
            certificates.upload,
            CertificateUpload,
            "Upload a certificate with its private key",
            description="The chain is put in order; what does not fit together is refused.",
        ),
        _ISSUE.create(
            orders.order,
            CertificateOrder,
            "Order a certificate",
            description="It is ordered from the certificate authority of the settings, which asks the workspace's"
            " edges for a proof (http-01), and renewed before it ends. To order is to agree to its terms.",
        ),
        _CERTIFICATE.action("/renew", orders.renew, "Renew a certificate that was ordered, now"),
        _CERTIFICATE.show(certificates.show, "Show a certificate, without its private key"),
        _CERTIFICATE.change(certificates.change, CertificatePatch, "Rename, describe or label a certificate"),
        _CERTIFICATE.delete(certificates.delete, "Delete a certificate that nothing uses"),
        _CERTIFICATE.action(
            "/replace",
            certificates.replace,
            "Replace a certificate and its private key",
            CertificateReplacement,
            description="The edges that serve it get it without a deploy. The last five versions are kept.",
        ),
        _CERTIFICATE.part(
            "/versions",
            certificates.versions,
            "List the versions of a certificate",
            answer=list[CertificateVersionView],
        ),
        Route(
            "GET",
            _CERTIFICATE.resource_path + "/export",
            export,
            Permission.CERTIFICATE_EXPORT,
            "Export a certificate with its private key",
            answer=CertificateExport,
            changes=True,
            scoped=True,
            description="Every export is recorded in the audit log before the key is returned. No built-in role has"
            " the permission.",
        ),
    ]
