"""Types of the audit log."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec

from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import Moment, shaped, whole
from nimbus.records.audit.moments import from_rfc3339

Outcome = Literal["ok", "denied", "failed"]
OK: Outcome = "ok"
DENIED: Outcome = "denied"
FAILED: Outcome = "failed"
EXPORT_LIMIT = 100_000
MAX_SEQUENCE = 2**62 - 1
# A search looks at this many of the newest rows before `until`, so that it ends soon however long the log is.
SEARCH_REACH = 100_000
MAX_SEARCH = 200


class Resource(msgspec.Struct, frozen=True):
    """What was acted on. `kind` is the API's word for it: node, task, join_token ... A workspace's resource needs
    no `organization_id`; one of an organization as a whole has only that. `node_id`: the node that it is of, and
    `node_name`, where the event is to say so."""

    kind: str
    id: str
    name: str = ""
    workspace_id: str | None = None
    organization_id: str | None = None
    node_id: str | None = None
    node_name: str = ""


class Change(msgspec.Struct, frozen=True):
    """The fields that differ, as they were and as they are."""

    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class AuditRow(msgspec.Struct, frozen=True):
    """As stored, in the order of the chain's encoding; `at` in epoch microseconds, `diff` is JSON."""

    sequence: int
    id: str
    at: int
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    resource_kind: str
    resource_id: str
    resource_name: str
    workspace_id: str | None
    organization_id: str | None
    source: str
    request_id: str
    outcome: str
    diff: str


class Chained(msgspec.Struct, frozen=True):
    """A row with its hash; "": it was never chained."""

    row: AuditRow
    hash: str


class Mark(msgspec.Struct, frozen=True):
    """A place in the chain that is vouched for by a MAC."""

    sequence: int
    hash: str
    mac: str


class Known(msgspec.Struct, frozen=True):
    """The newest row that was seen committed, of the chain with this key."""

    key_id: str
    sequence: int
    hash: str


class ChainState(msgspec.Struct, frozen=True):
    """`anchor` is before the oldest row that is kept, `head` is the newest row."""

    key_id: str
    anchor: Mark
    head: Mark


class ResourceView(msgspec.Struct, frozen=True):
    kind: str
    id: str
    name: str


class ActorView(msgspec.Struct, frozen=True):
    kind: str
    id: str
    name: str


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """A row as the API shows it; `at` is RFC 3339, `before` and `after` have what differs, secrets masked."""

    id: str
    sequence: int
    at: str
    actor: ActorView
    action: str
    resource: ResourceView
    workspace_id: str | None
    organization_id: str | None
    source: str
    request_id: str
    outcome: str
    before: dict[str, Any]
    after: dict[str, Any]
    hash: str


class AuditQuery(PageQuery, forbid_unknown_fields=True):
    """Filters of the list, which is newest first. `actor` and `resource` are an id or a name; `action` may end in
    `*`; `since` (included) and `until` (not included) are RFC 3339. `search`: words that are all in the actor,
    action, resource, source or request, in the newest 100,000 rows before `until`."""

    SORTS = ("sequence", "at", "actor", "action", "resource_kind", "resource", "outcome")

    actor: str | None = None
    actor_kind: str | None = None
    action: str | None = None
    resource_kind: str | None = None
    resource: str | None = None
    outcome: Outcome | None = None
    since: Moment | None = None
    until: Moment | None = None
    request_id: str | None = None
    source: str | None = None
    search: Annotated[str, shaped(maxLength=MAX_SEARCH)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_search(self.search)
        _check_moments(self.since, self.until)


class ExportQuery(msgspec.Struct, forbid_unknown_fields=True):
    """The filters of the list. Oldest first, from the row after the sequence `after`, at most `limit` rows."""

    format: Literal["json", "csv"] = "json"
    after: Annotated[int, whole(0, MAX_SEQUENCE)] = 0
    limit: Annotated[int, whole(1, EXPORT_LIMIT)] = 10_000
    actor: str | None = None
    actor_kind: str | None = None
    action: str | None = None
    resource_kind: str | None = None
    resource: str | None = None
    outcome: Outcome | None = None
    since: Moment | None = None
    until: Moment | None = None
    request_id: str | None = None
    source: str | None = None
    search: Annotated[str, shaped(maxLength=MAX_SEARCH)] | None = None

    def __post_init__(self) -> None:
        _check_search(self.search)
        if not 0 <= self.after <= MAX_SEQUENCE:
            raise ValueError("after must be a sequence, 0 or more")
        if not 1 <= self.limit <= EXPORT_LIMIT:
            raise ValueError(f"limit must be from 1 to {EXPORT_LIMIT}")
        _check_moments(self.since, self.until)


def _check_search(search: str | None) -> None:
    if search is not None and len(search) > MAX_SEARCH:
        raise ValueError(f"search must have at most {MAX_SEARCH} characters")


def _check_moments(since: str | None, until: str | None) -> None:
    for name, text in (("since", since), ("until", until)):
        if text is not None:
            try:
                from_rfc3339(text)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None


class Export(msgspec.Struct, frozen=True):
    """`next` is the sequence to go on after; None: that was all."""

    data: list[AuditView]
    next: int | None


class Fault(StrEnum):
    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    # Not the row that was written there: another one, or one from elsewhere.
    REPLACED = "replaced"
    # The note of the newest row, or of the last that age took away, is not ours.
    HEAD = "head"
    ANCHOR = "anchor"


class Finding(msgspec.Struct, frozen=True):
    """The first place where the chain does not hold."""

    fault: Fault
    sequence: int
    message: str
    row_id: str | None = None


class Head(msgspec.Struct, frozen=True):
    """What to keep elsewhere: from then on nothing up to `sequence` can be changed unnoticed."""

    sequence: int
    hash: str
    at: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How long rows are kept (`days`, 0: without end), when the oldest was written (None: there is none, or the
    reader may not read all of them), and how many of the newest rows a search looks at."""

    days: int
    oldest_at: str | None
    searched: int


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """`first` and `last` are sequences (None: there is no row); `finding` is None when the chain holds."""

    ok: bool
    count: int
    first: int | None
    last: int | None
    head_hash: str
    pruned_through: int
    finding: Finding | None
