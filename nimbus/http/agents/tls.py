"""TLS of the agent listener: server contexts and the certificates of peers."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import msgspec

from nimbus.http.agents.plain import PlainSocket
from nimbus.protocol.errors import NimbusError

# TLS 1.2 with forward secrecy and authenticated encryption only; TLS 1.3 brings its own list.
_TLS12_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class PeerCertificate(msgspec.Struct, frozen=True):
    """What a verified client certificate says. `not_before` and `not_after` are Unix time in seconds."""

    common_name: str
    serial: str
    """Lower-case hexadecimal without leading zeros."""
    not_after: float
    not_before: float = 0.0
    fingerprint: str = ""
    """SHA-256 of the DER, hexadecimal."""


class TlsConfigurationError(NimbusError):
    """The certificate, the key or the CA of a listener cannot be used."""

    code = "TLS_CONFIGURATION"


def server_context(
    certificate_file: Path | str, key_file: Path | str, ca_file: Path | str | None, *, strict: bool = True
) -> ssl.SSLContext:
    """A context that demands a client certificate of the CA (`None`: no certificate): TLS 1.3, or 1.2 with
    ECDHE and AEAD.

    No tickets, compression or renegotiation. `strict` holds certificates to RFC 5280 (OpenSSL's
    X509_STRICT: key identifiers and critical basic constraints must be there). Reads the files.
    Raises `TlsConfigurationError`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= (
        ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    )
    context.num_tickets = 0  # OP_NO_TICKET alone still sends the stateful tickets of TLS 1.3
    context.set_ciphers(_TLS12_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    if strict:
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        context.load_cert_chain(certificate_file, key_file)
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise TlsConfigurationError(
            f"The agent listener cannot use {certificate_file} with {key_file} and the CA {ca_file}: {error}",
            next_step="Check that the files exist, can be read and belong together.",
        ) from error
    context.verify_mode = ssl.CERT_NONE if ca_file is None else ssl.CERT_REQUIRED
    return context


class ContextSource:
    """A context that can be replaced while the listener runs. Call it for the current one.

    New connections use the context of the last successful `reload`; open ones keep theirs.
    """

    def __init__(
        self,
        certificate_file: Path | str,
        key_file: Path | str,
        ca_file: Path | str | None,
        *,
        strict: bool = True,
    ) -> None:
        self._files = (certificate_file, key_file, ca_file)
        self._strict = strict
        self._context = server_context(*self._files, strict=strict)

    def __call__(self) -> ssl.SSLContext:
        return self._context

    def reload(self) -> None:
        """Read the files again. Raises `TlsConfigurationError`; the context before stays in use then."""
        self._context = server_context(*self._files, strict=self._strict)


def peer_certificate(sock: ssl.SSLSocket | PlainSocket) -> PeerCertificate | None:
    """The verified certificate of the peer; `None` unless it has exactly one common name."""
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    if not certificate or not isinstance(sock, ssl.SSLSocket):
        return None
    return certificate_of(certificate, hashlib.sha256(sock.getpeercert(True) or b"").hexdigest())


def certificate_of(presented: ssl._PeerCertRetDictType, fingerprint: str = "") -> PeerCertificate | None:
    """The same from what `SSLSocket.getpeercert` returns."""
    subject = presented.get("subject", ())
    names = [value for rdn in subject for key, value in rdn if key == "commonName"]  # type: ignore[str-unpack]
    serial = str(presented.get("serialNumber", "")).lower().lstrip("0")
    if len(names) != 1 or not serial:
        return None
    return PeerCertificate(
        common_name=str(names[0]),
        serial=serial,
        not_after=float(ssl.cert_time_to_seconds(str(presented["notAfter"]))),
        not_before=float(ssl.cert_time_to_seconds(str(presented["notBefore"]))),
        fingerprint=fingerprint,
    )
