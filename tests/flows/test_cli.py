"""The operator's command line against a running control plane."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
import yaml

from nimbus.cli.output import Column, table
from tests.kit.agent_client import joined_agent
from tests.kit.cli import Cli, command_line, run_command


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    async with command_line(tmp_path, monkeypatch, capsys) as made:
        yield made


async def test_nodes_in_every_form(cli: Cli) -> None:
    assert await cli("node", "list") == (0, "", "No nodes yet. Create a join token: nimbus node token\n")
    agent = await cli.plane.agent()
    data = await cli.plane.get("/api/v1/nodes")
    status, out, _ = await cli("node", "list", "-o", "json")
    assert (status, json.loads(out)) == (0, data)
    assert yaml.safe_load((await cli("node", "list", "-o", "yaml"))[1]) == data
    lines = (await cli("node", "list"))[1].splitlines()
    assert lines[0].split()[:3] == ["NAME", "STATE", "OVERLAY"]
    assert lines[1].split()[:3] == ["web-1", "Pending", "-"]
    assert agent.node_id not in lines[1]
    assert agent.node_id in (await cli("node", "list", "-o", "wide"))[1]
    shown = (await cli("node", "show", "web-1"))[1]
    assert re.search(rf"^Id: +{agent.node_id}$", shown, re.M)
    details = json.loads((await cli("node", "show", agent.node_id, "-o", "json"))[1])
    assert details.pop("certificate")["serial"] in shown
    assert details == data[0]


async def test_tokens(cli: Cli) -> None:
    status, out, _ = await cli(
        "node", "token", "--name", "db-1", "--label", "a=b", "--ttl", "5m", "-o", "json"
    )
    made = json.loads(out)
    assert status == 0
    assert made["token"] in made["command"]
    status, out, _ = await cli("node", "token")
    assert status == 0
    assert "nimbus-agent join nimbus1_" in out
    status, out, _ = await cli("node", "token", "--uses", "2", "--label", "a=b", "--ttl", "30d", "-o", "json")
    several = json.loads(out)
    joined = await joined_agent(cli.plane.folder / "machine", several["token"])
    assert [node["name"] for node in await cli.plane.get("/api/v1/nodes", label="a=b")] == [
        joined.record.name
    ]
    lines = (await cli("node", "tokens"))[1].splitlines()
    assert lines[1].startswith(several["id"])
    assert len(lines) == 4
    assert "1 of 2" in lines[1]
    status, out, _ = await cli("node", "revoke-token", several["id"], "--yes")
    assert (status, out) == (0, f"Join token {several['id']} revoked.\n")
    assert (await cli("node", "revoke-token", several["id"], "--yes"))[0] == 1
    assert several["id"] not in (await cli("node", "tokens"))[1]
    assert joined.record.name in (await cli("node", "tokens", "--all", "-o", "wide"))[1]


async def test_labels_names_and_maintenance(cli: Cli) -> None:
    await cli.plane.agent()
    assert json.loads((await cli("node", "label", "web-1", "a=1", "b=2", "-o", "json"))[1])["labels"] == {
        "a": "1",
        "b": "2",
    }
    assert json.loads((await cli("node", "label", "web-1", "a-", "-o", "json"))[1])["labels"] == {"b": "2"}
    assert (await cli("node", "label", "web-1", "nonsense"))[0] == 2
    assert "Maintenance" in (await cli("node", "maintenance", "web-1"))[1]
    status, out, _ = await cli("node", "maintenance", "web-1", "--reason", "new disks", "--for", "2h")
    assert (status, "Maintenance until" in out) == (0, True)
    assert re.search(
        r"^Maintenance: .* by admin until .*: new disks$", (await cli("node", "show", "web-1"))[1], re.M
    )
    for wrong in (("--for", "yesterday"), ("--off", "--for", "2h")):
        assert (await cli("node", "maintenance", "web-1", *wrong))[0] == 2
    assert "Maintenance" not in (await cli("node", "maintenance", "web-1", "--off"))[1]
    assert "rack 4" in (await cli("node", "set", "web-1", "--description", "rack 4"))[1]
    assert (await cli("node", "set", "web-1"))[0] == 2
    status, _, problem = await cli("node", "set", "web-1", "--mtu", "1380")
    assert (status, "not in the mesh" in problem) == (1, True)
    assert (await cli("node", "set", "web-1", "--mtu", "0", "--port", "0"))[0] == 0
    assert "web-9" in (await cli("node", "rename", "web-1", "web-9"))[1]
    assert (await cli("node", "show", "web-1"))[0] == 4


async def test_tasks(cli: Cli) -> None:
    agent = await cli.plane.agent()
    status, out, _ = await cli(
        "task", "create", "--node", "web-1", "--kind", "mesh_probe", "--param", "count=5", "-o", "json"
    )
    task = json.loads(out)
    assert (status, task["parameters"]["count"]) == (0, 5)
    assert task["id"] in (await cli("task", "list"))[1]
    assert (await cli("task", "list", "--state", "failed"))[2] == "No tasks match.\n"
    await agent.poll()
    lines = ["fine", "\x1b]0;owned\x07 \x1b[2J evil \x9b31m"]
    await agent.request("POST", f"/tasks/{task['id']}/progress", {"attempt": 1, "lines": lines})
    status, out, _ = await cli("task", "logs", task["id"])
    assert status == 0
    assert "fine" in out
    assert "\x1b" not in out
    assert "\x9b" not in out
    assert json.loads((await cli("task", "logs", task["id"], "-o", "json"))[1])[1]["text"] == lines[1]
    assert "told to stop" in (await cli("task", "cancel", task["id"], "--yes"))[1]
    await agent.report(task["id"], "cancelled")
    status, _, err = await cli("task", "cancel", task["id"], "--yes")
    assert (status, err.count("\n")) == (1, 1)
    assert "CONFLICT" in err


async def test_a_task_is_tried_again(cli: Cli) -> None:
    agent = await cli.plane.agent()
    task = json.loads(
        (await cli("task", "create", "--node", "web-1", "--kind", "collect_facts", "-o", "json"))[1]
    )
    [leased] = (await agent.poll(50)).tasks
    await agent.report(leased.id, "failed", error="no")
    status, out, _ = await cli("task", "retry", task["id"], "-o", "json")
    again = json.loads(out)
    assert (status, again["retry_of"], again["state"]) == (0, task["id"], "queued")
    assert task["id"] in (await cli("task", "show", again["id"]))[1]
    assert "mesh_probe" in (await cli("task", "kinds"))[1]


async def test_what_goes_with_a_node(cli: Cli) -> None:
    await cli.plane.agent()
    certificate = json.loads((await cli("node", "show", "web-1", "-o", "json"))[1])["certificate"]
    assert certificate["serial"] in (await cli("node", "show", "web-1"))[1]
    told = (await cli("node", "delete", "web-1", "--dry-run"))[1]
    assert certificate["serial"] in told
    assert "web-1" in (await cli("node", "list"))[1]


async def test_a_task_is_waited_for_and_its_failure_is_the_commands(cli: Cli) -> None:
    agent = await cli.plane.agent()
    for outcome, wanted in (("succeeded", 0), ("failed", 1)):
        statuses: list[int] = []

        async def create(found: list[int]) -> None:
            command = ("task", "create", "--node", "web-1", "--kind", "mesh_probe", "--wait")
            found.append((await cli(*command))[0])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(create, statuses)
            with trio.fail_after(20):
                [leased] = (await agent.poll(50)).tasks
                body: dict[str, Any] | None = {"links": []} if outcome == "succeeded" else None
                await agent.report(leased.id, outcome, result=body, error="no")
        assert statuses == [wanted]


async def test_exit_statuses_and_one_line_errors(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[int, tuple[str, ...], dict[str, str]]] = [
        (2, (), {}),
        (2, ("nodes",), {}),
        (2, ("node",), {}),
        (2, ("node", "list", "-o", "xml"), {}),
        (2, ("node", "delete", "x"), {}),
        (2, ("task", "create", "--node", "x"), {}),
        (2, ("node", "token", "--label", "x"), {}),
        (2, ("task", "list", "--limit", "-1"), {}),
        (4, ("node", "show", "nobody"), {}),
        (4, ("node", "delete", "nobody", "--yes"), {}),
        (4, ("task", "show", ".."), {}),
        (1, ("node", "token", "--ttl", "soon"), {}),
        (3, ("node", "list"), {"NIMBUS_SECRET_KEY": "wrong"}),
        (3, ("node", "list"), {"NIMBUS_ACCESS_KEY": "NK"}),
        (3, ("node", "list", "--profile", "other"), {}),
        (3, ("node", "list"), {"NIMBUS_PROFILE": "other"}),
        (1, ("node", "list"), {"NIMBUS_API": "https://127.0.0.1:1"}),
        (2, ("node", "list"), {"NIMBUS_API": "http://x"}),
        (2, ("node", "list"), {"NIMBUS_API": "https://host:port"}),
        (2, ("node", "list"), {"NIMBUS_API": "https://[::1"}),
        (2, ("node", "list"), {"NIMBUS_CA": "/no/such/file"}),
        (2, ("node", "list"), {"NIMBUS_ACCESS_KEY": "schlüssel€"}),
    ]
    for status, arguments, environment in cases:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            found, out, err = await cli(*arguments)
        assert found == status, (arguments, environment, err)
        if arguments and arguments != ():
            assert err.count("\n") == 1, (arguments, err)
            assert err.startswith("nimbus"), err
            assert out == ""


async def test_a_node_is_deleted_only_when_it_is_meant(cli: Cli) -> None:
    await cli.plane.agent()
    status, _, err = await cli("node", "delete", "web-1")
    assert status == 2
    assert "--yes" in err
    assert len(await cli.plane.get("/api/v1/nodes")) == 1
    assert (await cli("node", "delete", "web-1", "--yes"))[0] == 0
    assert await cli.plane.get("/api/v1/nodes") == []


async def test_watch_shows_again_until_it_is_interrupted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[float] = []

    def interrupted(seconds: float) -> None:
        turns.append(seconds)
        if len(turns) == 3:
            raise KeyboardInterrupt

    await cli.plane.agent()
    monkeypatch.setattr("nimbus.cli.output.time.sleep", interrupted)
    status, out, _ = await cli("node", "list", "--watch")
    assert status == 130
    assert out.count("NAME") == 3
    assert "\x1b" not in out


async def test_configure_checks_before_it_saves(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    profile = cli.plane.profile
    arguments = [
        "configure",
        "--profile",
        "new",
        "--api",
        profile.api + "/",
        "--access-key",
        profile.access_key,
        "--ca",
        profile.ca_file,
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("wrong\n"))
    assert (await cli(*arguments))[0] == 3
    assert (await cli("node", "list", "--profile", "new"))[0] == 3
    monkeypatch.setattr(sys, "stdin", io.StringIO(profile.secret_key + "\n"))
    status, out, err = await cli(*arguments)
    assert status == 0
    assert profile.secret_key not in out + err
    assert (await cli("node", "list", "--profile", "new"))[0] == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert (await cli(*arguments))[0] == 2


async def test_bootstrap_beside_a_running_control_plane(cli: Cli, tmp_path: Path) -> None:
    config = cli.plane.config
    arguments = ("bootstrap", "--data-dir", config.data_dir, "--listen", config.listen, "--mesh", "off")
    status, _, err = await cli(*arguments)
    assert status == 1
    assert "--new-key" in err
    status, out, _ = await cli(*arguments, "--new-key", "-o", "json", "--profile", "second")
    made = json.loads(out)
    assert (status, made["api"]) == (0, cli.plane.profile.api)
    assert (await cli("node", "list", "--profile", "second"))[0] == 0
    file = tmp_path / "config" / "nimbus" / "profiles.json"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", ["bootstrap", "setup-token"])
def test_where_no_control_plane_is_none_is_begun(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    monkeypatch.setattr(
        "nimbus.composition.bootstrap.bootstrap", lambda *_, **__: pytest.fail("it began one")
    )
    monkeypatch.setattr("nimbus.composition.bootstrap.offer_setup", lambda *_: pytest.fail("it began one"))
    assert run_command([command]) == 2
    assert "there is no control plane on this machine" in capsys.readouterr().err


def test_what_comes_over_the_network_does_not_steer_the_terminal() -> None:
    text = table([{"a": "x\x1b[2J\u202ey\nz\x9b"}], [Column("A", lambda row: row["a"])], colour=False)
    assert text.count("\n") == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["node", "list"], ["nonsense"], ["node", "--help"]]
)
def test_the_cli_starts_without_the_server(arguments: list[str], tmp_path: Path) -> None:
    """Start-up time is what it does not import."""
    heavy = {
        "trio",
        "quart",
        "hypercorn",
        "msgspec",
        "sqlite3",
        "cryptography",
        "httptools",
        "psutil",
        "yaml",
    }
    rooms = {
        f"nimbus.{name}"
        for name in ("app", "db", "audit", "pki", "identity", "nodes", "tasks", "mesh", "http")
    }
    program = (
        "import sys\n"
        "from nimbus.cli.main import run\n"
        "try: run(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"print(sorted({heavy | rooms!r} & set(sys.modules)))\n"
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def plain(*arguments: str, **environment: str) -> Any:
    command = [sys.executable, "-m", "nimbus", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )


def test_print_config_says_where_each_value_is_from(tmp_path: Path) -> None:
    (tmp_path / "nimbus.toml").write_text('agent_port = 9\nlisten = "127.0.0.1:1"\n')
    done = plain(
        "api",
        "--print-config",
        "--config",
        str(tmp_path / "nimbus.toml"),
        "--listen",
        "127.0.0.1:2",
        NIMBUS_MESH="off",
    )
    assert done.returncode == 0
    assert re.search(r'^listen = "127.0.0.1:2" +# --listen$', done.stdout, re.M)
    assert re.search(r'^mesh = "off" +# \$NIMBUS_MESH$', done.stdout, re.M)
    assert re.search(r"^agent_port = 9 +# .*nimbus.toml$", done.stdout, re.M)
    assert re.search(r'^interface = "nimbus0" +# default$', done.stdout, re.M)
    (tmp_path / "nimbus.toml").write_text("agent_prot = 9\n")
    done = plain("api", "--print-config", "--config", str(tmp_path / "nimbus.toml"))
    assert done.returncode == 2
    assert "agent_port" in done.stderr
    assert done.stderr.count("\n") == 1
