"""The certificate authority changes: a real control plane, real agents in the same process, TLS between them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from agent.app import run_agent
from agent.directory import AgentDirectory
from agent.link import LinkDown
from agent.node_section.outside import OutsideFailed, ask_outside
from nimbus.client.client import ApiError
from nimbus.fleet.certificate_authority.rules import CHANGES, NodeTrust
from nimbus.fleet.certificate_authority.service import CertificateAuthority
from nimbus.fleet.node_section.service import NodeSections
from nimbus.kernel.clock import SystemClock, to_rfc3339
from nimbus.kernel.errors import Unavailable
from nimbus.trust.pki.description import describe_all
from tests.kit.agent_client import AgentClient, joined_agent
from tests.kit.cli import Cli, command_line
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so

CA = "/api/v1/ca"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes do not wait for their turn, and make their keys with the agent of this folder."""
    monkeypatch.setattr("agent.renewal.SPREAD_S", 0.0)
    monkeypatch.setattr("agent.renewal.own_command", lambda: [sys.executable, "-m", "agent"])


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with control_plane(tmp_path, heartbeat_interval=0.2) as made:
        yield made


async def rotate(plane: ControlPlane) -> dict[str, Any]:
    ca: dict[str, Any] = await plane.post(f"{CA}/rotations", {"alone": True})
    return ca


async def retire(plane: ControlPlane, *, force: bool = False) -> dict[str, Any]:
    query = {"force": "true"} if force else None
    answer = await plane.call(lambda client: client.request("DELETE", f"{CA}/previous", query=query))
    ca: dict[str, Any] = answer["data"]
    return ca


async def until_nobody_depends(plane: ControlPlane) -> None:
    async def nobody() -> bool:
        return bool((await plane.get(CA))["dependent"] == 0)

    await eventually_so(nobody, "no node depends on the previous authority")


async def until_online(plane: ControlPlane, name: str) -> None:
    async def online() -> bool:
        return bool((await plane.get(f"/api/v1/nodes/{name}"))["state"] == "Online")

    await eventually_so(online, f"{name} is online")


def authorities(directory: AgentDirectory) -> int:
    return directory.ca.read_text("ascii").count("BEGIN CERTIFICATE")


async def test_running_nodes_move_to_the_new_authority_by_themselves(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:
        async with control_plane(tmp_path, heartbeat_interval=0.2) as plane:
            agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
            nursery.start_soon(run_agent, agent.directory)
            await until_online(plane, "web-1")
            before = await plane.get(CA)
            assert (before["previous"], before["rotated_at"], before["nodes"], before["dependent"]) == (
                None,
                None,
                1,
                0,
            )
            first = agent.directory.certificate.read_bytes()

            ca = await rotate(plane)
            assert ca["previous"] == before["current"]
            settings = await plane.get("/api/v1/settings")
            assert settings["authority"]["previous_fingerprint"] == before["current"]["fingerprint"]
            assert ca["current"]["fingerprint"] not in (None, before["current"]["fingerprint"])
            await until_nobody_depends(plane)
            assert agent.directory.certificate.read_bytes() != first
            assert authorities(agent.directory) == 2

            ca = await retire(plane)
            assert (ca["previous"], ca["current"]["fingerprint"] != before["current"]["fingerprint"]) == (
                None,
                True,
            )

            async def forgotten() -> bool:
                return authorities(agent.directory) == 1

            await eventually_so(forgotten, "the node trusts the new one alone")
            assert describe_all(agent.directory.ca)[0].fingerprint == ca["current"]["fingerprint"]
            actions = [row["action"] for row in await plane.get("/api/v1/audit-log", resource_kind="ca")]
            assert sorted(actions) == ["ca.retire", "ca.rotate"]
        # Also over new connections, to a control plane that has read it all anew.
        listen, port = plane.config.listen, plane.config.agent_port
        stopped = to_rfc3339(SystemClock().now())
        async with control_plane(tmp_path, heartbeat_interval=0.2, listen=listen, agent_port=port) as plane:

            async def heard() -> bool:
                return bool((await plane.get("/api/v1/nodes/web-1"))["last_seen_at"] > stopped)

            await eventually_so(heard, "the node is there again")
            assert (await plane.get(CA))["current"] == ca["current"]
            nursery.cancel_scope.cancel()


async def test_a_node_that_slept_follows_and_is_waited_for(plane: ControlPlane, tmp_path: Path) -> None:
    asleep = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
    await rotate(plane)
    with pytest.raises(ApiError, match="1 node depends on the previous authority: web-1") as refused:
        await retire(plane)
    assert refused.value.code == "CA_IN_USE"
    shown = await plane.get(CA)
    assert (shown["dependent"], shown["dependent_nodes"]) == (
        1,
        [{"id": asleep.node_id, "name": "web-1", "certificate": True, "told": False}],
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_agent, asleep.directory)
        await until_nobody_depends(plane)
        nursery.cancel_scope.cancel()
    assert (await retire(plane))["previous"] is None


async def test_what_is_ended_by_force_is_locked_out_at_once(plane: ControlPlane) -> None:
    left = await plane.agent("web-1")
    await rotate(plane)
    assert (await retire(plane, force=True))["previous"] is None

    # By its open connection, and by every later one.
    for _ in range(3):
        with pytest.raises(LinkDown):
            await left.beat()
    assert (await plane.get(CA))["nodes"] == 0


async def test_tokens_of_before_and_after_are_good(plane: ControlPlane, tmp_path: Path) -> None:
    before = await plane.token(name="web-1")
    await rotate(plane)
    after = await plane.token(name="web-2")
    for name, token in (("web-1", before), ("web-2", after)):
        agent = await joined_agent(tmp_path / name, token)
        assert authorities(agent.directory) == 2
        plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
    assert [node["certificate"] for node in (await plane.get(CA))["dependent_nodes"]] == [False, False]


async def ask(agent: AgentClient, plane: ControlPlane) -> int:
    record = agent.directory.load_node()
    answer = await trio.to_thread.run_sync(ask_outside, agent.directory, record, (plane.serving.api,))
    return answer.section.revision


async def test_who_knows_the_old_authority_alone_believes_the_answer_of_the_new(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
    known = await ask(agent, plane)
    await rotate(plane)
    assert await ask(agent, plane) == known + 1
    # What the old authority has certified as no authority signs for nobody.
    certificate = agent.directory.certificate.read_text("ascii")
    monkeypatch.setattr("nimbus.trust.pki.authority.Authority.bridge_pem", certificate)
    with pytest.raises(OutsideFailed, match="not signed by an authority"):
        await ask(agent, plane)


async def test_two_rotations_at_once_are_one(plane: ControlPlane) -> None:
    outcomes: list[str] = []

    async def attempt() -> None:
        try:
            await rotate(plane)
            outcomes.append("rotated")
        except ApiError as error:
            outcomes.append(error.code)

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(attempt)
    assert sorted(outcomes) == ["CONFLICT", "CONFLICT", "CONFLICT", "rotated"]
    with pytest.raises(ApiError, match="trusted still"):
        await rotate(plane)
    await retire(plane)
    with pytest.raises(ApiError, match="no previous authority"):
        await retire(plane)


async def test_nodes_that_were_not_told_of_a_rotation_depend_whatever_they_have_applied(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
    trusts = [NodeTrust("n1", "web-1", None, await ask(agent, plane))]
    monkeypatch.setattr("nimbus.fleet.certificate_authority.store.trusts", lambda *_: trusts)

    async def fails(_sections: NodeSections) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as full:
        full.setattr(NodeSections, "load", fails)
        with pytest.raises(ApiError, match="the disk is full"):
            await rotate(plane)
    shown = await plane.get(CA)
    assert [(node["name"], node["told"]) for node in shown["dependent_nodes"]] == [("web-1", False)]
    # Who wants to end it has them told first.
    with pytest.raises(ApiError, match="web-1"):
        await retire(plane)
    trusts[:] = [NodeTrust("n1", "web-1", None, await ask(agent, plane))]
    assert (await retire(plane))["previous"] is None


async def entries(plane: ControlPlane) -> list[tuple[str, str, str]]:
    rows = await plane.get("/api/v1/audit-log", per_page=200)
    return [
        (row["action"], row["actor"]["kind"], row["resource"]["id"])
        for row in reversed(rows)
        if row["action"] in CHANGES and row["outcome"] == "ok"
    ]


async def test_what_was_done_to_the_files_by_a_process_that_was_killed_is_recorded_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Unavailable("killed")

    async with control_plane(tmp_path) as plane:
        with monkeypatch.context() as before_the_commit:
            before_the_commit.setattr(CertificateAuthority, "_changed", killed)
            with pytest.raises(ApiError):
                await rotate(plane)
        assert await entries(plane) == []
    async with control_plane(tmp_path) as plane:
        new = (await plane.get(CA))["current"]["fingerprint"]
        assert await entries(plane) == [("ca.rotate", "system", new)]
        with monkeypatch.context() as before_the_commit:
            before_the_commit.setattr(CertificateAuthority, "_changed", killed)
            with pytest.raises(ApiError):
                await retire(plane, force=True)
    both = [("ca.rotate", "system", new), ("ca.retire", "system", new)]
    async with control_plane(tmp_path) as plane:
        assert await entries(plane) == both
        assert (await plane.get(CA))["previous"] is None
        newest = (await rotate(plane))["current"]["fingerprint"]
        assert await entries(plane) == [*both, ("ca.rotate", "user", newest)]


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    async with command_line(tmp_path, monkeypatch, capsys) as started:
        yield started


async def test_by_the_command_line(cli: Cli, tmp_path: Path) -> None:
    assert "Previous" not in await cli.ok("ca", "show")
    assert (await cli("ca", "rotate"))[0] == 2
    await joined_agent(tmp_path / "web-1", await cli.plane.token(name="web-1"))
    rotated = await cli.ok("ca", "rotate", "--alone", "--yes")
    assert "needed by:  1 node\n" in rotated
    assert "web-1  previous     not yet" in rotated
    status, _, err = await cli("ca", "retire", "--yes")
    assert (status, "[CA_IN_USE]" in err, err.count("\n")) == (1, True, 1)
    assert (await cli.json("ca", "show"))["dependent"] == 1
    assert "Previous" not in await cli.ok("ca", "retire", "--force", "--yes")
