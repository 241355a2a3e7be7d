"""TLS operations that want the other direction. Python cannot make OpenSSL want to write in a read at will, so a
fake TLS socket raises what OpenSSL would; the descriptor that epoll watches is a real socket's."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from nimbus.http.agents.connection import Connection, Stage
from nimbus.http.agents.conversation import Conversation, Shared
from nimbus.http.agents.dispatch import Dispatcher, default_status_of
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentRequest, AgentResponse, Peer
from nimbus.http.agents.responses import ResponseEncoder

GET = b"GET /x HTTP/1.1\r\nHost: cp\r\n\r\n"
WANT_READ, WANT_WRITE = ssl.SSLWantReadError(), ssl.SSLWantWriteError()


class FakeTls:
    """Plays back what each operation shall do: raise, or return."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.handshakes: list[Exception | None] = []
        self.reads: list[Exception | bytes] = []
        self.writes: list[Exception | None] = []
        self.offered: list[bytes] = []
        self.sent = b""

    def fileno(self) -> int:
        return self.sock.fileno()

    def close(self) -> None:
        self.sock.close()

    def shutdown(self, how: int) -> None:
        self.sock.shutdown(how)

    def unwrap(self) -> None:
        raise WANT_READ

    def do_handshake(self) -> None:
        step = self.handshakes.pop(0) if self.handshakes else None
        if step is not None:
            raise step

    def read(self, size: int) -> bytes:
        step = self.reads.pop(0) if self.reads else WANT_READ
        if isinstance(step, Exception):
            raise step
        return step

    def write(self, data: bytes | memoryview) -> int:
        self.offered.append(bytes(data))
        step = self.writes.pop(0) if self.writes else None
        if step is not None:
            raise step
        self.sent += bytes(data)
        return len(data)


class FakeHost:
    """What a connection needs of its listener."""

    def __init__(self) -> None:
        self.now = 0.0
        self.epoll = select.epoll()
        self.requests: list[AgentRequest] = []
        self.body = b"answer"
        self.failures: list[str] = []
        self.gone: list[str] = []
        self.shared = Shared(
            Limits(), Dispatcher(self.handle, default_status_of), ResponseEncoder(0.0), lambda: self.now
        )

    def handle(self, request: AgentRequest) -> AgentResponse:
        self.requests.append(request)
        return AgentResponse(200, self.body)

    def opened(self, connection: Connection) -> Conversation:
        return Conversation(self.shared, Peer("n", "1", "a"), connection.settle)

    def handshake_failed(self, connection: Connection, reason: str) -> None:
        self.failures.append(reason)

    def left(self, connection: Connection) -> None:
        self.gone.append("left")

    def closed(self, connection: Connection) -> None:
        self.gone.append("closed")


class Bench:
    """A connection on a socket pair. `turn` does what epoll says, as the listener would."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        ours.setblocking(False)
        self.host = FakeHost()
        self.tls = FakeTls(ours)
        self.connection = Connection(self.host, _as_tls(self.tls), "a", busy=False)

    def turn(self) -> int:
        """One turn; the events that were reported, 0 when there were none."""
        for _, events in self.host.epoll.poll(0):
            self.connection.ready(events)
            return events
        return 0

    def close(self) -> None:
        self.connection.close()
        self.theirs.close()
        self.host.epoll.close()


def _as_tls(fake: Any) -> ssl.SSLSocket:
    found: ssl.SSLSocket = fake
    return found


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def opened(bench: Bench) -> Bench:
    bench.theirs.send(b"x")
    bench.turn()
    assert bench.connection.stage is Stage.OPEN
    bench.tls.sock.recv(10)
    assert bench.turn() == 0
    return bench


def test_a_handshake_that_wants_to_write(bench: Bench) -> None:
    bench.tls.handshakes = [WANT_WRITE, WANT_READ]
    bench.theirs.send(b"x")
    bench.turn()
    bench.tls.sock.recv(10)
    assert bench.turn() == select.EPOLLOUT
    assert bench.turn() == 0, "now it waits for the peer"
    bench.theirs.send(b"x")
    bench.turn()
    assert bench.connection.stage is Stage.OPEN


def test_a_read_that_wants_to_write(bench: Bench) -> None:
    """A KeyUpdate of the peer is answered by ours, and the socket is full."""
    tls = opened(bench).tls
    tls.reads = [WANT_WRITE, GET]
    bench.theirs.send(b"x")
    bench.turn()
    tls.sock.recv(10)
    assert bench.host.requests == []
    assert bench.turn() == select.EPOLLOUT
    assert len(bench.host.requests) == 1
    assert bench.turn() == 0


@pytest.mark.parametrize("wish", [WANT_READ, WANT_WRITE])
def test_a_write_that_has_to_wait_is_repeated_with_the_same_bytes(bench: Bench, wish: Exception) -> None:
    tls = opened(bench).tls
    bench.host.body = bytes(40_000)
    tls.reads = [GET]
    tls.writes = [None, wish, wish]
    bench.theirs.send(b"x")
    bench.turn()
    assert len(tls.sent) == 16384
    assert bench.connection.deadline == 30.0
    bench.turn()
    assert tls.offered[1] == tls.offered[2]
    assert bench.connection.stage is Stage.OPEN
    bench.turn()
    assert tls.sent.endswith(bytes(40_000))
    tls.sock.recv(10)
    assert bench.turn() == 0
    assert bench.connection.deadline == 120.0


def test_progress_moves_the_deadline_of_a_slow_reader(bench: Bench) -> None:
    tls = opened(bench).tls
    bench.host.body = bytes(40_000)
    tls.reads = [GET]
    tls.writes = [WANT_WRITE, None, WANT_WRITE, WANT_WRITE]
    bench.theirs.send(b"x")
    bench.turn()
    bench.host.now = 29.0
    bench.turn()
    assert bench.connection.deadline == 59.0
    bench.host.now = 58.0
    bench.turn()
    assert bench.connection.deadline == 59.0, "no byte was taken since"
    bench.connection.expire(59.0)
    assert bench.connection.stage is Stage.CLOSED
    assert bench.host.shared.timeouts == {"write": 1}
    assert bench.host.gone == ["left", "closed"]


def test_lingering_ends_in_time_however_much_the_peer_sends(bench: Bench) -> None:
    tls = opened(bench).tls
    tls.reads = [b"nonsense\r\n\r\n"]
    bench.theirs.send(b"x")
    bench.turn()
    assert tls.sent.startswith(b"HTTP/1.1 400")
    assert bench.connection.stage is Stage.LINGER
    assert bench.host.gone == ["left"]
    assert bench.connection.deadline == 2.0
    bench.connection.expire(2.0)
    assert bench.host.gone == ["left", "closed"]


def test_a_connection_that_breaks_while_writing(bench: Bench) -> None:
    tls = opened(bench).tls
    tls.reads = [GET]
    tls.writes = [ConnectionResetError()]
    bench.theirs.send(b"x")
    bench.turn()
    assert bench.connection.stage is Stage.CLOSED
    bench.connection.close()
    assert bench.host.gone == ["left", "closed"]
