"""Disks that are full, read-only, or tell nonsense: nothing is lost that was promised, and the node says so."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
import trio

from agent.state import agent_state, space
from agent.state.agent_state import AgentState
from agent.state.database import StateUnwritable
from nimbus.protocol.messages import RESULT_LIMIT_BYTES, MeshDelta, MetricSample, SystemMetrics
from tests.agent.state.test_desired_mesh import Hub, peer
from tests.kit.agent_state import FILE, fill, killed, lease, opened_state, read_only, small_disk, succeeded
from tests.kit.polling import eventually_so

BIG = "x" * (RESULT_LIMIT_BYTES - 100)


async def healthy_again(state: AgentState) -> None:
    async def is_healthy() -> bool:
        await state.look()
        await state._catch_up()
        return state.check().healthy

    await eventually_so(is_healthy, "the state is healthy again")


@pytest.mark.root
async def test_results_of_what_was_begun_go_to_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "d", "1280k") as folder:
        async with opened_state(folder) as state:
            for name in ("big", "small", "reported"):
                await state.journal.accept([lease(name)])
            filling = fill(folder)
            await state.look()
            assert state.check().message.startswith(f"{folder}: the disk is full")
            assert not state.takes_orders
            for name in ("big", "small", "reported"):
                await state.journal.start(name)
            await state.journal.finish("small", succeeded())
            await state.journal.finish("reported", succeeded())
            await state.journal.reported("reported", 1)
            await state.journal.finish("big", succeeded(value=BIG))
            # More than the log of the file can hold without going round.
            for _ in range(150):
                await state.journal.stopped("small")
                await state.journal.finish("small", succeeded())
            assert state.journal.behind == 0
            with pytest.raises(StateUnwritable, match="full"):
                await state.journal.accept([lease("new")])
            # As the file is left by a kill, and opened again on the same full disk.
            left = killed(folder, tmp_path / "killed")
            async with opened_state(left) as again:
                held = again.journal.held()
                assert set(held) == {"big", "small"}
                assert held["big"].result == succeeded(value=BIG)
                assert held["small"].result == succeeded()
            filling.unlink()
            await healthy_again(state)
            assert await state.journal.accept([lease("new")])


@pytest.mark.root
async def test_an_agent_begins_again_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "d") as folder:
        async with opened_state(folder) as state:
            await state.journal.accept([lease("a")])
            await state.journal.start("a")
            left = killed(folder, tmp_path / "killed")
        for file in left.iterdir():
            shutil.copyfile(file, folder / file.name)
        filling = fill(folder)
        async with opened_state(folder) as state:
            await state.look()
            assert not state.check().healthy
            assert list(state.journal.held()) == ["a"]
            await state.journal.finish("a", succeeded(value=BIG))
            assert state.journal.behind == 0
            filling.unlink()
            await healthy_again(state)


@pytest.mark.root
async def test_an_agent_begins_for_the_first_time_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "d") as folder:
        filling = fill(folder)
        async with opened_state(folder) as state:
            assert not state.check().healthy
            with pytest.raises(StateUnwritable, match="full"):
                await state.journal.accept([lease("a")])
            filling.unlink()
            await healthy_again(state)
            assert await state.journal.accept([lease("a")])
        async with opened_state(folder) as state:
            assert list(state.journal.held()) == ["a"]


@pytest.mark.root
async def test_what_does_not_fit_is_in_memory_until_it_does(tmp_path: Path) -> None:
    with small_disk(tmp_path / "d") as folder:
        async with opened_state(folder) as state:
            names = [f"t{number}" for number in range(4)]
            await state.journal.accept([lease(name) for name in names])
            filling = fill(folder)
            for name in names:
                await state.journal.finish(name, succeeded(value=BIG))
            assert state.journal.behind == 3
            assert "3 tasks are in memory only" in state.check().message
            assert {name for name, held in state.journal.held().items() if held.result} == set(names)
            await state.journal.reported("t3", 1)
            filling.unlink()
            # Three results of the largest size are more than so small a disk holds.
            subprocess.run(["mount", "-o", "remount,size=8m", folder], check=True)
            await healthy_again(state)
        async with opened_state(folder) as state:
            held = state.journal.held()
            assert sorted(held) == ["t0", "t1", "t2"]
            assert all(task.result == succeeded(value=BIG) for task in held.values())


@pytest.mark.root
async def test_metrics_and_log_lines_do_not_take_the_reserve(tmp_path: Path) -> None:
    with small_disk(tmp_path / "d") as folder:
        async with opened_state(folder) as state:
            await state.journal.accept([lease("a")])
            filling = fill(folder)
            with pytest.raises(StateUnwritable):
                await state.log_buffer.add("a", [(number, "y" * 4000) for number in range(200)])
            for _ in range(50):
                await state.backlog.add(MetricSample(1.0, SystemMetrics()))
            await state.journal.finish("a", succeeded(value=BIG))
            assert state.journal.behind == 0
            filling.unlink()


@pytest.mark.root
async def test_a_member_that_is_removed_is_gone_although_the_disk_is_full(tmp_path: Path) -> None:
    hub = Hub()
    with small_disk(tmp_path / "d") as folder:
        async with opened_state(folder) as state:
            for number in range(2, 60):
                hub.change(peer(number))
            state.mesh.apply(hub.delta(0))
            await state.mesh.store()
            filling = fill(folder)
            hub.change(peer(9, removed=True))
            assert state.mesh.apply(hub.delta(state.mesh.revision)) == ([], [peer(9)])
            await state.mesh.store()
            assert not state.mesh.is_behind
            left = killed(folder, tmp_path / "killed")
            async with opened_state(left) as again:
                assert again.mesh.peers == hub.members()
            filling.unlink()


@pytest.mark.root
async def test_a_disk_that_becomes_read_only(tmp_path: Path) -> None:
    hub = Hub()
    folder = tmp_path / "d"
    async with opened_state(folder) as state:
        await state.journal.accept([lease("a")])
        hub.change(peer(2))
        hub.change(peer(3))
        state.mesh.apply(hub.delta(0))
        await state.mesh.store()
        left = killed(folder, tmp_path / "killed")
    with read_only(left):
        async with opened_state(left) as state:
            assert "read-only" in state.check().message
            assert not state.takes_orders
            assert list(state.journal.held()) == ["a"]
            assert state.mesh.peers == hub.members()
            hub.change(peer(3, removed=True))
            state.mesh.apply(hub.delta(2))
            await state.mesh.store()
            assert state.mesh.is_behind
            with pytest.raises(StateUnwritable, match="read-only"):
                await state.journal.start("a")
            await state.journal.finish("a", succeeded())
            assert state.journal.behind == 1


@pytest.mark.root
async def test_a_disk_that_was_read_only_at_the_start_and_is_not_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    async with opened_state(folder) as state:
        await state.journal.accept([lease("a"), lease("b")])
        left = killed(folder, tmp_path / "killed")
    async with trio.open_nursery():
        with read_only(left):
            state = await trio.to_thread.run_sync(agent_state.open_state, left / FILE, "n1")
        # The mount has gone: the same folder takes writes.
        await state.start()
        await state.journal.finish("a", succeeded())
        await state.journal.reported("b", 1)
        await healthy_again(state)
        await trio.to_thread.run_sync(state.database.close)
    async with opened_state(left) as again:
        assert {name: held.result for name, held in again.journal.held().items()} == {"a": succeeded()}


@pytest.mark.parametrize("damage", ["nonsense", "middle", "empty"])
async def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "d"
    async with opened_state(folder) as state:
        await state.journal.accept([lease(f"t{number}") for number in range(50)])
    file = folder / FILE
    content = file.read_bytes()
    # Of the pages in use: those behind them are free.
    changed = {"nonsense": b"no database" * 1000, "middle": content[:4096] + b"\xff" * 60_000, "empty": b""}
    file.write_bytes(
        changed[damage] + content[len(changed[damage]) :] if damage == "middle" else changed[damage]
    )
    async with opened_state(folder) as state:
        assert state.journal.held() == {}
        assert state.check().healthy
        assert await state.journal.accept([lease("again")])
    assert (folder / f"{FILE}.aside").exists() == (damage != "empty")
    async with opened_state(folder) as state:
        assert list(state.journal.held()) == ["again"]


async def test_a_file_of_a_newer_agent_is_set_aside(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "d") as state:
        await state.journal.accept([lease("a")])
    connection = sqlite3.connect(tmp_path / "d" / FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    async with opened_state(tmp_path / "d") as state:
        assert state.journal.held() == {}
        assert state.check().healthy
    assert (tmp_path / "d" / f"{FILE}.aside").exists()


async def test_a_file_that_is_damaged_while_the_agent_runs_is_begun_anew_from_memory(tmp_path: Path) -> None:
    hub = Hub()
    hub.change(peer(2))
    async with opened_state(tmp_path / "d") as state:
        await state.journal.accept([lease("a"), lease("b")])
        state.mesh.apply(hub.delta(0))
        await state.mesh.store()

        def damage(_connection: sqlite3.Connection) -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        with pytest.raises(StateUnwritable):
            await state.database.perform(damage)
        await state.journal.finish("a", succeeded())
        await healthy_again(state)
    async with opened_state(tmp_path / "d") as state:
        assert {name: held.result for name, held in state.journal.held().items()} == {
            "a": succeeded(),
            "b": None,
        }
        assert state.mesh.peers == hub.members()


async def test_what_another_node_left_is_nothing_to_this_one(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "d", "n1") as state:
        await state.journal.accept([lease("a")])
        await state.log_buffer.add("a", [(0, "line")])
        await state.backlog.add(MetricSample(1.0, SystemMetrics()))
        state.mesh.apply(MeshDelta(0, 1, Hub().delta(0).checksum, ()))
        await state.mesh.store()
    async with opened_state(tmp_path / "d", "n2") as state:
        assert state.journal.held() == {}
        assert state.mesh.revision == 0
        await state.journal.accept([lease("of-n2")])
    async with opened_state(tmp_path / "d", "n2") as state:
        assert list(state.journal.held()) == ["of-n2"]
        assert await state.backlog.batch() is None


async def test_the_file_has_an_end_that_is_not_the_disks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a long absence of the control plane leaves unsent; what was begun has its room all the same."""
    monkeypatch.setattr(space, "LIMIT_BYTES", 2 * 1024 * 1024)
    async with opened_state(tmp_path / "d") as state:
        await state.journal.accept([lease("a")])
        for first in range(0, 1000, 100):
            await state.log_buffer.add("a", [(first + number, "y" * 1000) for number in range(100)])
        with pytest.raises(StateUnwritable):
            await state.log_buffer.add("a", [(number, "y" * 1000) for number in range(1000, 2000)])
        await state.journal.finish("a", succeeded(value=BIG))
        assert state.journal.behind == 0
        assert state.check().healthy
        assert (tmp_path / "d" / FILE).stat().st_size <= 2 * 1024 * 1024
