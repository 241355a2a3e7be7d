"""Parameters of a request: in its path, its query, its headers."""

from __future__ import annotations

import re
from typing import Any

from nimbus.http.entity_tags import MATCHED
from nimbus.http.openapi.examples import PARAMETERS
from nimbus.http.openapi.schemas import Schemas
from nimbus.http.openapi.text.fields import describe
from nimbus.kernel.routing import PageQuery, Raw, Route


def path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
            "description": f"id or name of the {name}",
        }
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def query_parameters(route: Route, schemas: Schemas) -> list[dict[str, Any]]:
    parameters = []
    schema = schemas.resolved(route.query)
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        shown = _without_null(inner)
        if issubclass(route.query, PageQuery):
            shown = _page_bounds(name, shown, route.query)
        description = shown.pop("description", "") or describe(route.query.__name__, name)
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": shown,
                "description": description,
                **_example(name),
            }
        )
    if route.scoped:
        parameters.append(
            {
                "name": "workspace",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "name, organization/name or id of the workspace that names are looked up in",
                **_example("workspace"),
            }
        )
    return parameters


def _example(name: str) -> dict[str, Any]:
    return {"example": PARAMETERS[name]} if name in PARAMETERS else {}


def _page_bounds(name: str, schema: dict[str, Any], query: type[PageQuery]) -> dict[str, Any]:
    if name == "page":
        return {**schema, "minimum": 1, "maximum": 1_000_000_000}
    if name == "per_page":
        return {**schema, "minimum": 1, "maximum": 1000}
    if name == "sort":
        field = "|".join(query.SORTS)
        pattern = f"^(-?({field})(,-?({field}))*)?$" if field else "^$"
        return {**schema, "pattern": pattern}
    return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter is there or not; it is never null."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    default = {} if schema.get("default") is None else {"default": schema["default"]}
    if len(options) == 1:
        return {**options[0], **rest, **default}
    return {**rest, **({"anyOf": options} if options else {}), **default}


def header_parameters(route: Route) -> list[dict[str, Any]]:
    text: dict[str, Any] = {"type": "string"}
    headers = []
    if route.creates:
        key: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        headers.append(
            (
                "Idempotency-Key",
                key,
                "the same key twice is carried out once, and answered the same for a day",
            )
        )
    if route.revised:
        tag: dict[str, Any] = {"type": "string", "pattern": f"^({MATCHED})?$"}
        headers.append(
            ("If-Match", tag, "the ETag that a GET answered with: refused when it has changed since")
        )
    if route.method == "GET" and route.answer is not Raw:
        headers.append(
            ("If-None-Match", text, "ETags that are known: 304 without a body when one still holds")
        )
    return [
        {"name": name, "in": "header", "required": False, "schema": schema, "description": description}
        for name, schema, description in headers
    ]
