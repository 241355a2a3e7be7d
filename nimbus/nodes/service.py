"""The door to nodes: what operators see and change, and the certificates that make a node one."""

from __future__ import annotations

import msgspec

from nimbus.access import Actor, Permission
from nimbus.audit.records import Resource
from nimbus.audit.service import AuditLog
from nimbus.clock import Clock, to_rfc3339
from nimbus.db import Database, Transaction
from nimbus.errors import Conflict, NotFound, invalid
from nimbus.ids import is_id
from nimbus.nodes import store
from nimbus.nodes.names import changed_labels, check_name
from nimbus.nodes.records import (
    CertificateIssued,
    CertificateRow,
    Node,
    NodePatch,
    NodeQuery,
    NodeRenamed,
    NodeRevoked,
    NodeState,
    NodeView,
)
from nimbus.organizations.records import Workspace
from nimbus.organizations.service import Organizations
from nimbus.pki.authority import IssuedCertificate
from nimbus.protocol.messages import Facts


def resource(node: Node) -> Resource:
    return Resource("node", node.id, node.name, node.workspace_id)


class Nodes:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, organizations: Organizations
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations

    # For operators.

    async def list(self, actor: Actor, query: NodeQuery) -> tuple[list[NodeView], int]:
        actor.require(Permission.AGENT_READ)
        if query.label is not None and "=" not in query.label:
            raise invalid("label", "must be key=value")

        def work(tx: Transaction) -> tuple[list[NodeView], int]:
            workspace = self._organizations.resolve(tx, query.workspace) if query.workspace else None
            nodes, total = store.select(
                tx,
                workspace_id=workspace.id if workspace else None,
                state=query.state,
                label=query.label,
                limit=query.per_page,
                offset=(query.page - 1) * query.per_page,
            )
            names: dict[str, Workspace] = {}
            return [self.view(tx, node, names) for node in nodes], total

        return await self._database.read(work)

    async def show(self, actor: Actor, reference: str) -> NodeView:
        actor.require(Permission.AGENT_READ)
        return await self._database.read(lambda tx: self.view(tx, self.resolve(tx, reference)))

    async def change(self, actor: Actor, reference: str, patch: NodePatch) -> NodeView:
        actor.require(Permission.AGENT_WRITE)

        def work(tx: Transaction) -> NodeView:
            node = self.resolve(tx, reference)
            changed = self._patched(tx, node, patch)
            store.update(tx, changed)
            if changed.name != node.name:
                tx.emit(NodeRenamed(node.id, changed.name))
            self._audit.record(
                tx,
                actor,
                "node.update",
                resource(changed),
                before=_auditable(node),
                after=_auditable(changed),
            )
            return self.view(tx, changed)

        return await self._database.write(work)

    def _patched(self, tx: Transaction, node: Node, patch: NodePatch) -> Node:
        name = node.name if patch.name is None else check_name(patch.name)
        self.check_name_free(tx, node.workspace_id, name, but_of=node.id)
        return msgspec.structs.replace(
            node,
            name=name,
            labels=node.labels if patch.labels is None else changed_labels(node.labels, patch.labels),
            maintenance=node.maintenance if patch.maintenance is None else patch.maintenance,
            updated_at=self._clock.now(),
        )

    def view(self, tx: Transaction, node: Node, workspaces: dict[str, Workspace] | None = None) -> NodeView:
        workspaces = {} if workspaces is None else workspaces
        workspace = workspaces.get(node.workspace_id)
        if workspace is None:
            workspace = workspaces[node.workspace_id] = self._organizations.resolve(tx, node.workspace_id)
        return NodeView(
            id=node.id,
            workspace_id=node.workspace_id,
            workspace=f"{workspace.organization}/{workspace.name}",
            name=node.name,
            hostname=node.hostname,
            state=node.shown_state,
            public_ip=node.public_ip or None,
            overlay_ip=node.overlay_ip or None,
            version=node.version,
            deployment_mode=node.deployment_mode,
            last_seen_at=to_rfc3339(node.last_seen_at) if node.last_seen_at else None,
            state_since=to_rfc3339(node.state_since),
            created_at=to_rfc3339(node.created_at),
            capabilities=node.capabilities,
            labels=node.labels,
            facts=node.facts,
            metrics=node.report.metrics,
            checks=node.report.checks,
            alerts=node.report.alerts,
            revisions=node.report.applied,
        )

    # For other slices, inside their transactions.

    def resolve(self, tx: Transaction, reference: str, workspace: str = "") -> Node:
        """A node by id or by name. Raises NotFound."""
        if is_id(reference):
            node = store.get(tx, reference.lower())
        else:
            home = self._organizations.resolve(tx, workspace)
            node = store.find(tx, home.id, reference.lower())
        if node is None:
            raise NotFound(f"there is no node {reference!r}", next_step="See them all with: nimbus node list")
        return node

    def check_name_free(self, tx: Transaction, workspace_id: str, name: str, *, but_of: str = "") -> None:
        other = store.find(tx, workspace_id, name)
        if other and other.id != but_of:
            raise Conflict(
                f"there is a node named {name!r} already",
                next_step="Choose another name, or delete that node first.",
                details=[{"field": "name", "message": "is taken"}],
            )

    def free_name(self, tx: Transaction, workspace_id: str, wanted: str) -> str:
        """`wanted`, or `wanted-2`, `wanted-3` ... when it is taken."""
        name, number = wanted, 1
        while store.find(tx, workspace_id, name):
            number += 1
            suffix = f"-{number}"
            name = wanted[: 63 - len(suffix)] + suffix
        return name

    def name_of(self, tx: Transaction, node_id: str) -> str:
        """The name, also of a deleted node."""
        return store.name_of(tx, node_id)

    def add(self, tx: Transaction, node: Node) -> None:
        store.insert(tx, node)

    def save(self, tx: Transaction, node: Node) -> None:
        store.update(tx, node)

    def update_facts(self, tx: Transaction, node_id: str, facts: Facts) -> None:
        """What is known already changes nothing."""
        node = store.get(tx, node_id)
        if node is None:
            return
        changed = msgspec.structs.replace(
            node,
            facts=facts,
            hostname=facts.hostname,
            capabilities=facts.capabilities,
            deployment_mode=facts.deployment_mode,
        )
        if changed != node:
            store.update(tx, msgspec.structs.replace(changed, updated_at=self._clock.now()))

    def add_certificate(self, tx: Transaction, node_id: str, issued: IssuedCertificate) -> None:
        store.insert_certificate(
            tx, CertificateRow(issued.serial, node_id, issued.issued_at, issued.expires_at)
        )
        tx.emit(CertificateIssued(node_id, issued.serial))

    def revoke_certificates(self, tx: Transaction, node_id: str) -> None:
        """From the commit on every certificate of the node is refused, on open connections too."""
        now = self._clock.now()
        store.revoke_certificates(tx, node_id, now)
        store.save_states(tx, [(NodeState.PENDING, now, node_id)])
        tx.emit(NodeRevoked(node_id))

    def remove(self, tx: Transaction, node: Node) -> None:
        """Delete the node and revoke its certificates."""
        store.mark_deleted(tx, node.id, self._clock.now())
        self.revoke_certificates(tx, node.id)

    def valid_certificates(self, tx: Transaction) -> dict[str, str]:
        return store.valid_certificates(tx, self._clock.now())


def _auditable(node: Node) -> dict[str, object]:
    return {"name": node.name, "labels": node.labels, "maintenance": node.maintenance}
