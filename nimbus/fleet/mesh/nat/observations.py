"""Where members are heard, as it is known now. In memory: it is known again a few heartbeats after a start."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

import msgspec

from nimbus.fleet.mesh.nat.rules import Observed, host_of
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.protocol.messages import Heartbeat, Sighting
from nimbus.protocol.sighting import TOKEN_BYTES

# A node is asked so often in a row, then once in a while: a firewall before the second port may be opened.
ASKED_AT_ONCE = 3
ASKED_AGAIN_S = 600.0
_MOST_OWN = 64


class _Heard(msgspec.Struct):
    """`since`: when the endpoint at `hub` was first seen."""

    own: tuple[str, ...] = ()
    on_the_way: str = ""
    is_over_tls: bool = False
    hub: str = ""
    since: float = 0.0
    second: str = ""
    asked: int = 0
    next_ask: float = 0.0
    token: bytes = b""


class Observations:
    """Belongs to the Trio thread. `now` in seconds of one clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._nodes: dict[str, _Heard] = {}
        self._by_token: dict[bytes, str] = {}
        # Where this control plane listens for sightings; 0: nowhere.
        self.port = 0

    def opened(self, port: int) -> None:
        """From now on nodes are asked to show themselves there."""
        self.port = port

    def hear(self, node_id: str, beat: Heartbeat) -> None:
        """Which addresses it says it has."""
        heard = self._of(node_id)
        said = [host_of(text) for text in (beat.mesh_endpoints or ())[:_MOST_OWN]]
        heard.own = tuple(dict.fromkeys(filter(None, said)))
        heard.on_the_way = beat.instance.address if beat.instance else ""
        heard.is_over_tls = beat.mesh_via == "tls"

    def see(self, hubs: Mapping[str, str]) -> None:
        """Where the control plane's WireGuard hears members now, by node id."""
        for node_id, endpoint in hubs.items():
            heard = self._nodes.get(node_id)
            if heard is not None and heard.hub != endpoint:
                # What was seen before belongs to another way.
                heard.hub, heard.since = endpoint, self._now()
                heard.second, heard.asked, heard.next_ask = "", 0, 0.0

    def ask(self, node_id: str) -> Sighting | None:
        """What the node is told with the answer to its heartbeat, where it is to show itself."""
        heard = self._nodes.get(node_id)
        if not self.port or heard is None or heard.is_over_tls or not heard.hub or heard.second:
            return None
        if self._now() < heard.next_ask:
            return None
        heard.asked += 1
        if heard.asked >= ASKED_AT_ONCE:
            heard.next_ask = self._now() + ASKED_AGAIN_S
        if not heard.token:
            heard.token = secrets.token_bytes(TOKEN_BYTES)
            self._by_token[heard.token] = node_id
        return Sighting(self.port, heard.token.hex())

    def sighted(self, token: bytes, endpoint: str) -> None:
        """A datagram with this token has come from there."""
        node_id = self._by_token.pop(token, "")
        if node_id:
            heard = self._nodes[node_id]
            heard.token, heard.second = b"", endpoint

    def of(self, node_id: str) -> Observed:
        heard = self._nodes.get(node_id)
        if heard is None:
            return Observed()
        return Observed(heard.own, heard.is_over_tls, heard.hub, heard.second, on_the_way=heard.on_the_way)

    def since(self, node_id: str) -> float:
        """Since when the control plane hears it where it does, on the clock of `now`."""
        heard = self._nodes.get(node_id)
        return heard.since if heard else 0.0

    def forget(self, event: NodeRevoked) -> None:
        heard = self._nodes.pop(event.node_id, None)
        if heard is not None:
            self._by_token.pop(heard.token, None)

    def _of(self, node_id: str) -> _Heard:
        if node_id not in self._nodes:
            self._nodes[node_id] = _Heard()
        return self._nodes[node_id]
