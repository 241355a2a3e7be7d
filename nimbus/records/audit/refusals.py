"""Rows for requests that were refused, so many a minute: a flood of them must not fill the disk.

Each source (a known actor, else an address) and all of them together have a budget for a minute. What is beyond it
is counted, and one row at the minute's end says how many of which there were.
"""

from __future__ import annotations

import logging
from collections import Counter

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import ANONYMOUS, SYSTEM, Actor
from nimbus.kernel.clock import Clock
from nimbus.records.audit.records import DENIED, Outcome, Resource
from nimbus.records.audit.service import AuditLog

PER_SOURCE = 10
IN_ALL = 300
WINDOW_S = 60.0
# Sources beyond these share one budget.
MAX_SOURCES = 1000
# Rows that wait for the writer; a disk that stands still must not fill the memory.
MAX_WAITING = 1000
OTHERS = Actor(kind="anonymous", id="others", name="others")
_MAX_TEXT = 300
log = logging.getLogger("nimbus.audit")


class Suppressed(msgspec.Struct, frozen=True):
    """What one source got no rows for: how many, and by error code."""

    actor: Actor
    count: int
    codes: dict[str, int]


class _Source:
    __slots__ = ("actor", "codes", "rows")

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.rows = 0
        self.codes: Counter[str] = Counter()


class RefusalBudget:
    """Pure: who gets a row. Times in seconds of the monotonic clock."""

    def __init__(
        self,
        *,
        per_source: int = PER_SOURCE,
        in_all: int = IN_ALL,
        window_s: float = WINDOW_S,
        max_sources: int = MAX_SOURCES,
    ) -> None:
        self._per_source, self._in_all, self._max_sources = per_source, in_all, max_sources
        self._window_s = window_s
        self._began: float | None = None
        self._rows = 0
        self._sources: dict[str, _Source] = {}

    def spend(self, actor: Actor, code: str, now: float) -> bool:
        """Whether this refusal gets a row of its own. `settle` comes first when a minute is over."""
        if self._began is None:
            self._began = now
        source = self._source(actor)
        if source.rows < self._per_source and self._rows < self._in_all:
            source.rows += 1
            self._rows += 1
            return True
        source.codes[code if code in source.codes or len(source.codes) < 20 else "OTHER"] += 1
        return False

    def is_over(self, now: float) -> bool:
        return self._began is not None and now - self._began >= self._window_s

    def settle(self) -> list[Suppressed]:
        """End the minute; what was only counted in it."""
        counted = [
            Suppressed(source.actor, source.codes.total(), dict(source.codes))
            for source in self._sources.values()
            if source.codes
        ]
        self._began, self._rows, self._sources = None, 0, {}
        return counted

    def _source(self, actor: Actor) -> _Source:
        key = f"@{actor.source}" if actor.kind == ANONYMOUS.kind else f"{actor.kind}:{actor.id}"
        if key not in self._sources and len(self._sources) >= self._max_sources:
            key, actor = "", OTHERS
        return self._sources.setdefault(key, _Source(actor))


class RefusalLog:
    """Belongs to the Trio thread. `note` never waits and never fails: the answer to the refused request does not
    hang on it."""

    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, budget: RefusalBudget | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._budget = budget or RefusalBudget()
        self._waiting = 0

    def note(
        self,
        actor: Actor,
        action: str,
        resource: Resource,
        error_code: str,
        outcome: Outcome = DENIED,
        *,
        request: str = "",
    ) -> None:
        """A changing request was refused (denied) or failed. `action`: what it would have been called; `request`:
        its method and path, as declared."""
        now = self._clock.monotonic()
        if self._budget.is_over(now):
            self._write_suppressed()
        if self._waiting >= MAX_WAITING or not self._budget.spend(actor, error_code, now):
            return
        bounded = msgspec.structs.replace(
            resource, id=resource.id[:_MAX_TEXT], name=resource.name[:_MAX_TEXT]
        )
        self._submit(
            actor, action[:_MAX_TEXT], bounded, error_code, outcome, {"request": request} if request else {}
        )

    async def run(self) -> None:
        """Write what was only counted, when its minute is over; until cancelled."""
        try:
            while True:
                await trio.sleep(WINDOW_S / 4)
                if self._budget.is_over(self._clock.monotonic()):
                    self._write_suppressed()
        finally:
            self._write_suppressed()

    def _write_suppressed(self) -> None:
        for counted in self._budget.settle():
            facts = {"count": counted.count, "codes": counted.codes}
            self._submit(
                SYSTEM,
                "request.suppressed",
                Resource(counted.actor.kind, counted.actor.id, counted.actor.name or counted.actor.source),
                "RATE_LIMITED",
                DENIED,
                {**facts, "source": counted.actor.source},
            )

    def _submit(
        self,
        actor: Actor,
        action: str,
        resource: Resource,
        error_code: str,
        outcome: Outcome,
        facts: dict[str, object],
    ) -> None:
        def write_row(tx: Transaction) -> None:
            self._audit.record_refusal(tx, actor, action, resource, error_code, outcome, **facts)

        self._waiting += 1
        try:
            self._database.submit(write_row, self._written)
        except Exception:
            # It is shutting down.
            self._waiting -= 1
            log.warning("a refused request got no row in the audit log", exc_info=True)

    def _written(self, _value: object, error: BaseException | None) -> None:
        self._waiting -= 1
        if error is not None:
            log.error("a refused request got no row in the audit log: %s", error)
