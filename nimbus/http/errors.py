"""The one map from an error to its HTTP status, and the error envelope."""

from __future__ import annotations

import msgspec

from nimbus.protocol.errors import NimbusError

_STATUS = {
    "VALIDATION_ERROR": 422,
    "MALFORMED": 400,
    "TOKEN_MALFORMED": 400,
    "UNAUTHENTICATED": 401,
    "SECOND_FACTOR_REQUIRED": 401,
    "FORBIDDEN": 403,
    "PASSWORD_CHANGE_REQUIRED": 403,
    "SECOND_FACTOR_WANTED": 403,
    "RECENT_SIGN_IN_REQUIRED": 403,
    "SECOND_FACTOR_MISSING": 409,
    "LAST_SECOND_FACTOR": 409,
    "TOKEN_UNKNOWN": 403,
    "TOKEN_EXPIRED": 403,
    "CERTIFICATE_REVOKED": 403,
    "CERTIFICATE_UNKNOWN": 503,
    "SESSION_KEY_REVOKED": 403,
    "SESSION_KEY_UNKNOWN": 403,
    "SIGNATURE_MISMATCH": 401,
    "NONCE_REFUSED": 401,
    "SOURCE_NOT_ALLOWED": 403,
    "NODE_WAITING": 403,
    "NODE_RUNS_TWICE": 409,
    "NODE_UNPROVEN": 403,
    "INVITE_FOR_ANOTHER": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "LAST_OWNER": 409,
    "SETTING_FIXED": 409,
    "CONFIRMATION_NEEDED": 409,
    "LAST_WAY_IN": 409,
    "LAST_ADMINISTRATOR": 409,
    "IDEMPOTENCY_CONFLICT": 409,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "TOKEN_USED": 409,
    "TOKEN_REVOKED": 403,
    "TOKEN_FOR_SEVERAL": 409,
    "TASK_NOT_RUNNING": 409,
    "CLOCK_SKEWED": 409,
    "MESH_KEY_TAKEN": 409,
    "MESH_POLICY_TEST_FAILED": 409,
    "RENEWAL_TOO_EARLY": 409,
    "PRECONDITION_FAILED": 412,
    "PAYLOAD_TOO_LARGE": 413,
    "RATE_LIMITED": 429,
    "HEAD_TOO_LARGE": 431,
    "UNAVAILABLE": 503,
    "READ_TOO_SLOW": 503,
    "STORAGE_FULL": 507,
    "QUOTA_EXCEEDED": 507,
    "CHECKSUM_MISMATCH": 422,
    "WRONG_OFFSET": 409,
    "ARTIFACT_IN_USE": 409,
    "CA_IN_USE": 409,
    "ARTIFACT_DAMAGED": 409,
}


def status_of(error: NimbusError) -> int:
    return _STATUS.get(error.code, 500)


def envelope(error: NimbusError, request_id: str = "") -> bytes:
    """`{"error": {"code", "message", "details"}}`; `next_step` says what to do."""
    body: dict[str, object] = {
        "code": error.code,
        "message": one_line(error.message),
        "details": [{key: one_line(text) for key, text in detail.items()} for detail in error.details],
    }
    if error.next_step:
        body["next_step"] = error.next_step
    if request_id:
        body["request_id"] = request_id
    return msgspec.json.encode({"error": body})


def one_line(text: str) -> str:
    """What a caller sent may be part of a message: it must not break lines, or turn the writing round."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def internal_error(request_id: str) -> NimbusError:
    """What an outsider hears of a bug: nothing but where to find it."""
    return NimbusError(
        "the control plane failed to do this", code="INTERNAL", next_step=f"Look for {request_id} in its log."
    )
