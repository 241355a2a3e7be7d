"""What is written of a node when its parts are taken in: out of what is stored and what it has told since. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nimbus.fleet.mesh.history.blocks import COARSE, FINE, Block, Figure, Grain, together
from nimbus.fleet.mesh.history.parts import Steps, Told, joined, read
from nimbus.fleet.mesh.measurement import Moment, Numbers, Reach, merged
from nimbus.kernel.clock import MICROSECONDS

# What was measured in a step has been told so long after its end.
GRACE_S = 30
BlockKey = tuple[int, int]
"""The step of the grain, and the beginning of the block."""


class Waiting(NamedTuple):
    """What is in memory of a node. `steps` are those of its parts that were read already and are not over; `hours`
    those that are to be made of steps when they are over."""

    parts: tuple[Told, ...] = ()
    steps: Steps = {}  # noqa: RUF012  (never changed in place)
    hours: frozenset[int] = frozenset()


class Stored(NamedTuple):
    """What is stored of it, as far as it is needed (`blocks_of`)."""

    reach: Reach | None
    numbers: Numbers
    blocks: Mapping[BlockKey, bytes | None]


class Written(NamedTuple):
    """`newest` None: nothing new. `waiting` is what remains in memory."""

    newest: tuple[Reach, Numbers] | None
    blocks: dict[BlockKey, bytes]
    waiting: Waiting
    problem: str


def blocks_of(waiting: Waiting, now: int) -> set[BlockKey]:
    """Those that `take_in` may change or read."""
    seconds = now / MICROSECONDS
    times = {*waiting.steps, *waiting.hours}
    if waiting.parts:
        earliest = min(told.at for told in waiting.parts) / MICROSECONDS - 600
        times |= {*range(FINE.step_start(earliest), int(seconds) + 1, FINE.step_s)}
    return {_key(grain, at) for at in times for grain in (FINE, COARSE)}


def _key(grain: Grain, at: float) -> BlockKey:
    return grain.step_s, grain.block_start(at)


def take_in(
    waiting: Waiting, stored: Stored, known: int, base: int, now: Moment, *, whole: bool = False
) -> Written:
    """`known` and `base` as for `measurement.merged`. `whole`: steps that are not over are written, too."""
    told = read(waiting.parts, now.places, base, now.at)
    newest = merged(stored.reach, stored.numbers, told.newest, known, base, now) if told.newest else None
    steps = joined(waiting.steps, told.steps)
    until = now.at / MICROSECONDS - GRACE_S
    over = {step for step in steps if whole or step + FINE.step_s <= until}
    hours = waiting.hours | {COARSE.step_start(step) for step in over}
    ended = {hour for hour in hours if hour + COARSE.step_s <= until}
    blocks = _Blocks(stored.blocks)
    for step in sorted(over):
        blocks.add(step, steps[step])
    for hour in sorted(ended):
        blocks.close(hour)
    left = Waiting(
        steps={step: ways for step, ways in steps.items() if step not in over}, hours=hours - ended
    )
    return Written(newest, blocks.changed(), left, told.problem)


class _Blocks:
    def __init__(self, stored: Mapping[BlockKey, bytes | None]) -> None:
        self._stored = stored
        self._blocks: dict[BlockKey, Block] = {}
        self._dirty: set[BlockKey] = set()

    def _of(self, grain: Grain, at: int) -> Block:
        key = _key(grain, at)
        if key not in self._blocks:
            self._blocks[key] = Block(grain, key[1], self._stored.get(key))
        return self._blocks[key]

    def add(self, step: int, figures: Mapping[int, Figure]) -> None:
        block = self._of(FINE, step)
        slot = (step - block.start) // FINE.step_s
        sums = {
            place: together(each for each in (figure, block.figure(place, slot)) if each is not None)
            for place, figure in figures.items()
        }
        block.put(step, {place: figure for place, figure in sums.items() if figure is not None})
        self._dirty.add(_key(FINE, step))

    def close(self, hour: int) -> None:
        figures = self._of(FINE, hour).of(hour, hour + COARSE.step_s)
        if figures:
            self._of(COARSE, hour).put(hour, figures)
            self._dirty.add(_key(COARSE, hour))

    def changed(self) -> dict[BlockKey, bytes]:
        return {key: self._blocks[key].packed() for key in sorted(self._dirty)}


def hours_to_close(nodes: Iterable[str], now: int) -> dict[str, frozenset[int]]:
    """After a start: of these nodes the present hour and the one before may still be to be made."""
    hour = COARSE.step_start(now / MICROSECONDS)
    return {node_id: frozenset((hour - COARSE.step_s, hour)) for node_id in nodes}
