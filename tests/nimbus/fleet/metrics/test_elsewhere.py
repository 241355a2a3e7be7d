"""Two control planes on one database: each knows what nodes say to the other, the one that leads writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from nimbus.db.several import Several
from nimbus.fleet.metrics.elsewhere import SamplesElsewhere
from nimbus.fleet.metrics.history import History
from nimbus.fleet.metrics.records import BacklogTaken, BacklogTakenElsewhere, FleetMetricsQuery
from nimbus.fleet.nodes.records import NodesHeardElsewhere, NodesWritten
from nimbus.kernel.errors import Unavailable
from nimbus.protocol.messages import MetricBacklog, MetricSample
from tests.kit.records import ADMIN
from tests.kit.slices import MetricParts, Slices, slices
from tests.nimbus.fleet.metrics.test_history import START, beat, clock_at, known, metrics, shown


class Standing:
    """In place of `Several`, without another one."""

    def __init__(self, *, leads: bool) -> None:
        self.leads = leads


class Another:
    """A second control plane: its memory of the metrics, which hears what the first one tells."""

    def __init__(self, world: Slices, *, leads: bool) -> None:
        self.standing = Standing(leads=leads)
        several = cast("Several", self.standing)
        self.history = History(world.database, world.clock, world.nodes.workspaces_of, several)
        self.parts = MetricParts(world, self.history)
        self.samples = SamplesElsewhere(world.database, self.history, world.nodes.last_reports)
        self.history.subscribe(world.bus)
        self.samples.subscribe(world.bus)
        self._world = world

    async def hear(self) -> None:
        """What the first one has written of nodes."""
        world = self._world
        await world.presence.flush()
        written = world.bus.of(NodesWritten)[-1]
        assert isinstance(written, NodesWritten)
        world.bus.publish(NodesHeardElsewhere(written.nodes))
        await self.samples.read_reports()


async def of_fleet(parts: MetricParts) -> Any:
    return await parts.metrics.of_fleet(ADMIN, FleetMetricsQuery(metric="cpu"))


async def test_charts_are_the_same_at_both_and_only_the_leader_writes(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        other = Another(world, leads=False)
        for cpu in (10, 20, 30):
            await beat(world, node, cpu)
            await other.hear()
        await other.history.flush()
        assert await world.rows("SELECT 1 FROM metric_samples") == []
        mine = await shown(world)
        world.metrics = other.parts
        assert await shown(world) == mine
        [newest] = (await other.history.newest()).values()
        assert newest.metrics.cpu_percent == 30


async def test_the_next_leader_writes_what_the_one_before_had_not(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        other = Another(world, leads=False)
        for cpu in (10, 20):
            await beat(world, node, cpu)
            await other.hear()
        await other.history.flush()
        # The first one was killed before it wrote.
        other.standing.leads = True
        await other.history.flush()
        world.metrics = MetricParts(world, History(world.database, world.clock, world.nodes.workspaces_of))
        world.clock.advance(1)
        assert known((await shown(world)).series) == [10, 20]


async def test_minutes_of_the_fleet_count_nodes_of_both(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        here, there = await world.add_node(), await world.add_node("web-2")
        leader = Another(world, leads=True)
        for _ in range(12):
            await beat(world, there, 30)
            leader.history.add_elsewhere(here.id, world.clock.now() / 1e6, metrics(10))
            await leader.hear()
        await leader.history.flush()
        figures = await of_fleet(leader.parts)
        assert set(known(figures.series)) == {20.0}


async def test_what_a_node_brings_late_to_the_other_is_in_the_leaders_figures(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node, late = await world.add_node(), await world.add_node("web-2")
        leader, other = Another(world, leads=True), Another(world, leads=False)
        for _ in range(18):
            await beat(world, node, 10)
            await leader.hear()
        await leader.history.flush()
        now = world.clock.now() / 1e6
        samples = tuple(MetricSample(START + 10 * number, metrics(30)) for number in range(1, 6))
        await other.history.take_backlog(late.id, MetricBacklog(now, samples))
        [taken] = world.bus.of(BacklogTaken)
        assert isinstance(taken, BacklogTaken)
        world.bus.publish(BacklogTakenElsewhere(taken.node_id, taken.starts, taken.minutes))
        await leader.history.flush()
        world.metrics = leader.parts
        assert known((await shown(world, "web-2")).series) == [30] * 5
        first, *rest = known((await of_fleet(leader.parts)).series)
        assert (first, set(rest)) == (20, {10})


async def test_what_a_node_brings_late_to_the_other_stays_when_the_leader_writes_just_then(
    tmp_path: Path,
) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        leader, other = Another(world, leads=True), Another(world, leads=False)
        leader.history.add_elsewhere(node.id, START + 100, metrics(10))
        world.clock.advance(100)
        await leader.history.flush()
        late = tuple(MetricSample(START + 10 * number, metrics(30)) for number in range(1, 6))
        await other.history.take_backlog(node.id, MetricBacklog(world.clock.now() / 1e6, late))
        # The leader has not heard of it yet.
        leader.history.add_elsewhere(node.id, START + 110, metrics(20))
        world.clock.advance(10)
        await leader.history.flush()
        world.clock.advance(10)
        wanted = [30] * 5 + [10, 20]
        for history in (leader.history, History(world.database, world.clock, world.nodes.workspaces_of)):
            world.metrics = MetricParts(world, history)
            assert known((await shown(world)).series) == wanted


async def test_what_could_not_be_read_of_nodes_is_read_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        other = Another(world, leads=False)
        await beat(world, node, 10)

        async def away(_work: Any) -> Any:
            raise Unavailable("the database is away")

        with monkeypatch.context() as patch:
            patch.setattr(world.database, "read", away)
            with pytest.raises(Unavailable):
                await other.hear()
        await other.samples.read_reports()
        [newest] = (await other.history.newest()).values()
        assert newest.metrics.cpu_percent == 10
