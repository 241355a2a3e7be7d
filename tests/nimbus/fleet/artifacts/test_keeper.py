"""The folder of artifacts and its rows, compared: orphans, files that are gone or altered, uploads that stopped."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.db import Database
from nimbus.db.retention import mark_clock
from nimbus.fleet.artifacts import store
from nimbus.fleet.artifacts.files import ArtifactFiles
from nimbus.fleet.artifacts.keeper import GRACE_S, Keeper
from nimbus.fleet.artifacts.records import Artifact, Cpu, Damage, Upload
from nimbus.kernel.clock import from_seconds, to_seconds
from nimbus.kernel.ids import new_id
from tests.kit.artifacts import sha256_of
from tests.kit.clock import SettableClock
from tests.kit.slices import slices

CONTENT = b"some bytes" * 1000


class World:
    def __init__(self, folder: Path, database: Database, clock: SettableClock, workspace_id: str) -> None:
        self.database, self.clock, self.workspace_id = database, clock, workspace_id
        self.folder = folder
        self.files = ArtifactFiles(folder)
        self.files.prepare()
        self.keeper = Keeper(database, clock, self.files, trio.Lock())

    async def add(self, content: bytes = CONTENT, name: str = "a") -> str:
        sha256 = sha256_of(content)
        artifact = Artifact(**self._content(content, name), updated_at=1)
        await self.database.write(lambda tx: store.insert(tx, artifact))
        self.write(sha256, content)
        return sha256

    async def begin(self) -> str:
        upload = Upload(**self._content(CONTENT, "u"), touched_at=1)
        await self.database.write(lambda tx: store.insert_upload(tx, upload))
        self.files.append(upload.id, 0, CONTENT[:100])
        return upload.id

    def _content(self, content: bytes, name: str) -> dict[str, Any]:
        return {
            "id": new_id(),
            "workspace_id": self.workspace_id,
            "name": name,
            "version": "1",
            "cpu": Cpu.ANY,
            "size": len(content),
            "sha256": sha256_of(content),
            "content_type": "application/octet-stream",
            "description": "",
            "labels": {},
            "created_by": "admin",
            "created_at": 1,
        }

    def write(self, sha256: str, content: bytes) -> None:
        self.files.content(sha256).write_bytes(content)
        now = to_seconds(self.clock.now())
        os.utime(self.files.content(sha256), (now, now))

    async def damage(self, sha256: str) -> Damage:
        return (await self.database.read(store.contents))[sha256][1]

    @property
    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slices(tmp_path) as joined:
        yield World(tmp_path / "artifacts", joined.database, joined.clock, joined.workspace.id)


async def test_what_no_row_names_goes_after_a_day(world: World) -> None:
    known = await world.add()
    orphan = sha256_of(b"orphan")
    world.write(orphan, b"orphan")
    (world.folder / "of somebody else").write_bytes(b"x")
    await world.keeper.sweep()
    assert world.names == {known, orphan, "of somebody else"}
    world.clock.jump(GRACE_S + 1)
    await world.keeper.sweep()
    assert world.names == {known, orphan, "of somebody else"}, "nobody vouches for that clock"
    await world.database.write(lambda tx: mark_clock(tx, world.clock.now() - from_seconds(7 * 3600)))
    await world.keeper.sweep()
    assert world.names == {known, "of somebody else"}


async def test_parts_without_an_upload_go_and_others_stay(world: World) -> None:
    upload_id = await world.begin()
    world.files.append(new_id(), 0, b"lost")
    await world.keeper.sweep()
    assert world.names == {f"{upload_id}.part"}
    await world.database.write(lambda tx: store.delete_upload(tx, upload_id))
    await world.keeper.sweep()
    assert world.names == set()


async def test_a_file_that_is_gone_or_short_is_marked_and_one_that_is_back_heals(world: World) -> None:
    sha256 = await world.add()
    world.files.drop_content(sha256)
    await world.keeper.sweep()
    assert await world.damage(sha256) is Damage.MISSING
    world.write(sha256, CONTENT[:-1])
    await world.keeper.sweep()
    assert await world.damage(sha256) is Damage.ALTERED
    world.write(sha256, CONTENT)
    await world.keeper.verify()
    assert await world.damage(sha256) is Damage.NONE


async def test_a_file_with_another_sum_is_marked_until_a_look_at_all_of_it_says_otherwise(
    world: World,
) -> None:
    sha256 = await world.add()
    world.write(sha256, b"X" + CONTENT[1:])
    await world.keeper.sweep()
    # Its length is right.
    assert await world.damage(sha256) is Damage.NONE
    await world.keeper.verify()
    assert await world.damage(sha256) is Damage.ALTERED
    await world.keeper.sweep()
    assert await world.damage(sha256) is Damage.ALTERED


async def test_a_folder_that_cannot_be_looked_at_ends_nobody(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.folder.rmdir()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.keeper.run)
        with trio.fail_after(10):
            while "could not be looked at" not in caplog.text:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
