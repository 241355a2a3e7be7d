"""Agents behind a real nginx that ends TLS: long polls, keep-alive, timeouts, restarts, altered bodies, replays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from agent.link import LinkDown, Refused
from agent.proxied_link import ProxiedLink
from agent.session import SessionKeyFile, Signer
from nimbus.protocol.messages import NonceHint
from tests.kit.agent_client import AgentClient, error_code, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.nginx import RECOMMENDED, Nginx, running, skip_without_nginx
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports
from tests.kit.raw_request import send
from tests.kit.records import heartbeat

HEARTBEAT = "/v1/internal/heartbeat"
BEAT = msgspec.json.encode(heartbeat())
# As Debian's package sets a location up when nobody has thought of agents: HTTP/1.0, a connection for each request.
NOTHING_SET = ""


class Site:
    def __init__(self, plane: ControlPlane, nginx: Nginx) -> None:
        self.plane, self.nginx = plane, nginx

    async def agent(self, name: str = "web-1") -> AgentClient:
        agent = await joined_agent(self.plane.folder / name, await self.plane.token(name=name), "session-key")
        self.plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
        return agent


@asynccontextmanager
async def site(
    folder: Path, *, location: str = RECOMMENDED, server: str = "", tls: bool = False, **settings: Any
) -> AsyncIterator[Site]:
    """nginx has the certificate of the internal CA that the control plane's own listeners have."""
    skip_without_nginx()
    upstream, port = free_ports(2)
    values: dict[str, Any] = {
        "proxy_listen": f"127.0.0.1:{upstream}",
        "proxy_listen_tls": "on" if tls else "off",
        "proxy_url": f"https://127.0.0.1:{port}",
        "trusted_proxies": "127.0.0.1",
        **settings,
    }
    async with control_plane(folder, **values) as plane:
        pki = Path(plane.config.data_dir) / "pki"
        nginx = Nginx(
            folder / "nginx",
            port,
            upstream,
            pki / "api.crt",
            pki / "api.key",
            location=location,
            server=server,
            scheme="https" if tls else "http",
        )
        async with running(nginx):
            yield Site(plane, nginx)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("location", [RECOMMENDED, NOTHING_SET], ids=["recommended", "nothing-set"])
async def test_a_node_works_through_it(tmp_path: Path, location: str, tls: bool) -> None:
    async with site(tmp_path, location=location, tls=tls) as at:
        agent = await at.agent()
        assert (await agent.beat()).status == 200
        async with trio.open_nursery() as nursery:
            done = trio.Event()

            async def answer_the_task() -> None:
                [lease] = (await agent.poll(50)).tasks
                progress = {"attempt": 1, "first": 0, "lines": ["x" * 4000] * 200, "percent": 50}
                assert (await agent.request("POST", f"/tasks/{lease.id}/progress", progress)).status == 204
                assert (await agent.report(lease.id, result={"links": []})).status == 204
                done.set()

            nursery.start_soon(answer_the_task)
            await trio.testing.wait_all_tasks_blocked(0.1)
            with trio.fail_after(10):
                task = await at.plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
                await done.wait()
        assert (await at.plane.get(f"/api/v1/tasks/{task['id']}"))["state"] == "succeeded"
        assert "POST /v1/internal/heartbeat?nonce=" in at.nginx.log()


async def test_heartbeats_pass_a_long_poll_that_waits(tmp_path: Path) -> None:
    """nginx takes the next request of a connection when it has answered the last: one would hold the other up."""
    async with site(tmp_path) as at:
        agent = await at.agent()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.poll, 50)
            await trio.testing.wait_all_tasks_blocked(0.1)
            with trio.fail_after(10):
                assert (await agent.beat()).status == 200


async def test_requests_at_once_are_all_answered_and_connections_kept(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await at.agent()
        statuses: list[int] = []

        async def beat() -> None:
            statuses.append((await agent.beat()).status)

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for _ in range(60):
                    nursery.start_soon(beat)
        assert statuses == [200] * 60


@pytest.mark.parametrize(
    "server",
    ["keepalive_requests 2;", "keepalive_timeout 0;", "keepalive_timeout 1;"],
    ids=["every-second", "every", "idle"],
)
async def test_connections_that_the_proxy_ends_are_made_anew(tmp_path: Path, server: str) -> None:
    async with site(tmp_path, server=server) as at:
        agent = await at.agent()
        answered = 0

        async def one_more() -> bool:
            nonlocal answered
            try:
                await agent.link.wait_connected()
                answered += (await agent.beat()).status == 200
            except LinkDown:
                return False
            return answered >= 12

        with trio.fail_after(30):
            await eventually_so(one_more, "twelve heartbeats", seconds=30)


async def test_a_proxy_that_times_a_poll_out_costs_a_poll(tmp_path: Path) -> None:
    """60 s is nginx's own limit; the agent's polls are of 25 s. With a shorter one nginx answers 504."""
    async with site(tmp_path, location=RECOMMENDED + "proxy_read_timeout 1s;") as at:
        agent = await at.agent()
        with trio.fail_after(20), pytest.raises(LinkDown):
            await agent.poll(50)
        assert "HTTP 504" in agent.link.failure
        await agent.link.wait_connected()
        assert (await agent.beat()).status == 200
        assert agent.link.failure == ""
        task = await at.plane.post("/api/v1/tasks", {"node": "web-1", "kind": "mesh_probe"})
        [lease] = (await agent.poll(0)).tasks
        assert lease.id == task["id"]


async def test_the_proxy_restarts_and_the_node_comes_back(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await at.agent()
        assert (await agent.beat()).status == 200
        ended = trio.Event()

        async def wait() -> None:
            with pytest.raises(LinkDown):
                await agent.poll(50)
            ended.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked(0.1)
            await at.nginx.stop()
            with trio.fail_after(10):
                await ended.wait()
        await eventually(lambda: not agent.link.connected, "the break is noticed")
        await at.nginx.start()
        with trio.fail_after(30):
            await agent.link.wait_connected()
            assert (await agent.beat()).status == 200


async def test_the_control_plane_away_behind_the_proxy_is_named_and_nothing_is_dropped(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as at:
        agent = await at.agent()
        assert (await agent.beat()).status == 200
        config, nginx = at.plane.config, at.nginx
        link = agent.link
        assert isinstance(link, ProxiedLink)
        # Without its upstream nginx answers 502 by itself: no answer of the control plane.
        upstream = nginx._file.read_text()
        nginx._file.write_text(upstream.replace(f"server {config.proxy_listen};", "server 127.0.0.1:1;"))
        await nginx.stop()
        await nginx.start()
        with trio.fail_after(20):
            await link.wait_connected()
            with pytest.raises(LinkDown):
                await agent.report("0" * 36)
        assert "HTTP 502" in link.failure
        nginx._file.write_text(upstream)
        await nginx.stop()
        await nginx.start()

        async def is_back() -> bool:
            try:
                await link.wait_connected()
                return (await agent.beat()).status == 200
            except LinkDown:
                return False

        with trio.fail_after(30):
            await eventually_so(is_back, "an answer")
        assert link.failure == ""


async def test_a_body_that_the_proxy_alters_is_refused(tmp_path: Path) -> None:
    altering = RECOMMENDED + 'proxy_set_body "{}";'
    async with site(tmp_path, location=altering) as at:
        agent = await joined_agent(tmp_path / "web-1", await at.plane.token(name="web-1"), "session-key")
        at.plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            with pytest.raises(LinkDown):
                await agent.beat()
        assert "[SIGNATURE_MISMATCH]" in agent.link.failure
        assert (await at.plane.get("/api/v1/nodes/web-1"))["last_seen_at"] is None


async def test_a_path_that_the_proxy_rewrites_is_refused(tmp_path: Path) -> None:
    rewriting = RECOMMENDED + "rewrite ^(.*)$ $1?extra=1 break;"
    async with site(tmp_path, location=rewriting) as at:
        agent = await at.agent()
        with trio.fail_after(20), pytest.raises(LinkDown):
            await agent.beat()
        assert "[SIGNATURE_MISMATCH]" in agent.link.failure


async def test_headers_that_it_adds_or_takes_away_do_not_matter(tmp_path: Path) -> None:
    headers = """
        proxy_set_header X-Extra "a b c";
        proxy_set_header User-Agent "";
        proxy_set_header X-Nimbus-Protocol "";
        proxy_set_header X-Request-Id $request_id;
        add_header X-Served-By nginx always;
    """
    async with site(tmp_path, location=RECOMMENDED + headers) as at:
        assert (await (await at.agent()).beat()).status == 200


async def test_a_request_recorded_at_the_proxy_is_accepted_once(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await at.agent()
        signer = Signer(SessionKeyFile(agent.directory.session).load())
        first = signer.sign("POST", HEARTBEAT, BEAT)
        assert first is not None
        reply = await send(agent, "POST", first.target, BEAT, first.headers)
        signer.take_hint(msgspec.convert(json.loads(reply.body)["error"]["nonce"], NonceHint))
        one = signer.sign("POST", HEARTBEAT, BEAT)
        assert one is not None
        assert (await send(agent, "POST", one.target, BEAT, one.headers)).status == 200
        reply = await send(agent, "POST", one.target, BEAT, one.headers)
        assert (reply.status, error_code(reply)) == (401, "NONCE_REFUSED")
        # No header of another person is believed either: the proxy's listener knows signatures only.
        reply = await send(agent, "POST", HEARTBEAT, BEAT, {"Authorization": "Bearer x", "X-API-Key": "y"})
        assert (reply.status, error_code(reply)) == (403, "SESSION_KEY_UNKNOWN")


async def test_revocation_reaches_a_poll_that_waits_behind_the_proxy(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent, other = await at.agent(), await at.agent("web-2")
        async with trio.open_nursery() as nursery:
            gone = trio.Event()

            async def wait() -> None:
                with pytest.raises(Refused):
                    await agent.poll(50)
                gone.set()

            nursery.start_soon(wait)
            nursery.start_soon(other.poll, 50)
            await trio.testing.wait_all_tasks_blocked(0.1)
            await at.plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))
            with trio.fail_after(10):
                await gone.wait()
                assert (await other.beat()).status == 200


async def test_the_key_is_rotated_through_it(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await at.agent()
        await at.plane.post("/api/v1/nodes/web-1/rotate-key")
        told = json.loads((await agent.beat()).body)["new_key"]
        assert isinstance(agent.link, ProxiedLink)
        await agent.link.fetch_key(told)
        assert (await agent.beat()).status == 200
        # The one before is kept behind it, for a control plane that was restored from a backup.
        assert SessionKeyFile(agent.directory.session).load()[0].key_id == told


async def test_the_real_address_is_what_the_allow_list_sees(tmp_path: Path) -> None:
    """The tests' only address is nginx's own: what a client claims stands before what nginx adds."""
    async with site(tmp_path, agent_sources="127.0.0.0/8") as at:
        agent = await at.agent()
        assert (await agent.beat()).status == 200
        claimed = RECOMMENDED.replace("X-Forwarded-For $remote_addr", "X-Forwarded-For 198.51.100.7")
        text = at.nginx._file.read_text()
        at.nginx._file.write_text(text.replace(RECOMMENDED, claimed))
        await at.nginx.stop()
        await at.nginx.start()

        async def is_refused() -> bool:
            try:
                await agent.link.wait_connected()
                await agent.beat()
            except LinkDown:
                return "198.51.100.7 is not among agent_sources" in agent.link.failure
            return False

        await eventually_so(is_refused, "the refusal")


async def test_the_program_joins_runs_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        data = tmp_path / "agent"
        command = [sys.executable, "-m", "agent"]
        token = await at.plane.token(name="web-1")
        environment = {**os.environ, "NIMBUS_AGENT_DATA_DIR": str(data), "NIMBUS_AGENT_AUTH": "session-key"}
        joined = await trio.run_process(
            [*command, "join", "-", "--mesh", "off"],
            stdin=token.encode(),
            env=environment,
            check=False,
            capture_stdout=True,
            capture_stderr=True,
        )
        assert joined.returncode == 0, joined.stderr
        assert b"This machine is now node 'web-1'" in joined.stdout
        assert b"is unreachable" not in joined.stderr
        process = subprocess.Popen([*command, "run"], env=environment, stderr=subprocess.DEVNULL)
        try:

            async def is_online() -> bool:
                return bool((await at.plane.get("/api/v1/nodes/web-1"))["state"] == "Online")

            await eventually_so(is_online, "the agent is online")
            before = (data / "session.json").read_bytes()
            await at.plane.post("/api/v1/nodes/web-1/rotate-key")

            async def is_rotated() -> bool:
                return (await at.plane.get("/api/v1/nodes/web-1"))["rotating_key"] is False

            await eventually_so(is_rotated, "the new key is in use")
            assert (data / "session.json").read_bytes() != before
            task = await at.plane.post("/api/v1/tasks", {"node": "web-1", "kind": "collect_facts"})

            async def is_done() -> bool:
                return bool((await at.plane.get(f"/api/v1/tasks/{task['id']}"))["state"] == "succeeded")

            await eventually_so(is_done, "the task")
            await at.plane.call(lambda client: client.delete("/api/v1/nodes/web-1"))

            async def says_so() -> bool:
                status = await trio.run_process([*command, "status"], env=environment, capture_stdout=True)
                return b"[SESSION_KEY_REVOKED]" in status.stdout

            await eventually_so(says_so, "the agent says that it is revoked", interval=0.2)
            assert process.poll() is None, "it asks again later"
        finally:
            process.kill()
            process.wait()
