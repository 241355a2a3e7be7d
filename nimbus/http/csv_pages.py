"""Collections as CSV (RFC 4180, media type text/csv) for who asks for it with Accept.

A column for each field of what the collection shows; those of an object within have its name in front
(`actor_kind`), lists and maps are JSON in their cell. What a spreadsheet would run starts with an apostrophe.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, get_args

import msgspec
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from nimbus.kernel.csv_text import csv_text
from nimbus.kernel.routing import PageQuery, Route

MEDIA = "text/csv"
CONTENT_TYPE = "text/csv; charset=utf-8; header=present"
_JSON = "application/json"
# Objects within objects, and no further.
_DEPTH = 3
_encode = msgspec.json.Encoder().encode


class Column(NamedTuple):
    title: str
    path: tuple[str, ...]


def has_csv(route: Route) -> bool:
    """Whether it answers with a page of a collection."""
    return route.method == "GET" and issubclass(route.query, PageQuery) and bool(get_args(route.answer))


def wants_csv(route: Route, accepted: str) -> bool:
    """Whether the request's Accept (RFC 9110 section 12.5.1) likes CSV better than JSON."""
    if "text/" not in accepted or not has_csv(route):
        return False
    return parse_accept_header(accepted, MIMEAccept).best_match([_JSON, MEDIA]) == MEDIA


def page_csv(route: Route, rows: Any) -> bytes:
    """`rows`: a list of what the route shows, or a JSON array."""
    columns = columns_of(route.answer)
    plain = msgspec.json.decode(_encode(rows))
    lines = ([_cell(row, column.path) for column in columns] for row in plain)
    return csv_text([[column.title for column in columns], *lines]).encode()


def file_name(route: Route) -> str:
    """Of `/api/v1/nodes`: nodes.csv."""
    return f"{route.path.rpartition('/')[2]}.csv"


@cache
def columns_of(answer: Any) -> tuple[Column, ...]:
    """Those of a list of one type. Raises TypeError when they are not known."""
    (view,) = get_args(answer)
    found = _fields(msgspec.inspect.type_info(view), (), _DEPTH)
    if not found:
        raise TypeError(f"{view!r} has no fields that could be columns")
    return tuple(found)


def _fields(kind: msgspec.inspect.Type, path: tuple[str, ...], depth: int) -> list[Column]:
    """None where it is not one object."""
    inner = _object(kind)
    if inner is None or not depth:
        return []
    found: list[Column] = []
    for field in inner.fields:
        there = (*path, field.encode_name)
        found += _fields(field.type, there, depth - 1) or [Column("_".join(there), there)]
    return found


def _object(kind: msgspec.inspect.Type) -> msgspec.inspect.StructType | None:
    if isinstance(kind, msgspec.inspect.Metadata):
        return _object(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        options = [option for option in kind.types if not isinstance(option, msgspec.inspect.NoneType)]
        return _object(options[0]) if len(options) == 1 else None
    return kind if isinstance(kind, msgspec.inspect.StructType) else None


def _cell(row: Any, path: tuple[str, ...]) -> object:
    value = row
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _encode(value).decode() if isinstance(value, list | dict) else value
