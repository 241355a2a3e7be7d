"""The CA, as OpenSSL and Python's TLS see it."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from nimbus.kernel.errors import ValidationError
from nimbus.protocol import files
from nimbus.trust.pki import authority, mesh_key
from nimbus.trust.pki.authority import Authority, AuthorityUnusable
from tests.kit.clock import SettableClock
from tests.kit.records import key_and_csr

HOSTS = ["localhost", "127.0.0.1", "::1", "cp.example.org"]
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    return authority.load_or_create(tmp_path / "pki", SettableClock().now())


def node_certificate(ca: Authority, folder: Path) -> Path:
    issued = ca.sign_node(key_and_csr()[1], "node-1", SettableClock().now())
    (folder / "node.crt").write_text(issued.pem)
    return folder / "node.crt"


def verify(ca: Authority, certificate: Path, purpose: str) -> bool:
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        purpose,
        "-CAfile",
        str(ca.ca_file),
        str(certificate),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@needs_openssl
def test_openssl_accepts_each_leaf_for_its_own_use_only(ca: Authority, tmp_path: Path) -> None:
    server, _ = ca.server_files(HOSTS, SettableClock().now())
    node = node_certificate(ca, tmp_path)
    assert verify(ca, server, "sslserver")
    assert not verify(ca, server, "sslclient")
    assert verify(ca, node, "sslclient")
    assert not verify(ca, node, "sslserver")
    text = subprocess.run(
        ["openssl", "x509", "-in", str(server), "-noout", "-text"], capture_output=True, text=True, check=True
    ).stdout
    assert "ecdsa-with-SHA384" in text
    assert "NIST CURVE: P-256" in text
    assert "CA:FALSE" in text
    ca_text = subprocess.run(
        ["openssl", "x509", "-in", str(ca.ca_file), "-noout", "-text"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "NIST CURVE: P-384" in ca_text
    assert "CA:TRUE, pathlen:0" in ca_text


def handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """In memory. Raises ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    two = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [one, two]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
    assert not waiting


def contexts(ca: Authority, server_files: tuple[Path, Path]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    client = ssl.create_default_context(cafile=str(ca.ca_file))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*server_files)
    return client, server


@pytest.mark.parametrize("name", HOSTS)
def test_strict_verification_accepts_every_name(ca: Authority, name: str) -> None:
    client, server = contexts(ca, ca.server_files(HOSTS, SettableClock().now()))
    handshake(client, server, name)


def test_a_node_cannot_pass_for_the_control_plane(ca: Authority, tmp_path: Path) -> None:
    (tmp_path / "node.key").write_text(key_and_csr()[0])
    client, server = contexts(ca, (node_certificate(ca, tmp_path), tmp_path / "node.key"))
    client.check_hostname = False
    with pytest.raises(ssl.SSLCertVerificationError, match=r"purpose|unsuitable"):
        handshake(client, server, "cp.example.org")


def test_the_leaf_is_made_anew_when_it_has_to_be(ca: Authority) -> None:
    clock = SettableClock()
    certificate, key = ca.server_files(["a.example"], clock.now())
    first = certificate.read_bytes()

    def changed(hosts: list[str]) -> bool:
        nonlocal first
        before, first = first, ca.server_files(hosts, clock.now())[0].read_bytes()
        return before != first

    assert not changed(["a.example"])
    assert changed(["a.example", "b.example"])
    assert not changed(["b.example"])
    clock.advance(59 * 86400)
    assert not changed(["b.example"])
    clock.advance(2 * 86400)
    assert changed(["b.example"])
    clock.advance(-3 * 86400)
    assert changed(["b.example"]), "a certificate of the future is no use"
    assert key.stat().st_mode & 0o777 == 0o600
    assert certificate.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("spoil", ["key", "certificate", "both", "no key"])
def test_spoiled_leaf_files_are_made_anew(ca: Authority, spoil: str) -> None:
    now = SettableClock().now()
    certificate, key = ca.server_files(HOSTS, now)
    if spoil in ("key", "both"):
        key.write_text(key_and_csr()[0])
    if spoil in ("certificate", "both"):
        certificate.write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    if spoil == "no key":
        key.unlink()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*ca.server_files(HOSTS, now))


def test_a_crash_between_key_and_certificate_is_made_good(
    ca: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = SettableClock()
    ca.server_files(["a.example"], clock.now())
    real = files.write_atomically

    def dies_at_certificate(path: Path, content: bytes, *, mode: int = 0o600) -> None:
        if path.suffix == ".crt":
            raise KeyboardInterrupt
        real(path, content, mode=mode)

    with monkeypatch.context() as patch:
        patch.setattr(authority, "write_atomically", dies_at_certificate)
        with pytest.raises(KeyboardInterrupt):
            ca.server_files(["b.example"], clock.now())
        with pytest.raises(KeyboardInterrupt):
            authority.load_or_create(tmp_path / "new", clock.now())
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*ca.server_files(["a.example"], clock.now()))
    assert authority.load_or_create(tmp_path / "new", clock.now()).certificate_pem


def test_the_ca_stays_the_same_and_its_key_is_private(tmp_path: Path) -> None:
    now = SettableClock().now()
    first = authority.load_or_create(tmp_path / "pki", now)
    assert authority.load_or_create(tmp_path / "pki", now).certificate_pem == first.certificate_pem
    assert (tmp_path / "pki" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert authority.certificates_der(first.ca_file) == (first.certificate_der,)


@pytest.mark.parametrize(
    "spoil", ["key rubbish", "key missing", "certificate rubbish", "key of another", "key of RSA"]
)
def test_a_spoiled_ca_is_one_clear_error_and_is_not_replaced(tmp_path: Path, spoil: str) -> None:
    folder, now = tmp_path / "pki", SettableClock().now()
    authority.load_or_create(folder, now)
    key, certificate = folder / "ca.key", folder / "ca.crt"
    if spoil == "key rubbish":
        key.write_text("rubbish")
    elif spoil == "key missing":
        key.unlink()
    elif spoil == "certificate rubbish":
        certificate.write_bytes(b"\xff\x00")
    elif spoil == "key of another":
        key.write_text(key_and_csr()[0])
    else:
        key.write_bytes(private_pem(rsa.generate_private_key(65537, 2048)))
    before = certificate.read_bytes()
    with pytest.raises(AuthorityUnusable) as caught:
        authority.load_or_create(folder, now)
    assert str(folder) in caught.value.message
    assert certificate.read_bytes() == before


def private_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def request_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.CertificateSigningRequest:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another-node")])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def pem(request: x509.CertificateSigningRequest) -> str:
    return request.public_bytes(serialization.Encoding.PEM).decode()


def forged() -> str:
    der = bytearray(
        request_of(ec.generate_private_key(ec.SECP256R1())).public_bytes(serialization.Encoding.DER)
    )
    at = bytes(der).index(b"another-node")
    der[at] ^= 1
    return pem(x509.load_der_x509_csr(bytes(der)))


@pytest.mark.parametrize(
    "csr",
    [
        "",
        "rubbish",
        "é" * 100,
        "\x00",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "rsa",
        "p384",
        "forged",
        "\ud800",
    ],
)
def test_what_is_no_signing_request_is_refused(ca: Authority, csr: str) -> None:
    made = {
        "rsa": lambda: pem(request_of(rsa.generate_private_key(65537, 2048))),
        "p384": lambda: pem(request_of(ec.generate_private_key(ec.SECP384R1()))),
        "forged": forged,
    }
    text = made[csr]() if csr in made else csr
    with pytest.raises(ValidationError) as caught:
        ca.sign_node(text, "n", SettableClock().now())
    assert caught.value.details[0]["field"] == "csr"


def test_of_a_request_only_the_key_counts(ca: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    clock = SettableClock()
    issued = ca.sign_node(pem(request_of(key)), "the-node", clock.now())
    certificate = x509.load_pem_x509_certificate(issued.pem.encode())
    assert certificate.subject.rfc4514_string() == "CN=the-node"
    assert certificate.public_key() == key.public_key()
    assert issued.serial == f"{certificate.serial_number:x}"
    assert issued.issued_at == clock.now()
    assert issued.expires_at == clock.now() + 90 * 86400 * 1_000_000


def test_the_mesh_key_is_made_once_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "wireguard.key"
    assert mesh_key.load_or_create(file) == mesh_key.load_or_create(file)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("rubbish")
    with pytest.raises(AuthorityUnusable, match="WireGuard key"):
        mesh_key.load_or_create(file)
    assert os.listdir(tmp_path) == ["wireguard.key"]


@pytest.mark.parametrize("name", ["ca.key", "ca.crt"])
def test_an_empty_file_is_named_in_words_of_ours(tmp_path: Path, name: str) -> None:
    authority.load_or_create(tmp_path, SettableClock().now())
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(AuthorityUnusable, match=r"ca\.key, ca\.crt or one beside them is empty or damaged$"):
        authority.load_or_create(tmp_path, SettableClock().now())
