"""Times as people write them in options: `2h` ago or from now, `yesterday`, a date, or RFC 3339."""

from __future__ import annotations

import datetime
import re

from nimbus.protocol.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_FORMS = "Write 30m, 2h, 7d or 2w (ago), now, today, yesterday, 2026-11-30 or 2026-11-30T12:00:00Z."


_FORMS_AHEAD = "Write 30m, 2h, 7d or 2w (from now), tomorrow, 2026-11-30 or 2026-11-30T12:00:00Z."


def moment(text: str | None, flag: str, *, now: datetime.datetime | None = None) -> str | None:
    """As RFC 3339 in UTC; None stays None. Days begin at midnight UTC, and a time without an offset is UTC. Raises
    UsageError."""
    if text is None:
        return None
    now = (now or datetime.datetime.now(datetime.UTC)).replace(microsecond=0)
    try:
        read = _read(text.strip(), now)
        # To the microsecond, as entries show their time: what was written a moment later is not left out.
        return read.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if read.microsecond else "%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:
        raise UsageError(f"{flag}: {text} is too long ago") from None
    except ValueError:
        raise UsageError(f"{flag}: {text!r} is not a time", next_step=_FORMS) from None


def moment_ahead(text: str, flag: str, *, now: datetime.datetime | None = None) -> str:
    """As `moment`, but of what ends: `2h` is from now on, and there is no yesterday. Raises UsageError."""
    now = (now or datetime.datetime.now(datetime.UTC)).replace(microsecond=0)
    try:
        read = _read(text.strip(), now, ahead=True)
    except (OverflowError, ValueError):
        raise UsageError(f"{flag}: {text!r} is not a time", next_step=_FORMS_AHEAD) from None
    if read <= now:
        raise UsageError(f"{flag}: {text} is over", next_step=_FORMS_AHEAD)
    return read.strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(text: str, now: datetime.datetime, *, ahead: bool = False) -> datetime.datetime:
    """Raises ValueError, OverflowError."""
    ago = re.fullmatch(r"(\d{1,9})([smhdw])", text, re.ASCII)
    if ago is not None:
        length = datetime.timedelta(seconds=int(ago[1]) * _UNITS[ago[2]])
        return now + length if ahead else now - length
    midnight, day = now.replace(hour=0, minute=0, second=0, microsecond=0), datetime.timedelta(days=1)
    named = {"now": now, "today": midnight, "yesterday": midnight - day, "tomorrow": midnight + day}
    if text.lower() in named:
        return named[text.lower()]
    read = datetime.datetime.fromisoformat(text)
    if read.tzinfo is None:
        return read.replace(tzinfo=datetime.UTC)
    return read.astimezone(datetime.UTC)
