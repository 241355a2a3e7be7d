"""History through its doors, on a real database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nimbus.fleet.metrics.history import History
from nimbus.fleet.metrics.records import FleetMetricsQuery, MetricsQuery, NodeMetrics, Series
from nimbus.fleet.metrics.rules import BLOCK_S, WINDOW_S
from nimbus.fleet.nodes.records import Node
from nimbus.kernel.access import Access, Permission
from nimbus.kernel.errors import Forbidden, NotFound, ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import MetricBacklog, MetricSample, SystemMetrics
from tests.kit.clock import SettableClock
from tests.kit.records import ADMIN, STRANGER, heartbeat
from tests.kit.slices import MetricParts, Slices, slices

# The beginning of a window.
START = 1_795_737_600
assert START % WINDOW_S == 0
GIB = 1024**3


def clock_at(seconds: float) -> SettableClock:
    return SettableClock(round(seconds * 1_000_000))


def metrics(cpu: float, **fields: Any) -> SystemMetrics:
    values = {"memory_used_bytes": GIB, "memory_total_bytes": 4 * GIB, "network_rx_bytes": 0, **fields}
    return SystemMetrics(cpu_percent=cpu, load_1m=cpu / 50, **values)


async def beat(world: Slices, node: Node, cpu: float, *, after: float = 10, **fields: Any) -> None:
    world.clock.advance(after)
    world.presence.heartbeat(
        node.id, heartbeat(sent_at=world.clock.now() / 1e6, metrics=metrics(cpu, **fields))
    )


async def shown(world: Slices, node: str = "web-1", **query: Any) -> NodeMetrics:
    return await world.metrics.metrics.of_node(ADMIN, MetricsQuery(node=node, **query))


def line(found: list[Series], metric: str = "cpu") -> list[float | None]:
    return next(series.avg for series in found if series.metric == metric)


def known(found: list[Series], metric: str = "cpu") -> list[float]:
    return [round(value, 1) for value in line(found, metric) if value is not None]


async def started_anew(world: Slices) -> None:
    """As after kill -9: memory is gone."""
    history = History(world.database, world.clock, world.nodes.workspaces_of)
    world.metrics = MetricParts(world, history)
    await world.metrics.history.load()
    world.presence._on_heartbeat = world.metrics.history.add_heartbeat


async def test_heartbeats_become_a_line_before_and_after_they_are_written(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        for cpu in (10, 20, 30):
            await beat(world, node, cpu)
        before = await shown(world, metric="cpu,memory")
        assert [series.metric for series in before.series] == ["cpu", "memory_used", "memory_total"]
        assert [series.unit for series in before.series] == ["percent", "bytes", "bytes"]
        assert (before.step, before.resolution) == (10, 10)
        assert before.timestamps == list(range(START + 30 - 3600, START + 30, 10))
        assert known(before.series) == [10, 20]
        assert await world.rows("SELECT 1 FROM metric_samples") == []
        await world.metrics.history.flush()
        assert await shown(world, metric="cpu,memory") == before
        await started_anew(world)
        assert await shown(world, metric="cpu,memory") == before
        world.clock.advance(1)
        assert known((await shown(world)).series) == [10, 20, 30]


async def test_what_was_not_flushed_is_all_that_is_lost(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await beat(world, node, 10)
        await world.metrics.history.flush()
        await beat(world, node, 20)
        await started_anew(world)
        await beat(world, node, 30)
        await world.metrics.history.flush()
        world.clock.advance(5)
        assert known((await shown(world)).series) == [10, 30]


async def test_of_two_heartbeats_in_one_slot_the_first_counts(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await beat(world, node, 10)
        for _ in range(50):
            await beat(world, node, 99, after=0.1)
        assert len(world.metrics.history._pending) == 1
        assert known((await shown(world)).series) == [10]


async def test_network_is_a_rate(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        for total in (1000, 3000, 3000, 10, 110):
            await beat(world, node, 1, network_rx_bytes=total)
        world.clock.advance(5)
        assert known((await shown(world)).series, "network_rx") == [200, 0, 10]


async def test_a_coarser_step_has_average_smallest_and_largest(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        for cpu in (10, 20, 60):
            await beat(world, node, cpu)
        [series] = (await shown(world, metric="cpu", step=60)).series
        assert (series.min or [])[-1] == pytest.approx(10, rel=0.001)
        assert (series.max or [])[-1] == pytest.approx(60, rel=0.001)
        assert series.avg[-1] == pytest.approx(30, rel=0.001)
        [series] = (await shown(world, metric="cpu", step=10)).series
        assert series.min is series.max is None


async def a_window(world: Slices, node: Node) -> None:
    """Six hours of a heartbeat each minute, written, and half an hour more."""
    for minute in range(WINDOW_S // 60 + 30):
        await beat(world, node, minute % 50, after=60)
        if minute % 5 == 0:
            await world.metrics.history.flush()
    await world.metrics.history.flush()


async def test_minutes_show_the_same_as_samples(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await a_window(world, node)
        since = "2026-11-27T00:00:00Z"
        assert await world.rows("SELECT 1 FROM metric_minutes") == []
        before = await shown(world, since=since, step=300)
        await world.metrics.roll_up.converge()
        [(start,)] = await world.rows("SELECT start FROM metric_minutes")
        assert start == START
        assert await shown(world, since=since, step=300) == before
        assert len(known(before.series)) > 70


async def pass_time(world: Slices, node: Node, hours: int) -> None:
    for _ in range(hours):
        await beat(world, node, 1, after=3600)
        await world.metrics.history.flush()
    await world.metrics.roll_up.converge()


async def test_what_is_old_goes(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await a_window(world, node)
        await world.metrics.roll_up.converge()
        since, until = "2026-11-27T00:00:00Z", "2026-11-27T06:00:00Z"
        before = known((await shown(world, since=since, until=until, step=300)).series)
        await pass_time(world, node, 31)
        [(oldest,)] = await world.rows("SELECT MIN(start) FROM metric_samples")
        assert oldest >= START + WINDOW_S
        after = await shown(world, since=since, until=until, step=10)
        assert after.resolution == 60
        assert known((await shown(world, since=since, until=until, step=300)).series) == before
        # A clock that jumps ahead, and is set right again.
        world.clock.advance(30 * 24 * 3600)
        await world.metrics.roll_up.converge()
        world.clock.advance(-30 * 24 * 3600)
        assert known((await shown(world, since=since, until=until, step=300)).series) == before
        world.clock.advance(30 * 24 * 3600)
        await pass_time(world, node, 13)
        for table in ("metric_minutes", "metric_fleet", "metric_samples"):
            [(oldest,)] = await world.rows(f"SELECT MIN(start) FROM {table}")
            assert oldest is None or oldest > world.clock.now() / 1e6 - 30 * 24 * 3600 - WINDOW_S, table


async def test_what_was_kept_back_comes_in_its_own_time_and_once(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START + 3600)) as world:
        node = await world.add_node()
        await beat(world, node, 10)
        now = world.clock.now() / 1e6
        samples = tuple(
            MetricSample(START + number * 10 + 3, metrics(number, network_rx_bytes=number * 1000))
            for number in range(180)
        )
        backlog = MetricBacklog(sent_at=now, samples=samples)
        await world.metrics.history.take_backlog(node.id, backlog)
        first = await shown(world)
        assert known(first.series)[:3] == [1, 2, 3]
        assert len(known(first.series)) == 179
        assert known(first.series, "network_rx")[:2] == [100, 100]
        stored = await world.rows("SELECT * FROM metric_samples ORDER BY start")
        await world.metrics.history.take_backlog(node.id, backlog)
        await started_anew(world)
        await world.metrics.history.take_backlog(node.id, backlog)
        assert await world.rows("SELECT * FROM metric_samples ORDER BY start") == stored
        assert await shown(world) == first


async def test_a_wrong_clock_moves_nothing(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        behind = 7200.0
        for cpu in (10, 20):
            world.clock.advance(10)
            sent = world.clock.now() / 1e6 - behind
            world.presence.heartbeat(node.id, heartbeat(sent_at=sent, metrics=metrics(cpu)))
        now = world.clock.now() / 1e6
        samples = tuple(
            MetricSample(at, metrics(70)) for at in (now - behind - 10, now - behind - 100, now, 1e300, -5.0)
        )
        await world.metrics.history.take_backlog(
            node.id, MetricBacklog(sent_at=now - behind, samples=samples)
        )
        world.clock.advance(5)
        assert known((await shown(world)).series) == [70, 10, 20]


async def test_what_comes_late_is_in_the_minutes_too(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await a_window(world, node)
        await world.metrics.roll_up.converge()
        late = MetricBacklog(
            sent_at=world.clock.now() / 1e6, samples=(MetricSample(START + 3600 + 35, metrics(99)),)
        )
        await world.metrics.history.take_backlog(node.id, late)
        await started_anew(world)
        since, until = "2026-11-27T01:00:00Z", "2026-11-27T01:01:00Z"
        assert known((await shown(world, since=since, until=until, step=60)).series) != []
        [before] = (await shown(world, metric="cpu", since=since, until=until, step=60)).series
        assert [round(value or 0) for value in before.max or []] == [99]
        await world.metrics.roll_up.converge()
        [after] = (await shown(world, metric="cpu", since=since, until=until, step=60)).series
        assert after == before
        assert len(await world.rows("SELECT 1 FROM metric_minutes")) == 1


async def fleet(world: Slices, actor: Any = ADMIN, workspace: str = "", **query: Any) -> list[Series]:
    return (await world.metrics.metrics.of_fleet(actor, FleetMetricsQuery(**query), workspace)).series


async def test_the_fleet_is_summed_up_by_minute(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        one, two = await world.add_node("a"), await world.add_node("b")
        for _ in range(12):
            await beat(world, one, 10)
            await beat(world, two, 30, after=0)
        world.clock.advance(25)
        await world.metrics.history.flush()
        found = await fleet(world)
        assert [series.metric for series in found][:3] == ["nodes", "cpu", "load"]
        assert known(found, "nodes") == [2, 2]
        assert known(found, "cpu") == [20, 20]
        assert line(found, "memory_used")[-3:-1] == [pytest.approx(2 * GIB, rel=0.001)] * 2
        await world.metrics.history.flush()
        await started_anew(world)
        await world.metrics.history.flush()
        assert await fleet(world) == found


async def test_what_comes_late_counts_in_the_fleet_once(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        one, two = await world.add_node("a"), await world.add_node("b")
        for _ in range(18):
            await beat(world, one, 10)
        world.clock.advance(25)
        await world.metrics.history.flush()
        samples = tuple(MetricSample(START + 60 + number * 10, metrics(30)) for number in range(6))
        backlog = MetricBacklog(sent_at=world.clock.now() / 1e6, samples=samples)
        await world.metrics.history.take_backlog(two.id, backlog)
        first = await fleet(world)
        assert known(first, "nodes")[1] == 2
        assert known(first, "cpu")[1] == 20
        await world.metrics.history.take_backlog(two.id, backlog)
        await started_anew(world)
        await world.metrics.history.take_backlog(two.id, backlog)
        assert await fleet(world) == first


async def test_who_may_not_read_nodes_reads_no_metrics(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        for _ in range(12):
            await beat(world, node, 10)
        world.clock.advance(25)
        await world.metrics.history.flush()
        with pytest.raises(Forbidden):
            await world.metrics.metrics.of_node(STRANGER, MetricsQuery(node=node.id))
        elsewhere = msgspec.structs.replace(
            STRANGER, access=Access(workspaces={"other": frozenset({Permission.AGENT_READ})})
        )
        for reference in (node.id, "web-1"):
            with pytest.raises(NotFound):
                await world.metrics.metrics.of_node(elsewhere, MetricsQuery(node=reference))
        assert known(await fleet(world, elsewhere), "nodes") == []
        here = msgspec.structs.replace(
            STRANGER, access=Access(workspaces={world.workspace.id: frozenset({Permission.AGENT_READ})})
        )
        assert await fleet(world, here) == await fleet(world) == await fleet(world, workspace="default")
        assert (await world.metrics.overview.show(elsewhere)).nodes.total == 0
        assert (await world.metrics.overview.show(elsewhere)).load.nodes == 0
        assert (await world.metrics.overview.show(here)).load.nodes == 1
        assert (await world.metrics.overview.show(here)).tasks is None


async def test_a_deleted_nodes_history_goes_with_it(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await a_window(world, node)
        await world.metrics.roll_up.converge()
        await beat(world, node, 10)
        await world.enrolment.revocation.delete(ADMIN, Target(node.id))
        await world.metrics.history.flush()
        assert await world.rows("SELECT 1 FROM metric_samples UNION ALL SELECT 1 FROM metric_minutes") == []


async def test_a_node_that_waits_has_no_history(tmp_path: Path) -> None:
    from nimbus.fleet.nodes.records import Approval

    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node(approval=Approval.WAITING)
        await beat(world, node, 10)
        await world.metrics.history.flush()
        assert await world.rows("SELECT 1 FROM metric_samples") == []


async def test_a_write_that_fails_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await beat(world, node, 10)
        with monkeypatch.context() as patch:
            patch.setattr(world.metrics.history, "_save", lambda *_, **_named: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await world.metrics.history.flush()
        await world.metrics.history.flush()
        assert len(await world.rows("SELECT 1 FROM metric_samples")) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "nonsense"},
        {"since": "yesterday"},
        {"step": -1},
        {"step": 86_401},
        {"until": "9999-12-31T23:59:59.999999999Z", "since": "9999-12-31T23:59:60Z"},
    ],
)
def test_what_cannot_be_asked(query: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"metric|since|step"):
        FleetMetricsQuery(**query)


async def test_time_has_to_go_forward(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node()
        with pytest.raises(ValidationError):
            await shown(world, since="2026-11-27T00:00:00Z", until="2026-11-27T00:00:00Z")
        for since, until in (
            ("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"),
            ("9000-01-01T00:00:00Z", "9001-01-01T00:00:00Z"),
        ):
            found = await shown(world, since=since, until=until)
            assert known(found.series) == []
            assert all(len(series.avg) == len(found.timestamps) for series in found.series)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("beat"), st.integers(0, 2), st.sampled_from([5, 10, 61, 700])),
        st.tuples(st.just("late"), st.integers(0, 2), st.integers(10, 20_000)),
        st.tuples(st.sampled_from(["flush", "roll"]), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_every_slot_has_what_came_first(
    tmp_path_factory: pytest.TempPathFactory, happened: list[tuple[str, int, int]]
) -> None:
    import trio

    async def story() -> None:
        folder = tmp_path_factory.mktemp("story")
        async with slices(folder, clock=clock_at(START + WINDOW_S - BLOCK_S)) as world:
            nodes = [await world.add_node(f"n{number}") for number in range(3)]
            wanted: dict[tuple[int, int], float] = {}
            for number, (what, which, seconds) in enumerate(happened):
                cpu = float(number + 1)
                if what == "beat":
                    await beat(world, nodes[which], cpu, after=seconds)
                    wanted.setdefault((which, world.clock.now() // 10_000_000 * 10), cpu)
                elif what == "late":
                    now = world.clock.now() / 1e6
                    sample = MetricSample(now - seconds, metrics(cpu))
                    backlog = MetricBacklog(sent_at=now, samples=(sample,))
                    await world.metrics.history.take_backlog(nodes[which].id, backlog)
                    wanted.setdefault((which, int(now - seconds) // 10 * 10), cpu)
                elif what == "flush":
                    await world.metrics.history.flush()
                else:
                    await world.metrics.roll_up.converge()
            await world.metrics.history.flush()
            await started_anew(world)
            world.clock.advance(10)
            for which in range(3):
                found = await shown(world, f"n{which}", metric="cpu", since="2026-11-26T23:00:00Z", step=10)
                there = {
                    at: value
                    for at, value in zip(found.timestamps, line(found.series), strict=True)
                    if value is not None
                }
                mine = {at: cpu for (node, at), cpu in wanted.items() if node == which}
                if found.step == 10:
                    assert there == {at: pytest.approx(cpu, rel=0.001) for at, cpu in mine.items()}
                minutes = await shown(world, f"n{which}", metric="cpu", since="2026-11-26T23:00:00Z", step=60)
                seen = {
                    at for at, value in zip(minutes.timestamps, line(minutes.series), strict=True) if value
                }
                assert seen == {at // minutes.step * minutes.step for at in mine}

    trio.run(story)
