"""What was uploaded: read, checked, and put in order. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from nimbus.kernel.clock import from_seconds, to_rfc3339
from nimbus.kernel.errors import invalid

MIN_RSA_BITS = 2048
MAX_CERTIFICATES = 10
_CURVES = {"secp256r1": "ECDSA P-256", "secp384r1": "ECDSA P-384"}
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_WEAK_HASHES = ("md5", "sha1")
_PRIVATE = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Checked(NamedTuple):
    """`chain` and `key` are PEM as they are kept; times are epoch microseconds; `notes` say what was mended."""

    chain: str
    key: str
    names: tuple[str, ...]
    key_type: str
    serial: str
    issuer: str
    fingerprint: str
    not_before: int
    not_after: int
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Checked({self.serial!r})"


def checked_chain(chain_text: str, key_text: str, now: int) -> Checked:
    """`now` in epoch microseconds. Raises ValidationError."""
    found, (key, key_type) = _certificates(chain_text), _private_key(key_text)
    leaf = next((one for one in found if _public(one.public_key()) == _public(key.public_key())), None)
    if leaf is None:
        raise invalid(
            "private_key",
            f"is not the key of {_shown(found[0])}" + (", nor of the others" if len(found) > 1 else ""),
            next_step="Upload the key that the certificate was requested with.",
        )
    _check_times(leaf, now)
    _check_signature(leaf)
    ordered, notes = _ordered(leaf, found)
    return Checked(
        chain="".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in ordered),
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        names=_names(leaf),
        key_type=key_type,
        serial=f"{leaf.serial_number:x}",
        issuer=_common_name(leaf.issuer),
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        not_before=_begins(leaf),
        not_after=_ends(leaf),
        notes=notes,
    )


def _certificates(text: str) -> list[x509.Certificate]:
    if _KEY_BLOCK.search(text):
        raise invalid("chain", "has a private key in it: that goes into private_key")
    try:
        found = x509.load_pem_x509_certificates(text.encode())
        # Parts are read when they are asked for.
        for one in found:
            _public(one.public_key())
            list(one.extensions)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise invalid(
            "chain",
            "is no certificate in PEM (-----BEGIN CERTIFICATE-----) that can be read",
            next_step="Of a .p12 or .pfx file: openssl pkcs12 -in FILE -nokeys -out chain.pem",
        ) from error
    if not 1 <= len(found) <= MAX_CERTIFICATES:
        raise invalid("chain", f"must have 1 to {MAX_CERTIFICATES} certificates, not {len(found)}")
    return list(dict.fromkeys(found))


def _private_key(text: str) -> tuple[_PRIVATE, str]:
    try:
        key = serialization.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise invalid(
            "private_key",
            "is encrypted",
            next_step="Decrypt it first: openssl pkey -in key.pem -out plain.pem",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise invalid(
            "private_key", "is no private key in PEM (-----BEGIN PRIVATE KEY-----) that can be read"
        ) from None
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < MIN_RSA_BITS:
            raise invalid("private_key", f"is RSA of {key.key_size} bits: {MIN_RSA_BITS} are needed")
        return key, f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key, _CURVES[key.curve.name]
    raise invalid("private_key", "is of a kind that browsers do not take: use ECDSA P-256 or P-384, or RSA")


def _public(key: object) -> bytes:
    return key.public_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _check_times(leaf: x509.Certificate, now: int) -> None:
    if _ends(leaf) <= now:
        raise invalid("chain", f"{_shown(leaf)} expired at {to_rfc3339(_ends(leaf))}")
    if _begins(leaf) > now:
        raise invalid(
            "chain",
            f"{_shown(leaf)} is not valid before {to_rfc3339(_begins(leaf))}",
            next_step="Upload it then, or check this machine's clock.",
        )


def _check_signature(leaf: x509.Certificate) -> None:
    used = leaf.signature_hash_algorithm
    if used is not None and used.name in _WEAK_HASHES:
        raise invalid(
            "chain", f"{_shown(leaf)} is signed with {used.name.upper()}, which browsers do not take"
        )


def _ordered(
    leaf: x509.Certificate, found: Sequence[x509.Certificate]
) -> tuple[list[x509.Certificate], tuple[str, ...]]:
    """From the leaf to whoever vouches for it; a root is left out, as clients have it."""
    ordered, left, notes = [leaf], [one for one in found if one is not leaf], []
    while issuer := next((one for one in left if _has_issued(one, ordered[-1])), None):
        left.remove(issuer)
        if issuer.issuer == issuer.subject:
            notes.append(f"{_shown(issuer)} is not sent to clients: it signed itself")
            break
        ordered.append(issuer)
    if left:
        raise invalid(
            "chain",
            f"{_shown(left[0])} has nothing to do with {_shown(leaf)}",
            next_step="Upload the certificate with those that vouch for it, and no others.",
        )
    if ordered != list(found[: len(ordered)]):
        notes.insert(0, "the certificates were put in order")
    if len(ordered) == 1:
        what = (
            "signed itself" if leaf.issuer == leaf.subject else "comes without its intermediate certificates"
        )
        notes.append(f"{_shown(leaf)} {what}: clients may refuse it")
    return ordered, tuple(notes)


def _has_issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    if issuer.subject != issued.issuer:
        return False
    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        alternative = None
    names = [] if alternative is None else alternative.get_values_for_type(x509.DNSName)
    addresses = [] if alternative is None else alternative.get_values_for_type(x509.IPAddress)
    both = [*(name.lower() for name in names), *(str(address) for address in addresses)]
    if not both:
        raise invalid(
            "chain",
            f"{_shown(leaf)} is for no domain: it has no subject alternative name (a common name does not count)",
        )
    return tuple(dict.fromkeys(both))


def _begins(certificate: x509.Certificate) -> int:
    return from_seconds(certificate.not_valid_before_utc.timestamp())


def _ends(certificate: x509.Certificate) -> int:
    return from_seconds(certificate.not_valid_after_utc.timestamp())


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _shown(certificate: x509.Certificate) -> str:
    name = "".join(one if one.isprintable() else "?" for one in _common_name(certificate.subject))[:100]
    return f"the certificate {name}" if name else f"the certificate {certificate.serial_number:x}"
