"""`listen_console = mesh` with real tunnels: who gets the dashboard by which address."""

from __future__ import annotations

import shutil

import pytest

from tests.kit.lab import Lab, LabHost
from tests.system.conftest import MakeLab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]
# Everywhere, whatever the dashboard does.
ELSEWHERE = ("/healthz", "/v1/ca", "/install-agent.sh", "/invite", "/api/v1/openapi.json", "/api/docs")
OVERLAY_ADDRESS = "10.106.103.1"


async def status(host: LabHost, address: str, path: str, *headers: str) -> str:
    words = [word for header in headers for word in ("--header", header)]
    done = await host.run(
        "curl",
        "--silent",
        "--insecure",
        "--max-time",
        "10",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        "--header",
        "Accept: text/html",
        *words,
        f"https://{address}:8443{path}",
    )
    return done.out


async def joined(lab: Lab, host: LabHost) -> None:
    await lab.make_node(host)
    await lab.wait_online([host.name])


async def test_the_mesh_and_this_host_alone_get_it(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        plane, node, stranger = lab.control_plane, lab["n1"], lab["n2"]
        await lab.start_control_plane(listen="0.0.0.0:8443", listen_console="mesh", advertise=plane.address)
        await joined(lab, node)
        for path in ("/", "/nodes", "/icon.svg"):
            assert await status(node, OVERLAY_ADDRESS, path) == "200"
            assert await status(plane, OVERLAY_ADDRESS, path) == "200"
            assert await status(plane, "127.0.0.1", path) == "200"
            # By its public address: neither from within the mesh, nor from this host, nor from outside.
            assert await status(node, plane.address, path) == "404"
            assert await status(plane, plane.address, path) == "404"
            assert await status(stranger, plane.address, path) == "404"
            # A proxy on this host that nobody has said to trust.
            assert await status(plane, "127.0.0.1", path, "X-Forwarded-For: 192.0.2.1") == "404"
        for path in ELSEWHERE:
            assert await status(stranger, plane.address, path) == "200"

        # The kernel takes what comes for the overlay address from the network outside, too.
        done = await stranger.run("ip", "route", "add", OVERLAY_ADDRESS, "via", plane.address)
        assert done.status == 0, done.err
        assert await status(stranger, OVERLAY_ADDRESS, "/healthz") == "200"
        assert await status(stranger, OVERLAY_ADDRESS, "/") == "404"
        assert lab.server is not None
        assert "the dashboard is there over the mesh alone" in lab.server.tail(200)
