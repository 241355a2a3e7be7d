"""The control plane's own device follows what is stored, and only then do nodes hear of it.

The device is simulated (real ones are in tests/system): it can be told to fail.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import trio.testing

from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.fleet.mesh.reconcile import VERIFY_INTERVAL_S, MeshReconciler
from nimbus.fleet.mesh.records import MeshPublished, ProvisionalPeer
from nimbus.fleet.nodes.records import NodeRenamed
from nimbus.protocol.messages import Heartbeat, SystemMetrics
from nimbus.wireguard.keys import generate_private_key
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.path_mtu import Way
from tests.kit.polling import eventually, eventually_so
from tests.kit.records import mesh_key, mesh_peer
from tests.kit.slices import Slices, slices
from tests.nimbus.wireguard.simulated_device import SimulatedDevice

OVERLAY = ipaddress.IPv4Network("10.106.103.0/24")


class Device(SimulatedDevice):
    """Fails as often as it is told; `heard` is where peers were last heard from."""

    kind = "kernel"

    def __init__(self) -> None:
        super().__init__("nimbus0")
        self.failures = 0
        self.heard: dict[str, str] = {}
        self.applied = self.reads = 0

    def apply(self, plan: Any, want: Interface, steps: int | None = None) -> None:
        for change in plan.peers:
            if change.remove:  # as WireGuard does: a peer that comes back has shaken no hands
                self.heard.pop(change.public_key, None)
        if self.failures:
            self.failures -= 1
            raise OSError(5, "a device that fails")
        self.applied += 1
        super().apply(plan, want, steps)

    def read_peers(self) -> dict[str, PeerState]:
        return self.read().peers

    def read(self) -> InterfaceState:
        self.reads += 1
        state = super().read()
        peers = {
            key: msgspec.structs.replace(peer, endpoint=self.heard[key], last_handshake=1.0)
            if key in self.heard
            else peer
            for key, peer in state.peers.items()
        }
        return msgspec.structs.replace(state, peers=peers)

    def keys(self) -> set[str]:
        return set(self.peers)


class World:
    def __init__(self, joined: Slices, device: Device) -> None:
        self.slices, self.device = joined, device
        base = Interface(
            name="nimbus0",
            private_key=generate_private_key(),
            listen_port=51820,
            addresses=("10.106.103.1/24",),
        )
        self.way: Way | None = Way(1500, 1500)
        self.heard = HeardEndpoints(OVERLAY, ["198.51.100.1:51820"])
        self.reconciler = MeshReconciler(
            joined.database,
            joined.members,
            joined.publication,
            cast("Any", device),
            base,
            way_to=lambda _address: self.way,
            heard=self.heard,
        )
        self.reconciler.subscribe(joined.bus)
        self.published: list[tuple[int, set[str]]] = []
        joined.bus.subscribe(
            MeshPublished, lambda _event: self.published.append((self.revision, device.keys()))
        )

    @property
    def revision(self) -> int:
        """The newest that is published."""
        return max(self.slices.publication.revisions.values(), default=0)

    async def put(self, number: int, **fields: Any) -> None:
        peer = mesh_peer(f"n{number}", f"10.106.103.{number + 1}", public_key=mesh_key(number), **fields)
        await self.slices.database.write(lambda tx: self.slices.members.put(tx, peer))

    async def enter(self, number: int, node_id: str = "") -> None:
        peer = mesh_peer(
            node_id or f"n{number}", f"10.106.103.{number + 1}", public_key=mesh_key(number), endpoint=""
        )
        await self.slices.database.write(lambda tx: self.slices.members.enter(tx, peer))

    async def members(self) -> list[str]:
        peers = await self.slices.database.read(self.slices.members.present)
        return [peer.node_id for peer in peers]

    def says(self, number: int, *endpoints: str) -> None:
        beat = Heartbeat(sent_at=0.0, metrics=SystemMetrics(), version="", mesh_endpoints=endpoints)
        self.heard.hear(f"n{number}", beat)

    async def told(self, number: int) -> tuple[int, tuple[str, ...]]:
        """The revision of the mesh, and where others are told that the member is."""
        delta = await self.slices.database.read(lambda tx: self.slices.members.delta(tx, f"n{number}", 0))
        assert delta is not None
        return delta.revision, next(p.more_endpoints for p in delta.peers if p.node_id == f"n{number}")

    async def remove(self, number: int) -> None:
        await self.slices.database.write(lambda tx: self.slices.members.remove(tx, f"n{number}"))

    async def published_up_to(self, revision: int) -> None:
        await eventually(lambda: self.revision >= revision, f"publication of revision {revision}")


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with slices(folder, mesh=True) as joined:
        yield World(joined, Device())


@asynccontextmanager
async def running(made: World) -> AsyncIterator[World]:
    async with trio.open_nursery() as nursery:
        await made.reconciler.start()
        nursery.start_soon(made.reconciler.run)
        yield made
        nursery.cancel_scope.cancel()


async def test_a_start_brings_the_device_up_as_stored(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.put(1)
        await w.reconciler.start()
        state = w.device.read()
        assert (state.exists, state.up, state.addresses) == (True, True, ("10.106.103.1/24",))
        assert w.device.owners == {"10.106.103.2/32": mesh_key(1)}
        assert w.published == [(1, {mesh_key(1)})]


async def test_nodes_hear_of_a_peer_after_the_device_has_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w, running(w):
        for number in range(1, 6):
            await w.put(number)
        await w.published_up_to(5)
        await w.remove(1)
        await w.published_up_to(6)
        for revision, keys in w.published:
            assert {mesh_key(number) for number in range(1, min(revision, 5) + 1)} - {mesh_key(1)} <= keys
        # It stays for its farewell on this one device: what tells it of its revocation goes through there.
        assert mesh_key(1) in w.device.keys()  # noqa: SIM118  (not a dictionary)
        rest = {mesh_key(number) for number in range(2, 6)}
        await eventually(lambda: w.device.keys() == rest, "the end of the farewell")


async def test_the_address_of_a_leaving_peer_is_free_for_the_next_one(tmp_path: Path) -> None:
    async with world(tmp_path) as w, running(w):
        await w.put(1)
        await w.published_up_to(1)
        address = next(iter(w.device.owners))
        await w.remove(1)
        peer = ProvisionalPeer("t", mesh_key(50), address.removesuffix("/32"))
        await w.slices.database.write(lambda tx: w.slices.members.add_provisional(tx, peer))
        await eventually(
            lambda: w.device.owners.get(address) == mesh_key(50), "the next owner of the address"
        )
        assert w.device.keys() == {mesh_key(50)}


async def test_a_device_that_fails_once_gets_what_it_missed_before_it_is_published(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path) as w, running(w):
        w.device.failures = 1
        await w.put(1)
        await w.published_up_to(1)
        assert "could not be brought" in caplog.text
        assert w.published[-1] == (1, {mesh_key(1)})


async def test_a_publication_that_failed_is_tried_again_without_another_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as w, running(w):
        news, failures = w.slices.members.news, [OSError(5, "a disk that fails")]

        def failing(*given: Any) -> Any:
            if failures:
                raise failures.pop()
            return news(*given)

        monkeypatch.setattr(w.slices.members, "news", failing)
        await w.put(1)
        await eventually(lambda: not failures, "the failed attempt")
        await eventually(lambda: w.published[-1:] == [(1, {mesh_key(1)})], "it is published all the same")


async def test_a_provisional_peer_is_there_at_once_and_nobody_is_told(tmp_path: Path) -> None:
    async with world(tmp_path) as w, running(w):
        peer = ProvisionalPeer("t", mesh_key(50), "10.106.103.9")
        await w.slices.database.write(lambda tx: w.slices.members.add_provisional(tx, peer))
        await eventually(
            lambda: w.device.owners.get("10.106.103.9/32") == mesh_key(50), "the provisional peer"
        )
        await w.slices.database.write(lambda tx: w.slices.members.end_provisional(tx, "t"))
        await eventually(lambda: not w.device.peers, "its end")
        assert w.published == []


async def test_what_somebody_changed_by_hand_is_repaired(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.put(1)
        await w.reconciler.start()
        w.device.peers.clear()
        w.device.owners.clear()
        w.device.link_down()
        await w.reconciler.verify()
        assert w.device.owners == {"10.106.103.2/32": mesh_key(1)}
        assert w.device.up
        before = w.device.applied
        await w.reconciler.verify()
        assert w.device.applied == before


async def test_where_a_peer_is_heard_from_is_stored_and_published(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.put(1)
        await w.reconciler.start()
        w.device.heard[mesh_key(1)] = "198.51.100.7:4242"
        await w.reconciler.verify()
        member = await w.slices.database.read(lambda tx: w.slices.members.get(tx, "n1"))
        assert member is not None
        assert member.endpoint == "198.51.100.7:4242"
        assert await w.slices.rows("SELECT revision FROM mesh_state") == [(2,)]
        before = w.device.applied
        await w.reconciler.apply_stored()
        await w.reconciler.verify()
        assert await w.slices.rows("SELECT revision FROM mesh_state") == [(2,)]
        assert w.device.applied == before


async def test_a_new_name_reaches_the_mesh(tmp_path: Path) -> None:
    async with world(tmp_path) as w, running(w):
        await w.put(1)
        w.slices.bus.publish(NodeRenamed("n1", "other"))
        await w.published_up_to(2)
        member = await w.slices.database.read(lambda tx: w.slices.members.get(tx, "n1"))
        assert member is not None
        assert member.name == "other"


async def test_many_changes_are_few_publications(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = 0.02
    async with world(tmp_path) as w, running(w):
        for number in range(1, 41):
            await w.put(number)
            autojump_clock.jump(0.02)
        await w.published_up_to(40)
        assert len(w.published) <= 6
        assert trio.current_time() < VERIFY_INTERVAL_S * 3


async def test_a_newcomer_is_published_when_its_own_key_has_shaken_hands(tmp_path: Path) -> None:
    async with world(tmp_path) as w, running(w):
        await w.enter(1)
        await eventually(lambda: mesh_key(1) in w.device.owners.values(), "the key on the device")
        await w.reconciler.verify()
        assert await w.members() == []
        assert w.revision == 0
        w.device.heard[mesh_key(1)] = "198.51.100.7:4242"
        await w.published_up_to(1)
        member = await w.slices.database.read(lambda tx: w.slices.members.get(tx, "n1"))
        assert member is not None
        assert member.endpoint == "198.51.100.7:4242"
        assert await w.slices.rows("SELECT COUNT(*) FROM mesh_candidates") == [(0,)]


async def test_a_newcomer_that_said_where_it_is_reached_is_one_publication(tmp_path: Path) -> None:
    async with world(tmp_path) as w, running(w):
        w.heard.hear_of("n1", ("192.168.1.5:4000", "127.0.0.1:4000"))
        await w.enter(1)
        await eventually(lambda: mesh_key(1) in w.device.owners.values(), "the key on the device")
        w.device.heard[mesh_key(1)] = "198.51.100.7:4242"
        await w.published_up_to(1)
        # Its first heartbeat says the same.
        w.says(1, "192.168.1.5:4000", "127.0.0.1:4000")
        await w.reconciler.verify()
        assert await w.told(1) == (1, ("192.168.1.5:4000",))


async def test_a_handshake_that_takes_its_time_is_found(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = 0.02
    async with world(tmp_path) as w, running(w):
        await w.enter(1)

        async def many_looks() -> bool:
            return w.device.reads > 20

        await eventually_so(many_looks, "many looks in vain", 10_000, interval=5)
        assert await w.members() == []
        w.device.heard[mesh_key(1)] = "198.51.100.8:4242"
        await w.published_up_to(1)


async def test_a_control_plane_that_starts_again_finds_who_has_shaken_hands_meanwhile(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.enter(1)
        await w.reconciler.start()
        w.device.heard[mesh_key(1)] = "198.51.100.7:4242"
        again = World(w.slices, w.device)
        async with running(again):
            await again.published_up_to(1)
        assert await w.members() == ["n1"]


async def test_a_node_that_joins_again_keeps_its_old_place_until_the_new_key_is_proven(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as w, running(w):
        await w.put(1)
        await w.published_up_to(1)
        peer = mesh_peer("n1", "10.106.103.2", public_key=mesh_key(9))
        await w.slices.database.write(lambda tx: w.slices.members.enter(tx, peer))
        await eventually(lambda: w.device.owners == {"10.106.103.2/32": mesh_key(9)}, "the new key's address")
        known = await w.slices.database.read(lambda tx: w.slices.members.get(tx, "n1"))
        assert known is not None
        assert known.public_key == mesh_key(1)
        w.device.heard[mesh_key(9)] = "198.51.100.7:4242"
        await w.published_up_to(2)
        [(key,)] = await w.slices.rows("SELECT public_key FROM mesh_peers WHERE removed_at IS NULL")
        assert key == mesh_key(9)


async def test_what_a_key_has_shown_for_another_node_proves_nothing(tmp_path: Path) -> None:
    """A node is deleted, and while its peer takes its leave somebody else joins with its key."""
    async with world(tmp_path) as w, running(w):
        await w.put(1)
        await w.published_up_to(1)
        w.device.heard[mesh_key(1)] = "198.51.100.7:4242"
        await w.remove(1)
        await w.published_up_to(2)
        assert mesh_key(1) in w.device.keys()  # noqa: SIM118  (not a dictionary)
        await w.enter(1, "thief")
        await eventually(lambda: mesh_key(1) not in w.device.heard, "the peer made anew")
        await w.reconciler.verify()
        assert await w.members() == []
        w.device.heard[mesh_key(1)] = "198.51.100.7:4242"
        await eventually_so(lambda: _is(w, ["thief"]), "the proof")


async def _is(w: World, members: list[str]) -> bool:
    return await w.members() == members


async def test_the_mtu_follows_the_way_and_is_repaired(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.reconciler.start()
        assert w.device.mtu == 1420
        w.device.mtu = 1500
        await w.reconciler.verify()
        assert w.device.mtu == 1420
        w.way = Way(1400, 1400)
        await w.reconciler.verify()
        assert w.device.mtu == 1320


async def test_where_a_member_says_that_it_is_reached_is_told(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = 0.02
    async with world(tmp_path) as w:
        await w.put(1)
        async with running(w):
            w.says(1, "192.168.1.5:4000", "127.0.0.1:4000", "198.51.100.1:51820")
            await w.published_up_to(2)
            assert await w.told(1) == (2, ("192.168.1.5:4000",))
            assert len(w.heard.of("n1").refused) == 2
            # The same again is no news, nor is a heartbeat that says nothing of it.
            w.says(1, "192.168.1.5:4000", "127.0.0.1:4000", "198.51.100.1:51820")
            w.heard.hear("n1", Heartbeat(sent_at=0.0, metrics=SystemMetrics(), version=""))
            assert w.heard.take_news() == set()

            for last in range(10, 30):
                w.says(1, f"192.168.1.{last}:4000")

            async def is_told() -> bool:
                return (await w.told(1))[1] == ("192.168.1.29:4000",)

            await eventually_so(is_told, "the newest is told", seconds=3600, interval=5)


async def test_what_a_member_said_is_told_again_after_it_has_entered_anew(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = 0.02
    async with world(tmp_path) as w:
        await w.put(1)
        async with running(w):
            w.says(1, "192.168.1.5:4000")
            await w.published_up_to(2)
            await w.remove(1)
            await w.published_up_to(3)
            await w.put(1)

            async def is_told_again() -> bool:
                return await w.told(1) == (5, ("192.168.1.5:4000",))

            await eventually_so(is_told_again, "it is told again", seconds=3600, interval=5)
