"""Pages of lists as JSON text, kept as long as they are what the database would answer."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import msgspec

from nimbus.db.port import Versions
from nimbus.db.transaction import Transaction
from nimbus.kernel.routing import Listed

CAPACITY_BYTES = 8 * 1024 * 1024
LARGEST_BYTES = 2 * 1024 * 1024
Key = tuple[tuple[str, ...], Hashable]
Rows = tuple[Sequence[Any], int]
"""The rows of a page, of a type of the API, and how many there are on all pages."""


class PageCache:
    """Used by all reader threads. An entry counts only while the tables that it was made of have the versions that
    they had then, by the word of the database: in the snapshot of the read that asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Versions, Listed]] = OrderedDict()
        self._bytes = 0
        # A restored database counts its versions anew: tags of another process must not be taken for ours.
        self._process = os.urandom(12)

    def page(
        self, tx: Transaction, tables: tuple[str, ...], query: Hashable, read: Callable[[], Rows]
    ) -> Listed:
        """The page that `query` (with all that decides it) asks for, of these tables and of nothing else that
        changes."""
        key, versions = (tables, query), tx.table_versions(tables)
        with self._lock:
            known = self._entries.get(key)
            if known is not None and known[0] == versions:
                self._entries.move_to_end(key)
                return known[1]
        rows, total = read()
        listed = Listed(msgspec.Raw(msgspec.json.encode(rows)), total, self._tag(key, versions))
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
