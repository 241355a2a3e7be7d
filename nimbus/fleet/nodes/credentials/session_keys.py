"""Session keys: what nodes sign their requests with that cannot use certificates.

    join:      primary P
    rotate:    primary P, secondary S       (P goes on to be accepted; the node is told of S until it has used it)
    S is used: primary S                    (P has ended)
    revoked:   none

Each arrow is one transaction, and both sides may be killed between any two: a node that has S but was not answered
uses it again, one that never got S goes on with P and is told again.
"""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes.credentials import store
from nimbus.fleet.nodes.records import KeyRole, Node, NodeView, SessionKeyRow, SessionKeysChanged
from nimbus.fleet.nodes.service import Nodes, resource
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.kernel.ids import new_id, new_secret
from nimbus.kernel.routing import Target
from nimbus.kernel.sealing import Sealer
from nimbus.protocol.messages import SessionKey
from nimbus.records.audit.service import AuditLog


def secret_context(key_id: str) -> str:
    """What a session key's secret is sealed for."""
    return f"session-key:{key_id}"


class SessionKeys:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, sealer: Sealer, nodes: Nodes
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._nodes = nodes

    async def rotate(self, actor: Actor, target: Target) -> NodeView:
        """Make a secondary key, which the node fetches by itself. While one waits to be used it is left as it is:
        the node may be about to use it."""
        actor.require(Permission.AGENT_WRITE)

        def rotate(tx: Transaction) -> NodeView:
            node = self._nodes.resolve(tx, actor, Permission.AGENT_WRITE, target)
            target.check_revision(node.revision)
            keys = store.session_keys(tx, node.id)
            if node.auth != "session-key" or not keys:
                raise Conflict(
                    f"the node {node.name!r} has no session key: it uses certificates, which renew themselves",
                    next_step="Have it join again (nimbus node token --rejoin NODE) with --auth session-key.",
                )
            if not _secondary(keys):
                self._insert(tx, node, KeyRole.SECONDARY)
            self._audit.record(
                tx,
                actor,
                "node.rotate_key",
                resource(node),
                before={"key_id": keys[0].id},
                after={"key_id": _secondary(store.session_keys(tx, node.id))},
            )
            return self._nodes.view(tx, node)

        return await self._database.write(rotate)

    # For enrolment and the agents' paths.

    def issue(self, tx: Transaction, node: Node) -> SessionKey:
        """The key of a node that joins. Asked again (the answer was lost) it is the same."""
        for row in store.session_keys(tx, node.id):
            if row.role is KeyRole.PRIMARY:
                return self._opened(row)
        return self._insert(tx, node, KeyRole.PRIMARY)

    async def fetch(self, node_id: str) -> SessionKey:
        """What the node shall sign with: the secondary while there is one. Changes nothing."""

        def read(tx: Transaction) -> SessionKey:
            keys = store.session_keys(tx, node_id)
            if not keys:
                raise Conflict("this node has no session key")
            return self._opened(keys[-1])

        return await self._database.read(read)

    def promote(self, tx: Transaction, node_id: str, key_id: str) -> None:
        """The node has used its secondary key: it is the primary now, and the other one has ended."""
        keys = store.session_keys(tx, node_id)
        if _secondary(keys) != key_id:
            return
        now = self._clock.now()
        store.end_session_keys(tx, node_id, now, keep=key_id)
        store.promote_session_key(tx, key_id, now)
        node = self._nodes.get(tx, node_id)
        self._audit.record(
            tx,
            Actor(kind="node", id=node.id, name=node.name),
            "node.use_new_key",
            resource(node),
            before={"key_id": keys[0].id},
            after={"key_id": key_id},
        )
        tx.emit(SessionKeysChanged(node_id, store.session_keys(tx, node_id)))

    def find(self, tx: Transaction, key_id: str) -> SessionKeyRow | None:
        """None of one that is not accepted."""
        return store.session_key(tx, key_id)

    def open(self, row: SessionKeyRow) -> str:
        return self._sealer.open(row.sealed_secret, secret_context(row.id))

    def ended(self, tx: Transaction) -> list[str]:
        """Ids of the keys that are accepted no more."""
        return store.ended_session_keys(tx)

    def every(self, tx: Transaction) -> list[SessionKeyRow]:
        return store.all_session_keys(tx)

    def _insert(self, tx: Transaction, node: Node, role: KeyRole) -> SessionKey:
        key = SessionKey("NS" + new_id().replace("-", "")[:24], new_secret())
        store.insert_session_key(
            tx,
            SessionKeyRow(
                id=key.key_id,
                node_id=node.id,
                role=role,
                created_at=self._clock.now(),
                sealed_secret=self._sealer.seal(key.secret, secret_context(key.key_id)),
            ),
        )
        tx.emit(SessionKeysChanged(node.id, store.session_keys(tx, node.id)))
        return key

    def _opened(self, row: SessionKeyRow) -> SessionKey:
        return SessionKey(row.id, self.open(row))


def _secondary(keys: tuple[SessionKeyRow, ...]) -> str | None:
    return next((key.id for key in keys if key.role is KeyRole.SECONDARY), None)
