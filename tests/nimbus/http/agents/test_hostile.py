"""Peers that mean harm or are broken: real sockets, real TLS, and a healthy node that must not notice."""

from __future__ import annotations

import array
import datetime
import errno
import fcntl
import json
import os
import select
import socket
import ssl
import subprocess
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentRequest, AgentResponse

in_thread = trio.to_thread.run_sync
GET = b"GET /x HTTP/1.1\r\nHost: cp\r\n\r\n"


def code(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


@asynccontextmanager
async def healthy(kit: Any, limits: Limits | None = None) -> AsyncIterator[Any]:
    """A fleet whose one good node is served before, and after whatever the test does."""
    async with kit.fleet(limits) as fleet:
        good = await fleet.client("good")
        assert await in_thread(good.ask, GET) == (200, b"good")
        yield fleet
        assert await in_thread(good.ask, GET) == (200, b"good")
        assert "good" in fleet.listener.connected()


class TestCertificates:
    async def refused(self, kit: Any, context: ssl.SSLContext, reason: str) -> None:
        async with healthy(kit) as fleet:
            with pytest.raises(OSError):
                await self.talk(fleet, context)
            await kit.until(lambda: fleet.listener.counters().handshakes_failed)
            assert fleet.listener.counters().handshakes_failed == {reason: 1}
            assert len(fleet.requests) == 1
            assert fleet.listener.connected() == {"good"}

    async def talk(self, fleet: Any, context: ssl.SSLContext) -> None:
        client = await fleet.connect(context)
        await in_thread(client.ask, GET)  # in TLS 1.3 a client learns of it when it reads

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    async def test_none(self, kit: Any, version: ssl.TLSVersion) -> None:
        context = kit.client_context(kit.authority.file, None)
        context.minimum_version = context.maximum_version = version
        await self.refused(kit, context, "peer_did_not_return_a_certificate")

    async def test_of_another_ca(self, kit: Any, tmp_path: Path) -> None:
        other = kit.Authority(tmp_path, "ca")
        context = kit.client_context(kit.authority.file, other.issue("good"))
        await self.refused(kit, context, "certificate_verify_failed_20")

    async def test_expired(self, kit: Any) -> None:
        past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
        context = kit.client_context(kit.authority.file, kit.authority.issue("good", not_after=past))
        await self.refused(kit, context, "certificate_verify_failed_10")

    async def test_for_servers(self, kit: Any) -> None:
        context = kit.client_context(kit.authority.file, kit.authority.issue("good", server=True))
        await self.refused(kit, context, "certificate_verify_failed_26")

    async def test_with_two_names(self, kit: Any) -> None:
        context = kit.client_context(kit.authority.file, kit.authority.issue("good", "better"))
        await self.refused(kit, context, "certificate")

    async def test_without_a_name(self, kit: Any) -> None:
        context = kit.client_context(kit.authority.file, kit.authority.issue())
        await self.refused(kit, context, "certificate_verify_failed_88")

    async def test_that_cannot_be_looked_up(self, kit: Any, caplog: pytest.LogCaptureFixture) -> None:
        async with healthy(kit) as fleet:
            fleet.unidentifiable.add("bad")
            client = await fleet.client("bad")
            with pytest.raises(OSError):
                await in_thread(client.ask, GET)
            assert fleet.listener.counters().handshakes_failed == {"identify": 1}
            assert "ZeroDivisionError" in caplog.text

    async def test_old_tls(self, kit: Any) -> None:
        context = kit.client_context(kit.authority.file, kit.authority.issue("good"))
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            context.minimum_version = ssl.TLSVersion.TLSv1
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        await self.refused(kit, context, "unsupported_protocol")


class TestHandshakes:
    @pytest.mark.parametrize(
        ("garbage", "reason"),
        [
            (b"GET / HTTP/1.1\r\nHost: cp\r\n\r\n", "http_request"),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", "wrong_version_number"),
            (bytes(1000), "wrong_version_number"),
        ],
    )
    async def test_what_is_not_tls(self, kit: Any, garbage: bytes, reason: str) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.connect(None)
            await in_thread(client.send, garbage)
            assert await in_thread(client.ended)
            assert fleet.listener.counters().handshakes_failed == {reason: 1}
            client.close()
            await kit.until(lambda: fleet.listener.counters().open == 1)

    async def test_silence(self, kit: Any, mock_clock: MockClock) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.connect(None)
            await kit.until(lambda: fleet.listener.counters().open == 2)
            mock_clock.jump(9)
            await kit.breathe()
            assert fleet.listener.counters().open == 2
            mock_clock.jump(2)
            assert await in_thread(client.ended)
            assert fleet.listener.counters().handshakes_failed == {"timeout": 1}

    async def test_a_hello_byte_by_byte(self, kit: Any, mock_clock: MockClock) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = kit.client_context(kit.authority.file, None)
        hello = context.wrap_bio(incoming, outgoing, server_hostname="cp")
        with pytest.raises(ssl.SSLWantReadError):
            hello.do_handshake()
        async with healthy(kit) as fleet:
            client = await fleet.connect(None)
            for byte in outgoing.read()[:11]:
                await in_thread(client.send, bytes([byte]))
                mock_clock.jump(1)
                await kit.breathe()
            assert await in_thread(client.ended)
            assert fleet.listener.counters().handshakes_failed == {"timeout": 1}

    @pytest.mark.parametrize("how", ["close", "reset"])
    async def test_leaving_in_the_middle(self, kit: Any, how: str) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.connect(None)
            await in_thread(client.send, b"\x16\x03\x01")
            await kit.until(lambda: fleet.listener.counters().open == 2)
            getattr(client, how)()
            await kit.until(lambda: fleet.listener.counters().open == 1)
            assert sum(fleet.listener.counters().handshakes_failed.values()) == 1


class TestSlowness:
    async def test_a_head_byte_by_byte(self, kit: Any, mock_clock: MockClock) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.client("slow")
            for byte in GET[:9]:
                await in_thread(client.send, bytes([byte]))
                await kit.until(lambda: has_part_of_a_request(fleet, "slow"))
                mock_clock.jump(1.2)
                await kit.breathe()
            status, body = await in_thread(client.answer)
            assert (status, code(body)) == (408, "REQUEST_TIMEOUT")
            assert await in_thread(client.ended)
            assert fleet.listener.counters().timeouts == {"head": 1}

    async def test_a_body_that_does_not_come(self, kit: Any, mock_clock: MockClock) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.client("slow")
            await in_thread(client.send, b"POST / HTTP/1.1\r\nHost: cp\r\nContent-Length: 9\r\n\r\n1234")
            await kit.until(lambda: has_part_of_a_request(fleet, "slow"))
            mock_clock.jump(31.1)
            assert (await in_thread(client.answer))[0] == 408
            assert fleet.listener.counters().timeouts == {"body": 1}

    async def test_idleness(self, kit: Any, mock_clock: MockClock) -> None:
        async with kit.fleet() as fleet:
            client = await fleet.client("idle")
            await kit.until(lambda: fleet.listener.connected())
            mock_clock.jump(121.1)
            assert await in_thread(client.ended), "with close_notify"
            assert fleet.listener.counters().timeouts == {"idle": 1}

    async def test_a_peer_that_never_reads(self, kit: Any, mock_clock: MockClock) -> None:
        async with healthy(kit) as fleet:
            large = bytes(8_000_000)
            fleet.handler = lambda request: AgentResponse(
                200, large if request.path == "/large" else request.node_id.encode()
            )
            client = await fleet.client("deaf", buffer=4096)
            await in_thread(client.send, GET.replace(b"/x", b"/large") * 20)
            await kit.until(lambda: len(fleet.requests) == 2)
            assert fleet.listener.connected() == {"good", "deaf"}
            mock_clock.jump(31.1)
            await kit.until(lambda: fleet.listener.connected() == {"good"})
            assert fleet.listener.counters().timeouts == {"write": 1}
            assert len(fleet.requests) == 2, "the requests behind the unread answer were not handled"

    async def test_a_half_open_peer_that_is_parked(self, kit: Any, mock_clock: MockClock) -> None:
        """Nothing of the peer is heard any more: its poll ends, then its connection."""
        async with kit.fleet() as fleet:
            fleet.handler = lambda request: request.park(
                trio.current_time() + 25, lambda: AgentResponse(204), lambda: None
            )
            client = await fleet.client("half-open")
            await in_thread(client.send, GET)
            await kit.until(lambda: fleet.listener.counters().parked == 1)
            mock_clock.jump(26)
            await kit.until(lambda: fleet.listener.counters().parked == 0)
            mock_clock.jump(121)
            await kit.until(lambda: fleet.listener.connected() == set())
            assert fleet.listener.counters().timeouts == {"idle": 1}


class TestShapes:
    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (b"\x00\x01\x02\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
            (b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n" + bytes(3_000_000), 413),
            (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ],
    )
    async def test_the_answer_reaches_the_peer_though_it_still_sends(
        self, kit: Any, data: bytes, status: int
    ) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.client("odd")

            (answer,) = await in_thread(client.send_and_read, data, 1)
            assert answer[0] == status
            assert code(answer[1])
            assert len(fleet.requests) == 1

    async def test_a_smuggled_request_is_never_handled(self, kit: Any) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.client("odd")
            smuggled = b"POST /evil HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
            length = b"Content-Length: %d\r\n" % len(smuggled)
            attack = b"POST / HTTP/1.1\r\nHost: a\r\n" + length + b"Content-Length: 0\r\n\r\n" + smuggled
            assert (await in_thread(client.ask, attack))[0] == 400
            assert await in_thread(client.ended)
            assert [request.path for request in fleet.requests] == ["/x"]


class TestLeaving:
    async def test_a_reset_in_the_middle_of_a_request(self, kit: Any) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.client("gone")
            await in_thread(client.send, b"POST / HTTP/1.1\r\nHost: cp\r\nContent-Length: 9\r\n\r\n1234")
            await kit.until(lambda: has_part_of_a_request(fleet, "gone"))
            client.reset()
            await kit.until(lambda: fleet.listener.connected() == {"good"})
            assert len(fleet.requests) == 1

    @pytest.mark.parametrize("how", ["close", "reset"])
    async def test_with_a_poll_parked(self, kit: Any, how: str) -> None:
        async with healthy(kit) as fleet:
            told: list[str] = []
            before = fleet.handler

            def park(request: AgentRequest) -> None:
                request.park(
                    trio.current_time() + 25, lambda: AgentResponse(204), lambda: told.append("gone")
                )

            fleet.handler = lambda request: before(request) if request.node_id == "good" else park(request)
            client = await fleet.client("gone")
            await in_thread(client.send, GET)
            await kit.until(lambda: fleet.listener.counters().parked == 1)
            getattr(client, how)()
            await kit.until(lambda: told)
            assert told == ["gone"]
            assert fleet.listener.counters().parked == 0

    async def test_with_an_answer_owed_and_reading_stopped(self, kit: Any) -> None:
        """A reset is noticed also where nothing is read."""
        async with healthy(kit, Limits(pipeline_bytes=100)) as fleet:
            before = fleet.handler
            fleet.handler = lambda request: before(request) if request.node_id == "good" else None
            client = await fleet.client("gone")
            await in_thread(client.send, GET * 500)
            await kit.until(lambda: len(fleet.requests) == 2)
            client.reset()
            await kit.until(lambda: fleet.requests[1].closed)
            fleet.requests[1].reply(AgentResponse(200))

    async def test_truncation_is_not_taken_for_a_request(self, kit: Any) -> None:
        async with healthy(kit) as fleet:
            client = await fleet.client("cut")
            await in_thread(client.send, b"POST / HTTP/1.1\r\nHost: cp\r\nContent-Length: 9\r\n\r\n12345678")
            client.sock.shutdown(socket.SHUT_WR)
            await kit.until(lambda: fleet.listener.connected() == {"good"})
            assert len(fleet.requests) == 1


async def test_running_out_of_descriptors_pauses_accepting(
    kit: Any, mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake socket stands in for the listening one: using up the descriptors would hit the whole test run."""

    class Exhausted:
        def __init__(self, sock: socket.socket) -> None:
            self.sock = sock
            self.tries = 0

        def accept(self) -> None:
            self.tries += 1
            raise OSError(errno.EMFILE, "Too many open files")

    async with healthy(kit) as fleet:
        ((descriptor, listening),) = fleet.listener._listening.items()
        exhausted = Exhausted(listening)
        fleet.listener._listening[descriptor] = exhausted
        waiting = socket.create_connection(fleet.address)
        await kit.until(lambda: exhausted.tries)
        for _ in range(50):
            await kit.breathe()
        assert exhausted.tries == 1, "it does not spin"
        assert fleet.listener.counters().accept_failures == 1
        fleet.listener._listening[descriptor] = listening
        mock_clock.jump(1.1)
        await kit.until(lambda: fleet.listener.counters().accepted == 2)
        waiting.close()


async def test_far_over_capacity_connections_are_cut(kit: Any) -> None:
    async with healthy(kit, Limits(connections_per_address=2)) as fleet:
        for _ in range(20):
            await fleet.connect(None)
        await kit.until(lambda: fleet.listener.counters().accepted == 21)
        counters = fleet.listener.counters()
        assert (counters.open, counters.busy, counters.cut) == (6, 4, 15)


async def test_a_bug_in_one_connection_ends_that_one(
    kit: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with healthy(kit) as fleet:
        client = await fleet.client("odd")
        await kit.until(lambda: "odd" in fleet.listener.connected())
        (connection,) = fleet.listener._nodes["odd"]
        connection._conversation._buffer = None  # as if a bug had done it
        with pytest.raises(OSError):
            await in_thread(client.ask, GET)
        assert "a connection of 127.0.0.1 failed" in caplog.text


@pytest.mark.parametrize("command", ["K", "k"])
async def test_key_updates(kit: Any, command: str) -> None:
    """TLS 1.3 KeyUpdate, with and without asking for ours: only the openssl program can send it."""
    async with healthy(kit) as fleet:
        file = kit.authority.issue("updater")
        arguments = ["openssl", "s_client", "-connect", f"127.0.0.1:{fleet.address[1]}", "-tls1_3", "-quiet"]
        arguments += [
            "-no_ign_eof",
            "-cert",
            str(file),
            "-key",
            str(file),
            "-CAfile",
            str(kit.authority.file),
        ]
        client = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        try:
            assert client.stdin is not None
            assert client.stdout is not None
            for _ in range(3):
                client.stdin.write(GET.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
                answer = b""
                while not answer.endswith(b"updater"):
                    answer += await in_thread(read_some, client.stdout.fileno())
                client.stdin.write(command.encode() + b"\n")
                # Read together with the next request it would be no command but data.
                await kit.until(lambda: unread(client.stdin) == 0)
            assert fleet.listener.counters().requests["4xx"] == 0
        finally:
            client.kill()
            client.communicate()


def read_some(descriptor: int) -> bytes:
    ready, _, _ = select.select([descriptor], [], [], 10)
    data = os.read(descriptor, 65536) if ready else b""
    if not data:
        raise ConnectionError("no answer")
    return data


def unread(pipe: Any) -> int:
    size = array.array("i", [0])
    fcntl.ioctl(pipe.fileno(), termios.FIONREAD, size)
    return size[0]


def has_part_of_a_request(fleet: Any, node: str) -> bool:
    """The listener has bytes of a request of this node that is not complete."""
    return any(
        connection._conversation is not None and connection._conversation.phase.value in ("head", "body")
        for connection in fleet.listener._nodes.get(node, ())
    )
