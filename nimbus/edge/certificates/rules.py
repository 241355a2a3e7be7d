"""Pure decisions of certificates."""

from __future__ import annotations

from nimbus.edge.certificates.records import State
from nimbus.kernel.clock import from_seconds

DAY_S = 86_400.0
# Days before its end at which it is told that a certificate ends.
WARN_DAYS = (30, 14, 7, 1, 0)
KEPT_VERSIONS = 5
# Words of paths beside names.
RESERVED_NAMES = frozenset({"issue"})


def state_of(not_after: int, now: int) -> State:
    """Times in microseconds."""
    if not not_after:
        return State.PENDING
    if not_after <= now:
        return State.EXPIRED
    return State.EXPIRING if not_after - now <= from_seconds(WARN_DAYS[0] * DAY_S) else State.VALID


def warning_due(not_after: int, now: int, warned_days: int | None) -> int | None:
    """The nearest of `WARN_DAYS` that is reached, where that was not told yet. Times in microseconds."""
    reached = [days for days in WARN_DAYS if not_after - now <= from_seconds(days * DAY_S)]
    if not reached or (warned_days is not None and warned_days <= reached[-1]):
        return None
    return reached[-1]
