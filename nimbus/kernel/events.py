"""What happened, told within the process; `nimbus.db.relay` tells other processes on the same database.

An event says that something has committed; it carries ids, never a state to act on, so that a lost or doubled
one does no harm. A lower slice publishes, a higher one subscribes; calls upwards do not exist.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import trio

E = TypeVar("E")
log = logging.getLogger("nimbus.events")


class EventBus:
    """Synchronous delivery on the Trio thread. Subscribers must be quick. One that raises is logged and keeps the
    event from nobody else: each of them stands for something that the commit has promised already."""

    def __init__(self) -> None:
        self._subscribers: dict[type, list[Callable[[Any], object]]] = defaultdict(list)

    def subscribe(self, kind: type[E], subscriber: Callable[[E], object]) -> None:
        self._subscribers[kind].append(subscriber)

    def publish(self, event: object) -> None:
        for subscriber in self._subscribers.get(type(event), ()):
            try:
                subscriber(event)
            except Exception:
                log.exception("an event did not reach one of its subscribers: %s", type(event).__name__)


class Wakeup:
    """Wakes one reconciler; signals that come before it looks are one signal."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def signal(self, _event: object = None) -> None:
        self._event.set()

    async def wait(self, at_most: float) -> bool:
        """True when signalled, False when `at_most` seconds passed first."""
        with trio.move_on_after(at_most):
            await self._event.wait()
        signalled = self._event.is_set()
        self._event = trio.Event() if signalled else self._event
        return signalled
