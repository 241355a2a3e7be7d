"""The published revision of each scope, and the encoded difference that most of its nodes ask for."""

from __future__ import annotations

import msgspec

from nimbus.fleet.mesh.places import Places
from nimbus.fleet.mesh.records import MeshPublished, News
from nimbus.kernel.events import EventBus

# A difference up to this size travels in the answer to a poll; a larger one is fetched.
INLINE_LIMIT_BYTES = 16 * 1024


class _Published(msgspec.Struct, frozen=True):
    revision: int
    since: int
    encoded: msgspec.Raw | None


_NOTHING = _Published(0, -1, None)


class Publication:
    """Belongs to the Trio thread. Nearly all nodes of a scope ask for the same, newest step, so that one is kept
    encoded. Each new revision is told on the bus. `newest` is the newest revision of all scopes that
    is published, `places`: who is where, as it was published."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._scopes: dict[str, _Published] = {}
        self.newest = 0
        self.places = Places()
        self._kept_apart: frozenset[str] = frozenset()

    @property
    def revisions(self) -> dict[str, int]:
        """By scope."""
        return {scope: published.revision for scope, published in self._scopes.items()}

    def publish(self, news: News) -> None:
        self.newest = news.revision
        self.places.take_in(news.changed, news.views)
        self._kept_apart = news.kept_apart
        for step in news.steps:
            encoded = msgspec.json.encode(step.delta)
            self._scopes[step.scope] = _Published(
                step.delta.revision,
                step.since,
                msgspec.Raw(encoded) if len(encoded) <= INLINE_LIMIT_BYTES else None,
            )
        if news.steps:
            self._bus.publish(MeshPublished(frozenset(step.scope for step in news.steps)))

    def _of(self, node_id: str) -> _Published:
        return self._scopes.get(self.places.scope_of(node_id), _NOTHING)

    def revision_of(self, node_id: str) -> int:
        """Of what this node is told; 0: it is no member, and is told of nobody."""
        return self._of(node_id).revision

    def is_kept_apart(self, node_id: str) -> bool:
        """Some are not told of it, nor it of them, because it cannot keep ports."""
        return bool(self._kept_apart) and self.places.scope_of(node_id) in self._kept_apart

    def inline(self, node_id: str, since: int) -> msgspec.Raw | None:
        """The encoded step from `since` to the published revision, when it is at hand."""
        published = self._of(node_id)
        return published.encoded if since == published.since else None
