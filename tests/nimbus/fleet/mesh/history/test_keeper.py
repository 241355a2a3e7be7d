"""Measurements taken in and kept: over restarts, and when nodes go and others come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nimbus.fleet.mesh import store as mesh_store
from nimbus.fleet.mesh.history import store
from nimbus.fleet.mesh.history.blocks import COARSE, FINE
from nimbus.fleet.mesh.history.keeper import MOST_PARTS, HistoryKeeper
from nimbus.fleet.mesh.history.records import HistoryQuery
from nimbus.fleet.mesh.history.service import MeshHistories
from nimbus.fleet.mesh.history.work import GRACE_S
from nimbus.fleet.mesh.records import StatusQuery
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.kernel.changes import PassingChange
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.link_columns import address_number, pack
from nimbus.protocol.messages import Link, MeshProbeResult
from tests.kit.records import ADMIN, STRANGER, heartbeat, mesh_key, mesh_peer
from tests.nimbus.fleet.mesh.test_border import World, world

BASE = address_number("10.106.0.0")
ADDRESSES = {"a-1": "10.106.103.2", "a-2": "10.106.103.3", "b-1": "10.106.103.4"}
NEAR = Link("", "", 3.0, 2.0, 700, 600, "192.0.2.7:51820", "lan", sent=2)


class Kept:
    def __init__(self, w: World) -> None:
        self.w, self.slices = w, w.slices
        self.start()

    def start(self) -> None:
        """A process with nothing in memory."""
        database, clock = self.slices.database, self.slices.clock
        self.keeper = HistoryKeeper(database, clock, BASE, self.w.mesh.announce)
        self.histories = MeshHistories(database, clock, self.slices.nodes, self.keeper, BASE)

    def hear(self, name: str, **ways: Link) -> None:
        links = ((address_number(ADDRESSES[to.replace("_", "-")]), link) for to, link in ways.items())
        self.keeper.hear(self.w.ids[name], heartbeat(measured=MeshProbeResult((), pack(links))))

    async def shown(self, from_: str = "a-1", to: str = "a-2", **query: object) -> list[int]:
        history = await self.histories.of_pair(ADMIN, HistoryQuery(from_=from_, to=to, **query))  # type: ignore[arg-type]
        return [number for number in history.ways[0].sent if number]

    async def rows(self, name: str, step: int) -> int:
        node_id = self.w.ids[name]
        return len(await self.slices.database.read(lambda tx: store.blocks(tx, node_id, step, 0, 1 << 40)))


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Kept]:
    async with world(folder) as w:
        yield Kept(w)


async def test_steps_and_hours_are_kept_over_a_restart(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        clock = k.slices.clock
        clock.advance(COARSE.step_s - clock.now() / 1e6 % COARSE.step_s)
        for _ in range(10):
            k.hear("a-1", a_2=NEAR)
            await k.keeper.flush()
            clock.advance(60)
        await k.keeper.flush(whole=True)
        k.start()
        await k.keeper.load()
        assert await k.shown() == [10, 10]
        clock.advance(5)
        k.hear("a-1", a_2=NEAR)
        # Also what no write has come to yet.
        assert await k.shown() == [10, 10, 2]
        clock.advance(3600)
        await k.keeper.flush()
        assert (await k.rows("a-1", FINE.step_s), await k.rows("a-1", COARSE.step_s)) == (1, 1)
        assert await k.shown(since="2020-01-01T00:00:00Z") == [22]


async def test_what_is_stored_of_a_step_is_written_once_and_nothing_of_who_has_gone(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        k.hear("a-1", a_2=NEAR, b_1=NEAR)
        k.hear("a-2", a_1=NEAR)
        members = k.slices.members
        await k.slices.database.write(lambda tx: members.remove(tx, k.w.ids["a-2"]))
        k.slices.clock.advance(FINE.step_s + GRACE_S)
        await k.keeper.flush()
        assert (await k.rows("a-1", FINE.step_s), await k.rows("a-2", FINE.step_s)) == (1, 0)
        await k.slices.database.write(lambda tx: members.remove(tx, k.w.ids["a-1"]))
        assert await k.rows("a-1", FINE.step_s) == 0
        k.keeper.forget(NodeRevoked(k.w.ids["a-1"], ()))


async def test_whoever_gets_an_address_does_not_get_what_was_measured_of_another(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        clock, database, members = k.slices.clock, k.slices.database, k.slices.members
        k.hear("a-1", a_2=NEAR)
        clock.advance(FINE.step_s + GRACE_S)
        await k.keeper.flush()
        assert await k.shown() == [2]
        old = k.w.ids["a-2"]
        await database.write(lambda tx: members.remove(tx, old))
        clock.advance(700)
        address = address_number(ADDRESSES["a-2"])
        await database.write(lambda tx: mesh_store.take_address(tx, address, old, clock.now()))
        peer = mesh_peer(old, ADDRESSES["a-2"], name="a-2", public_key=mesh_key(9))
        await database.write(lambda tx: members.put(tx, peer))
        assert await k.shown() == []
        rows = (await k.w.mesh.status(ADMIN, StatusQuery(node="a-1", show="all"))).rows
        assert [(pair.path, pair.cause) for pair in rows if (pair.from_, pair.to) == ("a-1", "a-2")] == [
            ("down", "not_measured")
        ]
        k.hear("a-1", a_2=NEAR)
        assert await k.shown() == [2]


async def test_followers_are_told_when_a_way_is_of_another_kind(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        told = []
        for link in (NEAR, NEAR, Link("", "", None, None, 0, 0, idle=True)):
            k.hear("a-1", a_2=link)
            k.slices.clock.advance(30)
            await k.keeper.flush()
            told.append(
                sum(event.kind == "mesh.measured" for event in k.slices.bus.of(PassingChange))  # type: ignore[attr-defined]
            )
        assert told == [1, 1, 2]


async def test_what_one_node_tells_is_bounded(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        for _ in range(MOST_PARTS + 20):
            k.hear("a-1", a_2=NEAR)
        assert len(k.keeper.waiting(k.w.ids["a-1"]).parts) == MOST_PARTS
        await k.keeper.flush(whole=True)
        assert k.keeper.waiting(k.w.ids["a-1"]).parts == ()


async def test_who_does_not_see_both_ends_sees_nothing_of_them(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        with pytest.raises(NimbusError):
            await k.histories.of_pair(STRANGER, HistoryQuery(from_="a-1", to="a-2"))
        for from_, to in (("a-1", "a-1"), ("control-plane", "control-plane"), ("a-1", "nobody")):
            with pytest.raises(NimbusError):
                await k.histories.of_pair(ADMIN, HistoryQuery(from_=from_, to=to))


async def test_old_blocks_go_unless_the_clock_has_jumped(tmp_path: Path) -> None:
    async with kept(tmp_path) as k:
        clock = k.slices.clock
        for _ in range(20):
            k.hear("a-1", a_2=NEAR)
            clock.advance(2 * 3600)
            await k.keeper.flush(whole=True)
        before = await k.rows("a-1", FINE.step_s)
        clock.advance(400 * 86400)
        await k.keeper.prune()
        assert await k.rows("a-1", FINE.step_s) == before
        clock.advance(-400 * 86400)
        await k.keeper.prune()
        assert 0 < await k.rows("a-1", FINE.step_s) < before
