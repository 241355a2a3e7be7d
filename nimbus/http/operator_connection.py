"""One connection to the operators' listener: its slot, what is sent on it, and how it ends."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import MAX_RECV, TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr

from nimbus.http.connection_cap import Slot
from nimbus.http.operator_protocols import OperatorsH2, OperatorsH11, time_to_take

# What a client still sends when all is said is thrown away for so long and so much, or it would be told of a
# broken connection and not of our answer.
LINGER_S = 2.0
LINGER_BYTES = 16 * 1024 * 1024
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError)


class Connection(TCPServer):  # type: ignore[misc]
    """Tells its slot when it is idle, and sends what it was given, whoever is cancelled meanwhile."""

    def __init__(
        self,
        application: Any,
        config: Config,
        worker: WorkerContext,
        state: dict[str, Any],
        stream: trio.SSLStream[trio.SocketStream],
        slot: Slot,
    ) -> None:
        super().__init__(application, config, worker, state, stream)
        self.slot = slot
        self._serving = trio.CancelScope()
        self._is_ending = False

    async def run(self) -> None:
        """Until the connection has ended. Steps of hypercorn's own, which takes no other protocols."""
        try:
            with trio.fail_after(self.config.ssl_handshake_timeout):
                await self.stream.do_handshake()
        except (trio.BrokenResourceError, trio.TooSlowError):
            return
        try:
            async with TaskGroup() as task_group:
                self._task_group = task_group
                self.protocol = self._agreed_protocol()
                await self.protocol.initiate()
                await self.idle_task.restart(task_group, self._idle_timeout)
                await self._read_data()
                await self.idle_task.stop()
        except OSError:
            # The peer has gone between two of these steps.
            pass
        finally:
            await self.stream.aclose()

    def _agreed_protocol(self) -> OperatorsH2 | OperatorsH11:
        connected = self.stream.transport_stream.socket
        protocol = OperatorsH2 if self.stream.selected_alpn_protocol() == "h2" else OperatorsH11
        return protocol(
            self.app,
            self.config,
            self.context,
            self._task_group,
            ConnectionState(self.state),
            True,
            parse_socket_addr(connected.family, connected.getpeername()),
            parse_socket_addr(connected.family, connected.getsockname()),
            self.protocol_send,
        )

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, Closed):
            await self._end()
            return
        if isinstance(event, RawData):
            await self._send(event.data)
            return
        if isinstance(event, Updated):
            (self.slot.idle if event.idle else self.slot.busy)()
        await super().protocol_send(event)

    async def _send(self, data: bytes) -> None:
        """Header compression (HPACK) counts these frames as sent. A request that the browser gave up is cancelled
        while it waits for its turn: were its frames dropped, all others of the connection would be misread."""
        is_sent = False
        with trio.move_on_after(time_to_take(len(data)), shield=True), suppress(*_GONE):
            async with self.send_lock:
                await self.stream.send_all(data)
                is_sent = True
        if not is_sent:
            await trio.aclose_forcefully(self.stream)
            await self.protocol.handle(Closed())

    async def _end(self) -> None:
        """All that there is to say has been sent: who reads goes over to throwing away."""
        if self._is_ending:
            return
        self._is_ending = True
        with trio.move_on_after(LINGER_S):
            await self.protocol.handle(Closed())
        self._serving.cancel()

    async def _read_data(self) -> None:
        with self._serving:
            await super()._read_data()
        if self._is_ending:
            await self._linger()

    async def _linger(self) -> None:
        """Ends when the peer has closed, too. Idle meanwhile: another may have the place."""
        self.slot.idle()
        transport, left = self.stream.transport_stream, LINGER_BYTES
        with trio.move_on_after(LINGER_S), suppress(*_GONE):
            async with self.send_lock:
                await transport.send_eof()
            while left > 0:
                data = await transport.receive_some(MAX_RECV)
                if not data:
                    return
                left -= len(data)
