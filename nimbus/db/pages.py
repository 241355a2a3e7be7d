"""Pages of lists as JSON text, kept as long as they are what the database would answer."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import msgspec

from nimbus.db.row_cache import NoRows, RowCache, Rows, RowSource
from nimbus.db.table_versions import TableVersions, Versions
from nimbus.kernel.routing import Listed

CAPACITY_BYTES = 8 * 1024 * 1024
LARGEST_BYTES = 2 * 1024 * 1024


class Sources(msgspec.Struct, frozen=True):
    """What a list is made of: `tables`, the first of which has its rows; `beside` are tables, or columns of some
    (`nodes.name`), that rows of the first show too."""

    tables: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.tables + self.beside

    def rows(self, cache: RowCache, versions: Versions) -> Rows:
        every, table = versions[:2]
        return Rows(cache, self.tables[0], table, (every, *versions[1 + len(self.tables) :]))


Key = tuple[Sources, Hashable]


class PageCache:
    """Used by all reader threads. Nothing in it is older than the last commit that was answered: an entry counts
    only while the versions of what it is made of are those that it was read at."""

    def __init__(self, versions: TableVersions) -> None:
        self._versions = versions
        self._rows = RowCache(versions)
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Versions, Listed]] = OrderedDict()
        self._bytes = 0
        # Versions begin anew with each process; tags of another must not be taken for ours.
        self._process = os.urandom(12)

    def page(
        self,
        sources: Sources,
        versions: Versions | None,
        query: Hashable,
        read: Callable[[RowSource], tuple[bytes, int]],
    ) -> Listed:
        """The page that `query` (with all that decides it) asks for: rows as a JSON array, and the total. Called
        inside a read that began after `versions` were taken."""
        if versions is None:
            return _listed(read(NoRows()))
        key = (sources, query)
        with self._lock:
            known = self._entries.get(key)
            if known is not None and known[0] == versions:
                self._entries.move_to_end(key)
                return known[1]
        rows = sources.rows(self._rows, versions)
        found = read(rows)
        if self._versions.now(sources.names) != versions:
            # Something was committed before the read began, or after: nobody knows what rows of then are worth.
            return _listed(read(NoRows()))
        rows.keep()
        listed = _listed(found, self._tag(key, versions))
        self._keep(key, versions, listed)
        return listed

    def _tag(self, key: Key, versions: Versions) -> str:
        return hashlib.sha256(self._process + repr((key, versions)).encode()).hexdigest()[:24]

    def _keep(self, key: Key, versions: Versions, listed: Listed) -> None:
        with self._lock:
            self._forget(key)
            if _size(listed) > LARGEST_BYTES:
                return
            self._entries[key] = (versions, listed)
            self._bytes += _size(listed)
            while self._bytes > CAPACITY_BYTES:
                self._forget(next(iter(self._entries)))

    def _forget(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _size(entry[1])


def _listed(found: tuple[bytes, int], tag: str = "") -> Listed:
    return Listed(msgspec.Raw(found[0]), found[1], tag)


def _size(listed: Listed) -> int:
    return len(memoryview(listed.rows))
