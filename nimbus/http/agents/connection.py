"""One TLS (or plain) socket of the listener: handshake, reading, writing, an orderly end. Never blocks.

Any TLS operation may want either direction (a read answers a KeyUpdate, a write waits for a handshake
record), so a wish is remembered per operation and the operation is tried again when the wish comes true.
"""

from __future__ import annotations

import enum
import math
import select
import socket
import ssl
from typing import Protocol

from nimbus.http.agents.conversation import Conversation, Shared
from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.plain import PlainSocket

# More than a TLS record (16 KiB): a read takes a record whole, so OpenSSL holds back nothing that epoll
# could not see. What it has not read is still in the kernel, and epoll is level-triggered.
_READ_BYTES = 64 * 1024
_READS_PER_TURN = 8
_WORTH_ANOTHER_READ = 4096
_WRITE_BYTES = 16 * 1024
_GONE = select.EPOLLHUP | select.EPOLLERR


class Stage(enum.Enum):
    """Of a connection; see the package's docstring."""

    HANDSHAKE = "handshake"
    OPEN = "open"
    LINGER = "linger"
    CLOSED = "closed"


class Host(Protocol):
    """The listener, as a connection sees it."""

    epoll: select.epoll
    shared: Shared

    def opened(self, connection: Connection) -> Conversation | None:
        """The handshake is done: who is it? `None` closes the connection."""

    def handshake_failed(self, connection: Connection, reason: str) -> None: ...
    def left(self, connection: Connection) -> None:
        """The conversation is over. Called once after `opened` gave one."""

    def closed(self, connection: Connection) -> None:
        """The socket is closed. Called once."""


class Connection:
    """A connection of the listener, from `accept` to `close`. All methods run on the Trio thread."""

    __slots__ = (
        "_conversation",
        "_deadline",
        "_descriptor",
        "_host",
        "_mask",
        "_read_wants_write",
        "_sock",
        "_stalled",
        "_unsent",
        "address",
        "busy",
        "node_id",
        "not_after",
        "stage",
    )

    def __init__(self, host: Host, sock: ssl.SSLSocket | PlainSocket, address: str, *, busy: bool) -> None:
        """Takes over a non-blocking socket and registers it. Raises `OSError` when that is impossible."""
        self._host = host
        self._sock = sock
        self._descriptor = sock.fileno()
        self._mask = select.EPOLLIN
        self._conversation: Conversation | None = None
        self._unsent: bytes | memoryview = b""
        self._read_wants_write = False
        self._stalled = math.inf
        self.address = address
        self.busy = busy
        self.node_id: str | None = None
        self.not_after = math.inf
        self.stage = Stage.HANDSHAKE
        self._deadline = host.shared.clock() + host.shared.limits.handshake
        host.epoll.register(self._descriptor, self._mask)

    @property
    def descriptor(self) -> int:
        """The file descriptor, also after `close`."""
        return self._descriptor

    @property
    def sock(self) -> ssl.SSLSocket | PlainSocket:
        """The socket, for what the handshake left in it."""
        return self._sock

    @property
    def serving(self) -> str:
        """The node whose request is under way, "" when none is."""
        return self._conversation.serving if self._conversation is not None else ""

    @property
    def deadline(self) -> float:
        """When to call `expire`."""
        if self.stage is Stage.OPEN and self._conversation is not None:
            return min(self._conversation.deadline, self._stalled)
        return self._deadline

    def ready(self, events: int) -> None:
        """One turn: epoll reported these events."""
        if self.stage is Stage.OPEN:
            self._turn(events)
        elif self.stage is Stage.HANDSHAKE:
            self._shake_hands()
        elif self.stage is Stage.LINGER:
            self._discard(events)

    def expire(self, now: float) -> None:
        """The deadline has come."""
        if self.stage is Stage.HANDSHAKE:
            self._host.handshake_failed(self, "timeout")
            self.close()
        elif self.stage is Stage.LINGER:
            self.close()
        elif self._stalled <= now:
            timeouts = self._host.shared.timeouts
            timeouts["write"] = timeouts.get("write", 0) + 1
            self.close()
        elif self._conversation is not None:
            self._conversation.expire(now)
            self.settle()

    def shut_down(self) -> None:
        """End in order: answer what is parked, wait for what a handler owes, say goodbye."""
        if self.stage is Stage.HANDSHAKE:
            self.close()
        elif self.stage is Stage.OPEN and self._conversation is not None:
            self._conversation.shut_down()
            self.settle()

    def refuse(self, response: AgentResponse) -> None:
        """Answer what is under way with `response`, handle nothing more, and end."""
        if self.stage is Stage.OPEN and self._conversation is not None:
            self._conversation.refuse(response)
            self.settle()
        else:
            self.close()

    def close(self) -> None:
        """End at once."""
        if self.stage is Stage.CLOSED:
            return
        self.stage = Stage.CLOSED
        self._unsent = b""
        self._sock.close()  # which also takes it out of the epoll
        try:
            self._leave()
        finally:
            self._host.closed(self)

    def _leave(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            self._host.left(self)
            conversation.peer_gone()

    def _shake_hands(self) -> None:
        try:
            self._sock.do_handshake()
        except ssl.SSLWantReadError:
            self._interest(select.EPOLLIN)
        except ssl.SSLWantWriteError:
            self._interest(select.EPOLLOUT)
        except OSError as error:
            self._host.handshake_failed(self, failure_reason(error))
            self._linger()  # the alert that says why must not be lost to a reset
        else:
            self._open()

    def _open(self) -> None:
        conversation = self._host.opened(self)
        if conversation is None:
            self._linger()
            return
        self._conversation = conversation
        self.stage = Stage.OPEN
        self._turn(select.EPOLLIN)

    def _turn(self, events: int) -> None:
        if events & _GONE:
            self.close()
            return
        if self._unsent:
            self._flush()
        conversation = self._conversation
        if conversation is None:
            return
        if conversation.hungry:
            conversation.advance()
        if (events & select.EPOLLIN or self._read_wants_write) and conversation.wants_bytes:
            self._read(conversation)
        self.settle()

    def _read(self, conversation: Conversation) -> None:
        for _ in range(_READS_PER_TURN):
            self._read_wants_write = False
            try:
                data = self._sock.read(_READ_BYTES)
            except ssl.SSLWantReadError:
                return
            except ssl.SSLWantWriteError:
                self._read_wants_write = True
                return
            except OSError:  # reset, or not TLS any more
                self.close()
                return
            if not data:  # the peer's end: nothing is on its way that a reset could hit
                self._close_notify()
                self.close()
                return
            conversation.receive(data)
            if len(data) < _WORTH_ANOTHER_READ or not conversation.wants_bytes:
                return

    def settle(self) -> None:
        """Send what can be sent, then wait for what the state asks for."""
        conversation = self._conversation
        if conversation is None or self.stage is not Stage.OPEN:
            return
        if conversation.output and not self._unsent:
            self._flush()
            if self.stage is not Stage.OPEN:
                return
        if conversation.closing and not self._unsent:
            self._linger(goodbye=True)
            return
        mask = select.EPOLLIN if conversation.wants_bytes else 0
        # Output that waits, or work left over from this turn: a socket that can be written brings us back.
        if self._unsent or self._read_wants_write or conversation.hungry:
            mask |= select.EPOLLOUT
        if mask != self._mask:
            self._interest(mask)

    def _flush(self) -> None:
        conversation = self._conversation
        if conversation is None:
            return
        data = self._unsent or conversation.take_output()
        try:
            while data:
                piece = data if len(data) <= _WRITE_BYTES else memoryview(data)[:_WRITE_BYTES]
                sent = self._sock.write(piece)
                conversation.sent(sent)
                self._stalled = math.inf
                data = memoryview(data)[sent:] if sent < len(data) else conversation.take_output()
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            # OpenSSL wants the same bytes again, so they are kept apart from what is added meanwhile.
            self._unsent = data
            if self._stalled == math.inf:
                self._stalled = self._host.shared.clock() + self._host.shared.limits.write
            return
        except OSError:
            self.close()
            return
        self._unsent = b""

    def _linger(self, *, goodbye: bool = False) -> None:
        """Say that this was all, then read and discard: a reset would take the last answer with it."""
        if self.stage is Stage.CLOSED:
            return
        self.stage = Stage.LINGER
        self._deadline = self._host.shared.clock() + self._host.shared.limits.linger
        self._unsent = b""
        try:
            if goodbye:
                self._close_notify()
            self._sock.shutdown(socket.SHUT_WR)
            self._interest(select.EPOLLIN)
        except OSError:
            self.close()
            return
        self._leave()

    def _close_notify(self) -> None:
        try:
            self._sock.unwrap()
        except (OSError, ValueError):
            # Sent, with the peer's own still to come; or the peer does not listen, and a FIN must do.
            return

    def _discard(self, events: int) -> None:
        if events & select.EPOLLERR:
            self.close()
            return
        for _ in range(_READS_PER_TURN):
            try:
                data = socket.socket.recv(self._sock, _READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.close()
                return

    def _interest(self, mask: int) -> None:
        if mask != self._mask:
            self._mask = mask
            self._host.epoll.modify(self._descriptor, mask)


def failure_reason(error: OSError) -> str:
    """The name under which a failed handshake is counted: from a bounded set, lower case."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "closed"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate_verify_failed_{error.verify_code}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower()
    return "reset"
