"""Between WireGuard on this machine's loopback and the control plane: over TLS, unless UDP works."""

from __future__ import annotations

import logging
import random
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import trio

from agent.over_tls.connection import Connection, NoWay
from nimbus.wireguard.addresses import join_endpoint, split_endpoint
from nimbus.wireguard.handshake import is_initiation, is_response
from nimbus.wireguard.overlay_socket import widen

LOOPBACK = "127.0.0.1"
# What starts a session waits so long for an answer by UDP.
HOLD_S = 1.0
# What waits for TLS: more is lost, the oldest first, as on any wire.
MOST_WAITING = 512
BATCH = 32
BACKOFF_FIRST_S, BACKOFF_LIMIT_S = 0.5, 15.0
log = logging.getLogger("nimbus.mesh")


class TlsTunnel:
    """Belongs to the Trio thread. `connect` makes one connection to the API (`agent.over_tls.websocket`), `udp` are
    the control plane's endpoints as of now. `on_udp` is told the endpoint that answered by UDP, `on_connected` that
    there is a connection over TLS, where a session of another one is not continued."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        udp: Callable[[], Sequence[str]],
        on_udp: Callable[[str], None] = lambda _endpoint: None,
        on_connected: Callable[[], None] = lambda: None,
    ) -> None:
        self._connect = connect
        self._udp = udp
        self._on_udp = on_udp
        self._on_connected = on_connected
        self._device = _udp_socket(socket.AF_INET)
        try:
            self._device.bind((LOOPBACK, 0))
        except BaseException:
            self._device.close()
            raise
        self.endpoint = f"{LOOPBACK}:{self._device.getsockname()[1]}"
        self._device_port = 0
        self._outside: dict[int, socket.socket] = {}
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._news = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._using: trio.CancelScope | None = None
        self._is_resting = False
        self.udp_endpoint = ""
        """Where the last handshake was answered by UDP; "" while it was by TLS, or by nothing."""
        self.is_connected = False
        self.problem = ""
        """Why there is no connection over TLS, "" while nobody needed one or it is there."""

    def use_port(self, port: int) -> None:
        """WireGuard listens on this UDP port of this machine: nobody else is listened to."""
        if port and port != self._device_port:
            self._device.connect((LOOPBACK, port))
            self._device_port = port

    def rest(self) -> None:
        """WireGuard sends elsewhere from now on: it is given nothing any more, for it answers to where it heard
        last. The connection over TLS ends."""
        self._is_resting = True
        if self._using is not None:
            self._using.cancel()

    def wake(self) -> None:
        """WireGuard sends here again."""
        self._is_resting, self.udp_endpoint = False, ""
        self._waiting.clear()

    async def run(self) -> None:
        """Until cancelled; then its sockets are closed."""
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._keep_connection)
                await self._from_device()
        finally:
            self._nursery = None
            for each in (self._device, *self._outside.values()):
                each.close()

    async def _from_device(self) -> None:
        while True:
            await trio.lowlevel.wait_readable(self._device)
            for _ in range(BATCH):
                try:
                    datagram = self._device.recv(65536)
                except BlockingIOError:
                    break
                except OSError:
                    # WireGuard did not listen when it was last given something.
                    continue
                self._take(datagram)

    def _take(self, datagram: bytes) -> None:
        if is_initiation(datagram):
            assert self._nursery is not None
            self.udp_endpoint = ""
            self._nursery.start_soon(self._start_session, datagram)
        elif self.udp_endpoint:
            self._send_outside(datagram, self.udp_endpoint)
        else:
            self._send_over_tls(datagram)

    async def _start_session(self, initiation: bytes) -> None:
        endpoints = self._udp()
        for endpoint in endpoints:
            self._send_outside(initiation, endpoint)
        await trio.sleep(HOLD_S if endpoints else 0)
        if not self.udp_endpoint:
            self._send_over_tls(initiation)

    def _send_over_tls(self, datagram: bytes) -> None:
        self._waiting.append(datagram)
        self._news.set()

    def _send_outside(self, datagram: bytes, endpoint: str) -> None:
        address, port = split_endpoint(endpoint)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            self._outside_socket(family).sendto(datagram, (address, port))
        except OSError:
            # There is no route there, or no such family here.
            return

    def _outside_socket(self, family: int) -> socket.socket:
        known = self._outside.get(family)
        if known is None:
            assert self._nursery is not None
            known = self._outside[family] = _udp_socket(family)
            self._nursery.start_soon(self._from_outside, known)
        return known

    async def _from_outside(self, outside: socket.socket) -> None:
        while True:
            await trio.lowlevel.wait_readable(outside)
            for _ in range(BATCH):
                try:
                    datagram, source = outside.recvfrom(65536)
                except BlockingIOError:
                    break
                except OSError:
                    # Somebody on the way said that nothing listens there.
                    continue
                endpoint = join_endpoint(source[0], source[1])
                if endpoint in self._udp():
                    self._give(datagram)
                    if is_response(datagram):
                        self.udp_endpoint = endpoint
                        self._on_udp(endpoint)

    def _give(self, datagram: bytes) -> None:
        """To WireGuard, which knows by itself whether it is what it says."""
        if self._is_resting:
            return
        try:
            self._device.send(datagram)
        except OSError:
            return

    async def _keep_connection(self) -> None:
        """A connection while there is something for it: where UDP works there is none."""
        backoff = BACKOFF_FIRST_S
        while True:
            await self._news.wait()
            try:
                connection = await self._connect()
            except NoWay as error:
                if str(error) != self.problem:
                    log.warning("no connection to the control plane over TLS: %s", error)
                self.problem = str(error)
                await trio.sleep(backoff * random.uniform(0.5, 1.5))  # noqa: S311
                backoff = min(2 * backoff, BACKOFF_LIMIT_S)
                # What is older belongs to an attempt that WireGuard has given up.
                while len(self._waiting) > BATCH:
                    self._waiting.popleft()
                continue
            self.problem, self.is_connected, backoff = "", True, BACKOFF_FIRST_S
            if not any(map(is_initiation, self._waiting)):
                self._on_connected()
            try:
                await self._use(connection)
            finally:
                self.is_connected = False
                with trio.CancelScope(shield=True):
                    await connection.close()
            await trio.sleep(backoff)

    async def _use(self, connection: Connection) -> None:
        """Until it ends, or is needed no more."""
        try:
            with trio.CancelScope() as self._using:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._to_connection, connection)
                    while True:
                        for datagram in await connection.receive():
                            self._give(datagram)
        except* (NoWay, OSError, trio.BrokenResourceError) as group:
            error = group.exceptions[0]
            self.problem = str(error) if isinstance(error, NoWay) else "the connection over TLS was cut"

    async def _to_connection(self, connection: Connection) -> None:
        while True:
            await self._news.wait()
            self._news = trio.Event()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                await connection.send(batch)


def _udp_socket(family: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    widen(made)
    return made
