"""Codes, packing, minutes: what is stored comes back, nearly."""

from __future__ import annotations

import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.metrics.blocks import (
    Block,
    FleetBlock,
    average,
    code,
    largest,
    minutes_of,
    pack,
    rolled_up,
    smallest,
    unpack_minutes,
    value,
)
from nimbus.fleet.metrics.records import METRICS
from nimbus.fleet.metrics.rules import BLOCK_S, BLOCK_SLOTS, RAW_S, WINDOW_S, WINDOW_SLOTS

START = 1_795_755_600
figures = st.one_of(st.none(), st.floats(0, 1e18), st.integers(0, 2**63))
samples = st.lists(
    st.tuples(st.floats(0, BLOCK_S - 0.001), st.lists(figures, min_size=8, max_size=8)), max_size=80
)


def near(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= 0.0005 * wanted + 0.0005


@given(figure=st.one_of(st.floats(0, 2.0**64), st.integers(0, 2**64)))
def test_a_code_stands_for_nearly_the_same(figure: float) -> None:
    assert near(value(code(figure)), figure)
    assert code(value(code(figure))) == code(figure)


@given(figure=st.one_of(st.floats(), st.integers()))
def test_any_number_has_a_code(figure: float) -> None:
    assert 0 <= code(figure) <= 65535
    assert (code(figure) == 0) == (not figure >= 0)


@given(a=st.floats(0, 1e19), b=st.floats(0, 1e19))
def test_codes_are_in_order(a: float, b: float) -> None:
    assert (code(min(a, b)) <= code(max(a, b))) is True


def test_exact_figures() -> None:
    assert value(code(0)) == 0
    assert value(code(None)) is None
    assert value(code(-1)) is None
    assert value(code(math.nan)) is None
    assert value(code(10**400)) is not None


@given(samples)
def test_a_block_comes_back(taken: list[tuple[float, list[float | None]]]) -> None:
    block = Block(START)
    first: dict[int, list[float | None]] = {}
    for at, values in taken:
        slot = int(at) // RAW_S
        free = slot not in first
        stored = block.put(START + at, values)
        if any(one is not None for one in values):
            assert stored == free
            first.setdefault(slot, values)
    again = Block(START, pack(block.codes))
    assert again.codes == block.codes
    for metric in range(len(METRICS)):
        column = again.column(metric)
        assert len(column) == BLOCK_SLOTS
        for slot in range(BLOCK_SLOTS):
            assert near(value(column[slot]), first[slot][metric] if slot in first else None)


@given(samples)
def test_the_same_samples_twice_change_nothing(taken: list[tuple[float, list[float | None]]]) -> None:
    block = Block(START)
    for at, values in taken:
        block.put(START + at, values)
    before = block.codes[:]
    for at, _ in taken:
        block.put(START + at, [1.0] * 8) if any(before[int(at) // RAW_S :: BLOCK_SLOTS]) else None
    assert block.codes == before


def test_columns_of_another_version() -> None:
    newer = array("H", [7] * BLOCK_SLOTS * (len(METRICS) + 1))
    assert list(Block(0, pack(newer)).codes) == [7] * BLOCK_SLOTS * len(METRICS)
    older = array("H", [7] * BLOCK_SLOTS)
    assert list(Block(0, pack(older)).column(1)) == [0] * BLOCK_SLOTS


@given(st.lists(st.one_of(st.just(None), st.floats(0, 1e15)), min_size=6, max_size=60))
def test_minutes_of_samples(values: list[float | None]) -> None:
    values = values[: len(values) // 6 * 6]
    minutes = minutes_of([code(one) for one in values])
    assert len(minutes) == len(values) // 6
    for number, (middle, least, most) in enumerate(minutes):
        known = [one for one in values[number * 6 : number * 6 + 6] if one is not None]
        assert near(value(least), min(known, default=None))
        assert near(value(most), max(known, default=None))
        mean = math.fsum(known) / len(known) if known else None
        found = value(middle)
        assert (found is None) == (mean is None)
        if found is not None and mean is not None:
            assert abs(found - mean) <= 0.002 * mean + 0.002
            assert least <= middle <= most or near(value(least), value(most))


def test_of_nothing_nothing_is_known() -> None:
    assert average([0, 0]) is None
    assert smallest([0, 0]) == largest([0]) == smallest([]) == 0
    assert smallest([0, 9, 4]) == 4


@given(st.dictionaries(st.integers(0, 35), samples, max_size=4))
def test_a_window_of_minutes_is_made_of_its_blocks(
    taken: dict[int, list[tuple[float, list[float | None]]]],
) -> None:
    blocks = []
    for number, some in taken.items():
        block = Block(START // WINDOW_S * WINDOW_S + number * BLOCK_S)
        for at, values in some:
            block.put(block.start + at, values)
        blocks.append(block)
    window = unpack_minutes(pack(rolled_up(START // WINDOW_S * WINDOW_S, blocks)))
    for metric in range(len(METRICS)):
        for kind in range(3):
            column = list(window[(metric * 3 + kind) * WINDOW_SLOTS :][:WINDOW_SLOTS])
            wanted = [0] * WINDOW_SLOTS
            for block in blocks:
                at = (block.start % WINDOW_S) // 60
                wanted[at : at + 10] = [minute[kind] for minute in minutes_of(block.column(metric))]
            assert column == wanted


def test_the_fleet_adds_up() -> None:
    block = FleetBlock(START)
    assert not block.has(START + 60)
    block.add(START + 60, 1, [50.0] + [None] * 7)
    block.add(START + 60, 2, [30.0, 1.5] + [None] * 6)
    again = FleetBlock(START, pack(block.figures))
    assert again.has(START + 60)
    assert not again.has(START)
    assert [again.figures[column * WINDOW_SLOTS + 1] for column in range(3)] == [3, 80, 1.5]
    assert math.isnan(again.figures[3 * WINDOW_SLOTS + 1])
