"""A creation that is asked for twice, with kills in between."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import EVERYWHERE, Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden
from nimbus.records.idempotency.service import Idempotency, IdempotencyConflict, IdempotencyKeyReused
from tests.kit.clock import SettableClock
from tests.kit.database import store
from tests.kit.records import SEALER

U = Actor(kind="user", id="u", name="ada")


async def make(database: Database) -> None:
    """Stands for a service: it knows nothing of keys."""
    await database.write(
        lambda tx: tx.execute(
            "INSERT INTO spent_signatures (signature, expires_at) VALUES ('x' || random(), 1)"
        )
    )


async def count_made(database: Database) -> int:
    return int(await database.read(lambda tx: tx.value("SELECT COUNT(*) FROM spent_signatures")))


async def test_killed_before_the_change_it_is_made_later_after_it_never_again(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        idempotency = Idempotency(database, clock, SEALER)
        with idempotency.claiming(U, "k", "f"):
            pass
        assert await idempotency.before(U, "k", "f") is None
        with idempotency.claiming(U, "k", "f"):
            await make(database)
    # Killed here: the answer was never stored.
    async with store(tmp_path, clock=clock) as database:
        idempotency = Idempotency(database, clock, SEALER)
        with pytest.raises(IdempotencyConflict, match="carried out"):
            await idempotency.before(U, "k", "f")
        with idempotency.claiming(U, "k", "f"), pytest.raises(IdempotencyConflict):
            await make(database)
        assert await count_made(database) == 1


async def test_the_answer_is_for_whoever_asked_and_may_as_much_as_then(tmp_path: Path) -> None:
    may = Access(organizations={"o": frozenset({Permission.KEY_WRITE, Permission.KEY_READ})})
    session = Actor(kind="user", id="u", name="ada", session_id="s", access=may)
    async with store(tmp_path) as database:
        idempotency = Idempotency(database, SettableClock(), SEALER)
        with idempotency.claiming(session, "k", "f"):
            await make(database)
        await idempotency.after(session, "k", 201, b'{"secret":"x"}')
        for same in ({"session_id": "other"}, {"access": EVERYWHERE}):
            stored = await idempotency.before(msgspec.structs.replace(session, **same), "k", "f")
            assert stored is not None
            assert stored.body == b'{"secret":"x"}'
        by_key = msgspec.structs.replace(session, session_id="", key_id="key", narrowed=True)
        assert await idempotency.before(by_key, "k", "f") is None
        less = Access(organizations={"o": frozenset({Permission.KEY_WRITE})})
        with pytest.raises(Forbidden, match="less"):
            await idempotency.before(msgspec.structs.replace(session, access=less), "k", "f")


async def test_what_fails_leaves_no_claim(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        idempotency = Idempotency(database, clock, SEALER)

        def fail(tx: Transaction) -> None:
            raise Conflict("no")

        with pytest.raises(Conflict, match="no"), idempotency.claiming(U, "k", "f"):
            await database.write(fail)
        assert await idempotency.before(U, "k", "f") is None


async def test_only_the_first_write_claims_and_only_inside(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        idempotency = Idempotency(database, clock, SEALER)
        with idempotency.claiming(U, "k", "f"):
            await make(database)
            await make(database)
        await make(database)
        assert await count_made(database) == 3
        await idempotency.after(U, "k", 201, b'{"a":1}')
        stored = await idempotency.before(U, "k", "f")
        assert stored is not None
        assert (stored.status, stored.body) == (201, b'{"a":1}')
        with pytest.raises(IdempotencyKeyReused):
            await idempotency.before(U, "k", "other")
        assert await idempotency.before(msgspec.structs.replace(U, id="v"), "k", "f") is None


async def test_a_day_later_it_is_forgotten(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        idempotency = Idempotency(database, clock, SEALER)
        with idempotency.claiming(U, "k", "f"):
            await make(database)
        clock.advance(24 * 3600 + 1)
        assert await idempotency.before(U, "k", "f") is None
        with idempotency.claiming(U, "k", "f"):
            await make(database)
        clock.advance(24 * 3600 + 1)
        await idempotency.remove_expired()
        assert await database.read(lambda tx: tx.value("SELECT COUNT(*) FROM idempotency_keys")) == 0


async def test_many_at_once_make_one(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        idempotency = Idempotency(database, clock, SEALER)
        outcomes: list[str] = []

        async def make_once() -> None:
            try:
                with idempotency.claiming(U, "k", "f"):
                    await make(database)
                outcomes.append("made")
            except IdempotencyConflict:
                outcomes.append("conflict")

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(make_once)
        assert sorted(outcomes) == ["conflict"] * 19 + ["made"]
        assert await count_made(database) == 1
