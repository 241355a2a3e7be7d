"""What happens on one edge of a deployment: its section changes when its step begins, and goes back as far as the
edge says that it does not serve it. In transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.edge.deployments import store
from nimbus.edge.deployments.planning import HOST, certificate_entry, change_of, restoring
from nimbus.edge.deployments.records import Deployment, DeploymentNode, NodeState, Served
from nimbus.edge.edges.rules import kept_deploy
from nimbus.edge.edges.service import Edges
from nimbus.edge.sections.certificates import CertificateDoor
from nimbus.edge.sections.records import Entry, EntryKind
from nimbus.edge.sections.rules import file_body, upstream_body, with_drained
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.tasks.delivery import WorkNotDone
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict
from nimbus.protocol.edge import DeployReport, ObjectState, Outcome, Problem

_replace = msgspec.structs.replace
_REPORTED = {
    Outcome.PROVEN: NodeState.SERVED,
    Outcome.WRITTEN: NodeState.WRITTEN,
    Outcome.REFUSED: NodeState.REFUSED,
    Outcome.ROLLED_BACK: NodeState.ROLLED_BACK,
}


class ObjectRefused(WorkNotDone):
    code = "EDGE_OBJECT_REFUSED"


class Steps:
    def __init__(
        self, clock: Clock, edges: Edges, sections: EdgeSections, certificates: CertificateDoor
    ) -> None:
        self._clock, self._edges, self._sections = clock, edges, sections
        self._certificates = certificates

    # The operation's engine calls these.

    def begin(self, tx: Transaction, operation_id: str, node_id: str) -> Mapping[str, Any]:
        """From now on the edge is told of it. The parameters of its task. Raises Conflict when it cannot be any
        more."""
        deployment = store.of_operation(tx, operation_id)
        node = store.node_of(tx, deployment.id, node_id) if deployment else None
        edge = self._edges.find(tx, node_id)
        if deployment is None or node is None or edge is None:
            raise Conflict("the node is no edge any more")
        self._claim(tx, node)
        present = self._sections.entries(tx, node_id)
        entries = self._refreshed(tx, deployment, node)
        change = change_of(present, node.planned.objects, entries)
        touched = {entry.key for entry in (*change.put, *change.removed)}
        generation = self._sections.change(tx, node_id, change.put, [entry.key for entry in change.removed])
        store.save_node(
            tx,
            _replace(
                node,
                planned=_replace(node.planned, entries=tuple(change.put)),
                state=NodeState.RUNNING,
                generation=generation,
                before=tuple(entry for entry in present if entry.key in touched),
                message="",
                objects=(),
                ended_at=None,
            ),
        )
        store.set_ended(tx, deployment.id, None)
        return {"generation": generation}

    def _claim(self, tx: Transaction, node: DeploymentNode) -> None:
        for entry in node.planned.entries:
            if entry.kind is not EntryKind.FILE:
                continue
            claims = set(file_body(entry).claims)
            if store.taken(tx, node.planned.node_id, claims, entry.owner):
                raise Conflict("a name and port of it is served there already")
            store.add_claims(tx, node.planned.node_id, entry.owner, claims)

    def _refreshed(self, tx: Transaction, deployment: Deployment, node: DeploymentNode) -> list[Entry]:
        """As it was planned; certificates and drained servers as they are now."""
        drained = self._sections.drained(tx)
        fresh = []
        for entry in node.planned.entries:
            now = entry
            if entry.kind is EntryKind.CERTIFICATE:
                found = self._certificates.certificate(tx, deployment.workspace_id, entry.name)
                now = certificate_entry(found) if found else entry
            elif entry.kind is EntryKind.UPSTREAM:
                for target in filter(None, upstream_body(entry).nodes):
                    if target in drained:
                        now = with_drained(now, target, drained=True)
            fresh.append(now)
        return fresh

    def judge(self, tx: Transaction, node_id: str, result: object) -> object:
        """The result of a task that a node calls done. Raises WorkNotDone when an object of the deployment is not
        served as it was wanted."""
        report = msgspec.convert(result, DeployReport)
        if report.outcome not in (Outcome.PROVEN, Outcome.WRITTEN):
            words = report.problem.message if report.problem else report.outcome.value
            raise WorkNotDone(words[:2000], code="EDGE_NOT_SERVED")
        for node in store.running_on(tx, node_id):
            refused = _own_refused(node, report)
            if refused:
                raise ObjectRefused(_words(node, refused))
        return result

    # The settlement calls this.

    def settle(
        self,
        tx: Transaction,
        deployment: Deployment,
        node: DeploymentNode,
        state: NodeState,
        message: str,
        report: DeployReport | None,
    ) -> DeploymentNode:
        """What came of a step that has ended. `state` is how it ended, as far as no report says it better."""
        report = kept_deploy(report, _owners(node)) if report else None
        refused = _own_refused(node, report) if report else ()
        is_there = state is NodeState.SERVED
        if report is not None and state in (NodeState.SERVED, NodeState.FAILED):
            is_there = report.outcome in (Outcome.PROVEN, Outcome.WRITTEN)
        if report is not None and state is not NodeState.CANCELLED:
            state = NodeState.PARTLY if is_there and refused else _REPORTED[report.outcome]
        if is_there:
            self._go_back(tx, node, {one.owner for one in refused})
        else:
            self._go_back(tx, node, None)
        self._keep_served(tx, deployment, node, refused, is_there=is_there, message=message)
        self._release(tx, node)
        settled = _replace(node, state=state, message=message, objects=refused, ended_at=self._clock.now())
        store.save_node(tx, settled)
        return settled

    def skip(self, tx: Transaction, node: DeploymentNode) -> None:
        """It never began, and does not begin."""
        self._release(tx, node)
        store.save_node(tx, _replace(node, state=NodeState.SKIPPED, ended_at=self._clock.now()))

    def _go_back(self, tx: Transaction, node: DeploymentNode, owners: set[str] | None) -> None:
        """What this changed and the edge does not serve is as it was. `owners` None: all of it."""
        node_id = node.planned.node_id
        if owners == set() or self._edges.find(tx, node_id) is None:
            return
        present = {entry.key: entry for entry in self._sections.entries(tx, node_id)}
        back = restoring(present, node.planned.entries, node.before, owners)
        if back.put or back.removed:
            self._sections.change(tx, node_id, back.put, [entry.key for entry in back.removed])

    def _keep_served(
        self,
        tx: Transaction,
        deployment: Deployment,
        node: DeploymentNode,
        refused: Sequence[ObjectState],
        *,
        is_there: bool,
        message: str,
    ) -> None:
        node_id = node.planned.node_id
        if self._edges.find(tx, node_id) is None:
            return
        owners = [one.owner for one in node.planned.objects]
        known = store.served_by(tx, node_id, owners)
        states = {one.owner: one for one in refused}
        for one in node.planned.objects:
            before = known[one.owner].served if one.owner in known else 0
            state = states.get(one.owner)
            served, problem = one.version, Problem("")
            if not is_there:
                served, problem = before, Problem(message)
            elif state is not None:
                served, problem = before, state.problem
            if not one.version and is_there:
                store.delete_served(tx, node_id, one.owner)
                continue
            store.save_served(
                tx,
                Served(
                    node_id=node_id,
                    owner=one.owner,
                    workspace_id=deployment.workspace_id,
                    name=one.name,
                    wanted=one.version,
                    served=served,
                    problem=problem.message,
                    line=problem.line,
                    deployment_id=deployment.id,
                    changed_at=self._clock.now(),
                ),
            )

    def _release(self, tx: Transaction, node: DeploymentNode) -> None:
        """Of the names that were kept for it, those are its own that it has there now, or is about to have."""
        node_id, hosts = node.planned.node_id, [one for one in _owners(node) if one.startswith(HOST)]
        files = {
            entry.owner: entry
            for entry in self._sections.entries_of(tx, node_id, hosts)
            if entry.kind is EntryKind.FILE
        }
        for owner in hosts:
            store.set_claims(tx, node_id, owner, file_body(files[owner]).claims if owner in files else ())

    def undeploy(self, tx: Transaction, owner: str) -> list[str]:
        """An object that is deleted is served nowhere any more. The edges that served it."""
        edges = store.serving(tx, owner)
        for node_id in edges:
            present = self._sections.entries(tx, node_id)
            own = [entry for entry in present if entry.owner == owner]
            if own:
                rest = [entry for entry in present if entry.owner != owner]
                change = change_of(rest, (), ())
                leaving = [entry.key for entry in (*own, *change.removed)]
                self._sections.change(tx, node_id, [], leaving)
            store.delete_served(tx, node_id, owner)
            store.set_claims(tx, node_id, owner, ())
        return edges

    def forget_edge(self, tx: Transaction, node_id: str) -> None:
        """It is no edge any more, or no node."""
        store.delete_of_node(tx, node_id)


def _owners(node: DeploymentNode) -> list[str]:
    return [one.owner for one in node.planned.objects]


def _own_refused(node: DeploymentNode, report: DeployReport) -> tuple[ObjectState, ...]:
    owners = set(_owners(node))
    return tuple(state for state in report.objects if state.owner in owners)


def _words(node: DeploymentNode, refused: Sequence[ObjectState]) -> str:
    names = {one.owner: one.name for one in node.planned.objects}
    first = refused[0]
    line = f", line {first.problem.line}" if first.problem.line else ""
    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    instead = f"version {first.served} is served" if first.served else "it is not served"
    return f"{names[first.owner]}{line}: {first.problem.message}; {instead}{more}"[:2000]
