"""Requests as a program sends them: an API key (or nothing) in a header, one connection, no client of ours."""

from __future__ import annotations

import http.client
import json
import ssl
from types import TracebackType
from typing import Any

import trio

from tests.kit.control_plane import ControlPlane


class Reply:
    """`body` as it came; `data` and `code` of the envelope."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.json["error"]["message"])

    def __repr__(self) -> str:
        return f"Reply({self.status}, {self.body[:300]!r})"


class Requester:
    """Blocks; use it in a thread. `api_key` "": a stranger."""

    def __init__(self, plane: ControlPlane, api_key: str = "", **headers: str) -> None:
        context = ssl.create_default_context(cafile=plane.profile.ca_file)
        self._connection = http.client.HTTPSConnection(*plane.api_address, timeout=30, context=context)
        self._headers = {**({"X-API-Key": api_key} if api_key else {}), **headers}

    def __enter__(self) -> Requester:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        """`headers` with underscores for dashes; a body of bytes goes as it is."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, target, body=content, headers={**self._headers, **given})
        response = self._connection.getresponse()
        return Reply(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )

    def get(self, target: str, **headers: str) -> Reply:
        return self.send("GET", target, **headers)

    def post(self, target: str, body: Any = None, **headers: str) -> Reply:
        return self.send("POST", target, body, **headers)


def secret_of(api_key: str) -> str:
    """What follows the second `_`: a secret may have more of them."""
    return api_key.split("_", 2)[2]


async def send(
    plane: ControlPlane, method: str, target: str, body: Any = None, *, api_key: str = "", **headers: str
) -> Reply:
    """On a connection of its own, in a thread."""

    def ask() -> Reply:
        with Requester(plane, api_key) as requester:
            return requester.send(method, target, body, **headers)

    return await trio.to_thread.run_sync(ask)
