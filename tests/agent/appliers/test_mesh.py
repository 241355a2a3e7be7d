"""The mesh applier's decisions, and its work on a simulated device."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest
import trio
from trio.testing import MockClock

from agent.appliers.control_plane_way import handshake_age
from agent.appliers.mesh import MeshApplier
from agent.directory import NodeRecord
from agent.link import LinkDown
from agent.mesh_ports.filter import PortFilter
from agent.node_section.settings import settings_of
from agent.state.desired_mesh import DesiredMesh
from nimbus.protocol import checksum
from nimbus.protocol.messages import MeshDelta, MeshMembership, MeshPeer
from nimbus.protocol.node_section import NodeContent
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.keys import generate_private_key, public_key
from nimbus.wireguard.local_routes import LocalRoute
from nimbus.wireguard.model import Interface, PeerState
from nimbus.wireguard.path_mtu import Way
from nimbus.wireguard.plan import Plan
from tests.agent.mesh_ports.simulated_nft import SimulatedNft
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

    connected = False

    async def request(self, *_a: object, **_k: object) -> Any:
        raise LinkDown


async def silent(_address: str, _most: int) -> int | None:
    """Nobody answers an echo."""
    return None


def applier_on(
    device: SimulatedDevice,
    desired: DesiredMesh | None = None,
    told: NodeContent | None = None,
    probe: Callable[[str, int], Awaitable[int | None]] = silent,
    routes: Sequence[LocalRoute] = (),
    nft: SimulatedNft | None = None,
) -> MeshApplier:
    desired = desired or DesiredMesh()
    link = cast("Any", NoLink())
    way = Way(1500, 1500)
    return MeshApplier(
        settings_of(RECORD, told),
        OWN,
        cast("Any", device),
        desired,
        link,
        lambda: None,
        lambda _address: way,
        probe,
        lambda _overlay, _own: list(routes),
        ports=PortFilter("nimbus0", cast("Any", nft or SimulatedNft())),
    )


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


async def test_everything_sent_anew_takes_away_who_is_not_in_it_and_touches_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when one mesh of several organizations becomes one for each."""
    device = SimulatedDevice("nimbus0")
    applier = applier_on(device)
    await applier.start()
    own = MeshPeer("a", "a", public_key(OTHER), "10.0.0.4", "192.0.2.9:1")
    foreign = MeshPeer("x", "x", public_key(generate_private_key()), "10.0.0.5", "192.0.2.10:1")
    await applier._take_in(whole(2, own, foreign))
    plans: list[Any] = []
    apply = device.apply

    def noted(plan: Any, want: Any, steps: int | None = None) -> None:
        plans.append(plan)
        apply(plan, want, steps)

    monkeypatch.setattr(device, "apply", noted)
    await applier._take_in(whole(7, own))
    assert [plan.describe() for plan in plans] == [[f"remove peer {foreign.public_key}"]]
    assert set(device.peers) == {public_key(HUB), own.public_key}


async def test_what_the_control_plane_says_of_itself_is_applied_while_it_runs() -> None:
    device = SimulatedDevice("nimbus0")
    applier = applier_on(device)
    await applier.start()
    assert (device.mtu, device.listen_port) == (1420, 40000)
    new_hub = public_key(generate_private_key())
    told = NodeContent(
        heartbeat_interval_s=3, endpoints=("192.0.2.9:51821",), hub_key=new_hub, mtu=1300, listen_port=51820
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(applier.run)
        applier.use(settings_of(RECORD, told))
        with trio.fail_after(5):
            while device.listen_port != 51820 or public_key(HUB) in device.peers:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    state = device.read()
    assert set(state.peers) == {new_hub}
    assert (state.peers[new_hub].endpoint, state.mtu) == ("192.0.2.9:51821", 1300)
    assert state.peers[new_hub].allowed_ips == ("10.0.0.1/32",)
    # Changed by hand it comes back.
    device.mtu = 1500
    await applier.verify()
    assert device.mtu == 1300


@pytest.fixture
def autojump_clock() -> MockClock:
    return MockClock(autojump_threshold=0)


async def test_a_silent_name_server_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def silent_name_server(_endpoint: str) -> tuple[str, ...]:
        answers.wait(30)
        return ("192.0.2.9:51820",)

    monkeypatch.setattr("agent.appliers.control_plane_way.NAMES_AT_START_S", 0.02)
    monkeypatch.setattr("agent.appliers.hub.addresses_of", silent_name_server)
    device = SimulatedDevice("nimbus0")
    told = NodeContent(heartbeat_interval_s=3, endpoints=("cp.example.org:51820",))
    applier = applier_on(device, told=told)
    await applier.start()
    hub = public_key(HUB)
    assert device.read().peers[hub].endpoint == "192.0.2.1:51820", "where it was when the node joined"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(applier.run)
        await applier._take_in(whole(2, MeshPeer("a", "a", public_key(OTHER), "10.0.0.4", "192.0.2.9:1")))
        device.peers.clear()
        await applier.verify()
        assert set(device.peers) == {hub, public_key(OTHER)}
        answers.set()
        with trio.fail_after(5):
            while not applier._way.has_choice:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()


async def test_the_next_address_is_tried_on_the_device(autojump_clock: MockClock) -> None:
    device = SimulatedDevice("nimbus0")
    told = NodeContent(heartbeat_interval_s=3, endpoints=("192.0.2.9:51821",))
    applier = applier_on(device, told=told)
    await applier.start()
    hub = public_key(HUB)
    seen = [device.read().peers[hub].endpoint]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(applier.run)
        with trio.fail_after(100_000):
            while len(seen) < 3:
                await trio.sleep(1)
                peer = device.read().peers.get(hub)
                if peer is not None and peer.endpoint != seen[-1]:
                    seen.append(peer.endpoint)
        nursery.cancel_scope.cancel()
    assert seen == ["192.0.2.9:51821", "192.0.2.1:51820", "192.0.2.9:51821"]


async def test_what_is_lost_on_the_way_lowers_the_mtu_for_as_long_as_the_way_is_the_same(
    autojump_clock: MockClock,
) -> None:
    passes = 1500

    async def probe(address: str, most: int) -> int | None:
        assert address == "10.0.0.1"
        await trio.lowlevel.checkpoint()
        return min(most, passes)

    device = SimulatedDevice("nimbus0")
    applier = applier_on(device, probe=probe)
    await applier.start()
    assert (device.mtu, applier.mtu.source) == (1420, "route")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(applier.run)
        passes = 1232
        with trio.fail_after(100_000):
            while device.mtu == 1420:
                await trio.sleep(1)
        nursery.cancel_scope.cancel()
    await applier.verify()
    assert (device.mtu, applier.mtu.source) == (1232, "measured")
    # What is set is not measured.
    fixed = applier_on(
        SimulatedDevice("nimbus0"), told=NodeContent(heartbeat_interval_s=3, mtu=1400), probe=probe
    )
    await fixed.start()
    assert (fixed.mtu.mtu, fixed.mtu.source) == (1400, "set")


class Busy(SimulatedDevice):
    """Another program has UDP port 51820. As from a kernel, a new interface is there without its port."""

    taken = 51820

    def apply(self, plan: Plan, want: Interface, steps: int | None = None) -> None:
        if plan.listen_port == self.taken:
            self.exists = True
            raise DeviceError("UDP port 51820 is in use", code="MESH_PORT_IN_USE")
        super().apply(plan, want, steps)


async def test_a_listen_port_that_is_taken_keeps_nothing_else_from_being_set() -> None:
    device = Busy("nimbus0")
    applier = applier_on(device)
    await applier.start()
    told = NodeContent(heartbeat_interval_s=3, mtu=1300, listen_port=51820)
    applier.use(settings_of(RECORD, told))
    for _ in range(2):
        await applier.verify()
        assert (device.mtu, device.listen_port) == (1300, 40000)
        (alert,) = applier.alerts
        assert "UDP port 51820 is in use by another program" in alert
        assert applier.check().healthy
    device.taken = 0
    applier.use(settings_of(RECORD, NodeContent(heartbeat_interval_s=3, listen_port=51821)))
    await applier.verify()
    assert (device.listen_port, applier.alerts) == (51821, ())


async def test_a_port_that_is_taken_at_boot_does_not_keep_the_node_out() -> None:
    device = Busy("nimbus0")
    applier = applier_on(device, told=NodeContent(heartbeat_interval_s=3, listen_port=51820))
    await applier.start()
    assert device.read().peers.keys() == {public_key(HUB)}
    assert device.listen_port != 51820
    assert len(applier.alerts) == 1


@pytest.mark.parametrize(
    ("cidr", "problem", "alert"),
    [
        ("10.0.0.128/25", "10.0.0.128/25 (docker0) overlaps the mesh (10.0.0.0/24)", ""),
        ("10.0.0.0/24", "10.0.0.0/24 (docker0) overlaps the mesh", ""),
        ("10.0.0.0/8", "", "the mesh (10.0.0.0/24) lies within 10.0.0.0/8 (docker0)"),
    ],
)
async def test_a_network_that_comes_later_and_overlaps_is_named(cidr: str, problem: str, alert: str) -> None:
    routes: list[LocalRoute] = []
    applier = applier_on(SimulatedDevice("nimbus0"), routes=routes)
    await applier.start()
    assert (applier.check().healthy, applier.alerts) == (True, ())
    routes.append(LocalRoute(cidr, "docker0"))
    await applier.verify()
    assert problem in applier.check().message
    assert applier.check().healthy is not bool(problem)
    assert "".join(applier.alerts).startswith(alert)
    routes.clear()
    await applier.verify()
    assert (applier.check().healthy, applier.alerts) == (True, ())


def test_handshake_age() -> None:
    assert handshake_age(None, 100.0) is None
    assert handshake_age(PeerState(public_key="k"), 100.0) is None
    assert handshake_age(PeerState(public_key="k", last_handshake=97.55), 100.0) == 2.4
    assert handshake_age(PeerState(public_key="k", last_handshake=101.0), 100.0) == 0.0, (
        "a clock that was set back"
    )
