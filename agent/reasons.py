"""Why something failed, in the words of whoever has to mend it: not the interpreter's, not OpenSSL's.

Codes in brackets are those of docs/troubleshooting.md.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl

import msgspec
import trio

from nimbus.protocol.errors import NimbusError

REJOIN = "join it again with a token from: nimbus node token --rejoin NODE"
_BY_NUMBER = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ECONNRESET: "the connection was cut",
    errno.ECONNABORTED: "the connection was cut",
    errno.EPIPE: "the connection was cut",
    errno.ENOTCONN: "the connection was cut",
    errno.ETIMEDOUT: "no answer",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to the network",
    errno.EADDRNOTAVAIL: "this machine has no address that could reach it",
    errno.ENETDOWN: "this machine's network is down",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOENT: "no such file",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
}
# X509_V_ERR_* (openssl/x509_vfy.h).
_NOT_YET_VALID, _EXPIRED, _WRONG_PURPOSE, _WRONG_NAME, _WRONG_ADDRESS = 9, 10, 26, 62, 64


def reason_of(error: BaseException) -> str:
    """One clause without a full stop."""
    return _reason(_cause(error))[0]


def coded_reason_of(error: BaseException) -> str:
    """The same with its code in brackets, where it has one."""
    reason, code = _reason(_cause(error))
    return f"{reason} [{code}]" if code else reason


def _reason(error: BaseException) -> tuple[str, str]:
    if isinstance(error, NimbusError):
        return error.line(), error.code
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_server_certificate(error)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    return _without_code(error), ""


def _without_code(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "its name does not resolve"
    if isinstance(error, (TimeoutError, trio.TooSlowError)):
        return "no answer"
    if isinstance(error, (trio.BrokenResourceError, trio.ClosedResourceError, http.client.HTTPException)):
        return "the connection was cut"
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, (msgspec.DecodeError, UnicodeDecodeError)):
        return "the answer is damaged, or from another program"
    return "something other than the control plane answers there"


def is_about_time(error: BaseException) -> bool:
    """Whether a server's certificate is not valid at this machine's time."""
    return getattr(error, "verify_code", 0) in (_NOT_YET_VALID, _EXPIRED)


def _cause(error: BaseException) -> BaseException:
    """Trio says that a stream broke, or that no address was reached; why, is the cause or one of a group."""
    for _ in range(8):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif error.__cause__ is not None and not isinstance(error, NimbusError):
            error = error.__cause__
        else:
            break
    return error


def _of_system(error: OSError) -> str:
    if error.errno is None:
        # Our own words.
        return str(error) or "the connection was cut"
    known = _BY_NUMBER.get(error.errno)
    return known or os.strerror(error.errno).lower()


def _of_server_certificate(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    code = getattr(error, "verify_code", 0)
    if is_about_time(error):
        return (
            "the server's certificate is not valid at this machine's time: set the clock (NTP)",
            "CLOCK_SKEWED",
        )
    if code in (_WRONG_NAME, _WRONG_ADDRESS):
        return "its certificate is for another name", "WRONG_CA"
    if code == _WRONG_PURPOSE:
        return "a node answers there, not the control plane", "WRONG_CA"
    return "its certificate is from another authority", "WRONG_CA"


def _of_tls(error: ssl.SSLError) -> tuple[str, str]:
    word = str(getattr(error, "reason", "") or error).upper().replace(" ", "_")
    if "ALERT_CERTIFICATE_EXPIRED" in word:
        return f"this node's certificate has expired, or a clock is wrong: {REJOIN}", "CERTIFICATE_EXPIRED"
    if "ALERT" in word and ("CERTIFICATE" in word or "UNKNOWN_CA" in word):
        return f"the server does not accept this node's certificate: {REJOIN}", "CERTIFICATE_REFUSED"
    if "EOF" in word:
        return "the connection was cut during the TLS handshake", ""
    if isinstance(error, ssl.SSLWantReadError) or "TIMED_OUT" in word:
        return "no answer", ""
    return "the TLS handshake failed: something other than the control plane answers there", ""
