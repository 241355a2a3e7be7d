"""A node ends: its certificates, membership, tasks and tokens in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment.held_nodes import HeldNodes
from nimbus.fleet.enrolment.tokens import Tokens
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.nodes.records import Node, NodeView
from nimbus.fleet.nodes.service import Nodes, resource
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.routing import Target
from nimbus.records.audit.service import AuditLog


class Revocation:
    """`remove_with_node` are called, in the transaction, with the id of a node that is deleted."""

    def __init__(
        self,
        database: Database,
        audit: AuditLog,
        nodes: Nodes,
        members: Members,
        tasks: Tasks,
        tokens: Tokens,
        held: HeldNodes,
        remove_with_node: Iterable[Callable[[Transaction, str], None]],
    ) -> None:
        self._database = database
        self._audit = audit
        self._nodes = nodes
        self._members = members
        self._tasks = tasks
        self._tokens = tokens
        self._held = held
        self._remove_with_node = tuple(remove_with_node)

    async def delete(self, actor: Actor, target: Target) -> NodeView:
        """An operator takes the node away. Raises NotFound, Forbidden, PreconditionFailed."""

        def delete(tx: Transaction) -> NodeView:
            node = self._nodes.resolve(tx, actor, Permission.AGENT_DELETE, target)
            target.check_revision(node.revision)
            return self.revoke(tx, actor, node)

        return await self._database.write(delete)

    async def leave(self, node_id: str, source: str) -> None:
        """The node itself goes."""

        def leave(tx: Transaction) -> None:
            node = self._nodes.get(tx, node_id)
            self.revoke(tx, Actor(kind="node", id=node.id, name=node.name, source=source), node)

        await self._database.write(leave)

    def revoke(
        self, tx: Transaction, actor: Actor, node: Node, *, verb: str = "node.delete", reason: str = ""
    ) -> NodeView:
        view = self._nodes.view(tx, node)
        for remove in self._remove_with_node:
            remove(tx, node.id)
        self._nodes.remove(tx, node)
        self._members.remove(tx, node.id)
        self._held.unseat(tx, node.id)
        self._tasks.cancel_all(tx, node.id, "its node was deleted")
        self._tokens.close_of_node(tx, node.id)
        after = {"reason": reason} if reason else None
        self._audit.record(tx, actor, verb, resource(node), before={"name": node.name}, after=after)
        return view

    # For the deletion of a workspace, in its transaction.

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> list[str]:
        return [node.name for node in self._nodes.in_workspace(tx, workspace_id)]

    def revoke_all_of(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        for node in self._nodes.in_workspace(tx, workspace_id):
            self.revoke(tx, actor, node)

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """Take away what is left of its tokens, tasks and nodes."""
        self._tokens.forget_workspace(tx, workspace_id)
        self._tasks.forget_workspace(tx, workspace_id)
        self._nodes.forget_workspace(tx, workspace_id)
