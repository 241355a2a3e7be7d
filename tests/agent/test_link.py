"""The link against a scripted TLS server: order, breaks, hostile answers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from agent import link as link_module
from agent.link import Link, LinkDown, Refused, agent_context
from agent.refusals import Refusal, refusal, refusal_of
from nimbus.kernel.clock import SystemClock
from nimbus.trust.pki import authority
from tests.kit.polling import eventually
from tests.kit.records import key_and_csr

Script = Callable[[trio.SSLStream[trio.SocketStream]], Awaitable[None]]


class Certificates:
    """A CA with a server and a node certificate, as files."""

    def __init__(self, folder: Path) -> None:
        now = SystemClock().now()
        self.ca = authority.load_or_create(folder / "pki", now)
        self.server = self.ca.server_files(["127.0.0.1"], now)
        key, csr = key_and_csr()
        self.node = folder / "node.crt"
        self.node.write_text(self.ca.sign_node(csr, "node-1", now).pem)
        self.key = folder / "node.key"
        self.key.write_text(key)

    def client_context(self) -> ssl.SSLContext:
        return agent_context(str(self.ca.ca_file), str(self.node), str(self.key))

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server)
        context.load_verify_locations(self.ca.ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def linked(
    certificates: Certificates, script: Script, context: Callable[[], ssl.SSLContext] | None = None
) -> AsyncIterator[Link]:
    """A link to a server that runs `script` on each connection, one after the other."""
    async with trio.open_nursery() as nursery:

        async def serve(tcp: trio.SocketStream) -> None:
            stream = trio.SSLStream(
                tcp, certificates.server_context(), server_side=True, https_compatible=True
            )
            try:
                async with stream:
                    await script(stream)
            except (trio.BrokenResourceError, ssl.SSLError, OSError):
                return

        listeners = await nursery.start(
            lambda task_status: trio.serve_tcp(serve, 0, host="127.0.0.1", task_status=task_status)
        )
        port = listeners[0].socket.getsockname()[1]
        link = Link(f"https://127.0.0.1:{port}", context or certificates.client_context, jitter=lambda: 0.0)
        nursery.start_soon(link.run)
        yield link
        nursery.cancel_scope.cancel()


async def read_requests(stream: trio.SSLStream[trio.SocketStream], count: int) -> bytes:
    """Until `count` request heads have come."""
    received = b""
    while received.count(b"\r\n\r\n") < count:
        data = await stream.receive_some(65536)
        if not data:
            break
        received += bytes(data)
    return received


def answer(body: bytes = b"", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def test_answers_go_to_their_requests_in_order(certificates: Certificates) -> None:
    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        received = await read_requests(stream, 3)
        assert received.index(b"/one") < received.index(b"/two") < received.index(b"/three")
        # In pieces, across the borders of the messages.
        whole = answer(b"1") + answer(b"2") + answer(b"3")
        for start in range(0, len(whole), 7):
            await stream.send_all(whole[start : start + 7])
        await read_requests(stream, 99)

    async with linked(certificates, script) as link:
        await link.wait_connected()
        bodies: dict[str, bytes] = {}

        async def ask(name: str, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
            task_status.started()
            bodies[name] = (await link.request("GET", f"/{name}")).body

        async with trio.open_nursery() as nursery:
            for name in ("one", "two", "three"):
                await nursery.start(ask, name)
                await trio.testing.wait_all_tasks_blocked()
        assert bodies == {"one": b"1", "two": b"2", "three": b"3"}


async def test_without_a_connection_a_request_says_so(certificates: Certificates) -> None:
    link = Link("https://127.0.0.1:1", certificates.client_context)
    with pytest.raises(LinkDown):
        await link.request("GET", "/")


async def test_a_break_fails_who_waits_and_the_link_comes_back(certificates: Certificates) -> None:
    connections = 0

    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        nonlocal connections
        connections += 1
        await read_requests(stream, 1)
        if connections > 1:
            await stream.send_all(answer(b"back"))
            await read_requests(stream, 99)

    async with linked(certificates, script) as link:
        await link.wait_connected()
        with pytest.raises(LinkDown):
            await link.request("GET", "/first")
        await eventually(lambda: link.connected, "connected again")
        assert (await link.request("GET", "/second")).body == b"back"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02 not http\r\n\r\n",
        answer(b"unasked") + answer(b"unasked"),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["garbage", "too many answers", "negative length"],
)
async def test_a_peer_that_does_not_speak_http_is_left(certificates: Certificates, garbage: bytes) -> None:
    connections = 0

    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            await stream.send_all(garbage)
        await read_requests(stream, 99)

    async with linked(certificates, script) as link:
        await eventually(lambda: connections >= 2 and link.connected, "a new connection")


async def test_an_answer_that_is_too_large_is_not_collected(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "MAX_ANSWER_BYTES", 10_000)

    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        await read_requests(stream, 1)
        await stream.send_all(answer(b"x" * 100_000))
        await read_requests(stream, 99)

    async with linked(certificates, script) as link:
        await link.wait_connected()
        with pytest.raises(LinkDown):
            await link.request("GET", "/")


async def test_a_request_without_an_answer_ends_the_connection(certificates: Certificates) -> None:
    """What came later would be taken for the answer to another request."""
    closed = trio.Event()

    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        await read_requests(stream, 99)
        closed.set()

    async with linked(certificates, script) as link:
        await link.wait_connected()
        with pytest.raises(LinkDown):
            await link.request("GET", "/", timeout=0.05)
        with trio.fail_after(10):
            await closed.wait()


async def test_a_revoked_node_hears_of_it(certificates: Certificates) -> None:
    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        await read_requests(stream, 1)
        body = b'{"error":{"code":"CERTIFICATE_REVOKED","message":"..."}}'
        await stream.send_all(answer(body, "403 Forbidden"))

    async with linked(certificates, script) as link:
        await link.wait_connected()
        with pytest.raises(Refused):
            await link.request("GET", "/")


async def test_a_node_certificate_does_not_pass_for_the_control_plane(
    certificates: Certificates, tmp_path: Path
) -> None:
    """Another node, signed by the same CA, answers at the control plane's address."""
    impostor = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    impostor.load_cert_chain(certificates.node, certificates.key)

    async def serve(tcp: trio.SocketStream) -> None:
        stream = trio.SSLStream(tcp, impostor, server_side=True)
        try:
            await stream.do_handshake()
        except (trio.BrokenResourceError, ssl.SSLError):
            return

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(
            lambda task_status: trio.serve_tcp(serve, 0, host="127.0.0.1", task_status=task_status)
        )
        link = Link(f"https://127.0.0.1:{listeners[0].socket.getsockname()[1]}", certificates.client_context)
        nursery.start_soon(link.run)
        await eventually(lambda: "a node answers there" in link.failure, "refused for its purpose")
        assert not link.connected
        nursery.cancel_scope.cancel()


REFUSALS = ["CERTIFICATE_REVOKED", "CERTIFICATE_UNKNOWN"]


@pytest.mark.parametrize("code", REFUSALS)
async def test_a_node_that_is_refused_asks_again_by_itself(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    waits: list[float] = []

    def wait_s(self: Refusal, number: int) -> float:
        waits.append(real(self, number))
        return 0.0

    real = Refusal.wait_s
    monkeypatch.setattr(Refusal, "wait_s", wait_s)
    connections = 0

    async def script(stream: trio.SSLStream[trio.SocketStream]) -> None:
        nonlocal connections
        connections += 1
        await read_requests(stream, 1)
        if connections > 3:
            await stream.send_all(answer(b"welcome"))
            await read_requests(stream, 99)
        body = b'{"error":{"code":"%s","message":"..."}}' % code.encode()
        await stream.send_all(answer(body, "403 Forbidden" if "REVOKED" in code else "503 Unavailable"))

    async with linked(certificates, script) as link:
        await link.wait_connected()
        for number in range(1, 4):
            with pytest.raises(Refused):
                await link.request("GET", "/")
            # The connection that comes says nothing yet of whether the node is taken.
            await eventually(lambda number=number: connections == number + 1 and link.connected, "the next")  # type: ignore[misc]
            assert f"[{code}]" in link.failure
        assert (await link.request("GET", "/")).body == b"welcome"
        assert link.failure == ""
    assert waits == ([300.0] * 3 if code == "CERTIFICATE_REVOKED" else [1.0, 2.0, 4.0])


def test_the_wait_of_a_refused_node_is_minutes() -> None:
    refused = refusal("CERTIFICATE_REVOKED")
    assert [refused.wait_s(number) for number in (1, 2, 50)] == [300.0] * 3
    unknown = refusal("CERTIFICATE_UNKNOWN")
    assert [unknown.wait_s(number) for number in (1, 2, 5, 9, 10_000)] == [1.0, 2.0, 16.0, 120.0, 120.0]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b'{"error":{"code":"FORBIDDEN"}}'),
        (403, b'{"error":{"code":"NODE_WAITING"}}'),
        (403, b'{"error":{"code":"SESSION_KEY_REVOKED"}}'),
        (200, b'{"error":{"code":"CERTIFICATE_REVOKED"}}'),
        (503, b"busy"),
        (503, b"[" * 100_000),
        (503, b"\xff"),
    ],
)
def test_what_is_said_of_a_request_is_no_refusal_of_the_node(status: int, body: bytes) -> None:
    assert refusal_of(status, body) is None
