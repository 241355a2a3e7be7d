"""Which scope each member is in, in memory: what the hot paths ask. Belongs to the Trio thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import msgspec

from nimbus.fleet.mesh.records import Member

_NOBODY: Set[str] = frozenset()


class _Place(msgspec.Struct, frozen=True):
    scope: str
    address: str


class Places:
    """As it was published last. Who is in no scope, is no member."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._nodes: dict[str, set[str]] = {}
        self._at: dict[str, str] = {}
        self._views: Mapping[str, Set[str]] = {}

    def take_in(self, changed: Iterable[Member], views: Mapping[str, Set[str]]) -> None:
        """Rows in the order of their revisions; by scope, those that it sees."""
        self._views = views
        for member in changed:
            peer = member.peer
            if peer.removed:
                self._forget(peer.node_id, member.scope)
            else:
                self._put(peer.node_id, _Place(member.scope, peer.address))

    def _put(self, node_id: str, place: _Place) -> None:
        before = self._places.get(node_id)
        if before == place:
            return
        if before is not None:
            self._forget(node_id, before.scope)
        self._places[node_id] = place
        self._nodes.setdefault(place.scope, set()).add(node_id)
        self._at[place.address] = node_id

    def _forget(self, node_id: str, scope: str) -> None:
        """It is not in this scope any more."""
        place = self._places.get(node_id)
        if place is None or place.scope != scope:
            return
        del self._places[node_id]
        nodes = self._nodes[scope]
        nodes.discard(node_id)
        if not nodes:
            del self._nodes[scope]
        if self._at.get(place.address) == node_id:
            del self._at[place.address]

    def address_of(self, node_id: str) -> str:
        """The overlay address of a member, "" of who is none."""
        place = self._places.get(node_id)
        return place.address if place else ""

    def scope_of(self, node_id: str) -> str:
        """ "": of none."""
        place = self._places.get(node_id)
        return place.scope if place else ""

    def nodes_in(self, scopes: Iterable[str]) -> Iterable[str]:
        return (node_id for scope in scopes for node_id in self._nodes.get(scope, _NOBODY))

    def may_meet(self, node_id: str, other: str) -> bool:
        """As `may_talk`, of node ids."""
        one, another = self._places.get(node_id), self._places.get(other)
        if one is None or another is None or node_id == other:
            return False
        return another.scope in self._views.get(one.scope, _NOBODY)

    def may_talk(self, address: str, other: str) -> bool:
        """Whether the members with these two overlay addresses may send each other anything. Nobody to himself, and
        nobody who is no member."""
        one, another = self._at.get(address), self._at.get(other)
        return one is not None and another is not None and self.may_meet(one, another)
