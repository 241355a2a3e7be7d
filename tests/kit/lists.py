"""The rows of a list as the records that its JSON stands for."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from nimbus.kernel.routing import Listed

T = TypeVar("T")


def rows_of(listed: Listed, kind: type[T]) -> list[T]:
    """Strict: a field too many is as wrong as one too few."""
    found = msgspec.json.decode(listed.rows, type=list[kind])  # type: ignore[valid-type]
    for row, shown in zip(found, msgspec.json.decode(listed.rows), strict=True):
        assert msgspec.json.decode(msgspec.json.encode(row)).keys() == shown.keys()
    return found
