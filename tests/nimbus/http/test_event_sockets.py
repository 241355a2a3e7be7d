"""The WebSocket of events over real TLS, with a WebSocket client that is not ours."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, WebSocketConnection, connect_websocket_url

from nimbus.http import operator_listener
from nimbus.http.application import make_application
from nimbus.http.door import Door
from nimbus.http.sockets import connection as any_socket
from nimbus.http.sockets import events as event_sockets
from nimbus.http.sockets.events import EventSockets
from nimbus.http.sockets.handshake import bearer_of, check_origin
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Forbidden, RateLimited, Unauthenticated
from nimbus.kernel.principals import AccessChanged
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import ACCESS_KEY_HEADER, API_KEY_HEADER
from nimbus.records.event_log import hub as hub_module
from nimbus.records.event_log.records import EventRow
from nimbus.records.event_log.routes import routes
from nimbus.trust.pki import authority
from tests.kit.polling import eventually
from tests.kit.records import ADMIN, STRANGER
from tests.nimbus.records.audit.world import World, person, world
from tests.nimbus.records.event_log.test_following import emit_changes

BOTH = {Permission.AGENT_READ, Permission.EVENT_READ}
ANN = person("ann", w_1=BOTH)
PATH = "/api/v1/events"


class FakeRecognition:
    """Stands for the recognisers: whoever shows their own name, by whatever means, is believed."""

    def __init__(self) -> None:
        self.known = {"admin": ADMIN, "ann": ANN, "eve": STRANGER}
        self.asked = 0

    async def __call__(self, shown: Presented) -> Actor | None:
        self.asked += 1
        name = shown.bearer or shown.api_key or shown.access_key
        if not name:
            return None
        if name not in self.known:
            raise Unauthenticated("nobody of that name")
        return msgspec.structs.replace(self.known[name], source=shown.source)


class Served:
    def __init__(
        self, made: World, sockets: EventSockets, people: FakeRecognition, port: int, ca: str
    ) -> None:
        self.made, self.sockets, self.people, self.port = made, sockets, people, port
        self.context = ssl.create_default_context(cadata=ca)
        self.stop: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def connected(
        self,
        name: str = "admin",
        query: str = "",
        *,
        protocols: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[WebSocketConnection]:
        given = dict(headers or {})
        if name:
            given.setdefault("Authorization", f"Bearer {name}")
        async with trio.open_nursery() as nursery:
            with trio.fail_after(20):
                connection = await connect_websocket_url(
                    nursery,
                    f"wss://127.0.0.1:{self.port}{PATH}{query}",
                    self.context,
                    subprotocols=protocols,
                    extra_headers=[(k.encode(), v.encode()) for k, v in given.items()],
                )
            try:
                yield connection
            finally:
                with trio.move_on_after(2):
                    await connection.aclose()
                nursery.cancel_scope.cancel()

    async def refused(self, name: str = "admin", query: str = "", **options: Any) -> tuple[int, str]:
        """Status and code of a handshake that must not succeed."""
        try:
            async with self.connected(name, query, **options):
                pytest.fail("it was accepted")
        except* ConnectionRejected as group:
            error: BaseException = group
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
        assert isinstance(error, ConnectionRejected)
        return error.status_code, json.loads(error.body or b"{}").get("error", {}).get("code", "")


@asynccontextmanager
async def served(folder: Path, *, sndbuf: int = 0, **options: Any) -> AsyncIterator[Served]:
    async with world(folder, prepared=False) as made, trio.open_nursery() as nursery:
        pki = authority.load_or_create(folder / "pki", made.clock.now())
        context = operator_listener.api_context(*pki.server_files(["127.0.0.1"], made.clock.now()))
        people = FakeRecognition()
        door = Door([people], None)  # type: ignore[arg-type]
        sockets = EventSockets(made.events, door.authenticated, **options)
        application = make_application(routes(made.events), door)
        sockets.add_to(application)
        listening = operator_listener.listen("127.0.0.1", 0)
        if sndbuf:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)
        nursery.start_soon(made.hub.run)
        stopping = trio.CancelScope()

        async def serve(*, task_status: trio.TaskStatus[None]) -> None:
            with stopping:
                await operator_listener.serve(
                    application, [listening], context, trio.sleep_forever, task_status=task_status
                )

        await nursery.start(serve)
        plane = Served(made, sockets, people, listening.getsockname()[1], pki.certificate_pem)
        plane.stop = stopping.cancel
        yield plane
        nursery.cancel_scope.cancel()


async def message(connection: WebSocketConnection) -> dict[str, Any]:
    with trio.fail_after(20):
        found: dict[str, Any] = json.loads(await connection.get_message())
        return found


async def closed_with(connection: WebSocketConnection) -> tuple[int, str]:
    """The code and reason, after whatever was sent before."""

    async def drain() -> None:
        while True:
            await connection.get_message()

    with trio.fail_after(20), pytest.raises(ConnectionClosed) as caught:
        await drain()
    closed = caught.value.reason
    assert closed is not None
    return closed.code, closed.reason or ""


async def test_events_come_as_they_happen(tmp_path: Path) -> None:
    async with served(tmp_path) as plane, plane.connected() as connection:
        assert await message(connection) == {"type": "ready", "cursor": 0}
        await emit_changes(plane.made, 7)
        assert await message(connection) == {
            "type": "event",
            "cursor": 1,
            "at": "1970-01-01T00:00:00.000001Z",
            "kind": "node.state",
            "resource": {"kind": "node", "id": "n-7", "name": "web-7"},
            "workspace_id": "w-1",
            "organization_id": None,
            "node_id": "n-7",
            "data": {"number": 7},
        }
        assert plane.sockets.connected == 1
        await connection.aclose()
        await eventually(lambda: plane.sockets.connected == 0, "the connection is counted out")


async def test_a_client_resumes_where_it_was(tmp_path: Path) -> None:
    async with served(tmp_path) as plane:
        await emit_changes(plane.made, *range(1, 101))
        seen: list[int] = []
        cursor = 0
        while len(seen) < 100:
            async with plane.connected(query=f"?after={cursor}") as connection:
                assert (await message(connection))["type"] == "ready"
                for _ in range(30):
                    if len(seen) == 100:
                        break
                    cursor = (await message(connection))["cursor"]
                    seen.append(cursor)
        assert seen == list(range(1, 101))
        async with plane.connected() as connection:
            assert await message(connection) == {"type": "ready", "cursor": 100}
        async with plane.connected(query="?after=101") as connection:
            assert (await message(connection))["type"] == "ready"
            assert await message(connection) == {"type": "reset", "cursor": 100}
            await emit_changes(plane.made, 1)
            assert (await message(connection))["cursor"] == 101


async def test_a_cursor_of_a_lost_history_is_reset_also_while_others_follow(tmp_path: Path) -> None:
    async with served(tmp_path) as plane:
        await emit_changes(plane.made, *range(1, 101))
        async with plane.connected() as first:
            assert await message(first) == {"type": "ready", "cursor": 100}
            await emit_changes(plane.made, 1)
            assert (await message(first))["cursor"] == 101
            async with plane.connected(query="?after=300") as connection:
                assert (await message(connection))["type"] == "ready"
                assert await message(connection) == {"type": "reset", "cursor": 101}
                await emit_changes(plane.made, 1)
                assert [(await message(one))["cursor"] for one in (first, connection)] == [102, 102]


async def test_only_what_one_may_see(tmp_path: Path) -> None:
    async with served(tmp_path) as plane, plane.connected("ann", "?kind=node.*") as connection:
        await message(connection)
        await emit_changes(plane.made, 1, workspace_id="w-2")
        await emit_changes(plane.made, 2, workspace_id=None)
        await emit_changes(plane.made, 3)
        assert (await message(connection))["cursor"] == 3


async def test_a_control_plane_that_stops_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as plane, plane.connected() as connection:
        await message(connection)
        plane.stop()
        assert await closed_with(connection) == (1001, "the control plane stops")
        await eventually(lambda: plane.sockets.connected == 0, "the connection is counted out")


async def test_who_is_let_in(tmp_path: Path) -> None:
    async with served(tmp_path) as plane:
        assert await plane.refused("") == (401, "UNAUTHENTICATED")
        assert await plane.refused("mallory") == (401, "UNAUTHENTICATED")
        assert await plane.refused("eve") == (403, "FORBIDDEN")
        assert await plane.refused(query="?after=-1") == (422, "VALIDATION_ERROR")
        assert await plane.refused(query="?nonsense=1") == (422, "VALIDATION_ERROR")
        assert await plane.refused(query="?workspace=nowhere") == (404, "NOT_FOUND")
        assert await plane.refused(headers={"Origin": "https://evil.example"}) == (403, "FORBIDDEN")
        assert await plane.refused("admin", headers={API_KEY_HEADER: "ann"}) == (401, "UNAUTHENTICATED")
        assert await plane.refused("", protocols=["chat"]) == (422, "VALIDATION_ERROR")
        assert await plane.refused("", protocols=["bearer.ann"]) == (422, "VALIDATION_ERROR")
        assert await plane.refused("ann", protocols=["nimbus.events.v1", "bearer.ann"]) == (
            401,
            "UNAUTHENTICATED",
        )
        assert plane.sockets.connected == 0
        ways: list[tuple[str, dict[str, str]]] = [
            ("", {API_KEY_HEADER: "ann"}),
            ("", {ACCESS_KEY_HEADER: "ann"}),
            ("ann", {}),
        ]
        for name, headers in ways:
            async with plane.connected(name, headers=headers) as connection:
                assert connection.subprotocol is None
                assert (await message(connection))["type"] == "ready"
        own = f"https://127.0.0.1:{plane.port}"
        async with plane.connected(
            "", protocols=["nimbus.events.v1", "bearer.ann"], headers={"Origin": own}
        ) as connection:
            assert connection.subprotocol == "nimbus.events.v1"
            assert (await message(connection))["type"] == "ready"


async def test_an_ordinary_request_to_the_same_path_is_the_list(tmp_path: Path) -> None:
    async with served(tmp_path) as plane:
        await emit_changes(plane.made, 1)

        def get() -> Any:
            import http.client

            made = http.client.HTTPSConnection("127.0.0.1", plane.port, timeout=20, context=plane.context)
            try:
                made.request("GET", PATH + "?after=0&wait=5", headers={"Authorization": "Bearer ann"})
                return json.loads(made.getresponse().read())
            finally:
                made.close()

        answer = await trio.to_thread.run_sync(get)
        assert [one["cursor"] for one in answer["data"]] == [1]
        assert answer["meta"] == {"page": 1, "per_page": 100, "total": 1, "cursor": 1, "reset": False}


async def change_access(plane: Served) -> None:
    await plane.made.database.write(lambda tx: tx.emit(AccessChanged()))


async def test_access_that_ends_ends_the_stream(tmp_path: Path) -> None:
    async with served(tmp_path) as plane:
        async with plane.connected("ann") as connection:
            await message(connection)
            await change_access(plane)  # of somebody else
            await emit_changes(plane.made, 1)
            assert (await message(connection))["cursor"] == 1
            del plane.people.known["ann"]
            await change_access(plane)
            assert await closed_with(connection) == (4401, "sign in again")
        plane.people.known["ann"] = ANN
        async with plane.connected("ann") as connection:
            await message(connection)
            plane.people.known["ann"] = person("ann", w_1={Permission.AGENT_READ})
            await change_access(plane)
            assert await closed_with(connection) == (4403, "lacks event:read")
        await eventually(lambda: plane.sockets.connected == 0, "both are counted out")


async def test_what_is_told_follows_the_access_of_now(tmp_path: Path) -> None:
    async with served(tmp_path) as plane, plane.connected("ann") as connection:
        await message(connection)
        plane.people.known["ann"] = person("ann", w_2=BOTH)
        await change_access(plane)
        await emit_changes(plane.made, 1)
        await emit_changes(plane.made, 2, workspace_id="w-2")
        assert (await message(connection))["cursor"] == 2


async def test_access_that_ends_in_the_middle_of_a_backlog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = event_sockets._event_message
    async with served(tmp_path) as plane:
        await emit_changes(plane.made, *range(1, 8))

        def counted(event: EventRow, cursor: int, actor: Actor) -> str:
            if event.sequence == 3:
                plane.people.known["ann"] = person("ann", w_2=BOTH)
                plane.made.bus.publish(AccessChanged())
            return real(event, cursor, actor)

        monkeypatch.setattr(event_sockets, "_event_message", counted)
        async with plane.connected("ann", "?after=0") as connection:
            seen = [(await message(connection))["cursor"] for _ in range(4)]
            await emit_changes(plane.made, 8, workspace_id="w-2")
            seen.append((await message(connection))["cursor"])
        assert seen[1:] == [1, 2, 3, 8]


async def test_a_signature_is_good_for_one_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(tmp_path) as plane:
        async with plane.connected("", headers={ACCESS_KEY_HEADER: "ann"}) as connection:
            await message(connection)
            await change_access(plane)
            assert (await closed_with(connection))[0] == 4401

        async def renew(actor: Actor) -> Actor | None:
            return plane.people.known.get(actor.name)

        plane.sockets._renew = renew
        async with plane.connected("", headers={ACCESS_KEY_HEADER: "ann"}) as connection:
            await message(connection)
            await change_access(plane)
            await emit_changes(plane.made, 1)
            assert (await message(connection))["cursor"] == 1
            monkeypatch.setattr(any_socket, "SIGNED_LIFETIME_S", 0)
            await emit_changes(plane.made, 2)
            assert (await closed_with(connection))[0] == 4401


async def test_a_token_that_runs_out_ends_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(any_socket, "REAUTHENTICATE_S", 0)
    monkeypatch.setattr(event_sockets, "HEARTBEAT_S", 0.05)
    async with served(tmp_path) as plane, plane.connected("ann") as connection:
        assert (await message(connection))["type"] == "ready"
        assert await message(connection) == {"type": "heartbeat", "cursor": 0}
        del plane.people.known["ann"]
        assert (await closed_with(connection))[0] == 4401


async def test_the_heartbeat_goes_past_what_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_sockets, "HEARTBEAT_S", 0.05)
    async with served(tmp_path) as plane, plane.connected("ann") as connection:
        await emit_changes(plane.made, 1, 2, 3, workspace_id="w-2")
        with trio.fail_after(10):
            while (await message(connection))["cursor"] != 3:
                pass


async def test_nothing_is_taken_from_a_client(tmp_path: Path) -> None:
    async with served(tmp_path) as plane:
        for text in ("hello", "x" * 100_000):
            async with plane.connected() as connection:
                await message(connection)
                await connection.send_message(text)
                assert (await closed_with(connection))[0] in (1003, 1009)
        await eventually(lambda: plane.sockets.connected == 0, "all are counted out")


async def test_how_many_there_may_be(tmp_path: Path) -> None:
    def busy(_source: str) -> None:
        raise RateLimited("too many handshakes", retry_after=7)

    async with (
        served(tmp_path, max_connections=3, max_per_principal=2) as plane,
        plane.connected("admin") as one,
        plane.connected("admin") as two,
    ):
        assert await plane.refused("admin") == (429, "RATE_LIMITED")
        async with plane.connected("ann") as three:
            assert await plane.refused("ann") == (429, "RATE_LIMITED")
            for connection in (one, two, three):
                await message(connection)
        await eventually(lambda: plane.sockets.connected == 2, "one has left")
        await two.aclose()
        await eventually(lambda: plane.sockets.connected == 1, "another has left")
        async with plane.connected("admin") as again:
            await message(again)
        plane.sockets._admit = busy
        assert await plane.refused("admin") == (429, "RATE_LIMITED")


async def test_a_slow_client_is_let_go_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens the stream, reads nothing, and later resumes from what it got."""
    # On a busy machine this test does not read for longer than the kernel waits for one that does not.
    monkeypatch.setattr(operator_listener, "UNREAD_MS", 120_000)
    async with served(tmp_path, sndbuf=4096) as plane, plane.connected() as quick:
        await message(quick)
        raw = await trio.open_tcp_stream("127.0.0.1", plane.port)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow = trio.SSLStream(raw, plane.context, server_hostname="127.0.0.1")
        await slow.send_all(
            f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Authorization: Bearer ann\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        head = b""
        with trio.fail_after(10):
            while b'"ready"' not in head:
                head += await slow.receive_some()
        assert head.startswith(b"HTTP/1.1 101")
        # Far more than the buffers of the kernel, and than the window of 40.
        total = 0
        with trio.fail_after(60):
            for _ in range(60):
                await emit_changes(plane.made, *range(200))
                for _ in range(200):
                    total += 1
                    assert (await message(quick))["cursor"] == total
        got = b""
        with trio.fail_after(20):
            while True:
                try:
                    some = await slow.receive_some()
                except trio.BrokenResourceError:
                    break
                if not some:
                    break
                got += some
                if b"events came faster" in got:
                    break
        assert b"\x11\x38events came faster" in got  # 4408
        assert total == 12_000
        await raw.aclose()
        await eventually(lambda: plane.sockets.connected == 1, "the slow one is counted out")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 200,
        b"\xff" * 200,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x81\x05hello",  # not masked, RFC 6455 section 5.1
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",  # 2^64 - 1 bytes are to come
        b"\x89\xfe\x01\x00\x00\x00\x00\x00" + b"x" * 256,  # a ping larger than a ping may be
        b"\x88\x81\x00\x00\x00\x00x",  # a close with one byte
    ],
)
async def test_garbage_ends_one_connection_only(tmp_path: Path, garbage: bytes) -> None:
    async with served(tmp_path) as plane, plane.connected() as other:
        await message(other)
        raw = await trio.open_tcp_stream("127.0.0.1", plane.port)
        stream = trio.SSLStream(raw, plane.context, server_hostname="127.0.0.1")
        await stream.send_all(
            f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Authorization: Bearer ann\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        with trio.fail_after(10):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 101")
        await stream.send_all(garbage)
        await raw.aclose()
        await eventually(lambda: plane.sockets.connected == 1, "it is counted out")
        await emit_changes(plane.made, 1)
        assert (await message(other))["cursor"] == 1


async def test_a_hub_that_cannot_read_tries_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "LOOK_AGAIN_S", 0.05)
    async with served(tmp_path) as plane, plane.connected() as connection:
        await message(connection)
        await eventually(lambda: plane.made.hub.recent(0) == [], "it follows live")
        real: Callable[..., Awaitable[Any]] = plane.made.database.read
        failures = 0

        async def broken(_work: object) -> Any:
            nonlocal failures
            failures += 1
            raise OSError("no")

        monkeypatch.setattr(plane.made.database, "read", broken)
        await emit_changes(plane.made, 1)
        await eventually(lambda: failures > 1, "it has failed")
        monkeypatch.setattr(plane.made.database, "read", real)
        assert (await message(connection))["cursor"] == 1


@pytest.mark.parametrize(
    ("origins", "host", "fine"),
    [
        ([], "x", True),
        (["https://nimbus.example"], "nimbus.example", True),
        (["https://nimbus.example"], "nimbus.example:443", True),
        (["https://nimbus.example:8443"], "nimbus.example:8443", True),
        (["https://NIMBUS.example:8443"], "nimbus.example:8443", True),
        (["https://[fd00::1]:8443"], "[fd00::1]:8443", True),
        (["https://console.example"], "nimbus.example", True),
        (["https://nimbus.example"], "nimbus.example:8443", False),
        (["http://nimbus.example"], "nimbus.example", False),
        (["https://nimbus.example.evil"], "nimbus.example", False),
        (["https://evil@nimbus.example"], "nimbus.example", False),
        (["https://nimbus.example/"], "nimbus.example", False),
        (["https://nimbus.example", "https://nimbus.example"], "nimbus.example", False),
        (["null"], "null", False),
        (["null"], "", False),
        ([""], "", False),
        (["https://"], "", False),
        (["https://x:99999"], "x:99999", False),
        (["https://[x"], "[x", False),
        (["https://console.example:444"], "nimbus.example", False),
    ],
)
def test_origins(origins: list[str], host: str, fine: bool) -> None:
    if fine:
        check_origin(origins, host, {"https://console.example"})
    else:
        with pytest.raises(Forbidden):
            check_origin(origins, host, {"https://console.example"})


def test_tokens_as_subprotocols() -> None:
    assert bearer_of([]) == ("", None)
    assert bearer_of(["nimbus.events.v1"]) == ("", "nimbus.events.v1")
    assert bearer_of(["nimbus.events.v1", "bearer.a.b.c"]) == ("a.b.c", "nimbus.events.v1")
    assert bearer_of(["bearer.a.b.c", "nimbus.events.v1"]) == ("a.b.c", "nimbus.events.v1")
    for offered in (
        ["bearer.x"],
        ["bearer."],
        ["chat"],
        ["nimbus.events.v1", "bearer."],
        ["bearer.a", "bearer.b"],
    ):
        with pytest.raises(NimbusError):
            bearer_of(offered)


async def test_who_asks_is_told_that_nodes_have_spoken(tmp_path: Path) -> None:
    """At most once in the time asked for, and only when there was something."""
    pulse = 0
    async with served(tmp_path, pulse_of=lambda: pulse) as plane:
        async with plane.connected(query="?pulse=1") as asking, plane.connected() as silent:
            assert (await message(asking))["type"] == (await message(silent))["type"] == "ready"
            pulse = 5
            assert await message(asking) == {"type": "pulse", "cursor": 0}
            await emit_changes(plane.made, 1)
            assert (await message(asking))["type"] == (await message(silent))["type"] == "event"
            pulse = 6
            assert (await message(asking))["type"] == "pulse"
        assert (await plane.refused(query="?pulse=61"))[0] == 422


async def test_a_pulse_is_for_those_who_may_see_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_sockets, "HEARTBEAT_S", 1.5)
    counter = iter(range(1_000_000))
    async with served(tmp_path, pulse_of=lambda: next(counter)) as plane:
        plane.people.known["bob"] = person("bob", w_1={Permission.EVENT_READ})
        async with plane.connected("bob", "?pulse=1") as connection:
            assert (await message(connection))["type"] == "ready"
            assert (await message(connection))["type"] == "heartbeat"
