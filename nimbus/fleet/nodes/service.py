"""The door to nodes: what operators see and change, and the certificates that make a node one."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Collection, Sequence

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes import maintenance, store
from nimbus.fleet.nodes.credentials import store as credential_store
from nimbus.fleet.nodes.credentials.current import current_certificate
from nimbus.fleet.nodes.facts import kept_facts
from nimbus.fleet.nodes.names import check_name
from nimbus.fleet.nodes.records import (
    CertificateEnded,
    CertificateIssued,
    CertificateRow,
    KnownCertificate,
    Node,
    NodeBrief,
    NodeDetails,
    NodePatch,
    NodeQuery,
    NodeRelabelled,
    NodeRenamed,
    NodeReport,
    NodeRevoked,
    NodeState,
    NodeView,
    NodeWireGuardChanged,
    Reached,
)
from nimbus.fleet.nodes.rules import is_outdated, with_wireguard
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339, to_seconds
from nimbus.kernel.errors import Conflict
from nimbus.kernel.events import Wakeup
from nimbus.kernel.naming import changed_labels, check_label_filter, check_text
from nimbus.kernel.routing import Listed, Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.records import Workspace
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.messages import Facts
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.authority import IssuedCertificate

# What `list` reads.
LISTED_FROM = ("nodes", "node_reports", "node_session_keys", "workspaces", "organizations")
# The workspaces where the actor may (None: all), and the filters.
_Wanted = tuple[frozenset[str] | None, tuple[object, ...]]
NODE = Lookup("node", Permission.AGENT_READ, store.get, store.find_in)


def resource(node: Node) -> Resource:
    return Resource("node", node.id, node.name, node.workspace_id)


class Nodes:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        maintenance_changed: Wakeup | None = None,
    ) -> None:
        """`maintenance_changed` is signalled when an end of maintenance may have been set."""
        self._maintenance_changed = maintenance_changed or Wakeup()
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations

    # For operators.

    async def list(self, actor: Actor, query: NodeQuery, workspace: str = "") -> Listed:
        """Rows of `NodeView`."""
        actor.require(Permission.AGENT_READ)
        check_label_filter(query.label)
        filters = msgspec.structs.astuple(query)

        def wanted(tx: Transaction) -> _Wanted:
            return self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace), filters

        def read(tx: Transaction, wanted: _Wanted) -> tuple[builtins.list[NodeView], int]:
            within = wanted[0]
            names = functools.partial(self._organizations.workspace_names, tx, within)
            return store.select(tx, query, workspaces=within, workspace_names=names)

        return await self._database.page(LISTED_FROM, wanted, read)

    async def show(self, actor: Actor, target: Target) -> NodeDetails:
        return await self._database.read(
            lambda tx: self._details(tx, self.resolve(tx, actor, Permission.AGENT_READ, target))
        )

    def _details(self, tx: Transaction, node: Node) -> NodeDetails:
        view = msgspec.structs.asdict(self.view(tx, node))
        return NodeDetails(**view, certificate=current_certificate(tx, node.id))

    async def change(self, actor: Actor, target: Target, patch: NodePatch) -> NodeDetails:
        def change(tx: Transaction) -> NodeDetails:
            node = self.resolve(tx, actor, Permission.AGENT_WRITE, target)
            target.check_revision(node.revision)
            changed = self._patched(tx, actor, node, patch)
            store.update(tx, changed)
            if changed.name != node.name:
                tx.emit(NodeRenamed(node.id, changed.name))
            if changed.wanted_changes != node.wanted_changes:
                tx.emit(NodeWireGuardChanged(node.id, changed.wanted_changes))
            if changed.labels != node.labels:
                tx.emit(NodeRelabelled(node.id))
            self._audit.record(
                tx,
                actor,
                maintenance.action_of(node, changed),
                resource(changed),
                before=_auditable(node),
                after=_auditable(changed),
            )
            return self._details(tx, changed)

        changed = await self._database.write(change)
        self._maintenance_changed.signal()
        return changed

    def _patched(self, tx: Transaction, actor: Actor, node: Node, patch: NodePatch) -> Node:
        name = node.name if patch.name is None else check_name(patch.name)
        self.check_name_free(tx, node.workspace_id, name, but_of=node.id)
        return msgspec.structs.replace(
            maintenance.with_maintenance(with_wireguard(node, patch), patch, actor.name, self._clock.now()),
            name=name,
            labels=node.labels if patch.labels is None else changed_labels(node.labels, patch.labels),
            description=(
                node.description
                if patch.description is None
                else check_text(patch.description, "description")
            ),
            updated_at=self._clock.now(),
            revision=node.revision + 1,
        )

    def view(
        self,
        tx: Transaction,
        node: Node,
        workspaces: dict[str, Workspace] | None = None,
        rotating: frozenset[str] | None = None,
    ) -> NodeView:
        workspaces = {} if workspaces is None else workspaces
        if rotating is None:
            rotating = credential_store.rotating(tx) if node.auth == "session-key" else frozenset()
        workspace = workspaces.get(node.workspace_id)
        if workspace is None:
            workspace = workspaces[node.workspace_id] = self._organizations.get(tx, node.workspace_id)
        return NodeView(
            id=node.id,
            workspace_id=node.workspace_id,
            workspace=workspace.full_name,
            name=node.name,
            hostname=node.hostname,
            state=node.shown_state,
            public_ip=node.public_ip or None,
            overlay_ip=node.overlay_ip or None,
            version=node.version,
            outdated=is_outdated(node.version),
            deployment_mode=node.deployment_mode,
            last_seen_at=to_rfc3339(node.last_seen_at) if node.last_seen_at else None,
            state_since=to_rfc3339(node.state_since),
            created_at=to_rfc3339(node.created_at),
            capabilities=node.capabilities,
            labels=node.labels,
            facts=node.facts,
            facts_at=to_rfc3339(node.facts_at) if node.facts_at else None,
            metrics=node.report.metrics,
            checks=node.report.checks,
            alerts=node.report.alerts,
            revisions=node.report.applied,
            revision=node.revision,
            auth=node.auth,
            approval=node.approval,
            rotating_key=node.id in rotating,
            mtu=node.report.mtu or None,
            mtu_source=node.report.mtu_source or None,
            mesh_via=node.report.mesh_via or None,
            listen_port=node.report.listen_port or None,
            wanted_port=node.wanted_port,
            wanted_mtu=node.wanted_mtu,
            maintenance=maintenance.view_of(
                node.maintenance,
                node.maintenance_since,
                node.maintenance_until,
                node.maintenance_reason,
                node.maintenance_by,
            ),
            description=node.description,
        )

    # For other slices, inside their transactions.

    def get(self, tx: Transaction, node_id: str) -> Node:
        """A node by its id, for whoever has it from a record or a certificate. Raises NotFound."""
        node = store.get(tx, node_id.lower())
        if node is None:
            raise NODE.absent(node_id)
        return node

    def find(self, tx: Transaction, node_id: str) -> Node | None:
        return store.get(tx, node_id)

    def organization_of(self, tx: Transaction, node_id: str) -> str:
        """The id of the organization that a node belongs to. Raises NotFound."""
        return self.workspace_of(tx, node_id).organization_id

    def workspace_of(self, tx: Transaction, node_id: str) -> Workspace:
        """Raises NotFound."""
        return self._organizations.get(tx, self.get(tx, node_id).workspace_id)

    def resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Node:
        """The node that an actor names by id or name, if they may do this to it. Raises NotFound, Forbidden."""
        return NODE.resolve(tx, self._organizations, actor, permission, target)

    def overlay_addresses_of(self, tx: Transaction, label: str) -> dict[str, str]:
        """By id, of the approved nodes in the mesh with this label (`key=value`), in the order of their names."""
        return store.overlay_addresses_of(tx, label)

    def in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[Node]:
        return store.in_workspace(tx, workspace_id)

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """The rows of nodes that were deleted before."""
        store.purge(tx, workspace_id)

    def reached(self, tx: Transaction, actor: Actor, permission: Permission) -> Reached:
        """The nodes in workspaces where `actor` holds `permission`."""
        within = actor.workspaces_with(permission)
        return Reached(None if within is None else store.ids_in(tx, within))

    def workspaces_of(self, tx: Transaction, node_ids: Sequence[str]) -> dict[str, str]:
        """Id to workspace id, of those that there are and that are approved."""
        return store.workspaces_of(tx, node_ids)

    def state_counts(self, tx: Transaction, within: frozenset[str] | None) -> dict[NodeState, int]:
        """Of every state, how many nodes of these workspaces (None: all) are shown in it."""
        return dict.fromkeys(NodeState, 0) | dict(store.state_counts(tx, within))

    def named(self, tx: Transaction, words: str, within: frozenset[str] | None) -> tuple[str, ...]:
        """Ids of the nodes whose names have these words, the first by name."""
        return store.named(tx, words, within)

    def unwell(self, tx: Transaction, within: frozenset[str] | None) -> builtins.list[NodeBrief]:
        """Offline or degraded, by name; not those in maintenance."""
        return store.unwell(tx, within)

    def briefly(
        self, tx: Transaction, node_ids: Sequence[str], within: frozenset[str] | None
    ) -> builtins.list[NodeBrief]:
        return store.briefly(tx, node_ids, within)

    def last_reports(
        self, tx: Transaction, node_ids: Sequence[str]
    ) -> dict[str, tuple[int | None, NodeReport]]:
        """When each was heard of last, and what it said."""
        return store.last_reports(tx, node_ids)

    def certificate_ends(self, tx: Transaction, before: int) -> dict[str, int]:
        """Nodes whose last certificate ends before, and when."""
        return credential_store.certificate_ends(tx, before)

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

    def names_of(self, tx: Transaction, node_ids: Sequence[str]) -> dict[str, str]:
        """As `name_of`, of many."""
        return store.names_of(tx, node_ids)

    def wanted_changes(self, tx: Transaction) -> dict[str, int]:
        """By id, how often the port or MTU of a node was set, of those of which it was."""
        return store.wanted_changes(tx)

    def waiting_with_key(self, tx: Transaction, mesh_key: str) -> str | None:
        """The id of the node in the waiting room that has this WireGuard key."""
        return store.waiting_with_key(tx, mesh_key)

    def add(self, tx: Transaction, node: Node) -> None:
        store.insert(tx, node)

    def save(self, tx: Transaction, node: Node) -> None:
        store.update(tx, node)

    def check_approved(self, node: Node) -> None:
        """Raises Conflict for a node in the waiting room: it gets nothing to do."""
        if node.is_waiting:
            raise Conflict(
                f"the node {node.name!r} waits for approval",
                next_step=f"Let it in with: nimbus node approve {node.name}",
            )

    def update_facts(self, tx: Transaction, node_id: str, facts: Facts) -> None:
        """As they were looked at just now."""
        node, facts, now = store.get(tx, node_id), kept_facts(facts), self._clock.now()
        if node is None:
            return
        changed = msgspec.structs.replace(
            node,
            facts=facts,
            hostname=facts.hostname,
            capabilities=facts.capabilities,
            deployment_mode=facts.deployment_mode,
        )
        updated_at = node.updated_at if changed == node else now
        store.update(tx, msgspec.structs.replace(changed, facts_at=now, updated_at=updated_at))

    def add_certificate(self, tx: Transaction, node_id: str, issued: IssuedCertificate) -> None:
        credential_store.insert_certificate(
            tx,
            CertificateRow(issued.serial, node_id, issued.issued_at, issued.expires_at, issued.fingerprint),
        )
        tx.emit(CertificateIssued(node_id, issued.serial, issued.expires_at))

    def certificates_of(self, tx: Transaction, node_id: str) -> builtins.list[CertificateRow]:
        """Those that were not revoked, newest first."""
        return credential_store.certificates_of(tx, node_id)

    def limit_certificates(self, tx: Transaction, node_id: str, most: int, keep: Collection[str]) -> None:
        """Of those that are good so many stay, the newest, and of these serials all."""
        now = self._clock.now()
        live = [row for row in credential_store.certificates_of(tx, node_id) if row.expires_at > now]
        live.sort(key=lambda row: row.serial not in keep)
        for row in live[most:]:
            if row.serial not in keep:
                credential_store.revoke_certificate(tx, row.serial, now)
                tx.emit(CertificateEnded(node_id, row.serial, row.expires_at))

    def end_certificates_before(self, tx: Transaction, moment: int) -> frozenset[str]:
        """From the commit on what was issued before is refused. The nodes that had no other certificate."""
        now = self._clock.now()
        ended = credential_store.certificates_before(tx, moment)
        for row in ended:
            credential_store.revoke_certificate(tx, row.serial, now)
            tx.emit(CertificateEnded(row.node_id, row.serial, row.expires_at))
        return frozenset(
            row.node_id for row in ended if not credential_store.certificates_of(tx, row.node_id)
        )

    def revoke_certificates(self, tx: Transaction, node_id: str) -> None:
        """From the commit on every certificate and session key of the node is refused, on open connections too."""
        now = self._clock.now()
        ended = [
            (row.serial, round(to_seconds(row.expires_at)))
            for row in credential_store.certificates_of(tx, node_id)
        ]
        ended += [(key.id, 0) for key in credential_store.session_keys(tx, node_id)]
        credential_store.revoke_certificates(tx, node_id, now)
        credential_store.end_session_keys(tx, node_id, now)
        store.save_states(tx, [(NodeState.PENDING, now, node_id)])
        tx.emit(NodeRevoked(node_id, tuple(ended)))

    def remove(self, tx: Transaction, node: Node) -> None:
        """Delete the node and revoke its certificates."""
        store.mark_deleted(tx, node.id, self._clock.now())
        self.revoke_certificates(tx, node.id)

    def is_good_certificate(self, tx: Transaction, serial: str, node_id: str) -> bool:
        """Whether it was issued to this node, which is there, and was not revoked."""
        known = credential_store.certificate(tx, serial)
        return known is not None and not known.revoked and known.node_id == node_id

    def known_certificates(self, tx: Transaction) -> builtins.list[KnownCertificate]:
        return credential_store.known_certificates(tx)


def _auditable(node: Node) -> dict[str, object]:
    return {
        "name": node.name,
        "labels": node.labels,
        **maintenance.auditable(node),
        "description": node.description,
        "wanted_port": node.wanted_port,
        "wanted_mtu": node.wanted_mtu,
    }
