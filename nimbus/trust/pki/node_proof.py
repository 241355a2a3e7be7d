"""Whether whoever shows a node's certificate outside of a TLS handshake has its key, too."""

from __future__ import annotations

import datetime

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nimbus.kernel.clock import to_seconds
from nimbus.trust.pki.authority import Authority


class Signer(msgspec.Struct, frozen=True):
    """`serial` as it is stored of certificates."""

    node_id: str
    serial: str


def signer_of(
    authority: Authority, certificate_pem: str, statement: bytes, signature: bytes, now: int
) -> Signer | None:
    """The node whose certificate this is, and whose key has signed the statement; None for everything else. That
    the certificate was not revoked is for the caller to know."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        _check_issued(certificate, authority.trusted)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        [name] = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return None
        key.verify(signature, statement, ec.ECDSA(hashes.SHA256()))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return None
    moment = datetime.datetime.fromtimestamp(to_seconds(now), datetime.UTC)
    is_valid = certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc
    if not is_valid or ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        return None
    return Signer(str(name.value), f"{certificate.serial_number:x}")


def _check_issued(certificate: x509.Certificate, trusted: tuple[x509.Certificate, ...]) -> None:
    """By one of them. Raises what `verify_directly_issued_by` raises."""
    for number, issuer in enumerate(trusted, start=1):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            if number == len(trusted):
                raise
        else:
            return
