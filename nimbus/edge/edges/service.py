"""The door to edges: which nodes are, how each is set, what it says of itself."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence

import msgspec

from nimbus.db import Database, Transaction
from nimbus.edge.edges import store
from nimbus.edge.edges.records import (
    EVERYBODY,
    MAX_SHARED,
    DriftView,
    Edge,
    EdgeDetails,
    EdgePatch,
    EdgeQuery,
    EdgeRequest,
    EdgeView,
    NginxOrder,
    StoredReport,
)
from nimbus.edge.edges.rules import auditable, checked_settings, drift_view, usable
from nimbus.edge.edges.views import Around, edge_details, edge_view
from nimbus.edge.sections.records import EntryKind
from nimbus.edge.sections.service import SECTION, EdgeSections
from nimbus.fleet.nodes.records import Node, NodeBrief
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.records import TaskRequest, TaskView
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.revisions import revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.edge import EdgeReport, EdgeSettings
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class UsableEdge(msgspec.Struct, frozen=True):
    """An edge that a workspace can deploy to. `is_own`: of that workspace. `report` None: it has not said yet what
    it has."""

    node: Node
    edge: Edge
    report: StoredReport | None
    is_own: bool


class Edges:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        tasks: Tasks,
        sections: EdgeSections,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        self._tasks = tasks
        self._sections = sections
        # What other slices do in the transaction that makes an edge a plain node again.
        self.forget_edge: builtins.list[Callable[[Transaction, str], None]] = []

    # For operators.

    async def list(
        self, actor: Actor, query: EdgeQuery, workspace: str = ""
    ) -> tuple[builtins.list[EdgeView], int]:
        """Those of the workspaces that the actor reads, and those that are shared with them."""
        actor.require(Permission.AGENT_READ)

        def read(tx: Transaction) -> tuple[builtins.list[EdgeView], int]:
            within = self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace)
            edges = {edge.node_id: edge for edge in store.every(tx)}
            briefs = {node.id: node for node in self._nodes.briefly(tx, builtins.list(edges), None)}
            rows = [
                (node, node.workspace_id not in (within if within is not None else (node.workspace_id,)))
                for node in briefs.values()
                if within is None or self._is_usable(tx, within, node, edges[node.id])
            ]
            rows.sort(key=lambda row: (row[0].name, row[0].id))
            page = rows[query.offset : query.offset + query.per_page]
            ids = [node.id for node, _ in page]
            reports, around = store.reports(tx, ids), self._around(tx, [edges[one] for one in ids])
            views = [
                edge_view(edges[node.id], node, reports.get(node.id), around, shared=shared)
                for node, shared in page
            ]
            return views, len(rows)

        return await self._database.read(read)

    def _is_usable(self, tx: Transaction, within: Iterable[str], node: NodeBrief, edge: Edge) -> bool:
        return any(
            self.can_use(tx, workspace_id, node.workspace_id, edge.shared_with) for workspace_id in within
        )

    def can_use(
        self, tx: Transaction, workspace_id: str, edge_workspace: str, shared_with: Sequence[str]
    ) -> bool:
        """Whether a workspace can deploy to an edge of a workspace that is shared so."""
        if workspace_id == edge_workspace:
            return True
        if not shared_with:
            return False
        mine = self._organizations.get(tx, workspace_id).organization_id
        theirs = self._organizations.get(tx, edge_workspace).organization_id
        return usable(workspace_id, mine, edge_workspace, theirs, shared_with)

    async def show(self, actor: Actor, target: Target) -> EdgeDetails:
        return await self._database.read(
            lambda tx: self._details(tx, *self._resolve(tx, actor, Permission.AGENT_READ, target))
        )

    async def create(self, actor: Actor, request: EdgeRequest) -> EdgeDetails:
        """Make a node an edge."""
        settings = checked_settings(
            EdgeSettings(
                request.mode, request.owns_main_file, request.worker_shutdown_s, tuple(request.resolvers)
            )
        )

        def create(tx: Transaction) -> EdgeDetails:
            target = Target(request.node, request.workspace)
            node = self._nodes.resolve(tx, actor, Permission.AGENT_WRITE, target)
            self._nodes.check_approved(node)
            if store.get(tx, node.id) is not None:
                raise Conflict(
                    f"the node {node.name!r} is an edge already",
                    next_step=f"Change it with: nimbus edge set {node.name}",
                )
            now = self._clock.now()
            shared = self._shared(tx, actor, node, request.shared_with)
            edge = Edge(
                node_id=node.id, settings=settings, shared_with=shared, created_at=now, updated_at=now
            )
            store.save(tx, edge)
            self._sections.begin(tx, node.id, settings)
            self._record(tx, actor, "edge.create", node, after=self._auditable(tx, edge))
            return self._details(tx, node, edge)

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: EdgePatch) -> EdgeDetails:
        def change(tx: Transaction) -> EdgeDetails:
            node, edge = self._resolve(tx, actor, Permission.AGENT_WRITE, target)
            target.check_revision(edge.revision)
            given = {
                name: value
                for name in ("mode", "owns_main_file", "worker_shutdown_s")
                if (value := getattr(patch, name)) is not None
            }
            if patch.resolvers is not None:
                given["resolvers"] = tuple(patch.resolvers)
            settings = checked_settings(msgspec.structs.replace(edge.settings, **given))
            shared = edge.shared_with
            if patch.shared_with is not None:
                shared = self._shared(tx, actor, node, patch.shared_with)
            changed = revised(edge, self._clock.now(), settings=settings, shared_with=shared)
            store.save(tx, changed)
            self._sections.configure(tx, node.id, settings)
            self._record(
                tx,
                actor,
                "edge.update",
                node,
                before=self._auditable(tx, edge),
                after=self._auditable(tx, changed),
            )
            return self._details(tx, node, changed)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Target) -> EdgeView:
        """The node is no edge any more: its nginx is as it was before."""

        def delete(tx: Transaction) -> EdgeView:
            node, edge = self._resolve(tx, actor, Permission.AGENT_WRITE, target)
            target.check_revision(edge.revision)
            view = edge_view(edge, self._brief(node), None, self._around(tx, [edge]), shared=False)
            store.delete(tx, node.id)
            self._sections.end(tx, node.id)
            for forget in self.forget_edge:
                forget(tx, node.id)
            self._record(tx, actor, "edge.delete", node, before=self._auditable(tx, edge))
            return view

        return await self._database.write(delete)

    async def drift(self, actor: Actor, target: Target) -> builtins.list[DriftView]:
        """Files that are not as they were written."""

        def read(tx: Transaction) -> builtins.list[DriftView]:
            node, _ = self._resolve(tx, actor, Permission.AGENT_READ, target)
            actor.require_in(Permission.CONFIG_READ, node.workspace_id, where="the node's workspace")
            stored = store.reports(tx, [node.id]).get(node.id)
            if stored is None:
                return []
            files = {entry.name: entry for entry in self._sections.entries(tx, node.id, EntryKind.FILE)}
            views = []
            for name, found in sorted(stored.report.drift.items()):
                entry = files.get(name.removesuffix(".conf"))
                written = self._sections.text(tx, entry.sha256) if entry else None
                views.append(drift_view(name, written, found, entry.owner if entry else ""))
            return views

        return await self._database.read(read)

    async def nginx(self, actor: Actor, target: Target, order: NginxOrder) -> TaskView:
        """Start, stop, reload, restart or test the nginx of an edge."""

        def write(tx: Transaction) -> str:
            node, _ = self._resolve(tx, actor, Permission.AGENT_RELOAD, target)
            request = TaskRequest(node=node.id, kind="nginx", parameters={"action": order.action})
            task = self._tasks.add(tx, actor, node, request)
            self._record(tx, actor, "edge.nginx", node, after={"action": order.action})
            return task.id

        task_id = await self._database.write(write)
        return await self._database.read(lambda tx: self._tasks.view_of(tx, task_id))

    # For other slices of the wing, in their transactions.

    def usable_by(self, tx: Transaction, workspace_id: str) -> builtins.list[UsableEdge]:
        """The edges that a workspace can deploy to, by name."""
        edges = [(edge, self._nodes.find(tx, edge.node_id)) for edge in store.every(tx)]
        found = [
            (edge, node)
            for edge, node in edges
            if node is not None and self.can_use(tx, workspace_id, node.workspace_id, edge.shared_with)
        ]
        reports = store.reports(tx, [node.id for _, node in found])
        made = [
            UsableEdge(node, edge, reports.get(node.id), node.workspace_id == workspace_id)
            for edge, node in found
        ]
        return sorted(made, key=lambda one: (one.node.name, one.node.id))

    def find(self, tx: Transaction, node_id: str) -> Edge | None:
        return store.get(tx, node_id)

    def report_of(self, tx: Transaction, node_id: str) -> EdgeReport | None:
        """What it said of itself last."""
        stored = store.reports(tx, [node_id]).get(node_id)
        return stored.report if stored else None

    def resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Node:
        """The edge's node, if they may do this to it. Raises NotFound, Forbidden."""
        return self._resolve(tx, actor, permission, target)[0]

    def remove_node(self, tx: Transaction, node_id: str) -> None:
        """Of a node that goes."""
        store.delete(tx, node_id)
        for forget in self.forget_edge:
            forget(tx, node_id)

    # Inside.

    def _resolve(
        self, tx: Transaction, actor: Actor, permission: Permission, target: Target
    ) -> tuple[Node, Edge]:
        node = self._nodes.resolve(tx, actor, permission, target)
        edge = store.get(tx, node.id)
        if edge is None:
            raise NotFound(
                f"the node {node.name!r} is no edge",
                next_step=f"Make it one with: nimbus edge add {node.name}",
            )
        return node, edge

    def _shared(
        self, tx: Transaction, actor: Actor, node: Node, references: Sequence[str]
    ) -> tuple[str, ...]:
        """Ids of workspaces of the node's organization. Raises ValidationError."""
        if len(references) > MAX_SHARED:
            raise invalid("shared_with", f"at most {MAX_SHARED} workspaces")
        if EVERYBODY in references:
            return (EVERYBODY,)
        home = self._organizations.get(tx, node.workspace_id)
        found = set()
        for reference in references:
            workspace = self._organizations.known(tx, actor, reference)
            if workspace is None or workspace.organization_id != home.organization_id:
                raise invalid(
                    "shared_with", f"there is no workspace {reference!r} in the organization of the node"
                )
            found.add(workspace.id)
        return tuple(sorted(found - {node.workspace_id}))

    def _details(self, tx: Transaction, node: Node, edge: Edge) -> EdgeDetails:
        stored = store.reports(tx, [node.id]).get(node.id)
        return edge_details(edge, self._brief(node), stored, self._around(tx, [edge]))

    def _brief(self, node: Node) -> NodeBrief:
        return NodeBrief(node.id, node.name, node.workspace_id, node.shown_state)

    def _around(self, tx: Transaction, edges: Sequence[Edge]) -> Around:
        ids = [edge.node_id for edge in edges]
        applied = self._nodes.last_reports(tx, ids)
        return Around(
            self._organizations.workspace_names(tx, None),
            {node_id: report.applied.get(SECTION, 0) for node_id, (_, report) in applied.items()},
            {node_id: self._sections.told_revision(tx, node_id) for node_id in ids},
            self._sections.host_counts(tx),
        )

    def _auditable(self, tx: Transaction, edge: Edge) -> dict[str, object]:
        names = self._organizations.workspace_names(tx, frozenset(edge.shared_with))
        return auditable(edge.settings, {one: names.get(one, one) for one in edge.shared_with})

    def _record(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        node: Node,
        *,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> None:
        self._audit.record(tx, actor, action, edge_resource(node), before=before, after=after)


def edge_resource(node: Node) -> Resource:
    return Resource("edge", node.id, node.name, node.workspace_id, node_id=node.id)
