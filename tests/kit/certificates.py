"""Certificates made for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Signed(NamedTuple):
    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def pem_of(key: Key, password: str = "") -> str:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def signed(
    common_name: str,
    names: Sequence[str] = (),
    *,
    by: Signed | None = None,
    key: Key | None = None,
    begins: datetime | None = None,
    days: float = 90.0,
    is_authority: bool = False,
) -> Signed:
    """By itself where no other is named."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    begins = begins or datetime.now(UTC) - timedelta(hours=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)


def certificate_files(*names: str, days: float = 90.0, begins: datetime | None = None) -> tuple[str, str]:
    """Chain and key in PEM, of an authority of its own."""
    authority = signed("Test Authority", is_authority=True, begins=begins, days=days + 1)
    leaf = signed(names[0], names, by=authority, begins=begins, days=days)
    return leaf.pem, pem_of(leaf.key)


def self_signed(*names: str) -> tuple[str, str, str]:
    """Certificate and key in PEM, and the serial in hexadecimal digits."""
    made = signed(names[0], names, days=1)
    return made.pem, pem_of(made.key), f"{made.certificate.serial_number:x}"
