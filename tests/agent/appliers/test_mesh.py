"""The mesh applier's decisions, and its work on a simulated device."""

from __future__ import annotations

from agent.appliers.mesh import CONTROL_PLANE_KEEPALIVE_S, handshake_age, interface_of, resolve_endpoint
from agent.directory import NodeRecord
from nimbus.protocol.messages import MeshMembership, MeshPeer
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import PeerState

HUB, OWN, OTHER = (generate_private_key() for _ in range(3))
RECORD = NodeRecord(
    node_id="own",
    name="a",
    workspace="w",
    agent_api="https://10.0.0.1:8444",
    heartbeat_interval_s=10,
    joined_at=0,
    interface="nimbus0",
    mesh_mode="userspace",
    listen_port=40000,
    mesh=MeshMembership("10.0.0.2/24", public_key(HUB), "hub.example.org:51820", "10.0.0.1"),
)


def member(node_id: str, key: str, endpoint: str = "192.0.2.3:1") -> MeshPeer:
    return MeshPeer(node_id, f"name-{node_id}", public_key(key), "10.0.0.3", endpoint)


def test_the_interface_has_the_control_plane_and_everybody_but_the_node_itself() -> None:
    members = {"own": member("own", OWN), "other": member("other", OTHER)}
    want = interface_of(RECORD, OWN, members, "192.0.2.1:51820")
    assert set(want.peers) == {public_key(HUB), public_key(OTHER)}
    hub = want.peers[public_key(HUB)]
    assert (hub.endpoint, hub.persistent_keepalive) == ("192.0.2.1:51820", CONTROL_PLANE_KEEPALIVE_S)
    assert hub.allowed_ips == ("10.0.0.1/32",), "only its own address: nothing is sent through it"
    assert want.peers[public_key(OTHER)].allowed_ips == ("10.0.0.3/32",)
    assert (want.listen_port, want.addresses) == (40000, ("10.0.0.2/24",))


def test_a_member_whose_endpoint_is_not_known_is_waited_for() -> None:
    want = interface_of(RECORD, OWN, {"other": member("other", OTHER, endpoint="")}, "")
    assert [peer.endpoint for peer in want.peers.values()] == [None, None]


def test_names_are_resolved_and_unknown_ones_are_not_an_error() -> None:
    assert resolve_endpoint("127.0.0.1:51820") == "127.0.0.1:51820"
    assert resolve_endpoint("[::1]:51820") == "[::1]:51820"
    assert resolve_endpoint("localhost:51820") in ("127.0.0.1:51820", "[::1]:51820")
    assert resolve_endpoint("no-such-host.invalid:51820") == ""
    assert resolve_endpoint("127.0.0.1:none") == ""


def test_handshake_age() -> None:
    assert handshake_age(None, 100.0) is None
    assert handshake_age(PeerState(public_key="k"), 100.0) is None
    assert handshake_age(PeerState(public_key="k", last_handshake=97.55), 100.0) == 2.4
    assert handshake_age(PeerState(public_key="k", last_handshake=101.0), 100.0) == 0.0, (
        "a clock that was set back"
    )
