"""Pure decisions of the audit log."""

from __future__ import annotations

from typing import Any

from nimbus.audit.records import Change

MASK = "***"
_SECRET_WORDS = ("secret", "password", "token", "private", "credential", "api_key")


def difference(before: dict[str, Any], after: dict[str, Any]) -> Change:
    """Only what changed, with secrets masked by the name of their field, at any depth."""
    keys = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return Change(
        before={key: masked(key, before[key]) for key in sorted(keys) if key in before},
        after={key: masked(key, after[key]) for key in sorted(keys) if key in after},
    )


def masked(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in _SECRET_WORDS):
        return MASK
    if isinstance(value, dict):
        return {key: masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked("", inner) for inner in value]
    return value
