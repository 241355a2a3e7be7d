from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.http.agents.head import Head, HeadCache, Refused, parse_head
from nimbus.http.agents.limits import Limits

LIMITS = Limits()


def parse(text: bytes, limits: Limits = LIMITS) -> Head:
    return parse_head(text, limits)


def test_a_plain_request() -> None:
    head = parse(
        b"GET /v1/internal/tasks/n%201?wait=25&wait=5&x=a%26b&y= HTTP/1.1\r\n"
        b"Host: cp\r\nNimbus-Protocol: 1\r\nAccept: a\r\naccept: b\r\n\r\n"
    )
    assert head.method == "GET"
    assert head.path == "/v1/internal/tasks/n 1"
    assert head.query() == {"wait": "5", "x": "a&b", "y": ""}
    assert head.headers["nimbus-protocol"] == "1"
    assert head.headers["accept"] == "a, b"
    assert head.content_length == 0
    assert head.keep_alive
    assert not head.expects_continue


def test_the_query_of_one_caller_is_not_that_of_another() -> None:
    head = parse(b"GET /?a=1 HTTP/1.1\r\nHost: cp\r\n\r\n")
    head.query()["a"] = "2"
    assert head.query() == {"a": "1"}


@pytest.mark.parametrize(
    ("lines", "keep_alive", "expects"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n", True, True),
        (b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", False, False),
        (b"POST / HTTP/1.0\r\nConnection: keep-alive\r\n", False, False),
        (b"POST / HTTP/1.0\r\nExpect: 100-continue\r\n", False, False),
    ],
)
def test_what_becomes_of_the_connection(lines: bytes, keep_alive: bool, expects: bool) -> None:
    head = parse(lines + b"\r\n")
    assert (head.keep_alive, head.expects_continue) == (keep_alive, expects)


LINE = b"POST /x HTTP/1.1\r\nHost: a\r\n"

REFUSED = {
    "length and coding": (400, LINE + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
    "coding and length": (400, LINE + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
    "two lengths": (400, LINE + b"Content-Length: 3\r\nContent-Length: 4\r\n"),
    "two equal lengths": (400, LINE + b"Content-Length: 3\r\nContent-Length: 3\r\n"),
    "a list of lengths": (400, LINE + b"Content-Length: 3, 3\r\n"),
    "signed length": (400, LINE + b"Content-Length: +3\r\n"),
    "negative length": (400, LINE + b"Content-Length: -3\r\n"),
    "hexadecimal length": (400, LINE + b"Content-Length: 0x3\r\n"),
    "spaced length": (400, LINE + b"Content-Length: 3 3\r\n"),
    "empty length": (400, LINE + b"Content-Length:\r\n"),
    "overflowing length": (400, LINE + b"Content-Length: 18446744073709551617\r\n"),
    "chunked": (411, LINE + b"Transfer-Encoding: chunked\r\n"),
    "chunked twice": (400, LINE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "unknown coding": (501, LINE + b"Transfer-Encoding: gzip, chunked\r\n"),
    "obfuscated coding": (400, LINE + b"Transfer-Encoding : chunked\r\n"),
    "too large": (413, LINE + b"Content-Length: 1048577\r\n"),
    "folded": (400, LINE + b"A: b\r\n c\r\n"),
    "folded first": (400, b"POST /x HTTP/1.1\r\n Host: a\r\n"),
    "bare line feed": (400, b"POST /x HTTP/1.1\r\nHost: a\nContent-Length: 3\r\n"),
    "bare carriage return": (400, b"POST /x HTTP/1.1\r\nHost: a\rContent-Length: 3\r\n"),
    "head within the head": (400, b"GET / HTTP/1.1\r\nHost: a\n\nGET /b HTTP/1.1\r\n"),
    "nul in header": (400, LINE + b"A: b\x00c\r\n"),
    "control in header": (400, LINE + b"A: b\x01c\r\n"),
    "nameless header": (400, LINE + b": b\r\n"),
    "no colon": (400, LINE + b"Ab\r\n"),
    "nul in path": (400, b"GET /a\x00b HTTP/1.1\r\nHost: a\r\n"),
    "encoded nul": (400, b"GET /a%00b HTTP/1.1\r\nHost: a\r\n"),
    "encoded slash": (400, b"GET /a%2Fb HTTP/1.1\r\nHost: a\r\n"),
    "encoded line": (400, b"GET /a%0d%0ab HTTP/1.1\r\nHost: a\r\n"),
    "broken encoding": (400, b"GET /a%2 HTTP/1.1\r\nHost: a\r\n"),
    "percent alone": (400, b"GET /a%% HTTP/1.1\r\nHost: a\r\n"),
    "not UTF-8": (400, b"GET /a%ff HTTP/1.1\r\nHost: a\r\n"),
    "raw high byte": (400, b"GET /a\xff HTTP/1.1\r\nHost: a\r\n"),
    "fragment": (400, b"GET /a#b HTTP/1.1\r\nHost: a\r\n"),
    "quote in path": (400, b'GET /a"b HTTP/1.1\r\nHost: a\r\n'),
    "absolute form": (400, b"GET http://a/b HTTP/1.1\r\nHost: a\r\n"),
    "asterisk form": (400, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n"),
    "connect": (501, b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n"),
    "upgrade": (400, LINE + b"Connection: upgrade\r\nUpgrade: h2c\r\n"),
    "upgrade alone": (400, LINE + b"Upgrade: websocket\r\n"),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n"),
    "HTTP/2.0": (505, b"GET / HTTP/2.0\r\nHost: a\r\n"),
    "HTTP/0.9": (400, b"GET /\r\n"),
    "HTTP/1.2": (505, b"GET / HTTP/1.2\r\nHost: a\r\n"),
    "lower-case version": (400, b"GET / http/1.1\r\nHost: a\r\n"),
    "other protocol": (400, b"DESCRIBE /x RTSP/1.0\r\nHost: a\r\n"),
    "two spaces": (400, b"GET  / HTTP/1.1\r\nHost: a\r\n"),
    "tab": (400, b"GET\t/ HTTP/1.1\r\nHost: a\r\n"),
    "space at the end": (400, b"GET / HTTP/1.1 \r\nHost: a\r\n"),
    "unknown method": (501, b"FOO / HTTP/1.1\r\nHost: a\r\n"),
    "lower-case method": (501, b"get / HTTP/1.1\r\nHost: a\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n"),
    "two hosts": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n"),
    "other expectation": (417, LINE + b"Expect: gold\r\n"),
    "empty": (400, b"\r\n"),
    "too many parameters": (400, b"GET /?" + b"a&" * 64 + b" HTTP/1.1\r\nHost: a\r\n"),
    "too many headers": (431, LINE + b"A: b\r\n" * 64),
    "long target": (414, b"GET /" + b"a" * 8192 + b" HTTP/1.1\r\nHost: a\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    status, lines = REFUSED[name]
    with pytest.raises(Refused) as caught:
        parse(lines + b"\r\n")
    assert caught.value.status == status
    assert "\n" not in caught.value.message


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_refused(garbage: bytes) -> None:
    status = 200
    try:
        parse(garbage.replace(b"\r\n\r\n", b"") + b"\r\n\r\n")
    except Refused as refused:
        status = refused.status
    assert status == 200 or 400 <= status <= 599


TOKEN = st.text("abcXYZ019-_", min_size=1, max_size=12)
VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)


@settings(deadline=None)
@given(
    st.dictionaries(TOKEN.map(lambda name: f"x-{name}".lower()), VALUE, max_size=10), st.integers(0, 1 << 20)
)
def test_what_is_sent_is_what_is_read(headers: dict[str, str], length: int) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = parse(f"PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{lines}\r\n".encode())
    assert head.content_length == length
    assert {name: head.headers[name] for name in headers} == headers


def test_the_cache_answers_as_the_parser_does_and_stays_bounded() -> None:
    cache = HeadCache(LIMITS)
    first = cache.parse(b"GET /0 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert cache.parse(b"GET /0 HTTP/1.1\r\nHost: a\r\n\r\n") is first
    for number in range(1, 5000):
        assert cache.parse(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number).path == f"/{number}"
    assert cache.size <= 4096
    with pytest.raises(Refused):
        cache.parse(b"GET / HTTP/9.9\r\n\r\n")
