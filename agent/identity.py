"""The node's own keys: made here, written 0600, never sent. Imports cryptography: only join and renewal do."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nimbus.protocol.files import write_atomically
from nimbus.wireguard.keys import generate_private_key, is_key


def new_key() -> str:
    """A P-256 private key as PEM."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def signing_request(key_pem: str) -> str:
    """A CSR (RFC 2986) for the key, as PEM; the control plane decides the name."""
    key = serialization.load_pem_private_key(key_pem.encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nimbus node")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def throw_away_pair() -> str:
    """A certificate that nobody trusts, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nimbus check")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (made.public_bytes(serialization.Encoding.PEM) + pem).decode("ascii")


def public_digest(key_pem: str) -> str:
    """The SHA-256 of the public key, in hex."""
    key = serialization.load_pem_private_key(key_pem.encode(), password=None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


def load_or_create_key(file: Path) -> str:
    """The key that an earlier, interrupted join made, or a new one: the same keys let the join be repeated."""
    try:
        key = file.read_text("ascii")
        signing_request(key)
    except (OSError, ValueError, TypeError, AssertionError, UnsupportedAlgorithm):
        write_atomically(file, new_key().encode())
    return file.read_text("ascii")


def load_or_create_mesh_key(file: Path) -> str:
    if not file.exists() or not is_key(file.read_text("ascii", "replace").strip()):
        return create_mesh_key(file)
    return file.read_text("ascii").strip()


def create_mesh_key(file: Path) -> str:
    """A new one, whatever there was."""
    write_atomically(file, generate_private_key().encode() + b"\n")
    return file.read_text("ascii").strip()
