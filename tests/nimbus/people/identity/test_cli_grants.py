"""A one-time code from a browser's session to a command line's: once, soon, for whoever began."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trio

from nimbus.kernel.access import Actor
from nimbus.kernel.errors import Forbidden, RateLimited, Unauthenticated, ValidationError
from nimbus.kernel.routing import Target
from nimbus.people.identity.cli_grants import CODE_S, CliExchangeRequest, CliGrantRequest
from nimbus.people.identity.proof_key import challenge_of
from nimbus.people.identity.records import PasswordRequest, UserPatch
from nimbus.people.identity.sessions.records import SessionQuery, SignedIn
from tests.nimbus.people.identity.world import ADMIN, PASSWORD, World, stranger, world

VERIFIER = secrets.token_urlsafe(48)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        await made.add()
        yield made


async def browser(w: World) -> Actor:
    return await w.actor(await w.login())


async def granted(w: World, actor: Actor, state: str = "s") -> str:
    request = CliGrantRequest(challenge_of(VERIFIER), 1234, state)
    grant = await w.identity.cli_grants.issue(actor, request)
    parts = urlsplit(grant.redirect)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "127.0.0.1:1234", "/callback")
    query = parse_qs(parts.query, keep_blank_values=True)
    assert query["state"] == [state]
    assert query["code"][0] not in repr(grant)
    return query["code"][0]


async def exchange(w: World, code: str, verifier: str = VERIFIER, source: str = "192.0.2.1") -> SignedIn:
    request = CliExchangeRequest(code, verifier)
    return await w.identity.cli_grants.exchange(stranger(source), request, "nimbus/1")


async def test_the_command_line_has_a_session_of_its_own(w: World) -> None:
    actor = await browser(w)
    done = await exchange(w, await granted(w, actor))
    assert done.session_id != actor.session_id
    own = await w.actor(done)
    assert (own.name, own.user_id) == ("ada", actor.user_id)
    assert await w.audited("session.grant") == [("ada", "ada", "ok")]
    assert len(await w.audited("session.create")) == 2
    # It ends with the one that it came of.
    further = await exchange(w, await granted(w, await w.actor(done)))
    await w.identity.sessions.revoke(actor, Target(actor.session_id), w.identity.users.may_end_sessions)
    for ended in (done, further):
        with pytest.raises(Unauthenticated):
            await w.actor(ended)
        with pytest.raises(Unauthenticated):
            await w.identity.sessions.refresh(stranger(), str(ended.refresh_token))


async def test_it_is_no_newer_sign_in_than_the_one_that_it_came_of(w: World) -> None:
    actor = await browser(w)
    w.clock.advance(1000)
    own = await w.actor(await exchange(w, await granted(w, actor)))
    with pytest.raises(Forbidden, match="15 minutes"):
        await w.identity.factors.enrol(own)
    further = await w.actor(await exchange(w, await granted(w, own)))
    with pytest.raises(Forbidden, match="15 minutes"):
        await w.identity.factors.enrol(further)
    fresh = await browser(w)
    await w.identity.factors.enrol(await w.actor(await exchange(w, await granted(w, fresh))))


async def test_who_changes_the_password_there_stays_signed_in_there(w: World) -> None:
    actor = await browser(w)
    own = await w.actor(await exchange(w, await granted(w, actor)))
    request = PasswordRequest("another sentence of hers", current=PASSWORD)
    await w.identity.users.set_password(own, Target("me"), request)
    [left] = (await w.identity.sessions.list(own, SessionQuery(), w.identity.users.find))[0]
    assert left.current


async def test_a_code_is_good_once(w: World) -> None:
    code = await granted(w, await browser(w))
    ended: list[str] = []

    async def use_the_code() -> None:
        try:
            await exchange(w, code)
            ended.append("in")
        except Unauthenticated:
            ended.append("out")

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(use_the_code)
    assert sorted(ended) == ["in", "out", "out"]


async def test_whoever_has_not_the_verifier_spends_it(w: World) -> None:
    code = await granted(w, await browser(w))
    for verifier in (secrets.token_urlsafe(48), VERIFIER):
        with pytest.raises(Unauthenticated):
            await exchange(w, code, verifier)


@pytest.mark.parametrize("verifier", ["", "short", "x" * 200, "ä" * 50])
async def test_a_verifier_that_is_none(w: World, verifier: str) -> None:
    with pytest.raises(Unauthenticated):
        await exchange(w, await granted(w, await browser(w)), verifier)


async def test_it_is_good_for_a_minute(w: World) -> None:
    actor = await browser(w)
    code = await granted(w, actor)
    w.clock.advance(CODE_S)
    with pytest.raises(Unauthenticated):
        await exchange(w, code)
    code = await granted(w, actor)
    w.clock.advance(-1)
    with pytest.raises(Unauthenticated):
        await exchange(w, code)
    code = await granted(w, actor)
    w.clock.advance(CODE_S - 1)
    await exchange(w, code)


async def test_the_newest_of_a_session_counts(w: World) -> None:
    actor = await browser(w)
    first, second = await granted(w, actor), await granted(w, actor)
    assert await w.count("cli_grants") == 1
    with pytest.raises(Unauthenticated):
        await exchange(w, first)
    await exchange(w, second)


async def test_a_session_that_has_ended_grants_nothing(w: World) -> None:
    actor = await browser(w)
    code = await granted(w, actor)
    await w.identity.sessions.revoke(actor, Target(actor.session_id), w.identity.users.may_end_sessions)
    with pytest.raises(Unauthenticated):
        await exchange(w, code)


async def test_nor_one_of_a_user_who_is_disabled(w: World) -> None:
    code = await granted(w, await browser(w))
    await w.identity.users.change(ADMIN, Target("ada"), UserPatch(disabled=True))
    with pytest.raises(Unauthenticated):
        await exchange(w, code)


async def test_it_ends_when_the_browsers_would_have(w: World) -> None:
    actor = await browser(w)
    [(end,)] = await w.rows("SELECT expires_at FROM sessions WHERE id = ?", actor.session_id)
    w.clock.advance(3600)
    done = await exchange(w, await granted(w, actor))
    assert await w.rows("SELECT expires_at FROM sessions WHERE id = ?", done.session_id) == [(end,)]


async def test_a_key_gets_none(w: World) -> None:
    with pytest.raises(Forbidden):
        await granted(w, ADMIN)


@pytest.mark.parametrize(
    "request_",
    [
        CliGrantRequest("x", 1),
        CliGrantRequest(challenge_of(VERIFIER), 0),
        CliGrantRequest(challenge_of(VERIFIER), 65536),
        CliGrantRequest(challenge_of(VERIFIER), 1, "a b"),
        CliGrantRequest(challenge_of(VERIFIER), 1, "a&code=x"),
        CliGrantRequest(challenge_of(VERIFIER), 1, "x" * 201),
    ],
)
async def test_what_is_asked_for_is_checked(w: World, request_: CliGrantRequest) -> None:
    actor = await browser(w)
    with pytest.raises(ValidationError):
        await w.identity.cli_grants.issue(actor, request_)


async def test_of_the_code_the_hash_alone_is_stored(w: World) -> None:
    code = await granted(w, await browser(w))
    assert code not in str(await w.rows("SELECT * FROM cli_grants"))
    assert code not in repr(CliExchangeRequest(code, VERIFIER))
    assert code not in str(await w.rows("SELECT * FROM audit_log"))


async def test_guessing_is_slowed_down(w: World) -> None:
    code = await granted(w, await browser(w))
    for _ in range(51):
        with pytest.raises(Unauthenticated):
            await exchange(w, "guess")
    with pytest.raises(RateLimited):
        await exchange(w, code)
    await exchange(w, code, source="192.0.2.200")
