"""The control plane as a process: what it refuses to start on, how it ends, and a disk that is full."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.protocol.errors import NimbusError
from tests.kit.lab import Finished, Lab, wait_until
from tests.kit.lab.processes import run_now
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
STOP_S = 5.0


async def refused(lab: Lab, user: str = "", **flags: Any) -> Finished:
    """Start one more control plane on the same host, which must not start: one line, status 1."""
    host = lab.control_plane
    done = await host.run(*lab.program("nimbus"), "api", *lab.server_flags(**flags), timeout=20, user=user)
    assert done.status == 1, done
    assert done.out == "", done
    assert len(done.err.splitlines()) == 1, done
    return done


def code_of(done: Finished) -> str:
    return done.line.rpartition("[")[2].rstrip("]")


async def test_what_another_one_uses(make_lab: MakeLab) -> None:
    async with make_lab(nodes=0, mesh="off") as lab:
        await lab.start_control_plane()
        host = lab.control_plane
        other = host.folder / "other"
        done = await refused(lab, data_dir=other)
        assert code_of(done) == "ADDRESS_IN_USE", done
        assert "192.0.2.1:8443" in done.line
        done = await refused(lab, data_dir=other, listen=f"{host.address}:9443")
        assert code_of(done) == "ADDRESS_IN_USE", done
        assert "8444" in done.line
        done = await refused(lab, listen=f"{host.address}:9443", agent_port=9444)
        assert code_of(done) == "DATA_DIRECTORY_BUSY", done
        assert await lab.get("/api/v1/nodes") == []


async def test_a_second_mesh_on_one_machine(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="userspace") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        # The same interface, and what is on it, belongs to the first.
        done = await refused(lab, data_dir=lab.control_plane.folder / "other")
        assert code_of(done), done
        await lab.wait_reachable()
        await lab.wait_online()


async def test_a_data_directory_that_cannot_be_used(make_lab: MakeLab) -> None:
    async with make_lab(nodes=0, mesh="off") as lab:
        host = lab.control_plane
        own = host.folder / "own"
        own.mkdir()
        shutil.chown(own, "nobody", "nogroup")
        host.environment["SHIV_ROOT"] = os.fspath(own / "cache")
        closed = host.folder / "closed"
        closed.mkdir(mode=0o755)
        done = await refused(lab, user="nobody", data_dir=closed)
        assert (code_of(done), os.fspath(closed) in done.line) == ("DIRECTORY_UNUSABLE", True), done
        (host.folder / "file").write_text("")
        host.environment["SHIV_ROOT"] = os.fspath(lab.cache)
        done = await refused(lab, data_dir=host.folder / "file")
        assert code_of(done) == "DIRECTORY_UNUSABLE", done


async def test_a_database_of_a_newer_version(make_lab: MakeLab) -> None:
    async with make_lab(nodes=0, mesh="off") as lab:
        process = await lab.start_control_plane()
        assert await process.stop() == 0
        database = lab.control_plane.data / "nimbus.db"
        with sqlite3.connect(database) as connection:
            connection.execute(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (9999, 'x', 'x', 0)"
            )
        connection.close()
        before = database.read_bytes()
        done = await refused(lab)
        assert "newer Nimbus" in done.line, done
        assert database.read_bytes() == before


async def test_a_database_that_is_none(make_lab: MakeLab) -> None:
    async with make_lab(nodes=0, mesh="off") as lab:
        data = lab.control_plane.data
        data.mkdir(mode=0o700)
        (data / "nimbus.db").write_bytes(b"not a database, " * 1000)
        done = await refused(lab)
        assert "nimbus.db" in done.line, done


async def test_sigterm_ends_it_in_time_and_checkpointed(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        process = await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        for host in lab.nodes:
            await lab.post("/api/v1/tasks", {"node": host.name, "kind": "mesh_probe"})
        began = trio.current_time()
        assert await process.stop(timeout=STOP_S + 1) == 0, process.tail()
        assert trio.current_time() - began < STOP_S
        log = lab.control_plane.data / "nimbus.db-wal"
        assert not log.exists() or log.stat().st_size == 0
        await lab.start_control_plane(bootstrap=False)
        await lab.wait_online(timeout=30)


@asynccontextmanager
async def small_disk(folder: Path, megabytes: int) -> AsyncIterator[Path]:
    folder.mkdir()
    run_now("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "nimbus-test", os.fspath(folder))
    try:
        yield folder
    finally:
        run_now("umount", "--lazy", os.fspath(folder))


def fill(file: Path) -> None:
    """Take all the room there is."""
    with file.open("ab", buffering=0) as stream:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    stream.write(b"\0" * size)
            except OSError:
                continue


async def test_a_full_disk(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab, small_disk(lab.control_plane.data, 16) as data:
        process = await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        fill(data / "filler")
        accepted: list[str] = []
        refusal: NimbusError | None = None
        for _ in range(500):
            try:
                task = await lab.post("/api/v1/tasks", {"node": "n1", "kind": "collect_facts"})
            except NimbusError as error:
                refusal = error
                break
            accepted.append(task["id"])
        assert refusal is not None
        assert refusal.code == "STORAGE_FULL", refusal
        assert process.running

        # Reading goes on.
        assert [node["name"] for node in await lab.get("/api/v1/nodes")] == ["n1"]

        (data / "filler").unlink()

        async def accepts_again() -> bool:
            try:
                task = await lab.post("/api/v1/tasks", {"node": "n1", "kind": "collect_facts"})
            except NimbusError:
                return False
            accepted.append(task["id"])
            return True

        await wait_until("orders are taken again", accepts_again, timeout=10)

        async def all_done() -> bool:
            tasks = await lab.api(lambda client: client.get_all("/api/v1/tasks"))
            # Half-written orders would show: every one was answered.
            assert {task["id"] for task in tasks} == set(accepted)
            return all(task["state"] == "succeeded" for task in tasks)

        await wait_until("every accepted task has succeeded", all_done, timeout=40, interval=0.5)
        await lab.wait_online()
        assert await process.stop(timeout=STOP_S + 1) == 0
        connection = sqlite3.connect(data / "nimbus.db")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
