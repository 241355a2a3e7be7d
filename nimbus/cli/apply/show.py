"""A plan for people and for programs. Values of secrets are in neither."""

from __future__ import annotations

import json
from typing import Any

from nimbus.cli.apply.plan import Action, Change, Plan, What
from nimbus.cli.output import printable

_WHATS: tuple[What, ...] = ("create", "update", "delete", "unchanged")
# Characters of a value that are shown.
_MOST = 400
_SIGNS = {"create": "+", "update": "~", "delete": "-", "unchanged": "="}
_CODES = {"create": "32", "update": "33", "delete": "31", "unchanged": "90"}


def plan_text(plan: Plan, *, colour: bool) -> str:
    """The changes, and how many resources are unchanged."""
    lines: list[str] = []
    for action in plan.needed:
        lines.append(_painted(f"{_SIGNS[action.what]} {action.kind} {printable(action.key)}", action, colour))
        lines += [_painted(f"    {_change(change)}", action, colour) for change in action.changes]
    lines.append(
        f"{plan.count('create')} to create, {plan.count('update')} to update, {plan.count('delete')} to delete, "
        f"{plan.count('unchanged')} unchanged."
    )
    return "\n".join(lines)


def _painted(text: str, action: Action, colour: bool) -> str:
    return f"\033[{_CODES[action.what]}m{text}\033[0m" if colour else text


def _change(change: Change) -> str:
    if change.is_secret:
        return "value: (secret)" if change.before is None else "value: (secret) -> (another secret)"
    if change.before is None:
        return f"{change.name}: {_short(change.after)}"
    return f"{change.name}: {_short(change.before)} -> {_short(change.after)}"


def _short(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "[" + ", ".join(printable(item) for item in value) + "]"
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return "{" + ", ".join(printable(f"{key}={value[key]}") for key in sorted(value)) + "}"
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def plan_data(plan: Plan, *, applied: bool) -> dict[str, Any]:
    return {
        "applied": applied,
        "summary": {what: plan.count(what) for what in _WHATS},
        "actions": [
            {
                "action": action.what,
                "kind": action.kind,
                "name": action.key,
                "changes": [_change_data(change) for change in action.changes],
            }
            for action in plan.actions
        ],
    }


def _change_data(change: Change) -> dict[str, Any]:
    if change.is_secret:
        return {"field": "value", "before": None if change.before is None else "***", "after": "***"}
    return {"field": change.name, "before": change.before, "after": change.after}
