"""Wall-clock time, injected so that rules and tests decide what time it is."""

from __future__ import annotations

import time
from typing import Protocol

MICROSECONDS = 1_000_000


class Clock(Protocol):
    """Time as integer microseconds since the Unix epoch: the unit of every `_at` column."""

    def now(self) -> int: ...


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1000


def from_seconds(seconds: float) -> int:
    return round(seconds * MICROSECONDS)


def to_seconds(microseconds: int) -> float:
    return microseconds / MICROSECONDS


def to_rfc3339(microseconds: int) -> str:
    """RFC 3339 in UTC with microseconds: the form of every time in the API."""
    seconds, fraction = divmod(microseconds, MICROSECONDS)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{fraction:06d}Z"
