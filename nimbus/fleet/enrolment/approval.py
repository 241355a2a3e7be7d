"""The waiting room's door: operators let nodes in, or turn them away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment.records import Rejection
from nimbus.fleet.mesh.members import Members, MeshKeyTaken
from nimbus.fleet.mesh.records import SeenAt
from nimbus.fleet.nodes.records import Approval, Node, NodeApproved, NodeView
from nimbus.fleet.nodes.service import Nodes, resource
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.kernel.naming import check_text
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import MeshPeer
from nimbus.records.audit.service import AuditLog


class Approvals:
    """`revoke` revokes a node in a transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        nodes: Nodes,
        members: Members,
        seen_at: Callable[[str], Awaitable[SeenAt]],
        revoke: Callable[..., NodeView],
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._nodes = nodes
        self._members = members
        self._seen_at = seen_at
        self._revoke = revoke

    async def approve(self, actor: Actor, target: Target) -> NodeView:
        """Let the node in: it becomes a member of the mesh, and gets tasks, from the commit on."""
        node = await self._database.read(lambda tx: self._waiting(tx, actor, Permission.AGENT_WRITE, target))
        endpoint = (await self._seen_at(node.mesh_key)).endpoint if node.mesh_key else ""

        def approve(tx: Transaction) -> NodeView:
            present = self._waiting(tx, actor, Permission.AGENT_WRITE, target)
            approved = msgspec.structs.replace(
                present,
                approval=Approval.APPROVED,
                mesh_key="",
                updated_at=self._clock.now(),
                revision=present.revision + 1,
            )
            self._nodes.save(tx, approved)
            self._enter_mesh(tx, present, endpoint)
            self._audit.record(
                tx,
                actor,
                "node.approve",
                resource(node),
                before={"approval": present.approval},
                after={"approval": approved.approval},
            )
            tx.emit(NodeApproved(node.id))
            return self._nodes.view(tx, approved)

        return await self._database.write(approve)

    async def reject(self, actor: Actor, target: Target, request: Rejection) -> NodeView:
        """Turn the node away: it is revoked and deleted."""
        reason = check_text(request.reason, "reason")

        def reject(tx: Transaction) -> NodeView:
            node = self._waiting(tx, actor, Permission.AGENT_DELETE, target)
            return self._revoke(tx, actor, node, verb="node.reject", reason=reason)

        return await self._database.write(reject)

    def _waiting(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Node:
        node = self._nodes.resolve(tx, actor, permission, target)
        target.check_revision(node.revision)
        if not node.is_waiting:
            raise Conflict(
                f"the node {node.name!r} does not wait for approval",
                next_step=f"To take it away: nimbus node delete {node.name}",
            )
        return node

    def _enter_mesh(self, tx: Transaction, node: Node, endpoint: str) -> None:
        if not node.mesh_key:
            return
        peer = MeshPeer(
            node_id=node.id,
            name=node.name,
            public_key=node.mesh_key,
            address=node.overlay_ip,
            endpoint=endpoint,
        )
        self._members.end_provisional(tx, node.id)
        try:
            self._members.enter(tx, peer)
        except MeshKeyTaken as taken:
            raise MeshKeyTaken(
                f"the WireGuard key of {node.name!r} is another's in this mesh, as after a disk was copied",
                next_step=f"Turn it away (nimbus node reject {node.name}) and have it join with a key of its own.",
            ) from taken
