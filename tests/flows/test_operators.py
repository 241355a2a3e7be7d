"""The REST API from outside: who may do what, what is refused, and what every answer looks like."""

from __future__ import annotations

import functools
import http.client
import json
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import ApiError, Client, Unreachable
from nimbus.client.profiles import Profile
from nimbus.http.door import MAX_BODY_BYTES
from nimbus.http.public import PUBLIC_PATHS
from nimbus.kernel.ids import new_id
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.signing import ACCESS_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.declared_routes import declared_routes


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@contextmanager
def connection(plane: ControlPlane) -> Iterator[http.client.HTTPSConnection]:
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    made = http.client.HTTPSConnection(*plane.api_address, timeout=20, context=context)
    try:
        yield made
    finally:
        made.close()


async def send(
    plane: ControlPlane, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Answer:
    def exchange() -> Answer:
        with connection(plane) as made:
            made.request(method, target, body=body or None, headers=headers or {})
            return Answer(made.getresponse())

    return await trio.to_thread.run_sync(exchange)


def signed(
    plane: ControlPlane, method: str, target: str, body: bytes = b"", *, off: int = 0
) -> dict[str, str]:
    timestamp = str(int(time.time()) + off)
    return {
        ACCESS_KEY_HEADER: plane.profile.access_key,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: sign(plane.profile.secret_key, method, target, timestamp, body),
    }


async def authentic(plane: ControlPlane, method: str, target: str, body: bytes = b"") -> Answer:
    return await send(plane, method, target, body, signed(plane, method, target, body))


async def test_every_path_that_is_served_is_a_route_or_public(tmp_path: Path) -> None:
    """Asked of the application itself: no path comes in by another door."""
    from nimbus.http.application import make_application
    from nimbus.http.door import Door
    from nimbus.http.public import add_public_paths

    found = declared_routes()
    door = Door([], None)  # type: ignore[arg-type]
    application = make_application(found, door)

    async def is_ready() -> bool:
        return True

    nothing: Any = None
    add_public_paths(
        application, door, ca_pem=nothing, joining=nothing, claims=nothing, outside=nothing, is_ready=is_ready
    )
    served = {re.sub(r"<(\w+)>", r"{\1}", rule.rule) for rule in application.url_map.iter_rules()}
    assert served == {route.path for route in found} | set(PUBLIC_PATHS)
    assert all(reason for reason in PUBLIC_PATHS.values())


async def test_signatures(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        target = "/api/v1/nodes?per_page=5"
        right = signed(plane, "GET", target)
        assert (await send(plane, "GET", target, headers=right)).status == 200
        replay = await send(plane, "GET", target, headers=right)
        assert (replay.status, "used before" in replay.json["error"]["message"]) == (401, True)
        wrong = [
            signed(plane, "GET", target, off=-400),
            signed(plane, "GET", target, off=400),
            signed(plane, "GET", "/api/v1/nodes?per_page=6"),
            signed(plane, "POST", target),
            {**signed(plane, "GET", target), TIMESTAMP_HEADER: "soon"},
            {**signed(plane, "GET", target), ACCESS_KEY_HEADER: "NK"},
            {ACCESS_KEY_HEADER: plane.profile.access_key},
        ]
        for headers in wrong:
            assert (await send(plane, "GET", target, headers=headers)).status == 401, headers
        body = b'{"name":"a"}'
        changed = await send(
            plane,
            "POST",
            "/api/v1/nodes/tokens",
            body + b" ",
            signed(plane, "POST", "/api/v1/nodes/tokens", body),
        )
        assert changed.status == 401


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code", "field"),
    [
        ("GET", "/api/v1/nothing", b"", 404, "NOT_FOUND", None),
        ("GET", "/nothing", b"", 404, "NOT_FOUND", None),
        ("GET", "/v1/internal/heartbeat", b"", 404, "NOT_FOUND", None),
        ("PUT", "/api/v1/nodes", b"", 405, "METHOD_NOT_ALLOWED", None),
        ("OPTIONS", "/api/v1/nodes", b"", 405, "METHOD_NOT_ALLOWED", None),
        ("GET", "/api/v1/nodes/..%2f..%2f..%2fetc%2fpasswd", b"", 404, "NOT_FOUND", None),
        ("GET", "/api/v1/nodes/../../../etc/passwd", b"", 404, "NOT_FOUND", None),
        ("GET", "/download/../../../../etc/passwd", b"", 404, "NOT_FOUND", None),
        ("GET", "/api/v1/nodes/nobody", b"", 404, "NOT_FOUND", None),
        ("GET", "/api/v1/nodes/%00", b"", 404, "NOT_FOUND", None),
        ("GET", "/api/v1/nodes/%ff", b"", 404, "NOT_FOUND", None),
        ("GET", f"/api/v1/tasks/{new_id()}", b"", 404, "NOT_FOUND", None),
        ("GET", "/api/v1/nodes?page=0", b"", 422, "VALIDATION_ERROR", "page"),
        ("GET", "/api/v1/nodes?page=99999999999999999999", b"", 422, "VALIDATION_ERROR", "page"),
        ("GET", "/api/v1/nodes?page=9223372036854775807", b"", 422, "VALIDATION_ERROR", "page"),
        ("GET", "/api/v1/nodes?per_page=1001", b"", 422, "VALIDATION_ERROR", "per_page"),
        ("GET", "/api/v1/nodes?per_page=x", b"", 422, "VALIDATION_ERROR", "per_page"),
        ("GET", "/api/v1/nodes?state=Asleep", b"", 422, "VALIDATION_ERROR", "state"),
        ("GET", "/api/v1/nodes?colour=red", b"", 422, "VALIDATION_ERROR", "colour"),
        ("GET", "/api/v1/nodes/x?colour=red", b"", 422, "VALIDATION_ERROR", "colour"),
        ("POST", "/api/v1/nodes/tokens", b"{", 400, "MALFORMED", None),
        ("POST", "/api/v1/nodes/tokens", b"\xff\xfe", 400, "MALFORMED", None),
        ("POST", "/api/v1/nodes/tokens", b'{"name":"\\ud800"}', 400, "MALFORMED", None),
        ("POST", "/api/v1/nodes/tokens", b'{"labels":' + b"[" * 5000, 400, "MALFORMED", None),
        ("POST", "/api/v1/nodes/tokens", b"[]", 422, "VALIDATION_ERROR", "body"),
        ("POST", "/api/v1/nodes/tokens", b'{"nmae":"a"}', 422, "VALIDATION_ERROR", "nmae"),
        ("POST", "/api/v1/nodes/tokens", b'{"ttl":5}', 422, "VALIDATION_ERROR", "ttl"),
        ("POST", "/api/v1/nodes/tokens", b'{"labels":{"a":5}}', 422, "VALIDATION_ERROR", "labels[...]"),
        ("POST", "/api/v1/tasks", b"", 422, "VALIDATION_ERROR", "node"),
        ("POST", "/api/v1/tasks", b'{"node":"nobody","kind":"collect_facts"}', 404, "NOT_FOUND", None),
    ],
)
async def test_what_is_refused(
    shared_plane: ControlPlane,
    method: str,
    target: str,
    body: bytes,
    status: int,
    code: str,
    field: str | None,
) -> None:
    answer = await authentic(shared_plane, method, target, body)
    assert (answer.status, answer.code) == (status, code), answer.body
    error = answer.json["error"]
    assert set(error) <= {"code", "message", "details", "next_step", "request_id"}
    assert "\n" not in error["message"]
    if field is not None:
        assert [detail["field"] for detail in error["details"]] == [field]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "server" not in answer.headers


@pytest.fixture
async def shared_plane(tmp_path: Path) -> Any:
    async with control_plane(tmp_path) as plane:
        yield plane


async def test_bodies_are_bounded_in_size_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with control_plane(tmp_path) as plane:

        def begin(path: str, length: int) -> Answer:
            """Announce so many bytes and send one of them."""
            with connection(plane) as made:
                made.putrequest("POST", path)
                made.putheader("Content-Length", str(length))
                made.endheaders(b"{")
                return Answer(made.getresponse())

        for path in ("/api/v1/nodes/tokens", "/v1/join"):
            large = await trio.to_thread.run_sync(begin, path, MAX_BODY_BYTES + 1)
            assert (large.status, large.code) == (413, "PAYLOAD_TOO_LARGE")
        monkeypatch.setattr("nimbus.http.door.BODY_TIMEOUT_S", 0.2)
        for path in ("/api/v1/nodes/tokens", "/v1/join"):
            slow = await trio.to_thread.run_sync(begin, path, 100)
            assert (slow.status, slow.code) == (400, "MALFORMED")


async def test_envelopes_and_links(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        for name in ("a", "b", "c"):
            await plane.agent(name)
        answer = await authentic(plane, "GET", "/api/v1/nodes?per_page=2&nonce=x")
        assert answer.json["meta"] == {"page": 1, "per_page": 2, "total": 3}
        assert answer.json["links"] == {
            "self": "/api/v1/nodes?per_page=2&page=1",
            "next": "/api/v1/nodes?per_page=2&page=2",
            "prev": None,
        }
        assert answer.headers["x-request-id"]
        second = await authentic(plane, "GET", answer.json["links"]["next"])
        assert [node["name"] for node in second.json["data"]] == ["c"]
        assert second.json["links"]["prev"].endswith("page=1")
        everybody = await plane.call(lambda client: client.get_all("/api/v1/agents"))
        assert [node["name"] for node in everybody] == ["a", "b", "c"]


async def test_what_is_public(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        ca = await send(plane, "GET", "/v1/ca")
        assert ca.body == Path(plane.profile.ca_file).read_bytes()
        assert (await send(plane, "GET", "/healthz")).json == {"status": "ok"}
        assert (await send(plane, "GET", "/readyz")).json == {"status": "ready"}
        script = await send(plane, "GET", "/install-agent.sh")
        assert script.body.startswith(b"#!/bin/sh")
        for body, status, code in ((b"{", 400, "MALFORMED"), (b"{}", 422, "VALIDATION_ERROR")):
            refused = await send(plane, "POST", "/v1/join", body)
            assert (refused.status, refused.code) == (status, code)
        assert (await send(plane, "POST", "/v1/join/complete", b'{"secret":"unknown"}')).status == 202


async def test_an_error_nobody_foresaw_tells_an_outsider_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("the inner secret")

    async with control_plane(tmp_path) as plane:
        monkeypatch.setattr("nimbus.fleet.nodes.store.select", broken)
        answer = await authentic(plane, "GET", "/api/v1/nodes")
        assert (answer.status, answer.code) == (500, "INTERNAL")
        assert b"inner secret" not in answer.body
        assert answer.headers["x-request-id"] == answer.json["error"]["request_id"]


async def test_the_client_says_what_is_wrong(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        other = tmp_path / "other.crt"
        from nimbus.trust.pki import authority
        from tests.kit.clock import SettableClock

        other.write_text(authority.load_or_create(tmp_path / "other", SettableClock().now()).certificate_pem)
        wrong_ca = Profile(plane.profile.api, "k", "s", str(other))
        cases: list[tuple[Profile, type[NimbusError], str]] = [
            (wrong_ca, Unreachable, "is not trusted"),
            (Profile("https://127.0.0.1:1", "k", "s", plane.profile.ca_file), Unreachable, "does not answer"),
            (Profile(plane.profile.api, "k", "s", plane.profile.ca_file), ApiError, "is wrong"),
            (Profile(plane.profile.api, "", "", plane.profile.ca_file), ApiError, "who it is from"),
        ]
        for profile, kind, words in cases:
            with pytest.raises(kind) as caught:
                await trio.to_thread.run_sync(functools.partial(Client(profile).get, "/api/v1/nodes"))
            assert words in caught.value.line()
            assert caught.value.next_step
            assert "\n" not in caught.value.line()


async def test_equal_requests_within_a_second_are_two(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:

        def many(client: Client) -> set[str]:
            return {client.post("/api/v1/nodes/tokens", {})["token"] for _ in range(5)}

        assert len(await plane.call(many)) == 5
