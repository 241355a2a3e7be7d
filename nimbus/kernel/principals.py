"""Who was recognised lately: so that a request costs no look into the database while nobody's access changes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from nimbus.kernel.access import Actor
from nimbus.kernel.events import EventBus

CAPACITY = 10_000


class AccessChanged(msgspec.Struct, frozen=True):
    """Event: somebody may do more or less than before: a grant, a role, a group, a workspace, a user, a session
    or a key has changed. Every transaction that does so emits it; it comes before the answer to the change."""


T = TypeVar("T")


class RecentlyKnown(Generic[T]):
    """What was looked up for recognition, by a session's or a key's id. Belongs to the Trio thread. A look that
    began before a change must not be kept after it: `generation` tells."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self.generation = 0

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(AccessChanged, self._on_changed)

    def get(self, key: str, now: int) -> T | None:
        """`now` in epoch microseconds: an entry is not used after it has expired."""
        known = self._known.get(key)
        if known is None:
            return None
        value, expires_at = known
        if now >= expires_at:
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return value

    def put(self, key: str, value: T, *, expires_at: int, generation: int) -> None:
        """`generation` is what it was before the look."""
        if generation != self.generation:
            return
        self._known[key] = (value, expires_at)
        if len(self._known) > CAPACITY:
            self._known.popitem(last=False)

    def _on_changed(self, _event: AccessChanged) -> None:
        self.forget()

    def forget(self) -> None:
        self.generation += 1
        self._known.clear()


# Actors without source and request id.
PrincipalCache = RecentlyKnown[Actor]
