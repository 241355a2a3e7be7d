"""The mesh for operators: its picture, and why two members reach each other or do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nimbus.cli import mesh
from tests.kit.cli import command_line, run_command
from tests.kit.control_plane import control_plane


async def test_why_names_the_cause_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with command_line(tmp_path, monkeypatch, capsys) as cli:
        await cli.plane.agent("web-1")
        await cli.plane.agent("web-2")
        status, out, _ = await cli("why", "web-1", "web-2")
        assert status == 1
        assert out.splitlines()[0].startswith("web-1 and web-2: down. web-1 is ")
        assert "Next: " in out
        told = (await cli("why", "web-1", "control-plane", "-o", "json"))[1]
        assert '"findings"' in told
        status, _, err = await cli("why", "web-1", "web-9")
        assert (status, "web-9" in err) == (4, True)
        status, _, err = await cli("why", "web-1", "web-1")
        assert (status, "A and B are the same, web-1" in err) == (2, True)
        by_id = (await cli.plane.get("/api/v1/nodes/web-1"))["id"]
        status, _, err = await cli("why", "web-1", by_id)
        assert (status, "is the same machine as `from`, web-1" in err) == (1, True)


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
        assert (status, out.count("parted"), "3 disconnected" in err) == (0, 3, True)
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


async def test_a_policy_with_ports_from_the_file_to_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with command_line(tmp_path, monkeypatch, capsys) as cli:
        for name in ("web-1", "web-2"):
            await cli.plane.agent(name)
        file = tmp_path / "policy.yaml"
        file.write_text("rules: [{name: shell, action: allow, ports: [tcp/22]}]\ndefault: deny\n", "utf-8")
        # The agents of this test say nothing of ports, as older ones.
        status, out, err = await cli("mesh", "policy", "test", str(file))
        assert (status, set(out.split()) >= {"web-1", "web-2", "parted"}) == (0, True)
        assert "0 connected, 1 disconnected, 0 with more ports, 0 with fewer ports" in err
        assert "cannot close ports" in err
        status, _, err = await cli("mesh", "policy", "apply", str(file), "--yes")
        assert (status, "web-1, web-2" in err) == (0, True)
        status, out, _ = await cli("why", "web-1", "web-2")
        assert (status, "web-1 and web-2 cannot close the others" in out) == (1, True)
        for text, words in (
            ("rules: [{name: a, action: dney}]", "'dney' is not one of allow, deny"),
            ("rules: [{name: a, action: deny, ports: [ssh]}]", "rules[0].ports: 'ssh' names no port"),
            ("tests: [{from: web-1, to: web-2, port: tcp/70000}]", "no port above 65535"),
            (
                "default: deny\ntests: [{from: web-1, to: web-2, port: tcp/22}]",
                "web-1 could not open tcp/22 on web-2 (no rule names them)",
            ),
        ):
            file.write_text(text, "utf-8")
            status, _, err = await cli("mesh", "policy", "apply", str(file), "--yes")
            assert (status, words in err) == (1, True), err


async def test_the_picture_holds_the_members(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        shown = await plane.get("/api/v1/mesh/topology")
        assert shown == {
            "nodes": [],
            "complete": True,
            "problems": 0,
            "joined": [],
            "idle": [],
            "unmeasured": [],
            "relayed": [],
            "silent": [],
            "links": {"a": [], "b": [], "path": [], "rtt_ms": [], "handshake_age_s": []},
        }


def pair(from_: str, to: str, path: str = "direct", cause: str = "") -> dict[str, Any]:
    numbers = {"handshake_age_s": 3.0, "rtt_ms": 0.5, "rx_bytes": 700, "tx_bytes": 600, "measured_at": None}
    return {"from": from_, "to": to, "path": path, "way": "lan", "endpoint": "", "cause": cause, **numbers}


class _Answers:
    """Of a mesh with so many members, one of which is offline, and one of whose ways nothing passes."""

    def __init__(self, members: int, oldest_at: str | None = None) -> None:
        self.members, self.oldest_at = members, oldest_at
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def post(self, _path: str) -> Any:
        return {"operations": ["op"], "nodes": 2}

    def get(self, path: str, **_query: Any) -> Any:
        if path.startswith("/api/v1/operations/"):
            return {
                "id": "op",
                "state": "succeeded",
                "created_at": "2026-11-30T12:00:00.500000Z",
                "counts": {},
            }
        causes = [
            {"cause": "offline", "node": "web-9", "ways": 24},
            {"cause": "no_answer", "node": "", "ways": 21},
        ]
        counts = {"ways": 156, "direct": 111, "relayed": 0, "idle": 0, "down": 45, "not_measured": 0}
        return {"members": self.members, "causes": causes, "oldest_at": self.oldest_at, **counts}

    def get_all(self, path: str, **query: Any) -> Any:
        self.asked.append((path, query))
        return [pair("web-1", "web-2")]

    def request(self, _method: str, path: str, *, query: dict[str, Any]) -> Any:
        self.asked.append((path, query))
        return {"data": [pair("web-1", "web-3", "down", "no_answer")], "meta": {"total": 21}}


def test_a_small_mesh_is_shown_whole_and_a_large_one_by_cause(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(members: int, *arguments: str) -> tuple[list[str], _Answers]:
        answers = _Answers(members)
        monkeypatch.setattr(mesh, "client", lambda _options: answers)
        assert run_command(["mesh", "status", "--no-probe", *arguments]) == 0
        return capsys.readouterr().out.splitlines(), answers

    small, _ = run(10)
    assert small[0] == "111 of 156 paths are direct, 45 down."
    assert small[2].split()[:4] == ["web-1", "web-2", "direct", "lan"]
    large, answers = run(11)
    assert large[0] == small[0]
    assert large[2].split()[:3] == ["offline", "web-9", "24"]
    assert answers.asked == [("/api/v1/mesh/status", {"node": None, "cause": "no_answer", "per_page": 20})]
    assert large[-1] == "and 20 more: nimbus mesh status --all"
    assert run(11, "--all")[1].asked[0][1] == {"node": None, "show": "all"}
    assert run(11, "-o", "json")[1].asked[0][1] == {"node": None, "show": "problems"}


@pytest.mark.parametrize(
    ("oldest_at", "arguments", "said"),
    [
        ("2026-11-30T12:00:01.100000Z", (), ""),
        (
            "2026-11-30T11:48:00.123456Z",
            (),
            "not all nodes answered. The oldest is from 2026-11-30T11:48:00Z",
        ),
        (
            "2026-11-30T11:48:00.123456Z",
            ("--no-probe",),
            "the last measurements. The oldest is from 2026-11-30",
        ),
        (None, ("--no-probe",), ""),
    ],
)
def test_older_measurements_are_said_to_be_older_and_of_when(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    oldest_at: str | None,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setattr(mesh, "client", lambda _options: _Answers(10, oldest_at))
    assert run_command(["mesh", "status", *arguments]) == 0
    out = capsys.readouterr().out
    assert (said in out, "The oldest" in out) == (True, bool(said))
