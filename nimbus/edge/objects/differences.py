"""What differs between two versions: of what they say, field by field, and of the text made of them. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import msgspec


class FieldChange(msgspec.Struct, frozen=True):
    """`field` is a path such as `locations[0].path`; null: not there."""

    field: str
    before: Any
    after: Any


def field_changes(before: Any, after: Any, field: str = "") -> list[FieldChange]:
    """Of two values of JSON types, in the order of the fields."""
    return list(_changes(before, after, field))


def _changes(before: Any, after: Any, field: str) -> Iterator[FieldChange]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            path = f"{field}.{name}" if field else str(name)
            yield from _changes(before.get(name), after.get(name), path)
    elif isinstance(before, list) and isinstance(after, list) and before and after:
        for number in range(max(len(before), len(after))):
            one = before[number] if number < len(before) else None
            other = after[number] if number < len(after) else None
            yield from _changes(one, other, f"{field}[{number}]")
    else:
        yield FieldChange(field, before, after)


def text_difference(before: str, after: str, names: tuple[str, str]) -> str:
    """A unified diff; "" for equal texts."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), names[0], names[1]
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
