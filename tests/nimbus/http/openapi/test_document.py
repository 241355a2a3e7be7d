"""The API's description of itself: valid, complete, and of what is served."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from openapi_spec_validator import OpenAPIV31SpecValidator

from nimbus.cli.examples import EXAMPLES
from nimbus.http.door import IDEMPOTENCY_HEADER
from nimbus.http.openapi.document import openapi
from nimbus.http.openapi.examples import BODIES
from nimbus.http.openapi.text.commands import COMMANDS
from nimbus.http.openapi.text.fields import FIELDS, PARTS
from nimbus.http.openapi.text.general import ERRORS
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Open, PageQuery, Raw, Route
from nimbus.records.event_log.records import CursorPage
from tests.kit.control_plane import control_plane
from tests.kit.declared_routes import declared_routes
from tests.kit.requester import Requester

ROUTES = declared_routes()
DOCUMENT = json.loads(json.dumps(openapi(ROUTES)))
SCHEMAS = DOCUMENT["components"]["schemas"]


def operations() -> Iterator[tuple[str, dict[str, Any], Route]]:
    for route in ROUTES:
        yield f"{route.method} {route.path}", DOCUMENT["paths"][route.path][route.method.lower()], route


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def structs(kind: type[msgspec.Struct] = msgspec.Struct) -> Iterator[type[msgspec.Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from structs(one)


def test_it_is_valid_openapi() -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_a_document_that_is_wrong_is_found_out() -> None:
    wrong = {**DOCUMENT, "paths": {"/a": {"get": {"responses": {"200": {}}}}}}
    assert list(OpenAPIV31SpecValidator(wrong).iter_errors())


def test_every_reference_leads_somewhere_and_nothing_is_left_over() -> None:
    named = set(references(DOCUMENT))
    for name in named:
        found: Any = DOCUMENT
        for part in name.removeprefix("#/").split("/"):
            found = found[part]
    assert {f"#/components/schemas/{name}" for name in SCHEMAS} <= named
    assert not [name for name in SCHEMAS if not re.fullmatch(r"[A-Za-z0-9]+", name)]


def test_every_field_and_parameter_says_what_it_is() -> None:
    silent = [
        f"{kind}.{name}"
        for kind, schema in SCHEMAS.items()
        for name, inner in schema.get("properties", {}).items()
        if not inner.get("description")
    ]
    silent += [
        f"{what} {one['name']}"
        for what, operation, _ in operations()
        for one in operation["parameters"]
        if not one.get("description")
    ]
    assert silent == [], "say it in nimbus/http/openapi/text/"


def test_nothing_is_said_of_what_is_not_there() -> None:
    there: set[str] = set()
    for kind in structs():
        there |= {
            name for field in kind.__struct_encode_fields__ for name in (field, f"{kind.__name__}.{field}")
        }
    assert set(FIELDS) - there == set()
    assert set(BODIES) - set(SCHEMAS) == set()


def test_each_field_is_in_one_place() -> None:
    assert sum(len(part.FIELDS) for part in PARTS) == len(FIELDS)


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_examples_are_right(kind: str) -> None:
    properties = SCHEMAS[kind]["properties"]
    assert set(BODIES[kind]) <= set(properties)
    assert set(SCHEMAS[kind].get("required", ())) <= set(BODIES[kind])


def test_every_operation_says_who_may_what_comes_back_and_how_it_fails() -> None:
    ids = [operation["operationId"] for _, operation, _ in operations()]
    assert len(ids) == len(set(ids)) == len(ROUTES)
    for what, operation, route in operations():
        assert operation["summary"], what
        assert operation["x-permission"] == route.permission.value, what
        assert (operation.get("security") == []) == (route.permission is Open.PUBLIC), what
        if isinstance(route.permission, Permission):
            assert f"`{route.permission.value}`" in operation["description"], what
        answers = operation["responses"]
        assert answers.keys() >= {str(route.status), "400", "404", "422", "429", "500"}, what
        assert {int(status) for status in answers if int(status) >= 400} <= set(ERRORS), what
        done = answers[str(route.status)]
        assert "X-Request-Id" in done["headers"], what
        if route.answer is not Raw:
            assert "ETag" in done["headers"], what
            envelope = done["content"]["application/json"]["schema"]
            assert envelope["required"] == ["data", "meta", "links"], what


def test_headers_of_requests_are_where_they_work() -> None:
    for what, operation, route in operations():
        headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        assert (IDEMPOTENCY_HEADER in headers) == route.creates, what
        assert ("If-None-Match" in headers) == (route.method == "GET" and route.answer is not Raw), what
        assert ("If-Match" in headers) == ("412" in operation["responses"]) == route.revised, what
        assert not route.revised or route.method in ("PUT", "PATCH", "DELETE"), what


def test_lists_are_pages_and_events_have_a_cursor() -> None:
    for what, operation, route in operations():
        if issubclass(route.query, PageQuery):
            envelope = operation["responses"]["200"]["content"]["application/json"]["schema"]
            wanted = route.meta.__name__ if route.meta else "Page"
            assert envelope["properties"]["meta"] == {"$ref": f"#/components/schemas/{wanted}"}, what
    assert {"cursor", "reset"} <= SCHEMAS[CursorPage.__name__]["properties"].keys()
    assert "websocket" in DOCUMENT["info"]["description"]


def test_answers_that_are_no_json_say_what_they_are() -> None:
    export = DOCUMENT["paths"]["/api/v1/audit-log/export"]["get"]["responses"]["200"]["content"]
    assert set(export) == {"application/json", "text/csv"}
    assert export["application/json"]["schema"] == {"$ref": "#/components/schemas/Export"}


async def test_what_is_served_is_what_is_described(tmp_path: Path) -> None:
    """Every operation answers as one that is there, with a status of its own."""
    async with control_plane(tmp_path) as plane:

        def ask() -> None:
            with Requester(plane) as requester:
                served = requester.get("/api/v1/openapi.json")
                assert served.headers["content-type"] == "application/json"
                assert served.json == DOCUMENT
                for what, operation, route in operations():
                    target = re.sub(r"{\w+}", "00000000-0000-4000-8000-0000000000ff", route.path)
                    reply = requester.send(route.method, target, b"{}" if route.body else None)
                    assert str(reply.status) in operation["responses"], (what, reply)
                    assert reply.headers["x-request-id"], what

        await trio.to_thread.run_sync(ask)


def test_commands_are_examples_of_the_command_line_and_stand_at_operations_that_there_are() -> None:
    assert COMMANDS.keys() <= {name for name, _, _ in operations()}
    assert set(COMMANDS.values()) <= set(EXAMPLES)
    assert DOCUMENT["paths"]["/api/v1/nodes"]["get"]["x-command"] == "nimbus node list"
