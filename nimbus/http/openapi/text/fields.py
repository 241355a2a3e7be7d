"""What each field and parameter means. A key is a field, or TYPE.FIELD where it means something else there. A
type has what is said of those that it extends."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec

from nimbus.http.openapi.text import (
    access_logs,
    appliance,
    certificates,
    correspondence,
    edge,
    edge_objects,
    everywhere,
    fleet,
    people,
    records,
    trust,
)

PARTS = (
    everywhere,
    people,
    trust,
    correspondence,
    records,
    fleet,
    edge,
    edge_objects,
    access_logs,
    certificates,
    appliance,
)
FIELDS: dict[str, str] = {key: text for part in PARTS for key, text in part.FIELDS.items()}


def describe(kind: str, field: str) -> str:
    """ "" where nobody has said. `kind`: the name of a type."""
    named = (FIELDS.get(f"{name}.{field}", "") for name in (kind, *_extended().get(kind, ())))
    return next(filter(None, named), "") or FIELDS.get(field, "")


@cache
def _extended() -> dict[str, tuple[str, ...]]:
    """By the name of a type: those that it extends, the nearest first."""
    extended: dict[str, tuple[str, ...]] = {}
    for kind in _structs(msgspec.Struct):
        bases = (base.__name__ for base in kind.__mro__[1:-2])
        # Slices may have types of one name.
        extended[kind.__name__] = (*extended.get(kind.__name__, ()), *bases)
    return extended


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from _structs(one)
