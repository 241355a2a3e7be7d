"""Encoded rows of lists, by id and version: a list after a change of a few rows makes those anew, and no others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from nimbus.db.table_versions import TableVersions, Versions

CAPACITY_BYTES = 8 * 1024 * 1024
LARGEST_BYTES = 64 * 1024
Make = Callable[[Sequence[str]], Mapping[str, bytes]]
"""JSON of the rows with these ids, out of the database."""


class _Kind:
    """Rows of one table. `context`: the versions of what else they show."""

    def __init__(self) -> None:
        self.context: Versions = ()
        self.rows: dict[str, tuple[int, bytes]] = {}
        self.size = 0

    def forget(self) -> None:
        self.rows.clear()
        self.size = 0


class RowCache:
    """Used by all reader threads. What a row shows is made of its table and of `context`, nothing else: neither who
    asks nor the filters. Whether somebody may see it is decided by who asks for its id."""

    def __init__(self, versions: TableVersions, capacity: int = CAPACITY_BYTES) -> None:
        self._versions = versions
        self._capacity = capacity
        self._lock = threading.Lock()
        self._kinds: dict[str, _Kind] = {}

    def known(self, table: str, context: Versions, ids: Sequence[str]) -> dict[str, bytes]:
        """Of these rows, those that have not changed since they were made."""
        with self._lock:
            kind = self._kinds.setdefault(table, _Kind())
            if kind.context != context:
                kind.forget()
                kind.context = context
            changed, since = self._versions.rows(table).state
            last, rows = changed.get, kind.rows
            return {
                row_id: entry[1]
                for row_id in ids
                if (entry := rows.get(row_id)) is not None and entry[0] >= last(row_id, since)
            }

    def keep(self, table: str, context: Versions, version: int, made: Mapping[str, bytes]) -> None:
        """Rows as they were at this version of their table."""
        with self._lock:
            kind = self._kinds.setdefault(table, _Kind())
            if kind.context != context:
                return
            for row_id, row in made.items():
                self._drop(kind, row_id)
                if len(row) <= LARGEST_BYTES:
                    kind.rows[row_id] = version, row
                    kind.size += len(row)
            while kind.size > self._capacity:
                self._drop(kind, next(iter(kind.rows)))

    @staticmethod
    def _drop(kind: _Kind, row_id: str) -> None:
        entry = kind.rows.pop(row_id, None)
        if entry is not None:
            kind.size -= len(entry[1])


class Rows:
    """What one read of a page has of the cache: rows of the versions that it began at."""

    def __init__(self, cache: RowCache, table: str, version: int, context: Versions) -> None:
        self._cache = cache
        self._table, self._version, self._context = table, version, context
        self._made: dict[str, bytes] = {}

    def array(self, ids: Sequence[str], make: Make) -> bytes:
        """The rows with these ids as a JSON array."""
        found = self._cache.known(self._table, self._context, ids)
        missing = [row_id for row_id in ids if row_id not in found]
        if missing:
            self._made = dict(make(missing))
            found |= self._made
        return b"[" + b",".join(map(found.__getitem__, ids)) + b"]"

    def keep(self) -> None:
        """The read has seen the versions that it began at: what it made is good for others too."""
        if self._made:
            self._cache.keep(self._table, self._context, self._version, self._made)


class NoRows:
    """For a read that may not use the cache."""

    def array(self, ids: Sequence[str], make: Make) -> bytes:
        found = make(ids) if ids else {}
        return b"[" + b",".join(map(found.__getitem__, ids)) + b"]"

    def keep(self) -> None:
        return


RowSource = Rows | NoRows
