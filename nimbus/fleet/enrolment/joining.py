"""A machine with a token becomes a node, or becomes again the node that it was."""

from __future__ import annotations

from collections.abc import Callable

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment import rules, store
from nimbus.fleet.enrolment.certification import Certification
from nimbus.fleet.enrolment.held_nodes import HeldNodes
from nimbus.fleet.enrolment.invitation import Invitations
from nimbus.fleet.enrolment.records import Terms, TokenRow
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.enrolment.tokens import Tokens
from nimbus.fleet.mesh.members import Members, MeshKeyTaken
from nimbus.fleet.mesh.records import SeenAt
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.names import check_name, name_from_hostname
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes, resource
from nimbus.kernel.access import Actor
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.errors import Conflict, Unavailable
from nimbus.kernel.ids import new_id
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.join_token import secret_hash
from nimbus.protocol.messages import JoinAnswer, JoinComplete, JoinRequest, MeshPeer
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.authority import Authority, IssuedCertificate, requested_key


class Joining:
    """`session_keys` None: no node can sign its requests instead of having a certificate. `heard` is told where a
    node says that its WireGuard is reached."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        authority: Authority,
        organizations: Organizations,
        nodes: Nodes,
        members: Members,
        invitations: Invitations,
        tokens: Tokens,
        held: HeldNodes,
        certification: Certification,
        session_keys: SessionKeys | None,
        terms: Terms,
        sources: AgentSources,
        *,
        heartbeat_interval_s: float,
        heard: Callable[[str, tuple[str, ...]], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._authority = authority
        self._organizations = organizations
        self._nodes = nodes
        self._members = members
        self._invitations = invitations
        self._tokens = tokens
        self._held = held
        self._certification = certification
        self._session_keys = session_keys
        self._terms = terms
        self._sources = sources
        self._heartbeat_interval_s = heartbeat_interval_s
        self._heard = heard

    async def join(self, request: JoinRequest, source: str, request_id: str) -> JoinAnswer:
        """Make a node of whoever has the token. Repeated with the same keys it answers again. `source` is the
        address that the request came from."""
        rules.check_clock(request.sent_at, to_seconds(self._clock.now()))
        if request.auth == "session-key":
            self._keys()
        rules.check_on_control_plane(request, source, self._invitations.own_address)
        keys = rules.fingerprint(request.mesh_key, requested_key(request.csr))
        seen = await self._provisional_way(request)
        endpoint, outside = seen.endpoint, seen.address or source
        self._sources.check(outside)
        token = await self._database.read(lambda tx: self._admitted(tx, request, keys))
        node_id = token.node_id or new_id()
        issued = None
        if request.auth == "mtls":
            issued = await self._certification.sign(node_id, request.csr)

        def join(tx: Transaction) -> JoinAnswer:
            token = self._admitted(tx, request, keys)
            if request.on_control_plane:
                token = rules.without_tunnel(token, self._invitations.own_address)
            node = self._node_of(tx, token, request, node_id, outside)
            store.mark_used(tx, token.id, node.id, keys, self._clock.now())
            self._enter_mesh(tx, token, node, request, endpoint)
            if token.used_at is None:
                self._tokens.count_use(tx, token)
                self._note_join(tx, node, outside, request_id)
            return self._answer(tx, node, issued)

        answer = await self._database.write(join)
        if request.mesh_endpoints and token.provisional_key:
            # Before it has what it needs to become a member.
            self._heard(answer.node_id, request.mesh_endpoints)
        return answer

    async def complete(self, request: JoinComplete) -> None:
        """The node has what it needs. Asked twice, or with a secret that nobody knows, nothing happens."""

        hashed = secret_hash(request.secret)
        # A read first: what anybody may send must not cost a write.
        if await self._database.read(lambda tx: store.find(tx, hashed)) is None:
            return

        def close(tx: Transaction) -> None:
            token = store.find(tx, hashed)
            if token is not None and token.used_at is not None:
                self._tokens.close(tx, token)

        await self._database.write(close)

    async def _provisional_way(self, request: JoinRequest) -> SeenAt:
        """Where the packets of the tunnel that the token leads through come from."""
        if not self._invitations.has_mesh:
            return SeenAt()
        token = await self._database.read(lambda tx: store.find(tx, secret_hash(request.secret)))
        return await self._invitations.seen_at(token.provisional_key) if token else SeenAt()

    def _admitted(self, tx: Transaction, request: JoinRequest, keys: str) -> TokenRow:
        """The token of the request. Raises what speaks against a join with it."""
        token = rules.check_token(store.find(tx, secret_hash(request.secret)), keys, self._clock.now())
        rules.check_way(token, request, has_mesh=self._invitations.has_mesh)
        self._check_mesh_key(tx, token, request)
        if request.check_only:
            raise Conflict("nothing speaks against the token; join through the tunnel")
        return token

    def _check_mesh_key(self, tx: Transaction, token: TokenRow, request: JoinRequest) -> None:
        """Nobody joins with the key of another. Raises MeshKeyTaken."""
        if token.provisional_key and not request.on_control_plane:
            self._members.check_key(tx, request.mesh_key, token.node_id or "")
            waiting = self._nodes.waiting_with_key(tx, request.mesh_key)
            if waiting is not None and waiting != token.node_id:
                raise MeshKeyTaken

    def _node_of(
        self, tx: Transaction, token: TokenRow, request: JoinRequest, node_id: str, outside: str
    ) -> Node:
        """The node that the token stands for: a known one that joins again, or a new one with this id. `outside` is
        where its packets come from outside the tunnel. Raises Unavailable when it turned out to be another."""
        now = self._clock.now()
        if token.node_id is None:
            name = self._new_name(tx, token, request)
            approval = rules.approval_of(token, by_setting=self._terms.approve)
            node = rules.new_node(token, request, node_id, name, outside, approval, now)
            self._nodes.add(tx, node)
            return node
        if token.node_id != node_id:
            raise Unavailable("the same machine sent two requests at the same time", next_step="Ask again.")
        known = self._nodes.get(tx, token.node_id)
        if token.used_at is None:
            self._nodes.revoke_certificates(tx, known.id)
        node = rules.joined_again(known, request, outside, self._known_address(tx, token, known), now)
        self._nodes.save(tx, node)
        return node

    def _new_name(self, tx: Transaction, token: TokenRow, request: JoinRequest) -> str:
        wanted = token.name or (check_name(request.name) if request.name else "")
        if wanted:
            self._nodes.check_name_free(tx, token.workspace_id, wanted)
            return wanted
        return self._nodes.free_name(tx, token.workspace_id, name_from_hostname(request.facts.hostname))

    def _known_address(self, tx: Transaction, token: TokenRow, known: Node) -> str:
        """A node that joins again keeps its address, unless it comes without a tunnel: then it leaves the mesh. The
        control plane's address stays with its machine."""
        own = self._invitations.own_address
        if token.provisional_key or not self._invitations.has_mesh:
            kept = known.overlay_ip if known.overlay_ip != own else ""
            return kept or token.overlay_ip
        self._members.remove(tx, known.id)
        self._held.unseat(tx, known.id)
        return own if token.overlay_ip == own else ""

    def _enter_mesh(
        self, tx: Transaction, token: TokenRow, node: Node, request: JoinRequest, endpoint: str
    ) -> None:
        if node.is_waiting:
            self._held.hold(tx, node, request.mesh_key if token.provisional_key else "")
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

    def _note_join(self, tx: Transaction, node: Node, outside: str, request_id: str) -> None:
        actor = Actor(kind="node", id=node.id, name=node.name, source=outside, request_id=request_id)
        after = {"hostname": node.hostname, "auth": node.auth, "approval": node.approval}
        self._audit.record(tx, actor, "node.join", resource(node), after=after)

    def _answer(self, tx: Transaction, node: Node, issued: IssuedCertificate | None) -> JoinAnswer:
        workspace = self._organizations.get(tx, node.workspace_id)
        certificate, session_key = "", None
        if issued is not None:
            self._certification.store(tx, node.id, issued)
            certificate = issued.pem
        else:
            session_key = self._keys().issue(tx, node)
        return JoinAnswer(
            node_id=node.id,
            name=node.name,
            workspace=workspace.full_name,
            certificate=certificate,
            ca=self._authority.trusted_pem,
            agent_api=self._terms.proxy_url if session_key else self._invitations.agent_api,
            heartbeat_interval_s=self._heartbeat_interval_s,
            mesh=self._invitations.membership(node.overlay_ip),
            session_key=session_key,
            waiting=node.is_waiting,
        )

    def _keys(self) -> SessionKeys:
        if self._session_keys is None:
            raise rules.no_listener("Join with --auth mtls, or have proxy_listen and proxy_url set there.")
        return self._session_keys
