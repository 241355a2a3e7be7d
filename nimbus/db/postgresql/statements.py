"""Statements as PostgreSQL's driver wants them: `%s` for `?`."""

from __future__ import annotations

import re
from functools import lru_cache

# A quoted text or name as a whole, or one of the two marks.
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\?|%")


def _translated(token: re.Match[str]) -> str:
    return "%s" if token[0] == "?" else token[0].replace("%", "%%")


@lru_cache(maxsize=4096)
def with_percent_marks(sql: str) -> bytes:
    """Question marks that stand outside of quotes are placeholders; a percent sign stays what it is."""
    return _TOKEN.sub(_translated, sql).encode()
