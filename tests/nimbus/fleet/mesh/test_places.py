"""Who is in which scope, in memory: after any differences the same as what was told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.places import Places
from nimbus.protocol.messages import MeshDelta
from tests.kit.records import mesh_peer

NAMES = ("a", "b", "c", "d")
SCOPES = ("one", "two")
moves = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from([*SCOPES, ""]), st.booleans()), max_size=20
)


def delta(*peers: object, since: int = 1) -> MeshDelta:
    return MeshDelta(since, 2, "", peers)  # type: ignore[arg-type]


@given(moves)
def test_members_that_come_go_and_move(changes: list[tuple[str, str, bool]]) -> None:
    places, where = Places(), dict.fromkeys(NAMES, "")
    address = {name: mesh_peer(name).address for name in NAMES}
    for name, scope, arrives_first in changes:
        before, where[name] = where[name], scope
        steps = []
        if before and before != scope:
            steps.append((before, delta(mesh_peer(name, removed=True))))
        if scope:
            steps.append((scope, delta(mesh_peer(name))))
        # Scopes are told of in no order.
        for told, step in reversed(steps) if arrives_first else steps:
            places.take_in(told, step)
    assert {name: places.scope_of(name) for name in NAMES} == where
    for scope in SCOPES:
        assert set(places.nodes_in([scope])) == {name for name in NAMES if where[name] == scope}
    for one in NAMES:
        for other in NAMES:
            assert places.may_talk(address[one], address[other]) == (
                one != other and where[one] == where[other] != ""
            )


def test_who_is_not_in_the_whole_of_it_is_gone() -> None:
    places = Places()
    places.take_in("one", delta(mesh_peer("a"), mesh_peer("b"), since=0))
    places.take_in("two", delta(mesh_peer("c"), since=0))
    places.take_in("one", delta(mesh_peer("b"), since=0))
    assert (places.scope_of("a"), places.scope_of("b"), places.scope_of("c")) == ("", "one", "two")
    assert set(places.nodes_in(["one", "two", "three"])) == {"b", "c"}


def test_an_address_that_went_over_to_another_is_the_others() -> None:
    places = Places()
    shared = mesh_peer("a").address
    places.take_in("one", delta(mesh_peer("a"), mesh_peer("c")))
    places.take_in("one", delta(mesh_peer("b", shared)))
    places.take_in("one", delta(mesh_peer("a", removed=True)))
    assert places.may_talk(shared, mesh_peer("c").address)
    assert not places.may_talk(shared, "10.9.9.9")
    assert not places.may_talk(shared, shared)
