"""What a declared collection comes to: its routes, and what its functions are called with."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest

from nimbus.kernel.access import SYSTEM, Actor, Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Listed, NoQuery, Open, Page, PageQuery, Route, Target


class BoatView(msgspec.Struct):
    name: str


class BoatQuery(PageQuery):
    SORTS = ("name",)


class BoatRequest(msgspec.Struct):
    name: str


class Force(msgspec.Struct):
    force: bool = False


BOAT = Collection(
    "/api/v1/boats",
    "boat",
    BoatView,
    reads=Permission.AGENT_READ,
    writes=Permission.AGENT_WRITE,
    deletes=Permission.AGENT_DELETE,
)
HARBOUR_BOAT = msgspec.structs.replace(BOAT, path="/api/v1/harbours/{harbour}/boats", within="harbour")
SCOPED_BOAT = msgspec.structs.replace(BOAT, scoped=True)


async def called(*arguments: Any) -> Any:
    """Stands for a service's function: gives what it was called with."""
    return arguments


async def listed(*arguments: Any) -> Any:
    return list(arguments), 3


def call(route: Route, **more: Any) -> Awaitable[Any]:
    given = {"path": {"boat": "ark", "harbour": "joppa"}, "query": "query", "body": "body", **more}
    return route.handler(Call(actor=SYSTEM, workspace="here", if_match=7, **given))


ARK = Target("ark", "here", 7)


def facts(route: Route) -> tuple[Any, ...]:
    return route.method, route.path, route.permission, route.status, route.changes, route.creates


async def test_the_verbs_of_one_resource() -> None:
    show = BOAT.show(called, "Show a boat")
    assert facts(show) == ("GET", "/api/v1/boats/{boat}", Permission.AGENT_READ, 200, False, False)
    assert (show.summary, show.answer, show.query, show.body) == ("Show a boat", BoatView, NoQuery, None)
    assert await call(show) == (SYSTEM, ARK)

    change = BOAT.change(called, BoatRequest, "Change a boat")
    assert facts(change) == ("PATCH", "/api/v1/boats/{boat}", Permission.AGENT_WRITE, 200, True, False)
    assert (change.body, change.answer) == (BoatRequest, BoatView)
    assert await call(change) == (SYSTEM, ARK, "body")

    delete = BOAT.delete(called, "Delete a boat", Force)
    assert facts(delete) == ("DELETE", "/api/v1/boats/{boat}", Permission.AGENT_DELETE, 200, True, False)
    assert delete.query is Force
    assert await call(delete) == (SYSTEM, ARK, "query")
    assert await call(BOAT.delete(called, "Delete a boat")) == (SYSTEM, ARK)

    crew = BOAT.part("/crew", called, "Who is on it", Force, answer=list[str])
    assert facts(crew) == ("GET", "/api/v1/boats/{boat}/crew", Permission.AGENT_READ, 200, False, False)
    assert (crew.answer, crew.query) == (list[str], Force)
    assert await call(crew) == (SYSTEM, ARK, "query")

    sink = BOAT.action("/sink", called, "Sink a boat")
    assert facts(sink) == ("POST", "/api/v1/boats/{boat}/sink", Permission.AGENT_WRITE, 200, True, False)
    assert await call(sink) == (SYSTEM, ARK)


@pytest.mark.parametrize(
    ("collection", "path", "place"),
    [
        (BOAT, "/api/v1/boats", ()),
        (SCOPED_BOAT, "/api/v1/boats", ("here",)),
        (HARBOUR_BOAT, "/api/v1/harbours/{harbour}/boats", ("joppa",)),
    ],
    ids=["everywhere", "in a workspace", "in something"],
)
async def test_listing_and_creating_where(collection: Collection, path: str, place: tuple[str, ...]) -> None:
    listing = collection.list(listed, BoatQuery, "List boats")
    assert facts(listing) == ("GET", path, Permission.AGENT_READ, 200, False, False)
    assert (listing.query, listing.answer, listing.scoped) == (BoatQuery, list[BoatView], collection.scoped)
    query = BoatQuery(page=2, per_page=10)
    assert await call(listing, query=query) == Answer([SYSTEM, query, *place], page=Page(2, 10, 3))

    create = collection.create(called, BoatRequest, "Make a boat")
    assert facts(create) == ("POST", path, Permission.AGENT_WRITE, 201, True, True)
    assert await call(create) == (SYSTEM, "body", *place)


async def test_a_list_may_come_with_its_tag() -> None:
    async def tagged(_actor: Actor, _query: BoatQuery) -> Listed:
        return Listed(msgspec.Raw(b"[]"), 0, "t")

    answer = await call(BOAT.list(tagged, BoatQuery, "List boats"), query=BoatQuery())
    assert (answer.data, answer.tag) == (msgspec.Raw(b"[]"), "t")


def test_what_differs_is_named() -> None:
    route = BOAT.action(
        "/look", called, "Look", changes=False, creates=True, status=202, description="Far.", answer=str
    )
    assert facts(route)[3:] == (202, False, True)
    assert (route.description, route.answer) == ("Far.", str)
    own = BOAT.show(called, "Show a boat", signed_in="it is one's own")
    assert (own.permission, own.reason) == (Open.SIGNED_IN, "it is one's own")
    assert (
        BOAT.delete(called, "Delete", permission=Permission.AGENT_WRITE).permission is Permission.AGENT_WRITE
    )
    assert BOAT.list(listed, BoatQuery, "List boats", scoped=True).scoped


def test_without_a_permission_to_write_there_is_no_verb_that_writes() -> None:
    reading = msgspec.structs.replace(BOAT, writes=None, deletes=None)
    with pytest.raises(AssertionError, match="/api/v1/boats says no permission"):
        reading.create(called, BoatRequest, "Make a boat")
    with pytest.raises(AssertionError):
        reading.delete(called, "Delete a boat")
    assert (
        msgspec.structs.replace(BOAT, deletes=None).delete(called, "Delete").permission
        is Permission.AGENT_WRITE
    )
