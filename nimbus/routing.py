"""How a slice declares its part of the REST API. `nimbus.http` serves these and documents them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from nimbus.access import Actor, Permission

MAX_PER_PAGE = 1000
MAX_PAGE = 1_000_000_000


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


class Answer(msgspec.Struct, frozen=True):
    """What a handler gives back; `page` for collections."""

    data: Any
    status: int = 200
    page: Page | None = None


class Call(msgspec.Struct):
    """One authenticated, decoded request."""

    actor: Actor
    path: dict[str, str]
    query: Any
    body: Any


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Query parameters of every collection."""

    page: int = 1
    per_page: int = 100

    def __post_init__(self) -> None:
        check_page(self.page, self.per_page)


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A request that takes no query parameters."""


class Route(msgspec.Struct, frozen=True):
    """`path` has parameters in braces. `permission` is required before the handler runs. `changes` marks a
    route that must leave an audit row."""

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Answer]]
    permission: Permission
    summary: str
    query: type[msgspec.Struct] = NoQuery
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    changes: bool = False
