"""Compressed answers: which, for whom, and never one with a secret in it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import msgspec
import trio

from nimbus.http.compression import INLINE_BYTES, MIN_BYTES, coding_for, compressed, is_compressible
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Call, Route
from nimbus.people.identity.sessions.records import SignedIn
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.declared_routes import declared_routes
from tests.kit.raw_http import body_of, connect, received

# Parts of names of what nobody else may see, and the fields that are called so and are none.
SECRET = re.compile("token|password|private|secret|api_key|challenge|recovery|totp|cookie|code$|value$")
NONE = {"password_changed_at", "GroupMappingView.value", "SettingView.value"}


async def _nothing(_call: Call) -> None: ...


LIST = Route("GET", "/api/v1/nodes", _nothing, Permission.AGENT_READ, "List nodes")


def test_who_accepts_it_gets_it() -> None:
    for accepted, coding in (
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("", ""),
        ("br", ""),
        ("identity", ""),
        ("gzip;q=0", ""),
        ("gzip;q=0, *", ""),
    ):
        assert coding_for(LIST, accepted, MIN_BYTES) == coding, accepted
    assert coding_for(LIST, "gzip", MIN_BYTES - 1) == ""


def texts_of(answer: Any) -> set[str]:
    """`Type.field` of each field of an answer that is a text, at whatever depth it is."""
    found: set[str] = set()
    known: set[type] = set()

    def look(kind: msgspec.inspect.Type) -> None:
        if isinstance(kind, msgspec.inspect.StructType) and kind.cls not in known:
            known.add(kind.cls)
            for field in kind.fields:
                if isinstance(field.type, msgspec.inspect.StrType):
                    found.add(f"{kind.cls.__name__}.{field.encode_name}")
                look(field.type)
        for inner in ("item_type", "value_type"):
            if hasattr(kind, inner):
                look(getattr(kind, inner))
        for one in (*getattr(kind, "types", ()), *getattr(kind, "item_types", ())):
            look(one)

    look(msgspec.inspect.type_info(answer))
    return found


def test_what_answers_with_a_secret_is_never_compressed() -> None:
    assert "SignedIn.access_token" in texts_of(SignedIn)
    for route in filter(is_compressible, declared_routes()):
        assert route.method == "GET"
        telling = {name for name in texts_of(route.answer) if SECRET.search(name.partition(".")[2])}
        assert {name for name in telling if not {name, name.partition(".")[2]} & NONE} == set(), route.path
    plain = {
        route.path for route in declared_routes() if route.method == "GET" and not is_compressible(route)
    }
    assert {"/api/v1/secrets/{secret}/value", "/api/v1/sessions", "/api/v1/whoami"} <= plain


async def test_nothing_is_lost_of_what_is_large() -> None:
    for size in (MIN_BYTES, INLINE_BYTES, INLINE_BYTES + 1, 1024 * 1024):
        content = bytes(range(256)) * (size // 256 + 1)
        assert gzip.decompress(await compressed(content)) == content


async def test_over_the_wire(tmp_path: Path) -> None:
    key = ""

    def ask(plane: ControlPlane, path: str, *headers: str) -> tuple[dict[str, str], bytes]:
        head = "\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", f"X-API-Key: {key}", *headers))
        with connect(plane) as sock:
            sock.sendall(f"{head}\r\n\r\n".encode())
            answer = received(sock)
        first, *lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        found = dict(line.lower().split(": ", 1) for line in lines)
        return {"status": first.split(" ")[1], **found}, body_of(answer)

    def talk(plane: ControlPlane) -> None:
        accepts = "Accept-Encoding: gzip, br"
        plain, content = ask(plane, "/api/v1/roles")
        packed, bytes_of = ask(plane, "/api/v1/roles", accepts)
        assert "content-encoding" not in plain
        assert packed["content-encoding"] == "gzip"
        assert plain["vary"] == packed["vary"] == "accept, accept-encoding"
        assert gzip.decompress(bytes_of) == content
        assert len(bytes_of) < len(content) / 3
        assert plain["etag"] != packed["etag"]
        same, nothing = ask(plane, "/api/v1/roles", accepts, f"If-None-Match: {packed['etag']}")
        assert (same["status"], same["etag"], nothing) == ("304", packed["etag"], b"")
        assert same["vary"] == "accept, accept-encoding"
        exported, rows = ask(plane, "/api/v1/audit-log/export?format=csv", accepts)
        assert exported["content-encoding"] == "gzip"
        assert b"personal" in gzip.decompress(rows) or b"key.create" in gzip.decompress(rows)
        assert "content-encoding" not in ask(plane, "/api/v1/whoami", accepts)[0]

    async with control_plane(tmp_path) as plane:
        made = await plane.post("/api/v1/personal-keys", {"name": "packed", "kind": "api-key"})
        key = made["api_key"]
        await trio.to_thread.run_sync(talk, plane)
