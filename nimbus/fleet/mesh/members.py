"""The versioned log of members and the overlay addresses, inside the caller's transactions."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.mesh import store, told
from nimbus.fleet.mesh.history import store as history_store
from nimbus.fleet.mesh.policy import store as store_of_policies
from nimbus.fleet.mesh.policy.rules import Sight
from nimbus.fleet.mesh.policy.subjects import Home, Kind
from nimbus.fleet.mesh.records import DeviceChanged, Member, MeshChanged, MeshState, News, ProvisionalPeer
from nimbus.fleet.mesh.rules import REST_AFTER_RELEASE_S, control_plane_address, lowest_free
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import Conflict
from nimbus.protocol import checksum
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import MeshDelta, MeshPeer

TOMBSTONE_LIFETIME_S = 7 * 24 * 3600
_UNKNOWN = MeshState(0, checksum.EMPTY, 0)


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
    """Each member is in one scope, and known to the members of those that see it: its own, where no policy says
    otherwise."""

    def __init__(
        self,
        clock: Clock,
        overlay: ipaddress.IPv4Network,
        hub_key: str,
        home_of: Callable[[Transaction, str], Home],
    ) -> None:
        """`hub_key` is the control plane's own public key, "" without a mesh; `home_of` tells where a node belongs,
        from which its scope follows."""
        self._clock = clock
        self._overlay = overlay
        self._hub_key = hub_key
        self._home_of = home_of

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
        store.take_address(tx, address, owner, self._clock.now())
        return str(ipaddress.IPv4Address(address))

    def hand_over(self, tx: Transaction, address: str, owner: str) -> None:
        store.give_address(tx, int(ipaddress.IPv4Address(address)), owner, self._clock.now())

    def release(self, tx: Transaction, owner: str) -> None:
        store.release_addresses(tx, owner, self._clock.now())

    def mend(self, tx: Transaction) -> list[str]:
        """At a start: members that stand in the control plane's place go, and checksums are put right where rows
        came or went without them, as in a migration. The names of those that went."""
        hub_address = control_plane_address(self._overlay)
        present = store.present_members(tx)
        wrong = [
            each.peer
            for each in present
            if self._hub_key and (each.peer.public_key == self._hub_key or each.peer.address == hub_address)
        ]
        for peer in wrong:
            self.remove(tx, peer.node_id)
        totals = dict.fromkeys(store.states(tx), checksum.EMPTY)
        for each in present:
            if each.peer not in wrong:
                totals[each.scope] = checksum.added(totals.get(each.scope, checksum.EMPTY), each.peer)
        for scope, total in totals.items():
            state = store.state(tx, scope)
            if state is None or total != state.checksum:
                revision = store.next_revision(tx)
                # What nodes know beyond it they drop when they are sent everything.
                mended = msgspec.structs.replace(
                    state or _UNKNOWN, revision=revision, checksum=total, forgotten_before=revision
                )
                store.save_state(tx, scope, mended)
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

    def prove(
        self, tx: Transaction, node_id: str, public_key: str, endpoint: str, more: tuple[str, ...] = ()
    ) -> None:
        """The key has shaken hands, from `endpoint`: the others may hear of it, and of where it says that it is
        reached, too."""
        candidate = store.candidate(tx, node_id)
        if candidate is None or candidate.public_key != public_key:
            return
        store.delete_candidate(tx, node_id)
        seen = endpoint or candidate.endpoint
        self.put(tx, msgspec.structs.replace(candidate, endpoint=seen, more_endpoints=more))

    def candidate(self, tx: Transaction, node_id: str) -> MeshPeer | None:
        return store.candidate(tx, node_id)

    def put(self, tx: Transaction, peer: MeshPeer) -> None:
        """Add a member, or change the one with its node id; nothing happens when it is the same."""
        present, home = store.member(tx, peer.node_id), self._home_of(tx, peer.node_id)
        peer, scope = msgspec.structs.replace(peer, workspace=home.workspace), home.kind.scope
        if present and present.peer == peer and present.scope == scope:
            return
        before = present if present and not present.peer.removed else None
        if before and before.scope != scope:
            self._write(tx, before, Member(_gone(before.peer), 0, before.scope), self._clock.now())
            before = None
        after = Member(peer, 0, scope, before.entered if before else 0)
        self._write(tx, before, after, None, home.kind)

    def place_again(self, tx: Transaction, node_ids: Iterable[str]) -> None:
        """Where these nodes belong has changed, their labels, or a policy: whoever is a member is one there, under
        the name of there."""
        for node_id in node_ids:
            present = self.get(tx, node_id)
            if present:
                self.put(tx, present)

    def place_all_again(self, tx: Transaction) -> None:
        """Without a policy all are where their organization is."""
        if store_of_policies.book(tx).policies:
            self.place_again(tx, [peer.node_id for peer in self.present(tx)])

    def remove(self, tx: Transaction, node_id: str) -> None:
        """The member leaves a tombstone, its address rests."""
        present = store.member(tx, node_id)
        if present and not present.peer.removed:
            gone = Member(_gone(present.peer), 0, present.scope, present.entered)
            self._write(tx, present, gone, self._clock.now())
        if store.delete_candidate(tx, node_id):
            tx.emit(DeviceChanged())
        self.release(tx, node_id)
        store.delete_probe(tx, node_id)
        history_store.forget_node(tx, node_id)

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

    def scope(self, tx: Transaction, node_id: str) -> str | None:
        """The scope that a member is in; None: it is none."""
        member = store.member(tx, node_id)
        return member.scope if member and not member.peer.removed else None

    def _write(
        self,
        tx: Transaction,
        before: Member | None,
        after: Member,
        removed_at: int | None,
        kind: Kind | None = None,
    ) -> None:
        """One row of the log of one scope. `before`: as it was in it, None: it was not; `kind` of who comes."""
        revision = store.next_revision(tx)
        state = store.state(tx, after.scope)
        if state is None:
            # Who remembers members of an earlier life of this scope has a sum that is wrong, and asks for all.
            matched = tuple(sorted(kind.matched)) if kind else ()
            state = msgspec.structs.replace(_UNKNOWN, matched=matched)
        total = state.checksum
        if before:
            total = checksum.taken_away(total, before.peer)
        if not after.peer.removed:
            total = checksum.added(total, after.peer)
        entered = after.entered if before else revision
        store.save_member(tx, Member(after.peer, revision, after.scope, entered), removed_at)
        store.save_state(tx, after.scope, msgspec.structs.replace(state, revision=revision, checksum=total))
        tx.emit(MeshChanged(revision))

    def delta(self, tx: Transaction, node_id: str, since: int) -> MeshDelta | None:
        """What a member is told: what changed in its scope after `since`; everything when that is from before it
        came into the scope. None: it is no member."""
        member = store.member(tx, node_id)
        if member is None or member.peer.removed:
            return None
        return self.scope_delta(tx, member.scope, 0 if since < member.entered else since)

    def scope_delta(self, tx: Transaction, scope: str, since: int) -> MeshDelta:
        """What the members of a scope are told."""
        states = store.states(tx)
        return told.delta(tx, scope, since, told.sight(tx, states), states)

    def news(self, tx: Transaction, newest: int, published: Mapping[str, int]) -> News:
        """What is new since the publication of the revision `newest`, in which scopes were told these."""
        return told.news(tx, newest, published)

    def views(self, tx: Transaction) -> dict[str, frozenset[str]]:
        """By scope, the scopes whose members its members are told of."""
        return self._sight(tx).sees

    def _sight(self, tx: Transaction) -> Sight:
        return told.sight(tx, store.states(tx))

    def told_revision(self, tx: Transaction, scope: str) -> int:
        """The newest that the members of a scope are told."""
        states = store.states(tx)
        return told.revision(scope, told.sight(tx, states).sees.get(scope, frozenset()), states)

    def follow(self, tx: Transaction, change: Callable[[], object], node_ids: Iterable[str]) -> None:
        """Do what changes who sees whom, a policy: the nodes that it is about go to the scopes where they belong
        then, and scopes that see others than before, or through other ports, are sent everything."""
        before = self._sight(tx)
        change()
        self.place_again(tx, node_ids)
        now, known = self._sight(tx), before.sees.keys()
        for scope, seen in before.sees.items():
            # A scope that has just come into being is new to everybody anyhow.
            is_same = now.sees.get(scope, frozenset()) & known == seen
            ports = {other: each for other, each in now.ports.get(scope, {}).items() if other in known}
            if not is_same or ports != before.ports.get(scope, {}):
                self._see_anew(tx, scope)

    def _see_anew(self, tx: Transaction, scope: str) -> None:
        state = store.state(tx, scope)
        if state is not None:
            revision = store.next_revision(tx)
            store.save_state(tx, scope, msgspec.structs.replace(state, seen_anew=revision))
            tx.emit(MeshChanged(revision))

    def present(self, tx: Transaction) -> list[MeshPeer]:
        """All members of all scopes."""
        return [member.peer for member in store.present_members(tx)]

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
        store.delete_tombstones(tx, before)
        for scope, revision in newest.items():
            state = store.state(tx, scope)
            if state is not None:
                forgotten = msgspec.structs.replace(state, forgotten_before=revision + 1)
                store.save_state(tx, scope, forgotten)
        if newest:
            store.delete_empty_scopes(tx)


def _gone(peer: MeshPeer) -> MeshPeer:
    return msgspec.structs.replace(peer, removed=True, endpoint="", more_endpoints=(), workspace="")
