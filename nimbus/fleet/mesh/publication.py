"""The published revision, and the encoded difference that most nodes ask for."""

from __future__ import annotations

import msgspec

from nimbus.fleet.mesh.records import MeshPublished
from nimbus.kernel.events import EventBus
from nimbus.protocol.messages import MeshDelta

# A difference up to this size travels in the answer to a poll; a larger one is fetched.
INLINE_LIMIT_BYTES = 16 * 1024


class Publication:
    """Belongs to the Trio thread. Nearly all nodes of a mesh ask for the same, newest step, so that one is kept
    encoded. Each new revision is told on the bus."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.revision = 0
        self._since = 0
        self._encoded: msgspec.Raw | None = None

    def publish(self, delta: MeshDelta, *, since: int) -> None:
        encoded = msgspec.json.encode(delta)
        self.revision = delta.revision
        self._since = since
        self._encoded = msgspec.Raw(encoded) if len(encoded) <= INLINE_LIMIT_BYTES else None
        self._bus.publish(MeshPublished(delta.revision))

    def inline(self, since: int) -> msgspec.Raw | None:
        """The encoded step from `since` to the published revision, when it is at hand."""
        return self._encoded if since == self._since else None
