"""The database may be an older copy: noticed at the start by what lies beside it, later by what nodes can show."""

from __future__ import annotations

import logging

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.db.generation import (
    Generation,
    Watermark,
    begin_generation,
    ensure_generation,
    is_behind,
    is_empty,
    watermark,
)
from nimbus.db.migration import DatabaseUnusable
from nimbus.http.served_generation import ServedGeneration
from nimbus.protocol.errors import NimbusError
from nimbus.settings.data_directory import DataDirectory
from nimbus.trust.pki.authority import Authority
from nimbus.trust.pki.generation_proof import prove, proven_number

log = logging.getLogger("nimbus.appliance")


class DatabaseOutdated(NimbusError):
    code = "DATABASE_OUTDATED"


def reached_before(directory: DataDirectory) -> Watermark | None:
    """How far the database of this directory had come, as far as is known beside it."""
    encoded = directory.read_watermark()
    try:
        return None if encoded is None else msgspec.json.decode(encoded, type=Watermark)
    except msgspec.DecodeError:
        return None


async def settle_generation(database: Database, directory: DataDirectory) -> Generation:
    """The generation to serve: a new one when the file was put back by hand since the last time."""
    reached = reached_before(directory)

    def settle(tx: Transaction) -> tuple[Generation, bool]:
        if reached is not None and is_empty(tx):
            raise DatabaseUnusable(
                f"{database.place} is empty, and a control plane has been served from {directory.root} before",
                next_step="Mount the disk that it is on, or put a backup there: nimbus restore FILE. To begin with"
                f" nothing, delete {directory.watermark}.",
            )
        present = ensure_generation(tx)
        own = watermark(tx)
        if reached is None or own is None or not is_behind(own, reached):
            return present, False
        return begin_generation(tx, reached.number + 1), True

    generation, was_behind = await database.write(settle)
    if was_behind:
        log.warning(
            "the database is an older copy of what was served here before: generation %d begins, and nodes ask for"
            " everything again",
            generation.number,
        )
    await note_watermark(database, directory)
    return generation


async def note_watermark(database: Database, directory: DataDirectory) -> None:
    mark = await database.read(watermark)
    if mark is not None:
        await trio.to_thread.run_sync(directory.note_watermark, msgspec.json.encode(mark))


class NewerKnown:
    """Waits for a node that can show a higher generation than the one that is served."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._newer = 0
        self._noticed = trio.Event()

    def notice(self, number: int) -> None:
        self._newer = number
        self._noticed.set()

    async def wait(self) -> None:
        """Raises DatabaseOutdated."""
        await self._noticed.wait()
        raise DatabaseOutdated(
            f"this control plane serves an older copy of its database: generation {self._generation.number},"
            f" and its nodes have been told of {self._newer}",
            next_step="Start the newer one. If it is lost: nimbus restore FILE --generation"
            f" {self._newer}, with this copy or a better one.",
        )

    def served(self, authority: Authority) -> ServedGeneration:
        lineage, number = self._generation.lineage, self._generation.number
        return ServedGeneration(
            number,
            prove(authority, lineage, number),
            lambda proof: proven_number(authority, lineage, proof),
            self.notice,
        )
