"""Files that options name."""

from __future__ import annotations

import sys
from pathlib import Path

from nimbus.protocol.errors import UsageError


def text_of(file: str) -> str:
    """Of a file, or of standard input for `-`. Raises UsageError."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{file} cannot be read: {reason}") from None
