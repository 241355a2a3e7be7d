"""The agent's one connection to the control plane: mTLS, HTTP/1.1 kept alive, requests pipelined.

Answers come in the order of the requests (RFC 9112, section 9.3.2). The long poll stays open until something
comes, or until the next request is sent on the same connection: the control plane answers it then.
"""

from __future__ import annotations

import logging
import random
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httptools
import msgspec
import trio

from agent.damage import damaged
from agent.http_proxy.connecting import connected_stream
from agent.http_proxy.proxy import DIRECT, HttpProxy
from agent.pinning import check_context
from agent.reasons import coded_reason_of
from agent.refusals import Refusal, refusal_of
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.version import PROTOCOL_VERSION, VERSION

# Through a mesh whose session is lost, what is sent vanishes until WireGuard makes a new one after 15 s
# (whitepaper, section 6.2): the third attempt comes right after that. One long attempt would end with it, its
# next packet due later.
CONNECT_TIMEOUT_S = 8.0
HANDSHAKE_TIMEOUT_S = 12.0
REQUEST_TIMEOUT_S = 60.0
BACKOFF_FIRST_S = 0.25
BACKOFF_LIMIT_S = 30.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_NO_HEADERS: Mapping[str, str] = {}
_BREAKS = (OSError, ssl.SSLError, trio.BrokenResourceError, trio.TooSlowError)
log = logging.getLogger("nimbus.link")


class LinkDown(Exception):
    """There is no connection, or it broke before the answer."""


class Refused(LinkDown):
    """The control plane does not serve this node now; the link asks again by itself."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.code = refusal.code


class Reply(msgspec.Struct, frozen=True):
    """`last`: the connection ends with it. `content_range`: which bytes of what the body is, as the header of that
    name says (RFC 9110, section 14.4)."""

    status: int
    body: bytes
    last: bool = False
    content_range: str = ""


class ControlPlaneLink(Protocol):
    """The way to the control plane, whichever it is."""

    @property
    def connected(self) -> bool: ...
    @property
    def failure(self) -> str: ...
    @property
    def url(self) -> str: ...
    async def wait_connected(self) -> None: ...
    def reconnect(self) -> None: ...
    def use(self, urls: Sequence[str]) -> None:
        """From now on it is there; the first of them is tried at once."""

    async def run(self) -> None: ...
    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        timeout: float = 60.0,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Reply: ...
    def another(self) -> ControlPlaneLink:
        """A connection beside this one, for what must not hold up the rest. Whoever asks for it runs it."""


class _Waiter:
    __slots__ = ("done", "reply")

    def __init__(self) -> None:
        self.done = trio.Event()
        self.reply: Reply | None = None


class _Parser:
    """Collects answers from bytes: the callbacks are httptools'."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self._body = bytearray()
        self._range = ""
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._body.clear()
        self._range = ""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-range":
            self._range = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too large")

    def on_message_complete(self) -> None:
        last = not self._parser.should_keep_alive()
        self.replies.append(Reply(self._parser.get_status_code(), bytes(self._body), last, self._range))


class Link:
    """`urls` are tried in turn, each time that there is no connection. `context` is asked for at each connection,
    so that a renewed certificate is used from then on. `pins` as in `agent.pinning`; `sole_authority`: the context
    trusts the internal CA alone; `proxy` leads to those of them that it serves."""

    def __init__(
        self,
        urls: str | Sequence[str],
        context: Callable[[], ssl.SSLContext],
        jitter: Callable[[], float] = random.random,
        *,
        pins: tuple[str, ...] = (),
        sole_authority: bool = True,
        proxy: HttpProxy = DIRECT,
    ) -> None:
        self._urls = (urls,) if isinstance(urls, str) else tuple(urls)
        self._turn = 0
        # The last attempt led to a connection.
        self._was_up = False
        self._context = context
        self._jitter = jitter
        self._pins = pins
        self._sole_authority = sole_authority
        self._proxy = proxy
        self._stream: trio.SSLStream[trio.SocketStream] | None = None
        self._waiting: deque[_Waiter] = deque()
        self._sending = trio.Lock()
        self._up = trio.Event()
        self._scope: trio.CancelScope | None = None
        self._refusal: Refusal | None = None
        self._refusals = 0
        self.failure = ""

    def another(self) -> Link:
        return Link(
            (*self._urls[self._turn :], *self._urls[: self._turn]),
            self._context,
            self._jitter,
            pins=self._pins,
            sole_authority=self._sole_authority,
            proxy=self._proxy,
        )

    @property
    def url(self) -> str:
        """Where it is, or tries to be."""
        return self._urls[self._turn]

    @property
    def _authority(self) -> str:
        return urlsplit(self._urls[self._turn]).netloc

    def use(self, urls: Sequence[str]) -> None:
        """From now on these; the first of them at once."""
        if tuple(urls) == self._urls:
            return
        was = self._urls[self._turn]
        self._urls, self._turn = tuple(urls), 0
        if was != self._urls[0]:
            self.reconnect()

    @property
    def connected(self) -> bool:
        return self._up.is_set()

    async def wait_connected(self) -> None:
        await self._up.wait()

    def reconnect(self) -> None:
        """Close the connection; the loop opens a new one (with the context of then)."""
        if self._scope is not None:
            self._scope.cancel()

    def rest(self, refusal: Refusal) -> None:
        """Close the connection, and try again when the refusal says so."""
        if self._refusal is None:
            self._refusals += 1
        self._refusal = refusal
        self._note(refusal.problem)
        self.reconnect()

    async def run(self) -> None:
        """Keep a connection until cancelled."""
        failures = 0
        while True:
            began = trio.current_time()
            try:
                if await self._converse():
                    # Ended in order, as proxies do now and then, or after every answer.
                    failures = 0
                    await self._pause(0)
                    continue
            except (*_BREAKS, ValueError, httptools.HttpParserError, NimbusError) as error:
                if self._refusal is None:
                    self._note(f"{self._authority}: {coded_reason_of(error)}")
                    if not self._was_up:
                        # One that answered until now is the likeliest to answer again.
                        self._turn = (self._turn + 1) % len(self._urls)
            if self._refusal is not None:
                failures = 0
                wait, self._refusal = self._refusal.wait_s(self._refusals), None
                await trio.sleep(wait * (0.75 + self._jitter() / 2))
                continue
            failures = 0 if trio.current_time() - began > 5 else failures + 1
            await self._pause(failures)

    def _note(self, problem: str) -> None:
        if problem != self.failure:
            log.warning("no connection to the control plane: %s", problem)
        self.failure = problem

    async def _pause(self, failures: int) -> None:
        """Exponential backoff with jitter."""
        ceiling = min(BACKOFF_LIMIT_S, BACKOFF_FIRST_S * 2 ** min(failures, 16))
        await trio.sleep(ceiling * (0.5 + self._jitter() / 2))

    async def _converse(self) -> bool:
        """One connection. Whether it was ended in order, with the answer to a request."""
        self._was_up, url = False, self._urls[self._turn]
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        with trio.fail_after(CONNECT_TIMEOUT_S):
            tcp = await connected_stream(host, port, self._proxy)
            tcp.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NODELAY, 1)
            # A half-open connection is noticed by the kernel too: nothing acknowledged for so long ends it.
            tcp.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_USER_TIMEOUT, 30_000)
        with trio.fail_after(HANDSHAKE_TIMEOUT_S):
            stream = trio.SSLStream(tcp, self._context(), server_hostname=host, https_compatible=True)
            try:
                await stream.do_handshake()
                check_context(stream, self._pins, sole_authority=self._sole_authority)
            except BaseException:
                await trio.aclose_forcefully(stream)
                raise
        if url != self._urls[self._turn]:
            # Told of another meanwhile.
            await trio.aclose_forcefully(stream)
            return True
        self._stream, self._was_up = stream, True
        if not self._refusals:
            self.failure = ""
        self._up.set()
        try:
            with trio.CancelScope() as self._scope:
                return await self._read(stream)
            return False
        finally:
            self._up = trio.Event()
            self._stream = None
            self._fail_waiters()
            with trio.CancelScope(shield=True), trio.move_on_after(1):
                await stream.aclose()

    async def _read(self, stream: trio.SSLStream[trio.SocketStream]) -> bool:
        """Until the last answer (RFC 9112, section 9.6). Whether that was no refusal."""
        parser = _Parser()
        while True:
            data = await stream.receive_some(65536)
            if not data:
                raise OSError("the control plane closed the connection")
            parser.feed(bytes(data))
            while parser.replies:
                reply = parser.replies.popleft()
                if not self._waiting:
                    raise ValueError("an answer without a request")
                waiter = self._waiting.popleft()
                waiter.reply = reply
                waiter.done.set()
                self._look_at(reply)
                if reply.last:
                    return reply.status < 400

    def _look_at(self, reply: Reply) -> None:
        refusal = refusal_of(reply.status, reply.body)
        if refusal is not None:
            self.rest(refusal)
        elif self._refusals:
            self._refusals, self.failure = 0, ""

    def _fail_waiters(self) -> None:
        while self._waiting:
            self._waiting.popleft().done.set()

    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        timeout: float = REQUEST_TIMEOUT_S,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Reply:
        """Send and wait for the answer. Raises LinkDown, and its kind Refused when the node is not served."""
        stream = self._stream
        if stream is None:
            raise LinkDown
        waiter = _Waiter()
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: {self._authority}\r\nUser-Agent: nimbus-agent/{VERSION}\r\n"
            f"X-Nimbus-Protocol: {PROTOCOL_VERSION}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
        )
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        await self._send(stream, waiter, head.encode("ascii") + body)
        try:
            with trio.fail_after(timeout):
                await waiter.done.wait()
        except trio.TooSlowError:
            # Whatever answers later would be taken for the answer to another request.
            self.reconnect()
            raise LinkDown from None
        if waiter.reply is None:
            raise LinkDown
        refusal = refusal_of(waiter.reply.status, waiter.reply.body)
        if refusal is not None:
            raise Refused(refusal)
        return waiter.reply

    async def _send(self, stream: trio.SSLStream[trio.SocketStream], waiter: _Waiter, data: bytes) -> None:
        async with self._sending:
            if stream is not self._stream:
                raise LinkDown
            self._waiting.append(waiter)
            try:
                # Cut in the middle, a request would spoil the connection: it is sent whole, or the link ends.
                with trio.CancelScope(shield=True), trio.fail_after(30):
                    await stream.send_all(data)
            except (*_BREAKS, trio.ClosedResourceError):
                self.reconnect()
                raise LinkDown from None


def agent_context(ca: str, certificate: str, key: str) -> ssl.SSLContext:
    """Trusts the internal CA alone, for a server. Host names are not compared: that CA gives the serverAuth
    usage to the control plane only, and a node's own certificate is refused for lack of it. Raises
    IdentityDamaged."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(cafile=ca)
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise damaged(Path(ca), Path(certificate), Path(key)) from None
    return context
