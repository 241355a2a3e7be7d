"""Request heads: strict parsing of one complete head (RFC 9112), and a cache of those seen before."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote_to_bytes

import httptools

from nimbus.http.agents.limits import Limits
from nimbus.protocol.errors import NimbusError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SINGLE = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
_PATH_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/%")
_HEX = frozenset(b"0123456789abcdefABCDEF")
_CACHED_HEAD_BYTES = 1024
_QUERY_FIELDS = 64


class Refused(NimbusError):
    """A request that is not handled. `status` is the HTTP status; the connection ends after it."""

    code = "MALFORMED"

    def __init__(self, status: int, message: str, code: str = "MALFORMED") -> None:
        super().__init__(message, code=code, next_step="Send a well-formed HTTP/1.1 request.")
        self.status = status


class Head:
    """A parsed head. Immutable: the cache hands the same one to many connections."""

    __slots__ = (
        "_query",
        "_query_text",
        "content_length",
        "expects_continue",
        "headers",
        "keep_alive",
        "method",
        "path",
        "target",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query_text: str,
        headers: Mapping[str, str],
        *,
        content_length: int,
        keep_alive: bool,
        expects_continue: bool,
        target: str = "",
    ) -> None:
        self.method = method
        self.target = target
        """Path with query as sent: what a signature is over."""
        self.path = path
        self._query_text = query_text
        self._query: dict[str, str] | None = None
        self.headers = headers
        self.content_length = content_length
        self.keep_alive = keep_alive
        self.expects_continue = expects_continue

    def query(self) -> dict[str, str]:
        """A fresh dictionary of the parameters (last one wins, bytes that are not UTF-8 replaced)."""
        if self._query is None:
            text = self._query_text
            if "%" in text or "+" in text:
                self._query = dict(parse_qsl(text, keep_blank_values=True))
            else:  # every poll of an agent: the same without its cost
                self._query = {
                    name: value for name, _, value in (p.partition("=") for p in text.split("&") if p)
                }
        return self._query.copy()


class _Collector:
    """Callbacks of the parser."""

    __slots__ = ("complete", "headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = 0

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.complete += 1


def parse_head(data: bytes, limits: Limits) -> Head:
    """Parse one head that ends in its empty line. Raises `Refused` with the status to answer.

    Stricter than RFC 9112 demands: no bare CR or LF, no transfer coding, no upgrade, origin-form only.
    """
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        raise Refused(400, "A line of the head does not end in CRLF")
    line = data[: data.index(b"\r\n")].split(b" ")
    if len(line) != 3 or not line[2].startswith(b"HTTP/"):
        raise Refused(400, "The request line is not METHOD TARGET HTTP/1.1")
    if line[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Refused(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here", "VERSION_NOT_SUPPORTED")
    if line[0] == b"CONNECT":
        raise Refused(501, "CONNECT is not supported", "NOT_SUPPORTED")
    if len(line[1]) > limits.target_bytes:
        raise Refused(414, "The request target is too long", "TARGET_TOO_LONG")
    collected = _collect(data)
    if len(collected.headers) > limits.header_count:
        raise Refused(431, "There are too many headers", "HEAD_TOO_LARGE")
    fields = _fields(collected.headers)
    path, query_text = _target(collected.target)
    return Head(
        line[0].decode("ascii"),
        path,
        query_text,
        MappingProxyType({name.decode("ascii"): value.decode("latin-1") for name, value in fields.items()}),
        content_length=_length(fields, limits),
        # HTTP/1.0 peers are answered and closed: what "keep-alive" meant there was never a standard.
        keep_alive=line[2] == b"HTTP/1.1" and not _says_close(fields),
        expects_continue=_expects_continue(fields, line[2]),
        target=collected.target.decode("latin-1"),
    )


def _collect(data: bytes) -> _Collector:
    collected = _Collector()
    parser = httptools.HttpRequestParser(collected)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade as error:
        raise Refused(400, "Upgrades are not supported", "NOT_SUPPORTED") from error
    except httptools.HttpParserInvalidMethodError as error:
        raise Refused(501, "The method is not known", "NOT_SUPPORTED") from error
    except httptools.HttpParserError as error:
        raise Refused(400, f"Malformed head: {error}") from error
    if collected.complete != 1:
        raise Refused(400, "The head is not one request")
    return collected


def _fields(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in fields:
            if name in _SINGLE:
                raise Refused(400, f"The header {name.decode('ascii')} is there twice")
            fields[name] += b", " + value
        else:
            fields[name] = value
    return fields


def _length(fields: dict[bytes, bytes], limits: Limits) -> int:
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        # The parser has refused it together with a length, which is how requests are smuggled.
        if coding.strip().lower() == b"chunked":
            raise Refused(411, "Send the body with a Content-Length", "LENGTH_REQUIRED")
        raise Refused(501, "Transfer codings are not supported", "NOT_SUPPORTED")
    text = fields.get(b"content-length", b"0").strip()
    if not text.isdigit() or len(text) > 19:
        raise Refused(400, "Content-Length is not a number")
    if int(text) > limits.body_bytes:
        raise Refused(413, f"The body is larger than {limits.body_bytes} bytes", "BODY_TOO_LARGE")
    return int(text)


def _expects_continue(fields: dict[bytes, bytes], version: bytes) -> bool:
    if b"upgrade" in fields:
        raise Refused(400, "Upgrades are not supported", "NOT_SUPPORTED")
    if version == b"HTTP/1.0":
        return False  # RFC 9110, 10.1.1: an expectation of an HTTP/1.0 peer is ignored
    if b"host" not in fields:
        raise Refused(400, "The Host header is missing")
    expectation = fields.get(b"expect")
    if expectation is None:
        return False
    if expectation.strip().lower() != b"100-continue":
        raise Refused(417, "Only Expect: 100-continue is supported", "EXPECTATION_FAILED")
    return True


def _says_close(fields: dict[bytes, bytes]) -> bool:
    # Not asked of the parser: it forgets the header once a message without a body is complete.
    return b"close" in [option.strip() for option in fields.get(b"connection", b"").lower().split(b",")]


def _target(target: bytes) -> tuple[str, str]:
    if not target.startswith(b"/"):
        raise Refused(400, "The request target must be a path")
    if b"#" in target:
        raise Refused(400, "The request target holds a fragment")
    raw, _, query = target.partition(b"?")
    if not _PATH_BYTES.issuperset(raw):
        raise Refused(400, "The path holds a character that must be percent-encoded")
    if query.count(b"&") >= _QUERY_FIELDS:
        raise Refused(400, "The query has too many parameters")
    return _path(raw), query.decode("ascii", "replace")


def _path(raw: bytes) -> str:
    if b"%" not in raw:
        return raw.decode("ascii")
    for piece in raw.split(b"%")[1:]:
        if len(piece) < 2 or not _HEX.issuperset(piece[:2]):
            raise Refused(400, "The path holds a broken percent-encoding")
        octet = int(piece[:2], 16)
        if octet < 0x20 or octet in (0x2F, 0x5C, 0x7F):
            raise Refused(400, "The path holds an encoded slash or control character")
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, "The path is not UTF-8") from error


class HeadCache:
    """Heads by their exact bytes: an agent sends the same few all day.

    A head depends on its bytes and the limits alone, so sharing it between nodes shares nothing of theirs.
    Bounded (`limits.cached_heads` of at most 1 KiB): emptied when full.
    """

    __slots__ = ("_heads", "_limits")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._heads: dict[bytes, Head] = {}

    @property
    def size(self) -> int:
        """How many heads it holds."""
        return len(self._heads)

    def parse(self, data: bytes) -> Head:
        """As `parse_head`."""
        head = self._heads.get(data)
        if head is None:
            head = parse_head(data, self._limits)
            if len(data) <= _CACHED_HEAD_BYTES and self._limits.cached_heads:
                if len(self._heads) >= self._limits.cached_heads:
                    self._heads.clear()
                self._heads[data] = head
        return head
