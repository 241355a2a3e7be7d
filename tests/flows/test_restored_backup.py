"""A control plane whose database goes back to an older copy, or whose clock was wrong, takes its nodes back by
itself."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.identity import new_key, signing_request
from agent.link import LinkDown
from agent.proxied_link import ProxiedLink
from nimbus.composition.appliance import run_control_plane
from nimbus.kernel.clock import Clock
from nimbus.protocol.messages import HeartbeatAnswer, NodeAuth
from nimbus.trust.pki import authority
from tests.kit.agent_client import AgentClient, joined_agent
from tests.kit.clock import SettableClock
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports

pytestmark = pytest.mark.sqlite

DAY = 86400.0


@asynccontextmanager
async def started_again(config: Any, clock: Clock | None = None) -> AsyncIterator[None]:
    stop = trio.Event()

    async def run(*, task_status: Any) -> None:
        await run_control_plane(config, clock=clock, stop=stop, task_status=task_status)

    async with trio.open_nursery() as nursery:
        await nursery.start(run)
        yield
        stop.set()


def copy_database(config: Any, target: Path) -> None:
    """Of a control plane that does not run: one file, checkpointed."""
    shutil.copy(Path(config.data_dir) / "nimbus.db", target)


def put_back(config: Any, copy: Path) -> None:
    for name in ("nimbus.db", "nimbus.db-wal", "nimbus.db-shm"):
        (Path(config.data_dir) / name).unlink(missing_ok=True)
    shutil.copy(copy, Path(config.data_dir) / "nimbus.db")


async def until_served(agent: AgentClient) -> None:
    async def is_served() -> bool:
        try:
            with trio.move_on_after(5):
                await agent.link.wait_connected()
                return (await agent.beat()).status == 200
        except LinkDown:
            return False
        return False

    await eventually_so(is_served, "an answer to its heartbeat", interval=0.1)


@asynccontextmanager
async def linked(agent: AgentClient) -> AsyncIterator[AgentClient]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(agent.link.run)
        yield agent
        nursery.cancel_scope.cancel()


def renew_by_hand(config: Any, agent: AgentClient) -> None:
    """As the renewal that comes after two thirds of a certificate's life: issued after the backup, and lost with
    it."""
    clock = SettableClock()
    clock.advance(5)
    ca = authority.load_or_create(Path(config.data_dir) / "pki", clock.now())
    key = new_key()
    issued = ca.sign_node(signing_request(key), agent.node_id, clock.now())
    agent.directory.begin_renewal(key, issued.pem, ca.certificate_pem)


async def test_a_node_that_renewed_after_the_backup_goes_on(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
        config = plane.config
    renew_by_hand(config, agent)
    async with started_again(config), linked(AgentClient(agent.directory, agent.record)) as back:
        await until_served(back)
        assert back.link.failure == ""
    # And it is known from then on.
    async with started_again(config), linked(AgentClient(agent.directory, agent.record)) as back:
        await back.link.wait_connected()
        assert (await back.beat()).status == 200


@pytest.mark.parametrize("auth", ["mtls", "session-key"])
async def test_a_node_that_was_deleted_after_the_backup_stays_out(tmp_path: Path, auth: NodeAuth) -> None:
    """The list of what was revoked is beside the CA, not in the database."""
    [port] = free_ports(1)
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{port}") as plane:
        gone = await joined_agent(tmp_path / "gone", await plane.token(name="gone"), auth)
        stays = await joined_agent(tmp_path / "stays", await plane.token(name="stays"), auth)
        config = plane.config
    copy_database(config, tmp_path / "backup.db")
    async with started_again(config):
        plane = ControlPlane(plane.folder, config, plane.serving, plane.profile, plane.nursery)
        await plane.call(lambda client: client.delete("/api/v1/nodes/gone"))
        listed = Path(config.data_dir) / "pki" / "revoked"

        async def is_listed() -> bool:
            return listed.exists() and gone.node_id in listed.read_text()

        await eventually_so(is_listed, "what was revoked is on the list")
    put_back(config, tmp_path / "backup.db")
    async with started_again(config):
        async with linked(AgentClient(gone.directory, gone.record)) as refused:
            await refused.link.wait_connected()
            with pytest.raises(LinkDown):
                await refused.beat()
            assert "_REVOKED]" in refused.link.failure
        async with linked(AgentClient(stays.directory, stays.record)) as back:
            await until_served(back)
        # Its row has come back; it may be deleted again, or join again.
        again = await plane.post("/api/v1/nodes/gone/tokens", {})
        joined = await joined_agent(tmp_path / "gone", again["token"], auth)
        assert joined.node_id == gone.node_id
        async with linked(joined) as back:
            await until_served(back)


async def test_a_node_that_joined_after_the_backup_is_not_known(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        config = plane.config
    copy_database(config, tmp_path / "backup.db")
    async with started_again(config):
        plane = ControlPlane(plane.folder, config, plane.serving, plane.profile, plane.nursery)
        new = await joined_agent(tmp_path / "new", await plane.token(name="new"))
    put_back(config, tmp_path / "backup.db")
    async with started_again(config), linked(AgentClient(new.directory, new.record)) as lost:
        await lost.link.wait_connected()
        with pytest.raises(LinkDown):
            await lost.beat()
        assert "[CERTIFICATE_UNKNOWN]" in lost.link.failure
        assert "join again" in lost.link.failure


async def test_a_start_with_a_clock_that_is_ahead_ends_no_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a machine whose battery clock is wrong until NTP sets it."""
    monkeypatch.setattr("nimbus.composition.listeners.CERTIFICATE_CHECK_INTERVAL_S", 0.1)
    monkeypatch.setattr("nimbus.composition.appliance.EXPIRY_INTERVAL_S", 0.05)
    async with control_plane(tmp_path) as plane:
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
        config = plane.config
    clock = SettableClock()
    clock.jump(100 * DAY)
    async with started_again(config, clock), linked(AgentClient(agent.directory, agent.record)) as back:

        async def forgotten() -> bool:
            # The listeners' certificate is of the wrong time too: nobody is let in, or out.
            return "CLOCK_SKEWED" in back.link.failure

        await eventually_so(forgotten, "a certificate of the wrong time", interval=0.1)
        clock.jump(-100 * DAY)
        await until_served(back)
        assert "REVOKED" not in back.link.failure


async def test_a_session_key_that_was_rotated_after_the_backup_is_fallen_back_from(tmp_path: Path) -> None:
    [port] = free_ports(1)
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{port}") as plane:
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"), "session-key")
        config = plane.config
    copy_database(config, tmp_path / "backup.db")
    async with started_again(config):
        plane = ControlPlane(plane.folder, config, plane.serving, plane.profile, plane.nursery)
        async with linked(AgentClient(agent.directory, agent.record)) as node:
            await plane.post("/api/v1/nodes/web-1/rotate-key")
            await until_served(node)
            answer = msgspec.json.decode((await node.beat()).body, type=HeartbeatAnswer)
            assert isinstance(node.link, ProxiedLink)
            await node.link.fetch_key(str(answer.new_key))
            assert (await node.beat()).status == 200

            async def is_done() -> bool:
                return (await plane.get("/api/v1/nodes/web-1"))["rotating_key"] is False

            await eventually_so(is_done, "the new key is the only one")
    put_back(config, tmp_path / "backup.db")
    async with started_again(config), linked(AgentClient(agent.directory, agent.record)) as back:
        await until_served(back)


def test_the_two_sides_read_the_same_serial(tmp_path: Path) -> None:
    """As OpenSSL shows it to the listener, and as the authority stores it."""
    now = SettableClock().now()
    ca = authority.load_or_create(tmp_path / "pki", now)
    issued = ca.sign_node(signing_request(new_key()), "n", now)
    (tmp_path / "x.crt").write_text(issued.pem)
    decoded = ssl._ssl._test_decode_cert(str(tmp_path / "x.crt"))  # type: ignore[attr-defined]
    assert decoded["serialNumber"].lower().lstrip("0") == issued.serial
