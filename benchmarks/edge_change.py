"""From a change of a virtual host to the moment at which every edge has said that it serves it.

The control plane is the real one with its store, CA, operations and agents' listener; the edges are fakes that keep
their section as an agent does and have no nginx, so that what is measured is the control plane's own share and the
way to its agents. All of them are in one process. The clock starts when the host is changed and its deployment
ordered, in one wave, and stops for an edge when its report has been taken. Bytes are those of the answers that tell
one edge what is new.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import trio

from benchmarks.control_plane import temporary_folder
from benchmarks.result import Result, percentile, within
from nimbus.protocol.messages import LeasedTask
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.fake_edge import FakeEdge, keep_working

EDGES, HOSTS, CHANGES = 100, 100, 10
QUICK_EDGES, QUICK_HOSTS, QUICK_CHANGES = 5, 10, 2
FEW, MANY = 10, 1000
PROVEN_MS, OWN_MS, FLAT = 1500.0, 150.0, 1.05
ENDED_S = 600.0
_HOSTS, _DEPLOYMENTS = "/api/v1/virtual-hosts", "/api/v1/edge/deployments"


class _Edge(FakeEdge):
    """Notes when it was told of its order, and when its report was taken."""

    told = reported = 0.0

    async def _deploy(self, task: LeasedTask) -> None:
        self.told = time.perf_counter()
        await super()._deploy(task)
        self.reported = time.perf_counter()


def run(quick: bool = False) -> list[Result]:
    """About 90 s, quick 20."""
    return trio.run(_all, quick)


async def _all(quick: bool) -> list[Result]:
    edges, hosts, changes = (QUICK_EDGES, QUICK_HOSTS, QUICK_CHANGES) if quick else (EDGES, HOSTS, CHANGES)
    with temporary_folder() as folder:
        results = await _changes(folder / "many", edges, hosts, changes)
    with temporary_folder() as folder:
        results.append(await _bytes(folder / "bytes", MANY // 10 if quick else MANY))
    return results


async def _changes(folder: Path, count: int, hosts: int, changes: int) -> list[Result]:
    folder.mkdir()
    async with control_plane(folder) as plane:
        edges = [await _edge(plane, f"edge-{number}") for number in range(count)]
        for number in range(hosts):
            await _host(plane, number)
        await _deployed(plane)
        told, proven = [], []
        for number in range(changes):
            began = time.perf_counter()
            await _change(plane, 0, f"change-{number}")
            await _deployed(plane, "host-0")
            told += [1000 * (edge.told - began) for edge in edges]
            proven += [1000 * (edge.reported - began) for edge in edges]
    of = f"{changes} changes of one of {hosts} hosts on each of {count} edges, which share the process"
    return [
        within(
            f"edge: change saved until {count} edges have proven it",
            percentile(proven, 0.99),
            "ms",
            PROVEN_MS,
            f"p99 of {of}; p50 {percentile(proven, 0.5):.0f}, longest {max(proven):.0f} ms",
        ),
        within(
            f"edge: change saved until {count} edges have their order",
            percentile(told, 0.99),
            "ms",
            OWN_MS,
            f"p99 of {of}; p50 {percentile(told, 0.5):.0f}, longest {max(told):.0f} ms",
        ),
    ]


async def _bytes(folder: Path, many: int) -> Result:
    folder.mkdir()
    async with control_plane(folder) as plane:
        edge = await _edge(plane, "edge-0")
        sizes = {}
        for count, since in ((FEW, 0), (many, FEW)):
            for number in range(since, count):
                await _host(plane, number)
            await _deployed(plane)
            await _change(plane, 0, f"of-{count:05}")
            edge.sizes.clear()
            await _deployed(plane, "host-0")
            sizes[count] = sum(edge.sizes)
    ratio = sizes[many] / sizes[FEW]
    return Result(
        f"edge: bytes of a change with {many} hosts",
        sizes[many],
        "bytes",
        f"flat: <= {FLAT:g} of {FEW} hosts'",
        round(ratio, 3),
        ratio <= FLAT,
        f"what one edge is told when one of its hosts changes; with {FEW} hosts {sizes[FEW]} bytes",
    )


async def _edge(plane: ControlPlane, name: str) -> _Edge:
    agent = await plane.agent(name)
    await plane.post("/api/v1/edges", {"node": name})
    edge = _Edge(agent)
    await edge.settle()
    await edge.say()
    plane.nursery.start_soon(keep_working, edge)
    return edge


async def _host(plane: ControlPlane, number: int) -> None:
    body = {
        "name": f"host-{number}",
        "server_name": [f"host-{number}.example.com"],
        "ssl_enabled": False,
        "listen_port": 80,
        "locations": _locations("new"),
        "target_agents": {"kind": "all"},
    }
    await plane.post(_HOSTS, body)


async def _change(plane: ControlPlane, number: int, word: str) -> None:
    body = {"locations": _locations(word)}
    await plane.call(lambda client: client.patch(f"{_HOSTS}/host-{number}", body))


def _locations(word: str) -> list[dict[str, str]]:
    return [{"path": f"/{word}/", "proxy_pass": "http://192.0.2.1:8080"}]


async def _deployed(plane: ControlPlane, *hosts: str) -> None:
    """Of these hosts, or of all, on all edges together; until it has ended."""
    made = await plane.post(_DEPLOYMENTS, {"hosts": list(hosts)})
    with trio.fail_after(ENDED_S):
        while True:
            found: dict[str, Any] = await plane.get(f"{_DEPLOYMENTS}/{made['id']}")
            if found["ended_at"]:
                break
            await trio.sleep(0.1)
    states = {node["state"] for node in found["nodes"]}
    if states != {"served"}:
        raise RuntimeError(f"a deployment ended as {', '.join(sorted(states))}")
