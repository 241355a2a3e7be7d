"""One authority followed by another: who trusts whom, and what a crash leaves behind."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import Conflict
from nimbus.protocol import files
from nimbus.trust.pki import authority, node_proof, rollover
from nimbus.trust.pki.authority import Authority, AuthorityUnusable, IssuedCertificate
from tests.kit.clock import SettableClock
from tests.kit.records import key_and_csr

HOSTS = ["localhost", "127.0.0.1"]


class World:
    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SettableClock()
        self.ca = authority.load_or_create(folder / "pki", self.clock.now())
        self.old_pem = self.ca.certificate_pem

    def rotate(self) -> None:
        self.clock.advance(60)
        self.ca.rotate(self.clock.now)

    def again(self) -> Authority:
        return authority.load_or_create(self.folder / "pki", self.clock.now())

    def node(self) -> IssuedCertificate:
        return self.ca.sign_node(key_and_csr()[1], "node-1", self.clock.now())

    def shakes_hands(self, known: str, issued: IssuedCertificate) -> bool:
        """Whether a node that knows these authorities, and shows this certificate, and the listener as it is now
        take each other."""
        certificate, key = self.ca.server_files(HOSTS, self.clock.now())
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.verify_mode = ssl.CERT_REQUIRED
        server.verify_flags |= ssl.VERIFY_X509_STRICT
        server.load_cert_chain(certificate, key)
        server.load_verify_locations(self.ca.ca_file)
        shown = self.folder / "node.pem"
        shown.write_text(issued.pem + key_and_csr()[0])
        client = ssl.create_default_context(cadata=known)
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        client.load_cert_chain(shown)
        return handshake(server, client)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> bool:
    near, far = socket.socketpair()
    taken: list[bytes] = []

    def serve() -> None:
        try:
            with server.wrap_socket(far, server_side=True) as stream:
                taken.append(stream.recv(1))
                stream.sendall(b"!")
        except OSError:
            far.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(near, server_hostname="localhost") as stream:
            stream.sendall(b"?")
            # In TLS 1.3 a client hears only now that its certificate was refused.
            return stream.recv(1) == b"!"
    except OSError:
        near.close()
        return False
    finally:
        thread.join()


@pytest.fixture
def w(tmp_path: Path) -> World:
    return World(tmp_path)


def test_while_both_are_trusted_every_node_takes_the_listener_and_is_taken(w: World) -> None:
    before = w.node()
    w.rotate()
    after = w.node()
    known = {"old": w.old_pem, "new": w.ca.certificate_pem, "both": w.ca.trusted_pem}
    trials = {
        (name, issued): w.shakes_hands(known[name], issued) for name in known for issued in (before, after)
    }
    assert all(trials.values()), trials


def test_after_its_end_the_old_one_is_worth_nothing(w: World) -> None:
    before = w.node()
    w.rotate()
    after = w.node()
    w.ca.end_previous()
    assert w.shakes_hands(w.ca.certificate_pem, after)
    assert not w.shakes_hands(w.ca.certificate_pem, before)
    assert not w.shakes_hands(w.old_pem, after)
    assert w.ca.trusted_pem == w.ca.certificate_pem
    assert w.ca.bridge_pem == ""


def test_openssl_takes_the_chain_of_the_listener_from_either_authority(w: World) -> None:
    w.rotate()
    chain, _ = w.ca.server_files(HOSTS, w.clock.now())
    leaf, bridge = x509.load_pem_x509_certificates(chain.read_bytes())
    leaf.verify_directly_issued_by(bridge)
    bridge.verify_directly_issued_by(x509.load_pem_x509_certificate(w.old_pem.encode()))
    assert bridge.subject == bridge.issuer


def test_the_same_listener_certificate_stays_until_the_authority_changes(w: World) -> None:
    first = w.ca.server_files(HOSTS, w.clock.now())[0].read_bytes()
    assert w.ca.server_files(HOSTS, w.clock.now())[0].read_bytes() == first
    w.rotate()
    second = w.ca.server_files(HOSTS, w.clock.now())[0].read_bytes()
    assert second != first
    assert w.ca.server_files(HOSTS, w.clock.now())[0].read_bytes() == second
    w.ca.end_previous()
    # Without the bridge, which leads to what nobody trusts any more.
    assert len(x509.load_pem_x509_certificates(w.ca.server_files(HOSTS, w.clock.now())[0].read_bytes())) == 1


def test_what_was_signed_before_is_older_than_the_new_authority(w: World) -> None:
    w.clock.advance(0.3)
    before = w.node()
    w.ca.rotate(w.clock.now)
    assert before.issued_at < w.ca.began_at
    w.clock.advance(2)
    assert w.node().issued_at >= w.ca.began_at


def test_a_start_finds_both_authorities(w: World) -> None:
    w.rotate()
    again = w.again()
    assert (again.trusted_pem, again.bridge_pem) == (w.ca.trusted_pem, w.ca.bridge_pem)
    assert w.ca.ca_file.read_text("ascii") == w.ca.trusted_pem
    readable = {file.name for file in (w.folder / "pki").iterdir() if file.stat().st_mode & 0o077}
    assert readable == {"ca.crt", "ca-bridge.crt"}
    w.ca.end_previous()
    assert w.again().trusted_pem == w.ca.certificate_pem


def test_a_third_authority_waits_until_the_first_has_ended(w: World) -> None:
    w.rotate()
    with pytest.raises(Conflict, match="trusted still"):
        w.ca.rotate(w.clock.now)
    w.ca.end_previous()
    second = w.ca.certificate_pem
    w.rotate()
    assert w.ca.trusted_pem == w.ca.certificate_pem + second


def test_statements_of_both_are_good_while_both_are_trusted(w: World) -> None:
    said = w.ca.sign_statement(b"generation 3")
    w.rotate()
    assert w.ca.has_signed(b"generation 3", said)
    assert w.ca.has_signed(b"generation 3", w.ca.sign_statement(b"generation 3"))
    assert not w.ca.has_signed(b"generation 4", said)
    w.ca.end_previous()
    assert not w.ca.has_signed(b"generation 3", said)


def test_a_node_proves_itself_by_a_certificate_of_either(w: World) -> None:
    key = serialization.load_pem_private_key(key_and_csr()[0].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(b"question", ec.ECDSA(hashes.SHA256()))

    def proven(issued: IssuedCertificate) -> bool:
        signer = node_proof.signer_of(w.ca, issued.pem, b"question", signature, w.clock.now())
        return signer is not None and signer.serial == issued.serial

    before = w.node()
    w.rotate()
    after = w.node()
    assert (proven(before), proven(after)) == (True, True)
    w.ca.end_previous()
    assert (proven(before), proven(after)) == (False, True)


class Killed(BaseException):
    """Nothing after it is done."""


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int, error: Callable[[], BaseException]) -> None:
    """The so-manieth file that is written, counted from 0, is not."""
    count = itertools.count()
    write = files.write_atomically

    def counted(path: Path, content: bytes, *, mode: int = files.SECRET_MODE) -> None:
        if next(count) >= number:
            raise error()
        write(path, content, mode=mode)

    for module in (rollover, authority):
        monkeypatch.setattr(module, "write_atomically", counted)


@pytest.mark.parametrize("number", range(5))
def test_a_crash_leaves_the_old_authority_or_the_new_one(
    w: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = w.node()
    with monkeypatch.context() as patched:
        kill_at(patched, number, Killed)
        with contextlib.suppress(Killed):
            w.rotate()
    w.ca = w.again()
    rotated = w.ca.previous is not None
    assert rotated == (number > 0)
    assert (w.old_pem == w.ca.certificate_pem) != rotated
    assert w.old_pem in w.ca.trusted_pem
    assert w.shakes_hands(w.old_pem, before)
    assert w.shakes_hands(w.old_pem, w.node())
    assert not (w.folder / "pki/ca-successor.json").exists()


@pytest.mark.parametrize("number", range(1, 4))
def test_what_a_full_disk_did_not_take_is_written_when_there_is_room(
    w: World, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as patched:
        kill_at(patched, number, lambda: OSError(28, "No space left on device"))
        with pytest.raises(OSError, match="No space"):
            w.rotate()
    assert w.ca.certificate_pem != w.old_pem
    assert w.shakes_hands(w.old_pem, w.node())
    assert w.again().trusted_pem == w.ca.trusted_pem


def test_a_full_disk_at_the_beginning_changes_nothing(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        kill_at(patched, 0, lambda: OSError(28, "No space left on device"))
        with pytest.raises(OSError, match="No space"):
            w.rotate()
    assert (w.ca.certificate_pem, w.ca.previous) == (w.old_pem, None)
    w.rotate()
    assert w.ca.previous is not None


def test_a_damaged_bridge_is_named(w: World) -> None:
    w.rotate()
    (w.folder / "pki/ca-bridge.crt").write_bytes(b"")
    with pytest.raises(AuthorityUnusable, match="damaged"):
        w.again()


def test_the_bridge_ends_no_later_than_either(w: World) -> None:
    w.clock.advance(9 * 366 * 86400)
    w.rotate()
    [bridge] = x509.load_pem_x509_certificates(w.ca.bridge_pem.encode())
    assert (
        bridge.not_valid_after_utc == x509.load_pem_x509_certificate(w.old_pem.encode()).not_valid_after_utc
    )
    assert (
        from_seconds(w.ca.certificate.not_valid_after_utc.timestamp())
        > w.clock.now() + 9 * 366 * 86400 * 10**6
    )
