"""Metrics that could not be said while the control plane was out of reach: on disk, bounded, sent later.

Nothing is synced: a power cut may cost the last samples. What was sent and not taken out yet is sent again, without
harm. A disk that fails costs samples, nothing else.
"""

from __future__ import annotations

import logging
import sqlite3

import msgspec

from agent.state.database import StateDatabase, StateUnwritable
from nimbus.protocol.messages import MetricSample

# A day of a sample every 10 s.
KEEP = 8640
BATCH = 360
_OVERHEAD_BYTES = 64
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(MetricSample)
log = logging.getLogger("nimbus.agent")


class Batch(msgspec.Struct, frozen=True):
    """The oldest samples, up to the row `through`."""

    samples: tuple[MetricSample, ...]
    through: int


class Backlog:
    """Belongs to the Trio thread. `keep`: so many of the newest."""

    def __init__(self, database: StateDatabase, *, is_empty: bool = True, keep: int = KEEP) -> None:
        self._database = database
        self._keep = keep
        self.is_empty = is_empty

    async def add(self, sample: MetricSample) -> None:
        await self._add([_encode(sample)])

    async def add_encoded(self, samples: list[bytes]) -> bool:
        """Whether they could be kept."""
        return await self._add(samples)

    async def _add(self, rows: list[bytes]) -> bool:
        def insert(connection: sqlite3.Connection) -> None:
            connection.executemany("INSERT INTO samples (sample) VALUES (?)", [(row,) for row in rows])
            connection.execute(
                "DELETE FROM samples WHERE number <= (SELECT MAX(number) FROM samples) - ?", (self._keep,)
            )

        size = sum(_OVERHEAD_BYTES + len(row) for row in rows)
        try:
            await self._database.perform(insert, size=size, spare=False)
        except StateUnwritable as error:
            log.warning("metrics cannot be kept: %s", error)
            return False
        self.is_empty = False
        return True

    async def batch(self, limit: int = BATCH) -> Batch | None:
        """None: there is nothing. Raises StateUnwritable."""

        def read(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
            return connection.execute(
                "SELECT number, sample FROM samples ORDER BY number LIMIT ?", (limit,)
            ).fetchall()

        rows = await self._database.perform(read)
        if not rows:
            self.is_empty = True
            return None
        samples = (_decoded(row[1]) for row in rows)
        return Batch(tuple(sample for sample in samples if sample is not None), rows[-1][0])

    async def arrived(self, batch: Batch) -> None:
        """It is not sent again. Raises StateUnwritable."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM samples WHERE number <= ?", (batch.through,))

        await self._database.perform(delete)


def _decoded(row: bytes) -> MetricSample | None:
    """None: what is there is no sample."""
    try:
        return _decoder.decode(row)
    except msgspec.DecodeError:
        return None


def is_backlog_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM samples LIMIT 1").fetchone() is None
