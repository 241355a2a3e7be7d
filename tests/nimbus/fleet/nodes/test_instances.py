"""A node that runs twice is noticed, named and served once; one that is started again is not taken for two."""

from __future__ import annotations

import random

import pytest

from nimbus.fleet.nodes.instances import (
    FIRST_WAIT_S,
    LAST_WAIT_S,
    REMEMBERED_S,
    SILENT_AT_LEAST_S,
    Instances,
    NodeRunsTwice,
)
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.protocol.messages import Instance
from tests.kit.clock import SettableClock

INTERVAL_S = 10.0


class World:
    def __init__(self) -> None:
        self.clock = SettableClock()
        self.instances = Instances(self.clock, INTERVAL_S)

    def beat(self, name: str, after: float = INTERVAL_S / 2, boot: str = "") -> str:
        """ok, degraded or refused. Runs whose names begin alike are on one machine."""
        self.clock.advance(after)
        place = name[0]
        instance = Instance(
            name, f"host-{place}", f"192.0.2.{ord(place)}", "machine", boot or f"boot-{place}"
        )
        try:
            problem = self.instances.heartbeat("n", instance, "10.0.0.2")
        except NodeRunsTwice:
            return "refused"
        return "degraded" if problem else "ok"


@pytest.fixture
def world() -> World:
    return World()


def both_run(world: World) -> None:
    """Two agents, until it is noticed."""
    for _ in range(4):
        world.beat("a")
        world.beat("b")


def test_an_agent_that_is_started_again_and_again_is_one(world: World) -> None:
    for number in range(50):
        for _ in range(3):
            assert world.beat(f"a{number}", after=1.0) == "ok"


def test_a_message_that_was_late_is_no_second_agent(world: World) -> None:
    assert [world.beat(name, 1.0) for name in ("a", "a2", "a", "a2", "a2", "a2")] == ["ok"] * 6


def test_two_agents_are_noticed_and_the_older_one_stays(world: World) -> None:
    said = [(name, world.beat(name)) for _ in range(6) for name in ("a", "b")]
    assert said[:4] == [("a", "ok"), ("b", "ok"), ("a", "ok"), ("b", "ok")]
    assert set(said[-6:]) == {("a", "degraded"), ("b", "refused")}, said


def test_both_places_are_named(world: World, caplog: pytest.LogCaptureFixture) -> None:
    both_run(world)
    instance = Instance("a", "host-a", "192.0.2.97", "machine", "boot-a")
    problem = world.instances.heartbeat("n", instance, "10.0.0.2")
    for word in ("runs twice", "host-a at 192.0.2.97", "host-b at 192.0.2.98", "boot boot-a", "boot boot-b"):
        assert word in problem
    assert len(problem) < 500
    with pytest.raises(NodeRunsTwice) as refused:
        world.instances.heartbeat("n", Instance("b", "host-b", "192.0.2.98", "machine", "boot-b"), "")
    assert "host-a at 192.0.2.97" in refused.value.message
    assert "leave --local" in refused.value.next_step
    assert len([line for line in caplog.messages if "runs twice" in line]) == 1


def test_the_one_that_is_refused_asks_less_and_less_often_and_stays_known(world: World) -> None:
    both_run(world)
    waits = []
    for _ in range(8):
        with pytest.raises(NodeRunsTwice) as refused:
            world.instances.heartbeat("n", Instance("b", boot="boot-b"), "")
        waits.append(refused.value.retry_after_s)
        # It is named for as long as it may come back; the other goes on meanwhile.
        for _ in range(round(refused.value.retry_after_s / INTERVAL_S)):
            assert world.beat("a", INTERVAL_S) == "degraded"
    assert waits == sorted(waits)
    assert waits[0] >= FIRST_WAIT_S
    assert waits[-1] == LAST_WAIT_S


def test_a_copy_that_was_stopped_is_forgotten(world: World) -> None:
    both_run(world)
    said = [world.beat("a", INTERVAL_S) for _ in range(200)]
    assert said[0] == "degraded"
    assert said[-1] == "ok"
    assert said.index("ok") * INTERVAL_S < FIRST_WAIT_S * 4 + REMEMBERED_S


def test_when_the_one_that_is_served_falls_silent_the_other_is_served(world: World) -> None:
    both_run(world)
    assert world.beat("b", SILENT_AT_LEAST_S - INTERVAL_S) == "refused"
    assert world.beat("b", INTERVAL_S) in ("ok", "degraded")
    world.clock.advance(REMEMBERED_S)
    assert [world.beat("b", INTERVAL_S) for _ in range(3)] == ["ok"] * 3


def test_a_restart_of_the_one_that_is_served_keeps_its_place(world: World) -> None:
    both_run(world)
    assert world.beat("a2", 1.0) == "degraded"
    assert world.beat("b", 1.0) == "refused"
    # And one of the copy wins it nothing.
    for name in ("b2", "b3"):
        assert world.beat(name, 1.0) == "refused"
        assert world.beat("a2", 1.0) == "degraded"


def test_a_poll_of_the_one_that_is_refused_is_refused(world: World) -> None:
    world.instances.check("n", "anything")
    both_run(world)
    world.instances.check("n", "a")
    world.instances.check("n", "")
    world.instances.check("n", "never heard of")
    with pytest.raises(NodeRunsTwice):
        world.instances.check("n", "b")
    world.instances.forget(NodeRevoked("n"))
    world.instances.check("n", "b")


def test_older_agents_say_nothing_and_are_left_alone(world: World) -> None:
    for instance in (None, Instance("")):
        assert world.instances.heartbeat("n", instance, "192.0.2.1") == ""


def test_a_wall_clock_that_jumps_changes_nothing(world: World) -> None:
    both_run(world)
    for jump in (-7200, 30 * 86400):
        world.clock.jump(jump)
        assert (world.beat("a"), world.beat("b")) == ("degraded", "refused")


@pytest.mark.parametrize("seed", range(20))
def test_however_two_agents_interleave_one_is_served_in_the_end(world: World, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(40):
        world.beat(dice.choice("ab"), dice.uniform(1.0, 12.0))
    served = {name for name in "ab" if world.beat(name, 1.0) != "refused"}
    assert len(served) == 1
    assert world.beat(served.pop(), 1.0) == "degraded"


def test_what_is_remembered_is_bounded(world: World) -> None:
    for number in range(1000):
        world.beat(f"{chr(97 + number % 26)}{number}", 0.01)
    assert len(world.instances._nodes["n"].runs) <= 8
