"""Lanes against what they promise, for any order of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.tasks.lanes import Lanes, Room

RESOURCES = ["docker", "k3s", "nginx", "packages"]
tasks = st.tuples(st.frozensets(st.sampled_from(RESOURCES), max_size=2), st.booleans())
steps = st.lists(st.one_of(tasks, st.integers(0, 5)), max_size=60)


class Model:
    """What was added and begun, beside the lanes."""

    def __init__(self, general: int, quick: int) -> None:
        self.lanes = Lanes(general, quick)
        self.added: dict[str, frozenset[str]] = {}
        self.waiting: list[str] = []
        self.running: list[str] = []

    def add(self, resources: frozenset[str], *, quick: bool) -> None:
        name = f"{'q' if quick else 'g'}{len(self.added)}"
        self.added[name] = resources
        self.waiting.append(name)
        self.lanes.add(name, resources, quick=quick)

    def remove(self, number: int) -> None:
        there = [*self.running, *self.waiting]
        if there:
            name = there[number % len(there)]
            (self.running if name in self.running else self.waiting).remove(name)
            self.lanes.remove(name)

    def begin(self) -> None:
        for name in self.lanes.begin():
            self.waiting.remove(name)
            self.running.append(name)


@given(steps, st.integers(1, 4), st.integers(1, 3))
def test_whatever_comes(happened: list[tuple[frozenset[str], bool] | int], general: int, quick: int) -> None:
    model = Model(general, quick)
    for step in happened:
        if isinstance(step, int):
            model.remove(step)
        else:
            model.add(step[0], quick=step[1])
        before = list(model.running)
        model.begin()
        assert (model.lanes.running, model.lanes.waiting) == (model.running, model.waiting)
        used = [resource for name in model.running for resource in model.added[name]]
        assert len(used) == len(set(used)), "two at one resource"
        assert sum(name[0] == "g" for name in model.running) <= general
        assert len(model.running) <= general + quick
        _nobody_overtook(model, before)
        _nobody_waits_for_nothing(model, general)


def _nobody_overtook(model: Model, before: list[str]) -> None:
    names = list(model.added)
    for begun in set(model.running) - set(before):
        for waiting in model.waiting:
            if names.index(waiting) < names.index(begun):
                assert not model.added[waiting] & model.added[begun], (
                    "it went past one that waits for the same"
                )


def _nobody_waits_for_nothing(model: Model, general: int) -> None:
    claimed = {resource for name in model.running for resource in model.added[name]}
    for name in model.waiting:
        is_blocked = bool(claimed & model.added[name])
        claimed |= model.added[name]
        if name[0] == "g" and not is_blocked:
            # A quick one may have taken a general place, when there was no quick one.
            assert len(model.running) >= general, name


@given(st.integers(0, 20), st.integers(0, 20))
def test_room_is_what_can_be_taken(general: int, quick: int) -> None:
    lanes = Lanes(8, 4)
    for number in range(general):
        lanes.add(f"g{number}", frozenset({"docker"}), quick=False)
    for number in range(quick):
        lanes.add(f"q{number}", frozenset(), quick=True)
    over = max(0, quick - 4)
    assert lanes.room == Room(max(0, 8 - general - over), max(0, 4 - quick))


def test_what_is_quick_does_not_wait_for_what_takes_long() -> None:
    lanes = Lanes(2, 1)
    for number in range(5):
        lanes.add(f"long-{number}", frozenset({"docker"}), quick=False)
    lanes.add("quick", frozenset(), quick=True)
    assert lanes.begin() == ["long-0", "quick"]
    lanes.remove("long-0")
    assert lanes.begin() == ["long-1"]
