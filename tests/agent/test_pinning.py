"""Pins: their spellings, and what they fit."""

from __future__ import annotations

import base64
import hashlib
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from agent.pinning import PinMismatch, check_pins, public_key_info
from nimbus.kernel.clock import SystemClock
from nimbus.protocol.errors import UsageError
from nimbus.protocol.pins import parse_pins
from nimbus.trust.pki import authority

DIGEST = hashlib.sha256(b"x").digest()
PIN = "sha256:" + DIGEST.hex()


@pytest.mark.parametrize(
    "word",
    [
        PIN,
        PIN.upper().replace("SHA256", "sha256"),
        "SHA256:" + DIGEST.hex(":").upper(),
        "sha256/" + base64.b64encode(DIGEST).decode(),
    ],
)
def test_spellings(word: str) -> None:
    assert parse_pins(word) == (PIN,)


def test_several() -> None:
    other = "sha256:" + "0" * 64
    assert parse_pins(f" {PIN}, {other} ,") == (PIN, other)
    assert parse_pins("") == ()


@pytest.mark.parametrize(
    "word",
    [
        "x",
        "sha256",
        "sha256:",
        "sha256:12",
        "sha1:" + "0" * 40,
        "sha512:" + "0" * 128,
        "md5/AAAA",
        "sha256:" + "g" * 64,
        "sha256/" + "A" * 44,
        "sha256/@",
        DIGEST.hex(),
        "sha256:" + "0" * 66,
        "sha256:" + "é" * 64,
    ],
)
def test_what_is_no_pin(word: str) -> None:
    with pytest.raises(UsageError, match="pin"):
        parse_pins(word)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """DER of a server and of its authority."""
    now = SystemClock().now()
    made = authority.load_or_create(tmp_path_factory.mktemp("pki"), now)
    file, _ = made.server_files(["127.0.0.1"], now)
    return ssl.PEM_cert_to_DER_cert(file.read_text()), made.certificate_der


def spki(der: bytes) -> bytes:
    key = x509.load_der_x509_certificate(der).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_the_key_of_a_certificate_is_found_without_a_library(certificates: tuple[bytes, bytes]) -> None:
    for der in certificates:
        assert public_key_info(der) == spki(der)


def test_a_pin_fits_certificate_key_or_authority(certificates: tuple[bytes, bytes]) -> None:
    server, ca = certificates
    other = ("sha256:" + "0" * 64,)
    for der in (server, spki(server), ca, spki(ca)):
        pin = "sha256:" + hashlib.sha256(der).hexdigest()
        check_pins(server, (*other, pin), [ca])
    check_pins(server, ())
    with pytest.raises(PinMismatch, match="is not pinned"):
        check_pins(server, other, [ca])
    with pytest.raises(PinMismatch):
        check_pins(server, ("sha256:" + hashlib.sha256(ca).hexdigest(),))
    with pytest.raises(PinMismatch):
        check_pins(None, other)


@given(st.binary(max_size=300))
def test_what_is_no_certificate_has_no_key(data: bytes) -> None:
    assert isinstance(public_key_info(data), bytes)


@given(st.data())
def test_a_cut_or_altered_certificate_does_no_harm(
    certificates: tuple[bytes, bytes], data: st.DataObject
) -> None:
    der = bytearray(certificates[0])
    der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(public_key_info(bytes(der[: data.draw(st.integers(0, len(der)))])), bytes)
