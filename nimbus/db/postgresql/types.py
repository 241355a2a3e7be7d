"""Values and rows as store functions know them: booleans are 0 and 1, rows are read by name and by index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from psycopg import Connection, Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.types.string import StrDumperUnknown

_NUL, _REPLACEMENT = "\0", "\ufffd"


def without_nul(text: str) -> str:
    return text.replace(_NUL, _REPLACEMENT) if _NUL in text else text


class _Text(StrDumperUnknown):
    """PostgreSQL's text has no NUL: what a program printed may have one."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(without_nul(obj))


class _BooleanAsNumber(Dumper):
    oid = 20  # bigint

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _NumberOfBoolean(Loader):
    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


class _NumberOfNumeric(Loader):
    """Sums of bigint are numeric."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text else int(text)


def adapt(connection: Connection[Any]) -> None:
    adapters = connection.adapters
    adapters.register_dumper(str, _Text)
    adapters.register_dumper(bool, _BooleanAsNumber)
    adapters.register_loader("bool", _NumberOfBoolean)
    adapters.register_loader("numeric", _NumberOfNumeric)


@lru_cache(maxsize=4096)
def _row_type(names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    index: dict[str, int] = {}
    for number, name in enumerate(names):
        index.setdefault(name, number)

    class NamedRow(tuple[Any, ...]):
        __slots__ = ()

        def __getitem__(self, key: Any) -> Any:
            return tuple.__getitem__(self, index[key] if key.__class__ is str else key)

        def keys(self) -> Sequence[str]:
            return names

    return NamedRow


def named_rows(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """A row factory."""
    description = cursor.description
    return _row_type(tuple(column.name for column in description or ()))
