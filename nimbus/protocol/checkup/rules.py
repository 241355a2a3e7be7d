"""Pure decisions of both doctors. Times are epoch seconds."""

from __future__ import annotations

from nimbus.protocol.checkup.finding import Finding

DAY_S = 86_400.0
MIB = 2**20
CERTIFICATE_ENDS_S = 7 * DAY_S
_SET_CLOCK = "Set the clock: timedatectl set-ntp true, or install chrony."


def of_certificate(
    what: str, begins: float, ends: float, now: float, *, warn_s: float, renew: str
) -> Finding:
    if now < begins:
        return Finding(False, "certificate", f"{what} is not valid yet by this machine's clock", _SET_CLOCK)
    left = ends - now
    if left <= 0:
        return Finding(False, "certificate", f"{what} expired {duration(-left)} ago", renew)
    said = f"{what} is valid for {duration(left)}"
    return Finding(None, "certificate", said, renew) if left < warn_s else Finding(True, "certificate", said)


def of_mode(file: str, mode: int, *, secret: bool) -> Finding | None:
    """Of what belongs to the program alone; None when nothing is wrong."""
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


def of_unit(name: str, what: str, properties: dict[str, str], *, is_running: bool) -> Finding:
    """`properties` as `systemctl show` prints them, of NAME.service; `what` is started by it."""
    state, enabled = properties.get("ActiveState", ""), properties.get("UnitFileState", "")
    program = "nimbus-agent" if name == "nimbus-agent" else "nimbus"
    if properties.get("LoadState") == "not-found":
        return Finding(
            None,
            "service",
            f"there is no systemd unit {name}",
            f"To start {what} with the machine: {program} install-service",
        )
    if state == "failed" or (state != "active" and not is_running):
        result = properties.get("Result", "")
        return Finding(
            False,
            "service",
            f"the unit {name} is {state}" + (f" ({result})" if result not in ("", "success") else ""),
            f"See why: journalctl -u {name} -n 50. Start it: systemctl start {name}",
        )
    if enabled not in ("enabled", "enabled-runtime"):
        return Finding(
            None,
            "service",
            f"the unit {name} is {state}, and {enabled or 'not enabled'}: it does not start with the machine",
            f"Run: systemctl enable {name}",
        )
    return Finding(True, "service", f"the unit {name} is {state} and {enabled}")


def of_clock(is_synchronized: bool | None) -> Finding:
    """None: not known. Nodes and signed requests are refused when a clock is minutes off."""
    if is_synchronized is None:
        return Finding(None, "clock", "whether the clock is synchronized is not known here")
    if is_synchronized:
        return Finding(True, "clock", "the clock is synchronized")
    return Finding(None, "clock", "the clock is not synchronized", _SET_CLOCK)


def duration(seconds: float) -> str:
    if seconds < DAY_S:
        hours = int(seconds // 3600)
        return f"{hours} hour{'' if hours == 1 else 's'}"
    days = int(seconds // DAY_S)
    return f"{days:,} day{'' if days == 1 else 's'}"
