"""SQL of the audit log."""

from __future__ import annotations

from nimbus.access import Actor
from nimbus.audit.records import Resource
from nimbus.db import Transaction


def insert(
    tx: Transaction,
    *,
    row_id: str,
    at: int,
    actor: Actor,
    action: str,
    resource: Resource,
    outcome: str,
    diff: str,
) -> None:
    tx.execute(
        "INSERT INTO audit_log (id, sequence, at, actor_kind, actor_id, actor_name, action, resource_kind,"
        " resource_id, resource_name, workspace_id, source, request_id, outcome, diff)"
        " SELECT ?, COALESCE(MAX(sequence), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM audit_log",
        (
            row_id, at, actor.kind, actor.id, actor.name, action, resource.kind, resource.id, resource.name,
            resource.workspace_id, actor.source, actor.request_id, outcome, diff,
        ),
    )  # fmt: skip
