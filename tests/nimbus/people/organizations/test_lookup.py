"""Finding what lies in workspaces."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from nimbus.db import Transaction
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden, NotFound
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.service import Organizations


class Boat(msgspec.Struct, frozen=True):
    id: str
    name: str
    workspace_id: str


HERE, THERE = "here", "there"
ARK, TWIN, FAR = Boat(new_id(), "ark", HERE), Boat(new_id(), "twin", HERE), Boat(new_id(), "twin", THERE)
BOATS = (ARK, TWIN, FAR)
READER = Actor(
    kind="user", id="r", name="reader", access=Access(workspaces={HERE: frozenset({Permission.AGENT_READ})})
)
BOTH = frozenset({Permission.AGENT_READ, Permission.AGENT_WRITE})
WRITER = Actor(kind="user", id="w", name="writer", access=Access(workspaces={HERE: BOTH, THERE: BOTH}))


class Places:
    def reached(self, tx: Transaction, actor: Actor, permission: Permission, reference: str) -> Any:
        return frozenset({reference}) if reference else actor.workspaces_with(permission)


def by_id(_tx: Transaction, boat_id: str) -> Boat | None:
    return next((boat for boat in BOATS if boat.id == boat_id), None)


def named(_tx: Transaction, name: str, workspaces: frozenset[str] | None) -> list[Boat]:
    return [
        boat
        for boat in BOATS
        if boat.name == name and (workspaces is None or boat.workspace_id in workspaces)
    ]


BOAT = Lookup("boat", Permission.AGENT_READ, by_id, named)


def resolve(actor: Actor, permission: Permission, reference: str, workspace: str = "") -> Boat:
    tx, places = cast("Transaction", None), cast("Organizations", Places())
    return BOAT.resolve(tx, places, actor, permission, Target(reference, workspace))


def test_by_id_and_by_a_name_in_what_one_may_read() -> None:
    assert resolve(READER, Permission.AGENT_READ, "Ark") is ARK
    assert resolve(READER, Permission.AGENT_READ, ARK.id.upper()) is ARK
    assert resolve(READER, Permission.AGENT_READ, "twin") is TWIN
    assert resolve(WRITER, Permission.AGENT_WRITE, "twin", THERE) is FAR


def test_what_one_may_not_read_is_not_there() -> None:
    for reference in (FAR.id, new_id(), "raft"):
        with pytest.raises(NotFound, match=f"there is no boat '{reference}'") as caught:
            resolve(READER, Permission.AGENT_READ, reference)
        assert caught.value.next_step == "See them all with: nimbus boat list"


def test_what_one_may_only_read_is_forbidden() -> None:
    with pytest.raises(Forbidden):
        resolve(READER, Permission.AGENT_WRITE, "ark")


def test_a_name_that_stands_for_several() -> None:
    with pytest.raises(Conflict, match="there are boats of that name in more than one workspace"):
        resolve(WRITER, Permission.AGENT_READ, "twin")


def test_without_names_there_are_ids_only() -> None:
    nameless = Lookup("boat", Permission.AGENT_READ, by_id)
    tx, places = cast("Transaction", None), cast("Organizations", Places())
    assert nameless.resolve(tx, places, READER, Permission.AGENT_READ, Target(ARK.id)) is ARK
    with pytest.raises(NotFound):
        nameless.resolve(tx, places, READER, Permission.AGENT_READ, Target("ark"))
