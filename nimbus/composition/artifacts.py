"""Joins artifacts: uploads, their folder, what nodes may read of it."""

from __future__ import annotations

from pathlib import Path

import trio

from nimbus.composition.foundation import Foundation
from nimbus.fleet.artifacts import routes as artifact_routes
from nimbus.fleet.artifacts.downloads import Downloads
from nimbus.fleet.artifacts.files import ArtifactFiles
from nimbus.fleet.artifacts.keeper import Keeper
from nimbus.fleet.artifacts.rules import GIB
from nimbus.fleet.artifacts.service import Artifacts
from nimbus.fleet.artifacts.uploads import Limits, Uploads
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations.service import Operations
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Route
from nimbus.people.organizations.contents import Occupant
from nimbus.people.organizations.service import Organizations
from nimbus.settings.configuration import ControlPlaneConfig


class ArtifactParts:
    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        nodes: Nodes,
        tasks: Tasks,
        operations: Operations,
        config: ControlPlaneConfig,
        folder: Path,
    ) -> None:
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        self._files, turn = ArtifactFiles(folder), trio.Lock()
        self._limits = Limits(0, 0)
        self.take(config)
        self.uploads = Uploads(database, clock, audit, organizations, self._files, self._limits, turn)
        uses = (tasks.uses_of_artifact, operations.uses_of_artifact)
        self.artifacts = Artifacts(database, clock, audit, organizations, operations, uses)
        self.keeper = Keeper(database, clock, self._files, turn)
        self.keeper.subscribe(foundation.bus)
        self.downloads = Downloads(database, clock, nodes, tasks, self._files, self.keeper.suspect)
        self.downloads.subscribe(foundation.bus)

    def take(self, config: ControlPlaneConfig) -> None:
        """What may change while it runs."""
        self._limits.largest = int(config.artifact_largest_gib * GIB)
        self._limits.quota = int(config.artifact_quota_gib * GIB)

    async def load(self) -> None:
        """The folder is there. Raises OSError."""
        await trio.to_thread.run_sync(self._files.prepare)

    def occupant(self) -> Occupant:
        return Occupant(
            "artifacts",
            Permission.ARTIFACT_DELETE,
            self.artifacts.names_in_workspace,
            self.artifacts.remove_all_of_workspace,
        )

    def routes(self) -> list[Route]:
        return artifact_routes.routes(self.artifacts, self.uploads)
