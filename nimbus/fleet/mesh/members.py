"""The versioned log of members and the overlay addresses, inside the caller's transactions."""

from __future__ import annotations

import ipaddress

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.records import DeviceChanged, Member, MeshChanged, MeshState, ProvisionalPeer
from nimbus.fleet.mesh.rules import REST_AFTER_RELEASE_S, lowest_free
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.protocol import checksum
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import MeshDelta, MeshPeer

TOMBSTONE_LIFETIME_S = 7 * 24 * 3600


class Members:
    def __init__(self, clock: Clock, overlay: ipaddress.IPv4Network) -> None:
        self._clock = clock
        self._overlay = overlay

    def check_overlay(self, tx: Transaction) -> None:
        """Refuse an overlay that does not hold the addresses that were given out."""
        used = store.address_range(tx)
        if used and not all(ipaddress.IPv4Address(edge) in self._overlay for edge in used):
            raise UsageError(
                f"nodes have addresses outside the overlay {self._overlay}",
                next_step="Start with the --overlay that they joined with, or have them leave and join again.",
            )

    def allocate(self, tx: Transaction, owner: str) -> str:
        """The lowest free address, for `owner`."""
        rested = self._clock.now() - from_seconds(REST_AFTER_RELEASE_S)
        address = lowest_free(store.taken_addresses(tx, rested), self._overlay)
        store.take_address(tx, address, owner)
        return str(ipaddress.IPv4Address(address))

    def hand_over(self, tx: Transaction, address: str, owner: str) -> None:
        store.give_address(tx, int(ipaddress.IPv4Address(address)), owner)

    def release(self, tx: Transaction, owner: str) -> None:
        store.release_addresses(tx, owner, self._clock.now())

    def put(self, tx: Transaction, peer: MeshPeer) -> None:
        """Add a member, or change the one with its node id; nothing happens when it is the same."""
        present = store.member(tx, peer.node_id)
        if present and present.peer == peer:
            return
        self._append(tx, present, peer, None)

    def remove(self, tx: Transaction, node_id: str) -> None:
        """The member leaves a tombstone, its address rests."""
        present = store.member(tx, node_id)
        if present and not present.peer.removed:
            self._append(
                tx,
                present,
                msgspec.structs.replace(present.peer, removed=True, endpoint=""),
                self._clock.now(),
            )
        self.release(tx, node_id)
        store.delete_probe(tx, node_id)

    def set_endpoint(self, tx: Transaction, node_id: str, endpoint: str) -> None:
        present = store.member(tx, node_id)
        if present and not present.peer.removed:
            self.put(tx, msgspec.structs.replace(present.peer, endpoint=endpoint))

    def rename(self, tx: Transaction, node_id: str, name: str) -> None:
        present = store.member(tx, node_id)
        if present and not present.peer.removed:
            self.put(tx, msgspec.structs.replace(present.peer, name=name))

    def get(self, tx: Transaction, node_id: str) -> MeshPeer | None:
        found = store.member(tx, node_id)
        return found.peer if found and not found.peer.removed else None

    def _append(
        self, tx: Transaction, present: Member | None, peer: MeshPeer, removed_at: int | None
    ) -> None:
        state = store.state(tx)
        total = state.checksum
        if present and not present.peer.removed:
            total = checksum.taken_away(total, present.peer)
        if not peer.removed:
            total = checksum.added(total, peer)
        revision = state.revision + 1
        store.save_member(tx, Member(peer, revision), removed_at)
        store.save_state(tx, MeshState(revision, total, state.forgotten_before))
        tx.emit(MeshChanged(revision))

    def delta(self, tx: Transaction, since: int) -> MeshDelta:
        """What changed after `since`; everything when `since` is from before what is remembered, or from a
        future that a restored backup does not know."""
        state = store.state(tx)
        if since < state.forgotten_before or since > state.revision:
            since = 0
        members = store.members_after(tx, since)
        peers = tuple(member.peer for member in members if since or not member.peer.removed)
        return MeshDelta(since=since, revision=state.revision, checksum=state.checksum, peers=peers)

    def add_provisional(self, tx: Transaction, peer: ProvisionalPeer) -> None:
        store.insert_provisional(tx, peer, self._clock.now())
        tx.emit(DeviceChanged())

    def end_provisional(self, tx: Transaction, token_id: str) -> None:
        """The join is complete, or its token has expired: the node's own key gets the address."""
        if store.delete_provisional(tx, token_id):
            tx.emit(DeviceChanged())

    def forget_tombstones(self, tx: Transaction) -> None:
        """Drop tombstones of long ago; a node that has not been seen since then gets everything."""
        before = self._clock.now() - from_seconds(TOMBSTONE_LIFETIME_S)
        newest = store.tombstones_before(tx, before)
        if newest is not None:
            state = store.state(tx)
            store.delete_tombstones(tx, before)
            store.save_state(tx, msgspec.structs.replace(state, forgotten_before=newest + 1))
