"""Which tasks of a node may run at once. Pure: ids in, ids out."""

from __future__ import annotations

from dataclasses import dataclass

GENERAL_AT_ONCE = 8
QUICK_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Place:
    """What a task needs. `is_general`: it takes one of the general places (a quick one that found no quick place
    does, too)."""

    resources: frozenset[str]
    is_general: bool


@dataclass(frozen=True, slots=True)
class Room:
    """How many more tasks can be taken: of any kind, and quick ones beside them."""

    general: int
    quick: int


class Lanes:
    """Tasks with a resource in common run one after the other, in the order in which they came; a quick one waits
    for quick ones only. Who waits for a resource keeps those behind it from overtaking."""

    def __init__(self, general: int = GENERAL_AT_ONCE, quick: int = QUICK_AT_ONCE) -> None:
        self._general, self._quick = general, quick
        self._waiting: dict[str, _Place] = {}
        self._running: dict[str, _Place] = {}

    @property
    def waiting(self) -> list[str]:
        return list(self._waiting)

    @property
    def running(self) -> list[str]:
        return list(self._running)

    @property
    def room(self) -> Room:
        places = [*self._waiting.values(), *self._running.values()]
        general = sum(place.is_general for place in places)
        return Room(max(0, self._general - general), max(0, self._quick - (len(places) - general)))

    def add(self, task_id: str, resources: frozenset[str], *, quick: bool) -> None:
        """It waits from now on; `begin` says when it may run."""
        self._waiting[task_id] = _Place(resources, is_general=not quick or self.room.quick == 0)

    def remove(self, task_id: str) -> None:
        """It has ended, or is not wanted any more."""
        self._waiting.pop(task_id, None)
        self._running.pop(task_id, None)

    def begin(self) -> list[str]:
        """Those that may run now, and count as running from here on."""
        claimed = {resource for place in self._running.values() for resource in place.resources}
        begun = []
        for task_id, place in list(self._waiting.items()):
            if not claimed & place.resources and self._has_place(place):
                self._running[task_id] = self._waiting.pop(task_id)
                begun.append(task_id)
            claimed |= place.resources
        return begun

    def _has_place(self, place: _Place) -> bool:
        taken = sum(other.is_general == place.is_general for other in self._running.values())
        return taken < (self._general if place.is_general else self._quick)
