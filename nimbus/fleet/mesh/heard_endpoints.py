"""What members say of where they are reached, from their heartbeats, until it is stored."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection

from nimbus.fleet.mesh.endpoints import SaidEndpoints, sorted_out
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.protocol.messages import Heartbeat

_NOTHING = SaidEndpoints()
_MOST_SAID, _MOST_TEXT = 64, 128


class HeardEndpoints:
    """Belongs to the Trio thread. `own_endpoints` are the control plane's; `on_news` is called when a node says
    something else than before."""

    def __init__(
        self,
        overlay: ipaddress.IPv4Network,
        own_endpoints: Collection[str] = (),
        on_news: Callable[[], None] = lambda: None,
    ) -> None:
        self._overlay = overlay
        self._own_endpoints = frozenset(own_endpoints)
        self.on_news = on_news
        # As said, and what came of it.
        self._heard: dict[str, tuple[tuple[str, ...], SaidEndpoints]] = {}
        self._news: set[str] = set()

    def hear(self, node_id: str, beat: Heartbeat) -> None:
        if beat.mesh_endpoints is not None:
            self.hear_of(node_id, beat.mesh_endpoints)

    def hear_of(self, node_id: str, endpoints: tuple[str, ...]) -> None:
        """A node says that it is reached there: by a heartbeat, or when it joins."""
        # Of one that says more than any honest node the rest is not even looked at.
        said = tuple(text[:_MOST_TEXT] for text in endpoints[:_MOST_SAID])
        known = self._heard.get(node_id)
        if known is not None and known[0] == said:
            return
        self._heard[node_id] = (said, sorted_out(said, self._overlay, self._own_endpoints))
        self._news.add(node_id)
        self.on_news()

    def of(self, node_id: str) -> SaidEndpoints:
        return self._heard[node_id][1] if node_id in self._heard else _NOTHING

    def admitted(self, node_id: str) -> tuple[str, ...] | None:
        """What others are to be told of it; None when it has not been heard since the start."""
        return self._heard[node_id][1].admitted if node_id in self._heard else None

    def take_news(self) -> set[str]:
        """Nodes that have said something else since the last call."""
        news, self._news = self._news, set()
        return news

    def forget(self, event: NodeRevoked) -> None:
        self._heard.pop(event.node_id, None)
        self._news.discard(event.node_id)
