"""The door to the mesh for operators: its status, pair by pair, and a new measurement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.explained_policy import kept_apart, with_ports
from nimbus.fleet.mesh.explanation import End, explain
from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.fleet.mesh.history.service import MeshHistories
from nimbus.fleet.mesh.measurement import HUB_PLACE, take_in
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.nat.observations import Observations
from nimbus.fleet.mesh.nat.rules import Network
from nimbus.fleet.mesh.nat.views import network_with_views
from nimbus.fleet.mesh.nat.words import sentence
from nimbus.fleet.mesh.pairs import Pairs
from nimbus.fleet.mesh.policy.rules import Between
from nimbus.fleet.mesh.policy.service import MeshPolicies
from nimbus.fleet.mesh.reach import Row, place_of
from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.mesh.records import (
    CONTROL_PLANE,
    Carried,
    HeardAt,
    Member,
    MeshExplanation,
    MeshFinding,
    MeshInfo,
    MeshNetwork,
    MeshSummary,
    MeshTopology,
    NetworkQuery,
    ProbeStarted,
    StatusQuery,
    SummaryQuery,
    WhyQuery,
)
from nimbus.fleet.mesh.rules import control_plane_address, overlay_network
from nimbus.fleet.nodes.records import Approval, Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations.records import OperationRequest
from nimbus.fleet.operations.service import Operations
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import PassingChange
from nimbus.kernel.clock import Clock, to_the_second
from nimbus.kernel.errors import invalid
from nimbus.kernel.routing import Listed, Target
from nimbus.protocol.link_columns import address_number
from nimbus.protocol.messages import MeshProbeResult
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.wireguard.model import InterfaceState


class Mesh:
    """`mode` and `overlay` are what the control plane runs with; `online` tells which nodes can measure."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        members: Members,
        reconciler: MeshReconciler,
        nodes: Nodes,
        operations: Operations,
        policies: MeshPolicies,
        *,
        mode: str,
        overlay: str,
        online: Callable[[], list[str]],
        heard: HeardEndpoints,
        observations: Observations,
        history: MeshHistories | None = None,
        carried: Callable[[], Carried] = Carried,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._members = members
        self._reconciler = reconciler
        self._nodes = nodes
        self._operations = operations
        self._policies = policies
        self._mode = mode
        self._overlay = overlay
        self._base = int(overlay_network(overlay).network_address)
        self._online = online
        self._heard = heard
        self._observations = observations
        self._history = history
        self._carried = carried

    async def probe(self, actor: Actor) -> ProbeStarted:
        """Have every online node measure its links, some at a time."""
        actor.require(Permission.MESH_WRITE)
        online = self._online()

        def probe(tx: Transaction) -> ProbeStarted:
            reached = self._nodes.reached(tx, actor, Permission.MESH_WRITE)
            places: dict[str, list[Node]] = {}
            for node_id in online:
                if node_id in reached and self._members.get(tx, node_id):
                    node = self._nodes.get(tx, node_id)
                    places.setdefault(node.workspace_id, []).append(node)
            request = OperationRequest(name="mesh probe", kind="mesh_probe")
            started = [self._operations.add(tx, actor, request, nodes).id for nodes in places.values()]
            number = sum(len(nodes) for nodes in places.values())
            mesh = Resource("mesh", "mesh")
            self._audit.record(tx, actor, "mesh.probe", mesh, after={"nodes": number})
            return ProbeStarted(tuple(started), number)

        return await self._database.write(probe)

    async def info(self, actor: Actor) -> MeshInfo:
        actor.require(Permission.MESH_READ)

        def read(tx: Transaction) -> MeshInfo:
            reached = self._nodes.reached(tx, actor, Permission.MESH_READ)
            members = [member for member in store.present_members(tx) if member.peer.node_id in reached]
            states = store.states(tx)
            newest = max(
                (states[scope].revision for scope in {member.scope for member in members}), default=0
            )
            carried = self._carried() if reached.ids is None else None
            return MeshInfo(self._mode, self._overlay, newest, len(members), carried)

        return await self._database.read(read)

    async def status(self, actor: Actor, query: StatusQuery) -> Listed:
        """Ways by the last measurement of the node that they lead from."""
        actor.require(Permission.MESH_READ)
        device = await self._reconciler.peer_states()
        online = set(self._online())

        def read(tx: Transaction) -> Listed:
            pairs = self._pairs(tx, self._members_for(tx, actor), online, device)
            return pairs.page(query, self._rows(tx, actor, pairs, query.node, outgoing=query.outgoing))

        return await self._database.read(read)

    async def summary(self, actor: Actor, query: SummaryQuery) -> MeshSummary:
        """How many ways there are of each kind, and why those are not direct that are not."""
        actor.require(Permission.MESH_READ)
        device = await self._reconciler.peer_states()
        online = set(self._online())

        def read(tx: Transaction) -> MeshSummary:
            pairs = self._pairs(tx, self._members_for(tx, actor), online, device)
            return pairs.summary(self._rows(tx, actor, pairs, query.node))

        return await self._database.read(read)

    def _rows(
        self, tx: Transaction, actor: Actor, pairs: Pairs, node: str | None, *, outgoing: bool = False
    ) -> list[Row]:
        if not node:
            return pairs.rows
        if node != CONTROL_PLANE:
            node = self._nodes.resolve(tx, actor, Permission.MESH_READ, Target(node)).id
        return pairs.of_node(node, outgoing=outgoing)

    def _members_for(self, tx: Transaction, actor: Actor) -> list[Member]:
        """Those that the actor sees, by name."""
        reached = self._nodes.reached(tx, actor, Permission.MESH_READ)
        return [
            member
            for member in store.present_members(tx)
            if member.peer.node_id in reached and place_of(member, self._base) > HUB_PLACE
        ]

    def _pairs(
        self, tx: Transaction, members: list[Member], online: set[str], device: InterfaceState | None
    ) -> Pairs:
        return Pairs(tx, members, self._members.views(tx), online, device, self._base, self._clock.now())

    async def topology(self, actor: Actor) -> MeshTopology:
        """The mesh as nodes and links, as far as the actor sees it."""
        actor.require(Permission.MESH_READ)
        online = set(self._online())

        def read(tx: Transaction) -> MeshTopology:
            return self._pairs(tx, self._members_for(tx, actor), online, None).topology()

        return await self._database.read(read)

    async def network(self, actor: Actor, query: NetworkQuery) -> MeshNetwork:
        """What is in front of a member: NAT, firewall, nothing."""
        actor.require(Permission.MESH_READ)

        def read(tx: Transaction) -> MeshNetwork:
            node = self._nodes.resolve(tx, actor, Permission.MESH_READ, Target(query.node))
            network = self._network(tx, node.id, self._members_for(tx, actor))
            return MeshNetwork(
                kind=network.kind,
                doubled=network.is_doubled,
                message=sentence(node.name, network),
                heard=tuple(HeardAt(view.by, view.endpoint) for view in network.views),
            )

        return await self._database.read(read)

    async def why(self, actor: Actor, query: WhyQuery) -> MeshExplanation:
        """Why two members reach each other or do not."""
        actor.require(Permission.MESH_READ)
        device = await self._reconciler.peer_states()
        online = set(self._online())

        def read(tx: Transaction) -> MeshExplanation:
            ends = [self._end(tx, actor, name, online) for name in (query.from_, query.to)]
            if ends[0].node_id == ends[1].node_id:
                raise invalid("to", f"is the same machine as `from`, {ends[0].name}")
            if ends[0].name == ends[1].name:
                raise invalid("to", f"has the name of the other, {ends[0].name}: rename one of them")
            between = self._between(tx, *ends)
            if between is not None and not between.are_told:
                organizations = {self._nodes.organization_of(tx, end.node_id) for end in ends}
                return kept_apart(ends[0], ends[1], between, same_organization=len(organizations) == 1)
            names = {end.name for end in ends}
            # By id: another workspace may have a node of the same name.
            node_ids = {end.node_id for end in ends}
            seen = self._members_for(tx, actor)
            ends = [end._replace(network=self._network(tx, end.node_id, seen)) for end in ends]
            members = [each for each in seen if each.peer.node_id in node_ids]
            pairs = self._pairs(tx, members, online, device)
            measured = [pair for pair in pairs.all() if {pair.from_, pair.to} == names]
            found = {
                one.peer.name: pairs.more(one.peer.node_id, other.peer.node_id)
                for one in members
                for other in members
                if one is not other
            }
            more = {name: link for name, link in found.items() if link is not None}
            explained = explain(ends[0], ends[1], measured, more, self._lately(tx, ends))
            return explained if between is None else with_ports(explained, between.passage)

        return await self._database.read(read)

    def _lately(self, tx: Transaction, ends: Sequence[End]) -> list[MeshFinding]:
        """How the ways between two were in the last hour."""
        if self._history is None:
            return []
        found = []
        for one, other in (ends, ends[::-1]):
            words = self._history.last_hour(tx, one.node_id or CONTROL_PLANE, other.node_id or CONTROL_PLANE)
            if words:
                found.append(MeshFinding(None, f"{one.name} to {other.name}: {words}"))
        return found

    def _end(self, tx: Transaction, actor: Actor, reference: str, online: set[str]) -> End:
        if reference == CONTROL_PLANE:
            own = self._reconciler.mtu
            return End(CONTROL_PLANE, True, False, "", None, "", mtu=own.mtu, mtu_source=own.source)
        node = self._nodes.resolve(tx, actor, Permission.MESH_READ, Target(reference))
        if node.overlay_ip == control_plane_address(overlay_network(self._overlay)):
            # The control plane's own machine: one place in the mesh, one way to it.
            return self._end(tx, actor, CONTROL_PLANE, online)
        member = store.member(tx, node.id)
        return End(
            node.name,
            node.id in online,
            node.approval is Approval.WAITING,
            member.peer.endpoint if member else "",
            node.report.applied.get("mesh"),
            to_the_second(node.last_seen_at) if node.last_seen_at else "",
            unproven=store.candidate(tx, node.id) is not None,
            problems=tuple(check.message for check in node.report.checks if not check.healthy),
            mtu=node.report.mtu,
            mtu_source=node.report.mtu_source,
            listen_port=node.report.listen_port,
            wanted_port=node.wanted_port,
            newest=self._members.told_revision(tx, member.scope) if member else 0,
            node_id=node.id,
            said=self._heard.of(node.id),
        )

    def _network(self, tx: Transaction, node_id: str, members: list[Member]) -> Network:
        known, since = self._observations.of(node_id), self._observations.since(node_id)
        return network_with_views(tx, node_id, members, self._base, known, since)

    def _between(self, tx: Transaction, one: End, other: End) -> Between | None:
        """None of the control plane: nothing comes between it and a node."""
        if not one.node_id or not other.node_id:
            return None
        return self._policies.between(tx, one.node_id, other.node_id)

    def store_probe(self, tx: Transaction, node_id: str, result: Any) -> dict[str, int]:
        """The result handler of `mesh_probe`. The newest measurement of each node is kept here; with the task
        remains how many there were: of a thousand nodes each has a thousand links. Raises
        msgspec.ValidationError."""
        measured = msgspec.convert(result, MeshProbeResult)
        now = self._clock.now()
        addresses = store.addresses(tx).items()
        places = {other: address_number(address) - self._base for other, address in addresses}
        places[CONTROL_PLANE] = HUB_PLACE
        try:
            reach, numbers, links = take_in(measured, places, self._base, now, store.revision(tx))
        except ValueError as error:
            raise msgspec.ValidationError(str(error)) from None
        store.save_probe(tx, node_id, reach, numbers)
        self.announce(tx, node_id)
        return {
            "peers": len(links),
            "answered": sum(link.rtt_ms is not None for link in links),
            "with_handshake": sum(link.handshake_age_s is not None for link in links),
        }

    def announce(self, tx: Transaction, node_id: str) -> None:
        """There is something new of this node's ways."""
        node = self._nodes.find(tx, node_id)
        if node is not None:
            tx.emit(
                PassingChange(
                    at=self._clock.now(),
                    kind="mesh.measured",
                    resource_kind="mesh",
                    resource_id=node_id,
                    resource_name=node.name,
                    workspace_id=node.workspace_id,
                    node_id=node_id,
                )
            )
