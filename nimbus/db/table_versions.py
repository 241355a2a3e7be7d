"""Which tables have changed: what is derived from them in memory is good as long as their versions stand still."""

from __future__ import annotations

import functools
import re
import threading
from collections import Counter
from collections.abc import Collection

Versions = tuple[int, ...]
EVERY_TABLE = "*"
_WRITES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)", re.IGNORECASE)
_READS = re.compile(r"\s*(?:SELECT|PRAGMA)\b", re.IGNORECASE)


@functools.lru_cache(maxsize=2048)
def written_by(sql: str) -> str:
    """The table that a statement writes, "" for none; EVERY_TABLE where that is not plain to see. What lists are
    made of is not written by triggers or cascades, which no statement names."""
    match = _WRITES.match(sql)
    if match:
        return match[1].lower()
    return "" if _READS.match(sql) else EVERY_TABLE


class TableVersions:
    """A count for each table, raised by the writer around each commit. While a commit is under way nobody knows
    whether a read sees it: then there is no version. Used by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._committing: frozenset[str] = frozenset()

    def begin(self, tables: frozenset[str]) -> None:
        """Before a commit that has written these."""
        with self._lock:
            self._committing = tables

    def end(self) -> None:
        """After it, before anybody is told that it was."""
        with self._lock:
            self._counts.update(self._committing)
            self._committing = frozenset()

    def now(self, tables: Collection[str]) -> Versions | None:
        """Taken before a read begins, and equal after it: the read saw exactly this version of these tables."""
        with self._lock:
            underway = self._committing
            if underway and (EVERY_TABLE in underway or not underway.isdisjoint(tables)):
                return None
            return tuple(self._counts[table] for table in (EVERY_TABLE, *tables))
