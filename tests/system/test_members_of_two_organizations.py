"""Three machines of two organizations on one switch: what one of them tries against another, seen on the wire."""

from __future__ import annotations

import pytest

from nimbus.wireguard.keys import public_key
from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.capture import UDP, Capture, capture
from tests.system.conftest import MakeLab
from tests.system.test_hostile_member import own_key, peer_keys

pytestmark = pytest.mark.root


def forwarded(host: LabHost) -> int:
    """IPv4 packets that a host has passed on (RFC 4293, ipForwDatagrams)."""
    names, values = [
        line.split()[1:]
        for line in host.namespace.run_now("cat", "/proc/net/snmp").splitlines()
        if line.startswith("Ip:")
    ]
    return int(dict(zip(names, values, strict=True))["ForwDatagrams"])


def received(host: LabHost, key: str) -> int:
    """Bytes that a host's device has taken from a peer; 0 of one that it does not know."""
    lines = host.namespace.run_now("wg", "show", host.interface, "transfer").splitlines()
    return {line.split()[0]: int(line.split()[1]) for line in lines}.get(key, 0)


def between(seen: Capture, one: LabHost, other: LabHost) -> set[tuple[str, str]]:
    """The directions in which UDP went between two hosts."""
    ends = {one.address, other.address}
    return {
        (packet.source, packet.destination)
        for packet in seen.packets
        if packet.protocol == UDP and {packet.source, packet.destination} == ends
    }


async def make_lab_of_two(lab: Lab) -> None:
    """n1 and n2 are of `default`, n3 of `other`."""
    await lab.start_control_plane()
    await lab.post("/api/v1/organizations", {"name": "other"})
    await lab.post("/api/v1/organizations/other/workspaces", {"name": "web"})
    await lab.make_nodes(lab.nodes[:2])
    await lab.make_node(lab["n3"], await lab.token("n3", workspace="other/web"))
    await lab.wait_online()


async def test_a_policy_parts_and_joins_machines(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        await make_lab_of_two(lab)
        one, two, other = lab["n1"], lab["n2"], lab["n3"]
        await lab.wait_reachable(["control-plane", "n1", "n2"])
        addresses = await lab.overlay_addresses()
        policy = one.folder / "policy.toml"

        async def apply(text: str, organization: str = "default") -> None:
            policy.write_text(text, "utf-8")
            await lab.nimbus("mesh", "policy", "apply", str(policy), "--organization", organization, "--yes")

        await apply('default = "deny"\n')

        async def is_parted() -> bool:
            return own_key(two) not in peer_keys(one) and own_key(one) not in peer_keys(two)

        await wait_until("neither has the other's key", is_parted)
        assert not await one.ping(addresses["n2"])
        await lab.wait_reachable(["control-plane", "n1"])

        to = '[[rules]]\nname = "{0}"\naction = "allow"\nto = {{ organization = "{0}" }}\n'
        await apply(to.format("other"))
        await apply(to.format("default"), "other")
        await lab.wait_reachable()
        assert own_key(other) in peer_keys(one)


async def test_the_border_holds_against_who_knows_all_about_the_other_side(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        await make_lab_of_two(lab)
        hub, one, two, evil = lab.control_plane, lab["n1"], lab["n2"], lab["n3"]
        await lab.wait_reachable(["control-plane", "n1", "n2"])
        await lab.wait_reachable(["control-plane", "n3"])
        addresses = await lab.overlay_addresses()
        address, hub_address = addresses["n1"], addresses["control-plane"]
        hub_key = public_key((hub.data / "pki" / "wireguard.key").read_text("ascii").strip())
        assert peer_keys(one) == {own_key(two), hub_key}
        assert peer_keys(evil) == {hub_key}
        explained = await lab.get("/api/v1/mesh/why", **{"from": "n1", "to": "n3"})
        assert "different organizations" in explained["summary"]
        # The machine of the control plane passes packets on, as one that runs containers does.
        hub.namespace.run_now("sysctl", "-qw", "net.ipv4.ip_forward=1")
        assert evil.agent is not None
        await evil.agent.stop()

        # Everything that it could not know: key, address and endpoint of the other, added by hand.
        port = one.namespace.run_now("wg", "show", one.interface, "listen-port").strip()
        evil.namespace.run_now(
            *("wg", "set", evil.interface, "peer", own_key(one)),
            *("endpoint", f"{one.address}:{port}", "allowed-ips", f"{address}/32"),
        )
        async with capture(lab.switch) as seen:
            assert not await evil.ping(address)

            async def has_tried() -> bool:
                return (evil.address, one.address) in between(seen, evil, one)

            await wait_until("it sends its handshake", has_tried)
        assert between(seen, evil, one) == {(evil.address, one.address)}, "nobody answers an unknown key"

        # Its address routed through the control plane's device.
        evil.namespace.run_now(
            *("wg", "set", evil.interface, "peer", own_key(one), "remove"),
            *("peer", hub_key, "allowed-ips", f"{address}/32,{hub_address}/32"),
        )
        before, taken = forwarded(hub), received(hub, own_key(evil))
        assert not await evil.ping(address)
        assert received(hub, own_key(evil)) > taken, "the packets came to the control plane"
        assert forwarded(hub) == before, "and no further"
        assert await evil.ping(hub_address)
        await lab.wait_reachable(["control-plane", "n1", "n2"])
