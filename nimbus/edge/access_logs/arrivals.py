"""That something has come, told to all who wait for it."""

from __future__ import annotations

import trio


class Arrivals:
    """Belongs to the Trio thread."""

    def __init__(self) -> None:
        self._next = trio.Event()

    @property
    def next(self) -> trio.Event:
        """Set with the next that comes: taken before one looks, nothing is missed."""
        return self._next

    def tell(self, _what: object = None) -> None:
        self._next.set()
        self._next = trio.Event()
