"""What every WireGuard device must do, between two real hosts. Run for the userspace device in namespaces of
this machine (test_wireguard_userspace.py) and for the kernel's in a booted Debian kernel (tests/vm)."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import msgspec
import pytest

from nimbus.wireguard.device import Device, open_device
from nimbus.wireguard.errors import DeviceError, ForeignDevice
from nimbus.wireguard.keys import generate_preshared_key, generate_private_key, key_text, public_key
from nimbus.wireguard.local_routes import local_routes
from nimbus.wireguard.model import Interface, Peer
from nimbus.wireguard.ownership import Owner
from nimbus.wireguard.plan import plan, plan_peers
from tests.system.wireguard_hosts import WireGuardHost, two_hosts, wait_until

MARKER = b"this-must-not-be-seen-on-the-wire"
PORT = 51820
_ETH_P_ALL = 3
_ETHERTYPE_ARP, _ETHERTYPE_IPV6, _ETHERTYPE_IPV4 = 0x0806, 0x86DD, 0x0800


class Mesh:
    """Two hosts with what each of them should be; 10.106.103.1 and .2 in the overlay."""

    def __init__(self, first: WireGuardHost, second: WireGuardHost) -> None:
        self.hosts = (first, second)
        keys = (generate_private_key(), generate_private_key())
        self.public_keys = (public_key(keys[0]), public_key(keys[1]))
        self.preshared = generate_preshared_key()
        self.wants = [self._want(0, keys[0]), self._want(1, keys[1])]

    def _want(self, index: int, private_key: str) -> Interface:
        other = 1 - index
        peer = Peer(
            public_key=self.public_keys[other],
            allowed_ips=(f"10.106.103.{other + 1}/32", f"fd00:6a::{other + 1}/128", f"10.{other + 1}.0.0/16"),
            endpoint=f"198.51.100.{other + 1}:{PORT}",
            preshared_key=self.preshared,
            persistent_keepalive=25,
        )
        return Interface(
            name=self.hosts[index].interface,
            private_key=private_key,
            listen_port=PORT,
            addresses=(f"10.106.103.{index + 1}/24", f"fd00:6a::{index + 1}/64"),
            peers={peer.public_key: peer},
            routes=(f"10.{other + 1}.0.0/16",),
        )

    def device_of(self, owner: Owner) -> Device:
        """The first host's interface, by somebody else."""
        host = self.hosts[0]
        return host.call(lambda: open_device(host.device.kind, host.interface, owner))

    def up(self) -> None:
        """Both interfaces made, and the tunnel carries pings."""
        for host, want in zip(self.hosts, self.wants, strict=True):
            host.converge(want)
            assert_settled(host, want)
        self.ping()

    def ping(self, address: str = "10.106.103.2") -> None:
        """The second host answers through the tunnel."""
        wait_until(
            f"a ping of {address}",
            lambda: self.hosts[0].run("ping", "-c1", "-W1", address, check=False).returncode == 0,
            seconds=20,
        )

    def say(self, text: bytes) -> bytes:
        """Send a datagram through the tunnel from the first to the second host; returns what arrived."""
        listener = self.hosts[1].call(lambda: _udp_socket(("10.106.103.2", 7000)))
        speaker = self.hosts[0].call(lambda: _udp_socket(("10.106.103.1", 0)))
        with listener, speaker:
            speaker.sendto(text, ("10.106.103.2", 7000))
            return listener.recv(2000)


def _converge_again_and_again(host: WireGuardHost, want: Interface, seconds: float = 5) -> None:
    """A userspace program that is told its port before it has seen its link come up takes it without a word; the
    next look finds that it has none."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        host.converge(want)
        time.sleep(0.05)


def _udp_socket(address: tuple[str, int]) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(10)
    made.bind(address)
    return made


def assert_settled(host: WireGuardHost, want: Interface) -> None:
    """There is nothing to do, and applying nothing does nothing."""
    have = host.read()
    assert plan(have, want, want).describe() == []
    assert set(want.addresses) <= set(have.addresses)
    assert have.peers.keys() == want.peers.keys()
    assert all(have.peers[key].allowed_ips == peer.allowed_ips for key, peer in want.peers.items())


def many_peers(count: int) -> dict[str, Peer]:
    keys = [key_text(number.to_bytes(32, "big")) for number in range(2, count + 2)]
    return {
        key: Peer(
            public_key=key,
            allowed_ips=(f"10.64.{number >> 8}.{number & 255}/32",),
            endpoint=f"198.51.100.2:{10000 + number}",
        )
        for number, key in enumerate(keys)
    }


DAMAGE: dict[str, Callable[[str, Mesh], list[str]]] = {
    "peer removed": lambda name, mesh: ["wg", "set", name, "peer", mesh.public_keys[1], "remove"],
    "networks taken": lambda name, mesh: ["wg", "set", name, "peer", mesh.public_keys[1], "allowed-ips", ""],
    "networks added": lambda name, mesh: [
        *("wg", "set", name, "peer", mesh.public_keys[1]),
        *("allowed-ips", "10.106.103.2/32,fd00:6a::2/128,10.2.0.0/16,10.99.0.0/16"),
    ],
    "network stolen": lambda name, mesh: [
        *("wg", "set", name, "peer", key_text(bytes([5]) * 32), "allowed-ips", "10.106.103.2/32")
    ],
    "preshared key gone": lambda name, mesh: [
        *("wg", "set", name, "peer", mesh.public_keys[1], "preshared-key", "/dev/null")
    ],
    "port changed": lambda name, mesh: ["wg", "set", name, "listen-port", "4000"],
    "keepalive changed": lambda name, mesh: [
        *("wg", "set", name, "peer", mesh.public_keys[1], "persistent-keepalive", "1")
    ],
    "private key gone": lambda name, mesh: ["wg", "set", name, "private-key", "/dev/null"],
    "address removed": lambda name, mesh: ["ip", "address", "del", "10.106.103.1/24", "dev", name],
    "IPv6 address removed": lambda name, mesh: ["ip", "address", "del", "fd00:6a::1/64", "dev", name],
    "address added": lambda name, mesh: ["ip", "address", "add", "10.77.0.1/24", "dev", name],
    "route removed": lambda name, mesh: ["ip", "route", "del", "10.2.0.0/16"],
    "route of its own network removed": lambda name, mesh: [
        "ip",
        "route",
        "del",
        "10.106.103.0/24",
        "dev",
        name,
    ],
    "IPv6 route of its own network removed": lambda name, mesh: ["ip", "-6", "route", "del", "fd00:6a::/64"],
    "route added": lambda name, mesh: ["ip", "route", "add", "10.88.0.0/16", "dev", name],
    "link set down": lambda name, mesh: ["ip", "link", "set", name, "down"],
    "MTU changed": lambda name, mesh: ["ip", "link", "set", name, "mtu", "1300"],
    "link deleted": lambda name, mesh: ["ip", "link", "delete", name],
}


class DeviceCases:
    """The cases; a subclass names the device."""

    mode: ClassVar[str]

    @pytest.fixture
    def mesh(self) -> Iterator[Mesh]:
        with two_hosts(self.mode) as hosts:
            yield Mesh(*hosts)

    def test_traffic_goes_through_and_the_wire_sees_only_udp(self, mesh: Mesh) -> None:
        mesh.up()
        first = mesh.hosts[0]
        with first.call(lambda: _packet_socket("under")) as wire:
            assert mesh.say(MARKER) == MARKER
            mesh.ping()
            seen = _drain(wire)
        encrypted = [frame for frame in seen if _udp_port(frame) == PORT]
        assert len(encrypted) >= 3
        assert not any(MARKER in frame for frame in seen)
        assert all(_is_udp_to(PORT, frame) or _is_neighbour_discovery(frame) for frame in seen)
        with first.call(
            lambda: _packet_socket(first.interface)
        ) as inside:  # the capture can see: it sees it here
            mesh.say(MARKER)
            assert any(MARKER in frame for frame in _drain(inside))
        peer = first.read().peers[mesh.public_keys[1]]
        assert peer.last_handshake is not None
        assert peer.rx_bytes > 0
        assert peer.tx_bytes > 0
        assert first.call(first.device.read_peers).keys() == {peer.public_key}

    def test_ipv6_inside_and_outside(self, mesh: Mesh) -> None:
        for index, want in enumerate(mesh.wants):
            ((key, peer),) = want.peers.items()
            outside = msgspec.structs.replace(peer, endpoint=f"[2001:db8::{2 - index}]:{PORT}")
            mesh.wants[index] = msgspec.structs.replace(want, peers={key: outside})
        mesh.up()
        mesh.ping("fd00:6a::2")
        assert mesh.hosts[0].read().peers[mesh.public_keys[1]].endpoint == f"[2001:db8::2]:{PORT}"
        assert mesh.hosts[1].read().peers[mesh.public_keys[0]].endpoint == f"[2001:db8::1]:{PORT}"

    @pytest.mark.parametrize("damage", DAMAGE)
    def test_what_is_changed_by_hand_is_repaired(self, mesh: Mesh, damage: str) -> None:
        mesh.up()
        host, want = mesh.hosts[0], mesh.wants[0]
        host.run(*DAMAGE[damage](host.interface, mesh))
        done = wait_until("the damage to show", lambda: plan(host.read(), want, want))
        host.call(host.device.apply, done, want)
        assert_settled(host, want)
        mesh.ping()
        assert mesh.say(MARKER) == MARKER

    def test_applying_the_same_twice_is_the_same_as_once(self, mesh: Mesh) -> None:
        mesh.up()
        host, want = mesh.hosts[0], mesh.wants[0]
        whole = plan(msgspec.structs.replace(host.read(), exists=False), want)
        again = msgspec.structs.replace(whole, create=False)
        for _ in range(2):
            host.call(host.device.apply, again, want)
            assert_settled(host, want)
        host.call(host.device.apply, plan_peers(want.peers.values(), ["A" * 43 + "="]), want)
        assert_settled(host, want)
        mesh.ping()

    def test_a_delta_on_a_missing_interface_makes_it_whole(self, mesh: Mesh) -> None:
        host, want = mesh.hosts[0], mesh.wants[0]
        assert not host.read().exists
        host.call(host.device.apply, plan_peers([]), want)
        assert_settled(host, want)

    def test_ten_of_a_thousand_peers_change(self, mesh: Mesh) -> None:
        host = mesh.hosts[0]
        peers = many_peers(1000)
        want = msgspec.structs.replace(mesh.wants[0], peers=peers)
        host.converge(want)
        assert_settled(host, want)
        keys = list(peers)
        changed = [msgspec.structs.replace(peers[key], persistent_keepalive=7) for key in keys[:5]]
        later = {**{key: peers[key] for key in keys[:-5]}, **{peer.public_key: peer for peer in changed}}
        after = msgspec.structs.replace(want, peers=later)
        todo = plan(host.read(), after, want)
        assert len(todo.peers) == 10
        host.call(host.device.apply, plan_peers(changed, keys[-5:], peers), after)
        assert_settled(host, after)
        host.converge(want, after)
        assert_settled(host, want)

    def test_a_thousand_routes_and_a_peer_with_a_thousand_networks(self, mesh: Mesh) -> None:
        host = mesh.hosts[0]
        networks = tuple(f"10.{128 + (number >> 8)}.{number & 255}.0/24" for number in range(1000))
        peer = Peer(public_key=mesh.public_keys[1], allowed_ips=networks)
        want = msgspec.structs.replace(mesh.wants[0], peers={peer.public_key: peer}, routes=networks)
        host.converge(want)
        assert_settled(host, want)
        assert len(host.read().routes) == 1000
        host.converge(mesh.wants[0], want)
        assert_settled(host, mesh.wants[0])

    def test_a_route_with_an_mtu_of_its_own(self, mesh: Mesh) -> None:
        mesh.up()
        host, want, there = mesh.hosts[0], mesh.wants[0], "10.106.103.2"
        for mtu in (1204, 1100):
            before, want = want, msgspec.structs.replace(want, narrow={f"{there}/32": mtu})
            host.converge(want, before)
            assert host.read().narrow == want.narrow
            assert not plan(host.read(), want, want)
            assert f"mtu {mtu}" in host.run("ip", "route", "get", there).stdout
            mesh.ping()
        host.run("ip", "route", "replace", f"{there}/32", "dev", host.interface, "proto", "static")
        assert host.converge(want, want).narrow_routes
        host.converge(mesh.wants[0], want)
        assert "mtu" not in host.run("ip", "route", "get", there).stdout
        assert_settled(host, mesh.wants[0])

    def test_networks_move_between_peers(self, mesh: Mesh) -> None:
        host = mesh.hosts[0]
        one, two = list(many_peers(2).values())
        first = msgspec.structs.replace(mesh.wants[0], peers={one.public_key: one, two.public_key: two})
        host.converge(first)
        swapped = {
            one.public_key: msgspec.structs.replace(one, allowed_ips=two.allowed_ips),
            two.public_key: msgspec.structs.replace(two, allowed_ips=one.allowed_ips),
        }
        second = msgspec.structs.replace(first, peers=swapped)
        host.converge(second, first)
        assert_settled(host, second)
        host.call(host.device.apply, plan_peers(first.peers.values(), (), swapped), first)
        assert_settled(host, first)

    def test_a_peer_that_moves_is_followed_and_is_no_drift(self, mesh: Mesh) -> None:
        mesh.up()
        moved = msgspec.structs.replace(mesh.wants[1], listen_port=PORT + 1)
        mesh.hosts[1].converge(moved, mesh.wants[1])
        mesh.hosts[1].run("ping", "-c1", "-W2", "10.106.103.1")
        endpoint = mesh.hosts[0].read().peers[mesh.public_keys[1]].endpoint
        assert endpoint == f"198.51.100.2:{PORT + 1}"
        assert_settled(mesh.hosts[0], mesh.wants[0])

    def test_addresses_are_exchanged(self, mesh: Mesh) -> None:
        mesh.up()
        host, want = mesh.hosts[0], mesh.wants[0]
        host.run("ip", "address", "del", "10.106.103.1/24", "dev", host.interface)
        for wrong in ("10.106.103.9/24", "10.106.103.1/24", "10.106.103.1/20"):  # the right one is secondary
            host.run("ip", "address", "add", wrong, "dev", host.interface)
        host.converge(want, want)
        assert_settled(host, want)
        mesh.ping()

    def test_routes_of_daemons_stay(self, mesh: Mesh) -> None:
        mesh.up()
        host = mesh.hosts[0]
        route = ["10.66.0.0/16", "dev", host.interface, "proto", "bgp"]
        host.run("ip", "route", "add", *route)
        assert_settled(host, mesh.wants[0])
        assert "10.66.0.0/16" in host.run("ip", "route", "show", "proto", "bgp").stdout

    def test_local_routes_without_the_mesh(self, mesh: Mesh) -> None:
        mesh.up()
        host = mesh.hosts[0]
        host.run("ip", "route", "add", "default", "via", "198.51.100.2")
        host.run("ip", "route", "add", "10.5.0.0/16", "nexthop", "dev", "under", "nexthop", "dev", "lo")
        everything = host.call(local_routes)
        assert {"10.106.103.0/24", "198.51.100.0/24", "10.2.0.0/16", "10.5.0.0/16"} <= set(everything)
        assert "0.0.0.0/0" not in everything
        without = host.call(local_routes, (host.interface, "missing0"))
        assert {"198.51.100.0/24", "10.5.0.0/16"} <= set(without)
        assert not {"10.106.103.0/24", "10.2.0.0/16", "fd00:6a::/64"} & set(without)

    def test_delete_is_idempotent(self, mesh: Mesh) -> None:
        mesh.up()
        host, want = mesh.hosts[0], mesh.wants[0]
        for _ in range(2):
            host.call(host.device.delete)
            assert not host.read().exists
            assert host.call(host.device.read_peers) == {}
        assert host.interface not in host.run("ip", "link").stdout
        host.converge(want)
        assert_settled(host, want)
        mesh.ping()

    def test_a_port_in_use_is_said(self, mesh: Mesh) -> None:
        host, want = mesh.hosts[0], mesh.wants[0]
        with (
            host.call(lambda: _udp_socket(("0.0.0.0", PORT))),
            pytest.raises(DeviceError, match=f"UDP port {PORT} is in use") as caught,
        ):
            _converge_again_and_again(host, want)
        assert caught.value.code == "MESH_PORT_IN_USE"
        host.converge(want)
        assert_settled(host, want)

    def test_an_interface_of_another_kind_is_not_touched(self, mesh: Mesh) -> None:
        host, want = mesh.hosts[0], mesh.wants[0]
        host.run("ip", "link", "add", host.interface, "type", "veth", "peer", "name", "other")
        with pytest.raises(ForeignDevice, match="veth"):
            host.call(host.device.apply, plan_peers([]), want)
        host.run("ip", "link", "show", host.interface)
        host.run("ip", "link", "delete", host.interface)

    def test_an_interface_of_another_program_is_left_as_it_is(self, mesh: Mesh) -> None:
        mesh.up()
        host, want = mesh.hosts[0], mesh.wants[0]
        before = host.read()
        other = host.call(
            lambda: open_device(mesh.hosts[0].device.kind, host.interface, Owner("nimbus-agent /srv/b"))
        )
        theirs = msgspec.structs.replace(want, private_key=generate_private_key(), peers={})
        for attempt in (lambda: other.apply(plan(before, theirs), theirs), other.delete):
            with pytest.raises(ForeignDevice, match="belongs to nimbus") as caught:
                host.call(attempt)
            assert "--interface" in caught.value.next_step
        assert host.read().private_key_digest == before.private_key_digest
        mesh.ping()
        assert "alias nimbus" in host.run("ip", "link", "show", host.interface).stdout

    def test_without_a_mark_its_key_says_whose_it_is(self, mesh: Mesh) -> None:
        mesh.up()
        host, want = mesh.hosts[0], mesh.wants[0]
        host.run("ip", "link", "set", host.interface, "alias", "")
        stranger = host.call(
            lambda: open_device(mesh.hosts[0].device.kind, host.interface, Owner("nimbus-agent /srv/b"))
        )
        with pytest.raises(ForeignDevice, match="key that is not ours"):
            host.call(stranger.delete)
        host.call(lambda: host.device.apply(plan_peers([]), want))
        assert "alias nimbus" in host.run("ip", "link", "show", host.interface).stdout
        mine = host.call(
            lambda: open_device(mesh.hosts[0].device.kind, host.interface, Owner("else", (want.private_key,)))
        )
        host.call(mine.delete)
        assert not host.read().exists

    def test_errors_tell_no_secrets(self, mesh: Mesh) -> None:
        host = mesh.hosts[0]
        bad = msgspec.structs.replace(mesh.wants[0], mtu=65535, addresses=("224.0.0.1/4", "::/128"))
        with pytest.raises(DeviceError) as caught:
            host.converge(bad)
        assert "Cannot" in caught.value.message
        assert mesh.preshared not in caught.value.line()
        assert bad.private_key not in caught.value.line()


def _packet_socket(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    made.bind((interface, 0))
    made.settimeout(0.5)
    return made


def _drain(wire: socket.socket) -> list[bytes]:
    """What was captured until now (packets are queued before the peer can answer them)."""
    wire.setblocking(False)
    frames = []
    while True:
        try:
            frames.append(wire.recv(65535))
        except BlockingIOError:
            return frames


def _udp_port(frame: bytes) -> int:
    """The destination port of an IPv4 or IPv6 UDP frame, 0 for anything else."""
    (kind,) = struct.unpack_from("!H", frame, 12)
    if kind == _ETHERTYPE_IPV4 and frame[23] == socket.IPPROTO_UDP:
        start = 14 + (frame[14] & 15) * 4
    elif kind == _ETHERTYPE_IPV6 and frame[20] == socket.IPPROTO_UDP:
        start = 54
    else:
        return 0
    port: int = struct.unpack_from("!H", frame, start + 2)[0]
    return port


def _is_udp_to(port: int, frame: bytes) -> bool:
    return _udp_port(frame) == port


def _is_neighbour_discovery(frame: bytes) -> bool:
    """ARP, or ICMPv6 router and neighbour messages and multicast reports (the veth pair's own)."""
    (kind,) = struct.unpack_from("!H", frame, 12)
    if kind == _ETHERTYPE_ARP:
        return True
    return kind == _ETHERTYPE_IPV6 and frame[20] in (0, socket.IPPROTO_ICMPV6)
