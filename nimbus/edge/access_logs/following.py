"""Requests as they come, for one who follows them: read from the disk, and passed over when they come too fast."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

import trio

from nimbus.edge.access_logs.arrivals import Arrivals
from nimbus.edge.access_logs.records import AFTER, LogEntry, LogFilter
from nimbus.edge.access_logs.search import Arrived
from nimbus.edge.access_logs.views import after_text
from nimbus.kernel.shapes import matching

STREAM_PATH = "/api/v1/access-logs/stream"
ENTRIES = 500
# Of all requests, so many may be unread by one who follows; then they are passed over.
MOST_BEHIND = 20_000
TOGETHER_S = 0.25


class StreamQuery(LogFilter, forbid_unknown_fields=True, kw_only=True):
    """As of the list. Without `after` it begins with what comes next."""

    after: Annotated[str, matching(AFTER, empty=True)] = ""
    workspace: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.after and AFTER.fullmatch(self.after) is None:
            raise ValueError("after: must be the `cursor` of an answer")

    @property
    def arrival_after(self) -> Arrived | None:
        match = AFTER.fullmatch(self.after)
        return Arrived(int(match[1]), int(match[2])) if match else None


class Step(NamedTuple):
    """`skipped`: requests that were passed over, whether they were asked for or not."""

    entries: list[LogEntry]
    skipped: int = 0


# After a place, at most so many: entries, and how far that is.
Read = Callable[[Arrived, int], Awaitable[tuple[list[LogEntry], Arrived]]]
Newest = Callable[[], Awaitable[Arrived]]


class Following:
    """Belongs to one task. `reached`: how far it has read."""

    def __init__(self, reached: Arrived, arrivals: Arrivals, read: Read, newest: Newest) -> None:
        self.reached = reached
        self._arrivals, self._read, self._newest = arrivals, read, newest

    @property
    def cursor(self) -> str:
        return after_text(self.reached)

    async def next(self, at_most: float) -> Step:
        """What has come; nothing when that takes longer than `at_most` seconds."""
        with trio.move_on_after(at_most):
            while True:
                event = self._arrivals.next
                newest = await self._newest()
                skipped = self._pass_over(newest)
                before = self.reached
                entries, self.reached = await self._read(before, ENTRIES)
                if entries or skipped:
                    return Step(entries, skipped)
                if before < self.reached < newest:
                    continue
                await event.wait()
                # What comes right after it is looked at together with it.
                await trio.sleep(TOGETHER_S)
        return Step([])

    def _pass_over(self, newest: Arrived) -> int:
        if newest.day != self.reached.day:
            # A day that has just begun: what is left of the one before is read.
            return 0
        behind = newest.row - self.reached.row
        if behind <= MOST_BEHIND:
            return 0
        self.reached = Arrived(newest.day, newest.row - ENTRIES)
        return behind - ENTRIES
