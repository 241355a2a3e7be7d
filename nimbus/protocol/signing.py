"""HMAC request signing, shared by whoever signs and whoever verifies.

A signed request carries three headers: `X-Access-Key` names the key pair, `X-Timestamp` is the Unix time in
whole seconds, `X-Signature` is the lower-case hex HMAC-SHA256 (RFC 2104), keyed with the secret key as UTF-8,
of these four lines joined by a line feed:

    METHOD
    path?query            as sent on the request line, the question mark only when there is a query
    timestamp             the value of X-Timestamp
    sha256(body)          lower-case hex; of the empty string when there is no body

Agents that sign (`auth = session-key`) do the same with their session key, and their nonce is no free choice:
`EPOCH.COUNTER`. The control plane draws its epoch anew at each start; the counter grows with each request of a key.
"""

from __future__ import annotations

import hashlib
import hmac

ACCESS_KEY_HEADER = "X-Access-Key"
TIMESTAMP_HEADER = "X-Timestamp"
SIGNATURE_HEADER = "X-Signature"
# The whole of the other kind of key, sent as it is.
API_KEY_HEADER = "X-API-Key"
# By which a key is told from a session's token where both may come.
API_KEY_PREFIX = "nbk_"

# A query parameter that the control plane ignores: it tells equal requests of one second apart.
NONCE_PARAMETER = "nonce"

# How far a timestamp may lie from the verifier's clock, in seconds, either way.
SIGNATURE_WINDOW_S = 300


# A refused nonce is answered with what the next one has to be made of.
MAX_COUNTER = 2**63 - 1
_MAX_COUNTER_DIGITS = 19


def session_nonce(epoch: str, counter: int) -> str:
    return f"{epoch}.{counter}"


def parse_session_nonce(nonce: str) -> tuple[str, int] | None:
    """(epoch, counter), or None when it is no session nonce. An epoch of "" is asked with before one is known."""
    epoch, separator, digits = nonce.rpartition(".")
    if not separator or not (digits.isascii() and digits.isdigit()) or len(digits) > _MAX_COUNTER_DIGITS:
        return None
    counter = int(digits)
    return (epoch, counter) if 0 < counter <= MAX_COUNTER else None


def with_nonce(target: str, nonce: str) -> str:
    """`target` (path with its query) with the nonce as last parameter. The nonce is of URL-safe characters."""
    return f"{target}{'&' if '?' in target else '?'}{NONCE_PARAMETER}={nonce}"


def canonical_request(method: str, target: str, timestamp: str, body: bytes) -> bytes:
    """The bytes that are signed. `target` is the path with its query, exactly as sent."""
    return "\n".join((method.upper(), target, timestamp, hashlib.sha256(body).hexdigest())).encode()


def sign(secret_key: str, method: str, target: str, timestamp: str, body: bytes) -> str:
    """The value of `X-Signature`."""
    message = canonical_request(method, target, timestamp, body)
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()


def signature_matches(
    signature: str, secret_key: str, method: str, target: str, timestamp: str, body: bytes
) -> bool:
    """Whether `signature` is the right one; takes the same time whether it is or not."""
    expected = sign(secret_key, method, target, timestamp, body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))
