"""Collections as CSV: the columns of each, and what stands in a cell."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest

from nimbus.http.csv_pages import columns_of, has_csv, page_csv, wants_csv
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import PageQuery, Route
from tests.kit.declared_routes import declared_routes


class Place(msgspec.Struct):
    kind: str
    name: str


class Thing(msgspec.Struct):
    name: str
    count: int
    place: Place | None
    labels: dict[str, str]
    on: bool = True


async def nothing(_call: object) -> None:
    return None


THINGS = Route(
    "GET", "/api/v1/things", nothing, Permission.AUDIT_READ, "", query=PageQuery, answer=list[Thing]
)


def test_every_collection_has_columns_of_different_names() -> None:
    collections = [route for route in declared_routes() if has_csv(route)]
    assert len(collections) > 20
    for route in collections:
        titles = [column.title for column in columns_of(route.answer)]
        assert len(titles) == len(set(titles)) > 2, route.path


def test_cells() -> None:
    rows = [
        Thing("=cmd|'/c calc'!A1", -5, Place("node", "a, b"), {"tier": "gold"}),
        Thing("plain", 0, None, {}, on=False),
    ]
    text = page_csv(THINGS, rows).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["name", "count", "place_kind", "place_name", "labels", "on"],
        ["'=cmd|'/c calc'!A1", "-5", "node", "a, b", '{"tier":"gold"}', "true"],
        ["plain", "0", "", "", "{}", "false"],
    ]
    assert text.count("\r\n") == text.count("\n") == 3
    assert page_csv(THINGS, msgspec.Raw(msgspec.json.encode(rows))) == text.encode()
    assert page_csv(THINGS, []) == b"name,count,place_kind,place_name,labels,on\r\n"


@pytest.mark.parametrize(
    ("accepted", "wanted"),
    [
        ("text/csv", True),
        ("text/csv, */*;q=0.1", True),
        ("application/json;q=0.5, text/csv", True),
        ("application/json, text/csv;q=0.5", False),
        ("text/csv;q=0", False),
        ("*/*", False),
        ("text/*", True),
        ("", False),
    ],
)
def test_who_gets_it(accepted: str, wanted: bool) -> None:
    assert wants_csv(THINGS, accepted) is wanted
