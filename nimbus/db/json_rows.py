"""Rows of a list as JSON text, most of it put together by the database itself.

A thousand rows of twenty columns cost more to take over one value at a time, and to make objects of, than all else
that a list does. So the statement selects one text for each row, with all columns that are JSON as they are; only
what has to be escaped, or shown in another form, is selected for itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from nimbus.kernel.clock import all_to_rfc3339

# SQLite's name for it; PostgreSQL's is `format`. Both know %s, and take the values as text.
_PRINT = "printf"
Converter = Callable[[Sequence[Any]], Iterable[str]]


class Field(msgspec.Struct, frozen=True):
    """`piece` is its part of the JSON, with %s for the value of `sql`, an expression. Without a `converter` that is
    put in by the database, as it is."""

    piece: str
    sql: str
    converter: Converter | None = None


def word(name: str, sql: str = "") -> Field:
    """Text that never has to be escaped: ids, names that were checked, words of ours."""
    return Field(f'"{name}":"%s"', sql or name)


def word_or_null(name: str, sql: str = "") -> Field:
    """As `word`; NULL and the empty text are null."""
    sql = sql or name
    return Field(
        f'"{name}":%s', f"""CASE COALESCE({sql}, '') WHEN '' THEN 'null' ELSE '"' || {sql} || '"' END"""
    )


def whole(name: str, sql: str = "") -> Field:
    """JSON text, or a whole number; NULL is null."""
    return Field(f'"{name}":%s', f"COALESCE({sql or name}, 'null')")


def flag(name: str, condition: str) -> Field:
    return Field(f'"{name}":%s', f"CASE WHEN {condition} THEN 'true' ELSE 'false' END")


def text(name: str, sql: str = "") -> Field:
    """Any text; NULL is null."""
    return converted(name, sql or name, _quoted)


def moment(name: str, sql: str = "") -> Field:
    """Epoch microseconds, shown as RFC 3339; NULL is null."""
    return Field(f'"{name}":%s', sql or name, _moments)


def converted(name: str, sql: str, converter: Callable[[Any], str]) -> Field:
    """JSON of each value, by a function."""
    return Field(f'"{name}":%s', sql, functools.partial(map, converter))


def members(sql: str, converter: Callable[[Any], str]) -> Field:
    """Several fields from one value: `"name":JSON`, with commas between them."""
    return Field("%s", sql, functools.partial(map, converter))


def begun(name: str, *inner: Field) -> Field:
    """The beginning of an object, with fields that the database puts in; the next field closes it (`ending`)."""
    pieces, given = ",".join(field.piece for field in inner), ", ".join(field.sql for field in inner)
    return Field(f'"{name}":{{%s', f"{_PRINT}('{pieces}', {given})", iter)


def ending(field: Field) -> Field:
    """The last field of the object that was `begun` before it."""
    return Field(field.piece + "}", field.sql, field.converter)


class JsonRows:
    """How a row becomes a JSON object. `columns` is what to select for `array`."""

    def __init__(self, *fields: Field) -> None:
        direct = [field for field in fields if field.converter is None]
        others = [field for field in fields if field.converter is not None]
        self._converters = [field.converter for field in fields if field.converter is not None]
        inner = ",".join(field.piece for field in direct)
        given = ", ".join(field.sql for field in direct)
        self.columns = ", ".join([f"{_PRINT}('{inner}', {given})", *(f"({field.sql})" for field in others)])
        self._form = "{%s," + ",".join(field.piece for field in others) + "}"

    def objects(self, columns: Sequence[Sequence[Any]]) -> list[bytes]:
        """The rows as JSON, from their columns."""
        if not columns:
            return []
        first, *others = columns
        shown = [convert(column) for convert, column in zip(self._converters, others, strict=True)]
        return [(self._form % row).encode() for row in zip(first, *shown, strict=True)]


def _moments(column: Sequence[int | None]) -> list[str]:
    return ["null" if at is None else f'"{at}"' for at in all_to_rfc3339(column)]


@functools.lru_cache(maxsize=4096)
def _remembered(value: str | None) -> str:
    return msgspec.json.encode(value).decode()


def _quoted(value: str | None) -> str:
    """What is short comes again."""
    return _remembered(value) if value is None or len(value) < 100 else msgspec.json.encode(value).decode()
