"""Edges as an operator has them: control plane, agents and nginx in namespaces, everything by the command line."""

from __future__ import annotations

import functools
import http.server
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.kit.lab import Lab, LabHost
from tests.kit.nginx import HEAD
from tests.kit.polling import eventually_so
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
DOMAIN = "shop.example.com"
ANSWER = "from n3"


class EdgeHost:
    """A host of the lab with an nginx of its own, run by a pid file."""

    def __init__(self, host: LabHost) -> None:
        self.host = host
        self.folder = host.folder / "nginx"
        (self.folder / "conf.d").mkdir(parents=True)
        self.main = self.folder / "nginx.conf"
        text = HEAD.format(user="user root;", folder=self.folder, level="notice").replace("daemon off;\n", "")
        self.main.write_text(text + f"    include {self.folder}/conf.d/*.conf;\n}}\n", "utf-8")
        host.environment["NIMBUS_AGENT_NGINX_CONF"] = str(self.main)

    async def start(self) -> None:
        done = await self.host.run("nginx", "-c", str(self.main))
        assert done.status == 0, done.err

    async def stop(self) -> None:
        done = await self.host.run("nginx", "-c", str(self.main), "-s", "stop")
        assert done.status == 0, done.err

    async def get(self, path: str = "/", *, domain: str = DOMAIN, port: int = 80) -> tuple[str, str]:
        """Status and body; 000 without an answer."""
        done = await self.host.run(
            *("curl", "--silent", "--max-time", "10", "--write-out", "\n%{http_code}"),
            *("--resolve", f"{domain}:{port}:{self.host.address}", f"http://{domain}:{port}{path}"),
        )
        body, _, status = done.out.rpartition("\n")
        return status, body


@contextmanager
def backend(host: LabHost, address: str, port: int) -> Iterator[None]:
    """An HTTP server on a host, at its address in the mesh."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(ANSWER.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = host.namespace.call_now(
        functools.partial(http.server.ThreadingHTTPServer, (address, port), Handler)
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def make_edges(lab: Lab) -> dict[str, EdgeHost]:
    edges = {name: EdgeHost(lab[name]) for name in ("n1", "n2")}
    await lab.start_control_plane()
    await lab.make_nodes()
    await lab.wait_online()
    for name, edge in edges.items():
        await edge.start()
        await lab.nimbus("edge", "add", name, "--mode", "standalone")
    await eventually_so(functools.partial(_are_ready, lab), "both edges run", seconds=30, interval=0.3)
    return edges


async def _are_ready(lab: Lab) -> bool:
    return all(edge["nginx"] == "running" for edge in await lab.nimbus("edge", "list"))


async def _order(lab: Lab, *arguments: str) -> str:
    """What `nimbus ARGUMENTS` prints."""
    done = await lab.command(*arguments)
    assert done.status == 0, (arguments, done.out, done.err)
    return done.out


async def test_what_is_deployed_is_served_and_goes_on_without_the_control_plane(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        edges = await make_edges(lab)
        first, second = edges["n1"], edges["n2"]
        address = (await lab.overlay_addresses())["n3"]
        with backend(lab["n3"], address, 8080):
            await _order(lab, "upstream", "create", "app", "--on-node", "n3:8080")
            await _order(lab, *_host("shop", DOMAIN, 80))
            plan = await _order(lab, "edge", "deploy", "--host", "shop", "--plan")
            assert f"server_name {DOMAIN}" in plan
            assert (await first.get())[0] == "000"
            told = await _order(lab, "edge", "deploy", "--host", "shop", "--canary", "--wave", "1")
            assert re.findall(r"^(n\d) +(\d) +(\w+)", told, re.MULTILINE) == [
                ("n1", "1", "served"),
                ("n2", "2", "served"),
            ]
            for edge in edges.values():
                assert await edge.get("/basket?of=7") == ("200", ANSWER)
                # Nobody's name has no answer, not somebody's.
                assert await edge.get(domain="other.example.com") == ("000", "")
            await _logged(lab, "/basket", {"n1", "n2"})

            # Another program has the port on one of the two: what is there goes on, and the other one gets it.
            with taken(lab["n2"], 8081):
                await _order(lab, *_host("admin", "admin.example.com", 8081))
                refused = await lab.command("edge", "deploy", "--host", "admin")
                assert refused.status != 0
                assert "8081" in refused.out + refused.err
                assert "Address already in use" in refused.out + refused.err
                assert await first.get(domain="admin.example.com", port=8081) == ("200", ANSWER)
                assert await second.get() == ("200", ANSWER)
                status = await lab.command("edge", "status", "--node", "n2")
                assert status.status == 1
                assert re.search(r"^n2 +virtual host admin +- +1 +1 .*8081", status.out, re.MULTILINE), (
                    status.out
                )
            await _order(lab, "edge", "deploy", "--host", "admin")
            assert await second.get(domain="admin.example.com", port=8081) == ("200", ANSWER)
            await _order(lab, "edge", "status")

            assert lab.server is not None
            await lab.server.stop()
            assert lab["n1"].agent is not None
            await lab["n1"].agent.kill()
            await first.stop()
            await first.start()
            assert await first.get("/alone") == ("200", ANSWER)
            await lab.start_agent(lab["n1"])
            assert await first.get("/alone") == ("200", ANSWER)
            await lab.start_control_plane()
            await _logged(lab, "/alone", {"n1"})

            await _order(lab, "edge", "remove", "n1", "--yes")
            await eventually_so(
                functools.partial(_is_gone, first), "nginx of n1 is as it was", seconds=30, interval=0.2
            )
            assert await second.get() == ("200", ANSWER)


def _host(name: str, domain: str, port: int) -> list[str]:
    words = ["vhost", "create", name, "--domain", domain, "--no-tls", "--port", str(port)]
    return [*words, "--upstream", "app"]


async def _is_gone(edge: EdgeHost) -> bool:
    return (await edge.get())[0] == "000" and not list((edge.folder / "conf.d").iterdir())


async def _logged(lab: Lab, path: str, nodes: set[str]) -> None:
    found: list[Any] = []

    async def so() -> bool:
        found[:] = await lab.nimbus("log", "search", "--uri", path)
        return {entry["node"] for entry in found} == nodes

    await eventually_so(
        so, f"requests for {path} on {nodes} are in the access logs", seconds=40, interval=0.3
    )
    assert {entry["host"] for entry in found} == {DOMAIN}
    assert {entry["status"] for entry in found} == {200}


@contextmanager
def taken(host: LabHost, port: int) -> Iterator[None]:
    with host.namespace.call_now(lambda: socket.create_server(("0.0.0.0", port))):
        yield
