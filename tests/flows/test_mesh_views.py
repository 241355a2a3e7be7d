"""The mesh for operators: its picture, and why two members reach each other or do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import command_line
from tests.kit.control_plane import control_plane


async def test_why_names_the_cause_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with command_line(tmp_path, monkeypatch, capsys) as cli:
        await cli.plane.agent("web-1")
        await cli.plane.agent("web-2")
        status, out, _ = await cli("why", "web-1", "web-2")
        assert status == 1
        assert out.splitlines()[0].startswith("web-1 and web-2: down. ")
        assert "Next: " in out
        told = (await cli("why", "web-1", "control-plane", "-o", "json"))[1]
        assert '"findings"' in told
        status, _, err = await cli("why", "web-1", "web-9")
        assert (status, "web-9" in err) == (4, True)
        status, _, err = await cli("why", "web-1", "web-1")
        assert (status, "another" in err) == (1, True)


async def test_the_picture_holds_the_members(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        shown = await plane.get("/api/v1/mesh/topology")
        assert shown == {
            "nodes": [],
            "complete": True,
            "problems": 0,
            "links": {"a": [], "b": [], "path": [], "rtt_ms": [], "handshake_age_s": []},
        }
