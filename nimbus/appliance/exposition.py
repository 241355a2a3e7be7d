"""What a control plane counts and measures of itself, for Prometheus: the text format, version 0.0.4.

Names follow Prometheus's conventions: base units (seconds, bytes), `_total` of counters. Counters are of this
process since its start. Gathered at most once in `KEEP_S`, however often it is asked for: what is in memory, and
counts from indexes.
"""

from __future__ import annotations

import os
import resource
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import msgspec

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.routing import Raw

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEEP_S = 5.0
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Family(msgspec.Struct, frozen=True):
    """One metric: `samples` by the values of its `labels`, () where it has none."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


Source = Callable[[], Awaitable[list[Family]]]


def text_of(families: list[Family]) -> str:
    lines = []
    for family in families:
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
        for values, figure in family.samples.items():
            pairs = ",".join(
                f'{label}="{value.translate(_ESCAPES)}"'
                for label, value in zip(family.labels, values, strict=True)
            )
            lines.append(
                f"{family.name}{{{pairs}}} {figure:.15g}" if pairs else f"{family.name} {figure:.15g}"
            )
    return "\n".join(lines) + "\n"


class RequestCounts:
    """Answers of the API by method and status."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()

    def note(self, method: str, status: int) -> None:
        """A method that does not exist counts as `other`: who calls must not make labels."""
        self._counts[method if method in METHODS else "other", str(status)] += 1

    async def families(self) -> list[Family]:
        what = "Answers of the API and the dashboard."
        counts: dict[tuple[str, ...], float] = dict(self._counts.items())
        return [Family("nimbus_http_requests_total", "counter", what, counts, ("method", "code"))]


class Exposition:
    """`is_public`: without credentials, too."""

    def __init__(self, clock: Clock, *, is_public: bool) -> None:
        self._clock, self.is_public = clock, is_public
        self._sources: list[Source] = [_process]
        self._kept: tuple[float, bytes] | None = None
        self.requests = RequestCounts()
        self.add(self.requests.families)

    def add(self, source: Source) -> None:
        self._sources.append(source)

    async def show(self, actor: Actor) -> Raw:
        """Of all organizations. Raises Forbidden."""
        if not self.is_public:
            actor.require_everywhere(Permission.AGENT_READ)
        now = self._clock.monotonic()
        if self._kept is None or now >= self._kept[0] + KEEP_S:
            families = [family for source in self._sources for family in await source()]
            self._kept = now, text_of(families).encode()
        return Raw(self._kept[1], CONTENT_TYPE)


async def _process() -> list[Family]:
    """By the names that Prometheus's client libraries use."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    return [
        _single("process_cpu_seconds_total", "counter", "CPU time used.", used.ru_utime + used.ru_stime),
        _single("process_resident_memory_bytes", "gauge", "Memory in use.", pages * resource.getpagesize()),
        _single("process_open_fds", "gauge", "Open file descriptors.", len(os.listdir("/proc/self/fd"))),
    ]


def _single(name: str, kind: Literal["gauge", "counter"], what: str, figure: float) -> Family:
    return Family(name, kind, what, {(): figure})
