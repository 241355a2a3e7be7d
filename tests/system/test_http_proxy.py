"""A network that lets nothing out but an HTTP proxy that wants a password: the node joins by it, and works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.lab import wait_until
from tests.kit.lab.lab import API_PORT
from tests.kit.lab.network import UNDERLAY, filter_packets, pids_in
from tests.kit.tinyproxy import PORT, tinyproxy
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
PASSWORD = "hunter2"


async def test_a_node_behind_an_http_proxy_joins_and_works(make_lab: MakeLab, tmp_path: Path) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        await lab.start_control_plane(api_addresses=f"{lab.control_plane.address}:{API_PORT}")
        node, proxy = lab["n1"], lab["n2"]
        filter_packets(node.namespace, "OUTPUT", ["-o", UNDERLAY, "!", "-d", proxy.address])
        filter_packets(node.namespace, "INPUT", ["-i", UNDERLAY, "!", "-s", proxy.address])
        async with tinyproxy(
            tmp_path, proxy.namespace, proxy.address, allowed=API_PORT, user="me", password=PASSWORD
        ) as log:
            token = await lab.token("n1")
            refused = await lab.join(node, token, "--proxy", f"http://me:wrong@{proxy.address}:{PORT}")
            assert (refused.status, "[PROXY_REFUSED]" in refused.line) == (1, True), refused.err
            assert "does not take the name and password" in refused.line
            url = f"http://me:{PASSWORD}@{proxy.address}:{PORT}"
            done = await lab.join(node, token, env={"HTTPS_PROXY": url})
            assert done.status == 0, done.err
            assert f"through the HTTP proxy {proxy.address}:{PORT}" in done.err
            await lab.start_agent(node)
            await lab.wait_online(["n1"], timeout=30)

            async def works() -> bool:
                return await node.ping((await lab.overlay_addresses())["control-plane"])

            await wait_until("packets of the mesh pass", works, timeout=20)
            assert (await node.status())["proxy"] == f"{proxy.address}:{PORT}"
            assert f"CONNECT {lab.control_plane.address}:{API_PORT}" in log.read_text()
            seen = await node.nimbus_agent("doctor")
            assert "is reached through the HTTP proxy" in seen.out, seen.out
            assert "the API answers at" in seen.out, seen.out
            # The password is in one file, its owner's, and nowhere else.
            assert (node.data / "proxy.json").stat().st_mode & 0o777 == 0o600
            commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids_in(node.namespace.name)]
            told = done.err + done.out + seen.out + (node.folder / "nimbus-agent.log").read_text()
            assert PASSWORD not in told
            assert not any(PASSWORD.encode() in command for command in commands)
