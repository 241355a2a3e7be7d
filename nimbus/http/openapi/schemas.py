"""Every type of the routes as a named JSON Schema, and the types of what stands around an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from nimbus.http.openapi.examples import BODIES
from nimbus.http.openapi.text.fields import describe
from nimbus.kernel.routing import Page, PageQuery, Raw, Route

REF = "#/components/schemas/{name}"


class NoMeta(msgspec.Struct, forbid_unknown_fields=True):
    """Of one resource there is nothing more to say."""


class Links(msgspec.Struct):
    """Where this answer came from and, of collections, the pages beside it."""

    self: str
    next: str | None = None
    prev: str | None = None


class Detail(msgspec.Struct):
    """A field, parameter or header that is wrong."""

    field: str
    message: str


class ErrorBody(msgspec.Struct):
    """`code` is stable, what scripts match; `message` and `next_step` are for people."""

    code: str
    message: str
    details: list[Detail]
    next_step: str = ""
    request_id: str = ""


class ErrorAnswer(msgspec.Struct):
    """The answer to every request that failed."""

    error: ErrorBody


def meta_of(route: Route) -> type[msgspec.Struct]:
    return route.meta or (Page if issubclass(route.query, PageQuery) else NoMeta)


class Schemas:
    """Every type of the routes as a named component, and how each is referred to."""

    def __init__(self, routes: Iterable[Route]) -> None:
        kinds: list[Any] = []
        for route in routes:
            kinds += [route.query, *([route.body] if route.body else []), meta_of(route)]
            if route.answer is not None and route.answer is not Raw:
                kinds.append(route.answer)
            kinds += [kind for kind in route.media.values() if kind is not None]
        unique = [*dict.fromkeys(kinds), ErrorAnswer, Links]
        found, components, kind_of = _short_names(*msgspec.json.schema_components(unique, ref_template=REF))
        parameters: list[dict[str, Any]] = found
        self.components: dict[str, Any] = components
        self._of: dict[Any, dict[str, Any]] = dict(zip(unique, parameters, strict=True))
        self._queries = [self._of[kind] for kind in {route.query for route in routes}]
        for kind in unique:
            # What holds between its fields.
            self.resolved(kind).update(getattr(kind, "SCHEMA", {}))
        for name, schema in self.components.items():
            _document(kind_of.get(name, name), schema)

    def named(self) -> dict[str, Any]:
        """Those that are referred to: a query is shown as parameters."""
        queries = {schema["$ref"].rpartition("/")[2] for schema in self._queries if "$ref" in schema}
        return {name: schema for name, schema in self.components.items() if name not in queries}

    def of(self, kind: Any) -> dict[str, Any]:
        return self._of[kind]

    def resolved(self, kind: Any) -> dict[str, Any]:
        """The schema itself, where it is a reference."""
        schema = self._of[kind]
        name = schema.get("$ref", "").rpartition("/")[2]
        inner: dict[str, Any] = self.components[name] if name else schema
        return inner


def _short_names(found: Any, components: Any) -> Any:
    """Types of the same name are told apart by msgspec with their modules: here by their slices. With the name of
    the type of each that was."""
    text = msgspec.json.encode([found, components]).decode()
    kind_of = {}
    for name in components:
        if "." in name:
            *_, slice_name, _, type_name = name.split(".")  # nimbus.fleet.metrics.records.TaskCounts
            short = slice_name.title().replace("_", "") + type_name
            kind_of[short] = type_name
            text = text.replace(f'"{name}"', f'"{short}"').replace(f'/{name}"', f'/{short}"')
    return (*msgspec.json.decode(text), kind_of)


def _document(kind: str, schema: dict[str, Any]) -> None:
    """What msgspec does not know: what the fields mean, and how it looks."""
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split())
    for name, inner in schema.get("properties", {}).items():
        text = describe(kind, name)
        if text and "description" not in inner:
            inner["description"] = text
    if kind in BODIES:
        schema["examples"] = [BODIES[kind]]
