"""Organizations, workspaces, roles, groups, grants and keys from the command line."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from nimbus.client.profiles import load_profile, profiles_file
from nimbus.client.scopes import takes_workspace
from tests.kit.cli import Cli, command_line
from tests.kit.declared_routes import declared_routes


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    async with command_line(tmp_path, monkeypatch, capsys) as started:
        yield started


def test_the_client_knows_which_routes_take_a_workspace() -> None:
    only_when_asked = ("/api/v1/audit-log", "/api/v1/events", "/api/v1/agents")
    for route in declared_routes():
        if route.path.startswith(only_when_asked):
            continue
        path = re.sub(r"\{\w+\}", "some-name", route.path)
        assert takes_workspace(route.method, path) == route.scoped, (route.method, route.path)


async def test_organizations_and_workspaces(cli: Cli) -> None:
    await cli.ok("organization", "create", "acme", "--description", "Anvils", "--label", "tier=gold")
    await cli.ok("organization", "create", "other")
    shown = await cli.json("organization", "show", "acme")
    assert (shown["description"], shown["labels"]) == ("Anvils", {"tier": "gold"})
    await cli.ok("organization", "update", "acme", "--label", "tier-", "--cross-workspace-visibility")
    shown = await cli.json("organization", "show", "acme")
    assert (shown["labels"], shown["cross_workspace_visibility"]) == ({}, True)
    assert (await cli("organization", "update", "acme"))[0] == 2
    await cli.ok("workspace", "create", "acme/prod", "--label", "a=b")
    await cli.ok("workspace", "create", "prod", "--organization", "other")
    assert (await cli("workspace", "create", "a/b", "--organization", "c"))[0] == 2
    assert "acme/prod" in await cli.ok("workspace", "list", "--organization", "acme")
    status, _, err = await cli("workspace", "show", "prod")
    assert status == 1
    assert "acme/prod" in err
    assert "acme/prod" in await cli.ok("workspace", "show", "acme/prod")
    status, _, err = await cli("workspace", "show", "acme/nothing")
    assert (status, err.count("\n")) == (4, 1)
    await cli.ok("workspace", "update", "acme/prod", "--rename", "live")
    await cli.ok("workspace", "move", "acme/live", "other")
    assert (await cli.json("workspace", "show", "other/live"))["labels"] == {"a": "b"}


async def test_deleting_what_is_not_empty(cli: Cli) -> None:
    await cli.ok("organization", "create", "acme")
    await cli.ok("workspace", "create", "acme/prod")
    assert (await cli("organization", "delete", "acme", "--yes"))[0] == 1
    assert (await cli("organization", "delete", "acme"))[0] == 2
    said = await cli.ok("organization", "delete", "acme", "--dry-run", "--cascade")
    assert said.splitlines()[:2] == ["Organization acme contains:", "  1 workspace: prod"]
    assert (await cli("workspace", "delete", "acme/prod", "--dry-run"))[0] == 0
    await cli.ok("organization", "show", "acme")
    assert "deleted" in await cli.ok("organization", "delete", "acme", "--cascade", "--yes")
    assert (await cli("organization", "show", "acme"))[0] == 4


async def test_names_are_looked_up_in_the_workspace_of_the_profile(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cli.ok("workspace", "create", "prod")
    await cli.plane.agent("web-1")
    await cli.plane.agent("web-2", workspace="prod")
    everything = {node["name"] for node in await cli.json("node", "list")}
    assert everything == {"web-1", "web-2"}
    await cli.ok("workspace", "use", "default/prod")
    assert load_profile(None, os.environ).workspace == "default/prod"
    assert [node["name"] for node in await cli.json("node", "list")] == ["web-2"]
    assert {node["name"] for node in await cli.json("node", "list", "-A")} == everything
    assert [node["name"] for node in await cli.json("node", "list", "-w", "default/default")] == ["web-1"]
    assert (await cli("node", "show", "web-1"))[0] == 4
    with monkeypatch.context() as patch:
        patch.setenv("NIMBUS_WORKSPACE", "default/default")
        await cli.ok("node", "show", "web-1")
    monkeypatch.setenv("SECRET", "x")
    made = await cli.json("task", "create", "--node", "web-2", "--kind", "collect_facts")
    assert made["node"] == "web-2"
    assert (await cli("workspace", "use", "nothing"))[0] == 4
    assert (await cli("workspace", "use"))[0] == 2
    await cli.ok("workspace", "use", "--none")
    assert {node["name"] for node in await cli.json("node", "list")} == everything


async def test_roles_groups_grants_and_can(cli: Cli) -> None:
    await cli.ok("workspace", "create", "prod")
    await cli.ok("iam", "create-user", "alice", "--no-password")
    await cli.ok("iam", "create-role", "looker", "--permission", "agent:read")
    assert (await cli("iam", "create-role", "x", "--permission", "no:such"))[0] == 1
    await cli.ok("iam", "update-role", "looker", "--add-permission", "task:read")
    assert (await cli.json("iam", "show-role", "default/looker"))["permissions"] == [
        "agent:read",
        "task:read",
    ]
    assert (await cli("iam", "update-role", "looker", "--remove-permission", "task:write"))[0] == 2
    await cli.ok("iam", "update-role", "looker", "--remove-permission", "task:read")
    assert "looker" in await cli.ok("iam", "list-roles")
    await cli.ok("iam", "create-group", "ops", "--description", "On call")
    assert "add-member" in (await cli("iam", "members", "ops"))[2]
    assert (await cli("iam", "update-group", "ops"))[0] == 2
    await cli.ok("iam", "update-group", "default/ops", "--rename", "duty", "--label", "on=call")
    await cli.ok("iam", "update-group", "duty", "--rename", "ops", "--label", "on-", "--label", "a=b")
    shown = await cli.ok("iam", "show-group", "ops", "--organization", "default")
    assert "On call" in shown
    assert "a=b" in shown
    assert "on=call" not in shown
    await cli.ok("iam", "add-member", "default/ops", "alice")
    assert "alice" in await cli.ok("iam", "members", "ops")
    status, out, _ = await cli("iam", "can", "alice", "agent:read", "workspace/default/prod")
    assert (status, out.startswith("no: alice cannot")) == (1, True)
    assert "grant ROLE" in (await cli("iam", "list-grants", "--user", "alice"))[2]
    await cli.plane.agent("web-1", workspace="prod")
    await cli.ok("iam", "grant", "looker", "--group", "ops", "--workspace", "default/prod")
    status, out, _ = await cli("iam", "can", "alice", "agent:read", "workspace/prod")
    assert (status, out.startswith("yes: alice can")) == (0, True)
    assert "looker" in out
    table = await cli.json("iam", "access", "alice", "agent:read", "node/web-1")
    [row] = table["rows"]
    assert (row["source"], row["group"], row["workspace"]) == ("group", "ops", "default/prod")
    assert "group ops" in await cli.ok("iam", "access", "alice")
    assert "has nothing of that" in (await cli("iam", "access", "alice", "secret:reveal"))[2]
    assert "administrator" in await cli.ok("iam", "access")
    compared = await cli.json("iam", "compare-roles", "viewer", "looker")
    assert {row["permission"]: row["held"] for row in compared}["task:read"] == [True, False]
    assert (await cli("iam", "compare-roles", "viewer"))[0] == 2
    assert "see nodes" in await cli.ok("iam", "list-permissions")
    assert (await cli("iam", "can", "group:ops", "agent:read", "organization/default"))[0] == 1
    assert (await cli("iam", "can", "alice", "agent:read"))[0] == 1
    assert (await cli("iam", "can", "me", "agent:read", "*"))[0] == 0
    assert (await cli("iam", "can", "alice", "agent:read", "node/web-1"))[0] == 0
    for wrong in (("who:alice", "agent:read", "*"), ("alice", "agent:read", "prod")):
        assert (await cli("iam", "can", *wrong))[0] == 2
    assert (await cli("iam", "can", "nobody", "agent:read", "*"))[0] == 4
    assert (await cli("iam", "delete-role", "looker", "--yes"))[0] == 1
    assert (await cli("iam", "revoke", "looker", "--group", "ops"))[0] == 2
    said = await cli.ok("iam", "revoke", "looker", "--group", "ops", "--workspace", "prod", "--yes")
    assert "Removed the role" in said
    assert (await cli("iam", "revoke", "looker", "--group", "ops", "--workspace", "prod", "--yes"))[0] == 4
    looks = ("--user", "alice", "--organization", "default")
    assert "in 2" in await cli.ok("iam", "grant", "looker", *looks, "--until", "3d")
    assert "in 1h" in await cli.ok("iam", "update-grant", "looker", *looks, "--until", "2h")
    [grant] = await cli.json("iam", "list-grants", "--user", "alice", "--state", "valid")
    assert "looker" in await cli.ok("iam", "update-grant", grant["id"], "--until", "never")
    assert (await cli.json("iam", "list-grants", "--user", "alice"))[0]["expires_at"] is None
    assert (await cli("iam", "update-grant", grant["id"], "--until", "yesterday"))[0] == 2
    await cli.ok("iam", "revoke", grant["id"], "--yes")
    assert (await cli("iam", "grant", "looker", "--user", "alice"))[0] == 2
    assert (await cli("iam", "grant", "looker", "--workspace", "prod"))[0] == 2
    await cli.ok("iam", "remove-member", "ops", "alice")
    await cli.ok("iam", "delete-group", "ops", "--yes")
    await cli.ok("iam", "delete-role", "looker", "--yes")


async def test_keys(cli: Cli) -> None:
    made = await cli.json("iam", "create-key", "mine", "--ttl", "1h")
    assert made["secret_key"]
    status, out, err = await cli(
        "iam",
        "create-key",
        "ci",
        "--service",
        "--role",
        "viewer",
        "--organization",
        "default",
        "--save-profile",
        "ci",
    )
    assert status == 0
    saved = load_profile("ci", os.environ).api_key
    assert saved
    assert saved not in out + err
    await cli.ok("node", "list", "--profile", "ci")
    assert (await cli("workspace", "create", "x", "--profile", "ci"))[0] == 3
    # What is in a profile may be the only copy of that key.
    for name in ("ci", "default"):
        kept = load_profile(name, os.environ)
        status, _, err = await cli("iam", "create-key", "other", "--save-profile", name)
        assert (status, "has a key already" in err) == (2, True)
        assert load_profile(name, os.environ) == kept
    status, _, err = await cli("iam", "rotate-key", "mine", "--save-profile", "ci")
    assert (status, "has a key already" in err) == (2, True)
    assert {"mine"} <= {key["name"] for key in await cli.json("iam", "list-keys")}
    assert {"mine", "ci"} <= {key["name"] for key in await cli.json("iam", "list-keys", "--all")}
    assert "viewer in default" in await cli.ok("iam", "list-keys", "--all")
    assert "viewer in default" in await cli.ok("iam", "show-key", "ci")
    shown = await cli.ok("iam", "show-key", "mine")
    assert made["secret_key"] not in shown
    rotated = await cli.json("iam", "rotate-key", "mine", "--overlap", "0s")
    assert rotated["secret_key"] != made["secret_key"]
    status, out, err = await cli("iam", "rotate-key", "ci", "--save-profile", "ci")
    assert load_profile("ci", os.environ).api_key != saved
    await cli.ok("node", "list", "--profile", "ci")
    assert (await cli("iam", "revoke-key", "ci"))[0] == 2
    assert "revoked" in await cli.ok("iam", "revoke-key", "ci", "--yes")
    assert (await cli("node", "list", "--profile", "ci"))[0] == 3
    # It is still found by its name, until another has that.
    assert (await cli.json("iam", "show-key", "ci"))["state"] == "revoked"
    assert "ci" in await cli.ok("iam", "list-keys", "--all", "--state", "revoked")
    assert (await cli("iam", "rotate-key", "ci"))[0] == 4
    await cli.ok("iam", "create-key", "ci", "--service", "--role", "viewer", "--organization", "default")
    assert (await cli.json("iam", "show-key", "ci"))["state"] == "valid"
    assert (await cli("iam", "create-key", "x", "--service"))[0] == 2
    assert (await cli("iam", "create-key", "x", "--organization", "default"))[0] == 2


async def test_a_service_key_of_a_profile_in_a_workspace_says_where(cli: Cli) -> None:
    await cli.ok("workspace", "use", "default/default")
    service = ("iam", "create-key", "ci", "--service", "--role", "viewer")
    status, _, err = await cli(*service)
    assert (status, "--workspace default/default" in err) == (2, True)
    await cli.ok(*service, "--workspace", "default/default")


async def test_profiles_that_others_could_read_are_made_private(cli: Cli) -> None:
    file = profiles_file(os.environ)
    file.chmod(0o644)
    status, _, err = await cli("node", "list")
    assert (status, "other users could read" in err) == (0, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "other users" not in (await cli("node", "list"))[2]


_BASH = """
source "$1"
COMP_LINE=$2; COMP_POINT=${#2}; COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
COMP_WORDS=("$3"); COMP_CWORD=1
_nimbus
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion:
    """Two nodes and a user to complete, and `nimbus` on PATH as the shells start it."""

    def __init__(self, cli: Cli, folder: Path) -> None:
        self.cli, self.folder = cli, folder
        self.program = folder / "bin" / "nimbus"
        self.environment = {
            **os.environ,
            "PATH": f"{self.program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": os.getcwd(),
            "HOME": str(folder),
        }

    async def prepare(self) -> None:
        await self.cli.plane.agent("web-1")
        await self.cli.plane.agent("web-2")
        await self.cli.ok("iam", "create-user", "alice", "--no-password")
        self.program.parent.mkdir()
        self.program.write_text(f'#!/bin/sh\nexec {sys.executable} -m nimbus "$@"\n')
        self.program.chmod(0o755)

    async def script(self, shell: str) -> Path:
        """The file that the shell reads. Skips the test where the shell is missing."""
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        file = self.folder / shell
        file.write_text(await self.cli.ok("completion", shell))
        return file

    async def output(self, *command: str) -> list[str]:
        """What each line offers, without its description."""
        with trio.fail_after(60):
            done = await trio.run_process(
                command, capture_stdout=True, capture_stderr=True, env=self.environment, check=False
            )
        return [line.partition("\t")[0] for line in done.stdout.decode().split("\n") if line]


@pytest.fixture
async def completion(cli: Cli, tmp_path: Path) -> Completion:
    prepared = Completion(cli, tmp_path)
    await prepared.prepare()
    return prepared


async def test_bash_completes_real_names(completion: Completion) -> None:
    program, script = str(completion.program), str(await completion.script("bash"))
    assert await completion.output(program, "__complete", "--", "node", "show", "") == ["web-1", "web-2"]
    assert "alice" in await completion.output(program, "__complete", "--", "iam", "show-user", "al")
    for line, wanted in (
        ("nimbus node show w", ["web-1", "web-2"]),
        ("nimbus node sho", ["show"]),
        ("nimbus node list --output=y", ["yaml"]),
        ("nimbus task create --node web-", ["web-1", "web-2"]),
    ):
        assert await completion.output("bash", "-c", _BASH, "bash", script, line, program) == wanted


async def test_fish_completes_real_names(completion: Completion) -> None:
    source = f"source {await completion.script('fish')}; complete -C 'nimbus node show w'"
    assert await completion.output("fish", "-c", source) == ["web-1", "web-2"]


async def test_zsh_completes_real_names(completion: Completion) -> None:
    script = await completion.script("zsh")
    assert await trio.to_thread.run_sync(_zsh_completes, script, completion.environment)


def _zsh_completes(script: Path, environment: dict[str, str]) -> bool:
    """Types a Tab into a real zsh in a terminal, and waits for the name that only the control plane knows."""
    import pty
    import select
    import time

    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**environment, "TERM": "dumb", "PS1": "> "})
    written, sent, deadline = b"", False, time.monotonic() + 30
    os.write(terminal, f"autoload -U compinit; compinit -u -D; source {script}; echo rea''dy\n".encode())
    try:
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.2)[0]:
                written += os.read(terminal, 65536)
            if not sent and b"ready" in written:
                os.write(terminal, b"nimbus node show w\t")
                sent = True
            if b"web-" in written:
                return True
        return False
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


def test_installing_the_completion(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": "",
        "XDG_CONFIG_HOME": "",
        "PATH": "/nowhere",
    }
    for shell, wanted in (
        ("bash", ".local/share/bash-completion/completions/nimbus"),
        ("zsh", ".local/share/zsh/site-functions/_nimbus"),
        ("fish", ".config/fish/completions/nimbus.fish"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "nimbus", "completion", shell, "--install"],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        assert (tmp_path / wanted).read_text()
        assert str(tmp_path / wanted) in done.stdout
