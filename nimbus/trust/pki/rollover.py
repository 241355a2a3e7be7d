"""One authority followed by another, with a time in which both are trusted.

The old authority certifies the key of the new one ("new with old", RFC 4210, section 4.4), and servers show that
certificate with their own: who knows the old authority alone, because it slept meanwhile, trusts the new one by it.
Both have the same name, so that this certificate is self-issued and does not count in the length of a path (RFC
5280, section 6.1). All that is written goes to one file first: whoever is killed in between finds the whole of the
old authority, or all that is needed to put the new one in place.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from nimbus.protocol.files import PUBLIC_MODE, sync_directory, write_atomically


class Successor(msgspec.Struct, frozen=True):
    """All in PEM: the new key and its own certificate, its certificate by the old authority, and that one's own."""

    key: str
    certificate: str
    bridge: str
    previous: str

    def __repr__(self) -> str:
        return "Successor()"


def key_file(folder: Path) -> Path:
    return folder / "ca.key"


def certificates_file(folder: Path) -> Path:
    """The authorities that are trusted: the present one, and after it the previous one while it is."""
    return folder / "ca.crt"


def bridge_file(folder: Path) -> Path:
    """The present authority's key, certified by the one before."""
    return folder / "ca-bridge.crt"


def bridge(
    certificate: x509.Certificate, previous: x509.Certificate, previous_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """The certificate of the new authority's key by the old authority. It ends with the old one's own."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(certificate.subject)
        .issuer_name(previous.subject)
        .public_key(certificate.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(certificate.not_valid_before_utc)
        .not_valid_after(min(certificate.not_valid_after_utc, previous.not_valid_after_utc))
    )
    for kind in (x509.BasicConstraints, x509.KeyUsage, x509.SubjectKeyIdentifier):
        extension = certificate.extensions.get_extension_for_class(kind)
        builder = builder.add_extension(extension.value, critical=extension.critical)
    of_previous = previous.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(of_previous)
    return builder.add_extension(identifier, critical=False).sign(previous_key, hashes.SHA384())


def decide(folder: Path, successor: Successor) -> None:
    """From now on the next start has the new authority. `finish` puts it in place. Raises OSError."""
    write_atomically(_successor_file(folder), msgspec.json.encode(successor))


def finish(folder: Path) -> None:
    """Put in place what was decided, also what a crash left half done. Raises OSError."""
    file = _successor_file(folder)
    try:
        successor = msgspec.json.decode(file.read_bytes(), type=Successor)
    except FileNotFoundError:
        return
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A file system that lost it in a power cut, before anything else was written.
        file.unlink()
        return
    write_atomically(bridge_file(folder), successor.bridge.encode(), mode=PUBLIC_MODE)
    write_atomically(key_file(folder), successor.key.encode())
    both = successor.certificate + successor.previous
    write_atomically(certificates_file(folder), both.encode(), mode=PUBLIC_MODE)
    file.unlink()
    sync_directory(folder)


def end_previous(folder: Path, certificate: str) -> None:
    """The present authority alone is trusted from now on. Raises OSError."""
    write_atomically(certificates_file(folder), certificate.encode(), mode=PUBLIC_MODE)
    bridge_file(folder).unlink(missing_ok=True)


def whole_second_after(moment: datetime.datetime) -> datetime.datetime:
    """Certificates have whole seconds. What the old authority signed in the last one is older than the new one."""
    return moment.replace(microsecond=0) + datetime.timedelta(seconds=1)


def _successor_file(folder: Path) -> Path:
    return folder / "ca-successor.json"
