"""Each read has a deadline: what waits behind it waits no longer than that."""

from __future__ import annotations

from nimbus.protocol.errors import NimbusError


class ReadTooSlow(NimbusError):
    code = "READ_TOO_SLOW"


def too_slow(deadline_s: float) -> ReadTooSlow:
    return ReadTooSlow(
        f"the database did not answer within {deadline_s:g} s",
        next_step="Ask for less: a workspace, a state, a shorter time, or no search.",
    )
