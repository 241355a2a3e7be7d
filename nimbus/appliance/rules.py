"""Pure decisions: how a setting is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from nimbus.appliance.records import Origin, SettingView

MASKED = "********"
DEFAULT = "default"


def setting_views(
    values: msgspec.Struct,
    sources: Mapping[str, str],
    words: Mapping[str, str],
    secrets: Collection[str],
    *,
    prefix: str,
) -> tuple[SettingView, ...]:
    """`sources` as `load_settings` remembers them; what is not in it is a default."""
    defaults = {field.name: _default_of(field) for field in msgspec.structs.fields(values)}
    return tuple(
        SettingView(
            name=name,
            value=_shown(value, secret=name in secrets),
            default=_shown(defaults[name], secret=name in secrets),
            origin=origin_of(sources.get(name, DEFAULT)),
            source=sources.get(name, DEFAULT),
            flag="--" + name.replace("_", "-"),
            variable=prefix + name.upper(),
            help=words[name],
        )
        for name, value in msgspec.structs.asdict(values).items()
    )


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
