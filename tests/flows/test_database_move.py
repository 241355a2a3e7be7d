"""A control plane moves from its SQLite file to PostgreSQL, with its operators and its nodes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nimbus.client.profiles import Profile
from nimbus.protocol.errors import UsageError
from nimbus.settings.database_url import without_password
from tests.kit.cli import Cli
from tests.kit.control_plane import control_plane
from tests.kit.postgresql import databases, is_there


@pytest.mark.skipif(not is_there(), reason="postgresql-15 is not installed")
@pytest.mark.sqlite
async def test_operators_and_nodes_are_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = databases().empty(tmp_path)
    async with control_plane(tmp_path) as plane:
        agent = await plane.agent()
        await plane.post("/api/v1/workspaces", {"name": "kept"})
        cli, profile = Cli(plane, monkeypatch, capsys), plane.profile
        command = ("database", "move", "--to", url, "--data-dir", plane.config.data_dir, "-o", "json")
        status, _, said = await cli(*command)
        assert status == 1
        assert "another control plane runs" in said
    status, out, said = await cli(*command)
    assert status == 0, said
    assert json.loads(out)["rows"] > 20
    assert json.loads(out)["texts_changed"] == 0
    with pytest.raises(BaseExceptionGroup) as caught:
        async with control_plane(tmp_path, administrator=False):
            raise AssertionError("it started on the old file")
    assert _is_moved(caught.value)
    async with control_plane(tmp_path, administrator=False, database=url) as after:
        after.profile = Profile(after.serving.api, profile.access_key, profile.secret_key, profile.ca_file)
        assert "kept" in {one["name"] for one in await after.get("/api/v1/workspaces")}
        [node] = await after.get("/api/v1/nodes")
        assert node["id"] == agent.node_id
        await after.post("/api/v1/workspaces", {"name": "new"})
        assert (await after.get("/api/v1/audit-log/verification"))["ok"]
        shown = {one["name"]: one["value"] for one in (await after.get("/api/v1/settings"))["settings"]}
        assert shown["database"] == without_password(url)


async def test_a_password_is_not_taken_from_a_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = Cli(None, monkeypatch, capsys)  # type: ignore[arg-type]
    for word in ("move", "--to"), ("move", "--database"):
        status, _, said = await cli(
            "database", *word, "postgresql://u:secret-one@h/x", "--data-dir", str(tmp_path)
        )
        assert status == 2
        assert "command line" in said
        assert "secret-one" not in said


def _is_moved(error: BaseException) -> bool:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return isinstance(error, UsageError) and "was moved to" in error.message
