"""What is written of a node, out of what it told."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from nimbus.fleet.mesh.history.blocks import COARSE, FINE, Block, Figure
from nimbus.fleet.mesh.history.charts import MAX_POINTS, figures_of, span, way
from nimbus.fleet.mesh.history.parts import OLDEST_S, Told, is_too_large, read
from nimbus.fleet.mesh.history.work import Stored, Waiting, blocks_of, take_in
from nimbus.fleet.mesh.measurement import Measured, Moment, Numbers, Reach, bits_of
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.kernel.clock import MICROSECONDS
from nimbus.protocol.link_columns import address_number, pack
from nimbus.protocol.messages import MEASURED_BYTES_LIMIT, MEASURED_WHOLE_LIMIT, Link, MeshProbeResult

BASE = address_number("10.0.0.0")
PLACES = {CONTROL_PLANE: 1, "a": 2, "b": 3, "c": 4}
HOUR = COARSE.step_start(1_800_000_000)
NOW = HOUR * MICROSECONDS
EVERYBODY = 0b11110


def link(rtt_ms: float | None = 2.0, sent: int = 2, lost: int = 0, **fields: object) -> Link:
    values = {"peer": "", "name": "", "handshake_age_s": 3.0, "rx_bytes": 9, "tx_bytes": 9}
    return Link(**{**values, "rtt_ms": rtt_ms, "sent": sent, "lost": lost, **fields})  # type: ignore[arg-type]


def told(at_s: float, whole: tuple[Link, ...] = (), **links: Link) -> Told:
    ways = [(BASE + (1 if name == "hub" else PLACES[name]), each) for name, each in links.items()]
    return Told(NOW + round(at_s * MICROSECONDS), MeshProbeResult(whole, pack(ways)))


class Node:
    """Of one node, what is stored and what waits."""

    def __init__(self) -> None:
        self.stored = Stored(None, Numbers(), {})
        self.waiting = Waiting()
        self.problem = ""

    def take_in(self, at_s: float, *parts: Told, known: int = EVERYBODY, whole: bool = False) -> None:
        now = NOW + round(at_s * MICROSECONDS)
        waiting = self.waiting._replace(parts=parts)
        needed = {key: self.stored.blocks.get(key) for key in blocks_of(waiting, now)}
        had = self.stored._replace(blocks=needed)
        written = take_in(waiting, had, known, BASE, Moment(now, 9, PLACES), whole=whole)
        assert written.blocks.keys() <= needed.keys()
        reach, numbers = written.newest or (self.stored.reach, self.stored.numbers)
        self.stored = Stored(reach, numbers, {**self.stored.blocks, **written.blocks})
        self.waiting, self.problem = written.waiting, written.problem

    @property
    def reach(self) -> Reach:
        assert self.stored.reach is not None
        return self.stored.reach

    def figures(self, place: int, grain: object = FINE) -> dict[int, Figure]:
        found: dict[int, Figure] = {}
        for (step, start), packed in self.stored.blocks.items():
            for each in (FINE, COARSE):
                if each is grain and step == each.step_s:
                    found |= Block(each, start, packed).figures(place)
        return found


def tried(node: Node) -> tuple[str, ...]:
    kept = Measured(node.stored.numbers, BASE).link("b", PLACES["b"])
    return kept.tried if kept else ()


def test_parts_together_are_one_measurement_each_way_with_its_own_time() -> None:
    node = Node()
    node.take_in(10, told(5, a=link(), hub=link(0.5)))
    node.take_in(70, told(65, b=link(9.0), c=link(None, 0, idle=True, handshake_age_s=None)))
    assert (node.reach.measured, node.reach.direct, node.reach.idle) == (0b11110, 0b01110, 0b10000)
    assert (node.reach.hub_rtt_ms, node.reach.rtt_ms) == (0.5, 2.0)
    kept = Measured(node.stored.numbers, BASE)
    ages = {name: each.ago_s for name, place in PLACES.items() if (each := kept.link(name, place))}
    assert ages == {CONTROL_PLANE: 65, "a": 65, "b": 5, "c": 5}


def test_what_was_asked_for_since_is_not_replaced_by_what_was_measured_before() -> None:
    node = Node()
    node.take_in(10, told(9, a=link(1.0)))
    node.take_in(20, told(10, a=link(None, 0, ago_s=8, idle=True)))
    assert (node.reach.direct, node.reach.idle) == (0b100, 0)


def test_nothing_is_said_of_who_has_come_to_the_address_of_one_who_was_measured() -> None:
    node = Node()
    node.take_in(10, told(9, a=link(1.0), b=link()))
    # By then b has gone, and another has its address.
    node.take_in(700, told(699, a=link(1.0)), known=0b110)
    assert [*bits_of(node.reach.measured)] == [2]
    assert Measured(node.stored.numbers, BASE).link("b", 3) is None


def test_what_was_tried_in_vain_is_kept_whole_and_goes_when_it_answers() -> None:
    silent = link(None, 0, tried=("192.0.2.1:1",), handshake_age_s=None)
    node = Node()
    node.take_in(10, told(9, (msgspec.structs.replace(silent, peer="b"),), a=link()))
    assert tried(node) == ("192.0.2.1:1",)
    assert node.reach.measured & ~node.reach.direct == 0b1000
    node.take_in(40, told(39, b=link(4.0)))
    assert tried(node) == ()
    assert node.reach.direct == 0b1100


def test_a_step_is_written_when_it_is_over_and_an_hour_of_them() -> None:
    node = Node()
    for at in range(0, 3600, 60):
        node.take_in(at + 5, told(at, a=link(2.0, 2, 1)))
    assert len(node.figures(2)) == 11
    assert node.waiting.steps.keys() == {HOUR + 3300}
    assert node.figures(2)[HOUR].sent == 10
    node.take_in(3640)
    assert (len(node.figures(2)), node.waiting) == (12, Waiting())
    [(at, figure)] = node.figures(2, COARSE).items()
    assert (at, figure.sent, figure.lost) == (HOUR, 120, 60)
    assert figure.rtt_ms == pytest.approx(2.0, rel=0.03)


def test_a_step_that_two_processes_have_seen_is_the_sum() -> None:
    node = Node()
    node.take_in(100, told(90, a=link(2.0)), whole=True)
    node.waiting = Waiting(hours=node.waiting.hours)
    node.take_in(200, told(190, a=link(4.0)), whole=True)
    [figure] = node.figures(2).values()
    assert figure.sent == 4
    assert figure.rtt_ms == pytest.approx(3.0, rel=0.03)


def test_an_idle_way_has_no_history_and_one_that_loses_everything_no_round_trip() -> None:
    node = Node()
    node.take_in(400, told(10, a=link(None, 0, idle=True), b=link(None, 2, 2), c=link(None, 0)))
    assert (node.figures(2), node.figures(4)) == ({}, {})
    assert [*node.figures(3).values()] == [Figure(None, 2, 2)]


@pytest.mark.parametrize(
    "hostile",
    [
        link(2.0, 1 << 40),
        link(2.0, 2, 3),
        link(float("inf")),
        link(1e9),
        link(2.0, ago_s=1 << 60),
        link(2.0, ago_s=OLDEST_S + 1),
        link(None, 2, 1),
    ],
)
def test_what_nobody_measures_is_in_no_history(hostile: Link) -> None:
    node = Node()
    node.take_in(400, told(10, a=hostile))
    assert node.figures(2) == {}


def test_a_part_that_cannot_be_read_takes_nothing_with_it() -> None:
    bomb = zlib.compress(b"\x9b" + b"\x00" * 5_000_000)
    for junk in (b"junk", zlib.compress(b"junk"), bomb, pack([(BASE + 2, link())])[:-3]):
        node = Node()
        node.take_in(10, Told(NOW, MeshProbeResult((), junk)), told(5, b=link()))
        assert "cannot be read" in node.problem
        assert node.reach.direct == 0b1000
    node = Node()
    node.take_in(10, Told(NOW, MeshProbeResult((), b"junk")))
    assert (node.stored.reach, node.waiting) == (None, Waiting())


def test_more_than_a_node_has_to_tell_is_refused() -> None:
    assert is_too_large(MeshProbeResult((), bytes(MEASURED_BYTES_LIMIT + 1)))
    assert is_too_large(MeshProbeResult((link(),) * (MEASURED_WHOLE_LIMIT + 1)))
    assert not is_too_large(MeshProbeResult((), pack([(BASE + n, link()) for n in range(512)])))


def test_the_newest_of_several_counts() -> None:
    found = read([told(5, a=link(1.0)), told(3, a=link(7.0))], PLACES, BASE, NOW + 10 * MICROSECONDS)
    assert (found.newest[2].rtt_ms, found.newest[2].ago_s) == (1.0, 5)


def test_a_chart_is_as_fine_as_what_is_kept_and_never_too_long() -> None:
    now = float(HOUR)
    day = span(now - 86400, now, 0, now)
    assert (day.grain, day.step, day.points) == (FINE, 300, 288)
    week = span(now - 7 * 86400, now, 0, now)
    assert (week.grain, week.step, week.points) == (COARSE, 3600, 168)
    assert span(0, now, 0, now).start >= now - COARSE.kept_s - COARSE.step_s
    assert span(now - 86400, now, 1000, now).step == 1200
    assert span(now + 5, now + 90, 0, now).points <= MAX_POINTS


def test_an_hour_that_is_not_made_yet_is_shown_by_its_steps() -> None:
    fine = {HOUR + 300: Figure(1.0, 2, 0), HOUR + 3600: Figure(3.0, 2, 1)}
    coarse = {HOUR: Figure(2.0, 24, 0)}
    shown = figures_of(COARSE, fine, coarse, 0)
    assert shown == {HOUR: Figure(2.0, 24, 0), HOUR + 3600: Figure(3.0, 2, 1)}
    assert figures_of(FINE, fine, coarse, 0) == fine
    # Whoever had the address before is not shown; an hour of both is not, either.
    assert figures_of(COARSE, fine, coarse, HOUR + 1000) == {HOUR + 3600: Figure(3.0, 2, 1)}
    chart = way(span(HOUR, HOUR + 10800, 3600, HOUR + 10800), "a", "b", shown)
    assert (chart.rtt_ms, chart.loss_percent, chart.sent) == ([2.0, 3.0, None], [0.0, 50.0, None], [24, 2, 0])
