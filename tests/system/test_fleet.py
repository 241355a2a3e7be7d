"""Three machines become a fleet: Online, in one mesh, and nothing readable on the wire."""

from __future__ import annotations

import secrets
import socket
import sys

import pytest
import trio

from nimbus.protocol import sighting
from tests.kit.lab import LabHost
from tests.kit.lab.capture import TCP, UDP, Packet, capture
from tests.kit.lab.lab import CONTROL_PLANE
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
UDP_HEADER = 8
LOOK_UP = """
import sys
from dnslib import RCODE, DNSRecord
reply = DNSRecord.parse(DNSRecord.question(sys.argv[2]).send(sys.argv[1], timeout=10))
print(RCODE[reply.header.rcode], *(record.rdata for record in reply.rr))
"""


async def test_every_pair_reaches_every_other(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        pairs = await lab.nimbus("mesh", "status")
        # At its own name server, and at another's over the mesh.
        for server in ("n1", "n3"):
            address = (await lab.overlay_addresses())[server]
            looked_up = await lab["n1"].run(
                sys.executable, "-c", LOOK_UP, address, "n2.default.nimbus.internal"
            )
            assert looked_up.out.split() == ["NOERROR", (await lab.overlay_addresses())["n2"]], looked_up
        assert (await lab["n1"].status())["mesh"]["name"] == "n1.default.nimbus.internal"

    names = [CONTROL_PLANE, "n1", "n2", "n3"]
    found = {(pair["from"], pair["to"]): pair for pair in pairs}
    assert set(found) == {(one, other) for one in names for other in names if one != other}
    assert {pair["path"] for pair in pairs} == {"direct"}
    for pair in found.values():
        assert pair["handshake_age_s"] < 60
        assert pair["rx_bytes"] > 0
        assert pair["tx_bytes"] > 0
        assert 0 < pair["rtt_ms"] < 1000


async def test_agents_of_one_shared_token_are_started_anew_one_after_the_other(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        await lab.start_control_plane()
        token = await lab.token(uses="3")
        joined = [await lab.join(host, token, "--name", host.name) for host in lab.nodes]
        assert [done.status for done in joined] == [0, 0, 0], [done.err for done in joined]
        for host in lab.nodes:
            await lab.start_agent(host)
        await lab.wait_online()
        await lab.wait_reachable()
        order = ["operation", "create", "anew", "--kind", "restart_agent", "--canaries", "1"]
        operation = await lab.nimbus(
            *order, *(word for n in (1, 2, 3) for word in ("--node", f"n{n}")), "--wait"
        )
        assert operation["state"] == "succeeded"
        assert [step["state"] for step in operation["steps"]] == ["succeeded"] * 6
        await lab.wait_reachable()


async def test_overlay_addresses_are_the_lowest_free_ones(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, overlay="10.99.0.0/20") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        assert await lab.overlay_addresses() == {
            CONTROL_PLANE: "10.99.0.1",
            "n1": "10.99.0.2",
            "n2": "10.99.0.3",
        }
        await lab.wait_reachable()


async def send_over(from_: LabHost, to: LabHost, address: str, content: bytes) -> None:
    """Over a TCP connection from one host to an address of another."""
    server = await to.namespace.call(lambda: socket.create_server((address, 0)))
    port = server.getsockname()[1]
    client = await from_.namespace.call(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    client.setblocking(False)
    server.setblocking(False)
    listening = trio.socket.from_stdlib_socket(server)
    channel = trio.socket.from_stdlib_socket(client)
    with listening, channel, trio.fail_after(10):
        await channel.connect((address, port))
        accepted, _peer = await listening.accept()
        async with trio.SocketStream(accepted) as incoming:
            async with trio.SocketStream(channel) as outgoing:
                await outgoing.send_all(content)
            received = b"".join([chunk async for chunk in incoming])
    assert received == content


async def test_the_underlay_carries_encrypted_udp_only(make_lab: MakeLab) -> None:
    marker = secrets.token_hex(32).encode()
    async with make_lab(nodes=2) as lab:
        await lab.start_control_plane()
        one, other = lab.nodes
        async with capture(lab.switch) as joining:
            await lab.make_nodes()
            await lab.wait_online()
            await lab.wait_reachable()
            addresses = await lab.overlay_addresses()
            await send_over(one, other, addresses["n2"], marker * 500)
            await send_over(one, lab.control_plane, addresses[CONTROL_PLANE], marker * 500)
        async with capture(lab.switch) as in_the_clear:
            await send_over(one, other, other.address, marker)

    # The tap sees what is readable, so that what it does not see was not.
    assert in_the_clear.holds(marker)
    assert in_the_clear.bytes_between(one.address, other.address, TCP) > len(marker)

    assert joining.bytes_between(one.address, other.address, UDP) > len(marker) * 500
    assert joining.bytes_between(one.address, lab.control_plane.address, UDP) > len(marker) * 500
    assert not joining.holds(marker)
    assert joining.protocols() == {UDP}
    tunnelled = [packet for packet in joining.packets if not is_sighting(packet, lab.control_plane.address)]
    ports = {port for packet in tunnelled for port in (packet.source_port, packet.destination_port)}
    assert not ports & {8443, 8444}
    # Message types of WireGuard (protocol section 5.4): 1 to 4 and three zero bytes, after the UDP header.
    assert all(packet.data[8] in (1, 2, 3, 4) and packet.data[9:12] == b"\0\0\0" for packet in tunnelled)


def is_sighting(packet: Packet, control_plane: str) -> bool:
    """The one datagram by which a node is seen at the control plane's second port; docs/threat-model.md."""
    is_there = packet.destination == control_plane and packet.destination_port == 8443
    return is_there and packet.protocol == UDP and len(packet.data) == UDP_HEADER + sighting.SIZE
