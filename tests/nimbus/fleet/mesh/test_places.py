"""Who is in which scope, in memory: after any changes the same as what was told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.places import Places
from nimbus.fleet.mesh.records import Member
from tests.kit.records import mesh_peer

NAMES = ("a", "b", "c", "d")
SCOPES = ("one", "two", "three")
# The first sees itself and the second, the third not even itself.
VIEWS = {"one": frozenset({"one", "two"}), "two": frozenset({"one", "two"}), "three": frozenset[str]()}
moves = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([*SCOPES, ""])), max_size=20)


def rows(name: str, before: str, scope: str) -> list[Member]:
    """What the log has of a member that goes from one scope to another."""
    gone = [Member(mesh_peer(name, removed=True), 1, before)] if before and before != scope else []
    return [*gone, *([Member(mesh_peer(name), 2, scope)] if scope else [])]


@given(moves)
def test_members_that_come_go_and_move(changes: list[tuple[str, str]]) -> None:
    places, where = Places(), dict.fromkeys(NAMES, "")
    address = {name: mesh_peer(name).address for name in NAMES}
    for name, scope in changes:
        before, where[name] = where[name], scope
        places.take_in(rows(name, before, scope), VIEWS)
    assert {name: places.scope_of(name) for name in NAMES} == where
    for scope in SCOPES:
        assert set(places.nodes_in([scope])) == {name for name in NAMES if where[name] == scope}
    for one in NAMES:
        for other in NAMES:
            sees = where[other] in VIEWS.get(where[one], ())
            assert places.may_talk(address[one], address[other]) == (one != other and sees)
            assert places.may_meet(one, other) == (one != other and sees)


def test_a_policy_holds_from_its_publication_on() -> None:
    places = Places()
    places.take_in([*rows("a", "", "one"), *rows("b", "", "two")], VIEWS)
    address = [mesh_peer(name).address for name in ("a", "b")]
    assert places.may_talk(*address)
    places.take_in([], {**VIEWS, "one": frozenset({"one"}), "two": frozenset({"two"})})
    assert not places.may_talk(*address)
    assert set(places.nodes_in(["one", "two", "nowhere"])) == {"a", "b"}


def test_an_address_that_went_over_to_another_is_the_others() -> None:
    places = Places()
    shared, other = mesh_peer("a").address, mesh_peer("c").address
    places.take_in([*rows("a", "", "one"), *rows("c", "", "one")], VIEWS)
    places.take_in([Member(mesh_peer("b", shared), 3, "one")], VIEWS)
    places.take_in([Member(mesh_peer("a", removed=True), 4, "one")], VIEWS)
    assert places.may_talk(shared, other)
    assert not places.may_talk(shared, "10.9.9.9")
    assert not places.may_talk(shared, shared)
