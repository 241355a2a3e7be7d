"""The CA key and what it signs. The private key does not leave this module."""

from __future__ import annotations

import datetime
import ipaddress
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nimbus.kernel.clock import from_seconds, to_seconds
from nimbus.kernel.errors import Conflict, invalid
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import PUBLIC_MODE, private_directory, write_atomically
from nimbus.protocol.outside import AUTHORITY_STATEMENT
from nimbus.trust.pki import rollover

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


class Issuer(msgspec.Struct, frozen=True):
    """What signs now. `previous` is trusted too, `bridge` is its certificate of this key; both None of a first
    authority, and once the previous one has ended."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    previous: x509.Certificate | None = None
    bridge: x509.Certificate | None = None

    def __repr__(self) -> str:
        return "Issuer()"

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """Its own certificate first."""
        return (self.certificate, *([self.previous] if self.previous else []))


class Authority:
    """Made by `load_or_create`. Used on any thread."""

    def __init__(self, folder: Path, issuer: Issuer) -> None:
        self._folder = folder
        self._issuer = issuer
        # What is signed while the authority is followed by another is signed by one of them, and dated by it.
        self._changing = threading.Lock()

    @property
    def certificate_pem(self) -> str:
        return _pem(self._issuer.certificate)

    @property
    def certificate_der(self) -> bytes:
        return self._issuer.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def certificate(self) -> x509.Certificate:
        return self._issuer.certificate

    @property
    def previous(self) -> x509.Certificate | None:
        """The authority that is trusted beside this one, for as long as it is."""
        return self._issuer.previous

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """Whose certificates are good: the authority that signs now comes first."""
        return self._issuer.trusted

    @property
    def trusted_pem(self) -> str:
        return "".join(_pem(certificate) for certificate in self._issuer.trusted)

    @property
    def bridge_pem(self) -> str:
        """This authority, certified by the previous one; "" when there is none."""
        bridge = self._issuer.bridge
        return _pem(bridge) if bridge else ""

    @property
    def began_at(self) -> int:
        """Epoch microseconds: what was signed before is of an authority before it."""
        return from_seconds((self._issuer.certificate.not_valid_before_utc + BACKDATE).timestamp())

    @property
    def ca_file(self) -> Path:
        """`trusted_pem`."""
        return rollover.certificates_file(self._folder)

    @property
    def revocations_file(self) -> Path:
        """What was revoked (`nimbus.trust.pki.revocations`)."""
        return self._folder / "revoked"

    @property
    def server_certificate_file(self) -> Path:
        return self._folder / "api.crt"

    def rotate(self, clock: Callable[[], int]) -> None:
        """A new authority signs from now on; this one stays trusted until `end_previous`. Raises Conflict while the
        one before is trusted still, OSError when nothing was changed, or the rest has to be written once there is
        room (`server_files` does)."""
        with self._changing:
            now, old = _moment(clock()), self._issuer
            if old.previous is not None:
                raise Conflict("the authority before this one is trusted still")
            key = ec.generate_private_key(ec.SECP384R1())
            certificate = _self_signed(key, rollover.whole_second_after(now))
            bridge = rollover.bridge(certificate, old.certificate, old.key)
            successor = rollover.Successor(
                _private_pem(key).decode(), _pem(certificate), _pem(bridge), _pem(old.certificate)
            )
            rollover.decide(self._folder, successor)
            self._issuer = Issuer(key, certificate, old.certificate, bridge)
            rollover.finish(self._folder)

    def end_previous(self) -> None:
        """From now on only what this authority has signed is good."""
        with self._changing:
            rollover.end_previous(self._folder, self.certificate_pem)
            self._issuer = msgspec.structs.replace(self._issuer, previous=None, bridge=None)

    def server_files(self, hosts: Sequence[str], now: int) -> tuple[Path, Path]:
        """Certificate and key file of the listeners, for these names and addresses; made anew when a host is
        not in the present one, a third of its life is left, or this authority has not signed it. The certificate
        comes with what shows it to those who know the previous authority alone."""
        certificate_file, key_file = self.server_certificate_file, self._folder / "api.key"
        wanted = _alternative_names(hosts)
        with self._changing:
            rollover.finish(self._folder)
            issuer = self._issuer
            if not _still_good(certificate_file, key_file, wanted, _moment(now), issuer):
                key = ec.generate_private_key(ec.SECP256R1())
                builder = _leaf(issuer, "nimbus control plane", key.public_key(), _moment(now))
                builder = builder.add_extension(x509.SubjectAlternativeName(wanted), critical=False)
                builder = builder.add_extension(_usage(ExtendedKeyUsageOID.SERVER_AUTH), critical=False)
                certificate = builder.sign(issuer.key, hashes.SHA384())
                chain = [certificate, *([issuer.bridge] if issuer.bridge else [])]
                write_atomically(key_file, _private_pem(key))
                write_atomically(certificate_file, "".join(map(_pem, chain)).encode(), mode=PUBLIC_MODE)
        return certificate_file, key_file

    def sign_node(self, csr_pem: str, node_id: str, now: int) -> IssuedCertificate:
        """A client certificate for `node_id`; of the CSR only the key counts. Raises ValidationError."""
        public_key = _csr_key(csr_pem)
        with self._changing:
            # Never older than what signs it, whatever the clock says: by that one is told who has to renew.
            now = max(now, self.began_at)
            builder = _leaf(self._issuer, node_id, public_key, _moment(now))
            builder = builder.add_extension(_usage(ExtendedKeyUsageOID.CLIENT_AUTH), critical=False)
            certificate = builder.sign(self._issuer.key, hashes.SHA384())
        return IssuedCertificate(
            serial=f"{certificate.serial_number:x}",
            pem=_pem(certificate),
            issued_at=now,
            expires_at=round(certificate.not_valid_after_utc.timestamp() * 1_000_000),
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        )

    def sign_statement(self, statement: bytes) -> bytes:
        """ECDSA over P-384 with SHA-384, of a statement that no certificate can be taken for."""
        return self._issuer.key.sign(AUTHORITY_STATEMENT + statement, ec.ECDSA(hashes.SHA384()))

    def has_signed(self, statement: bytes, signature: bytes) -> bool:
        """This authority, or the previous one while it is trusted."""
        return any(
            _has_signed(certificate, AUTHORITY_STATEMENT + statement, signature)
            for certificate in self._issuer.trusted
        )


def _has_signed(certificate: x509.Certificate, statement: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(signature, statement, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature:
        return False
    return True


def _leaf(
    issuer: Issuer, name: str, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    issuer_key = x509.SubjectKeyIdentifier.from_public_key(issuer.key.public_key())
    return (
        _builder(name, issuer.certificate.subject, key, now, LEAF_LIFETIME)
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
            "database. Without either, start over: an empty data directory (on PostgreSQL an empty database too), "
            "and all machines join again.",
        )


def load_or_create(folder: Path, now: int) -> Authority:
    """The CA in `folder`; a new one when there is none. The certificate is written last: without it the key
    has signed nothing yet, and both are made again."""
    private_directory(folder)
    key_file, certificates_file = rollover.key_file(folder), rollover.certificates_file(folder)
    bridge_file = rollover.bridge_file(folder)
    try:
        rollover.finish(folder)
        if not certificates_file.exists():
            key = ec.generate_private_key(ec.SECP384R1())
            write_atomically(key_file, _private_pem(key))
            write_atomically(
                certificates_file, _pem(_self_signed(key, _moment(now))).encode(), mode=PUBLIC_MODE
            )
        loaded = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        certificate, *earlier = x509.load_pem_x509_certificates(certificates_file.read_bytes())
        if not earlier:
            bridge_file.unlink(missing_ok=True)
        bridge = x509.load_pem_x509_certificate(bridge_file.read_bytes()) if earlier else None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = (
            error.strerror
            if isinstance(error, OSError)
            else "ca.key, ca.crt or one beside them is empty or damaged"
        )
        raise AuthorityUnusable(
            f"the CA in {folder} cannot be read: {reason}",
            next_step="Restore ca.key and ca.crt from a backup, with ca-bridge.crt if it has one.",
        ) from None
    if not isinstance(loaded, ec.EllipticCurvePrivateKey) or certificate.public_key() != loaded.public_key():
        raise AuthorityUnusable(f"ca.key and ca.crt in {folder} do not belong together")
    return Authority(folder, Issuer(loaded, certificate, earlier[0] if earlier else None, bridge))


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
    certificate_file: Path,
    key_file: Path,
    wanted: list[x509.GeneralName],
    now: datetime.datetime,
    issuer: Issuer,
) -> bool:
    try:
        certificate, *shown = x509.load_pem_x509_certificates(certificate_file.read_bytes())
        certificate.verify_directly_issued_by(issuer.certificate)
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    left = certificate.not_valid_after_utc - now
    return (
        certificate.public_key() == key.public_key()
        and shown == ([issuer.bridge] if issuer.bridge else [])
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


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _moment(now: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(to_seconds(now), datetime.UTC)
