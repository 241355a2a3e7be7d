from __future__ import annotations

import hashlib
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.protocol.signing import canonical_request, sign, signature_matches

SECRET = "wJalrXUtnFEMI"


def hmac_by_hand(key: bytes, message: bytes) -> str:
    """RFC 2104, written out."""
    key = hashlib.sha256(key).digest() if len(key) > 64 else key
    key = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


def test_the_canonical_request_is_four_lines() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert canonical_request("get", "/a?b=c", "17", b"") == f"GET\n/a?b=c\n17\n{empty}".encode()


@given(st.text(max_size=80), st.binary(max_size=50))
def test_it_is_hmac_sha256(secret: str, body: bytes) -> None:
    message = b"POST\n/x\n1\n" + hashlib.sha256(body).hexdigest().encode()
    assert sign(secret, "POST", "/x", "1", body) == hmac_by_hand(secret.encode(), message)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_it_is_what_openssl_computes() -> None:
    message = b"DELETE\n/api/v1/nodes/n?x=1\n1700000000\n" + hashlib.sha256(b"{}").hexdigest().encode()
    command = ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-r"]
    said = subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode()
    assert sign(SECRET, "DELETE", "/api/v1/nodes/n?x=1", "1700000000", b"{}") == said.split()[0]


def test_every_part_counts() -> None:
    right = ("GET", "/a?b", "17", b"body")
    signature = sign(SECRET, *right)
    assert signature_matches(signature, SECRET, *right)
    for wrong in (
        ("PUT", "/a?b", "17", b"body"),
        ("GET", "/a?c", "17", b"body"),
        ("GET", "/a?b", "18", b"body"),
        ("GET", "/a?b", "17", b""),
        ("GET", "/a", "17", b"body"),
    ):
        assert not signature_matches(signature, SECRET, *wrong)
    assert not signature_matches(signature, SECRET + "x", *right)


@pytest.mark.parametrize("rubbish", ["", "é", "\udcff", "0" * 64, "0" * 10_000])
def test_any_rubbish_is_just_wrong(rubbish: str) -> None:
    assert not signature_matches(rubbish, SECRET, "GET", "/", "1", b"")
