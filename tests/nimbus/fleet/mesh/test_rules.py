from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.records import Member, ProvisionalPeer
from nimbus.fleet.mesh.rules import (
    DEBOUNCE_LIMIT_S,
    DEBOUNCE_S,
    FIRST_LOOK_S,
    Debounce,
    EndpointDamping,
    HandshakeWatch,
    check_no_collision,
    control_plane_address,
    device_peers,
    lowest_free,
    overlay_network,
    path_of,
)
from nimbus.kernel.errors import Conflict, ValidationError
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import Link
from tests.kit.records import mesh_key, mesh_peer

SMALL = ipaddress.IPv4Network("10.0.0.0/28")
FIRST = int(SMALL.network_address)


@given(st.sets(st.integers(FIRST + 2, FIRST + 14)))
def test_the_lowest_free_address_is_found(taken: set[int]) -> None:
    free = [address for address in range(FIRST + 2, FIRST + 15) if address not in taken]
    if free:
        assert lowest_free(sorted(taken), SMALL) == free[0]
    else:
        with pytest.raises(Conflict, match="no free address"):
            lowest_free(sorted(taken), SMALL)


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0/31", "10.0.0.0/7", "10.0.0.1/24", "fd00::/64", "mesh", "10.0.0.0/33", ""]
)
def test_what_is_no_overlay(cidr: str) -> None:
    with pytest.raises(ValidationError):
        overlay_network(cidr)


def test_the_smallest_overlay_has_one_node() -> None:
    network = overlay_network("10.0.0.0/30")
    assert control_plane_address(network) == "10.0.0.1"
    assert lowest_free([], network) == int(ipaddress.IPv4Address("10.0.0.2"))
    with pytest.raises(Conflict):
        lowest_free([int(ipaddress.IPv4Address("10.0.0.2"))], network)


gaps = st.lists(st.floats(0.001, 3.0), min_size=1, max_size=30)


@given(gaps)
def test_debounce(pauses: list[float]) -> None:
    """At once after quiet; 200 ms after the last of several; never later than 1 s after the first."""
    debounce, now = Debounce(), 100.0
    published: list[float] = []
    waiting: list[float] = []
    for pause in pauses:
        now += pause
        while (due := debounce.due_at()) is not None and due <= now:
            assert waiting
            quiet = not published or waiting[0] - published[-1] >= DEBOUNCE_S
            assert due <= waiting[0] + DEBOUNCE_LIMIT_S
            assert due <= waiting[-1] + DEBOUNCE_S
            assert due == waiting[0] if quiet else due > waiting[0]
            moment = max(due, waiting[0])
            debounce.published(moment)
            published.append(moment)
            waiting.clear()
        debounce.changed(now)
        waiting.append(now)
    assert debounce.due_at() is not None
    debounce.published(now)
    assert debounce.due_at() is None


def test_changes_that_come_together_are_published_together() -> None:
    debounce = Debounce()
    debounce.changed(10.0)
    assert debounce.due_at() == 10.0
    debounce.published(10.0)
    debounce.changed(10.1)
    debounce.changed(10.25)
    assert debounce.due_at() == pytest.approx(10.45)
    for tenth in range(4, 20):
        debounce.changed(10 + tenth / 10)
    assert debounce.due_at() == pytest.approx(11.1)


def test_a_pending_join_keeps_the_address_with_its_provisional_peer() -> None:
    a, b, provisional = mesh_key(1), mesh_key(2), mesh_key(3)
    members = [
        Member(mesh_peer("a", "10.0.0.2", public_key=a, endpoint="192.0.2.1:5"), 1, "home"),
        Member(mesh_peer("b", "10.0.0.3", public_key=b), 2, "home"),
        Member(mesh_peer("gone", "10.0.0.4", removed=True), 3, "home"),
        Member(mesh_peer("keyless", "10.0.0.5", public_key=""), 4, "home"),
    ]
    peers = device_peers(members, [ProvisionalPeer("t", provisional, "10.0.0.3")])
    assert {key: (peer.allowed_ips, peer.endpoint) for key, peer in peers.items()} == {
        a: (("10.0.0.2/32",), "192.0.2.1:5"),
        b: ((), None),
        provisional: (("10.0.0.3/32",), None),
    }
    assert device_peers(members, [])[b].allowed_ips == ("10.0.0.3/32",)


@pytest.mark.parametrize(
    ("age", "rtt", "received", "path"),
    [
        (None, 0.3, 0, "direct"),
        (10.0, None, 1, "direct"),
        (179.9, None, 1, "direct"),
        (180.0, None, 1, "down"),
        (10.0, None, 0, "down"),
        (None, None, 9, "down"),
    ],
)
def test_the_path_of_a_pair(age: float | None, rtt: float | None, received: int, path: str) -> None:
    assert path_of(Link("p", "p", age, rtt, received, 0)) == path


@pytest.mark.parametrize(
    ("routes", "collides"),
    [
        (["192.168.0.0/16", "fd00::/8"], None),
        (["10.106.0.0/16"], "10.106.0.0/16"),
        (["10.106.103.64/26"], "10.106.103.64/26"),
        ([], None),
    ],
)
def test_an_overlay_that_this_machine_reaches_already_is_refused(
    routes: list[str], collides: str | None
) -> None:
    network = overlay_network("10.106.103.0/24")
    if collides is None:
        check_no_collision(network, routes)
        return
    with pytest.raises(UsageError, match=collides):
        check_no_collision(network, routes)


def test_a_handshake_is_looked_for_soon_and_then_less_and_less_often() -> None:
    watch, now = HandshakeWatch(), 100.0
    assert watch.look_at == float("inf")
    watch.expect(now)
    looks = []
    while watch.look_at < float("inf"):
        now = watch.look_at
        looks.append(now - 100.0)
        watch.looked(now, waiting=True)
    assert looks[0] == pytest.approx(FIRST_LOOK_S)
    assert 4 <= len(looks) <= 8
    assert sorted(looks) == looks
    watch.expect(now)
    watch.looked(watch.look_at, waiting=False)
    assert watch.look_at == float("inf"), "nobody is left"


def test_many_that_join_do_not_put_the_look_off() -> None:
    watch = HandshakeWatch()
    for number in range(100):
        watch.expect(100.0 + number / 1000)
    assert watch.look_at == pytest.approx(100.0 + FIRST_LOOK_S)


def test_a_candidate_takes_the_place_of_the_member_that_its_node_was() -> None:
    member = Member(mesh_peer("n1", "10.0.0.3", public_key=mesh_key(1)), 1, "home")
    candidate = mesh_peer("n1", "10.0.0.3", public_key=mesh_key(2))
    peers = device_peers([member], [], [candidate])
    assert {key: peer.allowed_ips for key, peer in peers.items()} == {mesh_key(2): ("10.0.0.3/32",)}
    joining = ProvisionalPeer("t", mesh_key(3), "10.0.0.4")
    other = mesh_peer("n2", "10.0.0.4", public_key=mesh_key(4))
    peers = device_peers([member], [joining], [other])
    assert {key: peer.allowed_ips for key, peer in peers.items()} == {
        mesh_key(1): ("10.0.0.3/32",),
        mesh_key(3): ("10.0.0.4/32",),
        mesh_key(4): (),
    }


def admitted(moves: list[float], node_id: str = "n", damping: EndpointDamping | None = None) -> list[float]:
    damping = damping or EndpointDamping()
    return [at for at in moves if damping.admits(node_id, at)]


def test_a_member_that_moves_is_told_of_at_once_and_one_that_flaps_less_and_less_often() -> None:
    assert admitted([0.0, 60.0, 3600.0]) == [0.0, 60.0, 3600.0]
    flapping = admitted([float(at) for at in range(0, 1200, 5)])
    assert flapping[:4] == [0.0, 15.0, 45.0, 105.0]
    assert len(flapping) < 10
    gaps = [later - earlier for earlier, later in itertools.pairwise(flapping)]
    assert gaps == sorted(gaps)
    assert max(gaps) <= 300.0


def test_one_that_has_come_to_rest_is_told_of_at_once_again() -> None:
    damping = EndpointDamping()
    admitted([float(at) for at in range(0, 100, 5)], damping=damping)
    assert damping.admits("other", 100.0)
    damping.forget_quiet(2000.0)
    assert admitted([2000.0, 2100.0], damping=damping) == [2000.0, 2100.0]
