"""Pure decisions: how a setting is shown, and which change of one must be confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args, get_origin

import msgspec

from nimbus.appliance.records import Origin, SettingView, StoredSetting
from nimbus.kernel.clock import optional_rfc3339
from nimbus.settings.areas import PLACES
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.live import CHANGEABLE, DEFAULT

MASKED = "********"
DATABASE = "database"
_ELSEWHERE = ("", "")
# The dashboard sends several requests for a page.
LEAST_RATE = 10
_KEPT = {
    "audit_retention_days": "audit log entries older than {} days are deleted",
    "event_retention_hours": "events older than {} hours are deleted",
    "task_retention_days": "tasks that ended more than {} days ago are deleted",
    "task_retention_count": "all but the newest {} ended tasks are deleted",
    "ended_retention_days": "what ended more than {} days ago is deleted",
    "backups_kept": "all but the newest {} backups are deleted",
}


def setting_views(
    values: msgspec.Struct,
    sources: Mapping[str, str],
    words: Mapping[str, str],
    secrets: Collection[str],
    *,
    prefix: str,
    stored: Mapping[str, StoredSetting] | None = None,
) -> tuple[SettingView, ...]:
    """`sources` as `load_settings` remembers them; what is not in it is a default, or what is `stored`."""
    fields = {field.name: field for field in msgspec.structs.fields(values)}
    views = []
    for name, value in msgspec.structs.asdict(values).items():
        source = sources.get(name, DEFAULT)
        kept = (stored or {}).get(name) if source == DEFAULT else None
        area, title = PLACES.get(name, _ELSEWHERE)
        views.append(
            SettingView(
                name=name,
                area=area,
                title=title,
                changeable=name in CHANGEABLE,
                choices=_choices(fields[name].type),
                changed_at=optional_rfc3339(kept.changed_at) if kept else None,
                changed_by=kept.changed_by if kept else None,
                value=_shown(value, secret=name in secrets),
                default=_shown(_default_of(fields[name]), secret=name in secrets),
                origin=Origin.DATABASE if kept else origin_of(source),
                source=DATABASE if kept else source,
                flag="--" + name.replace("_", "-"),
                variable=prefix + name.upper(),
                help=words[name],
            )
        )
    return tuple(views)


def origin_of(source: str) -> Origin:
    if source == DEFAULT:
        return Origin.DEFAULT
    if source.startswith("--"):
        return Origin.FLAG
    return Origin.ENVIRONMENT if source.startswith("$") else Origin.FILE


def _default_of(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _shown(value: Any, *, secret: bool) -> Any:
    return MASKED if secret and value else value


def _choices(kind: Any) -> tuple[str, ...]:
    return get_args(kind) if get_origin(kind) is not None else ()


def too_low(name: str, value: object) -> str:
    """Why a limit would keep out those who could raise it again; "" where it does not."""
    if name.startswith("rate_limit_") and isinstance(value, int | float) and 0 < value < LEAST_RATE:
        return f"must be 0 (no limit) or at least {LEAST_RATE} while the control plane runs"
    return ""


def consequences(before: ControlPlaneConfig, after: ControlPlaneConfig) -> dict[str, str]:
    """What a change of these settings deletes, or lets in, by the name of each."""
    found = {}
    for name, words in _KEPT.items():
        was, will = getattr(before, name), getattr(after, name)
        # 0 keeps all.
        if will and (not was or will < was):
            found[name] = words.format(f"{will:g}")
    for name in ("rate_limit_per_address", "rate_limit_per_key"):
        if getattr(before, name) and not getattr(after, name):
            found[name] = "requests are no longer limited"
    if before.enrolment == "approve" and after.enrolment == "auto":
        found["enrolment"] = "new nodes join without approval"
    return found
