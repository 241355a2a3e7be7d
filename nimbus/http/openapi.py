"""The OpenAPI 3.1 document of the API, made from the declared routes and their types.

The schemas are msgspec's own (JSON Schema 2020-12, which OpenAPI 3.1 takes as it is); what this module adds are
paths, parameters, the envelope, and who may call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from nimbus.http.api_examples import BODIES, PARAMETERS
from nimbus.http.api_text import DESCRIPTION, ERRORS, describe
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, Page, PageQuery, Raw, Route
from nimbus.protocol.signing import ACCESS_KEY_HEADER, API_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from nimbus.protocol.version import VERSION

_REF = "#/components/schemas/{name}"
_SECURITY: list[dict[str, list[str]]] = [
    {"bearer": []},
    {"apiKey": []},
    {"accessKey": [], "timestamp": [], "signature": []},
]


def openapi(routes: Sequence[Route], *, server: str = "") -> dict[str, Any]:
    """The document as JSON types."""
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    tags = sorted({_tag(route.path) for route in routes})
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Nimbus",
            "version": VERSION,
            "summary": "The REST API of a Nimbus control plane.",
            "description": DESCRIPTION,
        },
        "servers": [{"url": server or "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "security": _SECURITY,
        "components": {
            "schemas": schemas.components,
            "responses": {f"Error{status}": _error(status, text) for status, text in ERRORS.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "apiKey": _header_scheme(API_KEY_HEADER, "an API key"),
                "accessKey": _header_scheme(ACCESS_KEY_HEADER, "HMAC: which key pair signed"),
                "timestamp": _header_scheme(TIMESTAMP_HEADER, "HMAC: Unix time in whole seconds"),
                "signature": _header_scheme(SIGNATURE_HEADER, "HMAC-SHA256 of the request, hexadecimal"),
            },
        },
    }


class _Schemas:
    """Every type of the routes as a named component, and how each is referred to."""

    def __init__(self, routes: Iterable[Route]) -> None:
        kinds: list[Any] = []
        for route in routes:
            kinds += [route.query, *([route.body] if route.body else []), _meta(route)]
            if route.answer is not None and route.answer is not Raw:
                kinds.append(route.answer)
            kinds += [kind for kind in route.media.values() if kind is not None]
        unique = [*dict.fromkeys(kinds), ErrorAnswer, Links]
        described = _short_names(*msgspec.json.schema_components(unique, ref_template=_REF))
        parameters: list[dict[str, Any]] = described[0]
        self.components: dict[str, Any] = described[1]
        self._of: dict[Any, dict[str, Any]] = dict(zip(unique, parameters, strict=True))
        for name, schema in self.components.items():
            _document(name, schema)

    def of(self, kind: Any) -> dict[str, Any]:
        return self._of[kind]

    def resolved(self, kind: Any) -> dict[str, Any]:
        """The schema itself, where it is a reference."""
        schema = self._of[kind]
        name = schema.get("$ref", "").rpartition("/")[2]
        inner: dict[str, Any] = self.components[name] if name else schema
        return inner


def _short_names(found: Any, components: Any) -> Any:
    """Types of the same name are told apart by msgspec with their modules: here by their slices."""
    text = msgspec.json.encode([found, components]).decode()
    for name in components:
        if "." in name:
            *_, slice_name, _, type_name = name.split(".")  # nimbus.fleet.metrics.records.TaskCounts
            short = slice_name.title().replace("_", "") + type_name
            text = text.replace(f'"{name}"', f'"{short}"').replace(f'/{name}"', f'/{short}"')
    return msgspec.json.decode(text)


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


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "description": "\n\n".join(filter(None, (route.description, _who(route)))),
        "tags": [_tag(route.path)],
        "parameters": [
            *_path_parameters(route),
            *_query_parameters(route, schemas),
            *_header_parameters(route),
        ],
        "responses": _responses(route, schemas),
    }
    operation["x-permission"] = route.permission.value
    if route.permission is Open.PUBLIC:
        operation["security"] = []
    if route.body is not None:
        operation["requestBody"] = {
            "required": bool(schemas.resolved(route.body).get("required")),
            "content": {_content_type(route.body): {"schema": schemas.of(route.body)}},
        }
    if route.content:
        binary = {"type": "string", "format": "binary", "minLength": 1, "maxLength": route.content}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": binary}},
        }
    return operation


def _content_type(body: type[msgspec.Struct]) -> str:
    return "application/x-www-form-urlencoded" if getattr(body, "FORM", False) else "application/json"


def _who(route: Route) -> str:
    if isinstance(route.permission, Permission):
        return f"Needs the permission `{route.permission.value}`."
    everybody = "Open to everybody" if route.permission is Open.PUBLIC else "For whoever is signed in"
    return f"{everybody}: {route.reason}."


def _operation_id(route: Route) -> str:
    path = re.sub(r"[^a-z0-9]+", "-", route.path.removeprefix("/api/v1/").lower()).strip("-")
    return f"{route.method.lower()}-{path}"


def _tag(path: str) -> str:
    return path.removeprefix("/api/v1/").split("/")[0]


def _path_parameters(route: Route) -> list[dict[str, Any]]:
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


def _query_parameters(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
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


def _header_parameters(route: Route) -> list[dict[str, Any]]:
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
    if _takes_if_match(route):
        headers.append(
            ("If-Match", text, "the ETag that a GET answered with: refused when it has changed since")
        )
    if route.method == "GET" and route.answer is not Raw:
        headers.append(
            ("If-None-Match", text, "ETags that are known: 304 without a body when one still holds")
        )
    return [
        {"name": name, "in": "header", "required": False, "schema": schema, "description": description}
        for name, schema, description in headers
    ]


def _takes_if_match(route: Route) -> bool:
    is_one = "{" in route.path or route.method == "PUT"  # of settings there is only one
    return route.method in ("PATCH", "PUT", "DELETE") and is_one


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    done = {"description": "done", "headers": _headers(route), "content": _content(route, schemas)}
    responses: dict[str, Any] = {str(route.status): done}
    for status in _errors_of(route):
        responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    if route.method == "GET" and route.answer is not Raw:
        responses["304"] = {
            "description": "unchanged since the ETag of If-None-Match",
            "headers": _headers(route),
        }
    return responses


def _content(route: Route, schemas: _Schemas) -> dict[str, Any]:
    if route.answer is not Raw:
        return {"application/json": {"schema": _envelope(route, schemas)}}
    return {
        media: {"schema": {} if kind is None else schemas.of(kind)}
        for media, kind in (route.media or {"*/*": None}).items()
    }


_REQUEST_ID = {
    "X-Request-Id": {
        "description": "finds the request in the control plane's log",
        "schema": {"type": "string"},
    }
}


def _headers(route: Route) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_REQUEST_ID)
    if route.answer is not Raw:
        headers["ETag"] = {
            "description": "stands for this answer: goes into If-None-Match and, of one resource, If-Match",
            "schema": {"type": "string"},
        }
    if route.creates:
        headers["Idempotency-Replayed"] = {
            "description": "`true`: this is the answer of an earlier request with the same Idempotency-Key",
            "schema": {"type": "string"},
        }
    return headers


def _error(status: int, description: str) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_REQUEST_ID)
    if status == 429:
        headers["Retry-After"] = {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}
    if status == 401:
        headers["WWW-Authenticate"] = {"description": "RFC 6750", "schema": {"type": "string"}}
    schema = {"$ref": _REF.format(name=ErrorAnswer.__name__)}
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": {"schema": schema}},
    }


def _errors_of(route: Route) -> list[int]:
    codes = set(ERRORS) - {412, 507}
    if _takes_if_match(route):
        codes.add(412)
    if route.changes or route.content:
        codes.add(507)
    return sorted(codes)


def _envelope(route: Route, schemas: _Schemas) -> dict[str, Any]:
    data = {} if route.answer is None else schemas.of(route.answer)
    return {
        "type": "object",
        "properties": {"data": data, "meta": schemas.of(_meta(route)), "links": schemas.of(Links)},
        "required": ["data", "meta", "links"],
        "additionalProperties": False,
    }


def _meta(route: Route) -> type[msgspec.Struct]:
    return route.meta or (Page if issubclass(route.query, PageQuery) else NoMeta)


def _header_scheme(name: str, description: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


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
