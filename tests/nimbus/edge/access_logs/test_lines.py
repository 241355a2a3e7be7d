"""Lines of nginx's become entries; whatever else comes is kept as it is, and never raises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.edge.access_logs.lines import MAX_RAW, NO_ID, NOTHING, Entry, milliseconds, read_lines

NOW_MS = 1_796_000_000_000
HOST = "4a2c2ad0-0000-4000-8000-000000000001"
GOOD = {
    "time": "1795999999.250",
    "virtual_host": HOST,
    "remote_addr": "192.0.2.7",
    "method": "GET",
    "uri": "/a?b=c",
    "protocol": "HTTP/1.1",
    "host": "www.example",
    "status": "200",
    "body_bytes_sent": "1234",
    "request_time": "0.250",
    "upstream_addr": "10.0.0.1:80",
    "upstream_response_time": "0.249",
    "user_agent": "curl/8",
    "referer": "",
    "request_id": "00112233445566778899aabbccddeeff",
}


def line(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def read(text: bytes) -> tuple[list[Entry], int, int]:
    found = read_lines(text, "node-1", "workspace-1", {HOST: "workspace-2"}, NOW_MS)
    return found.entries, found.bad, found.refused


def test_a_line_is_an_entry_of_the_host_s_workspace() -> None:
    (entry,), bad, refused = read(line() + b"\n")
    assert (bad, refused) == (0, 0)
    assert entry.at == 1_795_999_999_250
    assert tuple(entry.place) == ("node-1", HOST, "workspace-2")
    assert (entry.status, entry.size, entry.duration, entry.upstream_time) == (200, 1234, 250, 249)
    assert entry.request_id.hex() == GOOD["request_id"]


def test_a_name_that_nobody_serves_belongs_to_the_node_s_workspace() -> None:
    (entry,), _, _ = read(line(virtual_host=""))
    assert tuple(entry.place) == ("node-1", "", "workspace-1")


def test_a_node_is_not_believed_about_hosts_of_others() -> None:
    assert read(line(virtual_host="4a2c2ad0-0000-4000-8000-000000000002")) == ([], 0, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.001", 1),
        ("-", NOTHING),
        ("", NOTHING),
        ("0.001, 0.020", 21),
        ("0.001 : -, 0.5", 501),
        ("-, -", NOTHING),
        ("1e308", NOTHING),
        ("nan", NOTHING),
        ("inf", NOTHING),
        ("-1", NOTHING),
        ("x", NOTHING),
        ("1,1e308", 1000),
    ],
)
def test_times_of_upstreams_are_summed_up(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b"[]",
        b'{"time":"1"',
        line(status=200),
        line(status="1e308"),
        line(status="99999"),
        line(body_bytes_sent="-1"),
        line(body_bytes_sent="9" * 400),
        line(body_bytes_sent="9" * 5000),
        line(time="nan"),
        line(time="1e308"),
        line(time="2999999999"),
        line(time="0"),
        b'{"time":"\\ud800","status":"200"}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"x" * 1_000_000,
        b'{"time":"' + b"1" * 1_000_000 + b'"}',
    ],
)
def test_what_cannot_be_read_is_kept_as_it_came(bad: bytes) -> None:
    entries, count, refused = read(line() + b"\n" + bad + b"\n" + line())
    assert (len(entries), count, refused) == (3, 1, 0)
    raw = entries[1]
    assert raw.raw == bad[: 4 * MAX_RAW].decode("utf-8", "replace")[:MAX_RAW]
    assert (raw.at, raw.status, raw.uri, raw.request_id) == (NOW_MS, 0, "", NO_ID)
    assert tuple(raw.place) == ("node-1", "", "workspace-1")


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    (entry,), bad, _ = read(line(uri="/MARK").replace(b"MARK", b"\xff\xe4"))
    assert (entry.uri, bad) == ("/\ufffd\ufffd", 0)


@given(st.binary(max_size=300))
def test_no_bytes_raise(text: bytes) -> None:
    entries, bad, refused = read(text)
    assert len(entries) == bad
    assert refused == 0
