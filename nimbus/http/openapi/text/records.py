"""Fields of the audit log and of events."""

from __future__ import annotations

FIELDS = {
    "action": "what was done, `noun.verb`",
    "AuditQuery.action": "`noun.verb`, or its beginning with `*`",
    "ExportQuery.action": "`noun.verb`, or its beginning with `*`",
    "AuditQuery.actor": "name or id of who did it",
    "ExportQuery.actor": "name or id of who did it",
    "actor_kind": "kind of who did it: user, key, node or system",
    "EventQuery.after": "cursor of the last event seen; with it the answer is oldest first",
    "ExportQuery.after": "sequence of the last row seen",
    "before": "the fields that changed, as they were; secrets are masked",
    "cursor": "cursor to continue after",
    "Export.data": "the rows, oldest first",
    "fault": "what is wrong there",
    "finding": "the first place where the chain is broken; null: it is intact",
    "format": "of the file",
    "hash": "the row's place in the hash chain; empty: from before the chain",
    "head_hash": "hash of the newest row",
    "EventQuery.kind": "`noun.verb`, or its beginning with `*`",
    "next": "address of the next page; null: this is the last",
    "Export.next": "sequence to continue after; null: no more",
    "EventQuery.node": "id of a node: its own events, and those of its tasks and join tokens",
    "EventView.node_id": "the node that it is about; null: none",
    "pruned_through": "sequence up to which rows were deleted at the end of their retention",
    "request_id": "X-Request-Id of the request that did it",
    "reset": "events after the cursor were deleted: reload, then continue from this one",
    "AuditQuery.resource": "name or id of what was acted on",
    "EventQuery.resource": "name or id of what it is about",
    "ExportQuery.resource": "name or id of what was acted on",
    "row_id": "id of the row",
}
