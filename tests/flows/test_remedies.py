"""No dead ends: every remedy that a message or docs/troubleshooting.md names for a node in trouble is run here,
with the commands that it names, against a control plane over real TLS."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import trio

from nimbus.kernel.clock import SystemClock, from_seconds
from nimbus.trust.pki import authority
from tests.kit.agent_state import small_disk
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports
from tests.kit.records import key_and_csr

# Of the interpreter and of OpenSSL.
NOT_OURS = re.compile(
    r"_ssl|ssl:|errno|traceback|exception|TooSlow|truncated|malformed|pem lib", re.IGNORECASE
)
DAY = 86400.0


class Machine:
    """A machine with nimbus-agent and a data directory."""

    def __init__(self, folder: Path) -> None:
        self.data = folder
        self.said = ""

    async def agent(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[bytes]:
        """`nimbus-agent ARGUMENTS`."""
        done = await trio.run_process(
            [sys.executable, "-m", "agent", *arguments, "--data-dir", str(self.data)],
            stdin=stdin.encode(),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
        said = (done.stdout + done.stderr).decode()
        assert not NOT_OURS.search(said), said
        self.said = said
        return done

    async def ok(self, *arguments: str, stdin: str = "") -> None:
        assert (await self.agent(*arguments, stdin=stdin)).returncode == 0, self.said

    async def fails(self, code: str, *arguments: str, stdin: str = "") -> str:
        assert (await self.agent(*arguments, stdin=stdin)).returncode == 1, self.said
        assert self.said.strip().endswith(f"[{code}]"), self.said
        return self.said

    async def join(self, token: str) -> None:
        await self.ok("join", "-", "--mesh", "off", stdin=token)

    async def status(self) -> dict[str, Any]:
        await self.ok("status", "-o", "json")
        found: dict[str, Any] = json.loads(self.said)
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator[subprocess.Popen[bytes]]:
        log = self.data.with_suffix(".log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "agent", "run", "--data-dir", str(self.data)], stderr=output
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            await trio.to_thread.run_sync(process.wait)
        assert not NOT_OURS.search(log.read_text()), log.read_text()

    async def until_status(self, what: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        async def reached() -> bool:
            return holds(await self.status())

        await eventually_so(reached, what, interval=0.2)

    async def until_online(self) -> None:
        await self.until_status("online", lambda status: status["state"] == "online")

    async def until_problem(self, code: str) -> str:
        await self.until_status(code, lambda status: f"[{code}]" in status["problem"])
        return self.said


async def rejoin_token(plane: ControlPlane, name: str = "web-1") -> str:
    return str((await plane.post(f"/api/v1/nodes/{name}/tokens", {}))["token"])


async def joined(plane: ControlPlane, name: str = "web-1") -> Machine:
    machine = Machine(plane.folder / name)
    await machine.join(await plane.token(name=name))
    return machine


async def is_back(plane: ControlPlane, machine: Machine, name: str = "web-1") -> None:
    """It runs and is Online, and there is one node of that name."""
    async with machine.running():
        await machine.until_online()
        nodes = await plane.get("/api/v1/nodes")
        assert [node["name"] for node in nodes].count(name) == 1


async def test_a_node_joins_again_where_it_is(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        before = (await plane.get("/api/v1/nodes/web-1"))["id"], (machine.data / "node.key").read_text()
        await machine.join(await rejoin_token(plane))
        after = (await plane.get("/api/v1/nodes/web-1"))["id"], (machine.data / "node.key").read_text()
        assert after[0] == before[0]
        assert after[1] != before[1]
        assert not (machine.data / "joining").exists()
        await is_back(plane, machine)


async def test_what_already_joined_names(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        machine, other = await joined(plane), await joined(plane, "web-2")
        said = await machine.fails("ALREADY_JOINED", "join", "-", stdin=await plane.token())
        assert "nimbus-agent leave" in said
        assert "nimbus node token --rejoin web-1" in said
        said = await machine.fails("ALREADY_JOINED", "join", "-", stdin=await rejoin_token(plane, "web-2"))
        assert "for another node" in said
        # Nothing has changed by that, on either side.
        for each in (machine, other):
            await is_back(plane, each, each.data.name)
        await machine.ok("leave", "--yes")
        await machine.join(await plane.token(name="web-3"))
        await is_back(plane, machine, "web-3")


async def test_a_node_on_a_read_only_disk_does_not_leave_by_half(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        with small_disk(tmp_path / "disk", "8m") as disk:
            machine = Machine(disk / "agent")
            await machine.join(await plane.token(name="web-1"))
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            assert "Nothing was changed" in await machine.fails("LEAVE_FAILED", "leave", "--yes")
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
            assert [node["name"] for node in await plane.get("/api/v1/nodes")] == ["web-1"]
            await machine.ok("leave", "--yes")
            assert await plane.get("/api/v1/nodes") == []


async def test_a_join_again_that_fails_leaves_the_node_as_it_was(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        first, second = await rejoin_token(plane), await rejoin_token(plane)
        del second
        async with machine.running():
            await machine.until_online()
            said = await machine.fails("AGENT_RUNNING", "join", "-", "--mesh", "off", stdin=first)
            assert "systemctl stop nimbus-agent" in said
        stale = await plane.post("/api/v1/nodes/web-1/tokens", {"ttl": "1s"})
        await trio.to_thread.run_sync(_until_past, stale["expires_at"])
        await machine.fails("TOKEN_EXPIRED", "join", "-", "--mesh", "off", stdin=stale["token"])
        await is_back(plane, machine)


def _until_past(moment: str) -> None:
    """The token ends by the real clocks of both sides."""
    import datetime
    import time

    end = datetime.datetime.fromisoformat(moment)
    deadline = time.monotonic() + 20
    while datetime.datetime.now(datetime.UTC) <= end + datetime.timedelta(seconds=1):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("damage", "remedy"), [(b"", "rejoin"), (b"\0" * 200, "leave"), (b"{", "token")])
async def test_a_record_that_was_lost_in_a_power_cut(tmp_path: Path, damage: bytes, remedy: str) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        (machine.data / "node.json").write_bytes(damage)
        for command in (["run"], ["status"], ["leave", "--yes"]):
            said = await machine.fails("IDENTITY_DAMAGED", *command)
            assert "node.json" in said
            assert "nimbus node token --rejoin" in said
        name = "web-1"
        if remedy == "rejoin":
            await machine.join(await rejoin_token(plane))
        elif remedy == "leave":
            await machine.ok("leave", "--force", "--yes")
            await plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))
            await machine.join(await plane.token(name="web-1"))
        else:
            name = "web-2"
            await machine.join(await plane.token(name=name))
        await is_back(plane, machine, name)


@pytest.mark.parametrize(("name", "damage"), [("node.key", b""), ("node.crt", b"rubbish"), ("ca.crt", b"")])
async def test_keys_and_certificates_that_are_damaged(tmp_path: Path, name: str, damage: bytes) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        (machine.data / name).write_bytes(damage)
        async with machine.running():
            assert name in await machine.until_problem("IDENTITY_DAMAGED")
        said = await machine.fails("LEAVE_FAILED", "leave", "--yes")
        assert name in said
        await machine.join(await rejoin_token(plane))
        await is_back(plane, machine)


async def test_files_that_are_made_anew_cost_nothing(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        for name in ("renewal.pem", "status.json"):
            (machine.data / name).write_bytes(b"\0rubbish\n")
        await is_back(plane, machine)


async def test_session_keys_that_are_damaged(tmp_path: Path) -> None:
    [port] = free_ports(1)
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{port}") as plane:
        machine = Machine(plane.folder / "web-1")
        await machine.ok(
            "join", "-", "--mesh", "off", "--auth", "session-key", stdin=await plane.token(name="web-1")
        )
        (machine.data / "session.json").write_bytes(b"")
        said = await machine.fails("SESSION_KEYS_UNREADABLE", "run")
        assert "nimbus node token --rejoin" in said
        token = await rejoin_token(plane)
        await machine.ok("join", "-", "--mesh", "off", "--auth", "session-key", stdin=token)
        await is_back(plane, machine)


def let_it_expire(plane: ControlPlane, machine: Machine, node_id: str) -> None:
    """As after a hundred days away: a certificate of this control plane's authority, issued so long ago."""
    ca = authority.load_or_create(Path(plane.config.data_dir) / "pki", SystemClock().now())
    key, csr = key_and_csr()
    # An authority dates nothing before itself, and this one is new.
    with mock.patch.object(authority.Authority, "began_at", 0):
        issued = ca.sign_node(csr, node_id, SystemClock().now() - from_seconds(100 * DAY))
    (machine.data / "node.key").write_text(key)
    (machine.data / "node.crt").write_text(issued.pem)


@pytest.mark.parametrize("remedy", ["rejoin", "leave"])
async def test_a_certificate_that_ended_while_the_node_was_away(tmp_path: Path, remedy: str) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        node_id = (await machine.status())["node_id"]
        let_it_expire(plane, machine, node_id)
        async with machine.running():
            said = await machine.until_problem("CERTIFICATE_EXPIRED")
            assert "nimbus node token --rejoin" in said
        said = await machine.fails("LEAVE_FAILED", "leave", "--yes")
        assert "certificate has expired" in said
        assert "leave with --force" in said
        if remedy == "leave":
            await machine.ok("leave", "--force", "--yes")
            await plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))
        await machine.join(await (rejoin_token(plane) if remedy == "rejoin" else plane.token(name="web-1")))
        await is_back(plane, machine)


async def test_a_node_that_was_deleted(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        machine = await joined(plane)
        async with machine.running() as process:
            await machine.until_online()
            await plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))
            said = await machine.until_problem("CERTIFICATE_REVOKED")
            assert "nimbus-agent leave --force --yes" in said
            assert process.poll() is None, "it asks again later, by itself"
        await machine.ok("leave", "--yes")
        await machine.join(await plane.token(name="web-1"))
        await is_back(plane, machine)


async def test_leftovers_without_a_record_are_removed(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        machine = Machine(tmp_path / "machine")
        await machine.fails("NOT_JOINED", "leave", "--force", "--yes")
        machine.data.mkdir(mode=0o700)
        (machine.data / "wireguard.key").write_text("x")
        await machine.fails("NOT_JOINED", "leave", "--yes")
        await machine.ok("leave", "--force", "--yes")
        assert set(os.listdir(machine.data)) <= {"lock"}
        await machine.join(await plane.token(name="web-1"))
        await is_back(plane, machine)
