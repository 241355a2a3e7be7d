"""`/metrics` of the agent in Prometheus' text format, where it is switched on: on a Unix socket or on loopback."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import trio

from agent.metrics_place import MetricsPlace

_HEAD_BYTES, _REQUEST_S, _AT_ONCE = 16 * 1024, 10.0, 16
_RETRY_S = 30.0
log = logging.getLogger("nimbus.agent")


class Metric(NamedTuple):
    """One value; `labels` in pairs. A name that ends in `_total` only rises."""

    name: str
    value: float
    meaning: str
    labels: tuple[tuple[str, str], ...] = ()


def page(metrics: Iterable[Metric]) -> str:
    """https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4."""
    lines: list[str] = []
    named: set[str] = set()
    for metric in sorted(metrics, key=lambda one: (one.name, one.labels)):
        if metric.name not in named:
            named.add(metric.name)
            kind = "counter" if metric.name.endswith("_total") else "gauge"
            lines += [f"# HELP {metric.name} {metric.meaning}", f"# TYPE {metric.name} {kind}"]
        labels = ",".join(f'{key}="{_escaped(value)}"' for key, value in metric.labels)
        named_values = f"{{{labels}}}" if labels else ""
        lines.append(f"{metric.name}{named_values} {metric.value:.17g}")
    return "\n".join([*lines, ""])


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


class MetricsPage:
    def __init__(self, place: MetricsPlace, collect: Callable[[], Awaitable[list[Metric]]]) -> None:
        self._place, self._collect = place, collect

    async def run(self) -> None:
        """Until cancelled; a place that is taken is tried again."""
        limiter = trio.CapacityLimiter(_AT_ONCE)

        async def converse(stream: trio.SocketStream) -> None:
            await self._converse(stream, limiter)

        while True:
            try:
                listeners = await self._listeners()
            except OSError as error:
                log.warning("metrics cannot be served: %s", error.strerror or error)
                await trio.sleep(_RETRY_S)
                continue
            await trio.serve_listeners(converse, listeners)

    async def _listeners(self) -> list[trio.SocketListener]:
        if not self._place.path:
            return await trio.open_tcp_listeners(self._place.port, host=self._place.host)
        path = Path(self._place.path)
        if path.is_socket():
            path.unlink()
        bound = trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_STREAM)
        mask = os.umask(0o117)
        try:
            await bound.bind(str(path))
        finally:
            os.umask(mask)
        bound.listen(_AT_ONCE)
        return [trio.SocketListener(bound)]

    async def _converse(self, stream: trio.SocketStream, limiter: trio.CapacityLimiter) -> None:
        async with limiter:
            with trio.move_on_after(_REQUEST_S):
                try:
                    head = b""
                    while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
                        piece = await stream.receive_some(_HEAD_BYTES)
                        if not piece:
                            return
                        head += piece
                    await stream.send_all(await self._answer(head))
                except (OSError, trio.BrokenResourceError):
                    return

    async def _answer(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or words[0] != b"GET":
            return _reply("400 Bad Request", "")
        if words[1].partition(b"?")[0] != b"/metrics":
            return _reply("404 Not Found", "")
        return _reply("200 OK", page(await self._collect()))


def _reply(status: str, body: str) -> bytes:
    content = body.encode()
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        f"Connection: close\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode("ascii") + content
