from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nimbus.fleet.nodes.records import NodePatch, NodeQuery, NodeReport, NodeState, NodeView
from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, ValidationError
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import SystemMetrics
from nimbus.protocol.version import VERSION
from tests.kit.lists import rows_of
from tests.kit.records import ADMIN, STRANGER, facts
from tests.kit.slices import Slices, slices


async def names_listed(world: Slices, workspace: str = "", **query: Any) -> list[str]:
    listed = await world.nodes.list(ADMIN, NodeQuery(**query), workspace)
    return [view.name for view in rows_of(listed, NodeView)]


async def test_filters(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("a", labels={"env": "prod", "tier_1": "x.y"})
        await world.add_node("b", labels={"env": "Prod"})
        await world.add_node("c", labels={"senv": "prod", "tierx1": "x.y", "env": "production"})
        await world.add_node("d", maintenance=True, state=NodeState.ONLINE)
        await world.add_node("e", state=NodeState.ONLINE)
        assert await names_listed(world, label="env=prod") == ["a"]
        assert await names_listed(world, label="env=Prod") == ["b"]
        assert await names_listed(world, label="tier_1=x.y") == ["a"]
        for nothing in (
            "env=%",
            "%=%",
            "env=pro_",
            '"env":"prod"=',
            "env=",
            "=prod",
            'a=",b="',
            "!%=!%",
            "=",
            "\\=\\",
        ):
            assert await names_listed(world, label=nothing) == [], nothing
        assert await names_listed(world, state=NodeState.MAINTENANCE) == ["d"]
        assert await names_listed(world, state=NodeState.ONLINE) == ["e"]
        assert await names_listed(world, workspace="default") == ["a", "b", "c", "d", "e"]
        with pytest.raises(ValidationError):
            await names_listed(world, label="env")
        with pytest.raises(NotFound):
            await names_listed(world, workspace="nowhere")


def told(cpu: float, memory: int, disk: int) -> NodeReport:
    """Percent each."""
    return NodeReport(
        metrics=SystemMetrics(
            cpu_percent=cpu,
            memory_used_bytes=memory,
            memory_total_bytes=100,
            disk_used_bytes=disk * 10,
            disk_total_bytes=1000,
        )
    )


async def test_sorted_by_load_what_is_not_known_comes_last(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        heard: dict[str, Any] = {"state": NodeState.ONLINE, "last_seen_at": 1}
        await world.add_node("n2", report=told(5, 90, 20), **heard)
        await world.add_node("n3", report=told(5, 10, 20), **heard)
        await world.add_node("busy", report=told(99.5, 50, 30), **{**heard, "state": NodeState.DEGRADED})
        await world.add_node("held", report=told(1, 1, 1), last_seen_at=1, maintenance=True)
        await world.add_node("gone", report=told(100, 100, 100), last_seen_at=1, state=NodeState.OFFLINE)
        await world.add_node("new", **heard)
        await world.add_node("silent")
        unknown = ["gone", "new", "silent"]
        assert await names_listed(world, sort="cpu") == ["held", "n2", "n3", "busy", *unknown]
        assert await names_listed(world, sort="-cpu") == ["busy", "n2", "n3", "held", *unknown]
        assert await names_listed(world, sort="memory") == ["held", "n3", "busy", "n2", *unknown]
        assert await names_listed(world, sort="-disk,memory") == ["busy", "n3", "n2", "held", *unknown]
        pages = [await names_listed(world, sort="-cpu", page=page, per_page=3) for page in (1, 2, 3)]
        assert pages == [["busy", "n2", "n3"], ["held", "gone", "new"], ["silent"]]


async def test_by_version_and_operating_system(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        for name, version, os in (
            ("a", "0.0.9", "Debian GNU/Linux 12 (bookworm)"),
            ("b", VERSION, "Ubuntu 24.04.1 LTS"),
            ("c", "0.0.10", "Debian GNU/Linux 13 (trixie)"),
            ("d", "no version", ""),
        ):
            await world.add_node(name, version=version, facts=facts(name, os=os))
        assert await names_listed(world, version="0.0.9") == ["a"]
        assert await names_listed(world, version="0.0") == []
        assert await names_listed(world, os="debian") == ["a", "c"]
        assert await names_listed(world, os="Trixie") == ["c"]
        assert await names_listed(world, os="%") == []
        assert await names_listed(world, outdated=True) == ["a", "c"]
        assert await names_listed(world, outdated=False) == ["b", "d"]
        assert await names_listed(world, outdated=True, sort="-version") == ["c", "a"]
        assert await names_listed(world, sort="os") == ["d", "a", "c", "b"]
        listed = rows_of(await world.nodes.list(ADMIN, NodeQuery()), NodeView)
        assert {view.name: view.outdated for view in listed} == {"a": True, "b": False, "c": True, "d": False}


async def test_facts_say_when_they_were_looked_at(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node("a")
        assert (await world.nodes.show(ADMIN, Target("a"))).facts_at is None
        for os in ("Debian 13", "Debian 13"):
            world.clock.advance(60)
            await world.database.write(
                lambda tx, os=os: world.nodes.update_facts(tx, node.id, facts("a", os=os))  # type: ignore[misc]
            )
            view = await world.nodes.show(ADMIN, Target("a"))
            assert view.facts_at == to_rfc3339(world.clock.now())
            assert await names_listed(world, os="debian 13") == ["a"]


async def test_pages(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        for number in range(7):
            await world.add_node(f"n{number}")
        pages = [await names_listed(world, page=page, per_page=3) for page in range(1, 5)]
        assert pages == [["n0", "n1", "n2"], ["n3", "n4", "n5"], ["n6"], []]
        assert (await world.nodes.list(ADMIN, NodeQuery(per_page=2))).total == 7


@pytest.mark.parametrize("query", [{"page": 0}, {"per_page": 0}, {"per_page": 1001}, {"page": 10**25}])
def test_impossible_pages(query: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="page"):
        NodeQuery(**query)  # type: ignore[arg-type]


async def test_a_node_is_found_by_name_and_by_id(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node("web-1")
        for reference in ("web-1", "WEB-1", node.id, node.id.upper()):
            assert (await world.nodes.show(ADMIN, Target(reference))).id == node.id
        for reference in (new_id(), "web-2", "", "web-1'--", "default/default"):
            with pytest.raises(NotFound):
                await world.nodes.show(ADMIN, Target(reference))


async def test_a_change_is_checked_stored_and_audited(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("web-1", labels={"a": "1", "b": "2"})
        await world.add_node("web-2")
        patch = NodePatch(name="Web-9", labels={"a": None, "c": "3"}, maintenance=True)
        view = await world.nodes.change(ADMIN, Target("web-1"), patch)
        assert (view.name, view.labels, view.state) == ("web-9", {"b": "2", "c": "3"}, NodeState.MAINTENANCE)
        with pytest.raises(Conflict):
            await world.nodes.change(ADMIN, Target("web-9"), NodePatch(name="web-2"))
        await world.nodes.change(ADMIN, Target("web-9"), NodePatch(name="web-9", maintenance=False))
        with pytest.raises(ValidationError):
            await world.nodes.change(ADMIN, Target("web-9"), NodePatch(labels={"a": "x y"}))
        rows = await world.rows(
            "SELECT action, resource_name, actor_name FROM audit_log WHERE actor_kind = 'user' ORDER BY sequence"
        )
        assert rows == [("node.update", "web-9", "admin"), ("node.maintenance_end", "web-9", "admin")]


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (NodePatch(wanted_port=-1), "a UDP port from 1 to 65535"),
        (NodePatch(wanted_port=65536), "a UDP port from 1 to 65535"),
        (NodePatch(wanted_mtu=575), "from 576 to 65535 bytes"),
        (NodePatch(wanted_mtu=65536), "from 576 to 65535 bytes"),
        (NodePatch(wanted_mtu=-1420), "from 576 to 65535 bytes"),
    ],
)
async def test_a_port_or_mtu_that_cannot_be_is_refused(tmp_path: Path, patch: NodePatch, reason: str) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("web-1", overlay_ip="10.0.0.2")
        with pytest.raises(ValidationError, match=reason):
            await world.nodes.change(ADMIN, Target("web-1"), patch)
        assert (await world.nodes.show(ADMIN, Target("web-1"))).revision == 1


async def test_port_and_mtu_are_of_nodes_in_the_mesh(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("web-1", overlay_ip="10.0.0.2")
        view = await world.nodes.change(ADMIN, Target("web-1"), NodePatch(wanted_port=51821, wanted_mtu=1380))
        assert (view.wanted_port, view.wanted_mtu) == (51821, 1380)
        [row] = rows_of(await world.nodes.list(ADMIN, NodeQuery()), NodeView)
        assert (row.wanted_port, row.wanted_mtu, row.listen_port) == (51821, 1380, None)
        await world.add_node("web-2")
        with pytest.raises(Conflict, match="not in the mesh"):
            await world.nodes.change(ADMIN, Target("web-2"), NodePatch(wanted_port=51821))
        await world.nodes.change(ADMIN, Target("web-2"), NodePatch(wanted_port=0, maintenance=True))


async def test_permissions_are_asked_for_first(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        for call in (
            world.nodes.list(STRANGER, NodeQuery()),
            world.nodes.show(STRANGER, Target("x")),
            world.nodes.change(STRANGER, Target("x"), NodePatch()),
        ):
            with pytest.raises(Forbidden):
                await call


async def test_free_names_stay_within_63_letters(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        long = "n" * 63
        for wanted in (long, "n" * 61 + "-2"):
            await world.add_node(wanted)
        free = await world.database.read(lambda tx: world.nodes.free_name(tx, world.workspace.id, long))
        assert len(free) == 63
        assert free == "n" * 61 + "-3"
