"""Clocks that stand still until they are told otherwise."""

from __future__ import annotations

import time

from nimbus.kernel.clock import MICROSECONDS


class SettableClock:
    """Starts at the real time, so that certificates and TLS agree with it."""

    def __init__(self, now: int | None = None) -> None:
        self.time = int(time.time()) * MICROSECONDS if now is None else now
        self.elapsed = 1000.0

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return self.elapsed

    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.time += round(seconds * MICROSECONDS)
        self.elapsed += seconds

    def jump(self, seconds: float) -> None:
        """The wall clock is set; no time passes."""
        self.time += round(seconds * MICROSECONDS)
