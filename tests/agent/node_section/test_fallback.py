"""When the API is asked where the control plane is, and what is believed of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import trio
from trio.testing import MockClock

from agent.generation import KnownGeneration
from agent.node_section.applier import NodeApplier
from agent.node_section.desired import DesiredNode
from agent.node_section.fallback import FIRST_AFTER_S, LAST_AFTER_S, LOOK_S, Fallback
from agent.node_section.settings import settings_of
from nimbus.protocol.outside import OutsideAnswer
from tests.agent.node_section.test_settings import JOINED, TOLD, section
from tests.kit.played_link import PlayedLink


@pytest.fixture
def autojump_clock() -> MockClock:
    return MockClock(autojump_threshold=0)


class World(Fallback):
    """Asks nobody: answers with what the test says, at the moments that it notes."""

    def __init__(self, folder: Path, known_generation: int = 0) -> None:
        self.link, self.desired = PlayedLink(), DesiredNode()
        generation = KnownGeneration(folder / "generation.json")
        if known_generation:
            generation.learn(known_generation, f"lineage.{known_generation}.signature")
        applier = NodeApplier("n1", self.desired, cast("Any", self.link), lambda: None)
        super().__init__(
            folder,
            lambda: settings_of(JOINED, TOLD),
            cast("Any", self.link),
            generation,
            applier,
            jitter=lambda: 0.5,
        )
        self.asked: list[float] = []
        self.answer: OutsideAnswer | None = None

    async def _answer(self, urls: tuple[str, ...]) -> OutsideAnswer:
        assert urls == TOLD.public_api
        self.asked.append(trio.current_time())
        if self.answer is None:
            raise ValueError("https://cp.example.org:8443: connection refused")
        return self.answer


async def for_some_time(world: World, seconds: float) -> None:
    with trio.move_on_after(seconds):
        await world.run()


async def test_nobody_is_asked_while_there_is_a_connection(tmp_path: Path, autojump_clock: MockClock) -> None:
    world = World(tmp_path)
    await for_some_time(world, 10_000)
    assert world.asked == []


async def test_without_a_connection_it_is_asked_less_and_less_often(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    world = World(tmp_path)
    world.link.go_down()
    await for_some_time(world, 5000)
    pauses = [after - before for before, after in zip([0.0, *world.asked], world.asked, strict=False)]
    assert pauses[:4] == [FIRST_AFTER_S, 2 * FIRST_AFTER_S, 4 * FIRST_AFTER_S, 8 * FIRST_AFTER_S]
    assert set(pauses[4:]) == {LAST_AFTER_S}
    # A connection begins it anew.
    world.asked.clear()
    world.link.come_up()
    await for_some_time(world, LOOK_S + 1)
    world.link.go_down()
    await for_some_time(world, FIRST_AFTER_S + 1)
    assert len(world.asked) == 1


async def test_a_proxy_without_a_control_plane_behind_it_is_no_connection(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    world = World(tmp_path)
    world.link.failure = "the proxy answered HTTP 502, not the control plane"
    await for_some_time(world, 3 * FIRST_AFTER_S + 1)
    assert world.asked == [FIRST_AFTER_S, 3 * FIRST_AFTER_S]
    world.asked.clear()
    world.link.failure = ""
    await for_some_time(world, 10_000)
    assert world.asked == []


async def test_the_answer_is_used_unless_it_is_of_an_older_copy(
    tmp_path: Path, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path, known_generation=3)
    world.link.go_down()
    world.answer = OutsideAnswer(section=section(), generation=2, signature="")
    await for_some_time(world, FIRST_AFTER_S + 1)
    assert world.desired.revision == 0
    assert "an older copy" in caplog.text
    world.answer = OutsideAnswer(section=section(), generation=3, signature="")
    await for_some_time(world, FIRST_AFTER_S + 1)
    assert (world.desired.revision, world.desired.content) == (4, TOLD)
