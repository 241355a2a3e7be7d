"""Which tables have changed: what is derived from them in memory is good as long as their versions stand still.

`tasks` stands for all of a table, `nodes.name` for one column in the rows that were there before.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping

from nimbus.db.statements import EVERY_TABLE, NO_CHANGES, Change

Versions = tuple[int, ...]
# Of more rows than this nobody remembers when each was changed.
REMEMBERED_ROWS = 20_000


class TableVersions:
    """A count for each table, raised by the writer around each commit. While a commit is under way nobody knows
    whether a read sees it: then there is no version. Used by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._committing: Mapping[str, Change] = NO_CHANGES
        self._changed: dict[str, RowVersions] = {}

    def begin(self, changes: Mapping[str, Change]) -> None:
        """Before a commit that has written these."""
        with self._lock:
            self._committing = changes

    def end(self) -> None:
        """After it, before anybody is told that it was."""
        with self._lock:
            for table, change in self._committing.items():
                self._counts[table] += 1
                columns = (EVERY_TABLE,) if change.columns is None else change.columns
                self._counts.update(f"{table}.{column}" for column in columns)
                if table in self._changed:
                    self._changed[table].changed(self._counts[table], change.rows)
            self._committing = NO_CHANGES

    def now(self, names: Collection[str]) -> Versions | None:
        """Taken before a read begins, and equal after it: the read saw exactly this version of these tables (or of
        these columns)."""
        with self._lock:
            if self._committing and any(map(self._is_moving, (EVERY_TABLE, *names))):
                return None
            return tuple(map(self._count, (EVERY_TABLE, *names)))

    def _is_moving(self, name: str) -> bool:
        table, _, column = name.partition(".")
        change = self._committing.get(table)
        return change is not None and (not column or change.columns is None or column in change.columns)

    def _count(self, name: str) -> int:
        table, dot, _ = name.partition(".")
        return self._counts[name] + (self._counts[f"{table}.{EVERY_TABLE}"] if dot else 0)

    def rows(self, table: str) -> RowVersions:
        """Followed from the first time on that somebody asks."""
        with self._lock:
            if table not in self._changed:
                self._changed[table] = RowVersions(self._counts[table])
            return self._changed[table]


class RowVersions:
    """At which version of its table each row was changed last; written by the writer, read by anybody."""

    __slots__ = ("_state",)

    def __init__(self, since: int) -> None:
        # Replaced together: a reader has both or neither.
        self._state: tuple[dict[object, int], int] = {}, since

    def changed(self, version: int, rows: set[object] | None) -> None:
        known, _ = self._state
        if rows is None or len(known) + len(rows) > REMEMBERED_ROWS:
            self._state = {}, version
        else:
            known.update(dict.fromkeys(rows, version))

    @property
    def state(self) -> tuple[dict[object, int], int]:
        """Versions by row, and the one at which all others may have changed."""
        return self._state
