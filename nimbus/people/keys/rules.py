"""Pure decisions of keys."""

from __future__ import annotations

import hashlib
import hmac
import re

from nimbus.kernel.errors import Unauthenticated, invalid
from nimbus.people.keys.records import LIFETIMES, OVERLAPS, Key
from nimbus.protocol.signing import SIGNATURE_WINDOW_S

_API_KEY = re.compile(r"(nbk_[0-9a-f]{20})_([A-Za-z0-9_-]{43})")


def check_timestamp(timestamp: str, now_s: float) -> int:
    """The timestamp as a number of seconds. Raises Unauthenticated when it is none, or outside the window."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Unauthenticated("X-Timestamp must be the Unix time in whole seconds")
    off = int(timestamp) - now_s
    if abs(off) > SIGNATURE_WINDOW_S:
        direction = "ahead of" if off > 0 else "behind"
        raise Unauthenticated(
            f"the request's clock is {abs(off):.0f} s {direction} the control plane's",
            next_step="Set the clock of this machine (NTP) and try again.",
        )
    return int(timestamp)


def split_api_key(text: str) -> tuple[str, str] | None:
    """(access key, secret) of an API key; None when it is none."""
    match = _API_KEY.fullmatch(text)
    return (match[1], match[2]) if match else None


def hash_of(secret: str) -> str:
    """SHA-256: the secret has 256 random bits, so that there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, wanted_hash: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(hash_of(secret), wanted_hash)


def state_of(key: Key, now: int) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and now >= key.expires_at else "valid"


def seconds(text: str, field: str, *, zero: bool = False) -> int:
    """A number with its unit as seconds. Raises ValidationError."""
    number = (OVERLAPS if zero else LIFETIMES).seconds(text)
    if number is None:
        raise invalid(field, f"{text!r} must be a number with s, m, h or d, at most ten years")
    return number


def is_narrowed(key: Key) -> bool:
    """Whether it may less than its user."""
    return bool(key.workspace_id or key.role_id or key.tenant)


def good_until(key: Key, *, is_previous: bool) -> int | None:
    """When what was shown stops being good; None: never."""
    ends = [key.expires_at, key.previous_until if is_previous else None]
    given = [end for end in ends if end is not None]
    return min(given) if given else None
