"""The versioned log of members and the overlay addresses, inside the caller's transactions."""

from __future__ import annotations

import ipaddress

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.records import DeviceChanged, Member, MeshChanged, MeshState, ProvisionalPeer
from nimbus.fleet.mesh.rules import REST_AFTER_RELEASE_S, control_plane_address, lowest_free
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Conflict
from nimbus.protocol import checksum
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import MeshDelta, MeshPeer

TOMBSTONE_LIFETIME_S = 7 * 24 * 3600


class MeshKeyTaken(Conflict):
    """The WireGuard key that a machine joins with is the control plane's, or another node's."""

    code = "MESH_KEY_TAKEN"

    def __init__(
        self,
        message: str = "the WireGuard key of this machine is another's in this mesh, as after a disk was copied",
        next_step: str = "Have it join with a key of its own: nimbus-agent leave --force --yes, then join again.",
    ) -> None:
        super().__init__(message, next_step=next_step)


class Members:
    """`hub_key` is the control plane's own public key, "" without a mesh."""

    def __init__(self, clock: Clock, overlay: ipaddress.IPv4Network, hub_key: str = "") -> None:
        self._clock = clock
        self._overlay = overlay
        self._hub_key = hub_key

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

    def mend(self, tx: Transaction) -> list[str]:
        """At a start: members that stand in the control plane's place go, and the checksum is put right where rows
        went without it, as in a migration. The names of those that went."""
        hub_address = control_plane_address(self._overlay)
        present = store.present_members(tx)
        wrong = [
            each.peer
            for each in present
            if (self._hub_key and each.peer.public_key == self._hub_key) or each.peer.address == hub_address
        ]
        for peer in wrong:
            self.remove(tx, peer.node_id)
        total = checksum.EMPTY
        for each in present:
            if each.peer not in wrong:
                total = checksum.added(total, each.peer)
        state = store.state(tx)
        if total != state.checksum:
            revision = state.revision + 1
            # What nodes know beyond it they drop when they are sent everything.
            store.save_state(tx, MeshState(revision, total, forgotten_before=revision))
            tx.emit(MeshChanged(revision))
        return [peer.name for peer in wrong]

    def check_key(self, tx: Transaction, public_key: str, node_id: str = "") -> None:
        """Raises MeshKeyTaken unless the key is nobody's, or this node's own."""
        if public_key == self._hub_key or store.holds_key(tx, public_key, node_id):
            raise MeshKeyTaken

    def enter(self, tx: Transaction, peer: MeshPeer) -> None:
        """A node joins with this key. It becomes a member when the key has shaken hands with the control plane's
        device (`prove`); a member that joins again with its key and address stays one. Raises MeshKeyTaken."""
        self.check_key(tx, peer.public_key, peer.node_id)
        present = self.get(tx, peer.node_id)
        if present and (present.public_key, present.address) == (peer.public_key, peer.address):
            store.delete_candidate(tx, peer.node_id)
            self.put(tx, msgspec.structs.replace(peer, more_endpoints=present.more_endpoints))
        elif store.candidate(tx, peer.node_id) != peer:
            store.save_candidate(tx, peer, self._clock.now())
        tx.emit(DeviceChanged())

    def prove(self, tx: Transaction, node_id: str, public_key: str, endpoint: str) -> None:
        """The key has shaken hands, from `endpoint`: the others may hear of it."""
        candidate = store.candidate(tx, node_id)
        if candidate is None or candidate.public_key != public_key:
            return
        store.delete_candidate(tx, node_id)
        self.put(tx, msgspec.structs.replace(candidate, endpoint=endpoint or candidate.endpoint))

    def candidate(self, tx: Transaction, node_id: str) -> MeshPeer | None:
        return store.candidate(tx, node_id)

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
                msgspec.structs.replace(present.peer, removed=True, endpoint="", more_endpoints=()),
                self._clock.now(),
            )
        if store.delete_candidate(tx, node_id):
            tx.emit(DeviceChanged())
        self.release(tx, node_id)
        store.delete_probe(tx, node_id)

    def set_endpoint(
        self, tx: Transaction, node_id: str, endpoint: str, more: tuple[str, ...] | None = None
    ) -> None:
        """`endpoint`: where the member is seen; `more`: where it says that it is reached, None: as it is."""
        present = store.member(tx, node_id)
        if present and not present.peer.removed:
            more = present.peer.more_endpoints if more is None else more
            self.put(tx, msgspec.structs.replace(present.peer, endpoint=endpoint, more_endpoints=more))

    def rename(self, tx: Transaction, node_id: str, name: str) -> None:
        present = store.member(tx, node_id)
        if present and not present.peer.removed:
            self.put(tx, msgspec.structs.replace(present.peer, name=name))
        candidate = store.candidate(tx, node_id)
        if candidate:
            store.save_candidate(tx, msgspec.structs.replace(candidate, name=name), self._clock.now())

    def get(self, tx: Transaction, node_id: str) -> MeshPeer | None:
        member = store.member(tx, node_id)
        return member.peer if member and not member.peer.removed else None

    def addresses(self, tx: Transaction) -> list[str]:
        """Overlay addresses of all members."""
        return [member.peer.address for member in store.present_members(tx)]

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
