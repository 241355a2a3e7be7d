"""Pages of lists as JSON text, kept as long as they are what the database would answer."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import msgspec

from nimbus.db.table_versions import TableVersions, Versions

CAPACITY_BYTES = 8 * 1024 * 1024
LARGEST_BYTES = 2 * 1024 * 1024


class Listed(msgspec.Struct, frozen=True):
    """One page: `rows` is a JSON array, `total` how many there are on all pages. Equal tags are equal rows and
    total; "": nothing is known of others."""

    rows: msgspec.Raw
    total: int
    tag: str = ""


Key = tuple[tuple[str, ...], Hashable]


class PageCache:
    """Used by all reader threads. Nothing in it is older than the last commit that was answered: an entry counts
    only while the versions of its tables are those that it was read at."""

    def __init__(self, versions: TableVersions) -> None:
        self._versions = versions
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Versions, Listed]] = OrderedDict()
        self._bytes = 0
        # Versions begin anew with each process; tags of another must not be taken for ours.
        self._process = os.urandom(12)

    def page(
        self, tables: tuple[str, ...], versions: Versions | None, query: Hashable,
        read: Callable[[], tuple[str, int]],
    ) -> Listed:  # fmt: skip
        """The page that `query` (with all that decides it) asks for: rows as a JSON array, and the total. Called
        inside a read that began after `versions` were taken."""
        key = (tables, query)
        if versions is not None:
            with self._lock:
                known = self._entries.get(key)
                if known is not None and known[0] == versions:
                    self._entries.move_to_end(key)
                    return known[1]
        text, total = read()
        rows = msgspec.Raw(text.encode())
        if versions is None or self._versions.now(tables) != versions:
            return Listed(rows, total)
        listed = Listed(rows, total, self._tag(key, versions))
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


def _size(listed: Listed) -> int:
    return len(memoryview(listed.rows))
