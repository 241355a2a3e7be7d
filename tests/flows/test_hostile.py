"""Requests that nobody sends by accident, against every route that the served document names: what comes back is an
answer in our envelope or a closed connection, never a 500; nothing is written, and no secret gets into the log."""

from __future__ import annotations

import http.client
import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trio

from tests.kit.database import look, tables
from tests.kit.raw_http import Http2, body_of, connect, exchange, received, status_of
from tests.kit.requester import Reply, Requester, secret_of
from tests.kit.two_organizations import TwoOrganizations, two_organizations

# Tables that requests may write to that change nothing: what was refused, and when a key was last used.
OF_REQUESTS = {
    "audit_log",
    "audit_chain",
    "relayed_events",
    "writer_commits",
    "event_log",
    "event_cursor",
    "events",
    "keys",
    "idempotency_keys",
    "nodes",
    "metric_samples",
    "metric_minutes",
    "metric_fleet",
    "node_reports",
    "table_versions",
}
COMMON = {"page", "per_page", "sort", "workspace", "label", "wait"}
# The server waits for what they announce; so they are sent at once.
WAIT_FOR_A_BODY = {"length and chunks", "huge length"}
AT_THE_DOOR = {
    "two API keys",
    "another API key first",
    "key and token",
    "length and chunks",
    "override",
    "another host",
}
BIDI = "\u202e\u2066\u200f"
HOSTILE_NAMES = [
    "..",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "a/../../b",
    "%00",
    "x%00y",
    "%0d%0aSet-Cookie:%20a=b",
    "%ff%fe",
    "%c0%ae%c0%ae",
    "a%20b",
    "*",
    "'",
    '"',
    "%27%20OR%201=1--",
    "%25s%25n",
    "{node}",
    "%7b%7b7*7%7d%7d",
    "null",
    "-1",
    "0",
    "1e400",
    "9" * 400,
    quote("dеb-1"),
    quote("ｄｂ-1"),
    quote(BIDI + "db-1"),
    quote("db\u200b-1"),
    quote("😀"),
    "%ed%a0%80",
    "x" * 4000,
    "$(id)",
    "`id`",
    "|id",
    "..%5c..%5c",
    ".",
    "%2e%2e",
    "%252e%252e%252f",
]
HOSTILE_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**63,
    -(2**63) - 1,
    2**64,
    10**400,
    1e308,
    0.1,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\r\nX: y",
    "x" * 100_000,
    BIDI + "x",
    "dеfault",
    "../..",
    "'; DROP TABLE nodes; --",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"$ref": "x"},
    {"__proto__": {}},
    "😀" * 300,
    "\ufffe\uffff",
]
HOSTILE_BODIES = [
    b"",
    b" ",
    b"null",
    b"[]",
    b'"x"',
    b"1",
    b"NaN",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": -Infinity}',
    b"{",
    b"}",
    b"{}}",
    b'{"a": 1, "a": 2}',
    b'{"name": "a", "name": "b"}',
    b"\xff\xfe{}",
    b'{"a": "\xff"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": "\\ud800"}',
    b"\x00",
    b'{"a": "\x00"}',
    b"\xef\xbb\xbf{}",
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"a": ' + b"[" * 65 + b"]" * 65 + b"}",
    b"a=b&c=d",
    b"<xml/>",
    b"{}" + b" " * 900_000,
]


class World:
    def __init__(self, made: TwoOrganizations, caplog: pytest.LogCaptureFixture) -> None:
        self.plane, self.key, self.parameters = made.plane, made.keys["owner"], made.parameters
        self.secret = secret_of(self.key)
        self._caplog = caplog
        with Requester(self.plane) as requester:
            document = requester.get("/api/v1/openapi.json").json
        self.operations = [
            (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        self.schemas = document["components"]["schemas"]
        self.before = self.counts()

    def counts(self) -> dict[str, int]:
        config = self.plane.config
        counted = (f"SELECT '{name}', COUNT(*) FROM {name}" for name in tables(config))
        return dict(look(config, " UNION ALL ".join(counted)))

    def target(self, path: str, **replaced: str) -> str:
        return re.sub(
            r"{(\w+)}", lambda match: replaced.get(match[1], self.parameters.get(match[1], "x")), path
        )

    def head(self, method: str, target: str, *more: bytes, key: bool = True) -> bytes:
        lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: 127.0.0.1"]
        if key:
            lines.append(b"X-API-Key: " + self.key.encode())
        return b"\r\n".join([*lines, *more, b"", b""])

    def check(self, answer: bytes, what: object) -> int:
        """The status. Refused, in our envelope; hypercorn's own refusals have no body."""
        status = status_of(answer)
        self.check_answer(status, body_of(answer), what)
        assert b"Set-Cookie: a=b" not in answer, what
        return status

    def check_answer(self, status: int, body: bytes, what: object) -> None:
        assert status not in (500, 502, 504), (what, status, body[:300])
        if status >= 400 and body:
            error = json.loads(body)["error"]
            assert error["code"], what
            assert error["message"].isprintable(), what
            assert self.secret not in body.decode(), what

    def check_nothing_written(self) -> None:
        after = self.counts()
        changed = {name for name in after if after[name] != self.before.get(name)} - OF_REQUESTS
        assert not changed, {name: (self.before.get(name), after[name]) for name in changed}

    def check_log(self) -> None:
        written = "\n".join(f"{one.getMessage()} {one.exc_text or ''}" for one in self._caplog.records)
        assert not [one for one in self._caplog.records if one.levelno >= logging.ERROR or one.exc_info], (
            written
        )
        assert "Traceback" not in written
        assert self.secret not in written


class Stubborn(Requester):
    """Comes again when the connection was closed: a refusal before the body is read may do that."""

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        try:
            return super().send(method, target, body, **headers)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return super().send(method, target, body, **headers)


@pytest.fixture
async def world(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO)
    async with two_organizations(tmp_path / "world", advertise="localhost") as made:
        yield await trio.to_thread.run_sync(World, made, caplog)


async def attack(world: World, work: Callable[[], None]) -> None:
    with trio.fail_after(240):
        await trio.to_thread.run_sync(work)
    await trio.to_thread.run_sync(world.check_nothing_written)
    world.check_log()


def reads(world: World) -> Iterator[tuple[str, str, Any]]:
    return (one for one in world.operations if one[0] == "GET")


async def test_path_parameters(world: World) -> None:
    def send_hostile_paths() -> None:
        with Stubborn(world.plane, world.key) as requester:
            for method, path, _ in world.operations:
                parameters = re.findall(r"{(\w+)}", path)
                for name in parameters:
                    for value in HOSTILE_NAMES:
                        target = world.target(path, **{name: value})
                        reply = requester.send(method, target, b'{"unknown": 1}')
                        world.check_answer(reply.status, reply.body, (method, target))
                        assert reply.status >= 400 or method == "GET", (method, target, reply)

    await attack(world, send_hostile_paths)


async def test_query_parameters(world: World) -> None:
    """Names that no route has are refused before their values are looked at."""
    values = [*HOSTILE_NAMES[:-14], "1" * 30, "%20", "+", "", "null", "NULL", "true", "1_000", quote("０")]

    def send_hostile_queries() -> None:
        with Stubborn(world.plane, world.key) as requester:
            for method, path, operation in reads(world):
                names = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
                known = [(name, value) for name in names for value in values]
                unknown = [(name, value) for name in ("unknown", "%00", "a%0d%0ab") for value in values[:2]]
                for name, value in known + unknown:
                    target = f"{world.target(path)}?{name}={value}"
                    reply = requester.send(method, target)
                    world.check_answer(reply.status, reply.body, target)
                    assert name in names or reply.status >= 400 or "openapi" in path or "/auth/" in path, (
                        target
                    )
                twice = requester.send(method, f"{world.target(path)}?page=1&page=2")
                assert twice.status >= 400 or operation["x-permission"] == "public", path

    await attack(world, send_hostile_queries)


def changing(world: World) -> Iterator[tuple[str, str, Any]]:
    """Those that take JSON; to the bytes of a file every body is a right one."""
    return (
        one
        for one in world.operations
        if "application/json" in one[2].get("requestBody", {}).get("content", {})
    )


async def test_bodies_that_are_none(world: World) -> None:
    """Not where an empty object is a right request."""

    def send_hostile_bodies() -> None:
        with Stubborn(world.plane, world.key) as requester:
            for method, path, operation in changing(world):
                target = world.target(
                    path, user="00000000-0000-4000-8000-0000000000ff", **dict.fromkeys(("key",), "x")
                )
                required = operation["requestBody"]["required"]
                for body in HOSTILE_BODIES:
                    if not required and body.strip() in (b"", b"{}", b"\xef\xbb\xbf{}"):
                        continue
                    reply = requester.send(method, target, body)
                    world.check_answer(reply.status, reply.body, (method, target, body[:60]))
                    assert reply.status in (400, 401, 403, 404, 409, 413, 422, 503), (
                        method,
                        target,
                        body[:60],
                        reply,
                    )

    await attack(world, send_hostile_bodies)


async def test_fields_of_the_wrong_kind(world: World) -> None:
    """Each field of each body in turn, with a field besides that nobody knows: so that nothing is right."""

    def send_hostile_fields() -> None:
        with Stubborn(world.plane, world.key) as requester:
            for method, path, operation in changing(world):
                [content] = operation["requestBody"]["content"].values()
                schema = content["schema"]
                kind = schema["$ref"].rpartition("/")[2]
                for field in world.schemas[kind].get("properties", {}):
                    for value in HOSTILE_VALUES:
                        body = json.dumps({field: value, "no such field": 1}).encode()
                        reply = requester.send(method, world.target(path), body)
                        world.check_answer(reply.status, reply.body, (method, path, field, str(value)[:60]))
                        assert reply.status in (400, 401, 403, 404, 413, 422), (method, path, field, reply)

    await attack(world, send_hostile_fields)


@pytest.mark.one_engine
async def test_heads(world: World) -> None:
    """What an HTTP server refuses, and what ours does, whatever the route: each at some, every route has some."""
    key = world.key.encode()
    extra: list[tuple[str, list[bytes], bool]] = [
        # Name, header lines, whether the key is sent besides.
        ("two API keys", [b"X-API-Key: " + key], True),
        ("another API key first", [b"X-API-Key: nbk_0_0", b"X-API-Key: " + key], False),
        ("key and token", [b"Authorization: Bearer x.y.z"], True),
        ("two lengths", [b"Content-Length: 0", b"Content-Length: 5"], True),
        ("length and chunks", [b"Content-Length: 5", b"Transfer-Encoding: chunked"], True),
        ("unknown coding", [b"Transfer-Encoding: gzip, chunked"], True),
        ("negative length", [b"Content-Length: -1"], True),
        ("huge length", [b"Content-Length: 99999999999999999999"], True),
        ("two lengths in one", [b"Content-Length: 0, 5"], True),
        ("a space before the colon", [b"X-Api-Key : x"], False),
        ("a folded line", [b"X-A: a", b" X-API-Key: " + key], False),
        ("a bare carriage return", [b"X-A: a\rX-B: b"], True),
        ("NUL", [b"X-A: a\x00b"], True),
        ("no colon", [b"nothing"], True),
        ("an empty name", [b": x"], True),
        ("too large", [b"X-A: " + b"a" * 200_000], True),
        ("too many", [b"X-%d: y" % number for number in range(20_000)], True),
        (
            "override",
            [b"X-HTTP-Method-Override: DELETE", b"X-Method-Override: DELETE", b"X-HTTP-Method: DELETE"],
            False,
        ),
        ("another host", [b"X-Forwarded-Host: evil.example.org", b"Forwarded: host=evil"], False),
        ("latin-1", [b"X-API-Key: \xff\xfe"], False),
        ("If-Match", [b'If-Match: "1-a", "2-b"'], False),
    ]

    def answered(request: bytes, is_public: bool, what: object) -> None:
        status = world.check(exchange(world.plane, request), what)
        # A public route does not look at credentials.
        assert status == 0 or status >= 400 or is_public, (what, status)

    def send_hostile_headers() -> None:
        waiting = []
        for number, (method, path, operation) in enumerate(world.operations):
            target = world.target(path)
            is_public = operation["x-permission"] == "public"
            for turn, (name, lines, with_key) in enumerate(extra):
                # Those that get as far as the door at a third of the routes, those that do not at fewer.
                if (number + turn) % (3 if name in AT_THE_DOOR else 12):
                    continue
                request = world.head(method, target, *lines, b"Connection: close", key=with_key)
                what = method, target, name
                if name in WAIT_FOR_A_BODY:
                    waiting.append(threads.submit(answered, request, is_public, what))
                else:
                    answered(request, is_public, what)
        for answer in waiting:
            answer.result()

    with ThreadPoolExecutor(24) as threads:
        await attack(world, send_hostile_headers)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "request_line",
    [
        b"GET https://evil.example.org/api/v1/nodes HTTP/1.1",
        b"GET //evil.example.org/api/v1/nodes HTTP/1.1",
        b"GET api/v1/nodes HTTP/1.1",
        b"GET * HTTP/1.1",
        b"CONNECT evil.example.org:443 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"TRACE /api/v1/nodes HTTP/1.1",
        b"get /api/v1/nodes HTTP/1.1",
        b"GET /api/v1/nodes HTTP/9.9",
        b"GET /api/v1/nodes HTTP/1.0",
        b"GET /api/v1/nodes",
        b"\x16\x03\x01\x00",
        b"GET /api/v1/nodes#a HTTP/1.1",
        b"GET /api/v1/nodes\x00 HTTP/1.1",
        b"GET /api/v1/nodes\tx HTTP/1.1",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
        b"GET /api/v1/../../etc/passwd HTTP/1.1",
        b"DELETE /api/v1/%6eodes/%2e%2e HTTP/1.1",
        b"PURGE /api/v1/nodes HTTP/1.1",
        b"GET /api//v1//nodes HTTP/1.1",
        b"GET /api/v1/nodes; HTTP/1.1",
        b"GET /API/V1/NODES HTTP/1.1",
    ],
    ids=lambda line: line[:40].decode("latin-1"),
)
async def test_request_lines(world: World, request_line: bytes) -> None:
    """Without a key: whatever is reached says who may."""

    def send_hostile_request_line() -> None:
        for host in (b"127.0.0.1", b"evil.example.org", b"a b", b"", b"127.0.0.1:1:2"):
            answer = exchange(
                world.plane, request_line + b"\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
            )
            status = world.check(answer, (request_line[:60], host))
            assert status == 0 or status >= 400, (request_line[:60], host, answer[:200])
            assert b"evil.example.org" not in answer, answer

    await attack(world, send_hostile_request_line)


@pytest.mark.one_engine
async def test_a_body_that_never_comes_holds_nobody_up(world: World) -> None:
    """Many of them, and meanwhile others are served; what stands open is closed with the control plane."""

    def leave_requests_half_sent() -> None:
        head = world.head(
            "POST", "/api/v1/groups", b"Content-Type: application/json", b"Content-Length: 900000"
        )
        waiting = [connect(world.plane) for _ in range(60)]
        try:
            for number, sock in enumerate(waiting):
                sock.sendall(head[: len(head) - number % 40] if number % 2 else head + b'{"name":')
            with Stubborn(world.plane, world.key) as requester:
                for _ in range(20):
                    assert requester.get("/api/v1/groups").status == 200
        finally:
            for sock in waiting:
                sock.close()

    await attack(world, leave_requests_half_sent)


@pytest.mark.one_engine
async def test_a_body_that_is_too_large(world: World) -> None:
    def send_too_much() -> None:
        for declared in (b"Content-Length: 3000000", b"Transfer-Encoding: chunked"):
            with connect(world.plane) as sock:
                try:
                    sock.sendall(world.head("POST", "/api/v1/groups", declared))
                    for _ in range(47):
                        part = b"x" * 65536
                        sock.sendall(b"10000\r\n" + part + b"\r\n" if declared.startswith(b"T") else part)
                    answer = received(sock)
                except (ConnectionError, OSError):
                    answer = b""
            assert world.check(answer, declared) in (0, 413)

    await attack(world, send_too_much)


@pytest.mark.one_engine
async def test_pipelined_requests_are_answered_in_order_or_not(world: World) -> None:
    def pipeline() -> None:
        one = world.head("GET", "/api/v1/whoami")
        stranger = world.head("GET", "/api/v1/whoami", b"Connection: close", key=False)
        with connect(world.plane) as sock:
            sock.sendall(one + stranger)
            data = b""
            while more := sock.recv(65536):
                data += more
        statuses = re.findall(rb"HTTP/1.1 (\d+)", data)
        assert statuses in ([b"200", b"401"], [b"200"])

    await attack(world, pipeline)


@pytest.mark.one_engine
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b":path", b"/api/v1/nodes")],
        [(b"connection", b"close")],
        [(b"transfer-encoding", b"chunked")],
        [(b"X-Upper", b"a")],
        [(b"x-a", b"a\r\nx-b: c")],
        [(b"x-a", b"\x00")],
        [(b"host", b"evil.example.org")],
        [(b"content-length", b"5")],
        [(b"te", b"gzip")],
        [(b"x-api-key", b"a"), (b"x-api-key", b"b")],
        [(b":method", b"DELETE")],
        [(b":unknown", b"x")],
        [(b"x-a", b"a" * 70_000)],
        [(b"cookie", b"a=b; " * 900)],
    ],
    ids=lambda headers: headers[0][0].decode() if headers else "none",
)
async def test_http2(world: World, headers: list[tuple[bytes, bytes]]) -> None:
    """With a connection of its own for each. Without a key at every route; what HTTP/2 itself refuses, whatever the
    route, at some."""

    def send_over_http2() -> None:
        for method, path, operation in world.operations[:: 12 if headers else 1]:
            if operation["x-permission"] == "public" and method == "GET":
                continue
            client = Http2(world.plane)
            try:
                wanted = [
                    (b":method", method.encode()),
                    (b":scheme", b"https"),
                    (b":authority", b"127.0.0.1"),
                    (b":path", world.target(path).encode()),
                    *headers,
                ]
                status, body = client.request(wanted, b"{" if method in ("POST", "PUT", "PATCH") else b"")
            finally:
                client.close()
            world.check_answer(status, body, (method, path, headers))
            assert status == 0 or status >= 400, (method, path, headers, status)

    await attack(world, send_over_http2)


@pytest.mark.one_engine
async def test_http2_serves_the_same(world: World) -> None:
    def read_over_http2() -> None:
        client = Http2(world.plane)
        try:
            for path in ("/api/v1/whoami", "/api/v1/nodes"):
                headers = [
                    (b":method", b"GET"),
                    (b":scheme", b"https"),
                    (b":authority", b"127.0.0.1"),
                    (b":path", path.encode()),
                    (b"x-api-key", world.key.encode()),
                ]
                with Stubborn(world.plane, world.key) as requester:
                    before = requester.get(path).json
                    status, body = client.request(headers)
                    # A node may have gone quiet meanwhile.
                    assert status == 200
                    assert json.loads(body) in (before, requester.get(path).json)
        finally:
            client.close()

    await attack(world, read_over_http2)
