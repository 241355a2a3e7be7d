"""The listener through its door: real sockets on loopback, real TLS, real certificates."""

from __future__ import annotations

import json
import random
import ssl
import threading
from functools import partial
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from nimbus.http.agents.limits import Limits
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.http.agents.tls import ContextSource, TlsConfigurationError, server_context

in_thread = trio.to_thread.run_sync


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: cp\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: cp\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


def code(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


async def test_a_heartbeat(kit: Any) -> None:
    async with kit.fleet() as fleet:
        client = await fleet.client("node-1")
        for _ in range(3):
            assert await in_thread(client.ask, post("/v1/internal/heartbeat", b"{}")) == (200, b"node-1")
        assert fleet.listener.connected() == {"node-1"}
        counters = fleet.listener.counters()
        assert (counters.handshakes_ok, counters.requests["2xx"], counters.open) == (1, 3, 1)
        (request, *_) = fleet.requests
        assert request.serial == request.serial.lower()
        assert request.peer_address == "127.0.0.1"
        await in_thread(client.sock.unwrap)
        await kit.until(lambda: fleet.listener.counters().open == 0)
        assert fleet.listener.connected() == set()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_both_versions_of_tls(kit: Any, version: ssl.TLSVersion) -> None:
    async with kit.fleet() as fleet:
        context = kit.client_context(kit.authority.file, kit.authority.issue("node-v"))
        context.minimum_version = context.maximum_version = version
        client = await fleet.connect(context)
        body = bytes(300_000)
        fleet.handler = lambda request: AgentResponse(200, request.body)
        assert await in_thread(client.ask, post("/", body)) == (200, body)
        assert not client.sock.session or not client.sock.session.has_ticket


async def test_nodes_are_never_mixed_up(kit: Any) -> None:
    """Many connections of a few nodes, requests cut to pieces, answers given in any order."""
    shuffle = random.Random(5)
    waiting: list[AgentRequest] = []

    def handler(request: AgentRequest) -> AgentResponse | None:
        answer = AgentResponse(200, f"{request.node_id} {request.path} {request.body.decode()}".encode())
        if request.path.endswith("later"):
            waiting.append(request)
            return None
        return answer

    async def answer_later() -> None:
        while True:
            await kit.breathe()
            shuffle.shuffle(waiting)
            while waiting:
                request = waiting.pop()
                text = f"{request.node_id} {request.path} {request.body.decode()}"
                request.reply(AgentResponse(200, text.encode()))

    def talk(client: Any, node: str, number: int) -> int:
        chance = random.Random(number)
        for turn in range(30):
            path = f"/{number}/{turn}/{chance.choice(['now', 'later'])}"
            sent = f"{node}#{number}" * chance.randint(1, 40)
            data = post(path, sent.encode())
            while data:
                size = chance.randint(1, len(data))
                client.send(data[:size])
                data = data[size:]
            assert client.answer() == (200, f"{node} {path} {sent}".encode())
        return number

    async with kit.fleet() as fleet, trio.open_nursery() as nursery:
        fleet.handler = handler
        clients = [(await fleet.client(f"node-{n % 8}"), f"node-{n % 8}", n) for n in range(40)]
        nursery.start_soon(answer_later)
        done: list[int] = []

        async def run(client: Any, node: str, number: int) -> None:
            done.append(await in_thread(talk, client, node, number))

        async with trio.open_nursery() as talks:
            for client, node, number in clients:
                talks.start_soon(run, client, node, number)
        assert len(done) == 40
        assert fleet.listener.connected() == {f"node-{n}" for n in range(8)}
        assert fleet.listener.counters().requests["2xx"] == 1200
        nursery.cancel_scope.cancel()


async def test_a_reply_from_a_commit_callback(kit: Any) -> None:
    """The way of the group commit: a thread of its own, back through Trio's token."""
    async with kit.fleet() as fleet:
        token = trio.lowlevel.current_trio_token()

        def handler(request: AgentRequest) -> None:
            answer = partial(request.reply, AgentResponse(200, b"durable"))
            threading.Thread(target=token.run_sync_soon, args=(answer,)).start()

        fleet.handler = handler
        client = await fleet.client()
        assert await in_thread(client.ask, get("/a") + get("/b")) == (200, b"durable")
        assert await in_thread(client.answer) == (200, b"durable")


async def test_a_large_answer_to_a_slow_reader(kit: Any) -> None:
    """The socket fills up, so the rest waits for EPOLLOUT; other nodes are served meanwhile."""
    body = random.Random(1).randbytes(8_000_000)
    async with kit.fleet() as fleet:
        fleet.handler = lambda request: AgentResponse(200, body if request.path == "/large" else b"small")
        slow = await fleet.client("slow", buffer=4096)
        await in_thread(slow.send, get("/large"))
        quick = await fleet.client("quick")
        assert await in_thread(quick.ask, get("/")) == (200, b"small")
        assert await in_thread(slow.answer) == (200, body)
        await in_thread(slow.send, get("/large") + get("/small"))
        assert await in_thread(slow.answer) == (200, body)
        assert await in_thread(slow.answer) == (200, b"small")


async def test_a_flood_of_pipelined_requests_is_answered_in_order(kit: Any) -> None:
    async with kit.fleet() as fleet:
        fleet.handler = lambda request: AgentResponse(200, request.path.encode() * 50)
        client = await fleet.client()
        flood = b"".join(get(f"/{number}") for number in range(2000))
        answers = await in_thread(client.send_and_read, flood, 2000)
        assert answers == [(200, f"/{number}".encode() * 50) for number in range(2000)]


class TestRevocation:
    async def test_a_refused_certificate_learns_why(self, kit: Any) -> None:
        async with kit.fleet() as fleet:
            fleet.refused.add("node-r")
            client = await fleet.client("node-r")
            status, body = await in_thread(client.ask, get("/v1/internal/x"))
            assert (status, code(body)) == (403, "CERTIFICATE_REVOKED")
            assert await in_thread(client.ended)
            assert fleet.requests == []
            assert fleet.listener.connected() == set()
            assert fleet.listener.counters().revoked == 1

    async def test_disconnect_with_a_parked_poll(self, kit: Any) -> None:
        async with kit.fleet() as fleet:
            told: list[str] = []

            def park(request: AgentRequest) -> None:
                request.park(
                    trio.current_time() + 25, lambda: AgentResponse(204), lambda: told.append(request.node_id)
                )

            fleet.handler = park
            gone, stays = await fleet.client("gone"), await fleet.client("stays")
            await in_thread(gone.send, get("/poll"))
            await in_thread(stays.send, get("/poll"))
            await kit.until(lambda: fleet.listener.counters().parked == 2)
            assert fleet.listener.disconnect("gone") == 1
            assert told == ["gone"]
            assert fleet.listener.connected() == {"stays"}
            assert fleet.listener.counters().parked == 1
            status, body = await in_thread(gone.answer)
            assert (status, code(body)) == (403, "CERTIFICATE_REVOKED")
            assert await in_thread(gone.ended)
            assert fleet.listener.disconnect("gone") == 0

    async def test_disconnect_with_an_answer_owed(self, kit: Any) -> None:
        async with kit.fleet() as fleet:
            fleet.handler = lambda request: None
            client = await fleet.client("gone")
            await in_thread(client.send, get("/slow"))
            await kit.until(lambda: fleet.requests)
            assert fleet.listener.disconnect("gone") == 1
            assert fleet.requests[0].closed
            fleet.requests[0].reply(AgentResponse(200))
            status, body = await in_thread(client.answer)
            assert (status, code(body)) == (403, "CERTIFICATE_REVOKED")
            assert await in_thread(client.ended)

    async def test_a_handler_that_disconnects_its_own_node(self, kit: Any) -> None:
        async with kit.fleet() as fleet:

            def handler(request: AgentRequest) -> AgentResponse:
                fleet.listener.disconnect(request.node_id)
                return AgentResponse(200)

            fleet.handler = handler
            client = await fleet.client("gone")
            await in_thread(client.send, get("/a") + get("/b"))
            status, body = await in_thread(client.answer)
            assert (status, code(body)) == (403, "CERTIFICATE_REVOKED")
            assert await in_thread(client.ended)
            assert len(fleet.requests) == 1
            other = await fleet.client("other")
            fleet.handler = lambda request: AgentResponse(200)
            assert await in_thread(other.ask, get("/")) == (200, b"")


async def test_a_certificate_that_expires_on_an_open_connection(kit: Any, mock_clock: MockClock) -> None:
    async with kit.fleet() as fleet:
        client = await fleet.client()
        assert await in_thread(client.ask, get("/")) == (200, b"node-1")
        fleet.wall_time += 8.9 * 86400
        mock_clock.jump(1.5)
        assert await in_thread(client.ask, get("/")) == (200, b"node-1")
        fleet.wall_time += 0.2 * 86400
        mock_clock.jump(1.5)
        assert await in_thread(client.ended)


async def test_a_parked_poll_ends_when_its_time_comes(kit: Any, mock_clock: MockClock) -> None:
    async with kit.fleet() as fleet:
        fleet.handler = lambda request: request.park(
            trio.current_time() + 25, lambda: AgentResponse(204), lambda: None
        )
        client = await fleet.client()
        await in_thread(client.send, get("/poll"))
        await kit.until(lambda: fleet.requests)
        mock_clock.jump(26.1)
        assert await in_thread(client.answer) == (204, b"")
        assert fleet.listener.counters().parked == 0


class TestShutdown:
    async def test_parked_are_answered_idle_ones_told(self, kit: Any) -> None:
        async with kit.fleet() as fleet:
            fleet.handler = lambda request: request.park(
                trio.current_time() + 25, lambda: AgentResponse(204), lambda: None
            )
            parked, idle = await fleet.client("parked"), await fleet.client("idle")
            await in_thread(parked.send, get("/poll"))
            await kit.until(lambda: fleet.requests)
        assert await in_thread(parked.answer) == (204, b"")
        assert await in_thread(parked.ended)
        assert await in_thread(idle.ended)
        assert fleet.socket.fileno() == -1
        assert fleet.listener.counters().open == 0

    async def test_an_answer_that_is_owed_has_its_second(self, kit: Any) -> None:
        async with trio.open_nursery() as outside, kit.fleet() as fleet:
            fleet.handler = lambda request: None
            client = await fleet.client()
            await in_thread(client.send, get("/"))
            await kit.until(lambda: fleet.requests)

            async def reply_when_it_stops() -> None:
                await kit.until(lambda: fleet.socket.fileno() == -1)
                fleet.requests[0].reply(AgentResponse(200, b"last"))
                assert await in_thread(client.answer) == (200, b"last")
                assert await in_thread(client.ended)

            outside.start_soon(reply_when_it_stops)

    async def test_the_grace_is_bounded(self, kit: Any, mock_clock: MockClock) -> None:
        async with trio.open_nursery() as outside:
            async with kit.fleet() as fleet:
                fleet.handler = lambda request: None
                client = await fleet.client()
                await in_thread(client.send, get("/"))
                await kit.until(lambda: fleet.requests)

                async def pass_the_grace() -> None:
                    await kit.until(lambda: fleet.socket.fileno() == -1)
                    mock_clock.jump(1.1)

                outside.start_soon(pass_the_grace)
            assert fleet.requests[0].closed
            assert fleet.listener.counters().open == 0


async def test_the_certificate_can_be_replaced_while_serving(kit: Any, tmp_path: Any) -> None:
    file = tmp_path / "server.pem"
    file.write_bytes(kit.server_file.read_bytes())
    source = ContextSource(file, file, kit.authority.file)
    async with kit.fleet(context=source) as fleet:
        first = await fleet.client()
        before = first.sock.getpeercert()["serialNumber"]
        file.write_bytes(kit.authority.issue("cp", server=True).read_bytes())
        source.reload()
        second = await fleet.client()
        assert second.sock.getpeercert()["serialNumber"] != before
        file.write_bytes(b"nonsense")
        with pytest.raises(TlsConfigurationError):
            source.reload()
        third = await fleet.client()
        assert third.sock.getpeercert() == second.sock.getpeercert()
        assert await in_thread(first.ask, get("/")) == (200, b"node-1")


def test_files_that_cannot_be_used(tmp_path: Any) -> None:
    with pytest.raises(TlsConfigurationError) as caught:
        server_context(tmp_path / "none", tmp_path / "none", tmp_path / "none")
    assert caught.value.next_step


async def test_a_listener_can_serve_again_but_not_twice_at_once(kit: Any) -> None:
    async with kit.fleet() as fleet:
        with pytest.raises(RuntimeError):
            await fleet.listener.serve([], fleet.context)
        client = await fleet.client()
        assert await in_thread(client.ask, get("/")) == (200, b"node-1")


async def test_over_capacity(kit: Any) -> None:
    async with kit.fleet(Limits(connections=2, connections_per_address=1)) as fleet:
        first = await fleet.client("first")
        assert await in_thread(first.ask, get("/")) == (200, b"first")
        second = await fleet.client("second")
        status, body = await in_thread(second.ask, get("/"))
        assert (status, code(body)) == (503, "OVER_CAPACITY")
        assert await in_thread(second.ended)
        assert fleet.listener.counters().busy == 1
        assert await in_thread(first.ask, get("/")) == (200, b"first")
