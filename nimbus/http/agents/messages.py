"""What a handler of the agent listener sees and gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from nimbus.http.agents.head import Head


class AgentResponse(msgspec.Struct, frozen=True, gc=False):
    """An answer. `status` is 200 to 599; the body of a 204 or 304 and of an answer to HEAD is not sent.
    `content_range`: which bytes the body is (RFC 9110 section 14.4)."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    content_range: str = ""


class Peer(msgspec.Struct, frozen=True):
    """Who is at the other end of a connection: fixed by its handshake, never changed."""

    node_id: str
    serial: str
    """Serial number of the certificate, lower-case hexadecimal without leading zeros."""
    address: str


class Exchange(Protocol):
    """The side of a request that answers it (a `Conversation`)."""

    def reply(self, request: AgentRequest, response: AgentResponse) -> None: ...
    def fail(self, request: AgentRequest, error: BaseException) -> None: ...
    def park(self, request: AgentRequest, parked: Parked) -> None: ...


class Parked:
    """The terms on which a request waits."""

    __slots__ = ("on_close", "on_end", "until")

    def __init__(
        self, until: float, on_end: Callable[[], AgentResponse], on_close: Callable[[], None]
    ) -> None:
        self.until = until
        self.on_end = on_end
        self.on_close = on_close


class AgentRequest:
    """One request of a node. Use it on the Trio thread only.

    `node_id` and `serial` (hexadecimal, lower case) are those of the verified certificate of its connection. On a
    listener without certificates they are empty, and for the handler to fill in; so is `peer_address` for it to
    correct. `target` is the path with its query as it was sent.
    `path` is percent-decoded and begins with a slash. `closed` turns true when an answer can
    no longer be given: the peer is gone, or the listener answered for the handler.
    """

    __slots__ = (
        "_exchange",
        "_head",
        "answered",
        "body",
        "closed",
        "method",
        "node_id",
        "parked",
        "path",
        "peer_address",
        "serial",
        "target",
    )

    def __init__(self, exchange: Exchange, head: Head, body: bytes, peer: Peer) -> None:
        self._exchange = exchange
        self._head = head
        self.method = head.method
        self.path = head.path
        self.target = head.target
        self.body = body
        self.node_id = peer.node_id
        self.serial = peer.serial
        self.peer_address = peer.address
        self.closed = False
        self.answered = False
        self.parked: Parked | None = None

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the target, percent-decoded; of repeated ones the last counts."""
        return self._head.query()

    def header(self, name: str) -> str | None:
        """A header by its name in any case; repeated ones joined by commas (RFC 9110, 5.3)."""
        return self._head.headers.get(name.lower())

    def reply(self, response: AgentResponse) -> None:
        """Answer, at once or later. Does nothing when the peer is gone or the listener has answered for
        the handler (a park or the time for an answer ended).

        Raises `RuntimeError` when the handler has already answered: that is a mistake in the handler.
        """
        self._exchange.reply(self, response)

    def fail(self, error: BaseException) -> None:
        """Answer as if the handler had raised this error: for a callback that was handed one."""
        self._exchange.fail(self, error)

    def park(self, until: float, on_end: Callable[[], AgentResponse], on_close: Callable[[], None]) -> None:
        """Leave the request unanswered without a task until Trio's time `until` (seconds) or a `reply`.

        `on_end` gives the answer when that time has come (at most one sweep, a second, late and never
        early), when the peer sends its next request or when the listener stops. `on_close` is called
        instead when the peer goes away first. After `reply` neither is called. Parking again replaces
        the terms.
        """
        self._exchange.park(self, Parked(until, on_end, on_close))


Handler = Callable[[AgentRequest], AgentResponse | None]
"""Called inline on the Trio thread, so it must not block. `None`: it parked, or calls `reply` later."""
