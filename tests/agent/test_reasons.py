"""Why something failed is said in the words of whoever has to mend it."""

from __future__ import annotations

import errno
import http.client
import os
import re
import socket
import ssl

import httptools
import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from agent.reasons import coded_reason_of, reason_of
from nimbus.kernel.errors import Conflict

NOT_OURS = re.compile(r"ssl|errno|error\b.*:|exception|_|traceback|json|decode|none\b|pem", re.IGNORECASE)


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_code = code
    return error


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] {reason.lower()} (_ssl.c:2580)")
    error.reason = reason
    return error


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (REFUSED, "nothing listens there"),
        # As Trio says it of one address, and of several.
        (caused(OSError("all attempts to connect to x:1 failed"), REFUSED), "nothing listens there"),
        (
            caused(OSError("all attempts failed"), BaseExceptionGroup("x", [REFUSED, TimeoutError()])),
            "nothing listens there",
        ),
        (trio.TooSlowError(), "no answer"),
        (TimeoutError("The read operation timed out"), "no answer"),
        (caused(trio.BrokenResourceError(), ConnectionResetError(104, "x")), "the connection was cut"),
        (trio.BrokenResourceError(), "the connection was cut"),
        (OSError("the control plane closed the connection"), "the control plane closed the connection"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (socket.gaierror(-2, "Name or service not known"), "its name does not resolve"),
        (http.client.RemoteDisconnected("x"), "the connection was cut"),
        (httptools.HttpParserInvalidStatusError("x"), "something other than the control plane answers there"),
        (msgspec.DecodeError("Input data was truncated"), "the answer is damaged, or from another program"),
        (tls("UNEXPECTED_EOF_WHILE_READING"), "the connection was cut during the TLS handshake"),
        (
            tls("SSLV3_ALERT_CERTIFICATE_EXPIRED"),
            "this node's certificate has expired, or a clock is wrong: join it again with a token from:"
            " nimbus node token --rejoin NODE [CERTIFICATE_EXPIRED]",
        ),
        (
            tls("TLSV1_ALERT_UNKNOWN_CA"),
            "the server does not accept this node's certificate: join it again with a token from:"
            " nimbus node token --rejoin NODE [CERTIFICATE_REFUSED]",
        ),
        (
            verification(10),
            "the server's certificate is not valid at this machine's time: set the clock (NTP) [CLOCK_SKEWED]",
        ),
        (verification(20), "its certificate is from another authority [WRONG_CA]"),
        (verification(26), "a node answers there, not the control plane [WRONG_CA]"),
        (verification(62), "its certificate is for another name [WRONG_CA]"),
        (Conflict("it is taken", next_step="Take another."), "it is taken. Take another. [CONFLICT]"),
    ],
)
def test_each_has_its_words(error: BaseException, reason: str) -> None:
    assert coded_reason_of(error) == reason
    assert reason_of(error) == reason.partition(" [")[0]


ALERTS = (
    "BAD_CERTIFICATE",
    "HANDSHAKE_FAILURE",
    "CERTIFICATE_UNKNOWN",
    "PROTOCOL_VERSION",
    "INTERNAL_ERROR",
    "CERTIFICATE_REQUIRED",
    "DECRYPT_ERROR",
)
OTHERS = (ValueError("x_y"), KeyError("z"), EOFError(), ssl.SSLEOFError(8, "EOF occurred"), RuntimeError())
errors = st.one_of(
    st.sampled_from(sorted(errno.errorcode)).map(lambda number: OSError(number, os.strerror(number))),
    st.sampled_from(ALERTS).map(lambda name: tls(f"SSLV3_ALERT_{name}")),
    st.sampled_from(ALERTS).map(lambda name: tls(f"TLSV1_ALERT_{name}")),
    st.integers(0, 100).map(verification),
    st.sampled_from(OTHERS),
)


@given(errors)
def test_none_speaks_of_the_interpreter_or_of_openssl(error: BaseException) -> None:
    reason = reason_of(error)
    assert reason
    assert "\n" not in reason
    assert not NOT_OURS.search(reason.replace("(NTP)", "")), reason
