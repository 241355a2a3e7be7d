"""When a change that nobody waits for is loaded: not at once, and not often. Pure.

nginx keeps the workers of each load until their last connection ends; a server that comes and goes must not make
hundreds of them.
"""

from __future__ import annotations

# After the first change; between two loads.
DEBOUNCE_S, LEAST_S = 2.0, 10.0
# After a load for which the disk had no room, or nginx was not there.
RETRY_S = 60.0


class Pace:
    """Times in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._changed_at: float | None = None
        self._not_before = 0.0

    def changed(self, now: float) -> None:
        if self._changed_at is None:
            self._changed_at = now

    def loaded(self, now: float, *, is_ordered: bool = False, is_to_retry: bool = False) -> None:
        """Everything that was known by now is loaded, or was tried. What was ordered does not count."""
        self._changed_at = now if is_to_retry else None
        if is_to_retry:
            self._not_before = now + RETRY_S
        elif not is_ordered:
            self._not_before = now + LEAST_S

    @property
    def due(self) -> float:
        """When to load; infinite while nothing has changed."""
        if self._changed_at is None:
            return float("inf")
        return max(self._changed_at + DEBOUNCE_S, self._not_before)
