"""How large the head of a request may be: the same on HTTP/1.1 and HTTP/2, whatever their parsers would take."""

from __future__ import annotations

from typing import Any

from nimbus.http.errors import envelope
from nimbus.kernel.ids import new_id
from nimbus.protocol.errors import NimbusError

MAX_HEAD_BYTES = 16 * 1024
MAX_HEADERS = 100
# Of a line "name: value" what stands around both.
_AROUND = 4


class HeadTooLarge(NimbusError):
    code = "HEAD_TOO_LARGE"
    STATUS = 431

    def __init__(self) -> None:
        super().__init__(
            f"the request's head is larger than {MAX_HEAD_BYTES} bytes or has more than {MAX_HEADERS} headers",
            next_step="Send a shorter address, and fewer or shorter headers and cookies.",
        )


def is_too_large(scope: Any) -> bool:
    """`scope`: of a request or a WebSocket in ASGI. Counted as HTTP/1.1 would write it."""
    headers = scope["headers"]
    size = len(scope["raw_path"]) + len(scope["query_string"]) + len(scope.get("method", "GET"))
    size += sum(len(name) + len(value) + _AROUND for name, value in headers)
    return len(headers) > MAX_HEADERS or size > MAX_HEAD_BYTES


class BoundedHeads:
    """An ASGI application around another one."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket") or not is_too_large(scope):
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await _refuse(scope, send)


async def _refuse(scope: Any, send: Any) -> None:
    request_id = new_id()
    body = envelope(HeadTooLarge(), request_id)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode()),
    ]
    if scope["http_version"].startswith("1"):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": HeadTooLarge.STATUS, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
