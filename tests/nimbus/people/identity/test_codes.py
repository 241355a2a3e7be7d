"""One-time codes and recovery codes: pure."""

from __future__ import annotations

import base64

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.people.identity.factors.codes import (
    RECOVERY_CODES,
    matching_step,
    new_recovery_codes,
    new_totp_secret,
    normalized_code,
    recovery_hash,
)

# RFC 6238 appendix B: the SHA-1 rows, of which ours are the last six digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_the_vectors_of_the_rfc(at: int, code: str) -> None:
    assert matching_step(SECRET, code[-6:], at, 0) == at // 30


@given(st.integers(100, 10**8), st.integers(-4, 4), st.integers(-4, 4))
def test_a_code_is_good_within_a_step_and_after_the_last_that_was_used(
    present: int, off: int, used: int
) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(present + off)
    found = matching_step(SECRET, code, present * 30 + 7, present + used)
    # (Two steps may by chance have the same code; then either may be found.)
    if found is not None:
        assert abs(found - present) <= 1
        assert found > present + used
    elif abs(off) <= 1:
        assert off <= used


@given(st.text(max_size=12))
def test_what_is_no_code_is_none(text: str) -> None:
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        assert matching_step(SECRET, text, 59, 0) is None


def test_secrets_are_long_and_different() -> None:
    made = {new_totp_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(one)) for one in made} == {20}


def test_recovery_codes_are_told_apart_by_user_and_not_by_writing() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    first = recovery_hash("u", codes[0])
    assert (
        first == recovery_hash("u", codes[0].upper().replace("-", " ")) == recovery_hash("u", f" {codes[0]} ")
    )
    assert first != recovery_hash("v", codes[0])
    for text in ("", "123456", codes[0][:-1], codes[0] + "a", "é" * 16):
        assert recovery_hash("u", text) is None
    assert normalized_code("123 456") == "123456"
