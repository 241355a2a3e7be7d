"""How long each table is kept: every table has a line here, and a test finds those that have none."""

from __future__ import annotations

from nimbus.db.retention import Dependents, Line
from nimbus.settings.configuration import ControlPlaneConfig

_STAYS = "as long as what it is about"
_EXPIRES = "until it has expired"
_LASTING = (
    "acme_accounts",
    "artifacts",
    "firewall_revisions",
    "firewall_rules",
    "audit_chain",
    "audit_destination_progress",
    "audit_destinations",
    "audit_keys",
    "certificate_issuances",
    "certificate_versions",
    "certificates",
    "database_generation",
    "edge_challenge_revisions",
    "edge_claims",
    "edge_served",
    "edge_challenges",
    "edge_drained",
    "edge_entries",
    "edge_host_names",
    "edge_node_servers",
    "edge_nodes",
    "edge_objects",
    "edge_references",
    "edge_reports",
    "edge_sections",
    "edge_versions",
    "event_cursor",
    "external_identities",
    "group_members",
    "groups",
    "identity_providers",
    "keys",
    "leaders",
    "live_settings",
    "mail_settings",
    "master_keys",
    "mesh_candidates",
    "mesh_state",
    "node_section",
    "node_reports",
    "notification_cursor",
    "notification_settings",
    "organizations",
    "passkeys",
    "recovery_codes",
    "relay_cursor",
    "roles",
    "schema_migrations",
    "secret_references",
    "secret_versions",
    "secrets",
    "table_versions",
    "token_keys",
    "totp_factors",
    "users",
    "workspaces",
)


def retention_lines(config: ControlPlaneConfig) -> tuple[Line, ...]:
    """Rows that others point at come after those."""
    ended = float(config.ended_retention_days)
    after = f"{config.ended_retention_days} days after it has ended" if ended else "forever"
    return (
        *_tasks(config),
        Line(table="join_tokens", keeps=after, ended="closed_at", days=ended),
        Line(
            table="node_certificates",
            keeps=f"{config.ended_retention_days} days after it has expired" if ended else "forever",
            ended="expires_at",
            key="serial",
            days=ended,
        ),
        Line(table="node_session_keys", keeps=after, ended="ended_at", days=ended),
        Line(
            table="role_bindings",
            keeps=f"{_STAYS}; {config.ended_retention_days} days after its end, where it has one"
            if ended
            else _STAYS,
            ended="expires_at",
            days=ended,
        ),
        Line(
            table="nodes",
            keeps=f"present ones; {config.ended_retention_days} days after its deletion"
            if ended
            else "forever",
            ended="deleted_at",
            days=ended,
            unless=tuple(
                (table, "node_id")
                for table in ("tasks", "join_tokens", "node_certificates", "node_session_keys")
            ),
        ),
        *_others(config),
    )


def _tasks(config: ControlPlaneConfig) -> tuple[Line, ...]:
    days, most = config.task_retention_days, config.task_retention_count
    words = [f"{days} days after it has ended"] if days else []
    words += [f"the newest {most}"] if most else []
    keeps = ", ".join(words) or "forever"
    return (
        Line(
            table="tasks",
            keeps=keeps,
            ended="finished_at",
            days=days,
            most=most,
            # Later steps take values from their results.
            part_of=(("operation_id", "operations", "ended_at"),),
            dependents=(
                Dependents("task_log", "task_id", ("task_id", "attempt", "line")),
                Dependents("task_secret_values", "task_id", ("task_id", "part")),
                Dependents("task_dependencies", "task_id", ("task_id", "needs")),
                Dependents("task_dependencies", "needs", ("task_id", "needs")),
            ),
        ),
        Line(table="task_log", keeps="with its task; 10,000 lines or 4 MiB of each"),
        Line(table="task_dependencies", keeps="with its tasks"),
        Line(table="task_secret_values", keeps="with its task"),
        Line(
            table="operations",
            keeps=f"with its tasks, {days} days at least" if days else "with its tasks",
            ended="ended_at",
            days=days or 1,
            unless=(("tasks", "operation_id"),),
            dependents=(
                Dependents("operation_secret_values", "operation_id", ("operation_id", "step")),
                Dependents("operation_steps", "operation_id", ("operation_id", "name")),
            ),
        ),
        Line(
            table="artifact_uploads", keeps="a day after the last byte that came", ended="touched_at", days=1
        ),
        Line(
            table="edge_deployments",
            keeps=f"{days} days after it has ended" if days else "forever",
            ended="ended_at",
            days=days,
            dependents=(Dependents("edge_deployment_nodes", "deployment_id", ("deployment_id", "node_id")),),
        ),
        Line(table="edge_deployment_nodes", keeps="with its deployment"),
        Line(table="operation_steps", keeps="with its operation"),
        Line(table="operation_secret_values", keeps="with its operation"),
    )


def _others(config: ControlPlaneConfig) -> tuple[Line, ...]:
    """What other parts delete, each when it is due, or nobody."""
    audit = f"{config.audit_retention_days} days" if config.audit_retention_days else "forever"
    words = {
        "audit_log": f"{audit}, with an anchor of what went before",
        "events": f"{config.event_retention_hours:g} hours, at most 100,000",
        "metric_samples": "24 hours",
        **dict.fromkeys(("metric_minutes", "metric_fleet"), "30 days"),
        "idempotency_keys": _EXPIRES,
        "sessions": "7 days after it has ended",
        "refresh_tokens": "with its session",
        "single_sign_on_sessions": "with its session",
        "invites": "90 days after it has ended",
        "outbox": "30 days after it was sent or given up",
        "notification_items": "until the mail has been sent",
        "notification_mails": "a day after the last one",
        "notification_tallies": "a day after the last one",
        "mesh_peers": "7 days after it has left, as a tombstone",
        "mesh_policies": "with its organization",
        "mesh_scopes": "with the last of its members and tombstones",
        "mesh_addresses": "10 minutes after its release",
        "mesh_provisional_peers": "with its join token",
        "mesh_probes": "the newest of each node",
        "mesh_history": "steps of five minutes 24 hours, hours 14 days",
        "edge_texts": "as long as an edge is to serve them, a day at least",
        "clock_marks": "the newest 500",
        "relayed_events": "an hour, the newest 1,000 at least; what heartbeats say a minute",
        **dict.fromkeys(
            (
                "cli_grants",
                "setup_token",
                "sign_in_codes",
                "spent_challenges",
                "spent_sign_in_tickets",
                "spent_signatures",
            ),
            _EXPIRES,
        ),
        **dict.fromkeys(_LASTING, _STAYS),
    }
    return tuple(Line(table=table, keeps=keeps) for table, keeps in words.items())
