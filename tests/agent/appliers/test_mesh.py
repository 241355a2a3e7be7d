"""The mesh applier's decisions, and its work on a simulated device."""

from __future__ import annotations

from typing import Any, cast

from agent.appliers.mesh import MeshApplier, handshake_age, resolve_endpoint
from agent.directory import NodeRecord
from agent.link import LinkDown
from agent.state.desired_mesh import DesiredMesh
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshMembership, MeshPeer
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.model import PeerState
from tests.nimbus.wireguard.simulated_device import SimulatedDevice

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
    mesh=MeshMembership("10.0.0.2/24", public_key(HUB), "192.0.2.1:51820", "10.0.0.1"),
    mesh_key=public_key(OWN),
)


class NoLink:
    """A link that is down: what the applier does not have, it does not get."""

    async def request(self, *_a: object, **_k: object) -> Any:
        raise LinkDown


def applier_on(device: SimulatedDevice, desired: DesiredMesh | None = None) -> MeshApplier:
    desired = desired or DesiredMesh()
    link = cast("Any", NoLink())
    return MeshApplier(RECORD, OWN, cast("Any", device), desired, link, lambda: None)


def whole(revision: int, *members: MeshPeer) -> MeshDelta:
    total = checksum.EMPTY
    for each in members:
        total = checksum.added(total, each)
    return MeshDelta(0, revision, total, members)


async def test_a_member_that_claims_the_control_planes_key_leaves_the_way_to_it_as_it_is() -> None:
    device = SimulatedDevice("nimbus0")
    applier = applier_on(device)
    await applier.start()
    hub = device.read().peers[public_key(HUB)]
    evil = MeshPeer("evil", "evil", public_key(HUB), "10.0.0.3", "198.51.100.66:666")
    good = MeshPeer("other", "other", public_key(OTHER), "10.0.0.4", "192.0.2.9:1")
    await applier._take_in(whole(2, evil, good))
    for _ in range(2):
        state = device.read()
        assert state.peers[public_key(HUB)] == hub
        assert state.peers[public_key(OTHER)].allowed_ips == ("10.0.0.4/32",)
        check = applier.check()
        assert (check.name, check.healthy) == ("mesh", False)
        assert "evil claims the key of the control plane" in check.message
        # What an older agent stored is as harmless.
        applier = applier_on(device, applier._desired)
        await applier.start()
    await applier._take_in(whole(3, good))
    assert applier.check().healthy


async def test_what_changes_and_goes_is_all_that_the_device_is_told() -> None:
    device = SimulatedDevice("nimbus0")
    applier = applier_on(device)
    await applier.start()
    first = MeshPeer("a", "a", public_key(OTHER), "10.0.0.4", "192.0.2.9:1")
    await applier._take_in(whole(2, first))
    key = public_key(generate_private_key())
    await applier._take_in(whole(3, MeshPeer("a", "a", key, "10.0.0.4", "192.0.2.9:1")))
    assert device.owners == {"10.0.0.1/32": public_key(HUB), "10.0.0.4/32": key}
    assert set(device.peers) == {public_key(HUB), key}


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
