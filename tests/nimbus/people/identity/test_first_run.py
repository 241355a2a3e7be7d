"""The first administrator, with the token that was told on the host: once, and by nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import trio

from nimbus.db import Transaction
from nimbus.kernel.errors import Conflict, RateLimited, Unauthenticated, ValidationError
from nimbus.people.identity.first_run import SETUP_TOKEN_S, SetupRequest, issue
from nimbus.people.identity.service import Identity
from nimbus.people.identity.sessions.records import SignedIn
from tests.kit import records
from tests.nimbus.people.identity.world import AGENT, PASSWORD, World, stranger, world


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def set_up(w: World, token: str, source: str = "192.0.2.1", **fields: str) -> SignedIn:
    request = SetupRequest(**{"token": token, "username": "ada", "password": PASSWORD, **fields})  # type: ignore[arg-type]
    return await w.identity.first_run.set_up(stranger(source), request, AGENT)


async def required(w: World) -> bool:
    return await w.database.read(w.identity.first_run.is_required)


async def test_who_waits_for_the_administrator_is_called_once(tmp_path: Path) -> None:
    called: list[str] = []
    async with world(tmp_path, on_set_up=(lambda: called.append("set up"),)) as w:
        token = await w.identity.first_run.offer()
        await set_up(w, token)
        with pytest.raises(Conflict):
            await set_up(w, token, username="bob")
    assert called == ["set up"]


async def test_the_token_makes_the_administrator_once(w: World) -> None:
    token = await w.identity.first_run.offer()
    assert len(token) == 43
    assert await required(w)
    done = await set_up(w, token, email="ada@example.org")
    assert (done.user.username, done.user.email, done.user.is_admin) == ("ada", "ada@example.org", True)
    assert done.user.organization == "default"
    assert (await w.actor(done)).name == "ada"
    assert (await w.login("ada")).user.id == done.user.id
    assert not await required(w)
    assert await w.count("setup_token") == 0
    assert await w.audited("user.create") == [("system", "ada", "ok")]
    with pytest.raises(Conflict, match="has its administrator already"):
        await set_up(w, token, username="bob")
    assert await w.identity.first_run.offer() == ""
    assert await w.count("users") == 1


async def test_the_row_says_from_where(w: World) -> None:
    await set_up(w, await w.identity.first_run.offer())
    rows = await w.rows("SELECT source, request_id FROM audit_log WHERE action = 'user.create'")
    assert rows == [("192.0.2.1", "r-1")]


async def test_of_two_at_once_one_makes_it(w: World) -> None:
    token = await w.identity.first_run.offer()
    ended: list[str] = []

    async def set_up_as(username: str) -> None:
        try:
            await set_up(w, token, username=username)
            ended.append("made")
        except Conflict:
            ended.append("conflict")

    async with trio.open_nursery() as nursery:
        for username in ("ada", "bob", "cleo"):
            nursery.start_soon(set_up_as, username)
    assert sorted(ended) == ["conflict", "conflict", "made"]
    assert await w.count("users") == 1


@pytest.mark.parametrize("token", ["", "wrong", "\ud800", "x" * 43])
async def test_a_wrong_token_makes_nothing(w: World, token: str) -> None:
    await w.identity.first_run.offer()

    async def wrong() -> None:
        with pytest.raises(Unauthenticated, match="setup token is wrong"):
            await set_up(w, token)

    await w.unchanged(wrong)


async def test_without_a_token_there_is_none_to_guess(w: World) -> None:
    with pytest.raises(Unauthenticated):
        await set_up(w, "")


async def test_a_restart_makes_a_new_one(w: World) -> None:
    first = await w.identity.first_run.offer()
    second = await w.identity.first_run.offer()
    with pytest.raises(Unauthenticated):
        await set_up(w, first)
    await set_up(w, second)


async def test_it_is_good_for_a_day(w: World) -> None:
    token = await w.identity.first_run.offer()
    w.clock.advance(SETUP_TOKEN_S)
    with pytest.raises(Unauthenticated, match="expired"):
        await set_up(w, token)
    w.clock.advance(-1)
    await set_up(w, token)


async def test_a_clock_that_was_set_back_makes_none_good(w: World) -> None:
    token = await w.identity.first_run.offer()
    w.clock.advance(-3600)
    with pytest.raises(Unauthenticated):
        await set_up(w, token)


async def test_the_bootstrap_makes_it_void(w: World) -> None:
    token = await w.identity.first_run.offer()
    identity = Identity(w.clock, w.audit, records.SEALER)
    await w.database.write(lambda tx: identity.bootstrap(tx, new_key=False))
    assert await w.count("setup_token") == 0
    with pytest.raises(Conflict):
        await set_up(w, token)

    def again(tx: Transaction) -> str:
        return issue(tx, w.clock.now())

    with pytest.raises(Conflict):
        await w.database.write(again)


async def test_of_the_token_the_hash_alone_is_stored(w: World) -> None:
    token = await w.identity.first_run.offer()
    assert token not in str(await w.rows("SELECT * FROM setup_token"))
    assert token not in repr(SetupRequest(token=token, username="ada", password=PASSWORD))


async def test_a_password_that_is_refused_leaves_the_token_good(w: World) -> None:
    token = await w.identity.first_run.offer()
    for fields in ({"password": "short"}, {"username": "a b"}, {"email": "nowhere"}):
        with pytest.raises(ValidationError):
            await set_up(w, token, **fields)
    await set_up(w, token)


async def test_guessing_is_slowed_down_by_address(w: World) -> None:
    token = await w.identity.first_run.offer()
    for _ in range(51):
        with pytest.raises(Unauthenticated):
            await set_up(w, "guess")
    with pytest.raises(RateLimited):
        await set_up(w, token)
    assert (await set_up(w, token, source="192.0.2.77")).user.is_admin


def test_the_request_is_strict() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"token":"x","username":"a","password":"b","admin":true}', type=SetupRequest)
