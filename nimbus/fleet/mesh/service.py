"""The door to the mesh for operators: its status, pair by pair, and a new measurement."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.explanation import End, explain, kept_apart
from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.policy.service import MeshPolicies
from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.mesh.records import (
    CONTROL_PLANE,
    Carried,
    Member,
    MeshExplanation,
    MeshInfo,
    MeshPair,
    MeshTopology,
    ProbeStarted,
    StatusQuery,
    WhyQuery,
)
from nimbus.fleet.mesh.rules import control_plane_address, is_of_this_machine, overlay_network, path_of
from nimbus.fleet.mesh.topology import measured, topology
from nimbus.fleet.nodes.records import Approval, Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations.records import OperationRequest
from nimbus.fleet.operations.service import Operations
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import PassingChange
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import invalid
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import MESH_ENDPOINTS_LIMIT, Link, MeshProbeResult
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.wireguard.model import InterfaceState, PeerState

WAYS = ("lan", "outside", "relay", "tls")
# A node may say anything; an endpoint is never longer.
MOST_ENDPOINT_TEXT = 64
_links = msgspec.json.Decoder(tuple[Link, ...])


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
        self._online = online
        self._heard = heard
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

    async def status(self, actor: Actor, query: StatusQuery) -> list[MeshPair]:
        """Every pair in both directions, by the last measurement of its first node."""
        actor.require(Permission.MESH_READ)
        device = await self._reconciler.peer_states()
        online = set(self._online())

        def read(tx: Transaction) -> list[MeshPair]:
            reached = self._nodes.reached(tx, actor, Permission.MESH_READ)
            members = [member for member in store.present_members(tx) if member.peer.node_id in reached]
            away = {member.peer.name for member in members if member.peer.node_id not in online}
            pairs = _own_pairs(members, device, to_rfc3339(self._clock.now()))
            pairs += self._measured_pairs(tx, members)
            pairs = [_down_if_away(pair, away) for pair in _with_own_rtt(pairs)]
            name = None
            if query.node:
                name = self._nodes.resolve(tx, actor, Permission.AGENT_READ, Target(query.node)).name
            if name is not None:
                pairs = [pair for pair in pairs if name in (pair.from_, pair.to)]
            return pairs

        return await self._database.read(read)

    async def topology(self, actor: Actor) -> MeshTopology:
        """The mesh as nodes and links, as far as the actor sees it."""
        actor.require(Permission.MESH_READ)
        online = set(self._online())

        def read(tx: Transaction) -> MeshTopology:
            reached = self._nodes.reached(tx, actor, Permission.MESH_READ)
            members = [member for member in store.present_members(tx) if member.peer.node_id in reached]
            known = {
                node_id: measured(to_rfc3339(at), _links.decode(encoded))
                for node_id, (at, encoded) in store.probes(tx).items()
                if node_id in reached
            }
            members.sort(key=lambda member: member.peer.name)
            return topology(members, known, online, self._members.views(tx))

        return await self._database.read(read)

    async def why(self, actor: Actor, query: WhyQuery) -> MeshExplanation:
        """Why two members reach each other or do not."""
        actor.require(Permission.MESH_READ)
        device = await self._reconciler.peer_states()
        online = set(self._online())

        def read(tx: Transaction) -> MeshExplanation:
            ends = [self._end(tx, actor, name, online) for name in (query.from_, query.to)]
            if ends[0].name == ends[1].name:
                raise invalid("to", "must be another member than `from`")
            apart = self._apart(tx, *ends)
            if apart is not None:
                return apart
            names = {end.name for end in ends}
            reached = self._nodes.reached(tx, actor, Permission.MESH_READ)
            members = [
                m for m in store.present_members(tx) if m.peer.node_id in reached and m.peer.name in names
            ]
            pairs = (
                _own_pairs(members, device, to_rfc3339(self._clock.now())) if CONTROL_PLANE in names else []
            )
            pairs += self._measured_pairs(tx, members)
            away = {member.peer.name for member in members if member.peer.node_id not in online}
            between = [
                _down_if_away(pair, away) for pair in _with_own_rtt(pairs) if {pair.from_, pair.to} == names
            ]
            tried = _tried(store.probes(tx), members)
            return explain(ends[0], ends[1], between, tried)

        return await self._database.read(read)

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
            to_rfc3339(node.last_seen_at) if node.last_seen_at else "",
            unproven=store.candidate(tx, node.id) is not None,
            problems=tuple(check.message for check in node.report.checks if not check.healthy),
            mtu=node.report.mtu,
            mtu_source=node.report.mtu_source,
            newest=self._members.told_revision(tx, member.scope) if member else 0,
            node_id=node.id,
            said=self._heard.of(node.id),
        )

    def _apart(self, tx: Transaction, one: End, other: End) -> MeshExplanation | None:
        """Where a border or a policy is between them nothing else matters."""
        if not one.node_id or not other.node_id:
            return None
        verdict = self._policies.verdict(tx, one.node_id, other.node_id)
        if verdict.allowed:
            return None
        same = self._nodes.organization_of(tx, one.node_id) == self._nodes.organization_of(tx, other.node_id)
        return kept_apart(one, other, verdict.rule, same_organization=same)

    def _measured_pairs(self, tx: Transaction, members: list[Member]) -> list[MeshPair]:
        probes = store.probes(tx)
        views = self._members.views(tx)
        scopes: dict[str, dict[str, str]] = {}
        for member in members:
            scopes.setdefault(member.scope, {})[member.peer.node_id] = member.peer.name
        pairs: list[MeshPair] = []
        for member in members:
            node_id, name = member.peer.node_id, member.peer.name
            measured_at, encoded = probes.get(node_id, (None, "[]"))
            links = {link.peer: link for link in _links.decode(encoded)}
            others = {CONTROL_PLANE: CONTROL_PLANE}
            for scope in views.get(member.scope, ()):
                others |= scopes.get(scope, {})
            for other, other_name in others.items():
                if other == node_id:
                    continue
                link = links.get(other) or Link(other, other_name, None, None, 0, 0)
                pairs.append(_pair(name, other_name, link, to_rfc3339(measured_at) if measured_at else None))
        return pairs

    def store_probe(self, tx: Transaction, node_id: str, result: Any) -> dict[str, int]:
        """The result handler of `mesh_probe`. The newest measurement of each node is kept here; with the task
        remains how many there were: of a thousand nodes each has a thousand links."""
        measured = msgspec.convert(result, MeshProbeResult)
        now, node = self._clock.now(), self._nodes.find(tx, node_id)
        store.save_probe(tx, node_id, now, msgspec.json.encode(measured.links).decode())
        if node is not None:
            tx.emit(
                PassingChange(
                    at=now,
                    kind="mesh.measured",
                    resource_kind="mesh",
                    resource_id=node_id,
                    resource_name=node.name,
                    workspace_id=node.workspace_id,
                    node_id=node_id,
                )
            )
        links = measured.links
        return {
            "peers": len(links),
            "answered": sum(link.rtt_ms is not None for link in links),
            "with_handshake": sum(link.handshake_age_s is not None for link in links),
        }


def _tried(probes: Mapping[str, tuple[int, str]], members: list[Member]) -> dict[str, tuple[str, ...]]:
    """Of each of two members, by name, what it tried in order to reach the other."""
    names = {member.peer.node_id: member.peer.name for member in members}
    return {
        name: tuple(endpoint[:MOST_ENDPOINT_TEXT] for endpoint in link.tried[:MESH_ENDPOINTS_LIMIT])
        for node_id, name in names.items()
        for link in _links.decode(probes.get(node_id, (0, "[]"))[1])
        if link.peer in names
    }


def _pair(from_: str, to: str, link: Link, measured_at: str | None) -> MeshPair:
    path = cast("Any", path_of(link))
    return MeshPair(
        from_,
        to,
        path,
        link.handshake_age_s,
        link.rtt_ms,
        link.rx_bytes,
        link.tx_bytes,
        measured_at,
        cast("Any", link.way if link.way in WAYS else ""),
        link.endpoint[:MOST_ENDPOINT_TEXT],
    )


def _down_if_away(pair: MeshPair, away: set[str]) -> MeshPair:
    """What was measured before a node fell silent says nothing of now."""
    if pair.from_ in away or pair.to in away:
        return msgspec.structs.replace(pair, path="down", rtt_ms=None)
    return pair


def _with_own_rtt(pairs: list[MeshPair]) -> list[MeshPair]:
    """A round trip is the same from both ends: the control plane's links have the one that the node measured."""
    measured = {pair.from_: pair.rtt_ms for pair in pairs if pair.to == CONTROL_PLANE}
    return [
        msgspec.structs.replace(pair, rtt_ms=measured.get(pair.to)) if pair.from_ == CONTROL_PLANE else pair
        for pair in pairs
    ]


def _own_pairs(members: list[Member], device: InterfaceState | None, now: str) -> list[MeshPair]:
    """The control plane's own links, from its device."""
    peers = device.peers if device else {}
    return [_own_pair(member, peers.get(member.peer.public_key), now) for member in members]


def _own_pair(member: Member, peer: PeerState | None, now: str) -> MeshPair:
    age = max(0.0, time.time() - peer.last_handshake) if peer and peer.last_handshake else None
    received, sent = (peer.rx_bytes, peer.tx_bytes) if peer else (0, 0)
    endpoint = (peer.endpoint or "") if peer else ""
    way = "" if not endpoint else "tls" if is_of_this_machine(endpoint) else "outside"
    link = Link(member.peer.node_id, member.peer.name, age, None, received, sent, endpoint, way)
    return _pair(CONTROL_PLANE, member.peer.name, link, now)
