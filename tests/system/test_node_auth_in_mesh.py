"""The waiting room, session keys and the allow-list of sources with a mesh: real tunnels between namespaces."""

from __future__ import annotations

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
PROXY_PORT = 9443


def peers(host: LabHost) -> int:
    return len(host.namespace.run_now("wg", "show", host.interface, "peers").split())


async def wait_peers(host: LabHost, count: int) -> None:
    async def reached() -> bool:
        return peers(host) == count

    await wait_until(f"{host.name} has {count} peers", reached, timeout=10)


async def joined(lab: Lab, name: str, *arguments: str) -> LabHost:
    host = lab[name]
    finished = await lab.join(host, await lab.token(name), *arguments)
    assert finished.status == 0, finished
    await lab.start_agent(host)
    return host


async def test_a_node_that_waits_reaches_the_control_plane_and_nobody_else(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane(enrolment="approve")
        first = await joined(lab, "n1")
        await lab.nimbus("node", "approve", "n1")
        await lab.wait_online(["n1"])
        held = await joined(lab, "n2")

        async def is_seen() -> bool:
            return (await lab.get("/api/v1/nodes/n2"))["last_seen_at"] is not None

        await wait_until("the node that waits has said that it is there", is_seen, timeout=15)
        assert (await lab.get("/api/v1/nodes/n2"))["state"] == "Pending"
        # The control plane is its only peer, and it is nobody's but the control plane's.
        assert (peers(held), peers(first), peers(lab.control_plane)) == (1, 1, 2)
        assert [
            m["from"]
            for m in await lab.get("/api/v1/mesh/status", show="all")
            if "n2" in (m["from"], m["to"])
        ] == []

        await lab.nimbus("node", "approve", "n2")
        for host in (held, first):
            await wait_peers(host, 2)
        await lab.wait_online()
        await lab.wait_reachable()


async def test_a_rejected_node_is_no_peer_of_anybody(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane(enrolment="approve")
        held = await joined(lab, "n1")
        await lab.nimbus("node", "reject", "n1", "--reason", "not ours", "--yes")
        await wait_peers(lab.control_plane, 0)
        assert held.agent is not None
        await held.wait_problem("CERTIFICATE_REVOKED")
        assert held.agent.running


async def test_a_node_that_signs_is_a_member_of_the_mesh(make_lab: MakeLab) -> None:
    """Its control traffic goes past the tunnel; the mesh is for what the nodes say to each other."""
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane(proxy_listen=f"0.0.0.0:{PROXY_PORT}")
        await joined(lab, "n1")
        await joined(lab, "n2", "--auth", "session-key")
        await lab.wait_online()
        await lab.wait_reachable()
        shown = await lab.get("/api/v1/nodes/n2")
        assert shown["auth"] == "session-key"
        assert shown["overlay_ip"]
        established = lab.control_plane.namespace.run_now(
            "ss", "-tnH", "state", "established", "sport", "=", f":{PROXY_PORT}"
        )
        assert len(established.splitlines()) == 2
        created = await lab.command("task", "create", "--node", "n2", "--kind", "collect_facts", "--wait")
        assert created.status == 0, created
        await lab.nimbus("node", "delete", "n2", "--yes")
        await lab["n2"].wait_problem("SESSION_KEY_REVOKED")


async def test_a_machine_elsewhere_is_told_that_it_may_not_join(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane(agent_sources="198.51.100.0/24")
        refused = await lab.join(lab["n1"], await lab.token("n1"))
        assert refused.status == 1, refused
        assert "SOURCE_NOT_ALLOWED" in refused.err
        assert "is not among agent_sources" in refused.err
        assert lab["n1"].interface not in lab["n1"].namespace.ip("link")
        assert await lab.node_states() == {}
