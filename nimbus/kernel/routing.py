"""How a slice declares its part of the REST API. `nimbus.http` serves these and documents them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

import msgspec

from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import PreconditionFailed

MAX_PER_PAGE = 1000
MAX_PAGE = 1_000_000_000


class Open(StrEnum):
    """Instead of a permission, with a reason."""

    # Whoever is signed in, for what concerns nobody but themselves.
    SIGNED_IN = "signed-in"
    # Anybody: the request itself carries what it is checked by.
    PUBLIC = "public"


def check_page(page: int, per_page: int) -> None:
    """For `__post_init__` of a query: raises ValueError."""
    if not 1 <= page <= MAX_PAGE:
        raise ValueError(f"page must be from 1 to {MAX_PAGE}")
    if not 1 <= per_page <= MAX_PER_PAGE:
        raise ValueError(f"per_page must be from 1 to {MAX_PER_PAGE}")


class Page(msgspec.Struct, frozen=True):
    """One page of a collection; pages count from 1."""

    page: int
    per_page: int
    total: int


class Listed(NamedTuple):
    """Rows of one page, and how many there are on all pages. `rows` is a list, or a JSON array (`msgspec.Raw`).
    Equal tags are equal rows and total; "": nothing is known of others."""

    rows: Any
    total: int
    tag: str = ""


class Raw(msgspec.Struct, frozen=True):
    """An answer that is not JSON: sent as it is."""

    content: bytes
    content_type: str
    file_name: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What a handler gives back where there is more to say than the data. `status`: 0: that of the route. `page`
    for collections. `headers` go out as they are. `tag` stands for the data in the entity tag: equal tags are equal
    data; "": the data itself does."""

    data: Any
    status: int = 0
    page: Page | None = None
    headers: dict[str, str] = {}
    tag: str = ""


class Target(msgspec.Struct, frozen=True):
    """The one resource that a request is about: its id or name, the workspace that names are looked up in ("":
    all that the actor sees), and the revision that the caller has seen (If-Match)."""

    reference: str
    workspace: str = ""
    if_match: int | None = None

    def check_revision(self, present: int) -> None:
        """Raises PreconditionFailed when the resource has changed since the caller saw it."""
        if self.if_match is not None and self.if_match != present:
            raise PreconditionFailed(
                f"{self.reference!r} has changed since you read it (it is at revision {present})",
                next_step="Read it again, and repeat the change if it is still wanted.",
            )


class Call(msgspec.Struct):
    """One authenticated, decoded request."""

    actor: Actor
    path: dict[str, str]
    query: Any
    body: Any
    workspace: str = ""
    if_match: int | None = None
    headers: dict[str, str] = {}

    def target(self, parameter: str) -> Target:
        return Target(self.path[parameter], self.workspace, self.if_match)


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Query parameters of every collection. `sort` names fields, by commas; a minus before one turns it round."""

    SORTS: ClassVar[tuple[str, ...]] = ()

    page: int = 1
    per_page: int = 100
    sort: str = ""

    def __post_init__(self) -> None:
        check_page(self.page, self.per_page)
        for name, _ in self.order:
            if name not in self.SORTS:
                known = ", ".join(self.SORTS) or "none"
                raise ValueError(f"sort: {name!r} is no field to sort by; known: {known}")

    @property
    def order(self) -> tuple[tuple[str, bool], ...]:
        """(field, whether descending), as asked for."""
        words = [word.strip() for word in self.sort.split(",") if word.strip()]
        return tuple((word.lstrip("-"), word.startswith("-")) for word in words)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A request that takes no query parameters."""


class Route(msgspec.Struct, frozen=True):
    """Most routes are those of a collection: `nimbus.kernel.collection` declares them.

    `path` has parameters in braces. `handler` gives the data, or an `Answer`. `permission` is required, somewhere,
    before the handler runs; the service requires it where the resource is. An `Open` one needs a `reason`.
    `changes` marks a route that must leave an audit row; `creates` one that takes an Idempotency-Key. `scoped`:
    takes `workspace` as a query parameter. `meta`: what the envelope's `meta` is, where it is more than a page.
    `media`: content types of a Raw answer, each with what is in it (None: anything). `content`: the body is bytes,
    so many at most; `Call.body` has them as they are. `revised`: `with_revisions` sets it."""

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Any]]
    permission: Permission | Open
    summary: str
    query: type[msgspec.Struct] = NoQuery
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    changes: bool = False
    creates: bool = False
    scoped: bool = False
    status: int = 200
    reason: str = ""
    description: str = ""
    meta: type[Page] | None = None
    media: dict[str, Any] = {}
    content: int = 0
    revised: bool = False


def with_revisions(routes: Sequence[Route]) -> list[Route]:
    """Which of them change a resource that has a revision, so that If-Match can protect it: something at the same
    path answers with one."""
    revised = {route.path for route in routes if _has_revision(route.answer)}
    return [
        msgspec.structs.replace(route, revised=True)
        if route.path in revised and route.method in ("PATCH", "PUT", "DELETE")
        else route
        for route in routes
    ]


def _has_revision(answer: Any) -> bool:
    return isinstance(answer, type) and "revision" in getattr(answer, "__struct_fields__", ())
