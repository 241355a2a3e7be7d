"""The door to the policies of the mesh."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.policy import rules, store
from nimbus.fleet.mesh.policy.kinds import Kinds
from nimbus.fleet.mesh.policy.preview import preview
from nimbus.fleet.mesh.policy.records import (
    MeshPolicy,
    PolicyPreview,
    PolicyTest,
    PolicyView,
    Selector,
    StoredPolicy,
)
from nimbus.fleet.mesh.policy.rules import Between, Book, Passage
from nimbus.fleet.mesh.records import CONTROL_PLANE
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.routing import Target
from nimbus.people.organizations.records import Organization
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.port_set import parse
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

_NONE = StoredPolicy(rules.DEFAULT, 0, 0, "")


class PolicyTestFailed(Conflict):
    """A document says itself what has to hold, and it does not."""

    code = "MESH_POLICY_TEST_FAILED"

    def __init__(self, test: PolicyTest, found: Passage, field: str) -> None:
        super().__init__(
            f"{_would(test, found)}, which they {'must' if test.allowed else 'must not'} by {field}",
            next_step="Nothing was changed. Change the rule, or the test.",
            details=[{"field": field, "message": f"{test.from_} and {test.to}"}],
        )


def _would(test: PolicyTest, found: Passage) -> str:
    if test.port:
        ports = parse((test.port,))
        could, wrong = (
            ("could not", ports - found.there.open) if test.allowed else ("could", ports & found.there.open)
        )
        return f"{test.from_} {could} open {test.port} on {test.to} ({_decided(found.there.rule_of(wrong))})"
    if found.is_whole or found.is_closed:
        would = "not reach" if found.is_closed else "reach"
        return f"{test.from_} and {test.to} would {would} each other ({_decided(found.rule)})"
    there, back = (" ".join(each.open.words) or "nothing" for each in found)
    return f"{test.from_} could open {there} on {test.to}, and that {back} on {test.from_}"


def _decided(rule: str) -> str:
    return f"by the rule {rule!r}" if rule else "no rule names them"


class MeshPolicies:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        members: Members,
        kinds: Kinds,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes
        self._members = members
        self._kinds = kinds

    async def show(self, actor: Actor, organization: str) -> PolicyView:
        def read(tx: Transaction) -> PolicyView:
            place = self._organizations.resolve_organization(tx, actor, Permission.MESH_READ, organization)
            return self._view(tx, actor, place, store.get(tx, place.id) or _NONE)

        return await self._database.read(read)

    async def test(self, actor: Actor, organization: str, given: MeshPolicy) -> PolicyPreview:
        """What a document would change between nodes that the actor reaches; nothing is changed. Raises what
        `apply` raises."""

        def read(tx: Transaction) -> PolicyPreview:
            place = self._place(tx, actor, organization)
            before, after = self._documents(tx, actor, place, given)
            return self._preview(tx, actor, place, before, after)

        return await self._database.read(read)

    def _preview(
        self, tx: Transaction, actor: Actor, place: Organization, before: Book, after: Book
    ) -> PolicyPreview:
        """Of the nodes that the actor reaches."""
        reached = self._nodes.reached(tx, actor, Permission.MESH_READ)
        nodes = [node for node in self._nodes_of(tx, before, after, place) if node.id in reached]
        kinds = [
            (node.name, self._kinds.by(tx, before, node), self._kinds.by(tx, after, node)) for node in nodes
        ]
        return preview(before, after, kinds)

    async def apply(
        self, actor: Actor, organization: str, given: MeshPolicy, if_match: int | None
    ) -> PolicyView:
        """Put the document in the place of the present one. The same again changes nothing."""

        def write(tx: Transaction) -> PolicyView:
            place = self._place(tx, actor, organization)
            present = store.get(tx, place.id) or _NONE
            Target(f"the mesh policy of {place.name}", if_match=if_match).check_revision(present.revision)
            before, after = self._documents(tx, actor, place, given)
            if present.revision and present.policy == after.policies[place.id]:
                return self._view(tx, actor, place, present)
            stored = StoredPolicy(
                after.policies[place.id], present.revision + 1, self._clock.now(), actor.name
            )
            node_ids = [node.id for node in self._nodes_of(tx, before, after, place)]
            self._members.follow(tx, lambda: store.save(tx, place.id, stored), node_ids)
            self._audit.record(
                tx,
                actor,
                "mesh.policy.update",
                Resource("mesh", place.id, place.name, organization_id=place.id),
                before=msgspec.to_builtins(self._named(tx, place.id, present.policy)),
                after=msgspec.to_builtins(self._named(tx, place.id, stored.policy)),
            )
            return self._view(tx, actor, place, stored)

        return await self._database.write(write)

    def between(self, tx: Transaction, one: str, other: str) -> Between:
        """Of two nodes, by id."""
        return store.book(tx).between(self._kinds.of(tx, one), self._kinds.of(tx, other))

    def _place(self, tx: Transaction, actor: Actor, organization: str) -> Organization:
        return self._organizations.resolve_organization(
            tx, actor, Permission.ORGANIZATION_WRITE, organization
        )

    def _documents(
        self, tx: Transaction, actor: Actor, place: Organization, given: MeshPolicy
    ) -> tuple[Book, Book]:
        """All documents as they are, and as they would be, the new one with its tests passed."""
        rules.check(given)
        before = store.book(tx)
        after = Book({**before.policies, place.id: self._resolved(tx, actor, place, given)})
        self._check_tests(tx, actor, place, after, given)
        return before, after

    def _nodes_of(self, tx: Transaction, before: Book, after: Book, place: Organization) -> list[Node]:
        """Of the organization, and of those that its documents speak of."""
        others = {
            organization
            for book in (before, after)
            if place.id in book.policies
            for organization in rules.named_by(book.policies[place.id])
        }
        return [
            node
            for organization in sorted({place.id, *others})
            for workspace in self._organizations.workspaces_of(tx, organization)
            for node in self._nodes.in_workspace(tx, workspace.id)
        ]

    def _check_tests(
        self, tx: Transaction, actor: Actor, place: Organization, book: Book, given: MeshPolicy
    ) -> None:
        if not given.tests:
            return
        own = _named_nodes(
            (workspace.name, node)
            for workspace in self._organizations.workspaces_of(tx, place.id)
            for node in self._nodes.in_workspace(tx, workspace.id)
        )
        for at, test in enumerate(given.tests):
            field = f"tests[{at}]"
            if CONTROL_PLANE in (test.from_, test.to):
                if not test.allowed:
                    raise invalid(field, "nothing comes between a node and the control plane")
                continue
            one, other = (self._node(tx, actor, own, name, field) for name in (test.from_, test.to))
            found = book.passage(self._kinds.by(tx, book, one), self._kinds.by(tx, book, other))
            if not rules.passes(test, found):
                raise PolicyTestFailed(test, found, field)

    def _node(
        self, tx: Transaction, actor: Actor, own: Mapping[str, list[Node]], name: str, field: str
    ) -> Node:
        """By name, id or workspace/name in the organization, else anywhere that the actor reaches."""
        found = own.get(name, [])
        if len(found) > 1:
            raise invalid(field, f"there are several nodes {name!r}: say workspace/name")
        if found:
            return found[0]
        workspace, _, node = name.rpartition("/")
        try:
            return self._nodes.resolve(tx, actor, Permission.MESH_READ, Target(node, workspace))
        except NotFound as absent:
            raise invalid(field, absent.message) from None

    def _resolved(self, tx: Transaction, actor: Actor, place: Organization, given: MeshPolicy) -> MeshPolicy:
        """With ids for names. Raises ValidationError for what is not there."""

        def resolve(selector: Selector, field: str) -> Selector:
            owner = place
            if selector.organization:
                try:
                    owner = self._organizations.known_organization(tx, actor, selector.organization)
                except NotFound as absent:
                    raise invalid(f"{field}.organization", absent.message) from None
            workspace = ""
            if selector.workspace:
                names = {each.name: each.id for each in self._organizations.workspaces_of(tx, owner.id)}
                found = names | {each: each for each in names.values()}
                if selector.workspace not in found:
                    # Of another organization the actor may know no more than its name.
                    has = f"; it has {', '.join(sorted(names))}" if owner.id == place.id else ""
                    raise invalid(
                        f"{field}.workspace", f"{owner.name} has no workspace {selector.workspace!r}{has}"
                    )
                workspace = found[selector.workspace]
            foreign = owner.id if owner.id != place.id else ""
            return Selector(foreign, workspace, selector.labels)

        return _changed(given, resolve)

    def _named(self, tx: Transaction, owner: str, policy: MeshPolicy) -> MeshPolicy:
        """With names for ids; what is gone keeps its id."""

        def name(selector: Selector, _field: str) -> Selector:
            organization = selector.organization or owner
            names: Mapping[str, str] = {}
            try:
                place = self._organizations.get_organization(tx, organization)
                names = {each.id: each.name for each in self._organizations.workspaces_of(tx, organization)}
                shown = place.name if selector.organization else ""
            except NotFound:
                shown = selector.organization
            return Selector(shown, names.get(selector.workspace, selector.workspace), selector.labels)

        return _changed(policy, name)

    def _view(self, tx: Transaction, actor: Actor, place: Organization, stored: StoredPolicy) -> PolicyView:
        book = store.book(tx)
        return PolicyView(
            organization_id=place.id,
            organization=place.name,
            revision=stored.revision,
            policy=self._named(tx, place.id, stored.policy),
            keep_no_ports=self._preview(tx, actor, place, book, book).keep_no_ports,
            updated_at=to_rfc3339(stored.updated_at) if stored.revision else None,
            updated_by=stored.updated_by,
        )


def _named_nodes(nodes: Iterable[tuple[str, Node]]) -> dict[str, list[Node]]:
    """By name, by workspace/name and by id."""
    named: dict[str, list[Node]] = {}
    for workspace, node in nodes:
        for name in (node.name, f"{workspace}/{node.name}", node.id):
            named.setdefault(name, []).append(node)
    return named


def _changed(policy: MeshPolicy, change: Callable[[Selector, str], Selector]) -> MeshPolicy:
    """The document with other selectors."""
    return msgspec.structs.replace(
        policy,
        rules=tuple(
            msgspec.structs.replace(
                rule, from_=change(rule.from_, f"rules[{at}].from"), to=change(rule.to, f"rules[{at}].to")
            )
            for at, rule in enumerate(policy.rules)
        ),
    )
