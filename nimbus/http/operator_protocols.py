"""HTTP/1.1 and HTTP/2 as the operators' listener speaks them: hypercorn's, where a client may do what it likes.

What a client does to one request of a connection touches no other, and what it sends out of turn costs that
connection only. Why so, and what was measured: docs/decisions/0039.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.stream
import h11
import trio
from hypercorn.events import Closed
from hypercorn.protocol.events import Body, EndBody
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h11 import H11Protocol

from nimbus.http.errors import envelope
from nimbus.http.rate_limits import RateLimit
from nimbus.http.request_heads import HeadTooLarge
from nimbus.protocol.errors import NimbusError

# Requests that one connection may give up a second, and at once. A browser that leaves a page gives up some dozens.
RESETS_RATE = 10.0
RESETS_BURST = 200.0
# What an answer may take to be taken: so long, and longer by what there is of it. A slow link needs minutes for the
# agent's executable; a client that takes a byte a second must not hold its answer, and its place, for ever.
TAKING_S = 60.0
SLOWEST_BYTES_PER_S = 4096


def time_to_take(size: int) -> float:
    """Seconds that a client has for so many bytes."""
    return TAKING_S + size / SLOWEST_BYTES_PER_S


class OperatorsH2(H2Protocol):  # type: ignore[misc]
    """HTTP/2 (RFC 9113)."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._resets = RateLimit(RESETS_RATE, RESETS_BURST)

    async def stream_send(self, event: StreamEvent) -> None:
        if not isinstance(event, Body | EndBody):
            await super().stream_send(event)
            return
        size = len(event.data) if isinstance(event, Body) else 0
        with trio.move_on_after(time_to_take(size)) as taking:
            await super().stream_send(event)
        if taking.cancelled_caught:
            self._let_go(event.stream_id)
            await self._forget(event.stream_id)
            await self._flush()

    async def _handle_events(self, events: list[h2.events.Event]) -> None:
        for event in events:
            if isinstance(event, h2.events.DataReceived):
                await self._received(event)
            elif isinstance(event, h2.events.RequestReceived) and not _is_sound(event):
                self.connection.reset_stream(event.stream_id, h2.errors.ErrorCodes.PROTOCOL_ERROR)
            elif isinstance(event, h2.events.StreamReset) and not self._may_reset(event):
                await self._end_flood()
                return
            else:
                await super()._handle_events([event])
        await self._flush()

    async def _received(self, event: h2.events.DataReceived) -> None:
        """Where the request was answered or given up, what is still on the way counts for the connection's window
        alone."""
        stream = self.streams.get(event.stream_id)
        if stream is not None:
            await stream.handle(Body(stream_id=event.stream_id, data=event.data))
        self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)

    def _may_reset(self, event: h2.events.StreamReset) -> bool:
        """Requests that are begun and given up in a row cost us, not who sends them (CVE-2023-44487)."""
        return event.stream_id not in self.streams or self._resets.take("", trio.current_time()) == 0

    async def _end_flood(self) -> None:
        self.connection.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
        await self._flush()
        await self.send(Closed())

    async def _priority_updated(self, event: h2.events.PriorityUpdated) -> None:
        """Priorities are advice that RFC 9113 section 5.3 has withdrawn; kept, each would be memory that a client
        fills, for streams that it never opens."""

    async def _send_data(self, stream_id: int) -> None:
        """Its next frame. What waits to be sent may be given up at each `await`."""
        buffer = self.stream_buffers[stream_id]
        try:
            window = self.connection.local_flow_control_window(stream_id)
            data = await buffer.pop(max(0, min(window, self.connection.max_outbound_frame_size)))
            if data:
                self.connection.send_data(stream_id, data)
                await self._flush()
            else:
                self.priority.block(stream_id)
            if buffer.complete and stream_id in self.stream_buffers:
                self.connection.end_stream(stream_id)
                await self._forget(stream_id)
                self._let_go(stream_id)
                await self._flush()
        except h2.exceptions.ProtocolError:
            await self._forget(stream_id)

    async def _close_stream(self, stream_id: int) -> None:
        await super()._close_stream(stream_id)
        buffer = self.stream_buffers.get(stream_id)
        if buffer is None or not buffer.complete:
            self._let_go(stream_id)
            await self._forget(stream_id)
            if not self.closed:
                await self._flush()

    def _let_go(self, stream_id: int) -> None:
        """Whoever has its answer need not send the rest of the request (RFC 9113 section 8.1). An answer that was
        not taken in time is cut off."""
        stream = self.connection.streams.get(stream_id)
        if stream is None or stream.closed or self.closed:
            return
        is_answered = stream.state_machine.state is h2.stream.StreamState.HALF_CLOSED_LOCAL
        code = h2.errors.ErrorCodes.NO_ERROR if is_answered else h2.errors.ErrorCodes.CANCEL
        with suppress(h2.exceptions.ProtocolError):
            self.connection.reset_stream(stream_id, code)

    async def _forget(self, stream_id: int) -> None:
        buffer = self.stream_buffers.pop(stream_id, None)
        if buffer is not None:
            await buffer.close()
            self.priority.remove_stream(stream_id)


def _is_sound(event: h2.events.RequestReceived) -> bool:
    """Whether it can be read as a request: of method and path HTTP/1.1 would have taken no other bytes."""
    values: dict[bytes, bytes] = dict(event.headers or ())
    method, path = values.get(b":method", b""), values.get(b":path", b"")
    return bool(method and path) and method.isascii() and path.isascii()


class OperatorsH11(H11Protocol):  # type: ignore[misc]
    """HTTP/1.1 (RFC 9112)."""

    async def _check_protocol(self, event: h11.Request) -> None:
        """No way from here to HTTP/2: TLS has settled which of them it is, and what passed a proxy as one request
        must not become a connection of its own."""

    async def _send_error_response(self, status_code: int) -> None:
        error = (
            HeadTooLarge()
            if status_code == HeadTooLarge.STATUS
            else NimbusError("this is no HTTP request that can be read", code="MALFORMED")
        )
        body = envelope(error)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *self.config.response_headers("h11"),
        ]
        await self._send_h11_event(h11.Response(status_code=status_code, headers=headers))
        await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())
