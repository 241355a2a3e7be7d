"""Artifacts on disks that are full, on files that were altered, after a kill in the middle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.artifacts import cache as agent_cache
from agent.artifacts.cache import ArtifactCache
from agent.artifacts.store import Artifacts
from agent.operations.failure import OperationFailed
from nimbus.client.client import ApiError
from nimbus.client.profiles import Profile
from nimbus.fleet.artifacts import rules
from tests.kit.agent_state import small_disk
from tests.kit.artifacts import UPLOADS, begin_upload, sha256_of, upload_artifact
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so

MIB = 1024 * 1024
CONTENT = os.urandom(3 * MIB)


async def refused(plane: ControlPlane, work: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await plane.call(work)
    return caught.value


async def test_a_full_disk_of_the_control_plane_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "control-plane").mkdir(mode=0o700)
    folder = tmp_path / "control-plane/artifacts"
    with small_disk(folder, "2m"):
        async with control_plane(tmp_path) as plane:
            # It is seen before the first byte comes.
            error = await refused(plane, lambda client: begin_upload(client, "tool", CONTENT))
            assert (error.code, "disk" in error.message) == ("STORAGE_FULL", True)
            # Somebody else fills it meanwhile.
            monkeypatch.setattr(rules, "RESERVE_BYTES", -(10**12))
            error = await refused(plane, lambda client: upload_artifact(client, "tool", CONTENT))
            assert (error.code, "not kept" in error.message) == ("STORAGE_FULL", True)
            assert (await plane.get(UPLOADS), await plane.get("/api/v1/artifacts")) == ([], [])
            assert list(folder.iterdir()) == []
            small = await plane.call(lambda client: upload_artifact(client, "small", CONTENT[:MIB]))
            assert [path.name for path in folder.iterdir()] == [small["sha256"]]


async def test_a_full_disk_of_a_node_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with control_plane(tmp_path) as plane:
        made = await plane.call(lambda client: upload_artifact(client, "tool", CONTENT))
        agent = await plane.agent("web-1")
        await plane.post("/api/v1/artifacts/tool/fetch", {"nodes": ["web-1"]})
        with small_disk(tmp_path / "node-disk", "2m") as disk:
            kept = Artifacts(ArtifactCache(disk / "artifacts", 10**9), agent.link)
            with pytest.raises(OperationFailed) as caught:
                await kept.fetch(made["sha256"], made["size"])
            assert (caught.value.code, "the disk has no space" in caught.value.message) == ("NO_ROOM", True)
            monkeypatch.setattr(agent_cache, "RESERVE_BYTES", -(10**12))
            with pytest.raises(OperationFailed) as caught:
                await kept.fetch(made["sha256"], made["size"])
            assert (caught.value.code, "the disk is full" in caught.value.message) == ("DISK", True)
            assert list((disk / "artifacts").iterdir()) == []


async def test_what_was_altered_is_not_fetched_and_the_same_upload_heals_it(tmp_path: Path) -> None:
    folder = tmp_path / "control-plane/artifacts"
    async with control_plane(tmp_path) as plane:
        made = await plane.call(lambda client: upload_artifact(client, "tool", CONTENT))
        begun = await plane.call(lambda client: begin_upload(client, "half", CONTENT[1:]))
        path = f"{UPLOADS}/{begun['id']}/content"
        await plane.call(lambda client: client.put_bytes(path, CONTENT[1:1000], offset=0))
        known = plane.profile
    file = folder / made["sha256"]
    file.write_bytes(b"!" + CONTENT[1:])
    async with control_plane(tmp_path, administrator=False) as plane:
        plane.profile = Profile(plane.serving.api, known.access_key, known.secret_key, known.ca_file)

        async def is_noticed() -> bool:
            return bool((await plane.get("/api/v1/artifacts/tool"))["damage"] == "altered")

        await eventually_so(is_noticed, "the altered file is noticed")
        await plane.agent("web-1")
        error = await refused(
            plane, lambda client: client.post("/api/v1/artifacts/tool/fetch", {"nodes": ["web-1"]})
        )
        assert error.code == "ARTIFACT_DAMAGED"
        healed = await plane.call(lambda client: upload_artifact(client, "tool", CONTENT))
        assert (healed["id"], healed["damage"]) == (made["id"], "")
        assert sha256_of(file.read_bytes()) == made["sha256"]
        # The other upload was cut off by the end of the control plane: it goes on, its sum is made again.
        assert (await plane.get(f"{UPLOADS}/{begun['id']}"))["received"] == 999
        again = await plane.call(lambda client: upload_artifact(client, "half", CONTENT[1:]))
        assert sha256_of((folder / again["sha256"]).read_bytes()) == again["sha256"]


@pytest.mark.parametrize("how", ["altered", "missing"])
async def test_what_a_node_cannot_use_is_looked_at(tmp_path: Path, how: str) -> None:
    """While the control plane runs: `nimbus artifact show` says what is wrong with it."""
    async with control_plane(tmp_path) as plane:
        made = await plane.call(lambda client: upload_artifact(client, "tool", CONTENT))
        agent = await plane.agent("web-1")
        await plane.post("/api/v1/artifacts/tool/fetch", {"nodes": ["web-1"]})
        file = tmp_path / "control-plane/artifacts" / made["sha256"]
        if how == "altered":
            file.write_bytes(b"!" + CONTENT[1:])
        else:
            file.unlink()
        [task] = (await agent.poll()).tasks
        kept = Artifacts(ArtifactCache(tmp_path / "cache", 10**9), agent.link)
        with pytest.raises(OperationFailed):
            await kept.fetch(made["sha256"], made["size"])
        assert (await agent.report(task.id, "failed", task.attempt)).status == 204

        async def is_noticed() -> bool:
            return bool((await plane.get("/api/v1/artifacts/tool"))["damage"] == how)

        await eventually_so(is_noticed, f"it is {how}")


async def test_the_folder_is_nobody_elses_and_a_link_in_it_leads_nowhere(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        begun = await plane.call(lambda client: begin_upload(client, "tool", CONTENT))
        folder, victim = tmp_path / "control-plane/artifacts", tmp_path / "victim"
        victim.write_bytes(b"untouched")
        (folder / f"{begun['id']}.part").symlink_to(victim)
        with trio.fail_after(20):
            error = await refused(plane, lambda client: upload_artifact(client, "tool", CONTENT))
        assert error.code in ("WRONG_OFFSET", "INTERNAL")
        assert victim.read_bytes() == b"untouched"
