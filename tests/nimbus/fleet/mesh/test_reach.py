"""How members reach each other, as sets: who is counted how, and by what cause."""

from __future__ import annotations

import msgspec

from nimbus.fleet.mesh.measurement import Numbers, Reach, bits_of, take_in
from nimbus.fleet.mesh.reach import Row, Ways, rows_of, summary
from nimbus.fleet.mesh.records import CONTROL_PLANE, Member
from nimbus.protocol.link_columns import address_number, pack
from nimbus.protocol.messages import Link, MeshPeer, MeshProbeResult

BASE = address_number("10.0.0.0")
HUB, A, B, C = (1 << place for place in (1, 2, 3, 4))
SEES = {"home": {"home"}, "elsewhere": {"elsewhere"}}


def member(name: str, place: int, entered: int = 1, scope: str = "home") -> Member:
    return Member(MeshPeer(name, name, f"key-{name}", f"10.0.0.{place}"), 1, scope, entered)


MEMBERS = [member("a", 2), member("b", 3), member("c", 4)]


def rows(
    reaches: dict[str, Reach], online: str = "abc", members: list[Member] | None = None
) -> dict[str, Ways]:
    made = rows_of(members or MEMBERS, SEES, reaches, set(online), BASE)
    return {row.name: row.ways for row in made}


def test_every_way_is_in_one_set() -> None:
    reaches = {"a": Reach(5, 9, measured=HUB | B | C, direct=HUB, relayed=B)}
    found = rows(reaches)
    assert found["a"] == Ways(direct=HUB, relayed=B, silent=C)
    assert found["b"] == Ways(unmeasured=HUB | A | C)
    assert found["a"].down == C


def test_what_leads_from_or_to_one_that_is_away_is_down_whatever_was_measured() -> None:
    reaches = {one: Reach(5, 9, HUB | A | B | C, HUB | A | B | C) for one in "abc"}
    found = rows(reaches, online="ab")
    assert found["a"] == Ways(direct=HUB | B, away=C)
    assert found["c"] == Ways(away=HUB | A | B)


def test_a_measurement_says_nothing_of_who_came_later_to_an_address() -> None:
    found = rows({"a": Reach(5, 9, HUB | B, HUB | B)}, members=[member("a", 2), member("b", 3, entered=12)])
    assert found["a"] == Ways(direct=HUB, unmeasured=B)


def test_no_way_leads_over_a_border() -> None:
    members = [*MEMBERS, member("x", 9, scope="elsewhere")]
    everything = Reach(5, 9, (1 << 20) - 1, (1 << 20) - 1)
    made = rows_of(members, SEES, {"a": everything, "x": everything}, set("abcx"), BASE)
    assert {row.name: row.ways.direct for row in made} == {"a": HUB | B | C, "b": 0, "c": 0, "x": HUB}


def test_causes_are_told_once_each_the_largest_first() -> None:
    nodes = [Row(CONTROL_PLANE, CONTROL_PLANE, 1, Ways(direct=A | B, away=C))]
    nodes += [
        Row("a", "a", 2, Ways(direct=HUB, silent=B, away=C)),
        Row("b", "b", 3, Ways(direct=HUB, relayed=A, away=C)),
        Row("c", "c", 4, Ways(away=HUB | A | B), is_away=True),
    ]
    shown = summary(nodes, {})
    assert (shown.members, shown.ways, shown.direct, shown.relayed, shown.down) == (3, 12, 4, 1, 7)
    assert [msgspec.structs.astuple(cause) for cause in shown.causes] == [
        ("offline", "c", 6),
        ("no_answer", "", 1),
        ("relay", "", 1),
    ]


def test_ways_that_have_one_end_in_common_are_named_by_it() -> None:
    everybody = (1 << 12) - 4
    nodes = [
        Row(str(place), f"n{place}", place, Ways(silent=everybody & ~(1 << place) if place == 5 else 1 << 5))
        for place in range(2, 12)
    ]
    nodes[0] = nodes[0]._replace(ways=Ways(silent=1 << 5 | 1 << 6))
    found = [(cause.node, cause.ways) for cause in summary(nodes, {}).causes]
    assert found == [("n5", 18), ("", 1)]


def test_what_a_node_says_of_strangers_is_left_out() -> None:
    places = {CONTROL_PLANE: 1, "b": 3}
    link = Link("b", "b", 3.0, 4.0, 10, 10, "192.0.2.1:1", "lan")
    stranger = msgspec.structs.replace(link, peer="stranger")
    odd = msgspec.structs.replace(link, endpoint="e" * 900, tried=("t" * 900,) * 90)
    packed = pack([(BASE + 3, link), (BASE + 200, link), (5, link)])
    reach, numbers, links = take_in(MeshProbeResult((stranger,), packed), places, BASE, 5, 9)
    assert ([*bits_of(reach.measured)], [each.peer for each in links]) == ([3], ["b"])
    assert (reach.rtt_ms, reach.hub_rtt_ms, reach.revision) == (4.0, None, 9)
    reach, numbers, _ = take_in(MeshProbeResult((odd,)), places, BASE, 5, 9)
    assert len(numbers.whole) < 1500
    assert take_in(MeshProbeResult(()), places, BASE, 5, 9)[1] == Numbers()
