"""Join tokens: operators make them; they end when they were used, when a newer one or the node's end takes their
place, or with their time."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment import store
from nimbus.fleet.enrolment.held_nodes import HeldNodes
from nimbus.fleet.enrolment.invitation import NO_PROXY, Invitations, Proxy
from nimbus.fleet.enrolment.records import RejoinRequest, Terms, TokenRequest, TokenRow, TokenView
from nimbus.fleet.enrolment.rules import check_mtu, check_pins, check_ttl, check_uses, no_listener
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.records import ProvisionalPeer
from nimbus.fleet.nodes.names import check_name
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, to_rfc3339
from nimbus.kernel.errors import invalid
from nimbus.kernel.events import Wakeup
from nimbus.kernel.ids import new_id, new_secret
from nimbus.kernel.naming import check_labels
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.join_token import secret_hash
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.wireguard.keys import generate_private_key, public_key


class Tokens:
    """`issued` is signalled when a token was made: its expiry has to be watched. `takes_session_keys`: nodes may
    sign their requests instead of having a certificate."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        members: Members,
        invitations: Invitations,
        held: HeldNodes,
        terms: Terms,
        issued: Wakeup,
        *,
        takes_session_keys: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        self._members = members
        self._invitations = invitations
        self._held = held
        self._terms = terms
        self._issued = issued
        self._takes_session_keys = takes_session_keys

    # For operators.

    async def issue(self, actor: Actor, request: TokenRequest) -> TokenView:
        """A token for a machine that is no node yet. Raises Forbidden, ValidationError, Conflict."""
        actor.require(Permission.AGENT_WRITE)
        name = check_name(request.name) if request.name else ""
        labels = check_labels(request.labels)
        uses = check_uses(request)
        proxy, mtu = self._proxy(request), check_mtu(request.mtu)

        def issue(tx: Transaction, private: str, secret: str) -> TokenRow:
            workspace = self._organizations.resolve(tx, actor, Permission.AGENT_WRITE, request.workspace)
            if name:
                self._nodes.check_name_free(tx, workspace.id, name)
            row = self._row(
                actor,
                workspace.id,
                secret,
                private,
                request.ttl,
                name=name,
                labels=labels,
                approval={None: "", True: "approve", False: "auto"}[request.approve],
                uses=uses,
                mtu=mtu,
            )
            return self._store(tx, actor, row, proxy)

        return await self._issue(issue, proxy, mtu, has_tunnel=uses == 1)

    async def reissue(self, actor: Actor, target: Target, request: RejoinRequest) -> TokenView:
        """A token for a node that exists: it keeps its id, name and address."""
        actor.require(Permission.AGENT_WRITE)
        proxy, mtu = self._proxy(request), check_mtu(request.mtu)

        def reissue(tx: Transaction, private: str, secret: str) -> TokenRow:
            node = self._nodes.resolve(tx, actor, Permission.AGENT_WRITE, target)
            row = self._row(
                actor, node.workspace_id, secret, private, request.ttl, name=node.name, node_id=node.id
            )
            return self._store(tx, actor, row, proxy)

        return await self._issue(reissue, proxy, mtu)

    def _proxy(self, request: TokenRequest | RejoinRequest) -> Proxy:
        if not request.through_proxy:
            if request.pins:
                raise invalid("pins", "belong to a token with which a machine joins through_proxy")
            return NO_PROXY
        if not self._takes_session_keys:
            raise no_listener()
        return Proxy(self._terms.proxy_url, check_pins(request.pins))

    async def _issue(
        self,
        insert: Callable[[Transaction, str, str], TokenRow],
        proxy: Proxy,
        mtu: int,
        *,
        has_tunnel: bool = True,
    ) -> TokenView:
        secret = new_secret()
        # Through the proxy goes no tunnel, and several machines cannot share one.
        has_tunnel = has_tunnel and self._invitations.has_mesh and not proxy.url
        private = generate_private_key() if has_tunnel else ""
        row = await self._database.write(lambda tx: insert(tx, private, secret))
        self._issued.signal()
        return self._invitations.view(row, secret, private, proxy, mtu)

    def _row(
        self,
        actor: Actor,
        workspace_id: str,
        secret: str,
        private: str,
        ttl: str,
        *,
        name: str = "",
        labels: dict[str, str] | None = None,
        node_id: str | None = None,
        approval: str = "",
        uses: int = 1,
        mtu: int = 0,
    ) -> TokenRow:
        seconds = check_ttl(ttl, uses)
        now = self._clock.now()
        return TokenRow(
            id=new_id(),
            secret_hash=secret_hash(secret),
            workspace_id=workspace_id,
            name=name,
            labels=labels or {},
            node_id=node_id,
            provisional_key=public_key(private) if private else "",
            overlay_ip="",
            created_by=actor.name,
            created_at=now,
            expires_at=now + from_seconds(seconds),
            approval=approval,
            uses=uses,
            mtu=mtu,
        )

    def _store(self, tx: Transaction, actor: Actor, row: TokenRow, proxy: Proxy) -> TokenRow:
        if row.node_id and self._invitations.has_mesh:
            self.close_of_node(tx, row.node_id)
        row = self.keep(tx, row)
        self._audit.record(
            tx,
            actor,
            "join_token.create",
            Resource("join_token", row.id, row.name, row.workspace_id, node_id=row.node_id),
            after={
                "expires_at": to_rfc3339(row.expires_at),
                "node_id": row.node_id,
                "approval": row.approval or None,
                "through_proxy": bool(proxy.url) or None,
                "uses": row.uses,
            },
        )
        return row

    def keep(self, tx: Transaction, row: TokenRow) -> TokenRow:
        """Store it, with the address that its tunnel has."""
        if row.provisional_key:
            # A known node keeps its own address in use until it has joined again: this one is for the way in.
            address = self._members.allocate(tx, row.id)
            row = msgspec.structs.replace(row, overlay_ip=address)
            self._members.add_provisional(tx, ProvisionalPeer(row.id, row.provisional_key, address))
        store.insert(tx, row)
        return row

    # Their use, in the transaction of a join.

    def count_use(self, tx: Transaction, token: TokenRow) -> None:
        """A machine has joined with this one: of those that several share one use less is left."""
        if token.parent_id:
            store.count_use(tx, token.parent_id)
            parent = store.get(tx, token.parent_id)
            if parent is not None and parent.used >= parent.uses:
                self.close(tx, parent)

    # Their end, in a transaction.

    def close(self, tx: Transaction, token: TokenRow) -> None:
        store.close(tx, token.id, self._clock.now())
        if token.provisional_key:
            self._members.end_provisional(tx, token.id)
            self._members.release(tx, token.id)
            if token.node_id:
                self._held.seat(tx, token.node_id)

    def close_of_node(self, tx: Transaction, node_id: str) -> None:
        for token in store.open_of_node(tx, node_id):
            self.close(tx, token)

    def close_expired(self, tx: Transaction) -> int | None:
        """End the tokens whose time is over; when the next one's will be."""
        for token in store.expired(tx, self._clock.now()):
            self.close(tx, token)
        return store.next_expiry(tx)

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        for token in store.open_of_workspace(tx, workspace_id):
            self.close(tx, token)
        store.delete_of_workspace(tx, workspace_id)
