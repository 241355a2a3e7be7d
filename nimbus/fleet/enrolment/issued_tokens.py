"""Join tokens that were created, for operators: who created which, what it is for, and its end before its time."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment import store
from nimbus.fleet.enrolment.records import JoinedNode, JoinTokenQuery, JoinTokenView, TokenRow
from nimbus.fleet.enrolment.tokens import Tokens
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, optional_rfc3339, to_rfc3339
from nimbus.kernel.errors import Conflict, NotFound
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class IssuedTokens:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        tokens: Tokens,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        self._tokens = tokens

    async def list(
        self, actor: Actor, query: JoinTokenQuery, workspace: str = ""
    ) -> tuple[builtins.list[JoinTokenView], int]:
        actor.require(Permission.AGENT_READ)

        def read(tx: Transaction) -> tuple[builtins.list[JoinTokenView], int]:
            within = self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace)
            rows, total = store.select(tx, query, within, self._clock.now())
            return self._views(tx, rows), total

        return await self._database.read(read)

    async def show(self, actor: Actor, target: Target) -> JoinTokenView:
        def read(tx: Transaction) -> JoinTokenView:
            [view] = self._views(tx, [self._get(tx, actor, Permission.AGENT_READ, target)])
            return view

        return await self._database.read(read)

    async def revoke(self, actor: Actor, target: Target) -> JoinTokenView:
        """Nothing joins with it from then on; what has joined stays. Raises NotFound, Forbidden, Conflict."""

        def revoke(tx: Transaction) -> JoinTokenView:
            token, now = self._get(tx, actor, Permission.AGENT_WRITE, target), self._clock.now()
            state = token.state(now)
            if state != "open":
                raise Conflict(
                    f"the token is {state} already", next_step="See those that are open: nimbus node tokens"
                )
            for claimed in (*store.claims(tx, token.id, now), token):
                self._tokens.close(tx, claimed)
                store.revoke(tx, claimed.id, actor.name)
            self._audit.record(
                tx,
                actor,
                "join_token.revoke",
                Resource("join_token", token.id, token.name, token.workspace_id, node_id=token.node_id),
                before={"expires_at": to_rfc3339(token.expires_at), "uses": token.uses, "used": token.used},
            )
            revoked = store.get(tx, token.id)
            assert revoked is not None
            [view] = self._views(tx, [revoked])
            return view

        return await self._database.write(revoke)

    def _get(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> TokenRow:
        token = store.get(tx, target.reference.lower()) if is_id(target.reference) else None
        absent = NotFound(
            f"there is no join token {target.reference[:80]!r}", next_step="See them with: nimbus node tokens"
        )
        if token is None or token.parent_id:
            raise absent
        actor.admit(permission, token.workspace_id, read=Permission.AGENT_READ, absent=absent)
        return token

    def _views(self, tx: Transaction, tokens: Sequence[TokenRow]) -> builtins.list[JoinTokenView]:
        if not tokens:
            return []
        joined = store.joined(tx, [token.id for token in tokens])
        known = {node for _, node, _ in joined} | {token.node_id for token in tokens if token.node_id}
        names = self._nodes.names_of(tx, sorted(known))
        workspaces = self._organizations.workspace_names(tx, frozenset(t.workspace_id for t in tokens))
        nodes: dict[str, builtins.list[JoinedNode]] = {}
        for token_id, node_id, at in joined:
            nodes.setdefault(token_id, []).append(JoinedNode(node_id, names[node_id], to_rfc3339(at)))
        claimed = store.claimed(tx, [token.id for token in tokens], self._clock.now())
        return [
            self._view(
                token,
                workspaces[token.workspace_id],
                names,
                nodes.get(token.id, ()),
                claimed.get(token.id, 0),
            )
            for token in tokens
        ]

    def _view(
        self, token: TokenRow, workspace: str, names: dict[str, str], nodes: Sequence[JoinedNode], claims: int
    ) -> JoinTokenView:
        state = token.state(self._clock.now())
        claimed = claims if state == "open" else 0
        return JoinTokenView(
            id=token.id,
            workspace_id=token.workspace_id,
            workspace=workspace,
            name=token.name,
            labels=token.labels,
            state=state,
            uses=token.uses,
            used=token.used,
            uses_left=token.uses - token.used - claimed if state == "open" else 0,
            claimed=claimed,
            approval=token.approval,
            rejoins=names[token.node_id] if token.node_id and token.used_at is None else None,
            nodes=tuple(nodes),
            created_by=token.created_by,
            created_at=to_rfc3339(token.created_at),
            expires_at=to_rfc3339(token.expires_at),
            revoked_by=token.revoked_by or None,
            ended_at=optional_rfc3339(token.closed_at),
        )
