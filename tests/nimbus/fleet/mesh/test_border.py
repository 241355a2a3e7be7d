"""The mesh as people see it ends at the border of an organization, also for who sees both sides."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.fleet.mesh.nat.observations import Observations
from nimbus.fleet.mesh.policy.service import MeshPolicies
from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.mesh.records import StatusQuery, WhyQuery
from nimbus.fleet.mesh.service import Mesh
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.records import (
    MoveRequest,
    OrganizationRequest,
    WorkspacePatch,
    WorkspaceRequest,
)
from nimbus.protocol.messages import Link, MeshDelta, MeshProbeResult
from tests.kit import records
from tests.kit.operations import operations_of
from tests.kit.records import ADMIN, mesh_key, mesh_peer
from tests.kit.slices import Slices, slices


class World:
    """Two nodes of `default`, in two workspaces, and two of `other`."""

    def __init__(self, joined: Slices) -> None:
        self.slices = joined
        self.reconciler = MeshReconciler(joined.database, joined.members, joined.publication, None, None)
        operations, _ = operations_of(joined)
        self.ids: dict[str, str] = {}
        self.workspaces: dict[str, str] = {}
        self.policies = MeshPolicies(
            joined.database,
            joined.clock,
            joined.audit,
            joined.organizations,
            joined.nodes,
            joined.members,
            joined.kinds,
        )
        self.mesh = Mesh(
            joined.database,
            joined.clock,
            joined.audit,
            joined.members,
            self.reconciler,
            joined.nodes,
            operations,
            self.policies,
            mode="kernel",
            overlay="10.106.0.0/16",
            online=lambda: list(self.ids.values()),
            heard=HeardEndpoints(ipaddress.IPv4Network("10.106.0.0/16")),
            observations=Observations(time.time),
        )

    async def prepare(self) -> None:
        administration = self.slices.administration
        await administration.create(ADMIN, OrganizationRequest(name="other"))
        self.workspaces = {"default": self.slices.workspace.id}
        for organization, name in (("default", "lab"), ("other", "web")):
            request = WorkspaceRequest(name=name, organization=organization)
            self.workspaces[name] = (await administration.create_workspace(ADMIN, request)).id
        for number, (name, workspace) in enumerate(
            (("a-1", "default"), ("a-2", "lab"), ("b-1", "web"), ("b-2", "web")), start=1
        ):
            node = records.node(new_id(), self.workspaces[workspace], name)
            peer = mesh_peer(node.id, f"10.106.103.{number + 1}", name=name, public_key=mesh_key(number))
            self.ids[name] = node.id
            await self.slices.database.write(lambda tx, node=node: self.slices.nodes.add(tx, node))  # type: ignore[misc]
            await self.slices.database.write(lambda tx, peer=peer: self.slices.members.put(tx, peer))  # type: ignore[misc]

    async def measured(self) -> None:
        """As before there were borders: each measured its way to all."""
        for name, node_id in self.ids.items():
            links = tuple(
                Link(other_id, other, 5.0, 1.0, 10, 10)
                for other, other_id in self.ids.items()
                if other != name
            )
            result = msgspec.to_builtins(MeshProbeResult(links))
            await self.slices.database.write(
                lambda tx, node_id=node_id, result=result: self.mesh.store_probe(tx, node_id, result)  # type: ignore[misc]
            )


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    async with slices(folder, mesh=True) as joined:
        made = World(joined)
        await made.prepare()
        await made.reconciler.start()
        yield made


async def test_nodes_are_told_of_their_own_organization(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        for own in (("a-1", "a-2"), ("b-1", "b-2")):
            for name in own:
                assert {peer.name for peer in (await told(w, name)).peers} == set(own)
        places = w.slices.publication.places
        assert places.may_talk("10.106.103.2", "10.106.103.3")
        assert not places.may_talk("10.106.103.2", "10.106.103.4")


async def test_there_are_no_pairs_over_the_border(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.measured()
        pairs = (await w.mesh.status(ADMIN, StatusQuery(show="all"))).rows
        over = {(pair.from_, pair.to) for pair in pairs if {pair.from_[0], pair.to[0]} == {"a", "b"}}
        assert over == set()
        assert {(pair.from_, pair.to) for pair in pairs if "control-plane" not in (pair.from_, pair.to)} == {
            ("a-1", "a-2"),
            ("a-2", "a-1"),
            ("b-1", "b-2"),
            ("b-2", "b-1"),
        }
        shown = await w.mesh.topology(ADMIN)
        names = [node.name for node in shown.nodes]
        assert {(names[a], names[b]) for a, b in zip(shown.links.a, shown.links.b, strict=True)} == {
            ("a-1", "a-2"),
            ("b-1", "b-2"),
        }
        assert (shown.problems, {node.direct for node in shown.nodes}) == (0, {1})
        assert len({node.organization for node in shown.nodes}) == 2


async def test_why_says_that_the_mesh_ends_there(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        over = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="b-1"))
        assert (over.path, over.pairs) == ("down", [])
        assert "different organizations" in over.summary
        within = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="a-2"))
        assert "organizations" not in within.summary


async def test_who_sees_one_organization_sees_nothing_of_the_other(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        allowed = frozenset({Permission.MESH_READ, Permission.MESH_WRITE, Permission.AGENT_READ})
        of_other = Actor(
            kind="user", id="u-9", name="eve", access=Access(workspaces={w.workspaces["web"]: allowed})
        )
        info = await w.mesh.info(of_other)
        assert info.members == 2
        newest = info.revision
        # What happens beyond the border does not even move the number.
        peer = mesh_peer("a-3", "10.106.103.77", public_key=mesh_key(7))
        await w.slices.database.write(lambda tx: w.slices.members.put(tx, peer))
        assert (await w.mesh.info(of_other)).revision == newest
        assert {node.name for node in (await w.mesh.topology(of_other)).nodes} == {"b-1", "b-2"}
        started = await w.mesh.probe(of_other)
        assert started.nodes == 2


async def told(w: World, name: str, since: int = 0) -> MeshDelta:
    node_id = w.ids[name]
    delta = await w.slices.database.read(lambda tx: w.slices.members.delta(tx, node_id, since))
    assert delta is not None
    return delta


async def test_a_workspace_that_moves_takes_its_nodes_over_the_border_at_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        before = await told(w, "a-1")
        target, request = Target("default/lab"), MoveRequest(organization="other")
        await w.slices.administration.move_workspace(ADMIN, target, request)
        [gone] = (await told(w, "a-1", before.revision)).peers
        assert (gone.node_id, gone.removed) == (w.ids["a-2"], True)
        for name in ("a-2", "b-1", "b-2"):
            assert {peer.name for peer in (await told(w, name)).peers} == {"a-2", "b-1", "b-2"}
        # A copy that it had of the mesh that it has left is of no use.
        assert (await told(w, "a-2", before.revision)).since == 0


async def test_members_are_told_the_workspace_and_its_new_name(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        before = await told(w, "a-1")
        assert {peer.name: peer.workspace for peer in before.peers} == {"a-1": "default", "a-2": "lab"}
        target = Target("default/lab")
        await w.slices.administration.change_workspace(ADMIN, target, WorkspacePatch(name="prod"))
        [changed] = (await told(w, "a-1", before.revision)).peers
        assert (changed.name, changed.workspace) == ("a-2", "prod")
        # What says nothing of it is told to nobody.
        patch = WorkspacePatch(description="of the laboratory")
        revision = (await told(w, "a-1")).revision
        await w.slices.administration.change_workspace(ADMIN, Target("default/prod"), patch)
        assert (await told(w, "a-1")).revision == revision
