"""Plans, tried on a simulated device: they reach what is wanted from anywhere, and then there is nothing to do."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.wireguard.addresses import normal_network
from nimbus.wireguard.keys import key_bytes, key_digest, key_text
from nimbus.wireguard.model import Interface, InterfaceState, Peer, PeerState
from nimbus.wireguard.plan import Plan, plan, plan_peers
from tests.nimbus.wireguard.simulated_device import SimulatedDevice

KEYS = [key_text(bytes([number]) * 32) for number in range(1, 7)]
SECRETS = [key_text(bytes([number]) * 32) for number in range(100, 103)]
NETWORKS = ["10.106.103.2/32", "10.106.103.3/32", "10.7.0.0/16", "fd00:6a::2/128", "0.0.0.0/0", "10.7.1.0/24"]
ENDPOINTS = ["198.51.100.7:51820", "198.51.100.8:51820", "[2001:db8::1]:51820"]
ADDRESSES = ["10.106.103.1/24", "10.106.103.9/24", "10.106.103.1/20", "fd00:6a::1/64"]
ROUTES = ["10.9.0.0/16", "10.10.0.0/16", "fd00:9::/64", "10.106.103.0/24"]

# One of them may be wanted as it is, too.
NARROW = ["10.106.103.2/32", "10.9.0.0/16", "fd00:6a::2/128"]


@st.composite
def interfaces(draw: st.DrawFn) -> Interface:
    """A wanted interface over small sets, so that two of them often overlap."""
    owners = {network: draw(st.sampled_from([None, *KEYS])) for network in NETWORKS}
    peers = {}
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True)):
        peers[key] = Peer(
            public_key=key,
            allowed_ips=tuple(network for network, owner in owners.items() if owner == key),
            endpoint=draw(st.sampled_from([None, *ENDPOINTS])),
            persistent_keepalive=draw(st.sampled_from([0, 25])),
            preshared_key=draw(st.sampled_from([None, *SECRETS])),
        )
    return Interface(
        name="wg0",
        private_key=draw(st.sampled_from(SECRETS)),
        listen_port=draw(st.sampled_from([0, 51820, 51821])),
        addresses=tuple(draw(st.lists(st.sampled_from(ADDRESSES), unique=True))),
        mtu=draw(st.sampled_from([1420, 1280])),
        peers=peers,
        routes=tuple(draw(st.lists(st.sampled_from(ROUTES), unique=True))),
        narrow={each: draw(st.sampled_from([1000, 1200])) for each in draw(st.sets(st.sampled_from(NARROW)))},
    )


def apply_all(device: SimulatedDevice, want: Interface, previous: Interface | None = None) -> None:
    device.apply(plan(device.read(), want, previous), want)


def assert_is(device: SimulatedDevice, want: Interface) -> None:
    """The device is what is wanted, endpoints of peers that roam aside."""
    have = device.read()
    assert have.exists
    assert have.up
    assert have.private_key_digest == key_digest(key_bytes(want.private_key))
    assert want.listen_port in (0, have.listen_port)
    assert set(have.addresses) == set(want.addresses)
    assert have.mtu == want.mtu
    # A second route to its own network does no harm.
    own = {normal_network(each) for each in want.addresses}
    assert set(have.routes) - own == {*want.routes, *want.narrow} - own
    assert have.narrow == want.narrow
    assert have.peers.keys() == want.peers.keys()
    for key, peer in want.peers.items():
        state = have.peers[key]
        assert state.allowed_ips == peer.allowed_ips
        assert state.persistent_keepalive == peer.persistent_keepalive
        assert bool(state.preshared_digest) == bool(peer.preshared_key)
        if peer.endpoint is not None:
            assert state.endpoint is not None
    assert not plan(have, want)
    assert plan(have, want).describe() == []


@settings(max_examples=400, deadline=None)
@given(interfaces(), interfaces())
def test_any_state_becomes_any_other(first: Interface, second: Interface) -> None:
    device = SimulatedDevice()
    apply_all(device, first)
    assert_is(device, first)
    apply_all(device, second, previous=first)
    assert_is(device, second)
    for key, peer in second.peers.items():
        before = first.peers.get(key)
        if peer.endpoint is not None and (before is None or before.endpoint != peer.endpoint):
            assert device.peers[key].endpoint == peer.endpoint


@settings(max_examples=400, deadline=None)
@given(interfaces(), interfaces(), st.integers(0, 40))
def test_a_crash_at_any_step_is_made_good(first: Interface, second: Interface, steps: int) -> None:
    device = SimulatedDevice()
    apply_all(device, first)
    device.apply(plan(device.read(), second, first), second, steps=steps)
    apply_all(device, second, first)
    assert_is(device, second)


@settings(max_examples=200, deadline=None)
@given(interfaces(), st.integers(0, 30))
def test_a_crash_while_it_is_made_is_made_good(want: Interface, steps: int) -> None:
    device = SimulatedDevice()
    device.apply(plan(device.read(), want), want, steps=steps)
    apply_all(device, want)
    assert_is(device, want)


@settings(max_examples=200, deadline=None)
@given(interfaces(), interfaces())
def test_a_link_that_was_set_down_comes_back(first: Interface, second: Interface) -> None:
    device = SimulatedDevice()
    apply_all(device, first)
    device.link_down()
    apply_all(device, second, first)
    assert_is(device, second)


@settings(max_examples=300, deadline=None)
@given(interfaces(), interfaces())
def test_a_delta_of_peers_does_what_a_full_plan_does(first: Interface, second: Interface) -> None:
    second = msgspec.structs.replace(first, peers=second.peers)
    changed = [peer for key, peer in second.peers.items() if first.peers.get(key) != peer]
    removed = [key for key in first.peers if key not in second.peers]
    delta = plan_peers(changed, removed, first.peers)
    assert len(delta.peers) == len(changed) + len(removed)
    assert bool(delta) == bool(changed or removed)
    device = SimulatedDevice()
    apply_all(device, first)
    device.apply(delta, second)
    assert_is(device, second)


@settings(max_examples=200, deadline=None)
@given(interfaces(), interfaces())
def test_no_plan_tells_a_secret(first: Interface, second: Interface) -> None:
    device = SimulatedDevice()
    apply_all(device, first)
    todo = plan(device.read(), second, first)
    words = "\n".join(todo.describe()) + repr(todo) + repr(todo.peers)
    assert not any(secret in words for secret in SECRETS)
    assert len(todo.describe()) == sum(1 for _ in device.steps(todo, second))


def peer(**changes: object) -> Peer:
    fields: dict[str, object] = {"public_key": KEYS[0], "allowed_ips": (NETWORKS[0],)}
    return Peer(**(fields | changes))  # type: ignore[arg-type]


def interface(*peers: Peer, **changes: object) -> Interface:
    fields: dict[str, object] = {"name": "wg0", "private_key": SECRETS[0]}
    return Interface(**(fields | changes), peers={each.public_key: each for each in peers})  # type: ignore[arg-type]


def state_of(want: Interface, **changes: object) -> InterfaceState:
    """The state after `want` was applied, with changes to the one peer."""
    device = SimulatedDevice()
    apply_all(device, want)
    have = device.read()
    peers = {key: msgspec.structs.replace(each, **changes) for key, each in have.peers.items()}
    return msgspec.structs.replace(have, peers=peers)


def test_a_peer_that_roamed_is_no_drift() -> None:
    want = interface(peer(endpoint=ENDPOINTS[0]))
    have = state_of(want, endpoint=ENDPOINTS[1])
    assert not plan(have, want)
    assert not plan(have, want, previous=want)


def test_a_new_wish_for_the_endpoint_is_followed() -> None:
    before, want = interface(peer(endpoint=ENDPOINTS[0])), interface(peer(endpoint=ENDPOINTS[1]))
    have = state_of(before, endpoint=ENDPOINTS[2])
    assert not plan(have, want)
    assert plan(have, want, previous=before).peers[0].endpoint == ENDPOINTS[1]
    assert not plan(state_of(before, endpoint=ENDPOINTS[1]), want, previous=before)
    assert plan(have, want, previous=interface()).peers[0].endpoint == ENDPOINTS[1]


def test_an_endpoint_is_set_where_there_is_none_and_never_taken_away() -> None:
    want = interface(peer(endpoint=ENDPOINTS[0]))
    assert plan(state_of(want, endpoint=None), want).peers[0].endpoint == ENDPOINTS[0]
    without = interface(peer())
    assert not plan(state_of(want), without, previous=want)


def test_networks_are_added_without_interrupting_those_that_stay() -> None:
    have = state_of(interface(peer(allowed_ips=NETWORKS[:1])))
    (change,) = plan(have, interface(peer(allowed_ips=NETWORKS[:2]))).peers
    assert (change.replace_allowed_ips, change.allowed_ips) == (False, (NETWORKS[1],))
    assert change.existing
    have = state_of(interface(peer(allowed_ips=NETWORKS[:2])))
    (change,) = plan(have, interface(peer(allowed_ips=NETWORKS[:1]))).peers
    assert (change.replace_allowed_ips, change.allowed_ips) == (True, (NETWORKS[0],))


def test_what_goes_goes_before_what_comes() -> None:
    first, second, third = KEYS[:3]
    before = interface(
        peer(public_key=first, allowed_ips=NETWORKS[:2]), peer(public_key=second, allowed_ips=(NETWORKS[2],))
    )
    want = interface(
        peer(public_key=third, allowed_ips=(NETWORKS[1], NETWORKS[2])),
        peer(public_key=first, allowed_ips=(NETWORKS[0],)),
    )
    todo = plan(state_of(before), want)
    assert [(each.public_key, each.remove) for each in todo.peers] == [
        *((second, True), (first, False), (third, False))
    ]


def test_a_preshared_key_comes_changes_and_goes() -> None:
    none, one, two = (interface(peer(preshared_key=psk)) for psk in (None, SECRETS[1], SECRETS[2]))
    assert plan(state_of(none), one).peers[0].preshared_key == SECRETS[1]
    assert plan(state_of(one), two).peers[0].preshared_key == SECRETS[2]
    assert plan(state_of(one), none).peers[0].preshared_key == ""
    assert not plan(state_of(one), one)


def test_the_port_that_the_kernel_chose_is_right() -> None:
    want = interface(listen_port=0)
    have = msgspec.structs.replace(state_of(want), listen_port=40001)
    assert not plan(have, want)
    assert plan(have, interface(listen_port=51820)).listen_port == 51820


def test_link_local_addresses_of_the_kernel_stay() -> None:
    want = interface(addresses=("10.0.0.1/24",))
    have = state_of(want)
    assert not plan(msgspec.structs.replace(have, addresses=(*have.addresses, "fe80::1/64")), want)


def test_removing_an_address_renews_what_the_kernel_takes_with_it() -> None:
    want = interface(addresses=("10.106.103.9/24",), routes=("10.9.0.0/16",))
    have = msgspec.structs.replace(state_of(want), addresses=("10.106.103.1/24", "10.106.103.9/24"))
    todo = plan(have, want)
    assert todo.remove_addresses == ("10.106.103.1/24",)
    assert todo.add_addresses == ("10.106.103.9/24",)
    assert todo.add_routes == ("10.9.0.0/16",)


def test_the_route_of_an_address_is_not_made_twice() -> None:
    want = interface(addresses=("10.106.103.1/24",), routes=("10.106.103.0/24", "10.9.0.0/16"))
    assert plan(InterfaceState(name="wg0"), want).add_routes == ("10.9.0.0/16",)


def test_a_missing_interface_is_made_whole_whatever_the_rest_of_its_state_says() -> None:
    want = interface(peer())
    gone = msgspec.structs.replace(state_of(want), exists=False)
    assert plan(gone, want) == plan(InterfaceState(name="wg0"), want)
    assert plan(gone, want).create


def test_nothing_to_do_is_false() -> None:
    assert not Plan()
    assert not plan_peers([])
    assert plan_peers([], [KEYS[0]])


def test_a_delta_leaves_a_roaming_endpoint_alone() -> None:
    before = {KEYS[0]: peer(endpoint=ENDPOINTS[0])}
    same = peer(endpoint=ENDPOINTS[0], persistent_keepalive=25)
    assert plan_peers([same], (), before).peers[0].endpoint is None
    assert plan_peers([same]).peers[0].endpoint == ENDPOINTS[0]
    moved = peer(endpoint=ENDPOINTS[1])
    assert plan_peers([moved], (), before).peers[0].endpoint == ENDPOINTS[1]


def test_a_delta_clears_what_the_peer_had() -> None:
    change = plan_peers([peer()]).peers[0]
    assert (change.preshared_key, change.persistent_keepalive, change.replace_allowed_ips) == ("", 0, True)


@pytest.mark.parametrize("count", [1000])
def test_a_delta_of_ten_in_a_thousand_has_ten_changes(count: int) -> None:
    keys = [key_text(number.to_bytes(32, "big")) for number in range(1, count + 1)]
    peers = {
        key: Peer(public_key=key, allowed_ips=(f"10.{number >> 8}.{number & 255}.0/24",))
        for number, key in enumerate(keys)
    }
    have = InterfaceState(
        name="wg0",
        exists=True,
        up=True,
        mtu=1420,
        private_key_digest=key_digest(key_bytes(SECRETS[0])),
        peers={key: PeerState(public_key=key, allowed_ips=each.allowed_ips) for key, each in peers.items()},
    )
    want = dict(peers)
    for key in keys[:10]:
        want[key] = msgspec.structs.replace(peers[key], persistent_keepalive=25)
    todo = plan(have, interface(*want.values()))
    assert len(todo.peers) == 10
    assert all(each.persistent_keepalive == 25 and not each.allowed_ips for each in todo.peers)
