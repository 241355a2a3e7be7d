"""What is changed a field at a time: a patch is laid over what is there, and counts as a revision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from nimbus.kernel.errors import Conflict


class Identified(Protocol):
    @property
    def id(self) -> str: ...


class Revised(Protocol):
    @property
    def revision(self) -> int: ...


Resource = TypeVar("Resource", bound=Revised)
Given = TypeVar("Given")
Value = TypeVar("Value")


def revised(resource: Resource, now: int, **changes: object) -> Resource:
    """`resource` with these fields, changed `now` (microseconds), one revision later. It has `updated_at`."""
    revision = resource.revision + 1
    return msgspec.structs.replace(resource, **changes, updated_at=now, revision=revision)  # type: ignore[type-var]


def patched(given: Given | None, present: Value, check: Callable[[Given], Value]) -> Value:
    """Of one field of a patch: what was given, checked; what is there when it was left out."""
    return present if given is None else check(given)


def check_name_free(
    noun: str, name: str, mine: Identified, other: Identified | None, next_step: str = "Choose another name."
) -> None:
    """Raises Conflict when `other`, who has the name, is not `mine`."""
    if other is not None and other.id != mine.id:
        article = "an" if noun[0] in "aeiou" else "a"
        raise Conflict(
            f"there is {article} {noun} named {name!r} already",
            next_step=next_step,
            details=[{"field": "name", "message": "is taken"}],
        )
