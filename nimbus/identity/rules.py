"""Pure decisions of identity."""

from __future__ import annotations

from nimbus.access import ALL_PERMISSIONS, Permission
from nimbus.errors import Unauthenticated
from nimbus.identity.records import User
from nimbus.protocol.signing import SIGNATURE_WINDOW_S


def permissions_of(user: User) -> frozenset[Permission]:
    return ALL_PERMISSIONS if user.is_admin else frozenset()


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
