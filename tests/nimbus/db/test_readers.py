"""Reads have deadlines, and long ones do not stand before short ones."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import trio

from nimbus.db import Transaction, readers
from nimbus.db.engine import engine_of
from nimbus.db.read_deadline import ReadTooSlow
from nimbus.db.readers import PAGE_READERS, ReaderPool
from nimbus.kernel.routing import Listed
from tests.kit.database import place, store

# Counts to a thousand million: minutes.
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e9) SELECT COUNT(*) FROM n"
)


async def test_a_read_that_takes_too_long_is_ended_and_the_next_one_works(tmp_path: Path) -> None:
    async with store(tmp_path):
        pool = ReaderPool(engine_of(place(tmp_path)), 1, deadline_s=0.05)
        try:
            with trio.fail_after(60):
                for _ in range(2):
                    with pytest.raises(ReadTooSlow, match=r"did not answer within 0\.05 s") as caught:
                        await pool.run(lambda tx: tx.value(ENDLESS))
                    assert caught.value.next_step
                assert await pool.run(lambda tx: tx.value("SELECT 7")) == 7
        finally:
            pool.close()


async def test_an_error_of_the_engine_is_not_taken_for_a_late_answer(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        with pytest.raises(Exception, match=r"no such table|does not exist"):
            await database.read(lambda tx: tx.value("SELECT 1 FROM nowhere"))


async def test_lists_that_take_long_do_not_stand_before_points(tmp_path: Path) -> None:
    """Far more of them than there are readers at all."""
    many = 4 * (PAGE_READERS + readers.POINT_READERS)
    go_on = threading.Event()
    async with store(tmp_path) as database, trio.open_nursery() as nursery:
        found: list[Listed] = []

        def slow(_tx: Transaction, _wanted: object) -> tuple[list[int], int]:
            go_on.wait(60)
            return [1], 1

        async def search(number: int) -> None:
            found.append(await database.page(("nodes",), lambda _tx: number, slow))

        for number in range(many):
            nursery.start_soon(search, number)
        await trio.testing.wait_all_tasks_blocked()
        with trio.fail_after(30):
            assert await database.read(lambda tx: tx.value("SELECT 7")) == 7
        assert found == []
        go_on.set()
