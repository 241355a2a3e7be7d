"""The firewall with the built executables and a real mesh: told, set, mended, kept over a start without the control
plane, gone with the node."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import threading
from contextlib import closing

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
PORT = 2377
ANSWER_S = 1.5


def add_rule(lab: Lab, node_id: str) -> None:
    """As a slice above does it, in a database that nobody serves now: there is no such slice yet."""
    with closing(sqlite3.connect(lab.control_plane.data / "nimbus.db")) as connection, connection:
        connection.execute(
            "INSERT INTO firewall_rules"
            " (id, node_id, resource, protocol, first_port, last_port, sources, created_at)"
            " VALUES ('r1', ?, 'swarm/a', 'tcp', ?, ?, ?, 1)",
            (node_id, PORT, PORT, json.dumps(["overlay"])),
        )
        connection.execute("INSERT INTO firewall_revisions (node_id, revision) VALUES (?, 1)", (node_id,))


def serve(host: LabHost) -> None:
    """A program of the host that answers on all of its addresses."""

    def opened() -> socket.socket:
        return socket.create_server(("0.0.0.0", PORT))

    def answer(sock: socket.socket) -> None:
        while True:
            sock.accept()[0].close()

    threading.Thread(target=answer, args=(host.namespace.call_now(opened),), daemon=True).start()


async def reaches(host: LabHost, address: str) -> bool:
    def asked() -> bool:
        try:
            with socket.create_connection((address, PORT), timeout=ANSWER_S):
                return True
        except OSError:
            return False

    return await host.namespace.call(asked)


def table(host: LabHost) -> str:
    return host.namespace.run_now("nft", "list", "table", "inet", "nimbus", check=False)


async def until_set(host: LabHost, what: str) -> None:
    async def is_set() -> bool:
        return "swarm/a" in table(host)

    await wait_until(what, is_set, timeout=20)


async def test_a_port_for_the_mesh_alone(make_lab: MakeLab) -> None:
    if not shutil.which("nft"):
        pytest.skip("not installed: nft")
    async with make_lab(nodes=2, mesh="userspace") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        n1, n2 = lab.nodes
        assert lab.server is not None
        node = await lab.get("/api/v1/nodes/n1")
        serve(n1)
        assert await reaches(n2, n1.address)
        await lab.server.stop()
        add_rule(lab, node["id"])
        await lab.start_control_plane(bootstrap=False)

        async def is_applied() -> bool:
            return [rule["applied"] for rule in await lab.get("/api/v1/firewall", node="n1")] == [True]

        await wait_until("n1 has set its rule", is_applied, timeout=30)
        await lab.wait_online(timeout=30)
        assert await reaches(n2, node["overlay_ip"])
        assert not await reaches(n2, n1.address)
        # The other way round to an overlay address: over the underlay.
        n2.namespace.ip("route", "add", f"{node['overlay_ip']}/32", "via", n1.address)
        assert not await reaches(n2, node["overlay_ip"])
        n2.namespace.ip("route", "del", f"{node['overlay_ip']}/32", "via", n1.address)
        assert table(n2) == "" or "swarm/a" not in table(n2)

        n1.namespace.run_now("nft", "delete", "table", "inet", "nimbus")
        await until_set(n1, "the table is mended")

        # As a machine that was switched off: no table, no control plane.
        assert n1.agent is not None
        await n1.agent.kill()
        n1.namespace.run_now("nft", "delete", "table", "inet", "nimbus")
        await lab.server.stop()
        await lab.start_agent(n1)
        await until_set(n1, "the table is there without the control plane")
        assert not await reaches(n2, n1.address)

        await n1.agent.stop()
        assert (await n1.nimbus_agent("leave", "--yes", "--force")).status == 0
        assert "swarm/a" not in table(n1)
        assert await reaches(n2, n1.address)
