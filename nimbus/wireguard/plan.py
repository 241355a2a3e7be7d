"""The difference between an interface as it is and as it is wanted: pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from nimbus.wireguard.addresses import is_link_local, normal_network
from nimbus.wireguard.keys import key_bytes, key_digest
from nimbus.wireguard.model import Interface, InterfaceState, Peer, PeerState

NO_KEY = ""
"""In `PeerChange.preshared_key`: take the preshared key away."""


class PeerChange(msgspec.Struct, frozen=True):
    """What to tell the device about one peer. A field that is None stays as it is."""

    public_key: str
    remove: bool = False
    existing: bool = False
    """Only change the peer if it is still there: what is here is not all that it needs."""
    endpoint: str | None = None
    persistent_keepalive: int | None = None
    preshared_key: str | None = None
    replace_allowed_ips: bool = False
    """Forget the peer's networks first; else those of `allowed_ips` are added."""
    allowed_ips: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"PeerChange({self.describe()})"

    def describe(self) -> str:
        """In words, without secrets."""
        if self.remove:
            return f"remove peer {self.public_key}"
        words = []
        if self.endpoint is not None:
            words.append(f"endpoint {self.endpoint}")
        if self.persistent_keepalive is not None:
            words.append(f"keepalive {self.persistent_keepalive} s")
        if self.preshared_key is not None:
            words.append("preshared key" if self.preshared_key else "no preshared key")
        if self.replace_allowed_ips or self.allowed_ips:
            networks = ", ".join(self.allowed_ips) or "none"
            words.append(f"allowed networks {'' if self.replace_allowed_ips else '+ '}{networks}")
        verb = "change" if self.existing else "set"
        return f"{verb} peer {self.public_key}: {'; '.join(words) or 'nothing more'}"


class Plan(msgspec.Struct, frozen=True):
    """What to do, in the order in which it is done. Falsy when there is nothing to do."""

    create: bool = False
    """Make the interface; it has no peers, addresses and routes then."""
    set_private_key: bool = False
    listen_port: int | None = None
    peers: tuple[PeerChange, ...] = ()
    mtu: int | None = None
    remove_addresses: tuple[str, ...] = ()
    add_addresses: tuple[str, ...] = ()
    up: bool = False
    remove_routes: tuple[str, ...] = ()
    add_routes: tuple[str, ...] = ()
    narrow_routes: tuple[tuple[str, int], ...] = ()
    """Networks and the MTU of their routes, which are there or not."""

    def __bool__(self) -> bool:
        return self != _NOTHING

    @property
    def configures_wireguard(self) -> bool:
        """Whether the WireGuard device itself is told something (not only the link)."""
        return bool(self.set_private_key or self.listen_port is not None or self.peers)

    def describe(self) -> list[str]:
        """One line for each step, without secrets."""
        lines = ["create the interface"] if self.create else []
        if self.set_private_key:
            lines.append("set the private key")
        if self.listen_port is not None:
            lines.append(f"listen on UDP port {self.listen_port}")
        lines += [change.describe() for change in self.peers]
        if self.mtu is not None:
            lines.append(f"set the MTU to {self.mtu}")
        lines += [f"remove address {each}" for each in self.remove_addresses]
        lines += [f"add address {each}" for each in self.add_addresses]
        if self.up:
            lines.append("bring the interface up")
        lines += [f"remove route {each}" for each in self.remove_routes]
        lines += [f"add route {each}" for each in self.add_routes]
        lines += [f"route {each} with an MTU of {mtu}" for each, mtu in self.narrow_routes]
        return lines


_NOTHING = Plan()


def plan(have: InterfaceState, want: Interface, previous: Interface | None = None) -> Plan:
    """What turns `have` into `want`. `previous` is what was wanted at the last successful apply, if known.

    Endpoints: a peer moves and WireGuard follows it, so another endpoint than the wanted one is no drift.
    It is set when the peer is new or has none, and when `previous` did not want the same.
    """
    if not have.exists:
        have = InterfaceState(name=want.name)
    # With its primary address the kernel drops the secondary ones, with the last one every route: what is
    # removed first is then added again.
    remove_addresses = tuple(
        each for each in have.addresses if each not in want.addresses and not is_link_local(each)
    )
    renew = bool(remove_addresses)
    # The prefix of an address has its route already, made by the kernel, unless somebody has taken it away.
    prefixes = {normal_network(each) for each in want.addresses}
    routes = dict.fromkeys(each for each in want.routes if each not in prefixes)
    is_bare = renew or not have.up
    # A route that shall not be narrow any more is made anew.
    wide = {each for each in have.narrow if each not in want.narrow}
    present = set() if is_bare else set(have.routes) - wide
    kept = {*routes, *prefixes, *want.narrow} - wide
    lost = () if renew else tuple(each for each in have.lost_routes if each in prefixes)
    return Plan(
        create=not have.exists,
        set_private_key=have.private_key_digest != key_digest(key_bytes(want.private_key)),
        listen_port=want.listen_port if want.listen_port not in (0, have.listen_port) else None,
        peers=_peer_changes(have.peers, want.peers, None if previous is None else previous.peers),
        mtu=want.mtu if want.mtu != have.mtu else None,
        remove_addresses=remove_addresses,
        add_addresses=tuple(each for each in want.addresses if renew or each not in have.addresses),
        up=not have.up,
        remove_routes=tuple(each for each in have.routes if each not in kept),
        add_routes=lost + tuple(each for each in routes if each not in present and each not in want.narrow),
        narrow_routes=tuple(
            (each, mtu) for each, mtu in want.narrow.items() if is_bare or have.narrow.get(each) != mtu
        ),
    )


def plan_peers(
    changed: Iterable[Peer], removed: Iterable[str] = (), previous: Mapping[str, Peer] | None = None
) -> Plan:
    """A plan for a few peers, made without reading the device: the work grows with the change alone.

    `changed` peers are set whole (new or not), `removed` public keys go. `previous` holds what was wanted
    of them before: an endpoint that is the same there is left to roam.
    """
    before = previous or {}
    gone = tuple(PeerChange(public_key=key, remove=True) for key in dict.fromkeys(removed))
    changes = []
    for peer in changed:
        known = before.get(peer.public_key)
        change = _whole(peer)
        if known is not None and known.endpoint == peer.endpoint:
            change = msgspec.structs.replace(change, endpoint=None)
        changes.append(change)
    return Plan(peers=gone + tuple(changes))


def _peer_changes(
    have: Mapping[str, PeerState], want: Mapping[str, Peer], previous: Mapping[str, Peer] | None
) -> tuple[PeerChange, ...]:
    """Removals, then peers that lose networks, then the rest: each network is free when it is given."""
    removals = [PeerChange(public_key=key, remove=True) for key in have if key not in want]
    shrinking: list[PeerChange] = []
    growing: list[PeerChange] = []
    for key, peer in want.items():
        state = have.get(key)
        if state is None:
            growing.append(_new(peer))
            continue
        change = _difference(state, peer, previous)
        if change is not None:
            (shrinking if change.replace_allowed_ips else growing).append(change)
    return (*removals, *shrinking, *growing)


def _whole(peer: Peer) -> PeerChange:
    """A peer that the device may have in any shape."""
    return PeerChange(
        public_key=peer.public_key,
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive,
        preshared_key=peer.preshared_key or NO_KEY,
        replace_allowed_ips=True,
        allowed_ips=peer.allowed_ips,
    )


def _new(peer: Peer) -> PeerChange:
    """A peer that the device does not have: nothing to clear."""
    return PeerChange(
        public_key=peer.public_key,
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive or None,
        preshared_key=peer.preshared_key,
        allowed_ips=peer.allowed_ips,
    )


def _difference(have: PeerState, want: Peer, previous: Mapping[str, Peer] | None) -> PeerChange | None:
    endpoint = keepalive = preshared = None
    replace = False
    networks: tuple[str, ...] = ()
    if have.endpoint != want.endpoint and _endpoint_is_due(have, want, previous):
        endpoint = want.endpoint
    if have.persistent_keepalive != want.persistent_keepalive:
        keepalive = want.persistent_keepalive
    if have.preshared_digest or want.preshared_key:
        wanted = key_digest(key_bytes(want.preshared_key)) if want.preshared_key else ""
        if have.preshared_digest != wanted:
            preshared = want.preshared_key or NO_KEY
    if have.allowed_ips != want.allowed_ips:
        # Replacing interrupts the networks that stay: only where some must go.
        replace = not set(have.allowed_ips) <= set(want.allowed_ips)
        kept = () if replace else have.allowed_ips
        networks = tuple(each for each in want.allowed_ips if each not in kept)
    if endpoint is None and keepalive is None and preshared is None and not replace and not networks:
        return None
    return PeerChange(
        public_key=want.public_key,
        existing=True,
        endpoint=endpoint,
        persistent_keepalive=keepalive,
        preshared_key=preshared,
        replace_allowed_ips=replace,
        allowed_ips=networks,
    )


def _endpoint_is_due(have: PeerState, want: Peer, previous: Mapping[str, Peer] | None) -> bool:
    if want.endpoint is None:
        return False
    if have.endpoint is None:
        return True
    if previous is None:
        return False
    before = previous.get(want.public_key)
    return before is None or before.endpoint != want.endpoint
