"""What pins (`nimbus.protocol.pins`) fit: the server certificates, or their keys, that this node accepts.

A pin fits when it is the SHA-256 of the certificate, of its public key (SubjectPublicKeyInfo, RFC 5280), or of the
authority that the connection trusts alone (one of two, while one follows the other). It is asked for on top of what
else makes a certificate valid; in its place only where the join token itself brought the pin of a proxy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from nimbus.protocol.errors import NimbusError

_SEQUENCE = 0x30
_VERSION = 0xA0


class PinMismatch(NimbusError):
    """Another server than the pinned one answers, or its certificate was replaced."""

    code = "PIN_MISMATCH"


def check_pins(certificate: bytes | None, pins: tuple[str, ...], authorities: Iterable[bytes] = ()) -> None:
    """`certificate` of the server, and the `authorities` that are trusted, all of them the control plane's own, in
    DER. Raises PinMismatch."""
    if not pins:
        return
    known = set()
    for der in filter(None, (certificate, *authorities)):
        known |= {hashlib.sha256(der).hexdigest(), hashlib.sha256(public_key_info(der)).hexdigest()}
    if not known & {pin.removeprefix("sha256:") for pin in pins}:
        shown = f"sha256:{hashlib.sha256(certificate).hexdigest()}" if certificate else "none"
        raise PinMismatch(
            f"the server's certificate ({shown}) is not pinned",
            next_step="If it was replaced on purpose, add its fingerprint to the pins. If not, someone may be"
            " intercepting the connection.",
        )


def check_context(connection: Any, pins: tuple[str, ...], *, sole_authority: bool) -> None:
    """After a handshake, before anything is sent. `connection` is an `ssl.SSLSocket` or stands for one;
    `sole_authority`: its context trusts the control plane's own authority only."""
    if not pins:
        return
    trusted: list[bytes] = connection.context.get_ca_certs(binary_form=True) if sole_authority else []
    check_pins(connection.getpeercert(True), pins, trusted)


def public_key_info(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a certificate in DER (RFC 5280, section 4.1); empty when it has none."""
    try:
        tbs, _ = _content(certificate, _content(certificate, 0)[0])
        position = tbs
        if certificate[position] == _VERSION:
            position = _content(certificate, position)[1]
        # serialNumber, signature, issuer, validity, subject
        for _ in range(5):
            position = _content(certificate, position)[1]
        end = _content(certificate, position)[1]
        return certificate[position:end] if certificate[position] == _SEQUENCE else b""
    except IndexError:
        return b""


def _content(der: bytes, position: int) -> tuple[int, int]:
    """Where the content of the element at `position` begins, and where it ends (X.690, section 8.1.3)."""
    length = der[position + 1]
    begin = position + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(der[begin : begin + size], "big")
        begin += size
    return begin, begin + length
