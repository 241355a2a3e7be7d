"""Types of what a control plane says of itself."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Origin(StrEnum):
    """Where the value of a setting came from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


SettingValue = str | int | float | bool


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is what set it: a file, a variable, a flag, or `default`."""

    name: str
    value: SettingValue
    default: SettingValue
    origin: Origin
    source: str
    flag: str
    variable: str
    help: str


class VersionsView(msgspec.Struct, frozen=True, kw_only=True):
    nimbus: str
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
