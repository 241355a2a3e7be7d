"""Networks that are not as one would wish: two families of addresses, NATs behind NATs, firewalls that forget,
loss."""

from __future__ import annotations

import itertools

import pytest
import trio

from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.capture import UDP, capture
from tests.kit.lab.lab import API_PORT, WIREGUARD_PORT
from tests.kit.lab.network import UNDERLAY, filter_packets
from tests.kit.lab.router import put_behind_router
from tests.system.conftest import MakeLab
from tests.system.networks import endpoints, guard, measure, messages, wait_network, wait_ways, why

pytestmark = pytest.mark.root
DIRECT = {("n1", "n2"): "direct"}
RELAYED = {("n1", "n2"): "relay"}


def ipv6_of(lab: Lab, name: str) -> str:
    return f"2001:db8::{list(lab.hosts).index(name) + 1}"


def give_ipv6(lab: Lab) -> None:
    for name, host in lab.hosts.items():
        host.namespace.ip("address", "add", f"{ipv6_of(lab, name)}/64", "dev", UNDERLAY, "nodad")


def part(lab: Lab, *, on: bool, ipv6: bool) -> None:
    """Nothing of one family passes between n1 and n2, silently."""
    program = "ip6tables" if ipv6 else "iptables"
    for here, there in (("n1", "n2"), ("n2", "n1")):
        address = ipv6_of(lab, there) if ipv6 else lab[there].address
        rule = ["INPUT", "-s", address, "-j", "DROP"]
        lab[here].namespace.run_now(program, "-w", "10", "-I" if on else "-D", *rule)


async def test_an_underlay_of_ipv6_alone(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        give_ipv6(lab)
        for host in lab.hosts.values():
            host.namespace.ip("-4", "address", "flush", "dev", UNDERLAY)
        hub = ipv6_of(lab, "control-plane")
        await lab.start_control_plane(
            listen=f"[::]:{API_PORT}", advertise=f"[{hub}]", endpoint=f"[{hub}]:{WIREGUARD_PORT}"
        )
        await lab.make_nodes()
        await lab.wait_online()
        await wait_ways(lab, DIRECT, timeout=30)
        addresses = await lab.overlay_addresses()
        assert endpoints(lab["n1"])[addresses["n2"]].startswith(f"[{ipv6_of(lab, 'n2')}]:")
        assert endpoints(lab["n1"])[addresses["control-plane"]] == f"[{hub}]:{WIREGUARD_PORT}"
        await wait_network(lab, "n1", "none")


async def test_a_node_that_lies_about_where_it_is_reached_harms_nobody(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3, mesh="userspace") as lab:
        await lab.start_control_plane()
        liar, victim = lab["n1"], lab["n2"]
        await lab.make_nodes([victim, lab["n3"]])
        addresses = await lab.overlay_addresses()
        port = victim.namespace.run_now("wg", "show", victim.interface, "listen-port").strip()
        lies = {
            "127.0.0.1:9": "leads each machine to itself",
            "224.0.0.1:9": "is a multicast or broadcast address",
            f"{addresses['n2']}:9": "lies in the mesh itself",
            f"{lab.control_plane.address}:{WIREGUARD_PORT}": "is the control plane's",
        }
        done = await lab.join(liar, await lab.token("n1"))
        assert done.status == 0, done.err
        said = ",".join([*lies, f"{victim.address}:{port}"])
        await lab.start_agent(liar, env={"NIMBUS_AGENT_MESH_ENDPOINT": said})
        await lab.wait_online()
        ways = dict.fromkeys(itertools.combinations(("n1", "n2", "n3"), 2), "direct")
        await wait_ways(lab, ways, timeout=40)
        told = await why(lab, "n1", "n3")
        refused = [message for message in messages(told, "n1 says") if "not told" in message]
        for lie, reason in lies.items():
            assert any(repr(lie) in message and reason in message for message in refused), (lie, refused)
        # Whose address it claims is where it was.
        where = endpoints(lab["n3"])[(await lab.overlay_addresses())["n2"]]
        assert where == f"{victim.address}:{port}"


@pytest.mark.slow
async def test_where_one_family_of_addresses_is_broken_the_other_is_used(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        give_ipv6(lab)
        part(lab, on=True, ipv6=False)
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await wait_ways(lab, DIRECT)
        addresses = await lab.overlay_addresses()
        assert endpoints(lab["n1"])[addresses["n2"]].startswith(f"[{ipv6_of(lab, 'n2')}]:")
        part(lab, on=True, ipv6=True)
        await wait_ways(lab, RELAYED)
        part(lab, on=False, ipv6=False)
        await wait_ways(lab, DIRECT, timeout=120)
        assert endpoints(lab["n1"])[addresses["n2"]].startswith(f"{lab['n2'].address}:")


@pytest.mark.slow
async def test_nats_behind_the_nat_of_a_provider(make_lab: MakeLab) -> None:
    """n1 and n2 each have a router at home, n3 has none; all are behind their provider's, which does not lead back
    what it sends to itself. n4 is elsewhere."""
    async with make_lab(nodes=4, mesh="userspace") as lab:
        carrier = put_behind_router(lab, [lab["n3"]], "port-restricted", 1, inner="100.64.1")
        put_behind_router(lab, [lab["n1"]], "port-restricted", 2, behind=carrier)
        put_behind_router(lab, [lab["n2"]], "port-restricted", 3, behind=carrier)
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=40)
        ways = {
            ("n1", "n2"): "relay",
            ("n1", "n3"): "direct",
            ("n2", "n3"): "direct",
            ("n1", "n4"): "direct",
            ("n2", "n4"): "direct",
            ("n3", "n4"): "direct",
        }
        await wait_ways(lab, ways, timeout=150)
        addresses = await lab.overlay_addresses()
        # Not out to the Internet and back, but in the provider's own network.
        assert endpoints(lab["n1"])[addresses["n3"]].startswith("100.64.1.10:")
        await measure(lab)
        told = await why(lab, "n1", "n2")
        assert told["path"] == "relayed"
        (said,) = messages(told, "n1 is behind two NATs, one behind the other")
        assert "n3 hears it at 100.64.1.102:" in said


@pytest.mark.slow
async def test_a_firewall_that_forgets_what_was_silent_for_long(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        guarded, other = lab["n1"], lab["n2"]
        guard(guarded)
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await wait_ways(lab, DIRECT)
        address = (await lab.overlay_addresses())["n1"]

        async def answers() -> bool:
            return await other.ping(address)

        # Instead of 30 and 120 s.
        forget_after(guarded, 1)
        await wait_quiet(other, address, 27)
        assert not await answers()
        # A keepalive is sent every 25.
        forget_after(guarded, 30)
        # Nobody knew until now that there is a firewall: found again by asking, and kept open from then on.
        await wait_until("the way is found again", answers, timeout=60)
        await wait_ways(lab, DIRECT)
        await wait_quiet(other, address, 60)
        assert await answers()


def forget_after(guarded: LabHost, seconds: int) -> None:
    for timeout in ("nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"):
        guarded.namespace.run_now("sysctl", "-qw", f"net.netfilter.{timeout}={seconds}")


async def wait_quiet(host: LabHost, address: str, seconds: float) -> None:
    """Until this host has sent nothing to that member for so long but keepalives, of 32 bytes each."""
    last, since = sent(host, address), trio.current_time()

    async def is_quiet() -> bool:
        nonlocal last, since
        now = sent(host, address)
        if now - last not in (0, 32):
            since = trio.current_time()
        last = now
        return trio.current_time() >= since + seconds

    await wait_until(f"{seconds:g} s without traffic", is_quiet, timeout=4 * seconds + 60, interval=0.5)


def sent(host: LabHost, address: str) -> int:
    """Bytes that WireGuard has sent to this peer."""
    shown = host.namespace.run_now("wg", "show", host.interface, "dump").splitlines()[1:]
    return next(int(line.split("\t")[6]) for line in shown if line.split("\t")[3] == f"{address}/32")


@pytest.mark.slow
async def test_a_lossy_network_stays_direct(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await wait_ways(lab, DIRECT)
        address = (await lab.overlay_addresses())["n2"]
        for name in ("n1", "n2"):
            lab[name].lose(10)
        # 60 s of traffic, a fifth of it without an answer.
        done = await lab["n1"].run(
            "ping", "-n", "-q", "-c", "300", "-i", "0.2", "-W", "1", address, timeout=120
        )
        received = int(done.out.split(" received")[0].rsplit(" ", 1)[1])
        assert 180 < received < 290
        changes = [line for name in ("n1", "n2") for line in relay_lines(lab[name])]
        assert changes == []


def relay_lines(host: LabHost) -> list[str]:
    log = (host.folder / "nimbus-agent.log").read_text("utf-8").splitlines()
    return [line for line in log if "is reached by a relay" in line]


@pytest.mark.slow
async def test_what_is_on_the_wire_is_wireguards_alone(make_lab: MakeLab) -> None:
    """Direct, and by the relay: what is said between two nodes is in no packet as it was said."""
    async with make_lab(nodes=2, mesh="userspace") as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await wait_ways(lab, DIRECT)
        addresses = await lab.overlay_addresses()
        one, other = lab["n1"], lab["n2"]
        pattern = "6e696d6275732d706c61696e"  # nimbus-plain
        for way in (DIRECT, RELAYED):
            if way is RELAYED:
                for here, there in ((one, other), (other, one)):
                    filter_packets(here.namespace, "INPUT", ["-s", there.address])
                await wait_ways(lab, RELAYED)
            async with capture(lab.switch) as wire:
                done = await one.run("ping", "-c", "3", "-p", pattern, "-s", "200", addresses["n2"])
                assert done.status == 0, done.out
            assert not wire.holds(bytes.fromhex(pattern))
            udp = [packet for packet in wire.packets if packet.protocol == UDP]
            direct = [each for each in udp if {each.source, each.destination} == {one.address, other.address}]
            assert udp
            assert direct or way is RELAYED
            # The first byte of each datagram is a type of WireGuard's (section 5.4 of its whitepaper).
            assert {each.data[8] for each in udp if each.destination_port != API_PORT} <= {1, 2, 3, 4}


@pytest.mark.slow
async def test_an_overlay_that_is_too_small_says_so_where_it_is_noticed(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="userspace", overlay="10.106.103.0/30") as lab:
        await lab.start_control_plane()
        await lab.make_node(lab["n1"])
        refused = await lab.command("node", "token", "--name", "n2")
        assert refused.status == 1
        assert "the overlay 10.106.103.0/30 has no free address" in refused.err
        assert "a larger --overlay holds more" in refused.err
        await lab.wait_online()
