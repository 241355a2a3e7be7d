"""Keys against RFC 7748, and what is taken for a key."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.wireguard.errors import InvalidWireGuard
from nimbus.wireguard.keys import (
    generate_preshared_key,
    generate_private_key,
    is_key,
    key_bytes,
    key_digest,
    key_text,
    public_key,
)

# RFC 7748 section 6.1.
ALICE = (
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
)
BOB = (
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
)


@pytest.mark.parametrize(("private", "public"), [ALICE, BOB])
def test_public_keys_of_rfc_7748(private: str, public: str) -> None:
    assert public_key(key_text(bytes.fromhex(private))) == key_text(bytes.fromhex(public))


def test_a_private_key_is_clamped_and_new_each_time() -> None:
    made = {generate_private_key() for _ in range(50)}
    assert len(made) == 50
    for text in made:
        raw = key_bytes(text)
        assert raw[0] & 7 == 0
        assert raw[31] & 0x80 == 0
        assert raw[31] & 0x40


def test_a_preshared_key_is_a_key() -> None:
    assert is_key(generate_preshared_key())


@given(st.binary(min_size=32, max_size=32))
def test_text_and_bytes_are_the_same_key(raw: bytes) -> None:
    text = key_text(raw)
    assert is_key(text)
    assert text == base64.b64encode(raw).decode()
    assert key_bytes(text) == raw


@given(st.text(max_size=60))
def test_only_canonical_base64_of_32_bytes_is_a_key(text: str) -> None:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    assert is_key(text) == (len(raw) == 32 and base64.b64encode(raw).decode() == text)


@pytest.mark.parametrize("wrong", ["", "A" * 43, "A" * 44, "A" * 43 + "=\n", "B" * 43 + "=", "é" * 43 + "="])
def test_what_is_no_key_is_refused_and_not_repeated(wrong: str) -> None:
    assert not is_key(wrong)
    with pytest.raises(InvalidWireGuard) as caught:
        key_bytes(wrong)
    assert not wrong or wrong not in caught.value.message


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    with pytest.raises(InvalidWireGuard):
        key_text(bytes(size))


def test_a_digest_tells_keys_apart_and_does_not_hold_them() -> None:
    one, other = bytes([1]) * 32, bytes([2]) * 32
    assert key_digest(one) == key_digest(bytes([1]) * 32) != key_digest(other)
    assert one.hex() not in key_digest(one)
