"""A node's load, from its heartbeats to charts, over real TLS."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.app import run_agent
from nimbus.composition.appliance import run_control_plane
from nimbus.fleet.metrics.history import History
from nimbus.protocol.messages import HealthCheck, MetricBacklog, MetricSample, SystemMetrics
from tests.kit.agent_client import error_code, joined_agent
from tests.kit.agent_state import kept_samples
from tests.kit.cli import command_line_of
from tests.kit.control_plane import control_plane
from tests.kit.database import look
from tests.kit.polling import eventually, eventually_so
from tests.kit.requester import Requester

GIB = 1024**3


def metrics(cpu: float, **fields: Any) -> SystemMetrics:
    values = {
        "memory_used_bytes": 2 * GIB,
        "memory_total_bytes": 4 * GIB,
        "disk_used_bytes": GIB,
        "disk_total_bytes": 10 * GIB,
        **fields,
    }
    return SystemMetrics(cpu_percent=cpu, load_1m=0.5, **values)


def known(found: dict[str, Any], metric: str) -> list[float]:
    [series] = [one for one in found["series"] if one["metric"] == metric]
    assert len(series["avg"]) == len(found["timestamps"])
    return [value for value in series["avg"] if value is not None]


async def test_from_heartbeats_to_charts(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        assert (await agent.beat(metrics=metrics(42))).status == 200
        found = await plane.get("/api/v1/metrics", node="web-1")
        assert found["node_id"] == agent.node_id
        assert known(found, "cpu") == [pytest.approx(42, rel=0.001)]
        assert known(found, "memory_used") == [pytest.approx(2 * GIB, rel=0.001)]
        now = time.time()
        kept = tuple(MetricSample(now - age, metrics(7)) for age in range(100, 1900, 10))
        body = MetricBacklog(sent_at=time.time(), samples=kept)
        for _ in range(2):
            assert (await agent.request("POST", "/metrics", body)).status == 204
        assert len(known(await plane.get("/api/v1/metrics", node=agent.node_id, metric="cpu"), "cpu")) == 181
        fleet = await plane.get("/api/v1/metrics/fleet", workspace="default/default", metric="cpu")
        assert max(known(fleet, "nodes")) == 1
        assert known(fleet, "cpu")[0] == pytest.approx(7, rel=0.001)
        too_many = MetricBacklog(sent_at=now, samples=kept[:1] * 501)
        for wrong in ({"sent_at": "x"}, too_many):
            refused = await agent.request("POST", "/metrics", wrong)
            assert (refused.status, error_code(refused)) == (422, "VALIDATION_ERROR")
    # What was answered was on disk, and what was not is written at the end.
    async with control_plane(tmp_path, administrator=False) as plane:
        [(blocks,)] = look(plane.config, "SELECT COUNT(*) FROM metric_samples")
        assert blocks >= 3


async def test_what_an_agent_had_kept_is_stored_when_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last write of a control plane that is stopped does not happen when it is killed."""

    async def nothing(_history: History) -> None:
        return

    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        kept = tuple(MetricSample(time.time() - age, metrics(7)) for age in (100, 110))
        monkeypatch.setattr(History, "flush", nothing)
        body = MetricBacklog(sent_at=time.time(), samples=kept)
        assert (await agent.request("POST", "/metrics", body)).status == 204
    assert look(plane.config, "SELECT COUNT(*) FROM metric_samples") != [(0,)]


@pytest.mark.one_engine
async def test_an_agent_tells_what_it_saw_while_nobody_listened(tmp_path: Path) -> None:
    """The agent as it runs, and a control plane that goes and comes back."""
    async with trio.open_nursery() as nursery:
        async with control_plane(tmp_path) as plane:
            agent = await joined_agent(tmp_path / "agent", await plane.token(name="web-1"))
            nursery.start_soon(run_agent, agent.directory)

            async def is_heard() -> bool:
                return bool(known(await plane.get("/api/v1/metrics", node="web-1"), "memory_used"))

            await eventually_so(is_heard, "the agent is heard")
        folder = agent.directory.root
        # Two slots at least.
        await eventually(lambda: spread(kept_samples(folder)) > 10, "the agent keeps samples", 60)
        assert agent.directory.state.stat().st_mode & 0o077 == 0
        config, stop = plane.config, trio.Event()
        await nursery.start(partial(run_control_plane, config, stop=stop))
        await eventually(lambda: not kept_samples(folder), "they are sent", 60)
        found = await plane.get("/api/v1/metrics", node="web-1", metric="memory_used")
        values = found["series"][0]["avg"]
        first = next(number for number, value in enumerate(values) if value is not None)
        assert None not in values[first : first + 2], "there is no hole"
        stop.set()
        nursery.cancel_scope.cancel()


def spread(samples: list[MetricSample]) -> float:
    """Seconds from the first to the last."""
    return samples[-1].at - samples[0].at if samples else 0.0


async def test_the_fleet_at_a_glance(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        well, full, sick = [await plane.agent(name) for name in ("a", "b", "c")]
        await well.beat(metrics=metrics(10))
        await full.beat(metrics=metrics(20, disk_used_bytes=91 * GIB // 10))
        await sick.beat(metrics=metrics(30), checks=(HealthCheck("mesh", False, "no handshake"),))

        async def is_settled() -> bool:
            fleet = await plane.get("/api/v1/fleet")
            return bool(fleet["nodes"]["states"]["Online"] == 2 and fleet["attention_total"] == 2)

        await eventually_so(is_settled, "two nodes are online, one is degraded")
        fleet = await plane.get("/api/v1/fleet")
        assert fleet["nodes"]["total"] == 3
        assert fleet["nodes"]["states"]["Degraded"] == 1
        assert fleet["load"]["nodes"] == 3
        assert fleet["load"]["cpu_percent"] == 20
        assert fleet["load"]["memory_total_bytes"] == 12 * GIB
        reasons = {one["node"]: [reason["code"] for reason in one["reasons"]] for one in fleet["attention"]}
        assert list(reasons.items()) == [("c", ["degraded"]), ("b", ["disk_full"])]
        assert fleet["attention_reasons"] == {"degraded": 1, "disk_full": 1}
        assert fleet["attention"][0]["reasons"][0]["message"] == "mesh: no handshake"
        assert set(fleet["tasks"]["states"].values()) == {0}


async def test_an_administrator_only_sees_what_there_is(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        key = (await plane.post("/api/v1/personal-keys", {"name": "all", "kind": "api-key"}))["api_key"]

        def ask() -> None:
            with Requester(plane, key) as requester:
                for path, status in (
                    ("/api/v1/metrics", 422),
                    ("/api/v1/metrics?node=nobody", 404),
                    ("/api/v1/metrics/fleet?metric=nonsense", 422),
                    ("/api/v1/metrics/fleet?since=now", 422),
                    ("/api/v1/metrics/fleet?step=-1", 422),
                    ("/api/v1/metrics/fleet", 200),
                    ("/api/v1/fleet", 200),
                    ("/api/v1/fleet?workspace=nowhere", 404),
                ):
                    assert requester.get(path).status == status, path

        await trio.to_thread.run_sync(ask)


async def test_metrics_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with control_plane(tmp_path) as plane:
        cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
        agent = await plane.agent()
        await agent.beat(metrics=metrics(42))

        async def said(*arguments: str) -> str:
            return await cli.ok("node", "metrics", *arguments)

        lines = (await said("web-1", "--metric", "cpu,memory,network")).splitlines()
        assert lines[0].split() == ["METRIC", "LAST", "AVERAGE", "LEAST", "MOST"]
        assert lines[1].split() == ["cpu", "42.0%", "42.0%", "42.0%", "42.0%"]
        assert lines[2].split()[:3] == ["memory_used", "2.0", "GiB"]
        assert lines[4].split() == ["network_rx", "-", "-", "-", "-"]
        found = json.loads(await said("web-1", "--since", "2h", "-o", "json"))
        assert found["step"] == 10
        # A step more for each ten seconds that the machine takes.
        assert 720 <= len(found["timestamps"]) <= 740
