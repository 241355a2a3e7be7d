"""Nobody takes the control plane's place on a node, and no two members share a key or an address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.appliers.peers import CONTROL_PLANE_KEEPALIVE_S, Peers, difference, hub_peer, peers_of
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.keys import public_key
from nimbus.wireguard.model import Interface, Peer
from tests.agent.appliers.test_mesh import HUB, OTHER, OWN, RECORD
from tests.kit.records import mesh_key

HUB_KEY, OWN_KEY, OTHER_KEY = (public_key(key) for key in (HUB, OWN, OTHER))


def member(node_id: str, key: str, address: str = "10.0.0.3", **fields: Any) -> MeshPeer:
    return MeshPeer(node_id, f"name-{node_id}", key, address, **fields)


def of(*members: MeshPeer, known: dict[str, Peer] | None = None) -> Peers:
    return peers_of(RECORD, hub_peer(RECORD, "192.0.2.1:51820"), members, known or {})


def test_the_control_plane_and_everybody_but_the_node_itself_is_a_peer() -> None:
    found = of(member("own", OWN_KEY, "10.0.0.2"), member("other", OTHER_KEY, endpoint="192.0.2.3:1"))
    assert set(found.by_key) == {HUB_KEY, OTHER_KEY}
    hub = found.by_key[HUB_KEY]
    assert (hub.endpoint, hub.persistent_keepalive) == ("192.0.2.1:51820", CONTROL_PLANE_KEEPALIVE_S)
    assert hub.allowed_ips == ("10.0.0.1/32",), "only its own address: nothing is sent through it"
    assert found.by_key[OTHER_KEY].allowed_ips == ("10.0.0.3/32",)
    assert (found.refused, found.problem()) == ((), "")


def test_a_member_whose_endpoint_is_not_known_is_waited_for() -> None:
    found = peers_of(RECORD, hub_peer(RECORD, ""), [member("other", OTHER_KEY)])
    assert [peer.endpoint for peer in found.by_key.values()] == [None, None]


def test_a_member_with_the_key_of_the_control_plane_does_not_replace_it() -> None:
    found = of(member("evil", HUB_KEY, endpoint="198.51.100.66:666"))
    assert found.by_key == of().by_key
    assert "name-evil claims the key of the control plane" in found.problem()


def test_a_member_does_not_take_the_address_of_the_control_plane() -> None:
    found = of(member("evil", mesh_key(1), "10.0.0.1"))
    assert found.by_key == of().by_key
    assert "claims the address of the control plane, 10.0.0.1" in found.problem()


def test_nobody_has_the_key_or_the_address_of_this_node() -> None:
    found = of(member("clone", OWN_KEY, "10.0.0.9"), member("same", mesh_key(2), "10.0.0.2"))
    assert found.by_key == of().by_key
    assert [each.reason for each in found.refused] == [
        "claims the key of this node",
        "claims the address of this node, 10.0.0.2",
    ]


def test_of_two_with_one_key_or_one_address_every_node_takes_the_same() -> None:
    first, second = member("a", mesh_key(1), "10.0.0.3"), member("b", mesh_key(1), "10.0.0.4")
    third = member("c", mesh_key(3), "10.0.0.3")
    for order in ((first, second, third), (third, second, first)):
        found = of(*order)
        assert set(found.by_key) == {HUB_KEY, mesh_key(1)}
        assert found.by_key[mesh_key(1)].allowed_ips == ("10.0.0.3/32",)
        assert [each.node_id for each in found.refused] == ["b", "c"]


def test_what_is_no_key_or_address_costs_the_others_nothing() -> None:
    found = of(
        member("a", "rubbish"),
        member("b", mesh_key(1), "not an address"),
        member("c", mesh_key(2), "10.0.0.5"),
    )
    assert set(found.by_key) == {HUB_KEY, mesh_key(2)}
    assert len(found.refused) == 2


def test_a_check_names_a_few() -> None:
    problem = of(*(member(f"n{number}", HUB_KEY) for number in range(40))).problem()
    assert "and 35 more" in problem
    assert len(problem) < 500


def test_peers_that_are_the_same_are_not_made_again() -> None:
    members = (member("a", mesh_key(1)), member("b", mesh_key(2), "10.0.0.4"))
    before = of(*members)
    again = of(members[0], member("b", mesh_key(2), "10.0.0.4", endpoint="192.0.2.9:1"), known=before.by_key)
    assert again.by_key[mesh_key(1)] is before.by_key[mesh_key(1)]
    changed, gone = difference(before.by_key, again.by_key)
    assert ([peer.public_key for peer in changed], gone) == ([mesh_key(2)], [])
    assert difference(again.by_key, of(members[1]).by_key)[1] == [mesh_key(1)]


keys = st.sampled_from([HUB_KEY, OWN_KEY, "", "rubbish", *(mesh_key(number) for number in range(4))])
addresses = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "", "none"])
endpoints = st.sampled_from(["", "192.0.2.1:1", "nonsense"])


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), keys, addresses, endpoints), unique_by=lambda each: each[0])
)
def test_whatever_the_document_says_the_way_to_the_control_plane_stays(
    members: Iterable[tuple[str, str, str, str]],
) -> None:
    found = of(*(member(name, key, address, endpoint=at) for name, key, address, at in members))
    assert found.by_key[HUB_KEY] == of().by_key[HUB_KEY]
    holders = [key for key, peer in found.by_key.items() if "10.0.0.1/32" in peer.allowed_ips]
    assert holders == [HUB_KEY]
    # The model refuses two peers with one network.
    Interface(name="nimbus0", private_key=OWN, peers=found.by_key)
