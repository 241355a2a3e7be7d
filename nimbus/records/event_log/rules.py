"""Pure decisions: who sees which event, which ones a filter wants, and the newest ones in memory."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import EVENT_PERMISSIONS, holds_where
from nimbus.records.event_log.records import EventFilter, EventRow

Scope = tuple[frozenset[str] | None, frozenset[str] | None]
"""Workspaces, and organizations as a whole; None of workspaces: everywhere."""


def may_see(actor: Actor, event: EventRow) -> bool:
    return all(
        holds_where(actor, permission, event.workspace_id, event.organization_id)
        for permission in (event.permission, Permission.EVENT_READ)
    )


def scopes(actor: Actor) -> dict[Scope, list[Permission]]:
    """The same for a WHERE: for each scope the permissions whose events are seen there."""
    needed: dict[Scope, list[Permission]] = {}
    for permission in sorted(EVENT_PERMISSIONS):
        scope = (
            _both(actor.workspaces_with(permission), actor.workspaces_with(Permission.EVENT_READ)),
            _both(actor.organizations_with(permission), actor.organizations_with(Permission.EVENT_READ)),
        )
        if scope[0] is None or scope[0] or scope[1]:
            needed.setdefault(scope, []).append(permission)
    return needed


def _both(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None:
        return second
    return first if second is None else first & second


def wanted(event: EventRow, by: EventFilter) -> bool:
    return (
        (by.kind is None or _is_kind(event.kind, by.kind))
        and by.resource_kind in (None, event.resource_kind)
        and by.resource in (None, event.resource_id, event.resource_name)
        and by.node in (None, event.node_id)
        and (by.workspaces is None or event.workspace_id in by.workspaces)
    )


def _is_kind(kind: str, pattern: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


class Window:
    """The newest events, for all who follow. It knows everything after `start`, up to `end`."""

    def __init__(self, start: int, capacity: int) -> None:
        self.start = self.end = start
        self._capacity = capacity
        self._events: list[EventRow] = []

    def extend(self, events: Sequence[EventRow], newest: int) -> None:
        """What came after `end`, by sequence, up to `newest`. Trimmed by a quarter at a time."""
        self._events += events
        self.end = newest
        if len(self._events) > self._capacity:
            cut = len(self._events) - self._capacity + self._capacity // 4
            self.start = self._events[cut - 1].sequence
            del self._events[:cut]

    def after(self, cursor: int, limit: int) -> list[EventRow] | None:
        """The next ones, [] when there are none yet; None: the window does not reach back so far."""
        if cursor < self.start:
            return None
        first = bisect.bisect_right(self._events, cursor, key=lambda event: event.sequence)
        return self._events[first : first + limit]
