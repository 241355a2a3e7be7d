"""A clock that stands still until it is told otherwise."""

from __future__ import annotations

import time

from nimbus.kernel.clock import MICROSECONDS


class SettableClock:
    """Starts at the real time, so that certificates and TLS agree with it."""

    def __init__(self, now: int | None = None) -> None:
        self.time = int(time.time()) * MICROSECONDS if now is None else now

    def now(self) -> int:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += round(seconds * MICROSECONDS)
