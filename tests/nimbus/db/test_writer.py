"""Group commit: order, isolation, events, and what a full disk or a closing control plane does to it."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from nimbus.db import Database, Transaction
from nimbus.db.database import write_once
from nimbus.db.sqlite.connection import connect
from nimbus.kernel.errors import Conflict, StorageFull, Unavailable
from tests.kit.database import RecordingBus, place, store, writer_connection

_ADD = (
    "INSERT INTO organizations (id, name, created_at)"
    " SELECT ?, ?, COALESCE(MAX(created_at), 0) + 1 FROM organizations"
)


def add(name: str, *, event: object = None, fail: bool = False) -> Any:
    def insert(tx: Transaction) -> str:
        tx.execute(_ADD, (name, name))
        if event is not None:
            tx.emit(event)
        if fail:
            raise RuntimeError(name)
        return name

    return insert


async def names(database: Database) -> list[str]:
    return await database.read(
        lambda tx: [row["name"] for row in tx.all("SELECT name FROM organizations ORDER BY created_at, id")]
    )


def block_writer(database: Database) -> Any:
    """Keep the writer thread busy until the returned function is called: what comes meanwhile is one group."""
    held = threading.Event()
    database.submit(lambda _tx: held.wait(10), lambda _value, _error: None)
    return held.set


async def test_a_group_is_committed_in_the_order_of_submission(tmp_path: Path) -> None:
    answers: list[str] = []
    async with store(tmp_path) as database:
        release = block_writer(database)
        for number in range(20):
            database.submit(add(f"o{number}"), lambda value, _error: answers.append(value))
        release()
        await database.write(lambda tx: None)
        assert answers == [f"o{number}" for number in range(20)] == await names(database)


async def test_a_failing_closure_undoes_only_its_own_statements(tmp_path: Path) -> None:
    outcomes: list[tuple[Any, BaseException | None]] = []
    bus = RecordingBus()
    async with store(tmp_path, bus=bus) as database:
        release = block_writer(database)
        for work in (
            add("a", event="A"),
            add("b", event="B", fail=True),
            add("c", event="C"),
            add("a", event="D"),
        ):
            database.submit(work, lambda value, error: outcomes.append((value, error)))
        release()
        await database.write(lambda tx: None)
        assert await names(database) == ["a", "c"]
    assert [value for value, _ in outcomes] == ["a", None, "c", None]
    assert isinstance(outcomes[1][1], RuntimeError)
    assert isinstance(outcomes[3][1], Conflict)
    assert bus.published == ["A", "C"]


async def test_events_come_after_the_commit_and_before_the_answer(tmp_path: Path) -> None:
    seen: list[Any] = []
    bus = RecordingBus()
    async with store(tmp_path, bus=bus) as database:

        def look(_event: object) -> None:
            seen.append(
                write_once(place(tmp_path), lambda tx: tx.value("SELECT COUNT(*) FROM organizations"))
            )

        bus.subscribe(str, look)
        database.submit(add("a", event="x"), lambda value, _error: seen.append(value))
        await database.write(lambda tx: None)
    assert seen == [1, "a"]


async def test_a_subscriber_that_raises_does_not_keep_the_answers_of_others_back(tmp_path: Path) -> None:
    bus = RecordingBus()

    def broken(_event: object) -> None:
        raise RuntimeError("a bug in a subscriber")

    bus.subscribe(str, broken)
    async with store(tmp_path, bus=bus) as database:
        with trio.fail_after(5):
            assert await database.write(add("a", event="x")) == "a"
            assert await database.write(add("b")) == "b"


async def test_a_cancelled_writer_hears_of_it_after_the_commit(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        release = block_writer(database)
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(database.write, add("a"))
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
                release()
        assert await names(database) == ["a"]
        with trio.CancelScope() as scope:
            scope.cancel()
            await database.write(add("never"))
        assert await names(database) == ["a"]


async def test_readers_see_one_snapshot_and_cannot_write(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        looked, go_on = threading.Event(), threading.Event()
        counts: list[int] = []

        def count_twice(tx: Transaction) -> None:
            counts.append(tx.value("SELECT COUNT(*) FROM organizations"))
            looked.set()
            go_on.wait(10)
            counts.append(tx.value("SELECT COUNT(*) FROM organizations"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(database.read, count_twice)
            await trio.to_thread.run_sync(looked.wait)
            await database.write(add("a"))
            go_on.set()
        assert counts == [0, 0]
        with pytest.raises(Exception, match=r"readonly|only reads"):
            await database.read(add("b"))
        assert await names(database) == ["a"]


@pytest.mark.sqlite
async def test_close_finishes_what_was_submitted_and_empties_the_log(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        release = block_writer(database)
        for number in range(1200):
            database.submit(add(f"o{number}"), lambda _value, _error: None)
        release()
    assert not (tmp_path / "nimbus.db-wal").exists() or (tmp_path / "nimbus.db-wal").stat().st_size == 0
    with pytest.raises(Unavailable):
        database.submit(add("late"), lambda _value, _error: None)
    connection = connect(tmp_path / "nimbus.db")
    assert connection.execute("SELECT COUNT(*) FROM organizations").fetchone()[0] == 1200
    connection.close()


@pytest.mark.sqlite
async def test_a_full_database_is_storage_full_and_works_again_afterwards(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        connection = writer_connection(database)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

        def large(tx: Transaction) -> None:
            for number in range(64):
                tx.execute(_ADD, (f"{number}-" + "x" * 2000, f"n{number}"))

        await database.write(add("before"))
        with pytest.raises(StorageFull):
            await database.write(large)
        assert await names(database) == ["before"]
        connection.execute("PRAGMA max_page_count = 1000000")
        await database.write(large)
        assert len(await names(database)) == 65


@pytest.mark.sqlite
async def test_a_full_database_fails_nobody_who_was_told_otherwise(tmp_path: Path) -> None:
    """Whoever was answered is stored, whoever was refused is not, in any mix of one group."""
    told: list[str] = []
    async with store(tmp_path) as database:
        connection = writer_connection(database)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 6}")
        release = block_writer(database)
        for number in range(30):
            name = f"{number:02}-" + "y" * 1500
            database.submit(add(name), lambda value, error: told.append(value) if error is None else None)
        release()
        with contextlib.suppress(StorageFull):
            await database.write(lambda tx: None)
        assert set(told) == set(await names(database))


async def test_a_writer_that_dies_is_noticed_and_leaves_nobody_waiting(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        database.check()

        def die() -> None:
            raise MemoryError("no room for a savepoint")

        # What ends the thread itself, not one change.
        database._writer._session.roll_back = die  # type: ignore[method-assign]
        release = block_writer(database)
        database._writer._before_commit = lambda _tx, _events: [1 / 0]
        outcomes: list[BaseException | None] = []
        database.submit(add("a", event="x"), lambda _value, error: outcomes.append(error))
        release()
        with trio.fail_after(20), pytest.raises(Unavailable, match="has died"):
            await database.watch()
        with trio.fail_after(20), pytest.raises(Unavailable):
            await database.write(add("b"))
        with pytest.raises(Unavailable):
            database.check()


async def test_a_writer_that_is_stuck_is_noticed_and_does_not_keep_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that does not answer."""
    held = threading.Event()
    try:
        with trio.fail_after(30):
            async with store(tmp_path) as database:
                monkeypatch.setattr("nimbus.db.writer.STUCK_S", 0.05)
                database.submit(lambda _tx: held.wait(60), lambda _value, _error: None)
                with pytest.raises(Unavailable, match=r"has not (taken|answered) a change"):
                    await database.watch()
    finally:
        held.set()


@pytest.mark.sqlite
async def test_the_log_is_moved_into_the_database_by_the_writer_alone(tmp_path: Path) -> None:
    """While a reader holds an old snapshot, and after it has let go."""
    log = tmp_path / "nimbus.db-wal"
    large = "x" * 20_000
    async with store(tmp_path) as database:

        async def write_much(first: int) -> None:
            for number in range(first, first + 200):
                await database.write(add(f"{number}-{large}"))

        await write_much(0)
        once = log.stat().st_size
        await write_much(1000)
        await write_much(2000)
        assert log.stat().st_size < 2 * once, "what was moved is used again"
        other = connect(tmp_path / "nimbus.db")
        try:
            assert other.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 0
            assert other.execute("PRAGMA journal_size_limit").fetchone()[0] == 64 * 1024 * 1024
        finally:
            other.close()
