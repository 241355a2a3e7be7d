"""Types of what a control plane says of itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from nimbus.protocol.logs import LogLevel
from nimbus.settings.configuration import Color, Enrolment


class Origin(StrEnum):
    """Where the value of a setting came from."""

    DEFAULT = "default"
    DATABASE = "database"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


SettingValue = str | int | float | bool


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is what set it: a file, a variable, a flag, `database`, or `default`. `changeable`: not only by a
    restart; where a file, a variable or a flag sets it, there. `choices` is empty where any value may be.
    `changed_at` (RFC 3339) and `changed_by` are of the value in the database."""

    name: str
    area: str
    title: str
    changeable: bool
    choices: tuple[str, ...]
    changed_at: str | None
    changed_by: str | None
    value: SettingValue
    default: SettingValue
    origin: Origin
    source: str
    flag: str
    variable: str
    help: str


class StoredSetting(msgspec.Struct, frozen=True):
    """As in the database; `changed_at` in epoch microseconds, `changed_by` is the actor's name then."""

    name: str
    value: SettingValue
    changed_at: int
    changed_by: str


class SettingsChanged(msgspec.Struct, frozen=True):
    """Event: the settings in the database are others now."""


def _number(least: float, most: float) -> msgspec.Meta:
    return msgspec.Meta(extra_json_schema={"minimum": least, "maximum": most})


_Days = Annotated[int, _number(0, 36500)]
_Rate = Annotated[float, _number(0, 1_000_000)]
_Gib = Annotated[float, _number(0, 1_000_000)]


class SettingsPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is not given stays as it is; null is the default again. `confirm`: also where data is deleted or more
    is allowed by it. Ranges are those that hold at a start."""

    display_name: str | UnsetType | None = UNSET
    display_color: Color | UnsetType | None = UNSET
    require_second_factor: bool | UnsetType | None = UNSET
    enrolment: Enrolment | UnsetType | None = UNSET
    rate_limit_per_address: _Rate | UnsetType | None = UNSET
    rate_limit_per_key: _Rate | UnsetType | None = UNSET
    audit_retention_days: _Days | UnsetType | None = UNSET
    event_retention_hours: Annotated[float, _number(0.1, 8760)] | UnsetType | None = UNSET
    task_retention_days: _Days | UnsetType | None = UNSET
    task_retention_count: Annotated[int, _number(0, 100000000)] | UnsetType | None = UNSET
    ended_retention_days: _Days | UnsetType | None = UNSET
    access_log_retention_days: _Days | UnsetType | None = UNSET
    access_log_quota_gib: _Gib | UnsetType | None = UNSET
    backups_kept: Annotated[int, _number(0, 1000)] | UnsetType | None = UNSET
    artifact_quota_gib: _Gib | UnsetType | None = UNSET
    artifact_largest_gib: _Gib | UnsetType | None = UNSET
    log_level: LogLevel | UnsetType | None = UNSET
    confirm: bool = False


class SettingsView(msgspec.Struct, frozen=True, kw_only=True):
    settings: tuple[SettingView, ...]


class VersionsView(msgspec.Struct, frozen=True, kw_only=True):
    """`build` tells builds of one version apart: 16 hex digits, always the same for the same sources. Null: it
    runs from sources, not from the executable."""

    nimbus: str
    build: str | None
    protocol: int
    python: str
    sqlite: str
    openssl: str
    platform: str


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    serial: str
    not_before: str
    not_after: str
    fingerprint: str


class AuthorityView(msgspec.Struct, frozen=True, kw_only=True):
    """The internal CA; its certificate is served at `ca_path`. `previous_fingerprint` is of the one before, while
    it is trusted too."""

    subject: str
    not_after: str
    fingerprint: str
    previous_fingerprint: str | None
    ca_path: str


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of the database that was made before a migration."""

    file: str
    size_bytes: int
    modified_at: str


class DatabaseView(msgspec.Struct, frozen=True, kw_only=True):
    """`file` is SQLite's file, or the URL of PostgreSQL without a password. `size_bytes` has SQLite's log in it."""

    file: str
    size_bytes: int
    schema_version: int
    migrated_at: str
    backups: tuple[BackupView, ...]


class RetentionView(msgspec.Struct, frozen=True, kw_only=True):
    """One table. `rows` null: too many to be counted in a moment. `oldest` null: nothing that ends, or nothing
    there."""

    table: str
    keeps: str
    rows: int | None
    oldest: str | None


class ApplianceView(msgspec.Struct, frozen=True, kw_only=True):
    settings: tuple[SettingView, ...]
    versions: VersionsView
    server_certificate: CertificateView
    authority: AuthorityView
    database: DatabaseView
    retention: tuple[RetentionView, ...]
    started_at: str
    uptime_s: int
