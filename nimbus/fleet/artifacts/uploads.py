"""Uploads: bytes come in pieces, are counted and summed on their way to the disk, and become an artifact when all
of them are there and their sum is the one that was announced."""

from __future__ import annotations

import builtins
import errno
import logging
from collections.abc import Callable
from typing import TypeVar

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.artifacts import store
from nimbus.fleet.artifacts.files import ArtifactFiles
from nimbus.fleet.artifacts.records import (
    Artifact,
    ArtifactView,
    Content,
    Damage,
    Upload,
    UploadQuery,
    UploadRequest,
    UploadView,
)
from nimbus.fleet.artifacts.rules import (
    ChecksumMismatch,
    check_piece,
    check_room,
    check_same,
    check_whole,
    checked,
    reference_of,
)
from nimbus.fleet.artifacts.views import artifact_view, auditable
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import MICROSECONDS, Clock, to_rfc3339
from nimbus.kernel.errors import NotFound, StorageFull
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.file_sum import FileSum
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

TOUCHED_EVERY_US = 600 * MICROSECONDS
_FULL = (errno.ENOSPC, errno.EDQUOT)
UPLOAD = Lookup("upload", Permission.ARTIFACT_READ, store.upload)
T = TypeVar("T")
log = logging.getLogger("nimbus.artifacts")


class Limits(msgspec.Struct):
    """In bytes: of one artifact, and of all together. They may change at any time, for uploads that begin later."""

    largest: int
    quota: int


class _InProgress:
    """What is known of an upload beside its file: whose turn it is, and its sum so far."""

    def __init__(self) -> None:
        self.turn = trio.Lock()
        self.sum = FileSum()


class Uploads:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        files: ArtifactFiles,
        limits: Limits,
        turn: trio.Lock,
    ) -> None:
        """`turn` is held while files and rows change together."""
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._files = files
        self._limits = limits
        self._turn = turn
        self._in_progress: dict[str, _InProgress] = {}
        # Writing must not take the threads that reading for nodes needs.
        self._threads = trio.CapacityLimiter(4)

    async def start(self, actor: Actor, request: UploadRequest) -> UploadView:
        """A new one, the one that was begun before, or what has come of it. Raises Conflict when its name, version
        and CPU stand for something else, QuotaExceeded, StorageFull."""
        actor.require(Permission.ARTIFACT_WRITE)
        content = checked(request, self._limits.largest)
        free = await self._in_thread(self._files.free_bytes)

        def start(tx: Transaction) -> UploadView:
            home = self._organizations.resolve(tx, actor, Permission.ARTIFACT_WRITE, request.workspace)
            upload = self._new(content, home.id, actor)
            artifact = store.same(tx, upload)
            if artifact is not None:
                check_same(content, artifact)
                if artifact.damage is Damage.NONE:
                    return self._view(tx, upload, artifact)
            known = store.same_upload(tx, upload)
            if known is not None:
                return self._view(tx, known)
            other = store.with_content(tx, home.id, content.sha256)
            if other is not None and other.damage is Damage.NONE and other.size == content.size:
                # Whoever may write here may read what is here: the bytes need not come again.
                return self._view(tx, upload, self._add(tx, actor, upload))
            check_room(content.size, store.bytes_held(tx), self._limits.quota, free)
            store.insert_upload(tx, upload)
            self._audit.record(tx, actor, "artifact.upload", _resource(upload), after=auditable(upload))
            return self._view(tx, upload)

        view = await self._database.write(start)
        return await self._with_received(view)

    def _new(self, content: Content, workspace_id: str, actor: Actor) -> Upload:
        now = self._clock.now()
        return Upload(
            **msgspec.structs.asdict(content),
            id=new_id(),
            workspace_id=workspace_id,
            created_by=actor.name,
            created_at=now,
            touched_at=now,
        )

    async def list(
        self, actor: Actor, query: UploadQuery, workspace: str = ""
    ) -> tuple[builtins.list[UploadView], int]:
        actor.require(Permission.ARTIFACT_READ)

        def read_page(tx: Transaction) -> tuple[builtins.list[UploadView], int]:
            within = self._organizations.reached(tx, actor, Permission.ARTIFACT_READ, workspace)
            uploads, total = store.select_uploads(tx, query, within)
            return [self._view(tx, upload) for upload in uploads], total

        views, total = await self._database.read(read_page)
        return [await self._with_received(view) for view in views], total

    async def show(self, actor: Actor, target: Target) -> UploadView:
        view = await self._database.read(
            lambda tx: self._view(tx, self._resolve(tx, actor, Permission.ARTIFACT_READ, target))
        )
        return await self._with_received(view)

    async def write(self, actor: Actor, target: Target, offset: int, data: bytes) -> UploadView:
        """The next piece, whole or not at all. Raises WrongOffset, StorageFull (then the upload is no more)."""
        upload = await self._known(actor, target)
        progress = self._in_progress.setdefault(upload.id, _InProgress())
        async with progress.turn:
            upload = await self._known(actor, target)
            received = await self._in_thread(lambda: self._files.received(upload.id))
            check_piece(offset, len(data), received, upload.size)
            if progress.sum.position > offset:
                progress.sum = FileSum()
            try:
                await self._in_thread(lambda: self._append(upload, progress.sum, offset, data))
            except OSError as error:
                await self._give_up(actor, upload, error)
            if self._clock.now() - upload.touched_at > TOUCHED_EVERY_US:
                now = self._clock.now()
                await self._database.write(lambda tx: store.touch_upload(tx, upload.id, now))
        view = await self._database.read(lambda tx: self._view(tx, upload))
        return msgspec.structs.replace(view, received=offset + len(data))

    def _append(self, upload: Upload, summed: FileSum, offset: int, data: bytes) -> None:
        self._files.append(upload.id, offset, data)
        if summed.position == offset:
            summed.add(data)

    async def _give_up(self, actor: Actor, upload: Upload, error: OSError) -> None:
        """Nothing is left behind: what is there of it would take the room that is lacking."""
        log.error("the upload of %s failed: %s", reference_of(upload), error.strerror or error)
        await self._in_thread(lambda: self._files.drop_part(upload.id))
        await self._forget(actor, upload, "artifact.upload_failed")
        if error.errno not in _FULL:
            raise error
        raise StorageFull(
            f"the control plane's disk is full: {reference_of(upload)} was not kept",
            next_step="Make room on that disk, then upload it again.",
        ) from None

    async def complete(self, actor: Actor, target: Target) -> ArtifactView:
        """All bytes are there and are the right ones: from now on it is an artifact. Raises WrongOffset, and
        ChecksumMismatch (then the upload is no more)."""
        upload = await self._known(actor, target)
        progress = self._in_progress.setdefault(upload.id, _InProgress())
        async with progress.turn:
            await self._known(actor, target)
            check_whole(await self._in_thread(lambda: self._files.received(upload.id)), upload.size)
            part = self._files.part(upload.id)
            # After a restart all of it is read again; a request that ends meanwhile loses nothing of that.
            while await self._in_thread(lambda: progress.sum.read_on(part)):
                await trio.lowlevel.checkpoint()
            sha256 = progress.sum.hexdigest()
            if (sha256, progress.sum.position) != (upload.sha256, upload.size):
                await self._refuse(actor, upload, sha256)
            view = await self._keep(actor, upload)
        self._in_progress.pop(upload.id, None)
        return view

    async def _refuse(self, actor: Actor, upload: Upload, sha256: str) -> None:
        await self._in_thread(lambda: self._files.drop_part(upload.id))
        await self._forget(actor, upload, "artifact.upload_failed")
        raise ChecksumMismatch(
            f"{reference_of(upload)} came with the SHA-256 {sha256}, and {upload.sha256} was announced:"
            " nothing of it was kept",
            next_step="Compare the file with its source (sha256sum FILE), then upload it again.",
        )

    async def _keep(self, actor: Actor, upload: Upload) -> ArtifactView:
        def add(tx: Transaction) -> ArtifactView:
            store.set_damage(tx, upload.sha256, Damage.NONE)
            known = store.same(tx, upload)
            if known is not None:
                check_same(upload, known)
            artifact = known or self._add(tx, actor, upload)
            store.delete_upload(tx, upload.id)
            return artifact_view(artifact, self._organizations.get(tx, upload.workspace_id).full_name)

        async with self._turn:
            try:
                await self._in_thread(lambda: self._files.keep(upload.id, upload.sha256))
            except OSError as error:
                await self._give_up(actor, upload, error)
            return await self._database.write(add)

    def _add(self, tx: Transaction, actor: Actor, upload: Upload) -> Artifact:
        now = self._clock.now()
        fields = msgspec.structs.asdict(upload)
        del fields["touched_at"]
        artifact = Artifact(**{**fields, "created_at": now, "updated_at": now, "created_by": actor.name})
        store.insert(tx, artifact)
        self._audit.record(tx, actor, "artifact.create", _resource(artifact), after=auditable(artifact))
        return artifact

    async def abandon(self, actor: Actor, target: Target) -> UploadView:
        """What came of it goes."""
        upload = await self._known(actor, target)
        view = await self.show(actor, target)
        async with self._in_progress.setdefault(upload.id, _InProgress()).turn:
            await self._forget(actor, upload, "artifact.upload_abandoned")
            await self._in_thread(lambda: self._files.drop_part(upload.id))
        return view

    async def _forget(self, actor: Actor, upload: Upload, action: str) -> None:
        def forget(tx: Transaction) -> None:
            if store.delete_upload(tx, upload.id):
                self._audit.record(tx, actor, action, _resource(upload), before=auditable(upload))

        await self._database.write(forget)
        self._in_progress.pop(upload.id, None)

    async def _known(self, actor: Actor, target: Target) -> Upload:
        return await self._database.read(
            lambda tx: self._resolve(tx, actor, Permission.ARTIFACT_WRITE, target)
        )

    def _resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Upload:
        try:
            return UPLOAD.resolve(tx, self._organizations, actor, permission, target)
        except NotFound as absent:
            raise NotFound(
                absent.message, next_step="Begin it again with: nimbus artifact add FILE"
            ) from None

    def _view(self, tx: Transaction, upload: Upload, artifact: Artifact | None = None) -> UploadView:
        workspace = self._organizations.get(tx, upload.workspace_id).full_name
        return UploadView(
            id=None if artifact else upload.id,
            workspace_id=upload.workspace_id,
            workspace=workspace,
            name=upload.name,
            version=upload.version,
            cpu=upload.cpu,
            size=upload.size,
            sha256=upload.sha256,
            received=upload.size if artifact else 0,
            created_by=upload.created_by,
            created_at=to_rfc3339(upload.created_at),
            artifact=artifact_view(artifact, workspace) if artifact else None,
        )

    async def _with_received(self, view: UploadView) -> UploadView:
        upload_id = view.id
        if upload_id is None:
            return view
        received = await self._in_thread(lambda: self._files.received(upload_id))
        return msgspec.structs.replace(view, received=received)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._threads)

    # For a workspace that is deleted with what is in it.

    def remove_all_of_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """Their files go with the next look at the folder."""
        for upload in store.uploads_in_workspace(tx, workspace_id):
            store.delete_upload(tx, upload.id)


def _resource(of: Upload | Artifact) -> Resource:
    return Resource("artifact", of.id, reference_of(of), of.workspace_id)
