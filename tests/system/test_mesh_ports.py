"""Ports of the mesh policy, with real WireGuard and real nft: at both ends, in both directions."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from typing import Any

import pytest
import trio

from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
OPEN, CLOSED = 2201, 2202
# As a container's: what comes for it goes on to a port of another number.
PUBLISHED, HIDDEN = 2203, 2204
ANSWER_S = 1.5
POLICY = """
default = "deny"
[[rules]]
name = "shell"
action = "allow"
from = {{ labels = {{ role = "admin" }} }}
to = {{ labels = {{ role = "web" }} }}
ports = ["{}"]
[[tests]]
from = "n1"
to = "n2"
port = "udp/5301"
"""


def serve(host: LabHost, port: int) -> None:
    """A program that says back what it is told, to many at once."""

    def answer(channel: socket.socket) -> None:
        with channel:
            while told := channel.recv(100):
                channel.sendall(told)

    def accept(listener: socket.socket) -> None:
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    listener = host.namespace.call_now(lambda: socket.create_server(("0.0.0.0", port)))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()


async def opened(host: LabHost, address: str, port: int, source_port: int = 0) -> socket.socket | None:
    def connect() -> socket.socket | None:
        try:
            return socket.create_connection((address, port), ANSWER_S, ("0.0.0.0", source_port))
        except OSError:
            return None

    return await host.namespace.call(connect)


async def reaches(host: LabHost, address: str, port: int, source_port: int = 0) -> bool:
    channel = await opened(host, address, port, source_port)
    if channel is not None:
        channel.close()
    return channel is not None


async def refused(*tries: tuple[LabHost, str, int, int]) -> list[tuple[str, str, int, int]]:
    """Of these (host, address, port, own port or 0) those that were let through; all at the same time."""
    through: list[tuple[str, str, int, int]] = []

    async def one(host: LabHost, address: str, port: int, source_port: int) -> None:
        if await reaches(host, address, port, source_port):
            through.append((host.name, address, port, source_port))

    async with trio.open_nursery() as nursery:
        for each in tries:
            nursery.start_soon(one, *each)
    return through


async def still_answers(host: LabHost, channel: socket.socket) -> bool:
    def ask() -> bool:
        try:
            channel.sendall(b"there?")
            return channel.recv(100) == b"there?"
        except OSError:
            return False

    return await host.namespace.call(ask)


def table(host: LabHost) -> list[dict[str, Any]]:
    listed = host.namespace.run_now("nft", "-j", "list", "table", "inet", "nimbus_mesh", check=False)
    return list(json.loads(listed)["nftables"]) if listed else []


def peers(host: LabHost) -> set[str]:
    maps = [entry["map"] for entry in table(host) if "map" in entry]
    return {element[0] for each in maps for element in each.get("elem", ())}


def handles(host: LabHost) -> set[int]:
    """What the kernel numbers anew when it is made anew: the table, the chains that it begins with, their rules."""
    entries = [value for entry in table(host) for value in entry.values()]
    return {each["handle"] for each in entries if each.get("name") in ("nimbus_mesh", "incoming", "outgoing")}


async def apply(lab: Lab, host: LabHost, *ports: str) -> None:
    file = host.folder / "policy.toml"
    file.write_text(POLICY.format('", "'.join(ports)), "utf-8")
    await lab.nimbus("mesh", "policy", "apply", str(file), "--yes")


async def has_peers(host: LabHost, *addresses: str) -> None:
    async def has_them() -> bool:
        return peers(host) == set(addresses)

    await wait_until(f"{host.name} has the ports of {addresses}", has_them, timeout=20)


async def is_direct(lab: Lab, one: str, other: str) -> bool:
    await lab.nimbus("mesh", "status")
    pairs = await lab.api(lambda api: api.get_all("/api/v1/mesh/status", node=one, show="all"))
    return {pair["path"] for pair in pairs if {pair["from"], pair["to"]} == {one, other}} == {"direct"}


async def test_ports_are_kept_at_both_ends(make_lab: MakeLab) -> None:
    if not shutil.which("nft"):
        pytest.skip("not installed: nft")
    async with make_lab(nodes=3, mesh="userspace") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        n1, n2, n3 = lab.nodes
        addresses = await lab.overlay_addresses()
        to_1, to_2, to_3 = (addresses[host.name] for host in lab.nodes)
        for host in lab.nodes:
            for port in (OPEN, CLOSED):
                serve(host, port)
        await lab.nimbus("node", "label", "n1", "role=admin")
        await lab.nimbus("node", "label", "n2", "role=web")
        assert await reaches(n1, to_2, CLOSED)

        for published, inner in ((PUBLISHED, CLOSED), (HIDDEN, OPEN)):
            to = ("-p", "tcp", "--dport", str(published), "-j", "REDIRECT", "--to-ports", str(inner))
            n2.namespace.run_now("iptables", "-t", "nat", "-A", "PREROUTING", *to)
        assert await reaches(n1, to_2, HIDDEN)

        await apply(lab, n1, f"tcp/{OPEN}", f"tcp/{PUBLISHED}", "udp/5301")
        await has_peers(n1, to_2)
        await has_peers(n2, to_1)
        connection = await opened(n1, to_2, OPEN)
        assert connection is not None
        assert await still_answers(n1, connection)
        # What answers comes from an open port; what asks does not get through from there.
        wrong = (
            *((n1, to_2, port, 0) for port in (CLOSED, HIDDEN)),
            *((n2, to_1, port, own) for port, own in ((OPEN, 0), (CLOSED, OPEN))),
        )
        assert await refused(*wrong) == []
        assert await reaches(n1, to_2, PUBLISHED)
        # The way is alive, though no echo passes.
        assert not await n1.ping(to_2)
        await wait_until("the pair is direct", lambda: is_direct(lab, "n1", "n2"), timeout=30)
        explained = await lab.get("/api/v1/mesh/why", **{"from": "n1", "to": "n2"})
        found = [finding["message"] for finding in explained["findings"]]
        assert f"n1 may open tcp/{OPEN} tcp/{PUBLISHED} udp/5301 on n2 (rule 'shell')" in found
        assert "n2 may open nothing on n1" in found

        # One that drops nothing: each end holds alone.
        assert n2.agent is not None
        await n2.agent.kill()
        n2.namespace.run_now("nft", "delete", "table", "inet", "nimbus_mesh")
        assert await refused(*wrong) == []
        assert await reaches(n1, to_2, OPEN)
        await lab.start_agent(n2)
        await has_peers(n2, to_1)

        # Another one comes: an element more.
        before = handles(n1)
        await lab.nimbus("node", "label", "n3", "role=web")
        await has_peers(n1, to_2, to_3)
        assert handles(n1) == before
        assert await reaches(n1, to_3, OPEN)
        assert await refused((n3, to_2, OPEN, 0)) == []

        # The port is taken away, and what went through it with it.
        assert await still_answers(n1, connection)
        await apply(lab, n1, "udp/5301")

        async def is_cut() -> bool:
            return not await still_answers(n1, connection)

        await wait_until("the open connection is cut", is_cut, timeout=20)
        assert await refused((n1, to_2, OPEN, 0)) == []

        assert n3.agent is not None
        await n3.agent.stop()
        assert (await n3.nimbus_agent("leave", "--yes")).status == 0
        assert table(n3) == []
        (n1.folder / "policy.toml").write_text("", "utf-8")
        await lab.nimbus("mesh", "policy", "apply", str(n1.folder / "policy.toml"), "--yes")
        await has_peers(n1)
        await wait_until("all is open", lambda: reaches(n2, to_1, CLOSED), timeout=20)
        assert (table(n1), table(n2)) == ([], [])
