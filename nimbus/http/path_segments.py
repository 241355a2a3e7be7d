"""A slash within a segment of a path (`/workspaces/acme%2Fweb`): RFC 3986 section 2.2 tells it from one between
segments, and ASGI's `path`, which is decoded whole, does not."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

_BELOW = b"/api/v1/"
# Stands for it until the route is found: a character of private use, which is taken out of what clients send.
_STAND_IN, _TAKEN_OUT = "\ue02f", "\ufffd"


class SegmentsKept:
    """ASGI application around another."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        raw: bytes = scope.get("raw_path", b"")
        if raw.startswith(_BELOW) and b"%2f" in raw.lower():
            scope = {**scope, "path": _path_of(raw)}
        elif _STAND_IN in scope.get("path", ""):
            scope = {**scope, "path": scope["path"].replace(_STAND_IN, _TAKEN_OUT)}
        await self._application(scope, receive, send)


def _path_of(raw: bytes) -> str:
    segments = raw.decode("ascii", "replace").partition("?")[0].split("/")
    return "/".join(
        unquote(segment).replace(_STAND_IN, _TAKEN_OUT).replace("/", _STAND_IN) for segment in segments
    )


def as_sent(value: str) -> str:
    """The value of a parameter in the path."""
    return value.replace(_STAND_IN, "/")


def as_link(path: str) -> str:
    """The path of a request, as it is asked for again."""
    return path.replace(_STAND_IN, "%2F")
