"""SQL of what the database says of itself."""

from __future__ import annotations

from nimbus.db import Transaction


def newest_migration(tx: Transaction) -> tuple[int, int]:
    """Its version, and when it was applied."""
    row = tx.one("SELECT version, applied_at FROM schema_migrations ORDER BY version DESC LIMIT 1")
    assert row is not None
    return row["version"], row["applied_at"]
