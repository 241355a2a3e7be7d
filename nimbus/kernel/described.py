"""What a resource is known by: name, description and labels; checked, and changed a field at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypedDict

from nimbus.kernel.naming import changed_labels, check_description, check_labels, check_name
from nimbus.kernel.revisions import patched


class Described(Protocol):
    """A resource, or the request to make one."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def labels(self) -> dict[str, str]: ...


class DescribedPatch(Protocol):
    """None leaves a field as it is."""

    @property
    def name(self) -> str | None: ...
    @property
    def description(self) -> str | None: ...
    @property
    def labels(self) -> dict[str, str | None] | None: ...


class Words(TypedDict):
    """Fields of the resource."""

    name: str
    description: str
    labels: dict[str, str]


def checked_words(request: Described, check_name: Callable[[str], str] = check_name) -> Words:
    """Raises ValidationError."""
    return Words(
        name=check_name(request.name),
        description=check_description(request.description),
        labels=check_labels(request.labels),
    )


def changed_words(
    present: Described, patch: DescribedPatch, check_name: Callable[[str], str] = check_name
) -> Words:
    """Of `present` with `patch` laid over it. Raises ValidationError."""
    return Words(
        name=patched(patch.name, present.name, check_name),
        description=patched(patch.description, present.description, check_description),
        labels=changed_labels(present.labels, patch.labels),
    )
