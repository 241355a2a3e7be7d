"""Types of the event log."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Page, PageQuery
from nimbus.kernel.shapes import shaped, whole

MAX_WAIT_S = 30.0
MAX_CURSOR = 2**62


PATH = "/api/v1/events"


class EventRow(msgspec.Struct, frozen=True):
    """As stored, in the order of the columns; `at` in epoch microseconds, `data` is JSON."""

    sequence: int
    at: int
    kind: str
    resource_kind: str
    resource_id: str
    resource_name: str
    workspace_id: str | None
    organization_id: str | None
    permission: Permission
    data: str
    node_id: str | None = None


class Bounds(msgspec.Struct, frozen=True):
    """The newest sequence that was given (0: none yet), and the newest that was deleted."""

    newest: int
    pruned_through: int

    def can_continue(self, cursor: int) -> bool:
        """Whether all that came after the cursor is there. A cursor from the future is of another database."""
        return self.pruned_through <= cursor <= self.newest


class EventFilter(msgspec.Struct, frozen=True):
    """What a client wants to hear of; None: all. `kind` may end in `*`, `resource` is an id or a name, `node`
    an id: all that is about it, and about what is its own."""

    kind: str | None = None
    resource_kind: str | None = None
    resource: str | None = None
    workspaces: frozenset[str] | None = None
    node: str | None = None


class ResourceView(msgspec.Struct, frozen=True):
    kind: str
    id: str
    name: str


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the API shows it; `cursor` is what to go on after, `at` is RFC 3339."""

    cursor: int
    at: str
    kind: str
    resource: ResourceView
    workspace_id: str | None
    organization_id: str | None
    node_id: str | None
    data: dict[str, Any]


class EventQuery(PageQuery, forbid_unknown_fields=True):
    """Without `after` the list is newest first. With it: what came after that cursor, oldest first, and when there
    is nothing yet the answer waits for it, `wait` seconds at most. `kind` may end in `*`; `resource` is an id or a
    name. `node` is the id of one: events of the node, of its tasks and its join tokens."""

    SORTS = ("cursor",)

    after: Annotated[int, whole(0, MAX_CURSOR - 1)] | None = None
    wait: Annotated[float, shaped(minimum=0, maximum=MAX_WAIT_S)] = 0.0
    kind: str | None = None
    resource_kind: str | None = None
    resource: str | None = None
    node: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_cursor(self.after)
        if not 0 <= self.wait <= MAX_WAIT_S:
            raise ValueError(f"wait must be from 0 to {MAX_WAIT_S:g} seconds")
        if self.wait and self.after is None:
            raise ValueError("wait needs after: the cursor of what was seen last")
        if self.after is not None and (self.page != 1 or self.sort):
            raise ValueError("after goes with neither page nor sort: take the cursor of the answer")


class SocketQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Of the WebSocket. Without `after` it begins with what comes next. `pulse`: seconds after which to tell, each
    time, that nodes have told of their load; 0: never."""

    after: Annotated[int, whole(0, MAX_CURSOR - 1)] | None = None
    kind: str | None = None
    resource_kind: str | None = None
    resource: str | None = None
    node: str | None = None
    workspace: str = ""
    pulse: int = 0

    def __post_init__(self) -> None:
        check_cursor(self.after)
        if self.pulse != 0 and not 1 <= self.pulse <= 60:
            raise ValueError("pulse must be from 1 to 60, or 0")


def check_cursor(cursor: int | None) -> None:
    if cursor is not None and not 0 <= cursor < MAX_CURSOR:
        raise ValueError("after must be a cursor of an event, or 0")


class CursorPage(Page, frozen=True):
    """`cursor` is what to go on after. `reset`: what came after the cursor that was asked for is not kept any more;
    load everything again, then go on from this one."""

    cursor: int = 0
    reset: bool = False
