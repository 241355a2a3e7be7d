"""Every column with sealed values, and what each value is sealed for. Part of the composition root: a new master
key reaches what is listed here, and a test finds columns that are not."""

from __future__ import annotations

from nimbus.correspondence.mail.outbox import PASSWORD_CONTEXT, content_context
from nimbus.db.sealed_columns import SealedColumn
from nimbus.edge.certificates.issuing.issuer import account_context, order_context
from nimbus.edge.certificates.keeping import key_context as certificate_context
from nimbus.fleet.nodes.credentials.session_keys import secret_context as session_key_context
from nimbus.fleet.operations.values import step_context
from nimbus.fleet.tasks.secret_values import values_context
from nimbus.people.identity.factors.service import totp_context
from nimbus.people.identity.sessions.token_keys import key_context as token_key_context
from nimbus.people.keys.making import secret_context
from nimbus.people.single_sign_on.connections import secret_context as provider_context
from nimbus.people.single_sign_on.external_sessions import id_token_context
from nimbus.people.single_sign_on.flow import code_context
from nimbus.records.audit.service import key_context as audit_key_context
from nimbus.records.destinations.sending import secret_context as destination_context
from nimbus.records.idempotency.service import answer_context, fingerprint_context
from nimbus.trust.secrets.vault import version_context

SEALED_COLUMNS: tuple[SealedColumn, ...] = (
    SealedColumn("keys", ("id",), "sealed_secret", lambda row: secret_context(row["access_key"])),
    SealedColumn(
        "keys", ("id",), "previous_sealed_secret", lambda row: secret_context(row["previous_access_key"])
    ),
    SealedColumn(
        "idempotency_keys",
        ("principal", "idempotency_key"),
        "sealed_answer",
        lambda row: answer_context(row["principal"], row["idempotency_key"]),
    ),
    SealedColumn(
        "idempotency_keys",
        ("principal", "idempotency_key"),
        "sealed_fingerprint",
        lambda row: fingerprint_context(row["principal"], row["idempotency_key"]),
    ),
    SealedColumn("audit_keys", ("id",), "sealed_key", lambda row: audit_key_context(row["id"])),
    SealedColumn("audit_destinations", ("id",), "sealed_secret", lambda row: destination_context(row["id"])),
    SealedColumn("totp_factors", ("user_id",), "sealed_secret", lambda row: totp_context(row["user_id"])),
    SealedColumn("node_session_keys", ("id",), "sealed_secret", lambda row: session_key_context(row["id"])),
    SealedColumn(
        "operation_secret_values",
        ("operation_id", "step"),
        "sealed_values",
        lambda row: step_context(row["operation_id"], row["step"]),
    ),
    SealedColumn(
        "task_secret_values",
        ("task_id", "part"),
        "sealed_values",
        lambda row: values_context(row["task_id"], row["part"]),
    ),
    SealedColumn("token_keys", ("id",), "sealed_key", lambda row: token_key_context(row["id"])),
    SealedColumn(
        "identity_providers", ("id",), "sealed_client_secret", lambda row: provider_context(row["id"])
    ),
    SealedColumn(
        "single_sign_on_sessions",
        ("session_id",),
        "sealed_id_token",
        lambda row: id_token_context(row["session_id"]),
    ),
    SealedColumn("sign_in_codes", ("id",), "sealed_result", lambda row: code_context(row["id"])),
    SealedColumn("mail_settings", ("id",), "sealed_password", lambda _row: PASSWORD_CONTEXT),
    SealedColumn("outbox", ("id",), "sealed_content", lambda row: content_context(row["id"])),
    SealedColumn(
        "secret_versions",
        ("secret_id", "version"),
        "sealed_value",
        lambda row: version_context(row["secret_id"], row["version"], row["encoding"]),
    ),
    SealedColumn(
        "certificate_versions",
        ("certificate_id", "number"),
        "sealed_key",
        lambda row: certificate_context(row["certificate_id"], row["number"]),
    ),
    SealedColumn("acme_accounts", ("id",), "sealed_key", lambda row: account_context(row["id"])),
    SealedColumn(
        "certificate_issuances",
        ("certificate_id",),
        "sealed_key",
        lambda row: order_context(row["certificate_id"]),
    ),
)
