"""What the deletion of a node takes with it, before it is done."""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment import store
from nimbus.fleet.enrolment.records import MeshPlace, NodeDeletion, OpenToken
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.nodes.credentials.current import revocable
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.routing import Target


class DeletionPreview:
    def __init__(
        self, database: Database, clock: Clock, nodes: Nodes, members: Members, tasks: Tasks
    ) -> None:
        self._database = database
        self._clock = clock
        self._nodes = nodes
        self._members = members
        self._tasks = tasks

    async def show(self, actor: Actor, target: Target) -> NodeDeletion:
        """For whoever may do it. Raises NotFound, Forbidden."""

        def read(tx: Transaction) -> NodeDeletion:
            node = self._nodes.resolve(tx, actor, Permission.AGENT_DELETE, target)
            certificates, session_keys = revocable(tx, node.id, self._clock.now())
            peer = self._members.candidate(tx, node.id) or self._members.get(tx, node.id)
            return NodeDeletion(
                id=node.id,
                name=node.name,
                certificates=certificates,
                session_keys=session_keys,
                mesh=MeshPlace(peer.address, peer.public_key) if peer else None,
                open_tasks=self._tasks.open_count(tx, node.id),
                join_tokens=tuple(
                    OpenToken(token.id, to_rfc3339(token.expires_at))
                    for token in store.open_of_node(tx, node.id)
                ),
            )

        return await self._database.read(read)
