"""What has to be done so that what is declared is so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nimbus.cli.apply.kinds import KINDS, Resource
from nimbus.protocol.errors import EXIT_NOT_FOUND, UsageError

What = Literal["create", "update", "unchanged", "delete"]
_SECRET = ("valueFrom",)


@dataclass(frozen=True)
class Change:
    """Of one field. `before` of None: it was not there."""

    name: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)

    @property
    def is_secret(self) -> bool:
        return self.name in _SECRET


@dataclass(frozen=True)
class Action:
    """`declared` is None for what is deleted, `present` for what is made."""

    what: What
    kind: str
    key: str
    declared: Resource | None = None
    present: Resource | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Plan:
    """In the order in which it is carried out; what is unchanged is in it too."""

    actions: tuple[Action, ...]

    @property
    def needed(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if action.what != "unchanged")

    def count(self, what: What) -> int:
        return sum(action.what == what for action in self.actions)


def check_unique(declared: Iterable[Resource]) -> None:
    """Raises UsageError when something is declared twice."""
    seen: dict[tuple[str, str], Resource] = {}
    for resource in declared:
        before = seen.setdefault((resource.kind, resource.key), resource)
        if before is not resource and resource.document is not None and before.document is not None:
            first = before.document.place
            raise resource.document.place.error(
                f"{resource.kind} {resource.key} is also declared at {first.file}:{first.line}"
            )


def plan(
    declared: Iterable[Resource], present: Iterable[Resource], *, prune: Mapping[str, str] | None = None
) -> Plan:
    """`prune`: labels; what has all of them and is not declared goes. Raises UsageError."""
    declared = list(declared)
    check_unique(declared)
    have = {(resource.kind, resource.key): resource for resource in present}
    actions = [_action(resource, have.get((resource.kind, resource.key))) for resource in declared]
    if prune:
        wanted = {(resource.kind, resource.key) for resource in declared}
        actions += [
            Action("delete", resource.kind, resource.key, present=resource)
            for identity, resource in have.items()
            if identity not in wanted and KINDS[resource.kind].prunable and _has_labels(resource, prune)
        ]
    return Plan(tuple(sorted(actions, key=_order)))


def _has_labels(resource: Resource, wanted: Mapping[str, str]) -> bool:
    labels = resource.labels or {}
    return all(labels.get(key) == value for key, value in wanted.items())


def _order(action: Action) -> tuple[bool, int, str]:
    """What others need comes first; what is deleted goes last, the other way round."""
    gone = action.what == "delete"
    rank = KINDS[action.kind].rank
    return gone, -rank if gone else rank, action.key


def _action(declared: Resource, present: Resource | None) -> Action:
    if present is None:
        return _creation(declared)
    changes = [
        Change(name, present.fields.get(name), value)
        for name, value in declared.fields.items()
        if present.fields.get(name) != value
    ]
    if declared.labels is not None and declared.labels != (present.labels or {}):
        changes.append(Change("labels", present.labels or {}, declared.labels))
    what: What = "update" if changes else "unchanged"
    return Action(what, declared.kind, declared.key, declared, present, tuple(changes))


def _creation(declared: Resource) -> Action:
    kind, document = KINDS[declared.kind], declared.document
    assert document is not None
    if kind.only_existing:
        error = document.at("metadata", "name").error(
            f"there is no {declared.kind} {declared.key}, and apply cannot create one",
            next_step="Join the node first: nimbus node token",
        )
        error.exit_status = EXIT_NOT_FOUND
        raise error
    if declared.kind == "Secret" and "valueFrom" not in declared.fields:
        raise document.at("spec").error("spec.valueFrom is missing, and there is no such secret yet")
    changes = [Change(name, None, value) for name, value in declared.fields.items()]
    if declared.labels:
        changes.append(Change("labels", None, declared.labels))
    return Action("create", declared.kind, declared.key, declared, changes=tuple(changes))


def label_patch(present: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str | None]:
    """What the API is told: null takes a label away."""
    gone: dict[str, str | None] = dict.fromkeys(key for key in present if key not in wanted)
    return gone | {key: value for key, value in wanted.items() if present.get(key) != value}


def selector(text: str) -> dict[str, str]:
    """`label=value`, by commas. Raises UsageError."""
    labels = {}
    for part in text.split(","):
        key, separator, value = part.partition("=")
        if not separator or not key:
            raise UsageError(f"--selector takes label=value, not {part!r}")
        labels[key] = value
    return labels
