"""SQL of what the database says of itself, and of the settings in it."""

from __future__ import annotations

import msgspec

from nimbus.appliance.records import StoredSetting
from nimbus.db import Transaction


def newest_migration(tx: Transaction) -> tuple[int, int]:
    """Its version, and when it was applied."""
    row = tx.one("SELECT version, applied_at FROM schema_migrations ORDER BY version DESC LIMIT 1")
    assert row is not None
    return row["version"], row["applied_at"]


def settings(tx: Transaction) -> list[StoredSetting]:
    rows = tx.all("SELECT name, value, changed_at, changed_by FROM live_settings ORDER BY name")
    return [
        StoredSetting(row["name"], msgspec.json.decode(row["value"]), row["changed_at"], row["changed_by"])
        for row in rows
    ]


def set_setting(tx: Transaction, setting: StoredSetting) -> None:
    tx.execute(
        "INSERT INTO live_settings (name, value, changed_at, changed_by) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by",
        (setting.name, msgspec.json.encode(setting.value).decode(), setting.changed_at, setting.changed_by),
    )


def delete_setting(tx: Transaction, name: str) -> None:
    tx.execute("DELETE FROM live_settings WHERE name = ?", (name,))
