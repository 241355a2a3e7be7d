"""Whom an agent talks to (pins), and where agents may come from (agent_sources)."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest
import trio

from agent.connect import open_link
from agent.directory import NodeRecord
from agent.link import LinkDown
from nimbus.protocol.errors import NimbusError
from tests.kit.agent_client import AgentClient, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports

WRONG = "sha256:" + "0" * 64


def pin_of(plane: ControlPlane, file: str) -> str:
    pem = (Path(plane.config.data_dir) / "pki" / file).read_text()
    return "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


@pytest.mark.parametrize("auth", ["mtls", "session-key"])
async def test_a_pinned_server_is_talked_to_and_another_is_not(tmp_path: Path, auth: str) -> None:
    [port] = free_ports(1)
    async with control_plane(tmp_path, proxy_listen=f"127.0.0.1:{port}") as plane:
        token = await plane.token(name="web-1")
        with pytest.raises(NimbusError, match="is not pinned") as refused:
            await joined_agent(tmp_path / "a", token, auth, (WRONG,))  # type: ignore[arg-type]
        assert refused.value.code == "PIN_MISMATCH"
        # Nothing was sent: the token is as good as new.
        pins = (WRONG, pin_of(plane, "api.crt"))
        agent = await joined_agent(tmp_path / "a", token, auth, pins)  # type: ignore[arg-type]
        assert agent.record.pins == pins
        plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            assert (await agent.beat()).status == 200
        # The setting takes the place of what the node joined with.
        other = open_link(agent.directory, agent.record, (WRONG,))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other.run)
            await eventually(lambda: "[PIN_MISMATCH]" in other.failure, "the mismatch")
            with pytest.raises(LinkDown):
                await other.request("POST", "/v1/internal/heartbeat", b"{}")
            assert not other.connected
            nursery.cancel_scope.cancel()


async def test_the_authority_may_be_pinned_where_it_is_the_only_one(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        agent = await joined_agent(tmp_path / "a", await plane.token(), "mtls", (pin_of(plane, "ca.crt"),))
        plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            assert (await agent.beat()).status == 200


# Where agents come from.


async def test_a_machine_elsewhere_cannot_join_and_its_token_stays_good(tmp_path: Path) -> None:
    async with control_plane(tmp_path, agent_sources="192.0.2.0/24, 2001:db8::/32") as plane:
        token = await plane.token(name="web-1")
        with pytest.raises(
            NimbusError, match=r"your address 127\.0\.0\.1 is not among agent_sources"
        ) as refused:
            await joined_agent(tmp_path / "a", token)
        assert refused.value.code == "SOURCE_NOT_ALLOWED"
        assert await plane.get("/api/v1/nodes") == []
        # Operators are not meant: this request came from there too.


@pytest.mark.parametrize("auth", ["mtls", "session-key"])
async def test_a_node_that_moves_elsewhere_is_not_served(
    tmp_path: Path, auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    proxy, *_ = free_ports(1)
    async with control_plane(
        tmp_path, agent_sources="127.0.0.0/8", proxy_listen=f"127.0.0.1:{proxy}"
    ) as plane:
        agent = await joined_agent(tmp_path / "a", await plane.token(name="web-1"), auth)  # type: ignore[arg-type]
        plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            assert (await agent.beat()).status == 200
    async with control_plane(
        tmp_path, agent_sources="192.0.2.0/24", administrator=False, proxy_listen=f"127.0.0.1:{proxy}"
    ) as plane:
        moved = AgentClient(agent.directory, _at(agent, plane, proxy))
        plane.nursery.start_soon(moved.link.run)

        async def is_refused() -> bool:
            try:
                await moved.link.wait_connected()
                reply = await moved.beat()
            except LinkDown:
                return "SOURCE_NOT_ALLOWED" in moved.link.failure
            assert reply.status == 403
            return b"SOURCE_NOT_ALLOWED" in reply.body

        with trio.fail_after(20):
            await eventually_so(is_refused, "the refusal")
        assert "127.0.0.1 is refused: it is not among agent_sources" in caplog.text


def _at(agent: AgentClient, plane: ControlPlane, proxy: int) -> NodeRecord:
    """The same node; the control plane has come back on another port."""
    import msgspec

    port = plane.config.agent_port if agent.record.auth == "mtls" else proxy
    return msgspec.structs.replace(agent.record, agent_api=f"https://127.0.0.1:{port}")
