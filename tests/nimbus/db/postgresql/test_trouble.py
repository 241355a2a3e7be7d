"""The server goes away, fills up, kills, only reads, and comes back, while a control plane writes."""

from __future__ import annotations

import contextlib
import pwd
import random
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trio

from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.db.engine import engine_of
from nimbus.db.postgresql import sessions
from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.sessions import PostgresqlWriteSession
from nimbus.kernel.errors import StorageFull, Unavailable
from nimbus.kernel.events import EventBus
from tests.kit.clock import SettableClock
from tests.kit.polling import eventually_so
from tests.kit.postgresql import Server

_ADD = "INSERT INTO organizations (id, name, created_at) VALUES (?, ?, 0)"


def add(name: str) -> Any:
    def insert(tx: Transaction) -> str:
        tx.execute(_ADD, (name, name))
        return name

    return insert


async def names(database: Database) -> list[str]:
    return await database.read(
        lambda tx: [row["name"] for row in tx.all("SELECT name FROM organizations ORDER BY created_at, name")]
    )


@contextlib.asynccontextmanager
async def store(url: str) -> AsyncIterator[Database]:
    async with open_database(url, EventBus(), SettableClock()) as database:
        yield database


async def works_again(database: Database, name: str) -> None:
    async def write() -> bool:
        try:
            await database.write(add(name))
        except Unavailable:
            return False
        return True

    async def read() -> bool:
        try:
            return name in await names(database)
        except Unavailable:
            return False

    await eventually_so(write, "a change after the server is back", 30)
    await eventually_so(read, "a read after the server is back", 30)


async def test_a_server_that_goes_away_and_comes_back(server: Server, url: str) -> None:
    async with store(url) as database:
        await database.write(add("before"))
        assert await names(database) == ["before"]
        await trio.to_thread.run_sync(server.stop)
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                await database.write(add("meanwhile"))
            assert caught.value.next_step
            with pytest.raises(Unavailable):
                await names(database)
            with pytest.raises(Unavailable):
                await database.page(
                    ("organizations",), lambda tx: tx.value("SELECT 1"), lambda _tx, _q: ([], 0)
                )
        database.check()
        await trio.to_thread.run_sync(server.start)
        await works_again(database, "after")
        assert await names(database) == ["after", "before"]


async def test_a_server_that_is_killed_under_many_writers_loses_nothing_that_was_answered(
    server: Server, url: str
) -> None:
    told: set[str] = set()
    refused: set[str] = set()
    stop = trio.Event()
    async with store(url) as database:

        async def write_on(who: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                name = f"{who}-{number}"
                try:
                    told.add(await database.write(add(name)))
                except Unavailable:
                    refused.add(name)
                    await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            for who in range(6):
                nursery.start_soon(write_on, who)
            for _ in range(3):
                known = len(told)

                async def went_on(known: int = known) -> bool:
                    return len(told) > known + 40

                await eventually_so(went_on, "changes", 60)
                await trio.to_thread.run_sync(lambda: server.stop(how=signal.SIGQUIT))
                await trio.to_thread.run_sync(server.start)
            stop.set()
        await works_again(database, "end")
        stored = set(await names(database)) - {"end"}
    assert stored == told
    assert refused.isdisjoint(stored)
    assert refused


async def test_a_connection_that_is_ended_by_the_server_is_made_anew(server: Server, url: str) -> None:
    name = url.split("@/")[1].split("?")[0]
    kill = f"SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
    async with store(url) as database:
        await database.write(add("a"))
        await names(database)
        await trio.to_thread.run_sync(lambda: server.execute(kill))
        # At rest nobody notices.
        await database.write(add("b"))
        assert await names(database) == ["a", "b"]

        def dying(tx: Transaction) -> None:
            tx.execute(_ADD, ("c", "c"))
            server.execute(kill)
            tx.execute(_ADD, ("d", "d"))

        with pytest.raises(Unavailable, match="nothing was changed"):
            await database.write(dying)
        await database.write(add("e"))
        assert await names(database) == ["a", "b", "e"]


class Cut:
    """A connection that ends at a commit: before the server has it, or after."""

    def __init__(self, real: psycopg.Connection[Any], *, committed: bool) -> None:
        self._real, self._committed = real, committed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, sql: bytes, *arguments: Any) -> Any:
        if not sql.endswith(b"COMMIT"):
            return self._real.execute(sql, *arguments)
        if self._committed:
            self._real.execute(sql)
        self._real.close()
        raise psycopg.OperationalError("the connection was cut")


@pytest.mark.parametrize("committed", [True, False])
async def test_nobody_is_told_of_a_commit_before_the_server_says_what_became_of_it(
    url: str, committed: bool
) -> None:
    async with store(url) as database:
        await database.write(add("a"))
        session = database._writer._session
        assert isinstance(session, PostgresqlWriteSession)
        real = session._connector.connected()
        session._connector._connection = Cut(real, committed=committed)  # type: ignore[assignment]
        if committed:
            assert await database.write(add("b")) == "b"
        else:
            with pytest.raises(Unavailable, match="nothing was changed"):
                await database.write(add("b"))
        assert await names(database) == (["a", "b"] if committed else ["a"])


async def test_an_error_that_a_change_swallows_fails_that_change_alone(url: str) -> None:
    async with store(url) as database:
        await database.write(add("a"))

        def careless(tx: Transaction) -> str:
            with contextlib.suppress(Exception):
                tx.execute(_ADD, ("a", "a"))
            return "done"

        outcomes: list[tuple[Any, BaseException | None]] = []
        for work in (add("b"), careless, add("c")):
            database.submit(work, lambda value, error: outcomes.append((value, error)))
        await database.write(lambda _tx: None)
        assert [value for value, _ in outcomes] == ["b", None, "c"]
        assert outcomes[1][1] is not None
        assert await names(database) == ["a", "b", "c"]


async def test_a_database_that_becomes_read_only(server: Server, url: str) -> None:
    name = url.split("@/")[1].split("?")[0]
    async with store(url) as database:
        await database.write(add("a"))

        def only_read(state: str) -> None:
            server.execute(f"ALTER SYSTEM SET default_transaction_read_only = {state}")
            server.execute("SELECT pg_reload_conf()")

        def settled(state: str) -> bool:
            return server.execute("SHOW default_transaction_read_only", database=name) == [(state,)]

        await trio.to_thread.run_sync(only_read, "on")
        await eventually_so(lambda: trio.to_thread.run_sync(settled, "on"), "the setting", 20)
        with pytest.raises(Unavailable, match="only reads"):
            await database.write(add("b"))
        assert await names(database) == ["a"]
        await trio.to_thread.run_sync(server.stop)
        (server.data / "postgresql.auto.conf").write_text("", "utf-8")
        await trio.to_thread.run_sync(server.start)
        await works_again(database, "c")


@pytest.fixture
def small_disk(server: Server, tmp_path: Path) -> Iterator[str]:
    """A tablespace of 24 MiB."""
    server.ensure_running()
    folder = server.folder / "small"
    folder.mkdir()
    owner = pwd.getpwnam("postgres").pw_uid
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=24m,uid={owner}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        server.execute("CREATE DATABASE crowded TEMPLATE template0 TABLESPACE small")
        yield server.url("crowded")
        server.execute("DROP DATABASE crowded WITH (FORCE)")
        server.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


async def test_a_full_disk_of_the_server(small_disk: str) -> None:
    sql = "INSERT INTO organizations (id, name, labels, created_at) VALUES (?, ?, ?, 0)"

    def large(tx: Transaction) -> None:
        for number in range(20_000):
            tx.execute(sql, (str(number), str(number), "".join(dice.choices("abcdefghij", k=1500))))

    dice = random.Random(1)
    async with store(small_disk) as database:
        await database.write(add("before"))
        with pytest.raises(StorageFull, match="disk of the database server is full"):
            await database.write(large)
        assert await names(database) == ["before"]
        await database.write(add("after"))


async def test_who_holds_what_a_change_needs_fails_that_change_alone(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody with psql who has gone to lunch."""
    monkeypatch.setattr(sessions, "LOCK_TIMEOUT_S", 0.3)
    async with store(url) as database:
        await database.write(add("a"))
        rename = "UPDATE organizations SET description = 'new' WHERE id = 'a'"
        with psycopg.connect(url) as by_hand:
            by_hand.execute("UPDATE organizations SET description = 'by hand' WHERE id = 'a'")
            with pytest.raises(Unavailable, match="in the way"):
                await database.write(lambda tx: tx.execute(rename))
        assert await database.write(lambda tx: tx.execute(rename)) == 1
        database.check()


async def test_one_writer_at_a_time_over_all_processes(url: str) -> None:
    """Each reads and writes what it has read, as under SQLite's one lock: nothing is lost."""
    engine_of(url).migrate(SettableClock())

    def raise_by_one(tx: Transaction) -> None:
        newest = tx.value("SELECT newest FROM event_cursor WHERE id = 1")
        tx.execute("UPDATE event_cursor SET newest = ? WHERE id = 1", (newest + 1,))

    async with store(url) as first, store(url) as second, trio.open_nursery() as nursery:
        for database in (first, second) * 60:
            nursery.start_soon(database.write, raise_by_one)
    async with store(url) as database:
        assert await database.read(lambda tx: tx.value("SELECT newest FROM event_cursor WHERE id = 1")) == 120


async def test_a_writer_that_hangs_loses_its_turn(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_of(url).migrate(SettableClock())
    monkeypatch.setattr(sessions, "IDLE_TIMEOUT_S", 0.2)
    hanging = PostgresqlWriteSession(Address(url))
    hanging.begin()
    async with store(url) as database:
        with trio.fail_after(20):
            await database.write(add("a"))
    with pytest.raises(psycopg.Error) as caught:
        hanging.commit()
    assert "nothing was changed" in str(hanging.in_words(caught.value))
    hanging.close()
