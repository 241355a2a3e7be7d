"""The name server of a node: UDP and TCP on its address in the mesh, port 53 (RFC 1035, section 4.2)."""

from __future__ import annotations

import ipaddress
import logging
import socket
import struct
from collections.abc import Callable

import trio

from agent.dns.answers import answer
from agent.dns.zone import Zone

PORT = 53
# What a query may have; none that asks for a name of ours comes near.
MOST_BYTES = 1232
MOST_CONNECTIONS = 16
IDLE_S = 10.0
RETRY_S = 15.0
log = logging.getLogger("nimbus.dns")


class NameServer:
    """`address` is this node's own, `zone` what is known now. Belongs to the Trio thread."""

    def __init__(self, address: str, zone: Callable[[], Zone], port: int = PORT) -> None:
        self._address, self._port = address, port
        self._zone = zone
        self._connections = 0
        self.alert = ""

    async def run(self) -> None:
        """Answer until cancelled; tried again while the port is another program's."""
        while True:
            try:
                datagrams, listener = await self._open()
            except OSError as error:
                self._cannot(error)
                await trio.sleep(RETRY_S)
                continue
            if self.alert:
                log.info("names of the mesh are answered again")
            self.alert = ""
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._answer_datagrams, datagrams)
                    nursery.start_soon(trio.serve_listeners, self._answer_connection, [listener])
            except* OSError as errors:
                self._cannot(errors.exceptions[0])
                await trio.sleep(RETRY_S)
            finally:
                datagrams.close()
                listener.socket.close()

    def _cannot(self, error: BaseException) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        alert = (
            f"names of the mesh are not answered: port {self._port} of {self._address}: {reason}. A name server"
            " that listens on all addresses may have it: have it leave this one out"
        )
        if alert != self.alert:
            log.warning("%s", alert)
        self.alert = alert

    async def _open(self) -> tuple[trio.socket.SocketType, trio.SocketListener]:
        datagrams = trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            await datagrams.bind((self._address, self._port))
            listening = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                await listening.bind((self._address, self._port))
                listening.listen(MOST_CONNECTIONS)
            except BaseException:
                listening.close()
                raise
        except BaseException:
            datagrams.close()
            raise
        return datagrams, trio.SocketListener(listening)

    def _answer(self, query: bytes, source: str) -> bytes | None:
        """None: nothing is said, to strangers neither."""
        zone = self._zone()
        if len(query) > MOST_BYTES or ipaddress.IPv4Address(source) not in zone.network:
            return None
        return answer(query, zone)

    async def _answer_datagrams(self, datagrams: trio.socket.SocketType) -> None:
        while True:
            query, source = await datagrams.recvfrom(MOST_BYTES + 1)
            reply = self._answer(query, source[0])
            if reply is not None:
                try:
                    await datagrams.sendto(reply, source)
                except OSError as error:
                    # To one whose WireGuard is not known any more, say.
                    log.debug("an answer could not be sent: %s", error)

    async def _answer_connection(self, stream: trio.SocketStream) -> None:
        if self._connections >= MOST_CONNECTIONS:
            return
        self._connections += 1
        try:
            # Fails for one that was reset before it was taken.
            source = stream.socket.getpeername()[0]
            while True:
                with trio.fail_after(IDLE_S):
                    query = await _received(stream)
                    reply = None if query is None else self._answer(query, source)
                    if reply is None:
                        return
                    await stream.send_all(struct.pack("!H", len(reply)) + reply)
        except (trio.TooSlowError, trio.BrokenResourceError, OSError):
            return
        finally:
            self._connections -= 1


async def _received(stream: trio.SocketStream) -> bytes | None:
    """One query with its length before it (RFC 1035, section 4.2.2); None at the end, and of what is too long."""
    length = await _exactly(stream, 2)
    size = struct.unpack("!H", length)[0] if length else 0
    return await _exactly(stream, size) if 0 < size <= MOST_BYTES else None


async def _exactly(stream: trio.SocketStream, size: int) -> bytes | None:
    received = b""
    while len(received) < size:
        chunk = await stream.receive_some(size - len(received))
        if not chunk:
            return None
        received += chunk
    return received
