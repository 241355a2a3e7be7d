"""The door to the audit log for whoever reads it. What an actor may not see is not counted either."""

from __future__ import annotations

import builtins
from collections.abc import Callable

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.db.selection import Selection
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import holds_where
from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Listed, Raw, Target
from nimbus.records.audit import store
from nimbus.records.audit.export import rendered
from nimbus.records.audit.moments import from_rfc3339
from nimbus.records.audit.records import (
    SEARCH_REACH,
    ActorView,
    AuditQuery,
    AuditView,
    Chained,
    Change,
    Export,
    ExportQuery,
    Head,
    Kept,
    Resource,
    ResourceView,
    Verification,
)
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.verification import Verifier

LISTED_FROM = ("audit_log",)
EXPORT_BATCH = 1000
# Of an export's rows, as JSON; what is larger ends early, with the sequence to go on after.
EXPORT_BYTES = 64 * 1024 * 1024
# (transaction, actor, permission, reference) to the workspaces meant; None: all. As `Organizations.reached`.
Reached = Callable[[Transaction, Actor, Permission, str], frozenset[str] | None]
_decode = msgspec.json.Decoder(Change).decode


class AuditTrail:
    def __init__(
        self, database: Database, verifier: Verifier, reached: Reached, audit: AuditLog, days: int = 0
    ) -> None:
        # How long rows are kept, in days; 0: without end. It may change.
        self.days = days
        self._audit = audit
        self._database = database
        self._verifier = verifier
        self._reached = reached

    async def list(self, actor: Actor, query: AuditQuery, workspace: str = "") -> Listed:
        """Rows of `AuditView`."""
        actor.require(Permission.AUDIT_READ)
        filters = msgspec.structs.astuple(query)

        def wanted(tx: Transaction) -> tuple[object, ...]:
            within = self._reached(tx, actor, Permission.AUDIT_READ, workspace) if workspace else None
            visible = (
                actor.workspaces_with(Permission.AUDIT_READ),
                actor.organizations_with(Permission.AUDIT_READ),
            )
            return filters, workspace, within, visible

        def read(tx: Transaction, _wanted: tuple[object, ...]) -> tuple[builtins.list[AuditView], int]:
            return store.page(tx, self._selection(tx, actor, query, workspace), query)

        return await self._database.page(LISTED_FROM, wanted, read)

    async def show(self, actor: Actor, target: Target) -> AuditView:
        actor.require(Permission.AUDIT_READ)
        chained = await self._database.read(
            lambda tx: store.get(tx, target.reference.lower()) if is_id(target.reference) else None
        )
        if chained is None or not _may_see(actor, chained):
            raise NotFound(
                f"there is no row {target.reference!r} in the audit log",
                next_step="See them with: nimbus audit list",
            )
        return view_of(chained)

    async def export(self, actor: Actor, query: ExportQuery, workspace: str = "") -> tuple[Raw, int | None]:
        """The file, and the sequence to go on after (None: that was all). It leaves its own row before it is given
        out."""
        page = await self.after(actor, query, workspace)
        file = await trio.to_thread.run_sync(rendered, page, query.format)
        asked = {name: value for name, value in msgspec.structs.asdict(query).items() if value}
        del asked["limit"]
        facts = {**asked, "rows": len(page.data), "through": page.data[-1].sequence if page.data else None}

        def export(tx: Transaction) -> None:
            about = self._whose(tx, actor, workspace)
            self._audit.record(tx, actor, "audit_log.export", about, after=facts)

        await self._database.write(export)
        return file, page.next

    async def after(self, actor: Actor, query: ExportQuery, workspace: str = "") -> Export:
        """Rows, oldest first, and the sequence to go on after. Read in short transactions; what is written
        meanwhile comes at the end."""
        actor.require(Permission.AUDIT_READ)
        views: list[AuditView] = []
        size, after, more = 0, query.after, True
        while more and len(views) < query.limit and size < EXPORT_BYTES:
            limit = min(EXPORT_BATCH, query.limit - len(views))
            batch = await self._database.read(
                lambda tx, after=after, limit=limit: self._batch(tx, actor, query, workspace, after, limit)  # type: ignore[misc]
            )
            views += [view_of(chained) for chained in batch]
            size += sum(len(chained.row.diff) + 400 for chained in batch)
            more = len(batch) == limit
            after = batch[-1].row.sequence if batch else after
        return Export(views, after if more and views else None)

    def _whose(self, tx: Transaction, actor: Actor, workspace: str) -> Resource:
        """Where whoever reads that place sees it; of several places, the whole control plane's."""
        places = self._reached(tx, actor, Permission.AUDIT_READ, workspace) if workspace else None
        homes = actor.organizations_with(Permission.AUDIT_READ)
        only = next(iter(places)) if places and len(places) == 1 else None
        home = next(iter(homes)) if only is None and homes and len(homes) == 1 else None
        return Resource("audit_log", "export", workspace_id=only, organization_id=home)

    async def verification(self, actor: Actor) -> Verification:
        """Of the whole log, whatever it is about: for those who may read all of it."""
        actor.require_everywhere(Permission.AUDIT_READ)
        return await self._verifier.verify()

    async def kept(self, actor: Actor) -> Kept:
        actor.require(Permission.AUDIT_READ)
        all_of_it = actor.holds_everywhere(Permission.AUDIT_READ)
        oldest = await self._database.read(store.oldest_at) if all_of_it else None
        return Kept(
            days=self.days, oldest_at=None if oldest is None else to_rfc3339(oldest), searched=SEARCH_REACH
        )

    async def head(self, actor: Actor) -> Head:
        actor.require_everywhere(Permission.AUDIT_READ)
        head = await self._verifier.head()
        if head is None:
            raise NotFound("the audit log has no chain yet", next_step="It begins with the next change.")
        return head

    def _batch(
        self, tx: Transaction, actor: Actor, query: ExportQuery, workspace: str, after: int, limit: int
    ) -> builtins.list[Chained]:
        selection = self._selection(tx, actor, query, workspace).where("sequence > ?", after)
        return store.oldest(tx, selection, limit)

    def _selection(
        self, tx: Transaction, actor: Actor, query: AuditQuery | ExportQuery, workspace: str
    ) -> Selection:
        selection = Selection()
        if workspace:
            selection.within("workspace_id", self._reached(tx, actor, Permission.AUDIT_READ, workspace))
        else:
            store.visible(
                selection,
                actor.workspaces_with(Permission.AUDIT_READ),
                actor.organizations_with(Permission.AUDIT_READ),
            )
        since = from_rfc3339(query.since) if query.since is not None else None
        until = from_rfc3339(query.until) if query.until is not None else None
        store.filtered(selection, query, since, until)
        return store.searched(tx, selection, query.search, until)


def _may_see(actor: Actor, chained: Chained) -> bool:
    row = chained.row
    return holds_where(actor, Permission.AUDIT_READ, row.workspace_id, row.organization_id)


def view_of(chained: Chained) -> AuditView:
    row, change = chained.row, _decode(chained.row.diff)
    return AuditView(
        id=row.id,
        sequence=row.sequence,
        at=to_rfc3339(row.at),
        actor=ActorView(row.actor_kind, row.actor_id, row.actor_name),
        action=row.action,
        resource=ResourceView(row.resource_kind, row.resource_id, row.resource_name),
        workspace_id=row.workspace_id,
        organization_id=row.organization_id,
        source=row.source,
        request_id=row.request_id,
        outcome=row.outcome,
        before=change.before,
        after=change.after,
        hash=chained.hash,
    )
