"""The versioned log: whoever follows its differences, in whatever steps, ends with the same members."""

from __future__ import annotations

import ipaddress
import random
from pathlib import Path
from typing import Any

import pytest

from agent.state.desired_mesh import ChecksumMismatch, DesiredMesh
from nimbus.db import Transaction
from nimbus.db.engine import engine_of
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.members import TOMBSTONE_LIFETIME_S, Members, MeshKeyTaken
from nimbus.fleet.mesh.places import Places
from nimbus.fleet.mesh.policy import store as policy_store
from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, Selector, StoredPolicy
from nimbus.fleet.mesh.policy.subjects import Home, Kind, Subject
from nimbus.fleet.mesh.publication import INLINE_LIMIT_BYTES, Publication
from nimbus.fleet.mesh.records import (
    DeviceChanged,
    Member,
    MeshChanged,
    MeshPublished,
    News,
    ProvisionalPeer,
    Step,
)
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.kernel.errors import Conflict
from nimbus.protocol import checksum
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import MeshDelta, MeshPorts
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, place, plain_session
from tests.kit.records import mesh_peer

HOME = "home"


class World:
    def __init__(self, folder: Path, overlay: str = "10.0.0.0/24") -> None:
        self.session, self.folder = plain_session(folder), folder
        self.clock = SettableClock()
        # By node id; all others are at home.
        self.scopes: dict[str, str] = {}
        self.members = self.members_of(overlay)
        self.tx = Transaction(self.session)

    def home_of(self, _tx: Transaction, node_id: str) -> Home:
        return Home(Kind(self.scopes.get(node_id, HOME)), "")

    def members_of(self, overlay: str) -> Members:
        return Members(self.clock, overlay_network(overlay), "hub", self.home_of)

    def delta(self, since: int, scope: str = HOME) -> MeshDelta:
        return self.members.scope_delta(self.tx, scope, since)

    @property
    def checksum(self) -> str:
        state = store.state(self.tx, HOME)
        return state.checksum if state else checksum.EMPTY


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World(tmp_path)
    yield made
    made.session.close()


def test_nodes_that_poll_in_any_order_converge(world: World) -> None:
    dice = random.Random(7)
    nodes = [DesiredMesh() for _ in range(6)]
    for _turn in range(300):
        name = f"n{dice.randrange(12)}"
        action = dice.randrange(4)
        if action == 0:
            world.members.remove(world.tx, name)
        elif action == 1:
            world.members.set_endpoint(world.tx, name, f"192.0.2.{dice.randrange(250)}:1")
        elif action == 2:
            world.members.rename(world.tx, name, f"name{dice.randrange(99)}")
        else:
            # An address is one member's: each name has a range of its own.
            address = f"10.0.{name.removeprefix('n')}.{dice.randrange(2, 200)}"
            world.members.put(world.tx, mesh_peer(name, address))
        node = dice.choice(nodes)
        delta = world.delta(node.revision)
        if delta.revision:
            node.apply(delta)
    present = {member.peer.node_id: member.peer for member in store.present_members(world.tx)}
    for node in nodes:
        node.apply(world.delta(node.revision))
        assert node.peers == present
        assert node.checksum == world.checksum
    total = checksum.EMPTY
    for peer in present.values():
        total = checksum.added(total, peer)
    assert total == nodes[0].checksum


def test_the_same_member_again_is_no_change(world: World) -> None:
    for _ in range(2):
        world.members.put(world.tx, mesh_peer("a"))
        world.members.rename(world.tx, "a", "node-a")
        world.members.set_endpoint(world.tx, "nobody", "192.0.2.1:1")
        world.members.remove(world.tx, "nobody")
    assert store.revision(world.tx) == 1
    assert world.tx.events == [MeshChanged(1)]


def test_what_one_change_costs_does_not_grow_with_the_mesh(world: World) -> None:
    for number in range(200):
        world.members.put(world.tx, mesh_peer(f"n{number}", f"10.0.0.{number}"))
    delta = world.delta(199)
    assert (delta.since, delta.revision, len(delta.peers)) == (199, 200, 1)
    assert len(world.delta(0).peers) == 200


def test_who_is_behind_the_tombstones_gets_everything(world: World) -> None:
    for name in ("a", "b", "c"):
        world.members.put(world.tx, mesh_peer(name))
    old = DesiredMesh()
    old.apply(world.delta(0))
    world.members.remove(world.tx, "a")
    fresh = DesiredMesh()
    fresh.apply(world.delta(0))
    world.clock.advance(TOMBSTONE_LIFETIME_S - 1)
    world.members.forget_tombstones(world.tx)
    assert world.delta(3).since == 3
    world.clock.advance(2)
    world.members.forget_tombstones(world.tx)
    world.members.forget_tombstones(world.tx)
    whole = world.delta(3)
    assert (whole.since, {peer.node_id for peer in whole.peers}) == (0, {"b", "c"})
    _changed, gone = old.apply(whole)
    assert [peer.node_id for peer in gone] == ["a"]
    assert old.peers.keys() == fresh.peers.keys() == {"b", "c"}


def test_a_future_that_a_restored_backup_does_not_know_gives_everything(world: World) -> None:
    world.members.put(world.tx, mesh_peer("a"))
    assert world.delta(77).since == 0
    assert world.delta(1).peers == ()


def test_addresses_are_lowest_free_first_and_rest_after_release(world: World) -> None:
    first = world.members.allocate(world.tx, "a")
    second = world.members.allocate(world.tx, "b")
    assert (first, second) == ("10.0.0.2", "10.0.0.3")
    world.members.release(world.tx, "a")
    assert world.members.allocate(world.tx, "c") == "10.0.0.4"
    world.clock.advance(599)
    assert world.members.allocate(world.tx, "d") == "10.0.0.5"
    world.clock.advance(1)
    assert world.members.allocate(world.tx, "e") == "10.0.0.2"
    world.members.hand_over(world.tx, "10.0.0.2", "f")
    world.members.release(world.tx, "e")
    world.clock.advance(700)
    assert world.members.allocate(world.tx, "g") == "10.0.0.6"


def test_addresses_against_a_model(tmp_path: Path) -> None:
    world = World(tmp_path, "10.0.0.0/28")
    dice = random.Random(3)
    held: dict[str, int] = {}
    resting: dict[int, int] = {}
    for turn in range(400):
        world.clock.advance(dice.randrange(0, 120))
        now = world.clock.now()
        if held and dice.random() < 0.5:
            owner = dice.choice(sorted(held))
            world.members.release(world.tx, owner)
            resting[held.pop(owner)] = now
            continue
        resting = {address: at for address, at in resting.items() if now - at < 600_000_000}
        free = [n for n in range(2, 15) if n not in held.values() and n not in resting]
        if not free:
            with pytest.raises(Conflict):
                world.members.allocate(world.tx, f"o{turn}")
            continue
        address = world.members.allocate(world.tx, f"o{turn}")
        held[f"o{turn}"] = int(ipaddress.IPv4Address(address)) - int(ipaddress.IPv4Address("10.0.0.0"))
        assert held[f"o{turn}"] == free[0]
    world.session.close()


def test_another_overlay_is_refused_while_addresses_are_in_use(world: World) -> None:
    elsewhere = world.members_of("10.9.0.0/24")
    elsewhere.check_overlay(world.tx)
    world.members.allocate(world.tx, "a")
    with pytest.raises(UsageError, match="outside the overlay"):
        elsewhere.check_overlay(world.tx)
    world.members_of("10.0.0.0/16").check_overlay(world.tx)
    world.members.release(world.tx, "a")
    elsewhere.check_overlay(world.tx)


def test_a_provisional_peer_changes_the_device_only(world: World) -> None:
    world.members.add_provisional(world.tx, ProvisionalPeer("t", "key", "10.0.0.9"))
    world.members.end_provisional(world.tx, "t")
    world.members.end_provisional(world.tx, "t")
    assert world.tx.events == [DeviceChanged(), DeviceChanged()]
    assert store.revision(world.tx) == 0


def test_an_address_has_one_owner(world: World) -> None:
    world.members.allocate(world.tx, "a")
    other = engine_of(place(world.folder)).write_session()
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.take_address(Transaction(other), int(ipaddress.IPv4Address("10.0.0.2")), "b", 0)
    other.close()


def test_the_newest_step_is_published_encoded_unless_it_is_large() -> None:
    bus = RecordingBus()
    publication = Publication(bus)
    assert publication.inline("a", 0) is None
    places, views = (Member(mesh_peer("a"), 5, HOME),), {HOME: frozenset({HOME})}
    delta = MeshDelta(3, 5, checksum.EMPTY, (mesh_peer("a"),))
    publication.publish(News(5, (Step(HOME, 3, delta),), places, views))
    assert publication.inline("a", 3) is not None
    assert publication.inline("a", 4) is None
    assert publication.inline("nobody", 3) is None
    many = tuple(mesh_peer(f"n{number}") for number in range(INLINE_LIMIT_BYTES // 20))
    publication.publish(News(6, (Step(HOME, 5, MeshDelta(5, 6, checksum.EMPTY, many)),), (), views))
    assert publication.inline("a", 5) is None
    assert publication.revision_of("a") == 6
    publication.publish(News(6, (), (), views))
    assert bus.published == [MeshPublished(frozenset({HOME}))] * 2


def keys_on(world: World) -> dict[str, str]:
    delta = world.delta(0)
    return {peer.node_id: peer.public_key for peer in delta.peers}


@pytest.mark.parametrize("holder", ["hub", "member", "candidate", "provisional"])
def test_a_key_is_one_members(world: World, holder: str) -> None:
    world.members.put(world.tx, mesh_peer("member", public_key="member"))
    world.members.enter(world.tx, mesh_peer("candidate", public_key="candidate"))
    world.members.add_provisional(world.tx, ProvisionalPeer("token", "provisional", "10.0.0.9"))
    newcomer = mesh_peer("newcomer", public_key=holder)
    with pytest.raises(MeshKeyTaken) as caught:
        world.members.enter(world.tx, newcomer)
    assert caught.value.code == "MESH_KEY_TAKEN"
    assert caught.value.next_step
    assert world.members.candidate(world.tx, "newcomer") is None


def test_one_that_joins_again_with_what_it_has_stays_a_member(world: World) -> None:
    peer = mesh_peer("a", public_key="its key")
    world.members.enter(world.tx, peer)
    assert keys_on(world) == {}
    world.members.prove(world.tx, "a", "another key", "192.0.2.1:1")
    assert keys_on(world) == {}
    world.members.rename(world.tx, "a", "renamed")
    world.members.prove(world.tx, "a", "its key", "192.0.2.1:1")
    [member] = world.delta(0).peers
    assert (member.name, member.endpoint, member.public_key) == ("renamed", "192.0.2.1:1", "its key")
    world.members.enter(world.tx, member)
    assert keys_on(world) == {"a": "its key"}
    assert world.members.candidate(world.tx, "a") is None
    # With a new one it has to prove that first.
    world.members.enter(world.tx, mesh_peer("a", public_key="new key"))
    assert keys_on(world) == {"a": "its key"}
    world.members.remove(world.tx, "a")
    assert world.members.candidate(world.tx, "a") is None
    assert keys_on(world) == {}
    # The keys of one that has gone are free.
    world.members.enter(world.tx, mesh_peer("b", public_key="its key"))


def test_who_stands_in_the_control_planes_place_goes_when_it_starts(world: World) -> None:
    """As in a database from before keys were compared."""
    for name, fields in {
        "good": {"public_key": "good"},
        "key": {"public_key": "hub"},
        "address": {"address": "10.0.0.1", "public_key": "other"},
    }.items():
        world.members.put(world.tx, mesh_peer(name, **fields))
    node = DesiredMesh()
    node.apply(world.delta(0))
    assert sorted(world.members.mend(world.tx)) == ["node-address", "node-key"]
    node.apply(world.delta(node.revision))
    assert set(node.peers) == {"good"}
    assert world.members.mend(world.tx) == []


def test_a_checksum_that_lost_its_rows_is_put_right(world: World) -> None:
    for name in ("a", "b"):
        world.members.put(world.tx, mesh_peer(name))
    node = DesiredMesh()
    node.apply(world.delta(0))
    world.tx.execute("DELETE FROM mesh_peers WHERE node_id = 'b'")
    assert world.members.mend(world.tx) == []
    delta = world.delta(node.revision)
    assert (delta.since, delta.revision) == (0, 3)
    node.apply(delta)
    assert set(node.peers) == {"a"}
    assert world.members.mend(world.tx) == []
    assert world.delta(3).peers == ()


def test_a_member_is_known_within_its_scope_alone(world: World) -> None:
    world.scopes = {"x": "elsewhere", "y": "elsewhere"}
    for name in ("a", "x", "b", "y"):
        world.members.put(world.tx, mesh_peer(name))
    home, elsewhere = DesiredMesh(), DesiredMesh()
    home.apply(world.delta(0))
    elsewhere.apply(world.delta(0, "elsewhere"))
    assert (set(home.peers), set(elsewhere.peers)) == ({"a", "b"}, {"x", "y"})
    # What happens beyond the border is no news: neither a revision nor a byte.
    before = world.delta(0)
    world.members.set_endpoint(world.tx, "x", "192.0.2.9:1")
    world.members.remove(world.tx, "y")
    assert world.delta(0) == before
    news = world.members.news(world.tx, 4, {HOME: before.revision, "elsewhere": 4})
    assert news.steps == (Step("elsewhere", 4, world.delta(4, "elsewhere")),)
    elsewhere.apply(world.delta(elsewhere.revision, "elsewhere"))
    assert set(elsewhere.peers) == {"x"}
    told = world.members.delta(world.tx, "x", 0)
    assert told is not None
    assert [peer.node_id for peer in told.peers] == ["x"]
    assert world.members.delta(world.tx, "y", 0) is None
    assert world.members.delta(world.tx, "nobody", 0) is None


def test_a_member_that_changes_its_scope_leaves_the_one_and_is_told_all_of_the_other(world: World) -> None:
    world.scopes = {"x": "elsewhere"}
    for name in ("x", "a", "b"):
        world.members.put(world.tx, mesh_peer(name))
    home, elsewhere, mover = DesiredMesh(), DesiredMesh(), DesiredMesh()
    home.apply(world.delta(0))
    elsewhere.apply(world.delta(0, "elsewhere"))
    mover.apply(world.delta(0))
    world.scopes["b"] = "elsewhere"
    world.members.set_endpoint(world.tx, "b", "192.0.2.9:1")
    home.apply(world.delta(home.revision))
    elsewhere.apply(world.delta(elsewhere.revision, "elsewhere"))
    told = world.members.delta(world.tx, "b", mover.revision)
    assert told is not None
    assert told.since == 0
    mover.apply(told)
    assert set(home.peers) == {"a"}
    assert elsewhere.peers == mover.peers
    assert set(mover.peers) == {"x", "b"}
    assert world.members.scope(world.tx, "b") == "elsewhere"
    world.members.remove(world.tx, "b")
    assert world.members.scope(world.tx, "b") is None
    assert [member.node_id for member in world.members.present(world.tx)] == ["a", "x"]


def test_scopes_of_nobody_are_forgotten_and_begin_anew(world: World) -> None:
    world.scopes = {"x": "elsewhere", "y": "elsewhere"}
    for name in ("a", "x"):
        world.members.put(world.tx, mesh_peer(name))
    left = DesiredMesh()
    left.apply(world.delta(0, "elsewhere"))
    world.members.remove(world.tx, "x")
    world.clock.advance(TOMBSTONE_LIFETIME_S + 1)
    world.members.forget_tombstones(world.tx)
    assert set(store.states(world.tx)) == {HOME}
    world.members.put(world.tx, mesh_peer("y"))
    # Who was there before asks with a number that was given in the scope's earlier life, and sees by the sum.
    with pytest.raises(ChecksumMismatch):
        left.apply(world.delta(left.revision, "elsewhere"))
    left.apply(world.delta(0, "elsewhere"))
    assert set(left.peers) == {"y"}


def test_scopes_that_were_one_mesh_are_put_right_when_the_control_plane_starts(world: World) -> None:
    """As the migration leaves them: each with the checksum of all. Where there is one, nothing changes."""
    for name in ("a", "b", "c"):
        world.members.put(world.tx, mesh_peer(name))
    node = DesiredMesh()
    node.apply(world.delta(0))
    assert world.members.mend(world.tx) == []
    assert world.delta(3).peers == ()
    world.tx.execute("UPDATE mesh_peers SET scope = 'elsewhere' WHERE node_id = 'c'")
    one = store.state(world.tx, HOME)
    assert one is not None
    store.save_state(world.tx, "elsewhere", one)
    assert world.members.mend(world.tx) == []
    whole = world.delta(node.revision)
    assert whole.since == 0
    _changed, gone = node.apply(whole)
    assert [peer.node_id for peer in gone] == ["c"]
    there = DesiredMesh()
    there.apply(world.delta(0, "elsewhere"))
    assert set(there.peers) == {"c"}
    assert world.members.mend(world.tx) == []


class Wanderers:
    """Nodes of two organizations whose labels, places and policies change all the time."""

    def __init__(self, world: World) -> None:
        self._world, self.dice = world, random.Random(5)
        self._homes: dict[str, Subject] = {}
        self.nodes: dict[str, DesiredMesh] = {}
        tx = world.tx
        for organization in ("one", "two"):
            tx.execute(
                "INSERT INTO organizations (id, name, created_at) VALUES (?, ?, 1)",
                (organization, organization),
            )
        overlay = overlay_network("10.0.0.0/16")
        self.members = Members(world.clock, overlay, "hub", lambda tx, node_id: self.home(tx, node_id))

    def home(self, tx: Transaction, node_id: str) -> Home:
        return Home(policy_store.book(tx).kind_of(self._homes[node_id]), "")

    def turn(self) -> None:
        """One thing happens."""
        dice, tx = self.dice, self._world.tx
        name = f"n{dice.randrange(8)}"
        action = dice.randrange(8)
        if action == 0 and name in self.nodes:
            self.members.remove(tx, name)
            del self.nodes[name]
        elif action == 1:
            owner = dice.choice(["one", "two"])
            stored = StoredPolicy(self.document(owner), 1, 1, "x")
            self.members.follow(tx, lambda: policy_store.save(tx, owner, stored), list(self.nodes))
        elif action == 2 and name in self.nodes:
            self.members.set_endpoint(tx, name, f"192.0.2.{dice.randrange(250)}:1")
        else:
            labels = {"role": dice.choice(["a", "b"])} if dice.random() < 0.7 else {}
            organization = dice.choice(["one", "one", "two"])
            self._homes[name] = Subject(organization, dice.choice(["w1", "w2"]), labels, dice.random() < 0.8)
            if name in self.nodes:
                self.members.place_again(tx, [name])
            else:
                self.members.put(tx, mesh_peer(name, f"10.0.1.{name[1:]}"))
                self.nodes[name] = DesiredMesh()

    def document(self, owner: str) -> MeshPolicy:
        def side(*organizations: str) -> Selector:
            labels = {"role": self.dice.choice(["a", "b"])} if self.dice.random() < 0.5 else {}
            return Selector(self.dice.choice(organizations), self.dice.choice(["", "w1"]), labels)

        other = "two" if owner == "one" else "one"
        rules = tuple(
            PolicyRule(
                f"r{at}",
                self.dice.choice(["allow", "deny"]),
                side(""),
                side("", other),
                self.dice.choice([None, ("tcp/22",), ("tcp", "icmp")]),
            )
            for at in range(self.dice.randrange(4))
        )
        return MeshPolicy(self.dice.choice(["allow", "deny"]), rules)

    def expected(self, name: str) -> dict[str, MeshPorts | None]:
        """Whom it is told of, with what is open between them; None: everything."""
        book = policy_store.book(self._world.tx)
        kinds = {other: self.home(self._world.tx, other).kind for other in self.nodes}
        between = {other: book.between(kinds[name], kind) for other, kind in kinds.items()}
        return {
            other: None if each.passage.is_whole else each.passage.ports
            for other, each in between.items()
            if each.are_told
        }


def test_nodes_follow_policies_labels_and_places_by_differences_alone(world: World) -> None:
    wanderers = Wanderers(world)
    published: dict[str, int] = {}
    newest, places = 0, Places()
    for _turn in range(150):
        wanderers.turn()
        if wanderers.dice.random() < 0.3:
            news = wanderers.members.news(world.tx, newest, published)
            newest = news.revision
            published |= {step.scope: step.delta.revision for step in news.steps}
            places.take_in(news.changed, news.views)
            for one in wanderers.nodes:
                for other in wanderers.nodes:
                    addresses = [places.address_of(name) for name in (one, other)]
                    sees = other in wanderers.expected(one) and one != other
                    assert places.may_talk(*addresses) == sees
        for name, node in wanderers.nodes.items():
            if wanderers.dice.random() < 0.5:
                delta = wanderers.members.delta(world.tx, name, node.revision)
                assert delta is not None
                node.apply(delta)
                assert {key: node.ports_of(peer) for key, peer in node.peers.items()} == wanderers.expected(
                    name
                )
                assert delta.revision >= published.get(places.scope_of(name), 0)
