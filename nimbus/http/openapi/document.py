"""The OpenAPI 3.1 document of the API, made from the declared routes and their types.

The schemas are msgspec's own (JSON Schema 2020-12, which OpenAPI 3.1 takes as it is); what this module adds are
paths, parameters, the envelope, and who may call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from nimbus.http.openapi.parameters import header_parameters, path_parameters, query_parameters
from nimbus.http.openapi.responses import error_response, responses
from nimbus.http.openapi.schemas import Schemas
from nimbus.http.openapi.text.commands import COMMANDS
from nimbus.http.openapi.text.general import DESCRIPTION, ERRORS
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, Route
from nimbus.protocol.signing import ACCESS_KEY_HEADER, API_KEY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

API_VERSION = "1"
_SECURITY: list[dict[str, list[str]]] = [
    {"bearer": []},
    {"apiKey": []},
    {"accessKey": [], "timestamp": [], "signature": []},
]


def openapi(routes: Sequence[Route], *, server: str = "") -> dict[str, Any]:
    """The document as JSON types."""
    schemas = Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    tags = sorted({_tag(route.path) for route in routes})
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Nimbus",
            # Of the API, as in its paths: strangers read this, too, and are not told what to try on this release.
            "version": API_VERSION,
            "summary": "The REST API of a Nimbus control plane.",
            "description": DESCRIPTION,
        },
        "servers": [{"url": server or "/"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "security": _SECURITY,
        "components": {
            "schemas": schemas.named(),
            "responses": {f"Error{status}": error_response(status, text) for status, text in ERRORS.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "apiKey": _header_scheme(API_KEY_HEADER, "an API key"),
                "accessKey": _header_scheme(ACCESS_KEY_HEADER, "HMAC: which key pair signed"),
                "timestamp": _header_scheme(TIMESTAMP_HEADER, "HMAC: Unix time in whole seconds"),
                "signature": _header_scheme(SIGNATURE_HEADER, "HMAC-SHA256 of the request, hexadecimal"),
            },
        },
    }


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "description": "\n\n".join(filter(None, (route.description, _who(route)))),
        "tags": [_tag(route.path)],
        "parameters": [*path_parameters(route), *query_parameters(route, schemas), *header_parameters(route)],
        "responses": responses(route, schemas),
    }
    operation["x-permission"] = route.permission.value
    command = COMMANDS.get(f"{route.method} {route.path}")
    if command is not None:
        operation["x-command"] = command
    if route.permission is Open.PUBLIC:
        operation["security"] = []
    if route.body is not None:
        body = schemas.resolved(route.body)
        operation["requestBody"] = {
            "required": bool(body.get("required") or body.get("oneOf")),
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
    everybody = "Open to everybody" if route.permission is Open.PUBLIC else "For every user who is signed in"
    return f"{everybody}: {route.reason}."


def _operation_id(route: Route) -> str:
    # What is not below the API (/metrics) may be called as something of it is.
    below = route.path.removeprefix("/api/v1/") if route.path.startswith("/api/v1/") else f"root{route.path}"
    path = re.sub(r"[^a-z0-9]+", "-", below.lower()).strip("-")
    return f"{route.method.lower()}-{path}"


def _tag(path: str) -> str:
    return path.removeprefix("/api/v1").split("/")[1]


def _header_scheme(name: str, description: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}
