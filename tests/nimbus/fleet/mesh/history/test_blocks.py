"""Blocks of the mesh's history: what comes out is what was put in, as far as it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.history.blocks import COARSE, FINE, Block, Figure, code, together

START = FINE.block_start(1_800_000_000)


@given(st.floats(0.01, 10_000.0))
def test_a_round_trip_is_right_to_three_percent(rtt_ms: float) -> None:
    block = Block(FINE, START)
    block.put(START, {7: Figure(rtt_ms, 2, 0)})
    kept = Block(FINE, START, block.packed()).figure(7, 0)
    assert kept is not None
    assert kept.rtt_ms == pytest.approx(rtt_ms, rel=0.03)


def test_what_no_clock_measures_is_bounded() -> None:
    assert [code(value) for value in (None, 0.0, -5.0, 1e-9, 1e9, float("inf"))] == [0, 1, 1, 1, 254, 254]


def test_every_way_has_its_steps_and_gaps() -> None:
    block = Block(FINE, START)
    block.put(START + 300, {3: Figure(1.0, 4, 1), 900: Figure(None, 2, 2)})
    block.put(START + 71 * 300, {3: Figure(2.0, 4, 0)})
    block = Block(FINE, START, block.packed())
    assert {at: (each.sent, each.lost) for at, each in block.figures(3).items()} == {
        START + 300: (4, 1),
        START + 71 * 300: (4, 0),
    }
    assert block.figures(900)[START + 300] == Figure(None, 2, 2)
    assert block.figures(5) == {}


def test_many_echoes_keep_their_share_of_lost_ones() -> None:
    block = Block(COARSE, 0)
    block.put(0, {1: Figure(1.0, 1000, 100)})
    kept = block.figure(1, 0)
    assert kept is not None
    assert (kept.sent, kept.lost) == (255, 26)


def test_steps_together_weigh_by_what_was_answered() -> None:
    assert together([]) is None
    assert together([Figure(1.0, 3, 0), Figure(5.0, 2, 1), Figure(None, 5, 5)]) == Figure(2.0, 10, 6)
    assert together([Figure(None, 2, 2)]) == Figure(None, 2, 2)


def test_an_hour_of_steps() -> None:
    block = Block(FINE, START)
    for step, rtt_ms in enumerate((10.0, 20.0, 30.0)):
        block.put(START + 3600 + step * 300, {4: Figure(rtt_ms, 2, 0)})
    block.put(START, {4: Figure(99.0, 2, 2), 8: Figure(1.0, 2, 0)})
    [(place, figure)] = block.of(START + 3600, START + 7200).items()
    assert (place, figure.sent, figure.lost) == (4, 6, 0)
    assert figure.rtt_ms == pytest.approx(20.0, rel=0.03)
