"""Which words a field of a type takes, for whoever wrote another one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import inspect

_PART = re.compile(r"\[[^\]]*\]|[^.\[]+")


def allowed_words(kind: type[msgspec.Struct], path: str) -> tuple[str, ...]:
    """`path` as msgspec names a place, without its `$`: `rules[0].action`. Empty where the field takes no words of
    a list."""
    found = [inspect.type_info(kind)]
    for part in _PART.findall(path):
        found = [inner for each in found for inner in _inside(each, part)]
    return tuple(dict.fromkeys(str(word) for each in found for word in _words(each)))


def _inside(kind: inspect.Type, part: str) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        # What the API's description says of it.
        yield from _inside(kind.type, part)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _inside(each, part)
    elif isinstance(kind, inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == part)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType):
        yield kind.item_type
    elif isinstance(kind, inspect.DictType):
        yield kind.value_type


def _words(kind: inspect.Type) -> Iterator[object]:
    if isinstance(kind, inspect.Metadata):
        yield from _words(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _words(each)
    elif isinstance(kind, inspect.LiteralType):
        yield from kind.values
    elif isinstance(kind, inspect.EnumType):
        yield from (member.value for member in kind.cls)
