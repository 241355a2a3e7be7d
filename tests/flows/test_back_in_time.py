"""The database goes back in time: by `nimbus restore`, by an old file put in its place, by an old copy of all that
there is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from nimbus.composition.appliance import run_control_plane
from nimbus.composition.restore import restore_database
from nimbus.db.migration import DatabaseUnusable
from nimbus.kernel.clock import SystemClock
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import HeartbeatAnswer
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectoryBusy
from tests.kit.agent_client import AgentClient
from tests.kit.control_plane import control_plane
from tests.kit.processes import ControlPlaneProcess

pytestmark = pytest.mark.sqlite


async def answered(agent: AgentClient, **beat: Any) -> HeartbeatAnswer:
    reply = await agent.beat(**beat)
    assert reply.status == 200, reply.body
    return msgspec.json.decode(reply.body, type=HeartbeatAnswer)


class Home:
    """A control plane that has run, with one node, stopped; and a copy of its database from before."""

    def __init__(self, folder: Path, config: ControlPlaneConfig, agent: AgentClient, proof: str) -> None:
        self.folder, self.config, self.agent, self.proof = folder, config, agent, proof
        self.data = Path(config.data_dir)
        self.copy = folder / "copy"

    @property
    def old_database(self) -> Path:
        return self.copy / "nimbus.db"

    @asynccontextmanager
    async def started(self) -> AsyncIterator[AgentClient]:
        """Again, with the node connected."""
        stop = trio.Event()
        async with trio.open_nursery() as nursery:

            async def serve(*, task_status: trio.TaskStatus[Any]) -> None:
                await run_control_plane(self.config, clock=SystemClock(), stop=stop, task_status=task_status)

            with trio.fail_after(30):
                await nursery.start(serve)
            agent = AgentClient(self.agent.directory, self.agent.record)
            async with trio.open_nursery() as links:
                links.start_soon(agent.link.run)
                with trio.fail_after(20):
                    await agent.link.wait_connected()
                yield agent
                links.cancel_scope.cancel()
            stop.set()


async def home(folder: Path) -> Home:
    async with control_plane(folder) as plane:
        agent = await plane.agent("web-1")
        first = await answered(agent)
        assert first.generation == 1
        assert first.proof.split(".")[1] == "1"
        assert (await answered(agent, generation=1)).proof == ""
        assert (await agent.poll()).generation == 1
    made = Home(folder, plane.config, agent, first.proof)
    shutil.copytree(made.data, made.copy)
    async with made.started() as agent:
        await answered(agent)
    return made


async def test_a_restored_copy_begins_a_generation_that_nodes_hear_of(tmp_path: Path) -> None:
    made = await home(tmp_path)
    done = await trio.to_thread.run_sync(restore_database, made.config, made.old_database)
    assert done.generation.number == 2
    assert done.set_aside is not None
    assert done.set_aside.exists()
    async with made.started() as agent:
        answer = await answered(agent, generation=1)
        assert (answer.generation, answer.proof.split(".")[1]) == (2, "2")
        with pytest.raises(DataDirectoryBusy):
            await trio.to_thread.run_sync(restore_database, made.config, made.old_database)


async def test_an_old_file_put_in_its_place_by_hand_is_noticed(tmp_path: Path) -> None:
    made = await home(tmp_path)
    shutil.copy(made.old_database, made.data / "nimbus.db")
    async with made.started() as agent:
        assert (await answered(agent, generation=1)).generation == 2
    async with made.started() as agent:
        assert (await answered(agent, generation=2)).generation == 2, "and once"


def test_an_old_file_beside_the_log_of_a_newer_one(tmp_path: Path) -> None:
    """As after a power cut: the log was not emptied, and only the file was put back."""
    plane = ControlPlaneProcess(tmp_path)
    plane.start()
    assert plane.stop() == 0
    database, old = plane.data / "nimbus.db", tmp_path / "old.db"
    shutil.copy(database, old)
    plane.start()
    command = [sys.executable, "-m", "nimbus", "bootstrap", "--no-profile", "--data-dir", str(plane.data)]
    subprocess.run(command, check=True, capture_output=True)
    plane.kill()
    assert database.with_name("nimbus.db-wal").stat().st_size > 0
    shutil.copy(old, database)
    plane.start()
    assert "was replaced by another file" in plane.said()
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0, (
        "nobody was bootstrapped"
    )
    assert plane.stop() == 0
    assert len(list(plane.data.glob("nimbus.db-wal.aside*"))) == 1


async def test_an_old_copy_of_everything_stops_when_a_node_shows_what_it_was_told(tmp_path: Path) -> None:
    made = await home(tmp_path)
    await trio.to_thread.run_sync(restore_database, made.config, made.old_database)
    async with made.started() as agent:
        newer = await answered(agent, generation=1)
    shutil.rmtree(made.data)
    shutil.copytree(made.copy, made.data)
    with pytest.raises(BaseExceptionGroup) as caught:  # noqa: PT012
        async with made.started() as agent:
            assert (await answered(agent, generation=9, proof=made.proof)).generation == 1
            forged = newer.proof.replace(".2.", ".3.")
            assert (await answered(agent, generation=3, proof=forged)).generation == 1
            await answered(agent, generation=newer.generation, proof=newer.proof)
            with trio.fail_after(20):
                await trio.sleep_forever()
    [error] = leaves(caught.value)
    assert isinstance(error, NimbusError)
    assert (error.code, "generation 1" in error.line(), "told of 2" in error.line()) == (
        "DATABASE_OUTDATED",
        True,
        True,
    )
    # What it says to do, done.
    done = await trio.to_thread.run_sync(
        lambda: restore_database(made.config, made.old_database, known_generation=2)
    )
    assert done.generation.number == 3
    async with made.started() as agent:
        assert (await answered(agent, generation=2, proof=newer.proof)).generation == 3


def leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in leaves(inner)]
    return [error]


async def test_a_watermark_that_is_damaged_is_no_reason_to_stop(tmp_path: Path) -> None:
    made = await home(tmp_path)
    (made.data / "watermark.json").write_text("{")
    async with made.started() as agent:
        assert (await answered(agent)).generation == 1
    assert json.loads((made.data / "watermark.json").read_text())["number"] == 1


@pytest.mark.parametrize("how", ["gone", "empty"])
async def test_an_empty_database_does_not_take_the_place_of_one(tmp_path: Path, how: str) -> None:
    """Its disk is not mounted, or a power cut left nothing of it: nobody may take that for a first start."""
    made = await home(tmp_path)
    for file in made.data.glob("nimbus.db*"):
        file.unlink()
    if how == "empty":
        (made.data / "nimbus.db").touch()
    for _ in range(2):
        with pytest.raises(BaseExceptionGroup) as caught:
            async with made.started():
                raise AssertionError("it serves")
        [error] = leaves(caught.value)
        assert isinstance(error, DatabaseUnusable)
        assert "nimbus.db is empty, and a control plane has been served" in error.message
    # What it says to do, done.
    await trio.to_thread.run_sync(restore_database, made.config, made.old_database)
    async with made.started() as agent:
        await answered(agent)
