"""Answers: the envelope, headers, and which errors there may be."""

from __future__ import annotations

from typing import Any

from nimbus.http.csv_pages import has_csv
from nimbus.http.openapi.schemas import REF, ErrorAnswer, Links, Schemas, meta_of
from nimbus.http.openapi.text.general import ERRORS
from nimbus.kernel.routing import Raw, Route


def responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    done = {"description": "done", "headers": _headers(route), "content": _content(route, schemas)}
    answers: dict[str, Any] = {str(route.status): done}
    for status in _errors_of(route):
        answers[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    if route.method == "GET" and route.answer is not Raw:
        answers["304"] = {
            "description": "unchanged since the ETag of If-None-Match",
            "headers": _headers(route),
        }
    return answers


def _content(route: Route, schemas: Schemas) -> dict[str, Any]:
    if route.answer is not Raw:
        csv = {"text/csv": {"schema": {"type": "string"}}} if has_csv(route) else {}
        return {"application/json": {"schema": _envelope(route, schemas)}, **csv}
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
    if has_csv(route):
        headers["Link"] = {
            "description": "of CSV: the next page, with rel=next (RFC 8288)",
            "schema": {"type": "string"},
        }
    if route.creates:
        headers["Idempotency-Replayed"] = {
            "description": "`true`: this is the answer of an earlier request with the same Idempotency-Key",
            "schema": {"type": "string"},
        }
    return headers


def error_response(status: int, description: str) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_REQUEST_ID)
    if status == 429:
        headers["Retry-After"] = {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}
    if status == 401:
        headers["WWW-Authenticate"] = {"description": "RFC 6750", "schema": {"type": "string"}}
    schema = {"$ref": REF.format(name=ErrorAnswer.__name__)}
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": {"schema": schema}},
    }


def _errors_of(route: Route) -> list[int]:
    codes = set(ERRORS) - {412, 507}
    if route.revised:
        codes.add(412)
    if route.changes or route.content:
        codes.add(507)
    return sorted(codes)


def _envelope(route: Route, schemas: Schemas) -> dict[str, Any]:
    data = {} if route.answer is None else schemas.of(route.answer)
    return {
        "type": "object",
        "properties": {"data": data, "meta": schemas.of(meta_of(route)), "links": schemas.of(Links)},
        "required": ["data", "meta", "links"],
        "additionalProperties": False,
    }
