"""What a certificate says, for people: whose it is, for which names, until when, and its fingerprint."""

from __future__ import annotations

from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from nimbus.kernel.clock import from_seconds


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """Times are epoch microseconds, `fingerprint` is the SHA-256 of the DER, in lower-case hexadecimal."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    serial: str
    not_before: int
    not_after: int
    fingerprint: str


def describe_all(file: Path) -> list[Description]:
    """The certificates of a PEM file, one at least. The first of a chain is the server's own. Raises OSError,
    ValueError."""
    return [described(certificate) for certificate in x509.load_pem_x509_certificates(file.read_bytes())]


def described(certificate: x509.Certificate) -> Description:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    return Description(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=tuple(str(name.value) for name in names),
        serial=f"{certificate.serial_number:x}",
        not_before=from_seconds(certificate.not_valid_before_utc.timestamp()),
        not_after=from_seconds(certificate.not_valid_after_utc.timestamp()),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )
