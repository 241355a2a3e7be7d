"""How an artifact is shown, and what of it stands in the audit log."""

from __future__ import annotations

from typing import Any

from nimbus.fleet.artifacts.records import Artifact, ArtifactView, Content
from nimbus.fleet.artifacts.rules import reference_of
from nimbus.kernel.clock import to_rfc3339


def artifact_view(artifact: Artifact, workspace: str) -> ArtifactView:
    return ArtifactView(
        id=artifact.id,
        workspace_id=artifact.workspace_id,
        workspace=workspace,
        reference=reference_of(artifact),
        name=artifact.name,
        version=artifact.version,
        cpu=artifact.cpu,
        size=artifact.size,
        sha256=artifact.sha256,
        content_type=artifact.content_type,
        description=artifact.description,
        labels=artifact.labels,
        damage=artifact.damage,
        created_by=artifact.created_by,
        created_at=to_rfc3339(artifact.created_at),
        updated_at=to_rfc3339(artifact.updated_at),
        revision=artifact.revision,
    )


def auditable(content: Content) -> dict[str, Any]:
    return {
        "name": content.name,
        "version": content.version,
        "cpu": content.cpu.value,
        "size": content.size,
        "sha256": content.sha256,
        "description": content.description,
        "labels": content.labels,
    }
