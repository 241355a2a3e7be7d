"""Which overlay addresses are of members of the mesh, asked for often."""

from __future__ import annotations

from agent.state.desired_mesh import DesiredMesh


class Membership:
    """As the desired mesh is now; `own` is this node's address."""

    def __init__(self, desired: DesiredMesh, own: str) -> None:
        self._desired = desired
        self._own = own
        self._state: tuple[int, str] | None = None
        self._addresses: frozenset[str] = frozenset()

    def has(self, address: str) -> bool:
        """Whether it is another member's."""
        state = (self._desired.revision, self._desired.checksum)
        if state != self._state:
            self._state = state
            self._addresses = frozenset(peer.address for peer in self._desired.peers.values()) - {self._own}
        return address in self._addresses
