"""Which tasks a node may be given at once: what it has room for, and what excludes each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from nimbus.protocol.kinds import KINDS, exclusive_resources, is_quick


class Room(msgspec.Struct, frozen=True):
    """How many more tasks a node takes: of any kind, and quick ones beside them."""

    general: int
    quick: int = 0

    def less(self, kind: str) -> Room:
        """When one more task of this kind is there: a quick one takes a quick place, as long as there is one."""
        if is_quick(kind) and self.quick:
            return Room(self.general, self.quick - 1)
        return Room(max(0, self.general - 1), self.quick)


class Lanes:
    """What a node can be given beside what runs there; it changes with each task that is `begun`."""

    def __init__(self, room: Room, running_kinds: Iterable[str] = ()) -> None:
        self.room = room
        self._claimed = {resource for kind in running_kinds for resource in exclusive_resources(kind)}

    def admit(self, kind: str) -> bool:
        """Whether a task of this kind may begin now."""
        has_place = self.room.general > 0 or (self.room.quick > 0 and is_quick(kind))
        return has_place and not self._claimed & exclusive_resources(kind)

    def begun(self, kind: str) -> None:
        self.room = self.room.less(kind)
        self._claimed |= exclusive_resources(kind)

    @property
    def shut_out(self) -> tuple[str, ...]:
        """The known kinds of which none may begin now. Kinds that are not known here (of a database from a newer
        version) are as general ones that need nothing."""
        return tuple(kind for kind in KINDS if not self.admit(kind))
