"""The audit log as a file: JSON as the API shows it, or CSV with one column for each field."""

from __future__ import annotations

import msgspec

from nimbus.kernel.csv_text import csv_text
from nimbus.kernel.routing import Raw
from nimbus.records.audit.records import AuditView, Export

HEADER = (
    "sequence",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "resource_kind",
    "resource_id",
    "resource_name",
    "workspace_id",
    "organization_id",
    "source",
    "request_id",
    "outcome",
    "before",
    "after",
    "id",
    "hash",
)


def cells(view: AuditView) -> tuple[object, ...]:
    return (
        view.sequence,
        view.at,
        view.actor.kind,
        view.actor.id,
        view.actor.name,
        view.action,
        view.resource.kind,
        view.resource.id,
        view.resource.name,
        view.workspace_id,
        view.organization_id,
        view.source,
        view.request_id,
        view.outcome,
        _json(view.before),
        _json(view.after),
        view.id,
        view.hash,
    )


def rendered(export: Export, form: str) -> Raw:
    if form == "csv":
        text = csv_text([HEADER, *(cells(view) for view in export.data)])
        return Raw(text.encode(), "text/csv; charset=utf-8; header=present", "audit-log.csv")
    return Raw(msgspec.json.encode(export), "application/json", "audit-log.json")


def _json(value: dict[str, object]) -> str | None:
    return msgspec.json.encode(value).decode() if value else None
