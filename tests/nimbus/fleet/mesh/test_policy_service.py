"""Policies through the public door: what is refused, what changes for whom, and what the wire would carry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.state.desired_mesh import DesiredMesh
from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, PolicyTest, Selector
from nimbus.fleet.mesh.policy.service import PolicyTestFailed
from nimbus.fleet.mesh.records import WhyQuery
from nimbus.fleet.nodes.records import NodePatch, NodeRelabelled
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import Forbidden, NotFound, PreconditionFailed, ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import MeshDelta
from tests.kit.records import ADMIN
from tests.nimbus.fleet.mesh.test_border import World, world

SPLIT = PolicyRule("split", "deny", Selector(workspace="default"), Selector(workspace="lab"))


@asynccontextmanager
async def followed(folder: Path) -> AsyncIterator[tuple[World, Fleet]]:
    async with world(folder) as w:
        fleet = Fleet(w)
        await fleet.follow()
        yield w, fleet


class Fleet:
    """What each node has taken in, by differences alone, checked by their sums."""

    def __init__(self, w: World) -> None:
        self._world = w
        self.nodes = {name: DesiredMesh() for name in w.ids}

    async def told(self, name: str) -> MeshDelta:
        w, revision = self._world, self.nodes[name].revision
        delta = await w.slices.database.read(lambda tx: w.slices.members.delta(tx, w.ids[name], revision))
        assert delta is not None
        return delta

    async def follow(self) -> dict[str, int]:
        """Everybody asks; how many rows each was sent."""
        sent = {}
        for name, node in self.nodes.items():
            delta = await self.told(name)
            node.apply(delta)
            sent[name] = len(delta.peers)
        return sent

    def knows(self, name: str) -> set[str]:
        return {peer.name for peer in self.nodes[name].peers.values()} - {name}


async def test_a_policy_splits_workspaces_and_joins_them_again(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        assert fleet.knows("a-1") == {"a-2"}
        shown = await w.policies.show(ADMIN, "")
        assert (shown.revision, shown.policy, shown.updated_at) == (0, MeshPolicy(), None)
        preview = await w.policies.test(ADMIN, "", MeshPolicy(rules=(SPLIT,)))
        assert (preview.joined, preview.parted) == (0, 1)
        assert [(change.from_, change.to, change.rule) for change in preview.changes] == [
            ("a-1", "a-2", "split")
        ]
        assert (await w.policies.show(ADMIN, "")).revision == 0

        applied = await w.policies.apply(ADMIN, "default", MeshPolicy(rules=(SPLIT,)), 0)
        assert (applied.revision, applied.policy.rules, applied.updated_by) == (1, (SPLIT,), ADMIN.name)
        untouched = fleet.nodes["b-1"].revision
        await fleet.follow()
        assert (fleet.knows("a-1"), fleet.knows("a-2")) == (set(), set())
        assert (fleet.knows("b-1"), fleet.nodes["b-1"].revision) == ({"b-2"}, untouched)
        told = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="a-2"))
        assert "the rule 'split'" in told.summary

        await w.policies.apply(ADMIN, "default", MeshPolicy(), 1)
        await fleet.follow()
        assert (fleet.knows("a-1"), fleet.knows("a-2")) == ({"a-2"}, {"a-1"})
        assert await w.slices.rows("SELECT COUNT(*) FROM mesh_peers WHERE removed_at IS NULL") == [(4,)]


async def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, _fleet):
        first = await w.policies.apply(ADMIN, "", MeshPolicy(rules=(SPLIT,)), None)
        audited = await w.slices.rows("SELECT COUNT(*) FROM audit_log")
        newest = await w.slices.rows("SELECT revision FROM mesh_state")
        assert await w.policies.apply(ADMIN, "", MeshPolicy(rules=(SPLIT,)), None) == first
        assert await w.slices.rows("SELECT COUNT(*) FROM audit_log") == audited
        assert await w.slices.rows("SELECT revision FROM mesh_state") == newest
        with pytest.raises(PreconditionFailed):
            await w.policies.apply(ADMIN, "", MeshPolicy(), 7)


async def test_the_border_opens_when_both_sides_say_so(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        ours = PolicyRule("to them", "allow", Selector(workspace="lab"), Selector(organization="other"))
        await w.policies.apply(ADMIN, "default", MeshPolicy(rules=(ours,)), None)
        await fleet.follow()
        assert fleet.knows("a-2") == {"a-1"}
        theirs = PolicyRule("to us", "allow", to=Selector(organization="default"))
        await w.policies.apply(ADMIN, "other", MeshPolicy(rules=(theirs,)), None)
        await fleet.follow()
        assert fleet.knows("a-1") == {"a-2"}
        assert fleet.knows("a-2") == {"a-1", "b-1", "b-2"}
        assert fleet.knows("b-1") == {"a-2", "b-2"}
        # Their workspaces may have the names of ours: none of theirs answers to one of our names.
        known = {peer.name: peer.workspace for peer in fleet.nodes["a-2"].peers.values()}
        assert known["a-1"] == "default"
        assert (known["b-1"], known["b-2"]) == ("", "")
        await w.reconciler.start()
        talk = w.slices.publication.places.may_talk
        assert talk("10.106.103.3", "10.106.103.4")
        assert not talk("10.106.103.2", "10.106.103.4")
        # One side is enough to close it.
        await w.policies.apply(ADMIN, "default", MeshPolicy(), None)
        await fleet.follow()
        assert (fleet.knows("a-2"), fleet.knows("b-1")) == ({"a-1"}, {"b-2"})


async def test_why_speaks_of_the_two_nodes_alone_whatever_others_are_called(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for name, other in (("default", "other"), ("other", "default")):
            rule = PolicyRule("open", "allow", to=Selector(organization=other))
            await w.policies.apply(ADMIN, name, MeshPolicy(rules=(rule,)), None)
        await w.slices.database.write(lambda tx: w.slices.members.rename(tx, w.ids["b-1"], "a-2"))
        explained = await w.mesh.why(ADMIN, WhyQuery(w.ids["a-1"], w.ids["a-2"]))
        assert [(pair.from_, pair.to) for pair in explained.pairs] == [("a-1", "a-2"), ("a-2", "a-1")]


async def test_labels_put_a_node_where_the_policy_wants_it(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        lonely = PolicyRule("lonely", "deny", Selector(labels={"alone": "yes"}), Selector())
        await w.policies.apply(ADMIN, "", MeshPolicy(rules=(lonely,)), None)
        await fleet.follow()
        assert fleet.knows("a-1") == {"a-2"}
        await w.slices.nodes.change(ADMIN, Target("a-2"), NodePatch(labels={"alone": "yes"}))
        relabelled = [event for event in w.slices.bus.published if isinstance(event, NodeRelabelled)]
        assert [event.node_id for event in relabelled] == [w.ids["a-2"]]
        await w.slices.database.write(lambda tx: w.slices.members.place_again(tx, [w.ids["a-2"]]))
        sent = await fleet.follow()
        assert (fleet.knows("a-1"), fleet.knows("a-2")) == (set(), set())
        # Who has lost sight of it is told that alone.
        assert sent["a-1"] == 1


async def test_a_document_that_breaks_its_own_tests_is_refused_with_the_pair(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        tests = (PolicyTest("b-1", "b-2"), PolicyTest("default/a-1", "lab/a-2"))
        with pytest.raises(PolicyTestFailed) as refused:
            await w.policies.apply(ADMIN, "", MeshPolicy(rules=(SPLIT,), tests=tests), None)
        assert (
            "default/a-1 and lab/a-2 would not reach each other (by the rule 'split')"
            in refused.value.message
        )
        assert refused.value.details[0]["field"] == "tests[1]"
        with pytest.raises(PolicyTestFailed, match="a-1 and b-1 would not"):
            await w.policies.test(ADMIN, "", MeshPolicy(tests=(PolicyTest("a-1", "b-1"),)))
        assert (await w.policies.show(ADMIN, "")).revision == 0
        assert await fleet.follow() == dict.fromkeys(w.ids, 0)
        good = MeshPolicy(rules=(SPLIT,), tests=(PolicyTest("a-1", "a-2", allowed=False),))
        assert (await w.policies.apply(ADMIN, "", good, None)).policy == good


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (MeshPolicy(rules=(PolicyRule("a", "deny", Selector(workspace="nowhere")),)), "default, lab"),
        (MeshPolicy(rules=(PolicyRule("a", "deny", Selector(organization="nowhere")),)), "nowhere"),
        (MeshPolicy(rules=(PolicyRule("a", "deny"), PolicyRule("a", "deny"))), "two rules"),
        (MeshPolicy(tests=(PolicyTest("a-1", "nobody"),)), "nobody"),
        (MeshPolicy(tests=(PolicyTest("a-1", "control-plane", allowed=False),)), "control plane"),
    ],
)
async def test_what_is_refused(tmp_path: Path, policy: MeshPolicy, words: str) -> None:
    async with followed(tmp_path) as (w, _fleet):
        with pytest.raises(ValidationError, match=words):
            await w.policies.apply(ADMIN, "", policy, None)
        assert await w.slices.rows("SELECT COUNT(*) FROM mesh_policies") == [(0,)]


async def test_the_workspaces_of_another_organization_are_not_listed(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, _fleet):
        theirs = PolicyRule("a", "allow", to=Selector(organization="default", workspace="nowhere"))
        with pytest.raises(ValidationError, match="default has no workspace 'nowhere'") as refused:
            await w.policies.apply(ADMIN, "other", MeshPolicy(rules=(theirs,)), None)
        assert "lab" not in str(refused.value)


async def test_the_control_plane_is_always_reached(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, _fleet):
        tests = (PolicyTest("a-1", "control-plane"),)
        nobody = MeshPolicy(default="deny", rules=(PolicyRule("none", "deny"),), tests=tests)
        await w.policies.apply(ADMIN, "", nobody, None)
        told = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="control-plane"))
        assert "policy" not in told.summary


async def test_who_may(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, _fleet):
        organization = (await w.policies.show(ADMIN, "default")).organization_id

        def actor(*permissions: Permission) -> Actor:
            access = Access(organizations={organization: frozenset(permissions)})
            return Actor(kind="user", id="u-9", name="eve", access=access)

        reader = actor(Permission.MESH_READ, Permission.ORGANIZATION_READ)
        assert (await w.policies.show(reader, "default")).organization == "default"
        with pytest.raises(Forbidden):
            await w.policies.test(reader, "default", MeshPolicy())
        with pytest.raises(Forbidden):
            await w.policies.apply(reader, "default", MeshPolicy(), None)
        writer = actor(Permission.MESH_READ, Permission.ORGANIZATION_READ, Permission.ORGANIZATION_WRITE)
        await w.policies.apply(writer, "default", MeshPolicy(default="deny"), None)
        with pytest.raises(NotFound):
            await w.policies.apply(writer, "other", MeshPolicy(), None)


async def test_a_workspace_that_is_renamed_stays_meant(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        await w.policies.apply(ADMIN, "", MeshPolicy(rules=(SPLIT,)), None)
        await w.slices.database.write(
            lambda tx: tx.execute("UPDATE workspaces SET name = 'bench' WHERE name = 'lab'")
        )
        await fleet.follow()
        assert fleet.knows("a-1") == set()
        [rule] = (await w.policies.show(ADMIN, "")).policy.rules
        assert rule.to.workspace == "bench"
