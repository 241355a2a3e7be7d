"""Machines that reach nothing but a proxy that ends TLS join through it: a real nginx, and hosts in namespaces."""

from __future__ import annotations

import hashlib
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.doctor import JoinFailed
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.join_token import decode_token, encode_token
from tests.kit.agent_client import AgentClient, joined_agent
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.lab import wait_until
from tests.kit.lab.network import filter_packets
from tests.kit.nginx import RECOMMENDED, Nginx, running, skip_without_nginx
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports
from tests.kit.smtp_server import Certificates
from tests.system.conftest import MakeLab

PROXY_PORT, PUBLIC_PORT = 9443, 443


class Site:
    def __init__(self, plane: ControlPlane, nginx: Nginx, certificate: Path) -> None:
        self.plane, self.nginx, self.certificate = plane, nginx, certificate

    async def token(self, name: str = "web-1", **request: Any) -> str:
        """As of a control plane whose own listeners are out of reach."""
        word = await self.plane.token(name=name, through_proxy=True, **request)
        token = decode_token(word)
        assert token.proxy == self.nginx.url
        return encode_token(msgspec.structs.replace(token, api_hosts=("127.0.0.1",), api_port=1))

    async def works(self, agent: AgentClient) -> None:
        """The link of the running agent, and a task over it."""
        self.plane.nursery.start_soon(agent.link.run)
        with trio.fail_after(20):
            await agent.link.wait_connected()
            assert (await agent.beat()).status == 200
            task = await self.plane.post("/api/v1/tasks", {"node": agent.record.name, "kind": "mesh_probe"})
            [lease] = (await agent.poll(20)).tasks
            assert lease.id == task["id"]
            assert (await agent.report(lease.id, result={"links": []})).status == 204


@asynccontextmanager
async def site(folder: Path, *, location: str = RECOMMENDED, **settings: Any) -> AsyncIterator[Site]:
    """nginx has a certificate of an authority that is nobody's."""
    skip_without_nginx()
    upstream, port = free_ports(2)
    values: dict[str, Any] = {
        "proxy_listen": f"127.0.0.1:{upstream}",
        "proxy_listen_tls": "off",
        "proxy_url": f"https://127.0.0.1:{port}",
        "trusted_proxies": "127.0.0.1",
        **settings,
    }
    made = Certificates(folder / "certificates")
    pair = made.pair()
    (folder / "authority.pem").write_text(made.ca_pem)
    nginx = Nginx(folder / "nginx", port, upstream, pair, pair, location=location)
    async with control_plane(folder, **values) as plane, running(nginx):
        yield Site(plane, nginx, pair)


def pin(certificate: Path) -> str:
    text = certificate.read_text()
    der = ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERTIFICATE") :])
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


@pytest.fixture
def trusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the authority of the proxy's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.mark.usefixtures("trusting")
async def test_it_is_trusted_because_the_machine_trusts_its_authority(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await joined_agent(tmp_path / "web-1", await at.token())
        assert (agent.record.auth, agent.record.agent_api) == ("session-key", at.nginx.url)
        assert not agent.record.pinned
        await at.works(agent)
        assert "POST /v1/internal/join HTTP/1.1" in at.nginx.log()


async def test_it_is_trusted_because_the_token_says_so(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await joined_agent(tmp_path / "web-1", await at.token(pins=[pin(at.certificate)]))
        assert agent.record.pinned
        await at.works(agent)


async def test_another_certificate_than_the_pinned_one_is_sent_nothing(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        with pytest.raises(JoinFailed) as failed:
            await joined_agent(tmp_path / "web-1", await at.token(pins=["sha256:" + "0" * 64]))
        assert failed.value.code == "PIN_MISMATCH"
        assert at.nginx.log() == ""


async def test_a_certificate_that_nobody_vouches_for_is_sent_nothing(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        with pytest.raises(JoinFailed) as failed:
            await joined_agent(tmp_path / "web-1", await at.token())
        assert failed.value.code == "PROXY_UNTRUSTED"
        assert "--pin" in failed.value.next_step
        assert at.nginx.log() == ""


async def test_a_pinned_node_drops_a_proxy_that_shows_another_certificate_later(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        agent = await joined_agent(tmp_path / "web-1", await at.token(pins=[pin(at.certificate)]))
        other = Certificates(tmp_path / "others").pair()
        text = at.nginx._file.read_text()
        at.nginx._file.write_text(text.replace(str(at.certificate), str(other)))
        await at.nginx.stop()
        await at.nginx.start()
        at.plane.nursery.start_soon(agent.link.run)

        async def is_refused() -> bool:
            return "is not pinned" in agent.link.failure

        await eventually_so(is_refused, "the refusal")
        assert "heartbeat" not in at.nginx.log()


@pytest.mark.usefixtures("trusting")
async def test_a_token_is_good_for_one_machine(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        token = await at.token()
        ends: list[str] = []

        async def race(name: str) -> None:
            try:
                await joined_agent(tmp_path / name, token)
                ends.append("joined")
            except NimbusError as error:
                ends.append(error.code)

        async with trio.open_nursery() as nursery:
            for name in ("a", "b", "c"):
                nursery.start_soon(race, name)
        assert sorted(ends) == ["TOKEN_USED", "TOKEN_USED", "joined"]


@pytest.mark.usefixtures("trusting")
async def test_who_guesses_tokens_is_slowed_down(tmp_path: Path) -> None:
    async with site(tmp_path, rate_limit_per_address=2.0, trusted_proxies="") as at:
        token = msgspec.structs.replace(decode_token(await at.token()), secret="no secret of ours")
        codes = []
        # Two at once, and one more in five seconds.
        for number in range(6):
            with pytest.raises(NimbusError) as refused:
                await joined_agent(tmp_path / str(number), encode_token(token))
            codes.append(refused.value.code)
        assert codes[0] == "TOKEN_UNKNOWN"
        assert codes[-1] == "RATE_LIMITED"


@pytest.mark.usefixtures("trusting")
async def test_a_proxy_that_does_not_pass_it_on_is_named(tmp_path: Path) -> None:
    async with site(tmp_path, location=RECOMMENDED + "return 404;") as at:
        with pytest.raises(
            JoinFailed, match=r"unexpected answer \(HTTP 404\), and not from the control plane"
        ):
            await joined_agent(tmp_path / "web-1", await at.token())


@pytest.mark.usefixtures("trusting")
async def test_where_agents_may_come_from_is_asked_here_too(tmp_path: Path) -> None:
    async with site(tmp_path, agent_sources="198.51.100.0/24") as at:
        with pytest.raises(JoinFailed) as refused:
            await joined_agent(tmp_path / "web-1", await at.token())
        assert refused.value.code == "SOURCE_NOT_ALLOWED"


async def test_without_a_listener_for_them_there_is_no_such_token(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        with pytest.raises(NimbusError, match="no listener for nodes that sign"):
            await plane.token(through_proxy=True)
        with pytest.raises(NimbusError, match="through_proxy"):
            await plane.token(pins=["sha256:" + "0" * 64])


async def test_a_pin_that_is_none_is_named(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        with pytest.raises(NimbusError, match="neither sha256:HEX"):
            await at.plane.token(through_proxy=True, pins=["md5:00"])


async def test_the_programs_do_it(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        folder = tmp_path / "agent"
        token = await at.token(pins=[pin(at.certificate)])
        environment = {**os.environ, "NIMBUS_AGENT_DATA_DIR": str(folder)}
        joined = await trio.run_process(
            [sys.executable, "-m", "agent", "join", "-"],
            stdin=token.encode(),
            env=environment,
            check=False,
            capture_stdout=True,
            capture_stderr=True,
        )
        assert joined.returncode == 0, joined.stderr
        process = subprocess.Popen(
            [sys.executable, "-m", "agent", "run"], env=environment, stderr=subprocess.DEVNULL
        )
        try:

            async def is_online() -> bool:
                return bool((await at.plane.get("/api/v1/nodes/web-1"))["state"] == "Online")

            await eventually_so(is_online, "the agent is online")
        finally:
            process.kill()
            process.wait()


@pytest.mark.root
async def test_a_host_that_is_cut_off_from_the_control_plane(make_lab: MakeLab, tmp_path: Path) -> None:
    """With a mesh: the others have their tunnels, this one signs what it sends and is in no mesh."""
    skip_without_nginx()
    async with make_lab(nodes=2) as lab:
        public = lab.add_host("proxy")
        url = f"https://{public.address}:{PUBLIC_PORT}"
        await lab.start_control_plane(proxy_listen=f"0.0.0.0:{PROXY_PORT}", proxy_url=url)
        pair = Certificates(tmp_path / "certificates").pair()
        nginx = Nginx(
            tmp_path / "nginx",
            PUBLIC_PORT,
            PROXY_PORT,
            pair,
            pair,
            scheme="https",
            host=public.address,
            upstream_host=lab.control_plane.address,
            within=public.namespace,
        )
        async with running(nginx):
            await lab.make_node(lab["n1"])
            far = lab["n2"]
            for chain, end in (("OUTPUT", "-d"), ("INPUT", "-s")):
                filter_packets(far.namespace, chain, [end, lab.control_plane.address])
            made = await lab.nimbus("node", "token", "--name", "n2", "--through-proxy", "--pin", pin(pair))
            assert made["command"] == ""
            joined = await lab.join(far, made["token"])
            assert joined.status == 0, joined
            await lab.start_agent(far)
            await lab.wait_online(["n1", "n2"])
            done = await lab.command("task", "create", "--node", "n2", "--kind", "collect_facts", "--wait")
            assert done.status == 0, done
            shown = await lab.get("/api/v1/nodes/n2")
            assert (shown["auth"], shown["overlay_ip"]) == ("session-key", None)
            assert far.interface not in far.namespace.ip("link")
            await _comes_into_the_mesh_and_leaves_it(lab, far, pair)


async def _comes_into_the_mesh_and_leaves_it(lab: Any, far: Any, pair: Path) -> None:
    """The same node joins again with a tunnel, when it can, and later without."""

    async def again(*flags: str) -> None:
        assert far.agent is not None
        await far.agent.stop()
        made = await lab.nimbus("node", "token", "--rejoin", "n2", *flags)
        for file in ("node.json", "session.json"):
            (far.data / file).unlink(missing_ok=True)
        joined = await lab.join(far, made["token"])
        assert joined.status == 0, joined
        await lab.start_agent(far)

    for chain, end in (("OUTPUT", "-d"), ("INPUT", "-s")):
        filter_packets(far.namespace, chain, [end, lab.control_plane.address], on=False)
    await again()
    address = (await lab.get("/api/v1/nodes/n2"))["overlay_ip"]
    assert address
    await lab.wait_online(["n1", "n2"])
    await lab.wait_reachable(["n1", "n2"])
    await again("--through-proxy", "--pin", pin(pair))

    async def has_left() -> bool:
        node = await lab.get("/api/v1/nodes/n2")
        members = lab["n1"].namespace.run_now("wg", "show", lab["n1"].interface, "peers").split()
        return node["overlay_ip"] is None and len(members) == 1

    await wait_until("n2 is in no mesh", has_left, timeout=15)
    await lab.wait_online(["n1", "n2"])
