"""Two clocks, injected so that rules and tests decide what time it is: the wall clock says when something happened,
and may be set back or ahead at any moment; the monotonic clock measures how long something takes."""

from __future__ import annotations

import functools
import time
from typing import Protocol

MICROSECONDS = 1_000_000


class Clock(Protocol):
    def now(self) -> int:
        """The wall clock, for what is stored and shown: integer microseconds since the Unix epoch, the unit of
        every `_at` column."""

    def monotonic(self) -> float:
        """For every duration: seconds since no particular moment, never set."""


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()


def from_seconds(seconds: float) -> int:
    return round(seconds * MICROSECONDS)


def to_seconds(microseconds: int) -> float:
    return microseconds / MICROSECONDS


def to_rfc3339(microseconds: int) -> str:
    """RFC 3339 in UTC with microseconds: the form of every time in the API."""
    seconds = microseconds // MICROSECONDS
    return f"{_to_the_second(seconds)}.{microseconds - seconds * MICROSECONDS:06d}Z"


def to_the_second(microseconds: int) -> str:
    """For sentences: people have no use for what is finer."""
    return f"{_to_the_second(microseconds // MICROSECONDS)}Z"


@functools.lru_cache(maxsize=4096)
def _to_the_second(seconds: int) -> str:
    """The slow part. What is shown together often happened in the same seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def optional_rfc3339(microseconds: int | None) -> str | None:
    """For times that may not be."""
    return None if microseconds is None else to_rfc3339(microseconds)
