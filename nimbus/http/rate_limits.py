"""How often one address and one principal may ask: token buckets in memory, of bounded number.

A bucket holds `burst` tokens and gains `rate` of them a second; each request takes one (the token bucket of
RFC 2697's family). The answer to one too many says after how many seconds there is a token again.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from nimbus.kernel.errors import RateLimited

CAPACITY = 50_000


class RateLimit:
    """`rate` requests a second; 0 is no limit. `burst` requests may come at once."""

    def __init__(self, rate: float, burst: float, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self.set(rate, burst)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def set(self, rate: float, burst: float) -> None:
        """From now on; who has used up the old one has what is left of it."""
        self._rate, self._burst = rate, burst

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float, *, cost: float = 1.0) -> float:
        """Seconds until there is a token again; 0.0 when one was taken. `now` in seconds, of any clock that does
        not go back; if it does, a bucket gains nothing meanwhile."""
        if self._rate <= 0:
            return 0.0
        tokens, since = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - since) * self._rate)
        wait = 0.0
        if tokens >= cost:
            tokens -= cost
        else:
            wait = (cost - tokens) / self._rate
        self._buckets[key] = (tokens, now)
        if len(self._buckets) > self._capacity:
            self._buckets.popitem(last=False)
        return wait

    def check(self, key: str, now: float, what: str) -> None:
        """Raises RateLimited."""
        wait = self.take(key, now)
        if wait > 0:
            raise RateLimited(f"too many requests {what}", retry_after=max(1, math.ceil(wait)))
