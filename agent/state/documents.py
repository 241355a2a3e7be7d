"""Desired state in the file: of each section its revision, its checksum, and its documents by key."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from agent.state.database import StateDatabase

_OVERHEAD_BYTES = 128


class Section(msgspec.Struct):
    """One section as stored."""

    revision: int
    checksum: str
    documents: dict[str, bytes]


class SectionFile:
    """Where one section is kept. Belongs to the Trio thread."""

    def __init__(self, database: StateDatabase, name: str) -> None:
        self._database = database
        self._name = name

    async def save(
        self,
        revision: int,
        checksum: str,
        documents: Mapping[str, bytes | None],
        *,
        whole: bool,
        durable: bool,
    ) -> None:
        """These documents (None: there is none any more); `whole`: and no others. Raises StateUnwritable, with
        nothing written."""
        name = self._name

        def write(connection: sqlite3.Connection) -> None:
            if whole:
                connection.execute("DELETE FROM documents WHERE section = ?", (name,))
            gone = [(name, key) for key, document in documents.items() if document is None]
            there = [(name, key, document) for key, document in documents.items() if document is not None]
            connection.executemany("DELETE FROM documents WHERE section = ? AND key = ?", gone)
            connection.executemany(
                "INSERT INTO documents (section, key, document) VALUES (?, ?, ?)"
                " ON CONFLICT (section, key) DO UPDATE SET document = excluded.document",
                there,
            )
            connection.execute(
                "INSERT INTO sections (name, revision, checksum) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET revision = excluded.revision, checksum = excluded.checksum",
                (name, revision, checksum),
            )

        size = sum(_OVERHEAD_BYTES + len(document or b"") for document in documents.values())
        # What takes documents away must go through: it may use the reserve, and needs next to nothing of it.
        only_removals = not whole and all(document is None for document in documents.values())
        await self._database.perform(write, durable=durable, size=size, spare=only_removals)


def load_section(connection: sqlite3.Connection, name: str) -> Section | None:
    row = connection.execute("SELECT revision, checksum FROM sections WHERE name = ?", (name,)).fetchone()
    if row is None:
        return None
    documents = connection.execute("SELECT key, document FROM documents WHERE section = ?", (name,))
    return Section(row[0], row[1], dict(documents.fetchall()))
