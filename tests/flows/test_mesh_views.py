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


POLICY = """
default = "deny"
[[rules]]
name = "web with web"
action = "allow"
from = { labels = { role = "web" } }
to = { labels = { role = "web" } }
[[tests]]
from = "web-1"
to = "db-1"
allowed = false
"""


async def test_a_policy_from_the_file_to_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with command_line(tmp_path, monkeypatch, capsys) as cli:
        for name in ("web-1", "web-2", "db-1"):
            await cli.plane.agent(name)
        file = tmp_path / "policy.toml"
        file.write_text(POLICY, "utf-8")
        assert "has no policy" in (await cli("mesh", "policy", "show"))[1]
        status, out, err = await cli("mesh", "policy", "test", str(file))
        assert (status, out.count("do not"), "parted: 3" in err) == (0, 3, True)
        # Nobody is there to be asked.
        status, _, err = await cli("mesh", "policy", "apply", str(file))
        assert (status, "--yes" in err) == (2, True)
        status, out, _ = await cli("mesh", "policy", "apply", str(file), "--yes")
        assert (status, "revision 1" in out) == (0, True)
        status, out, _ = await cli("why", "web-1", "db-1")
        assert (status, "mesh policy allows only what its rules name" in out) == (1, True)
        assert '"name": "web with web"' in (await cli("mesh", "policy", "show", "-o", "json"))[1]
        broken = tmp_path / "broken.yaml"
        broken.write_text("tests: [{from: web-1, to: web-2}]\ndefault: deny\n", "utf-8")
        status, _, err = await cli("mesh", "policy", "apply", str(broken), "--yes")
        assert (status, "web-1 and web-2 would not reach each other" in err) == (1, True)
        for text in ("tests: [", "nonsense: 1", "[]"):
            broken.write_text(text, "utf-8")
            status, _, err = await cli("mesh", "policy", "test", str(broken))
            assert (status in (1, 2), "Traceback" in err, bool(err)) == (True, False, True), text
        status, out, err = await cli("mesh", "policy", "apply", str(file), "--dry-run")
        assert (status, "No pair" in out + err) == (0, True)
        events = await cli.plane.get("/api/v1/audit-log", action="mesh.policy.update", outcome="ok")
        assert len(events) == 1


async def test_the_picture_holds_the_members(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        shown = await plane.get("/api/v1/mesh/topology")
        assert shown == {
            "nodes": [],
            "complete": True,
            "problems": 0,
            "links": {"a": [], "b": [], "path": [], "rtt_ms": [], "handshake_age_s": []},
        }
