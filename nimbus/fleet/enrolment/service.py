"""The door to enrolment."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment import store
from nimbus.fleet.enrolment.approval import Approvals
from nimbus.fleet.enrolment.certification import Certification
from nimbus.fleet.enrolment.deletion import DeletionPreview
from nimbus.fleet.enrolment.invitation import NO_PROXY, Invitations, Proxy
from nimbus.fleet.enrolment.records import RejoinRequest, Terms, TokenRequest, TokenRow, TokenView, parse_ttl
from nimbus.fleet.enrolment.rules import check_clock, check_pins, check_token, fingerprint, waits
from nimbus.fleet.enrolment.source_watch import host_of
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.mesh.members import Members, MeshKeyTaken
from nimbus.fleet.mesh.records import ProvisionalPeer
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.names import check_name, name_from_hostname
from nimbus.fleet.nodes.records import Approval, Node, NodeReport, NodeState, NodeView
from nimbus.fleet.nodes.service import Nodes, resource
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, from_seconds, to_rfc3339, to_seconds
from nimbus.kernel.errors import Conflict, Unavailable, invalid
from nimbus.kernel.events import Wakeup
from nimbus.kernel.ids import new_id, new_secret
from nimbus.kernel.naming import check_labels
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.join_token import secret_hash
from nimbus.protocol.messages import JoinAnswer, JoinComplete, JoinRequest, MeshPeer, SessionKeyAnswer
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.authority import Authority, IssuedCertificate, requested_key
from nimbus.wireguard.keys import generate_private_key, is_key, public_key

ANYWHERE = AgentSources()
AS_THEY_COME = Terms()


class Enrolment:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        authority: Authority,
        organizations: Organizations,
        nodes: Nodes,
        members: Members,
        tasks: Tasks,
        invitations: Invitations,
        *,
        heartbeat_interval_s: float,
        session_keys: SessionKeys | None = None,
        terms: Terms = AS_THEY_COME,
        sources: AgentSources = ANYWHERE,
        issued: Wakeup | None = None,
        remove_with_node: Iterable[Callable[[Transaction, str], None]] = (),
    ) -> None:
        """`session_keys` None: no node can sign its requests instead of having a certificate. `issued` is signalled
        when a token was made. `remove_with_node` are called, in the transaction, with the id of a node that is
        deleted."""
        self._database = database
        self._clock = clock
        self._audit = audit
        self._authority = authority
        self._organizations = organizations
        self._nodes = nodes
        self._members = members
        self._tasks = tasks
        self._invitations = invitations
        self._heartbeat_interval_s = heartbeat_interval_s
        self._session_keys = session_keys
        self._terms = terms
        self._sources = sources
        self.approvals = Approvals(
            database, clock, audit, nodes, members, invitations.endpoint_of, self._delete
        )
        self.certification = Certification(database, clock, audit, authority, nodes)
        self.deletion = DeletionPreview(database, clock, nodes, members, tasks)
        self._issued = issued or Wakeup()
        self._remove_with_node = tuple(remove_with_node)

    # For operators.

    async def issue(self, actor: Actor, request: TokenRequest) -> TokenView:
        actor.require(Permission.AGENT_WRITE)
        name = check_name(request.name) if request.name else ""
        labels = check_labels(request.labels)
        proxy = self._proxy(request)

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
            )
            return self._store(tx, actor, row, proxy)

        return await self._issue(issue, proxy)

    async def reissue(self, actor: Actor, target: Target, request: RejoinRequest) -> TokenView:
        """A token for a node that exists: it keeps its id, name and address."""
        actor.require(Permission.AGENT_WRITE)
        proxy = self._proxy(request)

        def reissue(tx: Transaction, private: str, secret: str) -> TokenRow:
            node = self._nodes.resolve(tx, actor, Permission.AGENT_WRITE, target)
            row = self._row(
                actor, node.workspace_id, secret, private, request.ttl, name=node.name, node_id=node.id
            )
            return self._store(tx, actor, row, proxy)

        return await self._issue(reissue, proxy)

    def _proxy(self, request: TokenRequest | RejoinRequest) -> Proxy:
        if not request.through_proxy:
            if request.pins:
                raise invalid("pins", "belong to a token with which a machine joins through_proxy")
            return NO_PROXY
        self._keys()
        return Proxy(self._terms.proxy_url, check_pins(request.pins))

    async def _issue(self, work: Callable[[Transaction, str, str], TokenRow], proxy: Proxy) -> TokenView:
        secret = new_secret()
        # Through the proxy goes no tunnel.
        private = generate_private_key() if self._invitations.has_mesh and not proxy.url else ""
        row = await self._database.write(lambda tx: work(tx, private, secret))
        self._issued.signal()
        return self._invitations.view(row, secret, private, proxy)

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
    ) -> TokenRow:
        seconds = parse_ttl(ttl)
        if seconds is None:
            raise invalid("ttl", "must be a number with s, m, h or d, from 1s to 7d")
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
        )

    def _store(self, tx: Transaction, actor: Actor, row: TokenRow, proxy: Proxy) -> TokenRow:
        if row.node_id and self._invitations.has_mesh:
            for older in store.open_of_node(tx, row.node_id):
                self._close_token(tx, older)
        if row.provisional_key:
            # A known node keeps its own address in use until it has joined again: this one is for the way in.
            address = self._members.allocate(tx, row.id)
            row = msgspec.structs.replace(row, overlay_ip=address)
            self._members.add_provisional(tx, ProvisionalPeer(row.id, row.provisional_key, address))
        store.insert(tx, row)
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
            },
        )
        return row

    async def delete(self, actor: Actor, target: Target) -> NodeView:
        """Revoke a node: one transaction ends its certificates, membership, tasks and tokens."""

        def delete(tx: Transaction) -> NodeView:
            node = self._nodes.resolve(tx, actor, Permission.AGENT_DELETE, target)
            target.check_revision(node.revision)
            return self._delete(tx, actor, node)

        return await self._database.write(delete)

    async def leave(self, node_id: str, source: str) -> None:
        """The node itself goes."""

        def delete(tx: Transaction) -> None:
            node = self._nodes.get(tx, node_id)
            self._delete(tx, Actor(kind="node", id=node.id, name=node.name, source=source), node)

        await self._database.write(delete)

    def _delete(
        self, tx: Transaction, actor: Actor, node: Node, *, verb: str = "node.delete", reason: str = ""
    ) -> NodeView:
        view = self._nodes.view(tx, node)
        for remove in self._remove_with_node:
            remove(tx, node.id)
        self._nodes.remove(tx, node)
        self._members.remove(tx, node.id)
        self.approvals.unseat(tx, node.id)
        self._tasks.cancel_all(tx, node.id, "its node was deleted")
        for token in store.open_of_node(tx, node.id):
            self._close_token(tx, token)
        after = {"reason": reason} if reason else None
        self._audit.record(tx, actor, verb, resource(node), before={"name": node.name}, after=after)
        return view

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> list[str]:
        return [node.name for node in self._nodes.in_workspace(tx, workspace_id)]

    def delete_all_of(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        """Revoke every node of a workspace that goes."""
        for node in self._nodes.in_workspace(tx, workspace_id):
            self._delete(tx, actor, node)

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """Take away what is left of tokens, tasks and nodes of a workspace that goes."""
        for token in store.open_of_workspace(tx, workspace_id):
            self._close_token(tx, token)
        store.delete_of_workspace(tx, workspace_id)
        self._tasks.forget_workspace(tx, workspace_id)
        self._nodes.forget_workspace(tx, workspace_id)

    # For nodes.

    async def join(self, request: JoinRequest, source: str, request_id: str) -> JoinAnswer:
        """Make a node of whoever has the token. Repeated with the same keys it answers again."""
        check_clock(request.sent_at, to_seconds(self._clock.now()))
        self._check_auth(request)
        keys = fingerprint(request.mesh_key, requested_key(request.csr))
        endpoint = await self._provisional_endpoint(request)
        self._sources.check(host_of(endpoint) or source)
        token = await self._database.read(lambda tx: self._admitted(tx, request, keys))
        node_id = token.node_id or new_id()
        issued = None
        if request.auth == "mtls":
            issued = await self.certification.sign(node_id, request.csr)

        def join(tx: Transaction) -> JoinAnswer:
            token = self._admitted(tx, request, keys)
            actor, node = self._node_of(tx, token, request, node_id, host_of(endpoint) or source, request_id)
            store.mark_used(tx, token.id, node.id, keys, self._clock.now())
            self._enter_mesh(tx, token, node, request, endpoint)
            if token.used_at is None:
                self._audit.record(
                    tx,
                    actor,
                    "node.join",
                    resource(node),
                    after={"hostname": node.hostname, "auth": node.auth, "approval": node.approval},
                )
            return self._answer(tx, node, issued)

        return await self._database.write(join)

    def _admitted(self, tx: Transaction, request: JoinRequest, keys: str) -> TokenRow:
        """The token of the request. Raises what speaks against a join with it."""
        token = check_token(store.find(tx, secret_hash(request.secret)), keys, self._clock.now())
        self._check_way(token, request)
        self._check_mesh_key(tx, token, request)
        if request.check_only:
            raise Conflict("nothing speaks against the token; join through the tunnel")
        return token

    def _check_way(self, token: TokenRow, request: JoinRequest) -> None:
        """With a mesh a node comes through its tunnel, or signs what it sends through the proxy."""
        if not self._invitations.has_mesh:
            if token.provisional_key:
                # Another one on this database has the mesh; here nobody knows which keys are its own.
                raise Conflict(
                    "the token leads into a mesh, and this control plane has none",
                    next_step="Join at the control plane that made the token, or make one here.",
                )
            return
        if token.provisional_key and not is_key(request.mesh_key):
            raise invalid("mesh_key", "a WireGuard public key is needed: this control plane runs a mesh")
        if not token.provisional_key and request.auth != "session-key":
            raise Conflict(
                "the token is for a node that signs its requests: it has no tunnel",
                next_step="Join with --auth session-key, or make a token without --through-proxy.",
            )

    def _check_mesh_key(self, tx: Transaction, token: TokenRow, request: JoinRequest) -> None:
        """Nobody joins with the key of another. Raises MeshKeyTaken."""
        if token.provisional_key:
            self._members.check_key(tx, request.mesh_key, token.node_id or "")
            waiting = self._nodes.waiting_with_key(tx, request.mesh_key)
            if waiting is not None and waiting != token.node_id:
                raise MeshKeyTaken

    def _check_auth(self, request: JoinRequest) -> None:
        if request.auth == "session-key" and self._session_keys is None:
            raise Conflict(
                "this control plane has no listener for nodes that sign their requests (proxy_listen)",
                next_step="Join with --auth mtls, or have proxy_listen and proxy_url set there.",
            )

    async def _provisional_endpoint(self, request: JoinRequest) -> str:
        if not self._invitations.has_mesh:
            return ""
        token = await self._database.read(lambda tx: store.find(tx, secret_hash(request.secret)))
        return await self._invitations.endpoint_of(token.provisional_key) if token else ""

    def _node_of(
        self,
        tx: Transaction,
        token: TokenRow,
        request: JoinRequest,
        node_id: str,
        source: str,
        request_id: str,
    ) -> tuple[Actor, Node]:
        """The node that the token stands for: a known one that joins again, or a new one with this id. `source` is
        where its packets come from outside the tunnel. Raises Unavailable when it turned out to be another."""
        facts = request.facts
        now = self._clock.now()
        if token.node_id is not None:
            if token.node_id != node_id:
                raise Unavailable("the same machine has asked twice at once", next_step="Ask again.")
            known = self._nodes.get(tx, token.node_id)
            if token.used_at is None:
                self._nodes.revoke_certificates(tx, known.id)
            node = msgspec.structs.replace(
                known,
                hostname=facts.hostname,
                facts=facts,
                version=facts.agent_version,
                public_ip=source,
                capabilities=facts.capabilities,
                deployment_mode=facts.deployment_mode,
                updated_at=now,
                auth=request.auth,
                overlay_ip=self._known_address(tx, token, known),
            )
            self._nodes.save(tx, node)
        else:
            wanted = token.name or (check_name(request.name) if request.name else "")
            if wanted:
                self._nodes.check_name_free(tx, token.workspace_id, wanted)
            node = Node(
                id=node_id,
                workspace_id=token.workspace_id,
                name=wanted
                or self._nodes.free_name(tx, token.workspace_id, name_from_hostname(facts.hostname)),
                hostname=facts.hostname,
                deployment_mode=facts.deployment_mode,
                version=facts.agent_version,
                public_ip=source,
                overlay_ip=token.overlay_ip,
                state=NodeState.PENDING,
                maintenance=False,
                capabilities=facts.capabilities,
                labels=token.labels,
                facts=facts,
                report=NodeReport(),
                last_seen_at=None,
                state_since=now,
                created_at=now,
                updated_at=now,
                auth=request.auth,
                approval=self._approval(token),
            )
            self._nodes.add(tx, node)
        return Actor(kind="node", id=node.id, name=node.name, source=source, request_id=request_id), node

    def _known_address(self, tx: Transaction, token: TokenRow, known: Node) -> str:
        """A node that joins again keeps its address, unless it comes without a tunnel: then it leaves the mesh."""
        if token.provisional_key or not self._invitations.has_mesh:
            return known.overlay_ip or token.overlay_ip
        self._members.remove(tx, known.id)
        self.approvals.unseat(tx, known.id)
        return ""

    def _approval(self, token: TokenRow) -> Approval:
        held = waits(token.approval, by_setting=self._terms.approve)
        return Approval.WAITING if held else Approval.APPROVED

    def _enter_mesh(
        self, tx: Transaction, token: TokenRow, node: Node, request: JoinRequest, endpoint: str
    ) -> None:
        if node.is_waiting:
            self.approvals.hold(tx, node, request.mesh_key if token.provisional_key else "")
        if not token.provisional_key:
            return
        if node.overlay_ip == token.overlay_ip:
            self._members.hand_over(tx, token.overlay_ip, node.id)
        if node.is_waiting:
            return
        peer = MeshPeer(
            node_id=node.id,
            name=node.name,
            public_key=request.mesh_key,
            address=node.overlay_ip,
            endpoint=endpoint,
        )
        self._members.enter(tx, peer)

    def _answer(self, tx: Transaction, node: Node, issued: IssuedCertificate | None) -> JoinAnswer:
        workspace = self._organizations.get(tx, node.workspace_id)
        certificate, session_key = "", None
        if issued is not None:
            self.certification.store(tx, node.id, issued)
            certificate = issued.pem
        else:
            session_key = self._keys().issue(tx, node)
        return JoinAnswer(
            node_id=node.id,
            name=node.name,
            workspace=workspace.full_name,
            certificate=certificate,
            ca=self._authority.certificate_pem,
            agent_api=self._terms.proxy_url if session_key else self._invitations.agent_api,
            heartbeat_interval_s=self._heartbeat_interval_s,
            mesh=self._invitations.membership(node.overlay_ip),
            session_key=session_key,
            waiting=node.is_waiting,
        )

    async def complete(self, request: JoinComplete) -> None:
        """The node has what it needs. Asked twice, or with a secret that nobody knows, nothing happens."""

        hashed = secret_hash(request.secret)
        # A read first: what anybody may send must not cost a write.
        if await self._database.read(lambda tx: store.find(tx, hashed)) is None:
            return

        def close(tx: Transaction) -> None:
            token = store.find(tx, hashed)
            if token is not None and token.used_at is not None:
                self._close_token(tx, token)

        await self._database.write(close)

    async def rotate_key(self, actor: Actor, target: Target) -> NodeView:
        if self._session_keys is None:
            # Who may not do this to the node hears of that, not of the settings.
            await self._database.read(
                lambda tx: self._nodes.resolve(tx, actor, Permission.AGENT_WRITE, target)
            )
        return await self._keys().rotate(actor, target)

    async def session_key(self, node_id: str) -> SessionKeyAnswer:
        return SessionKeyAnswer(key=await self._keys().fetch(node_id))

    def _keys(self) -> SessionKeys:
        if self._session_keys is None:
            raise Conflict(
                "this control plane has no listener for nodes that sign their requests",
                next_step="Set proxy_listen and proxy_url.",
            )
        return self._session_keys

    # For the reconciler.

    def close_expired(self, tx: Transaction) -> int | None:
        """End the tokens whose time is over; when the next one's will be."""
        for token in store.expired(tx, self._clock.now()):
            self._close_token(tx, token)
        return store.next_expiry(tx)

    def _close_token(self, tx: Transaction, token: TokenRow) -> None:
        store.close(tx, token.id, self._clock.now())
        if token.provisional_key:
            self._members.end_provisional(tx, token.id)
            self._members.release(tx, token.id)
            if token.node_id:
                self.approvals.seat(tx, token.node_id)
