"""The door to the firewall: for slices whose resources open ports, for operators who look, for nodes that ask."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from nimbus.db import Database, Transaction
from nimbus.fleet.firewall import store
from nimbus.fleet.firewall.records import (
    FirewallChanged,
    FirewallQuery,
    FirewallRuleView,
    Opening,
    StoredRule,
)
from nimbus.fleet.firewall.rules import check_resource, checked, document
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.events import EventBus
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.firewall import FirewallDocument
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

SECTION = "firewall"


class Firewall:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, organizations: Organizations, nodes: Nodes
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        # Node id to revision, of those that ever had a rule, until the next start also of deleted ones: a node is
        # revoked when it joins again, too, and its rules stand. Belongs to the Trio thread.
        self._revisions: dict[str, int] = {}

    def subscribe(self, bus: EventBus) -> None:
        """Before who tells nodes of it."""
        bus.subscribe(FirewallChanged, self._on_changed)

    def _on_changed(self, event: FirewallChanged) -> None:
        self._revisions[event.node_id] = event.revision

    async def load(self) -> None:
        self._revisions = await self._database.read(store.revisions)

    # For slices whose resources open ports, in their transactions.

    def allow(
        self, tx: Transaction, actor: Actor, node: Node, resource: str, openings: Sequence[Opening]
    ) -> None:
        """From now on these, and only these, ports of the resource (KIND/ID) are reached, from there. The caller
        has checked what the actor may; the node has the rules before it begins what is ordered in the same
        transaction. Raises ValidationError."""
        wanted = checked(openings)
        check_resource(resource)
        if {rule.opening for rule in self._of(tx, node.id, resource)} == set(wanted):
            return
        store.delete(tx, node.id, resource)
        now = self._clock.now()
        store.insert(
            tx,
            [
                StoredRule(id=new_id(), node_id=node.id, resource=resource, opening=opening, created_at=now)
                for opening in wanted
            ],
        )
        self._changed(tx, actor, node, "firewall.allow", resource, wanted)

    def withdraw(self, tx: Transaction, actor: Actor, node: Node, resource: str) -> None:
        """The resource has closed its ports there."""
        if store.delete(tx, node.id, resource):
            self._changed(tx, actor, node, "firewall.withdraw", resource, ())

    def _of(self, tx: Transaction, node_id: str, resource: str) -> builtins.list[StoredRule]:
        return [rule for rule in store.of_node(tx, node_id) if rule.resource == resource]

    def _changed(
        self,
        tx: Transaction,
        actor: Actor,
        node: Node,
        action: str,
        resource: str,
        openings: tuple[Opening, ...],
    ) -> None:
        tx.emit(FirewallChanged(node.id, store.raise_revision(tx, node.id)))
        place = Resource("firewall", node.id, node.name, node.workspace_id, node_id=node.id)
        shown = [
            f"{opening.protocol} {opening.first_port}-{opening.last_port} from {', '.join(opening.sources)}"
            for opening in openings
        ]
        self._audit.record(tx, actor, action, place, after={"resource": resource, "openings": shown})

    def remove_node(self, tx: Transaction, node_id: str) -> None:
        """Of a node that goes."""
        store.delete_of_node(tx, node_id)

    # For nodes.

    def revision_of(self, node_id: str) -> int:
        """0: it never had a rule, and need not ask."""
        return self._revisions.get(node_id, 0)

    def document(self, tx: Transaction, node_id: str, _since: int = 0) -> FirewallDocument:
        return document(store.revision(tx, node_id), store.of_node(tx, node_id))

    # For operators.

    async def list(
        self, actor: Actor, query: FirewallQuery, workspace: str = ""
    ) -> tuple[builtins.list[FirewallRuleView], int]:
        actor.require(Permission.AGENT_READ)

        def read_page(tx: Transaction) -> tuple[builtins.list[FirewallRuleView], int]:
            rules, total = store.select(tx, query, node_ids=self._reached(tx, actor, query, workspace))
            nodes = {node_id: self._nodes.get(tx, node_id) for node_id in {rule.node_id for rule in rules}}
            revisions = {node_id: store.revision(tx, node_id) for node_id in nodes}
            return [_view(rule, nodes[rule.node_id], revisions[rule.node_id]) for rule in rules], total

        return await self._database.read(read_page)

    def _reached(
        self, tx: Transaction, actor: Actor, query: FirewallQuery, workspace: str
    ) -> frozenset[str] | None:
        """The nodes whose rules are asked for; None: all."""
        if query.node:
            target = Target(query.node, workspace)
            return frozenset({self._nodes.resolve(tx, actor, Permission.AGENT_READ, target).id})
        within = self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace)
        if within is None:
            return None
        return frozenset(
            node.id for workspace_id in within for node in self._nodes.in_workspace(tx, workspace_id)
        )


def _view(rule: StoredRule, node: Node, revision: int) -> FirewallRuleView:
    opening = rule.opening
    return FirewallRuleView(
        id=rule.id,
        node_id=node.id,
        node=node.name,
        workspace_id=node.workspace_id,
        resource=rule.resource,
        protocol=opening.protocol,
        first_port=opening.first_port,
        last_port=opening.last_port,
        sources=opening.sources,
        applied=node.report.applied.get(SECTION, 0) == revision,
        created_at=to_rfc3339(rule.created_at),
    )
