"""Pure decisions of `nimbus doctor`. Times are epoch seconds, sizes bytes."""

from __future__ import annotations

from nimbus.composition.checkup.finding import Finding

DAY_S = 86_400.0
MIB = 2**20
CERTIFICATE_ENDS_S = 7 * DAY_S
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


def of_certificate(
    what: str, begins: float, ends: float, now: float, *, warn_s: float, renew: str
) -> Finding:
    if now < begins:
        return Finding(
            False, "certificate", f"{what} is not valid yet by this machine's clock", "Set the clock (NTP)."
        )
    left = ends - now
    if left <= 0:
        return Finding(False, "certificate", f"{what} expired {_days(-left)} ago", renew)
    said = f"{what} is valid for {_days(left)}"
    return Finding(None, "certificate", said, renew) if left < warn_s else Finding(True, "certificate", said)


def of_backups(newest: float | None, now: float) -> Finding:
    advice = "Copy the data directory elsewhere regularly. See: nimbus help backup"
    if newest is None:
        return Finding(None, "backup", "there is no backup of the database in the data directory", advice)
    age = now - newest
    said = f"the newest backup in the data directory is {_days(age)} old"
    return Finding(None, "backup", said, advice) if age > BACKUP_OLD_S else Finding(True, "backup", said)


def of_mode(file: str, mode: int, *, secret: bool) -> Finding | None:
    """Of what belongs to the control plane alone; None when nothing is wrong."""
    others = mode & (0o077 if secret else 0o022)
    if not others:
        return None
    what = "can be read" if others & 0o044 else "can be written"
    return Finding(
        False,
        "permissions",
        f"{file} {what} by other users (mode {mode & 0o777:04o})",
        f"Run: chmod {'go-rwx' if secret else 'go-w'} {file}",
    )


def of_unit(properties: dict[str, str], *, is_running: bool) -> Finding:
    """`properties` as `systemctl show` prints them, of nimbus-api.service."""
    state, enabled = properties.get("ActiveState", ""), properties.get("UnitFileState", "")
    if properties.get("LoadState") == "not-found":
        return Finding(
            None,
            "service",
            "there is no systemd unit nimbus-api",
            "To start the control plane with the machine: nimbus install-service",
        )
    if state == "failed" or (state != "active" and not is_running):
        result = properties.get("Result", "")
        return Finding(
            False,
            "service",
            f"the unit nimbus-api is {state}" + (f" ({result})" if result not in ("", "success") else ""),
            "See why: journalctl -u nimbus-api -n 50. Start it: systemctl start nimbus-api",
        )
    if enabled not in ("enabled", "enabled-runtime"):
        return Finding(
            None,
            "service",
            f"the unit nimbus-api is {state}, and {enabled or 'not enabled'}: it does not start with the machine",
            "Run: systemctl enable nimbus-api",
        )
    return Finding(True, "service", f"the unit nimbus-api is {state} and {enabled}")


def _days(seconds: float) -> str:
    if seconds < DAY_S:
        hours = int(seconds // 3600)
        return f"{hours} hour{'' if hours == 1 else 's'}"
    days = int(seconds // DAY_S)
    return f"{days:,} day{'' if days == 1 else 's'}"
