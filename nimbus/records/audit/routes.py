"""REST routes of the audit log."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Answer, Call, Raw, Route
from nimbus.records.audit.records import AuditQuery, AuditView, Export, ExportQuery, Head, Kept, Verification
from nimbus.records.audit.trail import AuditTrail

_ROW = Collection("/api/v1/audit-log", "row", AuditView, reads=Permission.AUDIT_READ)
NEXT_CURSOR_HEADER = "X-Next-Cursor"


def routes(trail: AuditTrail) -> list[Route]:
    async def export(call: Call) -> Answer:
        file, following = await trail.export(call.actor, call.query, call.workspace)
        return Answer(file, headers={NEXT_CURSOR_HEADER: str(following)} if following is not None else {})

    return [
        _ROW.list(trail.list, AuditQuery, "List what was done, newest first", scoped=True),
        Route(
            "GET",
            _ROW.path + "/export",
            export,
            Permission.AUDIT_READ,
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
            _ROW.path + "/verification",
            lambda call: trail.verification(call.actor),
            Permission.AUDIT_READ,
            "Check the hash chain of the whole log",
            answer=Verification,
            description="Needs audit:read on the whole control plane.",
        ),
        Route(
            "GET",
            _ROW.path + "/retention",
            lambda call: trail.kept(call.actor),
            Permission.AUDIT_READ,
            "How long rows are kept, and how far a search reaches",
            answer=Kept,
        ),
        Route(
            "GET",
            _ROW.path + "/head",
            lambda call: trail.head(call.actor),
            Permission.AUDIT_READ,
            "The newest row's hash, to be kept elsewhere",
            answer=Head,
            description="Needs audit:read on the whole control plane.",
        ),
        _ROW.show(trail.show, "Show one row"),
    ]
