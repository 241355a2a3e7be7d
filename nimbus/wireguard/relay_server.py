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
# Sends a frame to an overlay address; what cannot be sent is lost, as on any wire.
Send = Callable[[bytes | memoryview, str], None]


def pass_on(forwarder: Forwarder, source: str, buffer: bytearray, size: int, send: Send, now: float) -> None:
    """One frame from that overlay address, in the first `size` bytes: they are changed."""
    verdict = forwarder.judge(source, buffer, size, now)
    if type(verdict) is str:
        buffer[1] |= DELIVERED
        buffer[2:HEADER] = socket.inet_aton(source)
        send(memoryview(buffer)[:size], verdict)
    elif isinstance(verdict, Reason) and forwarder.tells(source, now):
        refusal = header(What.REFUSAL | DELIVERED, bytes(buffer[2:HEADER])) + bytes((verdict,))
        send(refusal, source)


class RelayServer:
    """Belongs to the Trio thread. Its socket is opened by `run`, on the interface and address of the mesh."""

    def __init__(self, interface: str, address: str, forwarder: Forwarder) -> None:
        self._interface, self._address = interface, address
        self._forwarder = forwarder
        self._buffer = bytearray(BUFFER_BYTES)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. Raises PortInUse, DeviceError, OSError."""
        channel = OverlaySocket(self._interface, self._address, PORT)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(follow_interface, channel)
                task_status.started()
                await self._serve(channel.socket)
        finally:
            channel.close()

    async def _serve(self, channel: socket.socket) -> None:
        def send(frame: bytes | memoryview, address: str) -> None:
            try:
                channel.sendto(frame, (address, PORT))
            except OSError:
                # The queue is full, or WireGuard has no way to that node now.
                self._forwarder.counters.unsent += 1

        while True:
            await trio.lowlevel.wait_readable(channel)
            now = trio.current_time()
            frames = self._drain(channel, send, now)
            pause = self._forwarder.pause_s(frames, now)
            if pause:
                await trio.sleep(pause)

    def _drain(self, channel: socket.socket, send: Send, now: float) -> int:
        """How many frames there were, of one batch at most."""
        for number in range(BATCH):
            try:
                size, (source, port) = channel.recvfrom_into(self._buffer)
            except OSError:
                # Nothing is left; or a receiver's answer to an earlier one, which says nothing of this one.
                return number
            # Only who runs the agent of a node has that port there.
            if port == PORT:
                pass_on(self._forwarder, source, self._buffer, size, send, now)
            else:
                self._forwarder.counters.malformed += 1
        return BATCH


async def follow_interface(channel: OverlaySocket) -> None:
    """Stay with the interface when it is made anew; until cancelled."""
    while True:
        await trio.sleep(FOLLOW_S)
        try:
            channel.follow()
        except OSError:
            # There is none now: somebody makes it again.
            continue
