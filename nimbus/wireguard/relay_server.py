"""A relay: frames come in on the overlay, and go on to the member that they name."""

from __future__ import annotations

import socket
from collections.abc import Callable

import trio

from nimbus.wireguard.forwarding import Forwarder
from nimbus.wireguard.overlay_socket import OverlaySocket
from nimbus.wireguard.relay_frame import DELIVERED, HEADER, MOST_PAYLOAD, PORT, Reason, What, header

# So many without a look at anything else: that takes about a millisecond.
BATCH = 64
FOLLOW_S = 2.0
# One byte more than fits, so that what is too large is seen.
BUFFER_BYTES = HEADER + MOST_PAYLOAD + 1


class Outlet:
    """Sends to nodes by the one socket; what cannot be sent is lost, as on any wire."""

    def __init__(self, channel: OverlaySocket, unsent: Callable[[], None]) -> None:
        self._socket = channel.socket
        self._unsent = unsent

    def send(self, frame: bytes | memoryview, address: str) -> None:
        try:
            self._socket.sendto(frame, (address, PORT))
        except OSError:
            # The queue is full, or WireGuard has no way to that node now.
            self._unsent()


class RelayServer:
    """Belongs to the Trio thread. Sockets are opened by `run`, on the interface and address of the mesh."""

    def __init__(self, interface: str, address: str, forwarder: Forwarder) -> None:
        self._interface, self._address = interface, address
        self._forwarder = forwarder
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. Raises PortInUse, OSError."""
        channel = OverlaySocket(self._interface, self._address, PORT)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(follow_interface, channel)
                task_status.started()
                await self._serve(channel)
        finally:
            channel.close()

    async def _serve(self, channel: OverlaySocket) -> None:
        outlet = Outlet(channel, self._count_unsent)
        while True:
            await trio.lowlevel.wait_readable(channel.socket)
            now = trio.current_time()
            frames = self._drain(channel.socket, outlet, now)
            pause = self._forwarder.pause_s(frames, now)
            if pause:
                await trio.sleep(pause)

    def _drain(self, channel: socket.socket, outlet: Outlet, now: float) -> int:
        """How many frames there were, of one batch at most."""
        for number in range(BATCH):
            try:
                size, (source, port) = channel.recvfrom_into(self._buffer)
            except OSError:
                # Nothing is left; or a receiver's answer to an earlier one, which says nothing of this one.
                return number
            # Only who runs the agent of a node has that port there.
            if port == PORT:
                self.take(source, size, outlet, now)
            else:
                self._forwarder.counters.malformed += 1
        return BATCH

    def take(self, source: str, size: int, outlet: Outlet, now: float) -> None:
        """One frame, which is in the buffer."""
        buffer = self._buffer
        verdict = self._forwarder.judge(source, buffer, size, now)
        if type(verdict) is str:
            buffer[1] |= DELIVERED
            buffer[2:HEADER] = socket.inet_aton(source)
            outlet.send(self._view[:size], verdict)
        elif isinstance(verdict, Reason) and self._forwarder.tells(source, now):
            refusal = header(What.REFUSAL | DELIVERED, bytes(buffer[2:HEADER])) + bytes((verdict,))
            outlet.send(refusal, source)

    def _count_unsent(self) -> None:
        self._forwarder.counters.unsent += 1


async def follow_interface(channel: OverlaySocket) -> None:
    """Stay with the interface when it is made anew; until cancelled."""
    while True:
        await trio.sleep(FOLLOW_S)
        try:
            channel.follow()
        except OSError:
            # There is none now: somebody makes it again.
            continue
