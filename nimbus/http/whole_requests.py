"""An answer goes out after its request has come in.

An answer that is known early (no such path, too large, too many) leaves bytes on the way that nobody reads: the
server has to close the connection, and the next request that its client sends on it is lost. So the rest is waited
for and thrown away, for a bounded time and size; where it does not come, the answer says that the connection closes
(RFC 9112 section 9.6), and `operator_connection.py` sees to it that it arrives.
"""

from __future__ import annotations

from typing import Any

import trio

PATIENCE_S = 2.0
PATIENCE_BYTES = 64 * 1024 * 1024


class WholeRequests:
    """An ASGI application around another one."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        whole, enough, came = trio.Event(), trio.Event(), 0

        async def observed() -> Any:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                whole.set()
            if whole.is_set() or came > PATIENCE_BYTES:
                enough.set()
            return message

        async def sent_when_whole(message: Any) -> None:
            if message["type"] == "http.response.start" and not whole.is_set():
                with trio.move_on_after(PATIENCE_S):
                    await enough.wait()
                if not whole.is_set() and scope["http_version"].startswith("1"):
                    message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        await self._application(scope, observed, sent_when_whole)
