"""Entries and figures as the API shows them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nimbus.edge.access_logs.blocks import MINUTE_MS, Summed
from nimbus.edge.access_logs.lines import NO_ID, NOTHING, Entry
from nimbus.edge.access_logs.records import (
    HostTraffic,
    LogEntry,
    NodeTraffic,
    StatusCounts,
    Traffic,
    TrafficPoint,
)
from nimbus.edge.access_logs.search import Arrived, RowKey
from nimbus.edge.access_logs.summing import quantile
from nimbus.kernel.clock import to_rfc3339

MOST_POINTS = 200


def before_text(key: RowKey) -> str:
    return f"{key.at}-{key.day}-{key.row}"


def after_text(arrived: Arrived) -> str:
    return f"{arrived.day}-{max(0, arrived.row)}" if arrived.row >= 0 else "0-0"


def entry_view(key: RowKey, entry: Entry, names: Mapping[str, str]) -> LogEntry:
    place = entry.place
    return LogEntry(
        id=f"{key.day}-{key.row}",
        at=moment(entry.at),
        node_id=place.node_id,
        node=names.get(place.node_id),
        virtual_host_id=place.virtual_host_id or None,
        virtual_host=names.get(place.virtual_host_id),
        workspace_id=place.workspace_id,
        remote_addr=entry.client,
        method=entry.method,
        uri=entry.uri,
        protocol=entry.protocol,
        host=entry.host,
        status=entry.status,
        body_bytes_sent=entry.size,
        response_time_ms=_known(entry.duration),
        upstream_addr=entry.upstream or None,
        upstream_time_ms=_known(entry.upstream_time),
        user_agent=entry.user_agent or None,
        referer=entry.referer or None,
        request_id=entry.request_id.hex() if entry.request_id != NO_ID else None,
        raw=entry.raw or None,
    )


def moment(milliseconds: int) -> str:
    return to_rfc3339(milliseconds * 1000)


def _known(milliseconds: int) -> int | None:
    return None if milliseconds == NOTHING else milliseconds


def step_of(since: int, until: int, wanted_s: int) -> int:
    """In milliseconds: as asked for, else as few minutes as make no more points than a chart shows."""
    if wanted_s:
        return wanted_s * 1000
    minutes = (until - since) // MINUTE_MS
    return MINUTE_MS * next(
        (step for step in (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720) if minutes <= step * MOST_POINTS),
        1440,
    )


def total_of(summed: Iterable[Summed]) -> Traffic:
    return Traffic(**_figures(summed))


def hosts_of(summed: Iterable[Summed], names: Mapping[str, str]) -> list[HostTraffic]:
    """The busiest first."""
    groups = _grouped(summed, lambda one: (one.virtual_host_id, one.workspace_id))
    hosts = [
        HostTraffic(
            virtual_host_id=host or None,
            virtual_host=names.get(host),
            workspace_id=workspace,
            **_figures(group),
        )
        for (host, workspace), group in groups.items()
    ]
    return sorted(hosts, key=lambda host: -host.requests)


def nodes_of(summed: Iterable[Summed], names: Mapping[str, str]) -> list[NodeTraffic]:
    groups = _grouped(summed, lambda one: one.node_id)
    nodes = [
        NodeTraffic(node_id=node_id, node=names.get(node_id), **_figures(group))
        for node_id, group in groups.items()
    ]
    return sorted(nodes, key=lambda node: -node.requests)


def series_of(summed: Iterable[Summed], step: int) -> list[TrafficPoint]:
    """Of steps (milliseconds) in which there were requests."""
    groups = _grouped(summed, lambda one: one.minute * MINUTE_MS // step * step)
    return [TrafficPoint(at=moment(at), **_figures(groups[at])) for at in sorted(groups)]


def _grouped(summed: Iterable[Summed], key: Callable[[Summed], Any]) -> dict[Any, list[Summed]]:
    groups: dict[Any, list[Summed]] = {}
    for one in summed:
        groups.setdefault(key(one), []).append(one)
    return groups


def _figures(summed: Iterable[Summed]) -> dict[str, Any]:
    requests = size = 0
    classes = [0] * 6
    durations: dict[int, int] = {}
    for one in summed:
        requests += one.requests
        size += one.size
        for number, count in enumerate(one.classes):
            classes[number] += count
        for bucket, count in one.durations.items():
            durations[bucket] = durations.get(bucket, 0) + count
    buckets: Sequence[tuple[int, int]] = list(durations.items())

    return {
        "requests": requests,
        "bytes": size,
        "status": _by_class(classes),
        "p50_ms": _rounded(quantile(buckets, 0.5)),
        "p95_ms": _rounded(quantile(buckets, 0.95)),
        "p99_ms": _rounded(quantile(buckets, 0.99)),
    }


def _by_class(classes: Sequence[int]) -> StatusCounts:
    other, informational, success, redirect, client_error, server_error = classes
    return StatusCounts(informational, success, redirect, client_error, server_error, other)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
