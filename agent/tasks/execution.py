"""One run of a handler, and what comes of it."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import msgspec
import trio

from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from agent.operations.registry import HANDLERS
from agent.tasks.redaction import Redaction
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.kinds import decode_parameters, secret_results
from nimbus.protocol.messages import RESULT_LIMIT_BYTES, LeasedTask, TaskResult

ERROR_LIMIT = 2000
log = logging.getLogger("nimbus.tasks")


async def execute(lease: LeasedTask, context: Context, scope: trio.CancelScope) -> TaskResult:
    """Run the task's handler. `scope` is cancelled by whoever cancels the task."""
    try:
        handler, parameters = HANDLERS[lease.kind], decode_parameters(lease.kind, lease.parameters)
        redaction = Redaction(lease)
    except (KeyError, NimbusError, msgspec.ValidationError) as error:
        return failed(lease, "KIND_UNKNOWN", f"this agent cannot do {lease.kind!r}: {error}", retryable=False)
    try:
        with scope, trio.fail_after(lease.timeout_s):
            return _succeeded(lease, await handler(context, parameters))
    except trio.TooSlowError:
        return failed(lease, "TIMEOUT", f"not done within {lease.timeout_s:.0f} s", retryable=True)
    except OperationFailed as error:
        message = redaction.text(error.message)
        return failed(lease, error.code, message, retryable=error.retryable, result=error.result)
    except Exception as error:  # noqa: BLE001  (logged, without what is secret)
        trace = redaction.text(traceback.format_exc())
        log.error("task failed: %s", trace, extra={"task_id": lease.id, "kind": lease.kind})
        return failed(lease, "INTERNAL", redaction.text(f"{type(error).__name__}: {error}"), retryable=True)
    return cancelled(lease, "cancelled while it ran")


def failed(lease: LeasedTask, code: str, message: str, *, retryable: bool, result: Any = None) -> TaskResult:
    # Names of files may hold half characters, which are in no JSON.
    text = message[:ERROR_LIMIT].encode("utf-8", "replace").decode()
    return TaskResult(
        attempt=lease.attempt,
        outcome="failed",
        result=result,
        error_code=code,
        error=text,
        retryable=retryable,
    )


def cancelled(lease: LeasedTask, message: str) -> TaskResult:
    return TaskResult(attempt=lease.attempt, outcome="cancelled", error=message)


def _succeeded(lease: LeasedTask, value: Any) -> TaskResult:
    encoded = msgspec.json.encode(value)
    if len(encoded) > RESULT_LIMIT_BYTES and secret_results(lease.kind):
        # Its beginning could be the secret.
        return failed(lease, "RESULT_TOO_LARGE", f"the result has {len(encoded)} bytes", retryable=False)
    if len(encoded) > RESULT_LIMIT_BYTES:
        text = encoded[: RESULT_LIMIT_BYTES // 2].decode("utf-8", "ignore")
        return TaskResult(attempt=lease.attempt, outcome="succeeded", result=text, truncated=True)
    return TaskResult(attempt=lease.attempt, outcome="succeeded", result=value)
