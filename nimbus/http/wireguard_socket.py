"""`/v1/wireguard`: WireGuard's datagrams over a WebSocket, for nodes in networks where UDP is blocked.

It asks for no credentials: what goes through is what anybody may send to the UDP port, and less
(`nimbus.fleet.relay.tls_ways`). Browsers are not let in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import trio
from quart import Response, websocket
from quart_trio import QuartTrio

from nimbus.fleet.relay.tls_ways import TlsWay, TlsWays
from nimbus.http.errors import internal_error
from nimbus.http.responses import error_response
from nimbus.http.source import Network, forwarded_for, source_of
from nimbus.kernel.errors import Forbidden, invalid
from nimbus.kernel.ids import new_id
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.over_tls import MOST_BYTES, PATH, SUBPROTOCOL

# A node that is there says something every 25 s.
IDLE_S = 120.0
UNPROVEN_S = 20.0
BATCH = 32
# RFC 6455 section 7.4.1, and from 4000 on our own.
UNSUPPORTED_DATA, NOT_ANSWERED, IDLE = 1003, 4403, 4408
log = logging.getLogger("nimbus.relay")


class WireGuardSockets:
    """Belongs to the Trio thread. `admit` is asked first, with the address; it may raise NimbusError."""

    def __init__(self, ways: TlsWays, admit: Callable[[str], None], proxies: Sequence[Network] = ()) -> None:
        self._ways = ways
        self._admit = admit
        self._proxies = proxies

    def add_to(self, application: QuartTrio) -> None:
        application.add_websocket(PATH, endpoint="wireguard-socket", view_func=self._handle)

    async def _handle(self) -> Response | None:
        """Refused with an ordinary answer, in the envelope, before anything is upgraded."""
        request_id = new_id()
        try:
            source = source_of(websocket.remote_addr or "", forwarded_for(websocket.headers), self._proxies)
            self._admit(source)
            if websocket.headers.getlist("Origin"):
                raise Forbidden("this is for nodes, not for pages in a browser")
            if SUBPROTOCOL not in websocket.requested_subprotocols:
                raise invalid("Sec-WebSocket-Protocol", f"must have {SUBPROTOCOL}")
            way = self._ways.open(source)
        except NimbusError as error:
            return _refusal(error, request_id)
        except OSError:
            log.exception("no socket for a node that comes over TLS", extra={"request_id": request_id})
            return _refusal(internal_error(request_id), request_id)
        try:
            await websocket.accept({"X-Request-Id": request_id}, SUBPROTOCOL)
            await websocket.close(*await _carry(way))
        finally:
            self._ways.close(way)
        return None


async def _carry(way: TlsWay) -> tuple[int, str]:
    """Until there is a reason to close."""
    ending = NOT_ANSWERED, "WireGuard knows no key that it was asked with"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_to_node, way)
        with trio.CancelScope() as unproven:
            nursery.start_soon(_end_unproven, way, unproven)
            ending = await _from_node(way)
        nursery.cancel_scope.cancel()
    return ending


async def _end_unproven(way: TlsWay, scope: trio.CancelScope) -> None:
    await trio.sleep(UNPROVEN_S)
    if not way.is_proven:
        scope.cancel()


async def _from_node(way: TlsWay) -> tuple[int, str]:
    while True:
        with trio.move_on_after(IDLE_S) as waiting:
            datagram = await websocket.receive()
        if waiting.cancelled_caught:
            return IDLE, "nothing has come for two minutes"
        if not isinstance(datagram, bytes):
            return UNSUPPORTED_DATA, "datagrams are taken here, not texts"
        pause = way.take(datagram, trio.current_time())
        if pause:
            await trio.sleep(pause)


async def _to_node(way: TlsWay) -> None:
    """A node that does not read holds up nobody: what it does not take is lost in the queue of the socket."""
    while True:
        await trio.lowlevel.wait_readable(way.socket)
        for _ in range(BATCH):
            try:
                datagram = way.socket.recv(65536)
            except OSError:
                break
            way.answered(datagram)
            if len(datagram) <= MOST_BYTES:
                await websocket.send(datagram)


def _refusal(error: NimbusError, request_id: str) -> Response:
    response = error_response(error, request_id)
    response.headers["X-Request-Id"] = request_id
    return response
