"""Fields of certificates that edges serve."""

from __future__ import annotations

_OF_BOTH = {
    "names": "domains and addresses that it is for",
    "issuer": "who signed it",
    "key_type": "kind of its key, such as ECDSA P-256 or RSA 2048",
}
FIELDS = {
    **{f"EdgeCertificateView.{name}": text for name, text in _OF_BOTH.items()},
    **{f"CertificateVersionView.{name}": text for name, text in _OF_BOTH.items()},
    "EdgeCertificateView.notes": "what was mended in what was uploaded, and what clients may not like; in answers "
    "to an upload alone",
    "EdgeCertificateView.state": "pending (none was issued yet), valid, expiring (30 days or less are left) or "
    "expired",
    "EdgeCertificateView.used_by": "virtual hosts and edges; it cannot be deleted while there is any",
    "EdgeCertificateView.version": "counts what was uploaded or issued; 0 before the first",
    "EdgeCertificateView.issuance": "how it is ordered and renewed; null where it was uploaded",
    "domains": "domains that it is ordered for",
    "CertificateOrder.challenge": "how the domains are proven: http-01, by the workspace's edges",
    "CertificateOrder.key_type": "kind of its private key: ecdsa (P-256) or rsa (2048 bits)",
    "IssuanceView.challenge": "how the domains are proven",
    "IssuanceView.key_type": "kind of the private key of what is ordered",
    "IssuanceView.state": "ordering (under way or about to be), failing (the last attempt failed) or issued",
    "IssuanceView.attempts": "failed attempts since something succeeded",
    "IssuanceView.problem": "why the last attempt failed, as the certificate authority says it",
    "IssuanceView.next_attempt_at": "null where nothing is to be ordered now",
    "IssuanceView.renew_at": "when it is renewed; null before the first was issued",
    "CertificateVersionView.number": "counts what was uploaded",
    "CertificateVersionView.current": "edges are told to serve this one",
    "chain": "PEM: the certificate, then those that vouch for it",
    "private_key": "PEM, not encrypted: ECDSA P-256 or P-384, or RSA of at least 2048 bits",
}
