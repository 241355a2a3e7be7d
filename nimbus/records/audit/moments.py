"""Times as a caller writes them (RFC 3339)."""

from __future__ import annotations

import datetime

from nimbus.kernel.clock import MICROSECONDS
from nimbus.kernel.shapes import MOMENT


def from_rfc3339(text: str) -> int:
    """Epoch microseconds of a time as RFC 3339 section 5.6 writes it. Raises ValueError."""
    match = MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("must be a time as RFC 3339 writes it, like 2026-01-31T12:00:00Z")
    date, clock, fraction, zone = match.groups()
    try:
        moment = datetime.datetime.fromisoformat(f"{date}T{clock}{'+00:00' if zone in 'Zz' else zone}")
        seconds = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(
            seconds=1
        )
    except (ValueError, OverflowError):
        raise ValueError("there is no such time") from None
    return seconds * MICROSECONDS + int((fraction or "").ljust(6, "0")[:6])
