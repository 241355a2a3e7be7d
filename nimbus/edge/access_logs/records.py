"""Types of access logs, as the API has them."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from nimbus.edge.access_logs.search import Arrived, RowKey
from nimbus.kernel.hosts import network_of
from nimbus.kernel.shapes import Moment, matching, shaped, whole
from nimbus.records.audit.moments import from_rfc3339

PATH = "/api/v1/access-logs"
MAX_ROWS = 1000
MAX_TOP = 100
MAX_WAIT_S = 30.0
_STATUS = re.compile(r"([1-5])xx|([1-9][0-9]{2})(?:-([1-9][0-9]{2}))?")
_BEFORE = re.compile(r"([0-9]{1,15})-([0-9]{1,7})-([0-9]{1,12})")
AFTER = re.compile(r"([0-9]{1,7})-([0-9]{1,12})")
_METHOD = "[A-Za-z_-]{1,32}"

Status = Annotated[str, matching(r"([1-5]xx|[1-9][0-9]{2}(-[1-9][0-9]{2})?)", empty=True)]
Method = Annotated[str, matching(_METHOD, empty=True)]
Words = Annotated[str, shaped(maxLength=1024)]


class LogFilter(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`since` and `until` are RFC 3339. `node`, `virtual_host`: a name or id; `host`: the name that the client
    asked for. `status`: one (404), a class (5xx) or a range (400-429). `uri`: how the path with its query begins.
    `client`: an address or a network. `q`: text in the path, host, client, user agent, referer or upstream, in any
    case. `min_duration_ms`: only requests that took so long."""

    since: Moment | None = None
    until: Moment | None = None
    node: str = ""
    virtual_host: str = ""
    host: Annotated[str, shaped(maxLength=255)] = ""
    status: Status = ""
    method: Method = ""
    uri: Words = ""
    client: Annotated[str, shaped(maxLength=64)] = ""
    q: Words = ""
    min_duration_ms: Annotated[int, whole(0, 86_400_000)] = 0

    def __post_init__(self) -> None:
        for field, text in (("since", self.since), ("until", self.until)):
            if text is not None:
                try:
                    from_rfc3339(text)
                except ValueError as error:
                    raise ValueError(f"{field}: {error}") from None
        if self.status and _STATUS.fullmatch(self.status) is None:
            raise ValueError(
                "status: must be one such as 404, a class such as 5xx, or a range such as 400-429"
            )
        if self.method and re.fullmatch(_METHOD, self.method) is None:
            raise ValueError("method: must be a word such as GET")
        for field, most in (("uri", 1024), ("q", 1024), ("host", 255), ("client", 64)):
            if len(getattr(self, field)) > most:
                raise ValueError(f"{field}: must have at most {most} characters")
        if not 0 <= self.min_duration_ms <= 86_400_000:
            raise ValueError("min_duration_ms: must be from 0 to 86400000")
        if self.client:
            try:
                network_of(self.client, strict=False)
            except ValueError:
                raise ValueError("client: must be an address or a network, such as 192.0.2.0/24") from None

    @property
    def statuses(self) -> tuple[int, int]:
        """The least and the largest."""
        match = _STATUS.fullmatch(self.status)
        if match is None:
            return 0, 999
        if match[1]:
            return int(match[1]) * 100, int(match[1]) * 100 + 99
        return int(match[2]), int(match[3] or match[2])

    @property
    def network(self) -> str:
        return str(network_of(self.client, strict=False)) if self.client else ""


class LogQuery(LogFilter, forbid_unknown_fields=True, kw_only=True):
    """Newest first; `before` is the `next` of a page, for the page after it. With `after`, the `cursor` of an
    answer: what has come since then, in the order in which it came, and when there is nothing yet the answer waits
    for it, `wait` seconds at most. Without `since` it looks back as far as logs are kept."""

    per_page: Annotated[int, whole(1, MAX_ROWS)] = 100
    before: Annotated[str, matching(_BEFORE, empty=True)] = ""
    after: Annotated[str, matching(AFTER, empty=True)] = ""
    wait: Annotated[float, shaped(minimum=0, maximum=MAX_WAIT_S)] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.per_page <= MAX_ROWS:
            raise ValueError(f"per_page: must be from 1 to {MAX_ROWS}")
        if self.before and _BEFORE.fullmatch(self.before) is None:
            raise ValueError("before: must be the `next` of an answer")
        if self.after and AFTER.fullmatch(self.after) is None:
            raise ValueError("after: must be the `cursor` of an answer")
        if not 0 <= self.wait <= MAX_WAIT_S:
            raise ValueError(f"wait: must be from 0 to {MAX_WAIT_S:g} seconds")
        if self.before and self.after:
            raise ValueError("before: does not go with after")
        if self.wait and not self.after:
            raise ValueError("wait: needs after, the cursor of what was seen last")

    @property
    def row_before(self) -> RowKey | None:
        match = _BEFORE.fullmatch(self.before)
        return RowKey(int(match[1]), int(match[2]), int(match[3])) if match else None

    @property
    def arrival_after(self) -> Arrived | None:
        match = AFTER.fullmatch(self.after)
        return Arrived(int(match[1]), int(match[2])) if match else None


class SummaryQuery(LogFilter, forbid_unknown_fields=True, kw_only=True):
    """By whole minutes; without `since` the last hour. `step` in seconds, a multiple of 60: the width of a point of
    the series; 0: as fine as there is, in at most about 200 points. `top`: how many paths."""

    step: Annotated[int, whole(0, 86_400)] = 0
    top: Annotated[int, whole(0, MAX_TOP)] = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.step <= 86_400 or self.step % 60:
            raise ValueError("step: must be a multiple of 60, 86400 at most")
        if not 0 <= self.top <= MAX_TOP:
            raise ValueError(f"top: must be from 0 to {MAX_TOP}")


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A request that an edge answered. `at` is when it ended; times in milliseconds. `virtual_host_id` is null
    where no virtual host has the name that was asked for, `node` where the node is gone. `raw`: the line itself,
    where it could not be read: then nothing else is known."""

    id: str
    at: str
    node_id: str
    node: str | None
    virtual_host_id: str | None
    virtual_host: str | None
    workspace_id: str
    remote_addr: str
    method: str
    uri: str
    protocol: str
    host: str
    status: int
    body_bytes_sent: int
    response_time_ms: int | None
    upstream_addr: str | None
    upstream_time_ms: int | None
    user_agent: str | None
    referer: str | None
    request_id: str | None
    raw: str | None


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: the `before` of the next page, null when there is none; a page that has fewer entries than were asked
    for and a `next` took its time looking. `cursor`: the `after` of what comes from now on."""

    entries: list[LogEntry]
    next: str | None
    cursor: str


class StatusCounts(msgspec.Struct, frozen=True):
    """Requests by class of their status."""

    informational: int
    success: int
    redirect: int
    client_error: int
    server_error: int
    other: int


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in milliseconds, right to a fifth; null where none is known."""

    requests: int
    bytes: int
    status: StatusCounts
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class HostTraffic(Traffic, frozen=True, kw_only=True):
    virtual_host_id: str | None
    virtual_host: str | None
    workspace_id: str


class NodeTraffic(Traffic, frozen=True, kw_only=True):
    node_id: str
    node: str | None


class TrafficPoint(Traffic, frozen=True, kw_only=True):
    at: str


class PathTraffic(msgspec.Struct, frozen=True):
    path: str
    requests: int
    bytes: int


class LogTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with the logs of a node, as long as logs are kept: lines that could not be read (kept as
    they came), lines about virtual hosts that it does not serve (not kept), bytes that were gone before they were
    read."""

    node_id: str
    node: str | None
    unreadable_lines: int
    refused_lines: int
    lost_bytes: int


class LogSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`whole` is false where looking at all rows would have taken too long: then the oldest are left out.
    `paths_counted`: the requests, the newest, in which the paths were counted."""

    since: str
    until: str
    step: int
    whole: bool
    total: Traffic
    hosts: list[HostTraffic]
    nodes: list[NodeTraffic]
    series: list[TrafficPoint]
    paths: list[PathTraffic]
    paths_counted: int
    troubles: list[LogTrouble]
