"""Pure decisions of `nimbus doctor` alone. Times are epoch seconds, sizes bytes."""

from __future__ import annotations

from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.checkup.rules import DAY_S, MIB, duration

AUTHORITY_ENDS_S = 90 * DAY_S
BACKUP_OLD_S = 30 * DAY_S
# For the write-ahead log and what a day's work writes.
_ROOM_BYTES = 256 * MIB


def of_space(where: str, free: float, database: int) -> Finding:
    """A migration makes a copy first, so that twice the database has to fit."""
    wanted = 2 * database + _ROOM_BYTES
    said = f"{free / MIB:,.0f} MiB free in {where}" if free != float("inf") else f"{where} has no limit"
    if free >= wanted:
        return Finding(True, "disk", said)
    return Finding(
        False if free < _ROOM_BYTES else None,
        "disk",
        f"{said}; an upgrade needs {wanted / MIB:,.0f} MiB",
        "Free space, or move the data directory to a larger disk.",
    )


def of_schema(version: int, newest: int) -> Finding:
    if version > newest:
        return Finding(
            False,
            "database",
            f"its schema is {version}, and this program knows {newest} at most",
            "Run the newer version of nimbus that wrote it.",
        )
    if version == newest:
        return Finding(True, "database", f"its schema is current ({version})")
    return Finding(None, "database", f"its schema is {version}; the next start migrates it to {newest}")


def of_damage(damage: str) -> Finding:
    return Finding(
        False,
        "database",
        f"it is damaged: {damage}",
        "Stop the control plane and restore a backup: nimbus restore FILE. Keep the damaged file.",
    )


def of_backups(newest: float | None, now: float) -> Finding:
    advice = "Copy the data directory elsewhere regularly. See: nimbus help backup"
    if newest is None:
        return Finding(None, "backup", "there is no backup of the database in the data directory", advice)
    age = now - newest
    said = f"the newest backup in the data directory is {duration(age)} old"
    return Finding(None, "backup", said, advice) if age > BACKUP_OLD_S else Finding(True, "backup", said)
