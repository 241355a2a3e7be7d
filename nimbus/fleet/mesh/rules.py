"""Pure decisions of the mesh."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

import msgspec

from nimbus.fleet.mesh.records import Member, ProvisionalPeer
from nimbus.kernel.errors import Conflict, invalid
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import Link, MeshPeer
from nimbus.wireguard.local_routes import overlapping
from nimbus.wireguard.model import Peer

REST_AFTER_RELEASE_S = 600
DEBOUNCE_S = 0.2
DEBOUNCE_LIMIT_S = 1.0
FIRST_LOOK_S = 0.15
# From then on the looks at the whole device, every few seconds, are often enough.
LAST_LOOK_S = 4.0
FIRST_HOLD_S = 15.0
LAST_HOLD_S = 300.0
# WireGuard's REJECT_AFTER_TIME: after 180 s a session carries nothing more (whitepaper, section 6.1).
SESSION_LIFETIME_S = 180.0
_SMALLEST_PREFIX = 30
_LARGEST_PREFIX = 8
_NONE: Mapping[str, Peer] = {}


def overlay_network(cidr: str) -> ipaddress.IPv4Network:
    """Raises ValidationError."""
    try:
        network = ipaddress.IPv4Network(cidr, strict=True)
    except ValueError as error:
        raise invalid("overlay", f"{cidr!r} is not an IPv4 network: {error}") from None
    if not _LARGEST_PREFIX <= network.prefixlen <= _SMALLEST_PREFIX:
        raise invalid("overlay", f"a /{_LARGEST_PREFIX} to a /{_SMALLEST_PREFIX} is needed")
    return network


def check_no_collision(network: ipaddress.IPv4Network, local_routes: Iterable[str]) -> None:
    """Raises UsageError when this machine reaches a part of the overlay already."""
    for other in overlapping(network, local_routes):
        raise UsageError(
            f"the overlay {network} overlaps {other}, which this machine reaches already",
            next_step="Choose another network with --overlay.",
        )


def control_plane_address(network: ipaddress.IPv4Network) -> str:
    return str(network.network_address + 1)


def lowest_free(taken: Iterable[int], network: ipaddress.IPv4Network) -> int:
    """The lowest host address that is not in `taken` (sorted, as integers). The first is the control plane's.

    Raises Conflict when there is none."""
    candidate = int(network.network_address) + 2
    for address in taken:
        if address == candidate:
            candidate += 1
        elif address > candidate:
            break
    if candidate >= int(network.broadcast_address):
        raise Conflict(
            f"the overlay {network} has no free address",
            next_step="Delete nodes or wait ten minutes after a deletion; a larger --overlay holds more.",
        )
    return candidate


def device_peers(
    members: Iterable[Member],
    provisional: Iterable[ProvisionalPeer],
    candidates: Iterable[MeshPeer] = (),
    known: Mapping[str, Peer] = _NONE,
) -> dict[str, Peer]:
    """What the control plane's device shall have, by public key. The address of an unfinished join stays with
    its provisional peer; a candidate takes the place of the member that its node was. Peers that are the same in
    `known` are taken from there: making one checks it, which for a large mesh is most of the work."""
    pending = {peer.address: peer for peer in provisional}
    peers = {
        peer.public_key: Peer(public_key=peer.public_key, allowed_ips=(f"{peer.address}/32",))
        for peer in pending.values()
    }
    joining = {peer.node_id: peer for peer in candidates}
    present = [member.peer for member in members if member.peer.node_id not in joining]
    for peer in (*present, *joining.values()):
        if peer.removed or not peer.public_key:
            continue
        allowed = () if peer.address in pending else (f"{peer.address}/32",)
        endpoint = peer.endpoint or None
        before = known.get(peer.public_key)
        if before is not None and before.allowed_ips == allowed and before.endpoint == endpoint:
            peers[peer.public_key] = before
        else:
            peers[peer.public_key] = Peer(public_key=peer.public_key, allowed_ips=allowed, endpoint=endpoint)
    return peers


def path_of(link: Link) -> str:
    """`direct` or `relayed` when the last probe came back, or failing an answer (a firewall may drop echoes) when a
    session is alive; `idle` where there was nothing to measure."""
    if link.idle:
        return "idle"
    age = link.handshake_age_s
    is_alive = age is not None and age < SESSION_LIFETIME_S and link.rx_bytes > 0
    if link.rtt_ms is None and not is_alive:
        return "down"
    return "relayed" if link.way == "relay" else "direct"


def is_of_this_machine(endpoint: str) -> bool:
    """Whether an endpoint that the device sees leads to the machine that looks itself, as for nodes that come over
    TLS: it says nothing to others."""
    return endpoint.startswith(("127.", "[::1]:"))


class Debounce(msgspec.Struct):
    """When to publish: the first change after quiet at once, changes that follow together, 200 ms after the
    last of them and at most 1 s after the first. Times are seconds of one clock."""

    published_at: float = float("-inf")
    first_waiting: float | None = None
    last_change: float = 0.0

    def changed(self, now: float) -> None:
        if self.first_waiting is None:
            self.first_waiting = now
        self.last_change = now

    def due_at(self) -> float | None:
        """When to publish what waits; None when nothing does."""
        if self.first_waiting is None:
            return None
        if self.first_waiting - self.published_at >= DEBOUNCE_S:
            return self.first_waiting
        return min(self.last_change + DEBOUNCE_S, self.first_waiting + DEBOUNCE_LIMIT_S)

    def published(self, now: float) -> None:
        self.published_at = now
        self.first_waiting = None


class HandshakeWatch(msgspec.Struct):
    """When to look whether the key of a candidate has shaken hands: soon after something was done that leads to it,
    then less and less often. Times are seconds of one clock."""

    look_at: float = float("inf")
    wait: float = 0.0

    def expect(self, now: float) -> None:
        """Somebody's key may shake hands any moment."""
        self.wait = FIRST_LOOK_S
        self.look_at = min(self.look_at, now + FIRST_LOOK_S)

    def looked(self, now: float, *, waiting: bool) -> None:
        """`waiting`: there are candidates left."""
        self.wait = min(2 * self.wait, LAST_LOOK_S)
        self.look_at = now + self.wait if waiting and self.wait < LAST_LOOK_S else float("inf")


class EndpointDamping:
    """Which changes of where members are seen are told to everybody. The first at once; a member that goes on
    moving, because its NAT or its copy does, less and less often: each change is a revision for the whole mesh,
    and WireGuard follows a peer that moves by itself. Times are seconds of one clock."""

    def __init__(self) -> None:
        # Node id to when its last change was told, and how long the next one waits after that.
        self._held: dict[str, tuple[float, float]] = {}

    def admits(self, node_id: str, now: float) -> bool:
        """Whether a change is told now; asked once for each change that is to be told."""
        told_at, hold = self._held.get(node_id, (float("-inf"), 0.0))
        if now < told_at + hold:
            return False
        hold = (
            min(2 * hold, LAST_HOLD_S) if now < told_at + 2 * hold + FIRST_HOLD_S and hold else FIRST_HOLD_S
        )
        self._held[node_id] = (now, hold)
        return True

    def forget_quiet(self, now: float) -> None:
        """Members that have not moved for long."""
        for node_id in [each for each, (told_at, hold) in self._held.items() if now > told_at + 4 * hold]:
            del self._held[node_id]
