"""Settings that may change while the control plane runs, and what it runs with at this moment.

    default  <  the database (dashboard, `nimbus settings set`)  <  file  <  variable  <  flag

What a file, a variable or a flag sets is fixed: whoever wrote it there decides, and the database is not asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import msgspec

from nimbus.protocol.errors import UsageError
from nimbus.settings.configuration import ControlPlaneConfig, check

DEFAULT = "default"
CHANGEABLE = (
    "display_name",
    "display_color",
    "require_second_factor",
    "enrolment",
    "rate_limit_per_address",
    "rate_limit_per_key",
    "audit_retention_days",
    "event_retention_hours",
    "task_retention_days",
    "task_retention_count",
    "ended_retention_days",
    "access_log_retention_days",
    "access_log_quota_gib",
    "backups_kept",
    "artifact_quota_gib",
    "artifact_largest_gib",
    "log_level",
)
Value = str | int | float | bool
log = logging.getLogger("nimbus.settings")


class LiveSettings:
    """`started` is what file, variables and flags say, each named in `sources`. `current` is what holds."""

    def __init__(self, started: ControlPlaneConfig, sources: Mapping[str, str]) -> None:
        self.started = self.current = started
        self._sources = sources
        self._followers: list[Callable[[ControlPlaneConfig], None]] = []

    def fixed_by(self, name: str) -> str:
        """The file, variable or flag that sets it; "" where the database may."""
        source = self._sources.get(name, DEFAULT)
        return "" if source == DEFAULT else source

    def follow(self, follower: Callable[[ControlPlaneConfig], None]) -> None:
        """`follower` is told what holds, now and after each change. It must be quick."""
        self._followers.append(follower)
        follower(self.current)

    def with_stored(self, stored: Mapping[str, Value]) -> ControlPlaneConfig:
        """What would hold if the database had these. Raises UsageError when they do not fit together."""
        values = {name: value for name, value in stored.items() if not self.fixed_by(name)}
        try:
            config = msgspec.convert({**msgspec.structs.asdict(self.started), **values}, ControlPlaneConfig)
        except msgspec.ValidationError as error:
            raise UsageError(str(error)) from None
        check(config)
        return config

    def usable(self, stored: Mapping[str, Value]) -> dict[str, Value]:
        """Without those that cannot hold here, each with a warning."""
        taken: dict[str, Value] = {}
        for name, value in stored.items():
            try:
                if name not in CHANGEABLE:
                    raise UsageError("it cannot be changed while the control plane runs")
                self.with_stored({**taken, name: value})
            except UsageError as error:
                log.warning("the setting %s of the database is not used: %s", name, error.message)
                continue
            taken[name] = value
        return taken

    def take(self, stored: Mapping[str, Value]) -> None:
        """The database has these."""
        config = self.with_stored(self.usable(stored))
        if config == self.current:
            return
        self.current = config
        for follower in self._followers:
            follower(config)
