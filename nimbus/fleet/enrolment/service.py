"""The door to enrolment: its parts, joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment.approval import Approvals
from nimbus.fleet.enrolment.certification import Certification
from nimbus.fleet.enrolment.claims import Claims
from nimbus.fleet.enrolment.deletion import DeletionPreview
from nimbus.fleet.enrolment.held_nodes import HeldNodes
from nimbus.fleet.enrolment.invitation import Invitations
from nimbus.fleet.enrolment.issued_tokens import IssuedTokens
from nimbus.fleet.enrolment.joining import Joining
from nimbus.fleet.enrolment.records import Terms
from nimbus.fleet.enrolment.revocation import Revocation
from nimbus.fleet.enrolment.rules import no_listener
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.enrolment.tokens import Tokens
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.records import NodeView
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import Wakeup
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.messages import SessionKeyAnswer
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.authority import Authority

ANYWHERE = AgentSources()
AS_THEY_COME = Terms()


class Enrolment:
    """`tokens` are made (`issued` shows and revokes them), several machines share one (`claims`), with them
    machines join (`joining`), operators let them in (`approvals`), certificates are renewed (`certification`), and
    a node ends (`deletion` shows what goes with it, `revocation` does it)."""

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
        heard: Callable[[str, tuple[str, ...]], None] = lambda _node_id, _endpoints: None,
    ) -> None:
        """`session_keys` None: no node can sign its requests instead of having a certificate. `issued` is signalled
        when a token was made. `remove_with_node` are called, in the transaction, with the id of a node that is
        deleted. `heard` is told where a node that joins says that its WireGuard is reached."""
        self._database = database
        self._nodes = nodes
        self._session_keys = session_keys
        held, issued = HeldNodes(nodes, members), issued or Wakeup()
        self.certification = Certification(database, clock, audit, authority, nodes)
        self.deletion = DeletionPreview(database, clock, nodes, members, tasks)
        self.tokens = Tokens(
            database,
            clock,
            audit,
            organizations,
            nodes,
            members,
            invitations,
            held,
            terms,
            issued,
            takes_session_keys=session_keys is not None,
        )
        self.issued = IssuedTokens(database, clock, audit, organizations, nodes, self.tokens)
        self.claims = Claims(database, clock, invitations, self.tokens, sources, issued)
        self.joining = Joining(
            database,
            clock,
            audit,
            authority,
            organizations,
            nodes,
            members,
            invitations,
            self.tokens,
            held,
            self.certification,
            session_keys,
            terms,
            sources,
            heartbeat_interval_s=heartbeat_interval_s,
            heard=heard,
        )
        self.revocation = Revocation(
            database, audit, nodes, members, tasks, self.tokens, held, remove_with_node
        )
        self.approvals = Approvals(
            database, clock, audit, nodes, members, invitations.seen_at, self.revocation.revoke
        )

    async def rotate_key(self, actor: Actor, target: Target) -> NodeView:
        """A new session key for a node that signs its requests. Raises Conflict where none can."""
        if self._session_keys is None:
            # Who may not do this to the node hears of that, not of the settings.
            await self._database.read(
                lambda tx: self._nodes.resolve(tx, actor, Permission.AGENT_WRITE, target)
            )
        return await self._keys().rotate(actor, target)

    async def session_key(self, node_id: str) -> SessionKeyAnswer:
        """The key that waits for the node. Raises Conflict where no node can sign its requests."""
        return SessionKeyAnswer(key=await self._keys().fetch(node_id))

    def _keys(self) -> SessionKeys:
        if self._session_keys is None:
            raise no_listener()
        return self._session_keys
