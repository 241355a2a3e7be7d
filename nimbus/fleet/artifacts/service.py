"""The door to artifacts for operators: list, show, describe, delete, have nodes fetch them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence

from nimbus.db import Database, Transaction
from nimbus.fleet.artifacts import store
from nimbus.fleet.artifacts.records import (
    Artifact,
    ArtifactPatch,
    ArtifactQuery,
    ArtifactView,
    ContentReleased,
    Damage,
    FetchRequest,
)
from nimbus.fleet.artifacts.rules import ArtifactDamaged, ArtifactInUse, fits, reference_of
from nimbus.fleet.artifacts.views import artifact_view, auditable
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.operations.records import OperationRequest, OperationView
from nimbus.fleet.operations.service import Operations
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import invalid
from nimbus.kernel.naming import changed_labels, check_description, check_label_filter
from nimbus.kernel.revisions import patched, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

SHOWN_USES = 5
ARTIFACT = Lookup(
    "artifact",
    Permission.ARTIFACT_READ,
    store.get,
    store.find_in,
    "Say which: NAME:VERSION or NAME:VERSION:CPU, as nimbus artifact list shows them.",
)
# (transaction, workspace id, SHA-256) to what uses that content there now, in words.
Uses = Callable[[Transaction, str, str], Sequence[str]]


class Artifacts:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        operations: Operations,
        uses: Sequence[Uses],
    ) -> None:
        """`uses`: everybody is asked before an artifact is deleted."""
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._operations = operations
        self._uses = uses

    async def list(
        self, actor: Actor, query: ArtifactQuery, workspace: str = ""
    ) -> tuple[builtins.list[ArtifactView], int]:
        actor.require(Permission.ARTIFACT_READ)
        check_label_filter(query.label)

        def read_page(tx: Transaction) -> tuple[builtins.list[ArtifactView], int]:
            within = self._organizations.reached(tx, actor, Permission.ARTIFACT_READ, workspace)
            artifacts, total = store.select(tx, query, within)
            names = self._organizations.workspace_names(
                tx, frozenset(artifact.workspace_id for artifact in artifacts)
            )
            return [artifact_view(artifact, names[artifact.workspace_id]) for artifact in artifacts], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> ArtifactView:
        return await self._database.read(
            lambda tx: self._view(tx, self._resolve(tx, actor, Permission.ARTIFACT_READ, target))
        )

    async def change(self, actor: Actor, target: Target, patch: ArtifactPatch) -> ArtifactView:
        """Description and labels."""

        def change(tx: Transaction) -> ArtifactView:
            artifact = self._resolve(tx, actor, Permission.ARTIFACT_WRITE, target)
            target.check_revision(artifact.revision)
            changed = revised(
                artifact,
                self._clock.now(),
                description=patched(patch.description, artifact.description, check_description),
                labels=changed_labels(artifact.labels, patch.labels),
            )
            store.update(tx, changed)
            self._audit.record(
                tx,
                actor,
                "artifact.update",
                resource(artifact),
                before=auditable(artifact),
                after=auditable(changed),
            )
            return self._view(tx, changed)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Target) -> ArtifactView:
        """Raises ArtifactInUse, which names what uses it."""

        def delete(tx: Transaction) -> ArtifactView:
            artifact = self._resolve(tx, actor, Permission.ARTIFACT_DELETE, target)
            target.check_revision(artifact.revision)
            self._check_unused(tx, artifact)
            view = self._view(tx, artifact)
            self._remove(tx, actor, artifact)
            return view

        return await self._database.write(delete)

    def _check_unused(self, tx: Transaction, artifact: Artifact) -> None:
        users = [use for uses in self._uses for use in uses(tx, artifact.workspace_id, artifact.sha256)]
        if not users:
            return
        more = f" and {len(users) - SHOWN_USES} more" if len(users) > SHOWN_USES else ""
        raise ArtifactInUse(
            f"{reference_of(artifact)} is in use by {', '.join(users[:SHOWN_USES])}{more}",
            next_step="Wait until that has ended, or cancel it.",
        )

    def _remove(self, tx: Transaction, actor: Actor, artifact: Artifact) -> None:
        store.delete(tx, artifact.id)
        self._audit.record(tx, actor, "artifact.delete", resource(artifact), before=auditable(artifact))
        tx.emit(ContentReleased(artifact.sha256))

    async def fetch(self, actor: Actor, target: Target, request: FetchRequest) -> OperationView:
        """Have nodes of the same workspace fetch it now, as an operation."""
        actor.require(Permission.TASK_WRITE)

        def fetch(tx: Transaction) -> OperationView:
            artifact = self._resolve(tx, actor, Permission.ARTIFACT_READ, target)
            if artifact.damage is not Damage.NONE:
                raise ArtifactDamaged(
                    f"the file of {reference_of(artifact)} is {artifact.damage} on the control plane",
                    next_step="Upload the same file again: nimbus artifact add FILE",
                )
            order = OperationRequest(
                name=f"fetch {reference_of(artifact)}"[:100],
                kind="fetch_artifact",
                nodes=request.nodes,
                label=request.label,
                parameters={"sha256": artifact.sha256, "size": artifact.size, "name": reference_of(artifact)},
                at_once=request.at_once,
                failure_budget=request.failure_budget,
                workspace=artifact.workspace_id,
            )
            nodes = self._operations.named_nodes(tx, actor, order)
            _check_nodes(artifact, nodes)
            return self._operations.add(tx, actor, order, nodes)

        return await self._database.write(fetch)

    # For a workspace that is deleted with what is in it.

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[str]:
        return [reference_of(artifact) for artifact in store.in_workspace(tx, workspace_id)]

    def remove_all_of_workspace(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        for artifact in store.in_workspace(tx, workspace_id):
            self._remove(tx, actor, artifact)

    # Inside.

    def _resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Artifact:
        return ARTIFACT.resolve(tx, self._organizations, actor, permission, target)

    def _view(self, tx: Transaction, artifact: Artifact) -> ArtifactView:
        return artifact_view(artifact, self._organizations.get(tx, artifact.workspace_id).full_name)


def _check_nodes(artifact: Artifact, nodes: Sequence[Node]) -> None:
    """Raises ValidationError."""
    for node in nodes:
        if node.workspace_id != artifact.workspace_id:
            raise invalid(
                "nodes",
                f"{node.name} is in another workspace than {reference_of(artifact)}",
                next_step="Upload the artifact in that workspace too; its bytes are kept once.",
            )
        if not fits(artifact.cpu, node.facts.architecture):
            raise invalid(
                "nodes",
                f"{reference_of(artifact)} is for {artifact.cpu}, and {node.name} is {node.facts.architecture}",
                next_step="Name the artifact for that CPU.",
            )


def resource(artifact: Artifact) -> Resource:
    return Resource("artifact", artifact.id, reference_of(artifact), artifact.workspace_id)
