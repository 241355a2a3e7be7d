"""A WebSocket of datagrams (RFC 6455): binary messages of one datagram each, on a Trio stream."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    RejectData,
    Request,
)
from wsproto.utilities import LocalProtocolError, ProtocolError

from agent.http_proxy.asking import ProxyFailed
from agent.http_proxy.connecting import connected_stream
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.over_tls.connection import NoWay
from agent.pinning import check_context
from agent.reasons import reason_of
from nimbus.protocol.errors import NimbusError
from nimbus.wireguard.over_tls import MOST_BYTES, PATH, SUBPROTOCOL

CONNECT_TIMEOUT_S = 8.0
_READ_BYTES = 64 * 1024


class DatagramSocket:
    """Made by `connect`. `send` may be called while another task receives."""

    def __init__(self, stream: trio.SSLStream[trio.SocketStream], host: str) -> None:
        self._stream = stream
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._host = host
        self._sending = trio.Lock()
        self._partial = bytearray()
        self._datagrams: list[bytes] = []

    async def open(self) -> None:
        """Raises NoWay, OSError, trio.BrokenResourceError."""
        request = Request(host=self._host, target=PATH, subprotocols=[SUBPROTOCOL])
        await self._stream.send_all(self._protocol.send(request))
        while True:
            for event in await self._events():
                if isinstance(event, AcceptConnection):
                    return
                if isinstance(event, RejectConnection):
                    raise NoWay(
                        f"the API answers HTTP {event.status_code}: it does not accept WireGuard over TLS"
                    )

    async def send(self, datagrams: Sequence[bytes]) -> None:
        """Raises NoWay when the other side has ended it, trio.BrokenResourceError."""
        await self._say(
            *(BytesMessage(data=datagram) for datagram in datagrams if len(datagram) <= MOST_BYTES)
        )

    async def _say(self, *events: Event) -> None:
        try:
            data = b"".join(map(self._protocol.send, events))
        except LocalProtocolError:
            # What ends it is read with what came before: it counts from then on.
            raise NoWay("the API ended the connection") from None
        async with self._sending:
            await self._stream.send_all(data)

    async def receive(self) -> list[bytes]:
        """One datagram or more. Raises NoWay when the other side ends it, trio.BrokenResourceError."""
        while not self._datagrams:
            for event in await self._events():
                await self._handle(event)
        datagrams, self._datagrams = self._datagrams, []
        return datagrams

    async def _events(self) -> list[Event]:
        try:
            data = await self._stream.receive_some(_READ_BYTES)
            if not data:
                raise NoWay("the API ended the connection")
            self._protocol.receive_data(bytes(data))
            return list(self._protocol.events())
        except ProtocolError as error:
            raise NoWay(f"something other than the control plane's API answers: {error}") from None

    async def _handle(self, event: Event) -> None:
        if isinstance(event, BytesMessage):
            self._partial += event.data
            if len(self._partial) > 65536:
                raise NoWay("something other than the control plane's API answers: a message is too large")
            if event.message_finished:
                self._datagrams.append(bytes(self._partial))
                self._partial.clear()
        elif isinstance(event, Ping):
            await self._say(event.response())
        elif isinstance(event, CloseConnection):
            raise NoWay(f"the API ended the connection: {(event.reason or str(event.code))[:200]}")
        elif isinstance(event, Message | RejectData):
            raise NoWay("something other than the control plane's API answers: datagrams are expected")

    async def close(self) -> None:
        """At once."""
        await trio.aclose_forcefully(self._stream)


async def connect(
    url: str,
    contexts: Sequence[ssl.SSLContext],
    pins: tuple[str, ...] = (),
    *,
    sole_authority: bool = False,
    proxy: HttpProxy = DIRECT,
) -> DatagramSocket:
    """To the API at this base URL; of `contexts` the first that accepts its certificate counts. Raises NoWay."""
    problem = ""
    for context in contexts:
        try:
            with trio.fail_after(CONNECT_TIMEOUT_S):
                return await _connect(url, context, pins, sole_authority=sole_authority, proxy=proxy)
        except trio.TooSlowError:
            raise NoWay(f"{url} does not answer") from None
        except ProxyFailed as error:
            raise NoWay(f"{url} is not reached: {reason_of(error)}") from error
        except (OSError, trio.BrokenResourceError, NimbusError) as error:
            problem = problem or f"{url} is unreachable: {reason_of(error)}"
            cause = error.__cause__ if isinstance(error, trio.BrokenResourceError) else error
            if not isinstance(cause, ssl.SSLCertVerificationError):
                break
        except NoWay as error:
            raise NoWay(f"{url}: {error}") from None
    raise NoWay(problem)


async def _connect(
    url: str, context: ssl.SSLContext, pins: tuple[str, ...], *, sole_authority: bool, proxy: HttpProxy
) -> DatagramSocket:
    parts = urlsplit(url)
    host = parts.hostname or ""
    tcp = await connected_stream(host, parts.port or 443, proxy)
    stream = trio.SSLStream(tcp, context, server_hostname=host, https_compatible=True)
    try:
        await stream.do_handshake()
        check_context(stream, pins, sole_authority=sole_authority)
        made = DatagramSocket(stream, parts.netloc)
        await made.open()
    except BaseException:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)
        raise
    return made
