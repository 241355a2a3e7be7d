"""Every cause has its name, and what to try."""

from __future__ import annotations

import ssl
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import doctor
from agent.doctor import JoinFailed
from nimbus.protocol.join_token import JoinToken


def token(expires_in: float) -> JoinToken:
    return JoinToken(secret="s", expires_at=int(time.time() + expires_in), ca=b"", api_port=8443)


def test_an_expired_token_names_the_clock_too() -> None:
    doctor.check_expiry(token(60))
    with pytest.raises(JoinFailed) as failure:
        doctor.check_expiry(token(-3600))
    assert failure.value.code == "TOKEN_EXPIRED"
    assert "clock" in failure.value.next_step


@pytest.mark.parametrize(
    ("routes", "collides"),
    [
        (["192.168.1.0/24"], False),
        (["10.106.103.0/24"], True),
        (["10.0.0.0/8"], True),
        (["10.106.103.128/25"], True),
        (["10.106.104.0/24", "fd00::/8"], False),
        ([], False),
    ],
)
def test_an_overlay_that_overlaps_a_route_is_refused(routes: list[str], collides: bool) -> None:
    if not collides:
        doctor.check_overlay("10.106.103.5/24", routes)
        return
    with pytest.raises(JoinFailed) as failure:
        doctor.check_overlay("10.106.103.5/24", routes)
    assert failure.value.code == "OVERLAY_COLLIDES"
    assert failure.value.next_step


def test_tls_failures_by_cause() -> None:
    def verification(code: int) -> ssl.SSLCertVerificationError:
        error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
        error.verify_code = code
        return error

    for code in (9, 10):  # not yet valid, expired
        assert doctor.tls_failure("h:1", verification(code)).code == "CLOCK_SKEWED"
        assert doctor.proxy_failure("h:1", verification(code)).code == "CLOCK_SKEWED"
    for code in (18, 20, 26, 62):  # self-signed, no issuer, purpose, host name
        failure = doctor.tls_failure("h:1", verification(code))
        assert failure.code == "WRONG_CA"
        assert "SSL" not in failure.line()
        assert doctor.proxy_failure("h:1", verification(code)).code == "PROXY_UNTRUSTED"
    assert doctor.tls_failure("h:1", ssl.SSLError(1, "wrong version number")).code == "WRONG_CA"


@given(st.sampled_from(["UDP", "API"]))
def test_the_message_is_one_line(which: str) -> None:
    failure = (
        doctor.no_handshake("h:1") if which == "UDP" else doctor.unreachable("h:1", OSError(111, "refused"))
    )
    assert "\n" not in failure.line()
    assert failure.next_step.endswith(".")
