"""Loaded by schemathesis: known names in what it makes up, and our check beside its own."""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis

from tests.kit.api_contract.refusals import is_documented

KNOWN: dict[str, Any] = json.loads(Path(os.environ["NIMBUS_CONTRACT_KNOWN"]).read_text("utf-8"))
NEEDED = ("role", "node", "kind", "token", "from", "to")
REFUSED = (400, 405, 413, 415, 422, 501)
_count: Counter[str] = Counter()


def _known(operation: str, name: str, given: Any) -> Any:
    """What stands behind this name, or what was made up. What may be left empty stays so."""
    value = KNOWN.get(name)
    if isinstance(value, dict):
        value = value.get(operation)
    return value if (given or name in NEEDED) and isinstance(value, type(given)) else given


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Three of four requests that are well formed name what is there; each has an Idempotency-Key of its own: that
    one was used for another request is the schema of none."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    operation = f"{case.method} {case.path}"
    _count[operation] += 1
    if _count[operation] % 4 == 0:
        return
    for part in (case.body, case.query):
        if isinstance(part, dict):
            for name, given in part.items():
                part[name] = _known(operation, name, given)
            if part.get("workspace") == "" and not part.get("organization"):
                part["workspace"] = KNOWN["workspace"]
    if isinstance(case.body, dict) and case.body.get("workspace") and case.query:
        # Where both name one, the request is refused: that is seen in the fourth.
        case.query.pop("workspace", None)


@schemathesis.check
def refused_without_a_reason(_context: Any, response: Any, case: Any) -> None:
    """What the document calls valid is refused only for a reason that the document gives."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code not in REFUSED:
        return
    error = response.json().get("error", {})
    operation = f"{case.method} {case.path}"
    assert is_documented(operation, str(error.get("message"))), (
        f"{operation} calls this request valid, and refuses it: {error.get('message')}"
    )
