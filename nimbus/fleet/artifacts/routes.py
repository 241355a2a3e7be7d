"""REST routes of artifacts and of their uploads."""

from __future__ import annotations

from nimbus.fleet.artifacts.records import (
    PIECE_LIMIT,
    ArtifactPatch,
    ArtifactQuery,
    ArtifactView,
    FetchRequest,
    PieceQuery,
    UploadQuery,
    UploadRequest,
    UploadView,
)
from nimbus.fleet.artifacts.service import Artifacts
from nimbus.fleet.artifacts.uploads import Uploads
from nimbus.fleet.operations.records import OperationView
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Call, Route

_ARTIFACT = Collection(
    "/api/v1/artifacts",
    "artifact",
    ArtifactView,
    reads=Permission.ARTIFACT_READ,
    writes=Permission.ARTIFACT_WRITE,
    deletes=Permission.ARTIFACT_DELETE,
    scoped=True,
)
_UPLOAD = Collection(
    "/api/v1/artifact-uploads",
    "upload",
    UploadView,
    reads=Permission.ARTIFACT_READ,
    writes=Permission.ARTIFACT_WRITE,
)


def routes(artifacts: Artifacts, uploads: Uploads) -> list[Route]:
    return [
        _ARTIFACT.list(artifacts.list, ArtifactQuery, "List artifacts"),
        _ARTIFACT.show(artifacts.show, "Show an artifact"),
        _ARTIFACT.change(artifacts.change, ArtifactPatch, "Describe or label an artifact"),
        _ARTIFACT.delete(artifacts.delete, "Delete an artifact that nothing uses"),
        _ARTIFACT.action(
            "/fetch",
            artifacts.fetch,
            "Have nodes fetch an artifact",
            FetchRequest,
            permission=Permission.TASK_WRITE,
            answer=OperationView,
            creates=True,
            status=201,
            description="Nodes of the artifact's workspace and CPU; the answer is the operation that does it.",
        ),
        *_upload_routes(uploads),
    ]


def _upload_routes(uploads: Uploads) -> list[Route]:
    async def write(call: Call) -> UploadView:
        return await uploads.write(call.actor, call.target("upload"), call.query.offset, call.body)

    return [
        _UPLOAD.list(uploads.list, UploadQuery, "List uploads that are under way, newest first", scoped=True),
        _UPLOAD.create(
            uploads.start,
            UploadRequest,
            "Start the upload of an artifact, or resume it",
            description="What was begun before goes on from `received`; what is there already is `artifact`.",
        ),
        _UPLOAD.show(uploads.show, "Show how far an upload has come"),
        Route(
            "PUT",
            _UPLOAD.resource_path + "/content",
            write,
            Permission.ARTIFACT_WRITE,
            "Send the next bytes of an upload",
            query=PieceQuery,
            answer=UploadView,
            content=PIECE_LIMIT,
            description="The body is the bytes themselves, from `offset` on, 4 MiB at most.",
        ),
        _UPLOAD.action(
            "/complete",
            uploads.complete,
            "Make an artifact of an upload whose bytes are all there",
            answer=ArtifactView,
            status=201,
        ),
        _UPLOAD.delete(uploads.abandon, "Abandon an upload"),
    ]
