"""The mesh as nodes and links: what is told is what was measured, and grows with what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.measurement import Reach
from nimbus.fleet.mesh.reach import place_of, rows_of
from nimbus.fleet.mesh.records import Member, MeshTopology
from nimbus.fleet.mesh.topology import Seen, topology
from nimbus.protocol.link_columns import address_number
from nimbus.protocol.messages import MeshPeer

BASE = address_number("10.0.0.0")
DIRECT, DOWN = Seen("direct", 1.0, 5.0), Seen("down", None, None)
# By member, what it measured of the others.
Known = dict[str, dict[str, Seen]]


def member(node_id: str, scope: str = "home") -> Member:
    """Its place is the code of the last letter of its id."""
    address = f"10.0.0.{ord(node_id[-1])}"
    return Member(MeshPeer(node_id, f"name-{node_id}", f"key-{node_id}", address), 1, scope)


def drawn(members: Sequence[Member], known: Known, online: set[str], **given: int) -> MeshTopology:
    """Each scope sees itself."""
    ids = {place_of(each, BASE): each.peer.node_id for each in members}
    views = {each.scope: {each.scope} for each in members}

    def bits(node_id: str, *paths: str) -> int:
        return sum(
            1 << place
            for place, other in ids.items()
            if other in known[node_id] and known[node_id][other].path in paths
        )

    reaches = {
        node_id: Reach(
            7,
            1,
            bits(node_id, "direct", "relayed", "down"),
            bits(node_id, "direct"),
            bits(node_id, "relayed"),
        )
        for node_id in known
    }
    rows = rows_of(members, views, reaches, online, BASE)
    return topology(members, rows, reaches, lambda row, place: known[row.node_id][ids[place]], views, **given)


def full(ids: list[str], down: set[frozenset[str]] = frozenset()) -> Known:  # type: ignore[assignment]
    return {
        one: {other: DOWN if frozenset((one, other)) in down else DIRECT for other in ids if other != one}
        for one in ids
    }


def test_both_directions_are_one_link_with_the_worse_of_both() -> None:
    known = {"a": {"b": Seen("direct", 2.0, 5.0)}, "b": {"a": Seen("relayed", 7.0, 90.0)}}
    shown = drawn([member("a"), member("b")], known, {"a", "b"})
    assert (shown.links.a, shown.links.b, shown.links.path) == ([0], [1], ["relayed"])
    assert (shown.links.rtt_ms, shown.links.handshake_age_s) == ([7.0], [90.0])
    assert [(node.direct, node.relayed, node.down) for node in shown.nodes] == [(1, 0, 0), (0, 1, 0)]
    assert (shown.problems, shown.complete) == (1, True)


def test_what_leads_to_a_node_that_is_away_is_down() -> None:
    ids = ["a", "b", "c"]
    shown = drawn([member(one) for one in ids], full(ids), {"a", "b"})
    assert dict(zip(zip(shown.links.a, shown.links.b, strict=True), shown.links.path, strict=True)) == {
        (0, 1): "direct",
        (0, 2): "down",
        (1, 2): "down",
    }
    assert [(node.direct, node.down, node.online) for node in shown.nodes] == [
        (1, 1, True),
        (1, 1, True),
        (0, 2, False),
    ]


def test_who_has_measured_nothing_is_neither_good_nor_bad() -> None:
    shown = drawn([member("a"), member("b")], {}, {"a", "b"})
    assert shown.links.a == []
    assert [(node.direct, node.down, node.measured_at) for node in shown.nodes] == [
        (0, 0, None),
        (0, 0, None),
    ]


def test_of_a_large_mesh_only_what_is_not_direct_is_told() -> None:
    ids = [*"0123456789ab"]
    down = {frozenset(("3", "7"))}
    shown = drawn([member(one) for one in ids], full(ids, down), set(ids), all_up_to=5)
    assert (shown.links.a, shown.links.b, shown.links.path) == ([3], [7], ["down"])
    assert (shown.complete, shown.problems) == (False, 1)
    assert [node.direct for node in shown.nodes] == [11, 11, 11, 10, 11, 11, 11, 10, 11, 11, 11, 11]


pairs = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]))


numbers = st.sets(st.integers(0, 7))


@given(st.integers(2, 8), pairs, numbers, numbers)
def test_a_large_mesh_counts_the_same_problems_and_lists_those_between_online_nodes(
    count: int, broken: set[tuple[int, int]], away: set[int], unmeasured: set[int]
) -> None:
    ids = [str(number) for number in range(count)]
    down = {frozenset(map(str, pair)) for pair in broken}
    online = set(ids) - set(map(str, away))
    members = [member(one) for one in ids]
    known = {one: ways for one, ways in full(ids, down).items() if int(one) not in unmeasured}
    whole, short = (drawn(members, known, online, all_up_to=limit) for limit in (100, 0))
    bad = [
        (a, b)
        for a, b, path in zip(whole.links.a, whole.links.b, whole.links.path, strict=True)
        if path != "direct"
    ]
    between_online = [(a, b) for a, b in bad if not away & {a, b}]
    assert list(zip(short.links.a, short.links.b, strict=True)) == between_online
    assert (whole.problems, whole.nodes) == (short.problems, short.nodes) == (len(bad), short.nodes)


def test_who_does_not_answer_in_a_large_mesh_is_told_as_bits() -> None:
    ids = ["a", "b", "c"]
    known = full(ids, {frozenset(("a", "b"))})
    known["c"]["b"] = Seen("relayed", 9.0, 1.0)
    shown = drawn([member(one) for one in ids], known, set(ids), all_up_to=0)
    a, b = (1 << node.place for node in shown.nodes[:2])
    assert [int.from_bytes(each, "little") for each in shown.silent] == [b, a, 0]
    assert [int.from_bytes(each, "little") for each in shown.relayed] == [0, 0, b]


def test_there_are_no_links_over_a_border() -> None:
    known = full(["a", "b"]) | full(["x"])
    shown = drawn([member("a"), member("b"), member("x", "elsewhere")], known, {"a", "b", "x"})
    assert (shown.links.a, shown.links.b, shown.problems) == ([0], [1], 0)
    assert [(node.organization, node.direct, node.down) for node in shown.nodes] == [
        ("home", 1, 0),
        ("home", 1, 0),
        ("elsewhere", 0, 0),
    ]
