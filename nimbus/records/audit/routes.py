"""REST routes of the audit log."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Page, Raw, Route
from nimbus.records.audit.records import AuditQuery, AuditView, Export, ExportQuery, Head, Verification
from nimbus.records.audit.trail import AuditTrail

NEXT_CURSOR_HEADER = "X-Next-Cursor"


def routes(trail: AuditTrail) -> list[Route]:
    async def index(call: Call) -> Answer:
        query: AuditQuery = call.query or AuditQuery()
        found = await trail.list(call.actor, query, call.workspace)
        return Answer(found.rows, page=Page(query.page, query.per_page, found.total), tag=found.tag)

    async def show(call: Call) -> Answer:
        return Answer(await trail.show(call.actor, call.path["row"]))

    async def export(call: Call) -> Answer:
        query: ExportQuery = call.query or ExportQuery()
        file, following = await trail.export(call.actor, query, call.workspace)
        return Answer(file, headers={NEXT_CURSOR_HEADER: str(following)} if following is not None else {})

    async def verification(call: Call) -> Answer:
        return Answer(await trail.verification(call.actor))

    async def head(call: Call) -> Answer:
        return Answer(await trail.head(call.actor))

    base, read = "/api/v1/audit-log", Permission.AUDIT_READ
    return [
        Route(
            "GET",
            base,
            index,
            read,
            "List what was done, newest first",
            query=AuditQuery,
            answer=list[AuditView],
            scoped=True,
        ),
        Route(
            "GET",
            base + "/export",
            export,
            read,
            "Export what was done, oldest first, as CSV or JSON",
            query=ExportQuery,
            answer=Raw,
            media={"application/json": Export, "text/csv": str},
            scoped=True,
            # Who took a copy is written down.
            changes=True,
            description=f"At most `limit` rows; `next`, or the header {NEXT_CURSOR_HEADER}, is the `after` of the "
            "next request. Cells of CSV that a spreadsheet would run start with an apostrophe.",
        ),
        Route(
            "GET",
            base + "/verification",
            verification,
            read,
            "Check the hash chain of the whole log",
            answer=Verification,
            description="Needs audit:read on the whole control plane.",
        ),
        Route(
            "GET",
            base + "/head",
            head,
            read,
            "The newest row's hash, to be kept elsewhere",
            answer=Head,
            description="Needs audit:read on the whole control plane.",
        ),
        Route("GET", base + "/{row}", show, read, "Show one row", answer=AuditView),
    ]
