"""Signed requests: who is recognised, and everything that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.db import Database, Transaction
from nimbus.db.database import write_once
from nimbus.kernel.access import EVERYWHERE, Actor
from nimbus.kernel.credentials import Presented
from nimbus.kernel.errors import Conflict, Unauthenticated
from nimbus.people.identity.service import Identity
from nimbus.people.keys.making import first_key
from nimbus.people.keys.recognition import KeyRecognition
from nimbus.people.keys.records import NewKey
from nimbus.people.keys.rules import check_timestamp
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.grants import Grants
from nimbus.protocol.signing import sign, signature_matches
from nimbus.records.audit.service import AuditLog
from tests.kit.clock import SettableClock
from tests.kit.database import place, store
from tests.kit.records import SEALER


class Door:
    def __init__(self, database: Database, clock: SettableClock, pair: NewKey) -> None:
        self.clock, self.pair = clock, pair
        self.recognition = KeyRecognition(database, clock, SEALER, Grants(Organizations(clock), clock))

    def signed(
        self, *, off: int = 0, target: str = "/x", body: bytes = b"", **changes: Any
    ) -> dict[str, Any]:
        timestamp = str(self.clock.now() // 1_000_000 + off)
        assert self.pair.secret_key is not None
        return {
            "access_key": self.pair.access_key,
            "timestamp": timestamp,
            "signature": sign(self.pair.secret_key, "GET", target, timestamp, body),
            "method": "GET",
            "target": target,
            "body": body,
            "source": "192.0.2.1",
            "request_id": "r",
            **changes,
        }

    async def try_(self, request: dict[str, Any]) -> Actor:
        actor = await self.recognition.recognise(Presented(**request))
        assert actor is not None
        return actor


def bootstrapped(tx: Transaction, clock: SettableClock, *, new_key: bool = True) -> NewKey:
    audit = AuditLog(clock, SEALER)
    user = Identity(clock, audit, SEALER).bootstrap(tx, new_key=new_key)
    return first_key(tx, audit, SEALER, clock.now(), user.id)


async def make_door(folder: Path, database: Database, clock: SettableClock) -> Door:
    pair = await database.write(lambda tx: bootstrapped(tx, clock))
    door = Door(database, clock, pair)
    await door.recognition.load()
    return door


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        " ",
        "1.5",
        "-1",
        "+1700000000",
        "1e9",
        "soon",
        "١٧٠٠٠٠٠٠٠٠",
        "1700000000 ",
        "²",
        "9" * 13,
        "0x10",
        "1_0",
        "\x00",
    ],
)
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    with pytest.raises(Unauthenticated, match="whole seconds"):
        check_timestamp(timestamp, 1_700_000_000)


@pytest.mark.parametrize(
    ("off", "accepted"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_the_edges_of_the_window(off: int, accepted: bool) -> None:
    now = 1_700_000_000
    if accepted:
        assert check_timestamp(str(now + off), now) == now + off
    else:
        with pytest.raises(Unauthenticated, match="ahead of" if off > 0 else "behind"):
            check_timestamp(str(now + off), now)
    with pytest.raises(Unauthenticated):
        check_timestamp("9" * 12, now)


async def test_a_right_signature_makes_an_actor(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        actor = await door.try_(door.signed())
        assert (actor.kind, actor.name, actor.source) == ("user", "admin", "192.0.2.1")
        assert actor.access == EVERYWHERE


@pytest.mark.parametrize(
    "change",
    [
        {"access_key": "NK000"},
        {"signature": ""},
        {"signature": "0" * 64},
        {"method": "PUT"},
        {"target": "/y"},
        {"target": "/x?"},
        {"body": b"x"},
        {"access_key": "é"},
        {"signature": "é\udc80"},
    ],
)
async def test_everything_that_is_wrong_is_refused_in_the_same_words(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        with pytest.raises(Unauthenticated) as caught:
            await door.try_({**door.signed(), **change})
        assert caught.value.message == "the access key or the signature is wrong"


async def test_an_unknown_key_is_computed_like_a_known_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = signature_matches
    monkeypatch.setattr(
        "nimbus.people.keys.recognition.signature_matches",
        lambda *a: calls.append("computed") or real(*a),  # type: ignore[func-returns-value]
    )
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        for key in (door.pair.access_key, "unknown"):
            with pytest.raises(Unauthenticated):
                await door.try_(door.signed(access_key=key, signature="0" * 64))
    assert calls == ["computed", "computed"]


async def test_a_signature_is_accepted_once_also_after_a_restart(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        request = door.signed()
        await door.try_(request)
        with pytest.raises(Unauthenticated, match="used before"):
            await door.try_(request)
        pair = door.pair
    async with store(tmp_path, clock=clock) as database:
        again = Door(database, clock, pair)
        await again.recognition.load()
        with pytest.raises(Unauthenticated, match="used before"):
            await again.try_(request)
        await again.try_(again.signed(target="/other"))


async def test_of_two_equal_ones_at_once_one_is_accepted(tmp_path: Path) -> None:
    clock = SettableClock()
    outcomes: list[bool] = []
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        request = door.signed()

        async def use_once() -> None:
            try:
                await door.try_(request)
                outcomes.append(True)
            except Unauthenticated:
                outcomes.append(False)

        async with trio.open_nursery() as nursery:
            for _ in range(12):
                nursery.start_soon(use_once)
    assert sorted(outcomes) == [False] * 11 + [True]


async def test_a_spent_signature_is_remembered_for_as_long_as_it_could_be_used(tmp_path: Path) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        request = door.signed(off=300)
        await door.try_(request)
        for _ in range(6):
            clock.advance(100)
            await door.recognition.remove_expired()
            with pytest.raises(Unauthenticated):
                await door.try_(request)
        clock.advance(700)
        await door.recognition.remove_expired()
        assert await database.read(lambda tx: tx.value("SELECT COUNT(*) FROM spent_signatures")) == 0
        with pytest.raises(Unauthenticated, match="behind"):
            await door.try_(request)


@pytest.mark.parametrize("sql", ["UPDATE keys SET revoked_at = 1", "UPDATE users SET disabled_at = 1"])
async def test_a_revoked_key_and_a_disabled_user_are_unknown(tmp_path: Path, sql: str) -> None:
    clock = SettableClock()
    async with store(tmp_path, clock=clock) as database:
        door = await make_door(tmp_path, database, clock)
        await database.write(lambda tx: tx.execute(sql))
        with pytest.raises(Unauthenticated, match="is wrong"):
            await door.try_(door.signed())


def everything(tx: Transaction) -> str:
    """Whatever is stored of people, keys and what was done with them."""
    tables = ("users", "keys", "audit_log", "audit_keys", "master_keys", "events", "role_bindings")
    return "\n".join(str(tuple(row)) for table in tables for row in tx.all(f"SELECT * FROM {table}"))


async def test_the_administrator_is_made_once_also_while_the_control_plane_runs(tmp_path: Path) -> None:
    clock = SettableClock()
    identity = Identity(clock, AuditLog(clock, SEALER), SEALER)
    path = place(tmp_path)
    async with store(tmp_path, clock=clock) as database:
        assert not await database.read(identity.has_administrator)
        first = await trio.to_thread.run_sync(
            write_once, path, lambda tx: bootstrapped(tx, clock, new_key=False)
        )
        assert await database.read(identity.has_administrator)
        with pytest.raises(Conflict) as caught:
            await trio.to_thread.run_sync(write_once, path, lambda tx: bootstrapped(tx, clock, new_key=False))
        assert "--new-key" in caught.value.next_step
        second = await trio.to_thread.run_sync(
            write_once, path, lambda tx: bootstrapped(tx, clock, new_key=True)
        )
        for pair in (first, second):
            door = Door(database, clock, pair)
            assert (await door.try_(door.signed())).name == "admin"
    dump = write_once(path, everything)
    assert first.secret_key is not None
    assert first.secret_key not in dump
    assert first.access_key in dump
    assert first.secret_key not in repr(first)
    assert dump.count("key.create") == 2
