"""Response bytes: head and body in one piece (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import formatdate
from http import HTTPStatus

import msgspec

from nimbus.http.agents.messages import AgentResponse

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BODILESS = frozenset({204, 304})
_MEDIA_TYPE = re.compile(r"[\x20-\x7e]+", re.ASCII)
_CACHED_PREFIXES = 256


def error_response(
    status: int, code: str, message: str, details: Sequence[dict[str, str]] = (), *, request_id: str = ""
) -> AgentResponse:
    """The error envelope, one line of JSON. `request_id` finds the traceback of a 500 in the log."""
    error: dict[str, object] = {"code": code, "message": message, "details": list(details)}
    if request_id:
        error["request_id"] = request_id
    return AgentResponse(status, msgspec.json.encode({"error": error}))


CERTIFICATE_REVOKED = error_response(
    403, "CERTIFICATE_REVOKED", "The certificate of this node is not accepted any more"
)
CERTIFICATE_UNKNOWN = error_response(
    503, "CERTIFICATE_UNKNOWN", "The control plane has no record of this certificate; try again"
)


class ResponseEncoder:
    """Turns responses into bytes; keeps what does not change between them, and the date (`tick`)."""

    __slots__ = ("_date", "_prefixes")

    def __init__(self, wall_time: float) -> None:
        self._prefixes: dict[tuple[int, str], bytes] = {}
        self._date = b""
        self.tick(wall_time)

    def tick(self, wall_time: float) -> None:
        """Set the Date header (RFC 9110, 6.6.1); Unix time in seconds."""
        self._date = formatdate(wall_time, usegmt=True).encode("ascii")

    def encode(self, response: AgentResponse, *, close: bool = False, head_only: bool = False) -> bytes:
        """The whole response. `close` announces that the connection ends; `head_only` answers HEAD.

        Raises `ValueError` for a status outside 200 to 599 or a content type that is no header value.
        """
        prefix = self._prefixes.get((response.status, response.content_type))
        if prefix is None:
            prefix = self._prefix(response)
        body = response.body
        end = b"\r\nConnection: close\r\n\r\n" if close else b"\r\n\r\n"
        if response.content_range:
            end = b"\r\nContent-Range: %b%b" % (response.content_range.encode("ascii"), end)
        if response.status in _BODILESS:
            return b"%b%b%b" % (prefix, self._date, end)
        return b"%b%b\r\nContent-Length: %d%b%b" % (
            prefix,
            self._date,
            len(body),
            end,
            b"" if head_only else body,
        )

    def _prefix(self, response: AgentResponse) -> bytes:
        if not 200 <= response.status <= 599:
            raise ValueError(f"{response.status} is no final HTTP status")
        if not _MEDIA_TYPE.fullmatch(response.content_type):
            raise ValueError("the content type is no header value")
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = ""
        lines = f"HTTP/1.1 {response.status} {phrase}\r\n"
        if response.status not in _BODILESS:
            lines += f"Content-Type: {response.content_type}\r\n"
        prefix = f"{lines}Date: ".encode("ascii")
        if len(self._prefixes) >= _CACHED_PREFIXES:
            self._prefixes.clear()
        self._prefixes[response.status, response.content_type] = prefix
        return prefix
