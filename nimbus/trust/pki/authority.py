"""The CA key and what it signs. The private key does not leave this module."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nimbus.kernel.clock import to_seconds
from nimbus.kernel.errors import invalid
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import PUBLIC_MODE, private_directory, write_atomically
from nimbus.protocol.outside import AUTHORITY_STATEMENT

CA_LIFETIME = datetime.timedelta(days=3650)
LEAF_LIFETIME = datetime.timedelta(days=90)
# A certificate is valid from a little before it was made: the other side's clock may be behind.
BACKDATE = datetime.timedelta(minutes=10)


class IssuedCertificate(msgspec.Struct, frozen=True):
    """`serial` is lower-case hex without leading zeros; times are epoch microseconds."""

    serial: str
    pem: str
    issued_at: int
    expires_at: int
    # SHA-256 of the DER, hexadecimal.
    fingerprint: str


class AuthorityUnusable(NimbusError):
    code = "PKI_UNUSABLE"


class Authority:
    """Made by `load_or_create`."""

    def __init__(self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._folder = folder
        self._key = key
        self._certificate = certificate
        self.certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.certificate_der = certificate.public_bytes(serialization.Encoding.DER)

    @property
    def ca_file(self) -> Path:
        return self._folder / "ca.crt"

    @property
    def revocations_file(self) -> Path:
        """What was revoked (`nimbus.trust.pki.revocations`)."""
        return self._folder / "revoked"

    @property
    def server_certificate_file(self) -> Path:
        return self._folder / "api.crt"

    def server_files(self, hosts: Sequence[str], now: int) -> tuple[Path, Path]:
        """Certificate and key file of the listeners, for these names and addresses; made anew when a host is
        not in the present one or a third of its life is left."""
        certificate_file, key_file = self.server_certificate_file, self._folder / "api.key"
        wanted = _alternative_names(hosts)
        if not _still_good(certificate_file, key_file, wanted, _moment(now)):
            key = ec.generate_private_key(ec.SECP256R1())
            builder = self._leaf("nimbus control plane", key.public_key(), _moment(now))
            builder = builder.add_extension(x509.SubjectAlternativeName(wanted), critical=False)
            builder = builder.add_extension(_usage(ExtendedKeyUsageOID.SERVER_AUTH), critical=False)
            certificate = builder.sign(self._key, hashes.SHA384())
            write_atomically(key_file, _private_pem(key))
            write_atomically(
                certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=PUBLIC_MODE
            )
        return certificate_file, key_file

    def sign_node(self, csr_pem: str, node_id: str, now: int) -> IssuedCertificate:
        """A client certificate for `node_id`; of the CSR only the key counts. Raises ValidationError."""
        public_key = _csr_key(csr_pem)
        builder = self._leaf(node_id, public_key, _moment(now))
        builder = builder.add_extension(_usage(ExtendedKeyUsageOID.CLIENT_AUTH), critical=False)
        certificate = builder.sign(self._key, hashes.SHA384())
        return IssuedCertificate(
            serial=f"{certificate.serial_number:x}",
            pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
            issued_at=now,
            expires_at=round(certificate.not_valid_after_utc.timestamp() * 1_000_000),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        )

    def sign_statement(self, statement: bytes) -> bytes:
        """ECDSA over P-384 with SHA-384, of a statement that no certificate can be taken for."""
        return self._key.sign(AUTHORITY_STATEMENT + statement, ec.ECDSA(hashes.SHA384()))

    def has_signed(self, statement: bytes, signature: bytes) -> bool:
        try:
            self._key.public_key().verify(
                signature, AUTHORITY_STATEMENT + statement, ec.ECDSA(hashes.SHA384())
            )
        except InvalidSignature:
            return False
        return True

    def _leaf(
        self, name: str, key: ec.EllipticCurvePublicKey, now: datetime.datetime
    ) -> x509.CertificateBuilder:
        issuer_key = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        return (
            _builder(name, self._certificate.subject, key, now, LEAF_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False
            )
        )


def check_not_lost(folder: Path, *, is_needed: bool) -> None:
    """`is_needed`: nodes have certificates of it. A new one in its place would lock all of them out. Raises
    AuthorityUnusable."""
    if is_needed and not (folder / "ca.crt").exists():
        raise AuthorityUnusable(
            f"the CA is gone: nodes have certificates of it, and {folder} has none",
            next_step="Restore that folder from a backup, or copy it from another control plane on the same "
            "database. Without either begin anew: an empty data directory (on PostgreSQL an empty database too), "
            "and all machines join again.",
        )


def load_or_create(folder: Path, now: int) -> Authority:
    """The CA in `folder`; a new one when there is none. The certificate is written last: without it the key
    has signed nothing yet, and both are made again."""
    private_directory(folder)
    key_file, certificate_file = folder / "ca.key", folder / "ca.crt"
    if not certificate_file.exists():
        key = ec.generate_private_key(ec.SECP384R1())
        write_atomically(key_file, _private_pem(key))
        certificate = _self_signed(key, _moment(now))
        write_atomically(
            certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=PUBLIC_MODE
        )
    try:
        loaded = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = error.strerror if isinstance(error, OSError) else "ca.key or ca.crt is empty or damaged"
        raise AuthorityUnusable(
            f"the CA in {folder} cannot be read: {reason}",
            next_step="Restore ca.key and ca.crt from a backup.",
        ) from None
    if not isinstance(loaded, ec.EllipticCurvePrivateKey) or certificate.public_key() != loaded.public_key():
        raise AuthorityUnusable(f"ca.key and ca.crt in {folder} do not belong together")
    return Authority(folder, loaded, certificate)


def certificates_der(file: Path) -> tuple[bytes, ...]:
    """The certificates of a PEM file, as DER. Raises OSError or ValueError."""
    certificates = x509.load_pem_x509_certificates(file.read_bytes())
    return tuple(certificate.public_bytes(serialization.Encoding.DER) for certificate in certificates)


def _self_signed(key: ec.EllipticCurvePrivateKey, now: datetime.datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nimbus CA")])
    public = key.public_key()
    return (
        _builder("Nimbus CA", name, public, now, CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA384())
    )


def _builder(
    name: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime.datetime,
    lifetime: datetime.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + lifetime)
    )


def requested_key(csr_pem: str) -> bytes:
    """The public key of a CSR, in DER. Raises ValidationError."""
    return _csr_key(csr_pem).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _csr_key(csr_pem: str) -> ec.EllipticCurvePublicKey:
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode())
        valid = request.is_signature_valid
        key = request.public_key()
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        raise invalid("csr", "is not a certificate signing request in PEM") from None
    if not valid or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise invalid("csr", "must be signed by its own EC P-256 key")
    return key


def _alternative_names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(hosts):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _still_good(
    certificate_file: Path, key_file: Path, wanted: list[x509.GeneralName], now: datetime.datetime
) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    left = certificate.not_valid_after_utc - now
    return (
        certificate.public_key() == key.public_key()
        and set(wanted) <= set(names)
        and left > LEAF_LIFETIME / 3
        and certificate.not_valid_before_utc <= now
    )


def _usage(purpose: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([purpose])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _moment(now: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(to_seconds(now), datetime.UTC)
