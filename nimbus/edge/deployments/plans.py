"""Gathers what a deployment is planned from, in one transaction that only reads, and plans it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nimbus.db import Transaction
from nimbus.edge.deployments import store
from nimbus.edge.deployments.planning import (
    HOST,
    UPSTREAM,
    Candidate,
    certificate_entry,
    change_of,
    file_name,
    host_entries,
    is_targeted,
    notes_of,
    port_problems,
    upstream_entry,
)
from nimbus.edge.deployments.records import MAX_NAMED, DeployedObject, DeploymentRequest, PlannedNode
from nimbus.edge.dialects import Dialect, dialect_of
from nimbus.edge.edges.service import Edges, UsableEdge
from nimbus.edge.objects import reading
from nimbus.edge.objects.records import EdgeObject, ObjectKind
from nimbus.edge.rendering.upstreams import NodeAddress
from nimbus.edge.rendering.virtual_hosts import Rendered, Renderer
from nimbus.edge.sections.certificates import CertificateDoor
from nimbus.edge.sections.records import Entry, EntryKind
from nimbus.edge.sections.rules import file_body, paths_in
from nimbus.edge.sections.service import EdgeSections
from nimbus.edge.virtual_hosts.records import VirtualHostSpec
from nimbus.fleet.nodes.records import Node, NodeState
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.errors import NotFound, invalid
from nimbus.protocol.edge import EdgeCertificate
from nimbus.protocol.errors import NimbusError

_AWAY = (NodeState.OFFLINE, NodeState.MAINTENANCE, NodeState.PENDING)


class EdgePlan(NamedTuple):
    """Of one edge. `texts` of its files by their digests; `changed`: of each file the entry as it
    is, and as it is to be."""

    node: Node
    planned: PlannedNode
    texts: Mapping[str, str]
    changed: tuple[tuple[Entry | None, Entry | None], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class Plan(NamedTuple):
    workspace_id: str
    objects: tuple[DeployedObject, ...]
    edges: tuple[EdgePlan, ...]


class _Wanted(NamedTuple):
    hosts: list[EdgeObject]
    upstreams: list[EdgeObject]
    specs: dict[str, VirtualHostSpec]


class Planner:
    def __init__(
        self, nodes: Nodes, edges: Edges, sections: EdgeSections, certificates: CertificateDoor
    ) -> None:
        self._nodes, self._edges, self._sections = nodes, edges, sections
        self._certificates = certificates
        # By the folder of the agent, which stands in texts.
        self._renderers: dict[str, Renderer] = {}

    def plan(self, tx: Transaction, workspace_id: str, request: DeploymentRequest) -> Plan:
        """Raises NotFound, ValidationError."""
        wanted = self._wanted(tx, workspace_id, request)
        usable = self._edges.usable_by(tx, workspace_id)
        chosen = _chosen(usable, request.nodes)
        plans = [self._plan_edge(tx, workspace_id, edge, wanted) for edge in chosen]
        concerned = tuple(plan for plan in plans if plan is not None)
        if not concerned:
            raise invalid(
                "hosts",
                "no edge is to serve any of it",
                next_step="Make a node an edge with: nimbus edge add NODE, or choose other targets for the host.",
            )
        objects = {one for plan in concerned for one in plan.planned.objects if one.version}
        ordered = sorted(objects, key=lambda one: (one.name, one.owner))
        return Plan(workspace_id, tuple(ordered), concerned)

    def _wanted(self, tx: Transaction, workspace_id: str, request: DeploymentRequest) -> _Wanted:
        for field in ("hosts", "upstreams", "nodes"):
            if len(getattr(request, field)) > MAX_NAMED:
                raise invalid(field, f"at most {MAX_NAMED}")
        hosts = reading.current_objects(tx, {workspace_id}, ObjectKind.VIRTUAL_HOST)
        upstreams = reading.current_objects(tx, {workspace_id}, ObjectKind.UPSTREAM)
        if request.hosts or request.upstreams:
            hosts = _named(hosts, request.hosts, "virtual host")
            upstreams = _named(upstreams, request.upstreams, "upstream")
        specs = {host.id: reading.host_spec(tx, host.id, host.version) for host in hosts}
        return _Wanted(hosts, upstreams, specs)

    def _plan_edge(
        self, tx: Transaction, workspace_id: str, edge: UsableEdge, wanted: _Wanted
    ) -> EdgePlan | None:
        """None when nothing of it concerns this edge."""
        node, present = edge.node, self._sections.entries(tx, edge.node.id)
        candidate = Candidate(node.id, node.labels, edge.is_own)
        here = {entry.owner: entry for entry in present if entry.kind is EntryKind.FILE}
        served = {host.id: host for host in wanted.hosts if HOST + host.id in here}
        targeted = [
            host for host in wanted.hosts if is_targeted(wanted.specs[host.id].target_agents, candidate)
        ]
        leaving = [host for host in served.values() if host not in targeted]
        pools = {entry.owner for entry in present if entry.kind is EntryKind.UPSTREAM}
        upstreams = {one.id: one.version for one in wanted.upstreams if UPSTREAM + one.id in pools}
        if not (targeted or leaving or upstreams):
            return None
        writer = _Writer(tx, self, workspace_id, edge, present, upstreams)
        for host in targeted:
            writer.add_host(host, wanted.specs[host.id])
        writer.write_again({host.id for host in wanted.hosts})
        objects = (
            *(DeployedObject(HOST + host.id, host.name, host.version) for host in targeted),
            *(DeployedObject(HOST + host.id, host.name, 0) for host in leaving),
            *(
                DeployedObject(UPSTREAM + one.id, one.name, one.version)
                for one in wanted.upstreams
                if one.id in upstreams
            ),
        )
        return writer.plan(objects)

    # For the writer of an edge.

    def renderer(self, folder: str) -> Renderer:
        if folder not in self._renderers:
            self._renderers[folder] = Renderer(paths_in(folder))
        return self._renderers[folder]

    def certificate(self, tx: Transaction, workspace_id: str, certificate_id: str) -> EdgeCertificate | None:
        return self._certificates.certificate(tx, workspace_id, certificate_id)

    def addresses(self, tx: Transaction, node_ids: Sequence[str]) -> dict[str, NodeAddress]:
        drained = self._sections.drained(tx)
        found = {node_id: self._nodes.find(tx, node_id) for node_id in node_ids}
        return {
            node_id: NodeAddress(node.overlay_ip, node_id in drained or node.shown_state in _AWAY)
            for node_id, node in found.items()
            if node is not None
        }


class _Writer:
    """What one edge is to serve. `upstreams`: those that are deployed, too, with the version."""

    def __init__(
        self,
        tx: Transaction,
        planner: Planner,
        workspace_id: str,
        edge: UsableEdge,
        present: Sequence[Entry],
        upstreams: Mapping[str, int],
    ) -> None:
        self._tx, self._planner, self._workspace_id = tx, planner, workspace_id
        self._edge, self._present, self._upstreams = edge, present, upstreams
        nginx = edge.report.report.nginx if edge.report else None
        self._has_ipv6 = nginx.has_ipv6 if nginx else False
        self._renderer = planner.renderer(nginx.folder if nginx else "")
        self._dialect: Dialect | None = dialect_of(nginx.version_text) if nginx else None
        self._entries: dict[tuple[EntryKind, str], Entry] = {}
        self._texts: dict[str, str] = {}
        self.problems: list[str] = []
        self.notes: list[str] = []
        if self._dialect is None:
            why = nginx.problem if nginx and nginx.problem else "it has not said yet which nginx it has"
            self.problems.append(f"nothing can be written for it: {why}")
        if edge.node.shown_state in _AWAY:
            self.notes.append(f"it is {edge.node.shown_state}: it takes this when it is back")

    def add_host(self, host: EdgeObject, spec: VirtualHostSpec) -> None:
        self._write(host.id, host.name, host.version, spec, {})
        self._check_claims(host.id, host.name)

    def write_again(self, written: set[str]) -> None:
        """Virtual hosts that are served here, and use an upstream that is deployed: at the version they have."""
        for entry in self._present:
            if entry.kind is not EntryKind.FILE or not entry.owner.startswith(HOST):
                continue
            host_id, uses = entry.owner.removeprefix(HOST), file_body(entry).uses
            if host_id in written or not self._upstreams.keys() & uses.keys():
                continue
            found = reading.object_of(self._tx, ObjectKind.VIRTUAL_HOST, host_id)
            if found is not None:
                spec = reading.host_spec(self._tx, host_id, entry.version)
                self._write(host_id, found.name, entry.version, spec, uses)

    def _write(
        self, host_id: str, name: str, version: int, spec: VirtualHostSpec, uses: Mapping[str, int]
    ) -> None:
        if self._dialect is None:
            return
        try:
            versions = {**uses, **self._deployed_upstreams(), **self._upstreams}
            host = reading.host_version(self._tx, host_id, version, spec, versions)
            made: Rendered = self._renderer.render(host, self._dialect, has_ipv6=self._has_ipv6)
        except NimbusError as error:
            self.problems.append(f"{name}: {error.message}")
            return
        certificate = self._certificate(name, spec)
        self._texts[made.sha256] = made.text
        for entry in host_entries(host, made, certificate):
            self._entries[entry.key] = entry
        if certificate is not None:
            entry = certificate_entry(certificate)
            self._entries[entry.key] = entry
        for upstream_id, used in host.upstreams.items():
            nodes = [server.node for server in used.spec.servers if server.node is not None]
            addresses = self._planner.addresses(self._tx, nodes)
            entry = upstream_entry(upstream_id, used.version, used.spec, addresses)
            self._entries[entry.key] = entry
        self.notes += [f"{name}: {note}" for note in notes_of(spec, self._dialect)]

    def _deployed_upstreams(self) -> dict[str, int]:
        """An upstream that is here already stays at its version: only who names it changes it."""
        return {
            entry.owner.removeprefix(UPSTREAM): entry.version
            for entry in self._present
            if entry.kind is EntryKind.UPSTREAM and entry.owner.startswith(UPSTREAM)
        }

    def _certificate(self, name: str, spec: VirtualHostSpec) -> EdgeCertificate | None:
        if not spec.ssl_enabled or spec.ssl_certificate_id is None:
            return None
        found = self._planner.certificate(self._tx, self._workspace_id, spec.ssl_certificate_id)
        if found is None:
            self.problems.append(
                f"{name}: its certificate {spec.ssl_certificate_id} is not there, or not issued yet"
            )
        return found

    def _check_claims(self, host_id: str, name: str) -> None:
        entry = self._entries.get((EntryKind.FILE, file_name(host_id)))
        if entry is None:
            return
        claims = set(file_body(entry).claims)
        for taken, port, owner in store.taken(self._tx, self._edge.node.id, claims, HOST + host_id):
            # One of the same workspace is known anyway.
            other = reading.object_of(self._tx, ObjectKind.VIRTUAL_HOST, owner.removeprefix(HOST))
            is_ours = other is not None and other.workspace_id == self._workspace_id
            by = f" by {other.name}" if other is not None and is_ours else ""
            self.problems.append(f"{name}: {taken} on port {port} is served there already{by}")

    def plan(self, objects: tuple[DeployedObject, ...]) -> EdgePlan:
        entries = tuple(self._entries.values())
        change = change_of(self._present, objects, entries)
        before = {entry.key: entry for entry in self._present}
        put = {entry.key: entry for entry in change.put}
        removed = {entry.key for entry in change.removed}
        after = {key: entry for key, entry in {**before, **put}.items() if key not in removed}
        self.problems += port_problems(entry for entry in after.values() if entry.kind is EntryKind.FILE)
        keys = [key for key in {**before, **put} if key[0] is EntryKind.FILE]
        changed = tuple(
            (before.get(key), after.get(key))
            for key in keys
            if (before[key].sha256 if key in before else "") != (after[key].sha256 if key in after else "")
        )
        return EdgePlan(
            self._edge.node,
            PlannedNode(node_id=self._edge.node.id, objects=objects, entries=entries),
            self._texts,
            changed,
            tuple(self.problems),
            tuple(self.notes),
        )


def _chosen(usable: Sequence[UsableEdge], references: Sequence[str]) -> list[UsableEdge]:
    """By name or id; all when none is named. Raises NotFound."""
    if not references:
        return list(usable)
    chosen = []
    for reference in references:
        found = [edge for edge in usable if reference.lower() in (edge.node.name, edge.node.id)]
        if not found:
            raise NotFound(
                f"there is no edge {reference!r} that this workspace can use",
                next_step="See which there are with: nimbus edge list",
            )
        chosen += [edge for edge in found if edge not in chosen]
    return chosen


def _named(objects: Sequence[EdgeObject], references: Sequence[str], noun: str) -> list[EdgeObject]:
    """Raises NotFound."""
    chosen = []
    for reference in references:
        found = [one for one in objects if reference.lower() in (one.name, one.id)]
        if not found:
            raise NotFound(f"there is no {noun} {reference!r} in this workspace")
        chosen += [one for one in found if one not in chosen]
    return chosen
