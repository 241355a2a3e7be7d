"""Between whom the control plane relays: in memory, for it is asked for each frame."""

from __future__ import annotations

from nimbus.db import Database
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.records import MeshPublished
from nimbus.kernel.events import EventBus, Wakeup

RELOAD_S = 300.0


class Pairs:
    """Belongs to the Trio thread."""

    def __init__(self, database: Database, members: Members) -> None:
        self._database = database
        self._members = members
        self._addresses: frozenset[str] = frozenset()
        self._changed = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(MeshPublished, self._on_change)

    def _on_change(self, _event: MeshPublished) -> None:
        self._changed.signal()

    async def load(self) -> None:
        self._addresses = frozenset(await self._database.read(self._members.addresses))

    async def wait_changed(self) -> None:
        await self._changed.wait(RELOAD_S)

    def may_pass(self, source: str, destination: str) -> bool:
        """Both are members, and not the same one."""
        return source != destination and source in self._addresses and destination in self._addresses
