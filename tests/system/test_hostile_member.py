"""A machine with a good join token that claims what is another's: real tunnels, and nobody loses their way."""

from __future__ import annotations

import pytest

from agent import identity, join
from agent.doctor import JoinFailed
from agent.join_client import JoinClient
from agent.join_tunnel import JoinTunnel, find_ways
from nimbus.protocol.join_token import decode_token
from nimbus.protocol.messages import JoinAnswer
from nimbus.wireguard.device import open_device
from nimbus.wireguard.keys import generate_private_key, public_key
from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root


def peer_keys(host: LabHost) -> set[str]:
    return set(host.namespace.run_now("wg", "show", host.interface, "peers").split())


def own_key(host: LabHost) -> str:
    return public_key((host.data / "wireguard.key").read_text("ascii").strip())


async def claim(host: LabHost, word: str, mesh_key: str, *, complete: bool = True) -> JoinAnswer:
    """Join through the real provisional tunnel with a WireGuard key of which only the public half is there."""
    token = decode_token(word)
    invitation = token.mesh
    assert invitation is not None
    options = join.Options(host.name, "userspace", host.interface, 0)

    def join_with_key() -> JoinAnswer:
        device = open_device("userspace", host.interface)
        try:
            ways = find_ways([invitation.endpoint], 0)
            tunnel = JoinTunnel(device, invitation, host.interface, 0, ways)
            port = tunnel.open(ways.addresses[0])
            client = JoinClient(token)
            tunnel.first_that_answers(lambda: None)
            request = join._request(token, options, identity.new_key(), mesh_key=mesh_key, port=port)
            answer = client.ask((invitation.control_plane_address,), request)
            if complete:
                client.complete(invitation.control_plane_address, token.secret)
            return answer
        finally:
            device.delete()

    return await host.namespace.call(join_with_key)


async def members(lab: Lab) -> int:
    return int((await lab.get("/api/v1/mesh"))["members"])


async def test_a_token_is_no_way_to_take_anothers_place(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        evil = lab.add_host("evil")
        first, second = lab.nodes[0], lab.nodes[1]
        before = {host.name: peer_keys(host) for host in (lab.control_plane, first, second)}
        word = await lab.token("evil")
        invitation = decode_token(word).mesh
        assert invitation is not None
        for key in (invitation.peer_key, own_key(first), own_key(second), public_key(invitation.private_key)):
            with pytest.raises(JoinFailed) as refused:
                await claim(evil, word, key)
            assert refused.value.code == "MESH_KEY_TAKEN"

        # A key of which nobody has the private half: accepted, and told to nobody.
        unheld = public_key(generate_private_key())
        await claim(evil, word, unheld)

        async def is_on_the_device() -> bool:
            return unheld in peer_keys(lab.control_plane)

        await wait_until("the control plane knows the key", is_on_the_device)
        assert await members(lab) == 2
        explained = await lab.get("/api/v1/mesh/why", **{"from": "n1", "to": "evil"})
        assert "has not shown that it has its WireGuard key" in explained["summary"]
        await lab.wait_reachable(["control-plane", first.name, second.name])
        for host in (first, second):
            assert peer_keys(host) == before[host.name]
        await lab.wait_online([first.name, second.name])
        assert (await lab.get("/api/v1/nodes/evil"))["state"] == "Pending"

        # With a key of its own the same machine is a node like any other.
        await lab.nimbus("node", "delete", "evil", "--yes")
        await lab.make_node(evil)
        await lab.wait_online([first.name, second.name, "evil"])
        await lab.wait_reachable()


async def test_a_copied_key_file_is_no_hindrance(make_lab: MakeLab) -> None:
    """An image that was made after a join that did not end: two machines begin with one WireGuard key."""
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        first, second = lab.nodes
        await lab.make_node(first)
        await lab.wait_online([first.name])
        second.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (second.data / "wireguard.key").write_bytes((first.data / "wireguard.key").read_bytes())
        await lab.make_node(second)
        await lab.wait_online()
        await lab.wait_reachable()
        assert own_key(first) != own_key(second)


async def test_a_node_whose_wireguard_key_is_damaged_joins_again_through_the_tunnel(
    make_lab: MakeLab,
) -> None:
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        node = lab.nodes[0]
        before = await lab.get(f"/api/v1/nodes/{node.name}")
        assert node.agent is not None
        await node.agent.stop()
        (node.data / "wireguard.key").write_bytes(b"")
        run = await node.nimbus_agent("run")
        assert run.status == 1, run
        assert "wireguard.key cannot be used: it is empty" in run.err
        assert "nimbus node token --rejoin" in run.err
        joined = await lab.join(node, await lab.token(rejoin=node.name))
        assert joined.status == 0, joined
        await lab.start_agent(node)
        await lab.wait_online()
        after = await lab.get(f"/api/v1/nodes/{node.name}")
        assert (after["id"], after["overlay_ip"]) == (before["id"], before["overlay_ip"])
        await lab.wait_reachable()
