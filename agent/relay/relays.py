"""The sockets of relayed peers, and the one by which relays are spoken to."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence

import msgspec
import trio

from agent.reasons import coded_reason_of
from agent.relay.choice import ASK_S, RelayChoice
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.forwarding import Forwarder, RelayCounters
from nimbus.wireguard.overlay_socket import OverlaySocket, widen
from nimbus.wireguard.relay_frame import (
    DELIVERED,
    HEADER,
    MOST_PAYLOAD,
    PORT,
    QUESTION_BYTES,
    What,
    header,
    is_frame,
)
from nimbus.wireguard.relay_server import BATCH, follow_interface, pass_on

LOOPBACK = "127.0.0.1"
MOST_PEERS = 1024
RETRY_S = 5.0
# So long what is still on its way from a peer that is reached directly again is thrown away: WireGuard would answer
# to where it heard last.
CLOSED_S = 3.0
log = logging.getLogger("nimbus.relay")


class RelayedPeer(msgspec.Struct, frozen=True):
    """One peer's way as of now. `via` is the overlay address of the relay; `problem` "" while it answers."""

    via: str
    sent_bytes: int
    received_bytes: int
    problem: str


class _Peer:
    """The socket that WireGuard takes for this peer."""

    def __init__(self, address: str, choice: RelayChoice, device_port: int) -> None:
        self.address = address
        self.choice = choice
        self.header = header(What.DATAGRAM, socket.inet_aton(address))
        self.sent_bytes = self.received_bytes = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            widen(self.socket)
            self.socket.bind((LOOPBACK, 0))
            self.use_port(device_port)
        except BaseException:
            self.socket.close()
            raise
        self.endpoint = f"{LOOPBACK}:{self.socket.getsockname()[1]}"

    @property
    def is_open(self) -> bool:
        return self.socket.fileno() >= 0

    def use_port(self, port: int) -> None:
        """Nobody but the WireGuard of this machine is listened to."""
        if port:
            self.socket.connect((LOOPBACK, port))


class Relays:
    """Belongs to the Trio thread. `is_member` tells whose frames are taken: overlay addresses of the others.
    Without `run` nothing is carried, and no peer has an endpoint."""

    def __init__(
        self, interface: str, own: str, control_plane: str, is_member: Callable[[str], bool]
    ) -> None:
        """`own` and `control_plane` are overlay addresses."""
        self._interface, self._own, self._control_plane = interface, own, control_plane
        self._is_member = is_member
        self._nodes: tuple[str, ...] = ()
        self._is_relay = False
        self._forwarder = Forwarder(self._may_pass)
        self._device_port = 0
        self._peers: dict[str, _Peer] = {}
        # Overlay address to when it was closed.
        self._closed: dict[str, float] = {}
        self._channel: OverlaySocket | None = None
        self._nursery: trio.Nursery | None = None
        self._buffer = bytearray(HEADER + MOST_PAYLOAD + 1)
        self._view = memoryview(self._buffer)
        self.problem = ""

    def use_port(self, port: int) -> None:
        """WireGuard listens on this UDP port of this machine."""
        if port and port != self._device_port:
            self._device_port = port
            for peer in self._peers.values():
                peer.use_port(port)

    def use_relays(self, nodes: Sequence[str]) -> None:
        """Overlay addresses of nodes that relay, in the order in which they are preferred. Where this node is among
        them, it relays for others."""
        if self._is_relay != (self._own in nodes):
            self._is_relay = self._own in nodes
            log.info("this node relays for others" if self._is_relay else "this node relays no more")
        others = tuple(node for node in nodes if node not in (self._own, self._control_plane))
        if others != self._nodes:
            self._nodes = others
            self._choose_anew()

    def _choose_anew(self) -> None:
        for peer in self._peers.values():
            peer.choice.use(self._nodes_for(peer.address))

    @property
    def alert(self) -> str:
        """What keeps peers from being relayed, "" while nothing does."""
        if self.problem:
            return self.problem
        full = [peer.choice.full for peer in self._peers.values() if peer.choice.is_full(trio.current_time())]
        return f"the relay {full[0]} has no room for all that this node sends by it" if full else ""

    @property
    def carried(self) -> RelayCounters | None:
        """What this node has relayed for others; None: it does not."""
        return self._forwarder.counters if self._is_relay else None

    def _may_pass(self, source: str, destination: str) -> bool:
        return source != destination and self._is_member(source) and self._is_member(destination)

    @property
    def is_open(self) -> bool:
        return self._channel is not None

    def endpoint_for(self, address: str) -> str:
        """Where WireGuard sends so that it goes to the member with this overlay address by a relay; "" when that
        cannot be now. It stays the same until `close`."""
        peer = self._peers.get(address) or self._open(address)
        return peer.endpoint if peer else ""

    def close(self, address: str) -> None:
        """This member is not relayed any more. Idempotent."""
        peer = self._peers.pop(address, None)
        if peer is not None:
            now = trio.current_time()
            self._closed = {each: at for each, at in self._closed.items() if at > now - CLOSED_S}
            self._closed[address] = now
            trio.lowlevel.notify_closing(peer.socket)
            peer.socket.close()
            if address in self._nodes:
                self._choose_anew()

    def address_of(self, endpoint: str) -> str:
        """The overlay address of the peer that is relayed by this endpoint; "" when it is none of ours. A peer that
        sends by a relay has one, too: WireGuard answers where it hears from."""
        if endpoint.startswith(LOOPBACK + ":"):
            return next((peer.address for peer in self._peers.values() if peer.endpoint == endpoint), "")
        return ""

    def relayed(self, address: str) -> RelayedPeer | None:
        """None of a peer that is not relayed."""
        peer = self._peers.get(address)
        if peer is None:
            return None
        now = trio.current_time()
        problem = peer.choice.refused or ("" if peer.choice.is_answered(now) else "no answer by any relay")
        return RelayedPeer(peer.choice.current(now), peer.sent_bytes, peer.received_bytes, problem)

    async def run(self) -> None:
        """Until cancelled; a failure is said in `problem`, and tried again."""
        while True:
            try:
                await self._run()
            except (NimbusError, OSError) as error:
                problem = coded_reason_of(error)
                if not isinstance(error, NimbusError):
                    problem = f"nothing can be relayed: {problem}"
                if problem != self.problem:
                    log.warning("%s", problem)
                self.problem = problem
            await trio.sleep(RETRY_S)

    async def _run(self) -> None:
        channel = OverlaySocket(self._interface, self._own, PORT)
        self.problem = ""
        try:
            async with trio.open_nursery() as self._nursery:
                self._channel = channel
                for peer in self._peers.values():
                    self._nursery.start_soon(self._carry_out, peer)
                self._nursery.start_soon(follow_interface, channel)
                self._nursery.start_soon(self._ask_forever)
                await self._take_in(channel.socket)
        finally:
            self._channel = self._nursery = None
            channel.close()

    def _nodes_for(self, address: str) -> list[str]:
        """One that is reached by a relay itself is no way to anybody."""
        return [node for node in self._nodes if node != address and node not in self._peers]

    def _open(self, address: str) -> _Peer | None:
        if self._nursery is None or not self._device_port or len(self._peers) >= MOST_PEERS:
            return None
        choice = RelayChoice(self._control_plane)
        choice.use(self._nodes_for(address))
        try:
            peer = self._peers[address] = _Peer(address, choice, self._device_port)
        except OSError as error:
            log.warning("no socket for a relayed peer: %s", error)
            return None
        self._nursery.start_soon(self._carry_out, peer)
        if address in self._nodes:
            self._choose_anew()
        return peer

    async def _carry_out(self, peer: _Peer) -> None:
        """From WireGuard to the relay."""
        try:
            while peer.is_open:
                await trio.lowlevel.wait_readable(peer.socket)
                self._drain_peer(peer, trio.current_time())
        except trio.ClosedResourceError:
            return

    def _drain_peer(self, peer: _Peer, now: float) -> None:
        peer.choice.sent(now)
        relay, buffer, view = peer.choice.current(now), self._buffer, self._view
        place = view[HEADER:]
        buffer[:HEADER] = peer.header
        for _ in range(BATCH):
            try:
                size = peer.socket.recv_into(place)
            except BlockingIOError:
                return
            except OSError:
                # WireGuard did not listen when it was last sent something: that says nothing of this.
                continue
            peer.sent_bytes += size
            self._send(view[: HEADER + size], relay)

    def _send(self, frame: bytes | memoryview, relay: str) -> None:
        """What cannot be sent is lost, as on any wire."""
        if self._channel is not None:
            try:
                self._channel.socket.sendto(frame, (relay, PORT))
            except OSError:
                return

    async def _take_in(self, channel: socket.socket) -> None:
        """From relays."""
        while True:
            await trio.lowlevel.wait_readable(channel)
            now = trio.current_time()
            frames = 0
            for frames in range(BATCH):  # noqa: B007 - counts
                try:
                    size, (source, port) = channel.recvfrom_into(self._buffer)
                except OSError:
                    break
                if port == PORT:
                    self._take(source, size, now)
            pause = self._forwarder.pause_s(frames, now) if self._is_relay else 0.0
            if pause:
                await trio.sleep(pause)

    def _take(self, source: str, size: int, now: float) -> None:
        buffer = self._buffer
        if not is_frame(buffer, size):
            return
        if not buffer[1] & DELIVERED:
            if self._is_relay:
                pass_on(self._forwarder, source, buffer, size, self._send, now)
        elif source == self._control_plane or source in self._nodes:
            self._take_delivered(source, size, now)

    def _take_delivered(self, relay: str, size: int, now: float) -> None:
        buffer = self._buffer
        sender = socket.inet_ntoa(buffer[2:HEADER])
        what = buffer[1]
        if what == What.DATAGRAM | DELIVERED:
            self._deliver(relay, sender, size, now)
        elif what == What.QUESTION | DELIVERED:
            if self._is_member(sender) and size == HEADER + QUESTION_BYTES:
                self._send(header(What.ANSWER, bytes(buffer[2:HEADER])) + buffer[HEADER:size], relay)
        elif sender in self._peers:
            if what == What.ANSWER | DELIVERED:
                self._peers[sender].choice.answered(relay, bytes(buffer[HEADER:size]), now)
            elif what == What.REFUSAL | DELIVERED and size > HEADER:
                self._peers[sender].choice.refuses(relay, buffer[HEADER], now)

    def _deliver(self, relay: str, sender: str, size: int, now: float) -> None:
        """To WireGuard, by the sender's socket."""
        peer = self._peers.get(sender)
        if peer is None:
            is_late = now < self._closed.get(sender, float("-inf")) + CLOSED_S
            peer = self._open(sender) if not is_late and self._is_member(sender) else None
            if peer is None:
                return
        peer.choice.heard(relay, now)
        peer.received_bytes += size - HEADER
        try:
            peer.socket.send(self._view[HEADER:size])
        except OSError:
            # WireGuard does not listen, or has more than it can take.
            return

    async def _ask_forever(self) -> None:
        while True:
            await trio.sleep(ASK_S / 2)
            now = trio.current_time()
            for peer in self._peers.values():
                for relay, question in peer.choice.to_ask(now).items():
                    self._send(header(What.QUESTION, socket.inet_aton(peer.address)) + question, relay)
