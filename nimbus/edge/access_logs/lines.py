"""Lines as nginx writes them (`nimbus.edge.whole_nginx`), read into entries. Hostile lines are kept as raw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

# Bytes of a line that is read; longer ones are no request that nginx took with its default buffers.
MAX_LINE = 256 * 1024
MAX_URI, MAX_TEXT, MAX_WORD, MAX_RAW = 4096, 1024, 255, 2048
NO_ID = bytes(16)
NOTHING = 0xFFFF_FFFF
_LATEST_AHEAD_MS = 24 * 3600 * 1000
_EARLIEST_MS = 946_684_800_000


class Line(msgspec.Struct, gc=False):
    """nginx writes every value in quotes."""

    time: str
    status: str
    virtual_host: str = ""
    remote_addr: str = ""
    method: str = ""
    uri: str = ""
    protocol: str = ""
    host: str = ""
    body_bytes_sent: str = ""
    request_time: str = ""
    upstream_addr: str = ""
    upstream_response_time: str = ""
    user_agent: str = ""
    referer: str = ""
    request_id: str = ""


class Place(NamedTuple):
    """Whose request it was: the virtual host "" is the server for names that nobody serves."""

    node_id: str
    virtual_host_id: str
    workspace_id: str


class Entry(NamedTuple):
    """One request. Times in milliseconds, `at` since the Unix epoch; NOTHING: there is none. `raw` is set for a
    line that could not be read, and nothing else but `at` and `place` then."""

    at: int
    place: Place
    client: str
    method: str
    uri: str
    protocol: str
    host: str
    status: int
    size: int
    duration: int
    upstream: str
    upstream_time: int
    user_agent: str
    referer: str
    request_id: bytes
    raw: str


class Read(NamedTuple):
    """`bad`: lines kept as raw; `refused`: lines about virtual hosts that this node does not serve, which are not
    kept."""

    entries: list[Entry]
    bad: int
    refused: int


_decode = msgspec.json.Decoder(Line).decode


def read_lines(text: bytes, node_id: str, workspace_id: str, served: Mapping[str, str], now_ms: int) -> Read:
    """`served`: the virtual hosts of this node, each with its workspace."""
    places = {host: Place(node_id, host, workspace) for host, workspace in served.items()}
    places[""] = own = Place(node_id, "", workspace_id)
    entries: list[Entry] = []
    bad = refused = 0
    for line in text.split(b"\n"):
        if not line or line == b"\r":
            continue
        found = _line(line)
        entry = None if found is None else _entry(found, places, now_ms)
        if entry is not None:
            entries.append(entry)
        elif found is not None and found.virtual_host not in places:
            refused += 1
        else:
            bad += 1
            entries.append(_raw(line, own, now_ms))
    return Read(entries, bad, refused)


def _line(line: bytes) -> Line | None:
    if len(line) > MAX_LINE:
        return None
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # nginx passes bytes on that are not UTF-8.
    try:
        return _decode(line.decode("utf-8", "replace"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _entry(line: Line, places: Mapping[str, Place], now_ms: int) -> Entry | None:
    """None: there is no such request."""
    place = places.get(line.virtual_host)
    if place is None:
        return None
    try:
        at = round(float(line.time) * 1000)
        status, size = int(line.status), int(line.body_bytes_sent or 0)
    except (ValueError, OverflowError):
        return None
    if not (_EARLIEST_MS <= at <= now_ms + _LATEST_AHEAD_MS and 0 <= status <= 999 and 0 <= size < 2**62):
        return None
    return Entry(
        at,
        place,
        line.remote_addr[:MAX_WORD],
        line.method[:MAX_WORD],
        line.uri[:MAX_URI],
        line.protocol[:MAX_WORD],
        line.host[:MAX_WORD],
        status,
        size,
        milliseconds(line.request_time),
        "" if line.upstream_addr == "-" else line.upstream_addr[:MAX_TEXT],
        milliseconds(line.upstream_response_time),
        line.user_agent[:MAX_TEXT],
        line.referer[:MAX_TEXT],
        _request_id(line.request_id),
        "",
    )


def milliseconds(text: str) -> int:
    """Of seconds; of several (`0.001, 0.020 : 0.1`: tries and redirects) the sum. NOTHING where there are none."""
    try:
        return _milliseconds(text)
    except ValueError:
        pass
    total, known = 0, False
    for part in text[:MAX_TEXT].replace(":", ",").split(","):
        try:
            one = _milliseconds(part.strip())
        except ValueError:
            continue
        if one != NOTHING:
            total, known = total + one, True
    return min(total, NOTHING - 1) if known else NOTHING


def _milliseconds(text: str) -> int:
    """Raises ValueError."""
    if not text or text == "-":
        return NOTHING
    value = float(text)
    return round(value * 1000) if 0 <= value < 4_000_000 else NOTHING


def _request_id(text: str) -> bytes:
    if len(text) != 32:
        return NO_ID
    try:
        return bytes.fromhex(text)
    except ValueError:
        return NO_ID


def _raw(line: bytes, place: Place, now_ms: int) -> Entry:
    text = line[: 4 * MAX_RAW].decode("utf-8", "replace")[:MAX_RAW]
    return Entry(now_ms, place, "", "", "", "", "", 0, 0, NOTHING, "", NOTHING, "", "", NO_ID, text)
