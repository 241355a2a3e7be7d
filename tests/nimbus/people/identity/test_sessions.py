"""Sessions through their door: tokens that are good, and all the ways in which they are not."""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
import trio
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nimbus.db.retention import mark_clock
from nimbus.kernel.access import Permission
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import Forbidden, NotFound, Unauthenticated
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import PasswordRequest, UserPatch
from nimbus.people.identity.sessions.records import SessionQuery, SignedIn
from nimbus.people.identity.sessions.token_keys import ROTATE_AFTER_S
from tests.kit import records
from tests.kit.resealing import reseal
from tests.nimbus.people.identity.world import ADMIN, PASSWORD, World, presented, stranger, world

HOUR, DAY = 3600.0, 86400.0


def signed(world: World, **changes: Any) -> str:
    """A token with the right key and other claims."""
    key = world.identity.token_keys.current()
    now = world.clock.now() // 1_000_000
    claims = {
        "sub": "u",
        "username": "ada",
        "admin": False,
        "sid": "s",
        "jti": "j",
        "iat": now,
        "exp": now + 3600,
        "iss": "nimbus",
        "aud": "nimbus-api",
        "amr": ["pwd"],
    }
    header = {"kid": key.id, **changes.pop("header", {})}
    secret = changes.pop("secret", key.secret)
    algorithm = changes.pop("algorithm", "HS256")
    body = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(body, secret, algorithm=algorithm, headers=header)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def by_hand(world: World, claims: dict[str, Any], secret: bytes) -> str:
    """HS256 with a secret that the library would not sign with."""
    head = encoded({"alg": "HS256", "typ": "JWT", "kid": world.identity.token_keys.current().id})
    text = f"{head}.{encoded(claims)}"
    mac = hmac.new(secret, text.encode(), "sha256").digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


async def refused(world: World, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await world.identity.sessions.recognise(presented(token))
    return caught.value.message


async def test_a_sign_in_gives_a_token_that_is_recognised_without_a_look_into_the_database(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as w:
        made = await w.add(display_name="Ada L.", email="Ada@Example.org")
        done = await w.login()
        assert done.user.username == "ada"
        assert done.user.email == "ada@example.org"
        claims = claims_of(done.access_token)
        assert (claims["sub"], claims["username"], claims["admin"]) == (made.id, "ada", False)
        assert claims["exp"] - claims["iat"] == done.expires_in == 3600
        assert claims["amr"] == ["pwd"]
        actor = await w.actor(done)
        assert (actor.kind, actor.id, actor.user_id, actor.session_id) == (
            "user",
            made.id,
            made.id,
            done.session_id,
        )
        assert (actor.source, actor.request_id) == ("192.0.2.9", "r-2")

        async def closed(_work: object) -> None:
            raise AssertionError("the database was read")

        w.identity.sessions._database.read = closed  # type: ignore[method-assign, assignment]
        assert (await w.actor(done)).id == made.id


async def test_forged_tokens_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        claims = claims_of(done.access_token)
        good = {name: claims[name] for name in ("sub", "sid")}
        now = w.clock.now() // 1_000_000
        assert (await w.identity.sessions.recognise(presented(signed(w, **good)))) is not None
        rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = rsa_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        head, body, signature = done.access_token.split(".")
        none_header = encoded({"alg": "none", "kid": w.identity.token_keys.current().id})
        forged = {
            "empty": " ",
            "right but by hand with another secret": by_hand(w, claims, b"y" * 32),
            "nonsense": "x.y.z",
            "too long": "a." + "b" * 5000 + ".c",
            "no signature": f"{head}.{body}.",
            "other signature": f"{head}.{body}.{signature[::-1]}",
            "alg none": f"{none_header}.{body}.{signature}",
            "alg none, bare": f"{none_header}.{body}.",
            "other body": f"{head}.{encoded(claims | {'admin': True})}.{signature}",
            "other secret": signed(w, **good, secret=b"x" * 32),
            "unknown kid": signed(w, **good, header={"kid": "11111111-1111-4111-8111-111111111111"}),
            "no kid": signed(w, **good, header={"kid": ""}),
            "HS512": signed(w, **good, algorithm="HS512", secret=b"x" * 64),
            "RS256": signed(w, **good, algorithm="RS256", secret=rsa_key),
            "public key as secret": by_hand(w, {**claims, **good}, public),
            "other issuer": signed(w, **good, iss="else"),
            "other audience": signed(w, **good, aud="else"),
            "no audience": signed(w, **good, aud=None),
            "no expiry": signed(w, **good, exp=None),
            "expired": signed(w, **good, iat=now - 7200, exp=now - 3600),
            "expires now": signed(w, **good, exp=now),
            "from the future": signed(w, **good, iat=now + 120, exp=now + 3600),
            "of another user": signed(w, sid=good["sid"], sub="somebody"),
            "of no session": signed(w, sub=good["sub"], sid="none"),
            "no jti": signed(w, **good, jti=None),
            "nested": signed(w, **good, username={"a": 1}),
        }

        async def all_of_them() -> None:
            for token in forged.values():
                await refused(w, token)

        await w.unchanged(all_of_them)


async def test_no_bearer_is_not_this_recognisers(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        assert await w.identity.sessions.recognise(presented("")) is None


async def test_an_expired_token_is_told_from_others_and_goes_by_the_clock(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        w.clock.advance(HOUR - 1)
        await w.actor(done)
        w.clock.advance(1)
        assert "expired" in await refused(w, done.access_token)
        w.clock.advance(-2 * HOUR)
        assert "future" in await refused(w, done.access_token)


@pytest.mark.parametrize("how", ["revoke", "disable", "delete", "password", "sign out"])
async def test_what_ends_a_session_ends_it_at_once(tmp_path: Path, how: str) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        actor = await w.actor(done)
        users, sessions = w.identity.users, w.identity.sessions
        if how == "revoke":
            await sessions.revoke(actor, Target(done.session_id), users.may_end_sessions)
        elif how == "disable":
            await users.change(ADMIN, Target("ada"), UserPatch(disabled=True))
        elif how == "delete":
            await users.delete(ADMIN, Target("ada"))
        elif how == "password":
            await users.set_password(ADMIN, Target("ada"), PasswordRequest("quite another sentence"))
        else:
            await sessions.sign_out(stranger(), bearer=done.access_token, refresh_token="")
        assert "ended" in await refused(w, done.access_token)
        assert done.refresh_token
        with pytest.raises(Unauthenticated):
            await sessions.refresh(stranger(), done.refresh_token)
        assert await w.audited("session.revoke") or how == "delete"


async def test_a_session_of_a_disabled_user_does_not_come_back_with_them(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        await w.identity.users.change(ADMIN, Target("ada"), UserPatch(disabled=True))
        await w.identity.users.change(ADMIN, Target("ada"), UserPatch(disabled=False))
        assert "ended" in await refused(w, done.access_token)
        await w.login()


# Refreshing.


async def test_a_refresh_token_is_good_once_and_rotates(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        first = await w.login()
        assert first.refresh_token
        w.clock.advance(HOUR)
        second = await w.identity.sessions.refresh(stranger(), first.refresh_token)
        assert second.session_id == first.session_id
        assert second.refresh_token not in (None, first.refresh_token)
        await w.actor(second)
        stored = {row[0] for row in await w.rows("SELECT token_hash FROM refresh_tokens")}
        assert first.refresh_token not in stored
        assert second.refresh_token not in stored


async def test_the_reuse_of_a_spent_token_ends_the_whole_family(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        other = await w.login()
        first = await w.login()
        assert first.refresh_token
        second = await w.identity.sessions.refresh(stranger(), first.refresh_token)
        assert second.refresh_token
        with pytest.raises(Unauthenticated, match="used before"):
            await w.identity.sessions.refresh(stranger("198.51.100.7"), first.refresh_token)
        assert "ended" in await refused(w, second.access_token)
        with pytest.raises(Unauthenticated):
            await w.identity.sessions.refresh(stranger(), second.refresh_token)
        await w.actor(other)
        assert ("anonymous", "ada", "denied") in await w.audited("session.refresh")


async def test_a_spent_token_that_is_shown_again_and_again_leaves_two_rows(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        first = await w.login()
        await w.identity.sessions.refresh(stranger(), first.refresh_token or "")
        for _ in range(5):
            with pytest.raises(Unauthenticated):
                await w.identity.sessions.refresh(stranger(), first.refresh_token or "")
        assert len(await w.audited("session.refresh")) == 1
        assert len(await w.audited("session.revoke")) == 1


async def test_sessions_are_of_bounded_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nimbus.people.identity.sessions.service.MAX_SESSIONS", 3)
    async with world(tmp_path) as w:
        await w.add()
        made = []
        for _ in range(5):
            w.clock.advance(1)
            made.append(await w.login())
        for ended in made[:2]:
            assert "ended" in await refused(w, ended.access_token)
        for live in made[2:]:
            await w.actor(live)


async def test_of_two_refreshes_at_once_exactly_one_wins(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        first = await w.login()
        won: list[SignedIn] = []
        lost: list[Unauthenticated] = []

        async def refresh() -> None:
            try:
                won.append(await w.identity.sessions.refresh(stranger(), first.refresh_token or ""))
            except Unauthenticated as error:
                lost.append(error)

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(refresh)
        assert (len(won), len(lost)) == (1, 4)
        # Two had it: whoever won has nothing of it.
        assert "ended" in await refused(w, won[0].access_token)


@pytest.mark.parametrize("token", ["", "nrt_", "nrt_" + "a" * 43, "x" * 100_000, "nrt_é" + "a" * 42])
async def test_what_is_no_refresh_token_is_refused(tmp_path: Path, token: str) -> None:
    async with world(tmp_path) as w:
        await w.add()
        await w.login()

        async def show() -> None:
            with pytest.raises(Unauthenticated):
                await w.identity.sessions.refresh(stranger(), token)

        await w.unchanged(show)


async def test_sessions_end_when_idle_and_in_any_case(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        idle = await w.login()
        w.clock.advance(30 * DAY)
        with pytest.raises(Unauthenticated):
            await w.identity.sessions.refresh(stranger(), idle.refresh_token or "")
        present = await w.login()
        for _ in range(3):
            w.clock.advance(29 * DAY)
            present = await w.identity.sessions.refresh(stranger(), present.refresh_token or "")
        w.clock.advance(3 * DAY)
        with pytest.raises(Unauthenticated):
            await w.identity.sessions.refresh(stranger(), present.refresh_token or "")


async def test_ended_sessions_are_forgotten_after_a_while(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        await w.identity.sessions.sign_out(stranger(), bearer="", refresh_token=done.refresh_token or "")
        w.clock.advance(8 * DAY)
        await vouch_for_clock(w)
        await w.identity.remove_expired()
        assert await w.count("sessions") == await w.count("refresh_tokens") == 0


async def test_a_clock_that_was_ahead_for_a_moment_signs_nobody_out(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        await vouch_for_clock(w)
        w.clock.jump(400 * DAY)
        await w.identity.remove_expired()
        w.clock.jump(-400 * DAY)
        await w.identity.sessions.refresh(stranger(), done.refresh_token or "")


async def vouch_for_clock(w: World) -> None:
    """As a control plane that was there some hours ago."""
    await w.database.write(lambda tx: mark_clock(tx, w.clock.now() - from_seconds(7 * HOUR)))


# Keys.


async def test_the_signing_key_changes_by_age_and_old_tokens_stay_good(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        old_key = w.identity.token_keys.current()
        w.clock.advance(ROTATE_AFTER_S - 10)
        done = await w.login()
        w.clock.advance(20)
        await w.identity.remove_expired()
        assert w.identity.token_keys.current().id != old_key.id
        await w.actor(done)
        w.clock.advance(2 * HOUR)
        await w.identity.remove_expired()
        assert w.identity.token_keys.find(old_key.id) is None
        assert await w.count("token_keys") == 1
        assert "not issued by" in await refused(w, done.access_token)


async def test_keys_are_sealed_and_the_same_after_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        secret = w.identity.token_keys.current().secret
        [(sealed,)] = await w.rows("SELECT sealed_key FROM token_keys")
        assert secret.hex() not in sealed
    async with world(tmp_path) as again:
        await again.actor(done)
        assert again.identity.token_keys.current().secret == secret
        other = type(records.SEALER)(b"n" * 32)
        assert await again.database.write(lambda tx: reseal(tx, "token_keys", records.SEALER, other)) == 1
        [(sealed,)] = await again.rows("SELECT sealed_key FROM token_keys")
        assert other.open(sealed, f"token-key:{again.identity.token_keys.current().id}") == secret.hex()


# Listing, and those of others.


async def test_sessions_are_listed_and_revoked_by_those_who_may(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        await w.add("bob")
        first, second = await w.login(), await w.login(source="198.51.100.1")
        actor, bob = await w.actor(first), await w.actor(await w.login("bob"))
        users, sessions = w.identity.users, w.identity.sessions
        found, total = await sessions.list(actor, SessionQuery(), users.find)
        assert total == 2
        assert {(one.source, one.current) for one in found} == {("192.0.2.1", True), ("198.51.100.1", False)}
        assert found[0].user_agent == "tests/1.0"
        with pytest.raises(NotFound):
            await sessions.list(bob, SessionQuery(user="ada"), users.find)
        with pytest.raises(NotFound, match="no session"):
            await sessions.revoke(bob, Target(second.session_id), users.may_end_sessions)
        reader = w.holder(Permission.USER_READ)
        assert (await sessions.list(reader, SessionQuery(user="ada"), users.find))[1] == 2
        with pytest.raises(Forbidden, match="user:write"):
            await sessions.revoke(reader, Target(second.session_id), users.may_end_sessions)
        writer = w.holder(Permission.USER_READ, Permission.USER_WRITE)
        await sessions.revoke(writer, Target(second.session_id), users.may_end_sessions)
        await w.actor(first)
        assert "ended" in await refused(w, second.access_token)
        assert (await sessions.list(actor, SessionQuery(), users.find))[1] == 1
        service = type(actor)(kind="key", id="k", name="ci", key_id="k")
        assert await sessions.list(service, SessionQuery(), users.find) == ([], 0)


async def test_when_it_was_used_last_is_written_now_and_then(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        before = await w.rows("SELECT last_used_at FROM sessions")
        w.clock.advance(600)
        actor = await w.actor(done)
        assert await w.rows("SELECT last_used_at FROM sessions") == before
        [view], _ = await w.identity.sessions.list(actor, SessionQuery(), w.identity.users.find)
        assert view.last_used_from == "192.0.2.9"
        await w.identity.remove_expired()
        assert await w.rows("SELECT last_used_at, last_used_from FROM sessions") == [
            (w.clock.now(), "192.0.2.9")
        ]


async def test_who_has_to_change_the_password_may_do_nothing_else(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add(must_change_password=True)
        done = await w.login()
        for method, target in (
            ("GET", "/api/v1/nodes"),
            ("GET", "/api/v1/users/me"),
            ("POST", "/api/v1/personal-keys"),
            ("POST", "/api/v1/users/me/second-factors/totp"),
            ("POST", "/api/v1/users/x/y/password"),
            ("GET", "/api/v1/whoami/../nodes"),
            ("DELETE", "/api/v1/users/me/password"),
        ):
            with pytest.raises(Forbidden) as caught:
                await w.actor(done, method=method, target=target)
            assert caught.value.code == "PASSWORD_CHANGE_REQUIRED"
        await w.actor(done, target="/api/v1/whoami?x=1")
        actor = await w.actor(done, method="POST", target="/api/v1/users/me/password")
        request = PasswordRequest("quite another sentence", current=PASSWORD)
        changed = await w.identity.users.set_password(actor, Target("me"), request)
        assert not changed.must_change_password
        await w.actor(done)


async def test_a_change_of_access_is_seen_by_the_next_request(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.add()
        done = await w.login()
        assert not (await w.actor(done)).holds_everywhere(Permission.AGENT_READ)
        await w.identity.users.change(ADMIN, Target("ada"), UserPatch(is_admin=True))
        assert (await w.actor(done)).holds_everywhere(Permission.AGENT_READ)
        assert w.bus.of(AccessChanged)
