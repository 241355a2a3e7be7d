"""Accounts at a provider that people link and unlink by hand: a real provider, the real routes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

import httpx
import pytest
import trio

from nimbus.db import Transaction
from nimbus.kernel.routing import Target
from nimbus.people.identity.records import PasswordRequest
from tests.kit.openid_provider import OpenIdProvider
from tests.nimbus.people.single_sign_on.world import ADMIN, World, parameters

IDENTITIES = "/api/v1/auth/identities"
PASSWORD = "a plain sentence is long"


class Person:
    """Somebody here who is signed in, and what their page keeps of a link that was begun."""

    def __init__(self, w: World, name: str, token: str) -> None:
        self.w, self.name = w, name
        self.headers = {"Authorization": f"Bearer {token}"}
        self.verifier = secrets.token_urlsafe(48)

    async def code(self, login: str = "ada", **query: str) -> str:
        """Through the provider as `login`, back to a page."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        wanted = {"purpose": "link", "cli_challenge": challenge, "return_to": "/settings?tab=me", **query}
        answer = await self.w.signed_in(login, **wanted)
        assert answer.status_code == 303, answer.text
        assert "set-cookie" not in answer.headers
        back = query.get("cli_redirect", "/settings?tab=me&")
        assert answer.headers["location"].startswith(back)
        return parameters(answer.headers["location"])["code"]

    async def show_code(self, code: str, verifier: str = "") -> httpx.Response:
        body = {"code": code, "verifier": verifier or self.verifier}
        return await self.w.post(IDENTITIES, body, headers=self.headers)

    async def link(self, login: str = "ada") -> httpx.Response:
        return await self.show_code(await self.code(login))

    async def send(self, method: str, path: str) -> httpx.Response:
        def ask() -> httpx.Response:
            with self.w.browser() as browser:
                return browser.client.request(method, self.w.base_url + path, headers=self.headers)

        return await trio.to_thread.run_sync(ask)

    async def linked(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.send("GET", IDENTITIES)).json()["data"]
        return found

    async def unlink(self, provider: str = "corp") -> httpx.Response:
        return await self.send("DELETE", f"{IDENTITIES}/{provider}")


async def person(w: World, name: str, *, password: bool = True, **fields: Any) -> Person:
    await w.add_user(name, **fields)
    if password:
        request = PasswordRequest(password=PASSWORD, must_change=False)
        await w.people.sign_in.users.set_password(ADMIN, Target(name), request)

    return await with_session(w, name)


async def with_session(w: World, name: str) -> Person:
    """Somebody whom there is, signed in just now with something else than the provider."""

    def open_session(tx: Transaction) -> str:
        user = w.people.sign_in.users.find(tx, ADMIN, name)
        return w.people.sign_in.sessions.open(tx, ADMIN, user, ("pwd",), "tests").access_token

    return Person(w, name, await w.database.write(open_session))


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def signed_in_as(w: World, login: str = "ada") -> str:
    """The user here whom a new browser is signed in as."""
    sql = "SELECT s.id, u.username FROM sessions s JOIN users u ON u.id = s.user_id"
    before = {session for session, _ in await w.rows(sql)}
    answer = await w.signed_in(login)
    assert answer.status_code == 303, answer.text
    [name] = [name for session, name in await w.rows(sql) if session not in before]
    return str(name)


@pytest.mark.parametrize("fields", [{}, {"is_admin": True}], ids=["user", "administrator"])
async def test_who_is_signed_in_links_an_account(
    w: World, real: OpenIdProvider, fields: dict[str, Any]
) -> None:
    """Whatever its address is, and of administrators too: both sides were signed in to."""
    await w.add_provider(real, sign_up="off")
    boss = await person(w, "chief", **fields)
    assert await boss.linked() == []
    made = await boss.link()
    assert made.status_code == 201, made.text
    [one] = await boss.linked()
    assert made.json()["data"] == one
    assert (one["provider"], one["issuer"], one["subject"]) == ("corp", real.issuer, "ada")
    assert await signed_in_as(w) == "chief"
    [row] = await w.rows(
        "SELECT actor_name, resource_name FROM audit_log WHERE action = 'user.link_identity'"
    )
    assert row == ("chief", "chief")


async def test_a_command_line_links_at_its_own_address(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    boss = await person(w, "chief")
    code = await boss.code(cli_redirect="http://127.0.0.1:9/callback")
    assert (await boss.show_code(code)).status_code == 201
    # Nobody was made for it.
    assert await w.rows("SELECT COUNT(*) FROM users") == [(1,)]


async def test_a_code_is_good_once_for_who_began_and_for_nothing_else(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    boss, other = await person(w, "chief"), await person(w, "other")
    code = await boss.code()
    assert refusal(await other.show_code(code)) == (422, "VALIDATION_ERROR")
    # Whoever guessed has spent it.
    assert refusal(await boss.show_code(code)) == (422, "VALIDATION_ERROR")
    code = await boss.code()
    exchanged = await w.post("/api/v1/auth/oidc/exchange", {"code": code, "verifier": boss.verifier})
    assert refusal(exchanged) == (401, "UNAUTHENTICATED")
    code = await boss.code()
    w.clock.advance(61)
    assert refusal(await boss.show_code(code)) == (422, "VALIDATION_ERROR")
    code = await boss.code()
    assert (await boss.show_code(code)).status_code == 201
    assert refusal(await boss.show_code(code)) == (422, "VALIDATION_ERROR")
    assert await w.rows("SELECT COUNT(*) FROM external_identities") == [(1,)]


async def test_a_code_of_a_sign_in_links_nothing(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    boss = await person(w, "chief")
    digest = hashlib.sha256(boss.verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    answer = await w.signed_in(cli_redirect="http://127.0.0.1:9/callback", cli_challenge=challenge)
    code = parameters(answer.headers["location"])["code"]
    assert refusal(await boss.show_code(code)) == (422, "VALIDATION_ERROR")
    assert await boss.linked() == []


async def test_to_link_takes_a_challenge(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        address = f"{w.base_url}/api/v1/auth/oidc/corp/start?purpose=link&return_to=/me"
        assert (await w.get(browser, address)).status_code == 422


async def test_it_takes_a_session_and_a_new_one(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    boss = await person(w, "chief")
    code = await boss.code()
    assert (await w.post(IDENTITIES, {"code": code, "verifier": boss.verifier})).status_code == 401
    w.clock.advance(901)
    code = await boss.code()
    for answer in (await boss.show_code(code), await boss.unlink()):
        assert refusal(answer) == (403, "RECENT_SIGN_IN_REQUIRED")
        assert "not older than 15 minutes" in answer.text


async def test_what_is_linked_already_is_refused(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    real.person("bob")
    boss, other = await person(w, "chief"), await person(w, "other")
    assert (await boss.link()).status_code == 201
    for who, login, words in (
        (boss, "ada", "linked already"),
        (boss, "bob", "another account at corp"),
        (other, "ada", "linked to another user"),
    ):
        answer = await who.link(login)
        assert refusal(answer) == (409, "CONFLICT")
        assert words in answer.text


async def test_of_two_who_link_the_same_account_at_once_one_gets_it(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    people = [await person(w, name) for name in ("one", "two", "three")]
    codes = [await who.code() for who in people]
    ends: list[int] = []

    async def show(who: Person, code: str) -> None:
        ends.append((await who.show_code(code)).status_code)

    async with trio.open_nursery() as nursery:
        for who, code in zip(people, codes, strict=True):
            nursery.start_soon(show, who, code)
    assert sorted(ends) == [201, 409, 409]
    assert await w.rows("SELECT COUNT(*) FROM external_identities") == [(1,)]


async def test_addresses_that_the_provider_may_not_bring_are_refused(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, email_domains=["elsewhere.example"])
    answer = await (await person(w, "chief")).link()
    assert refusal(answer) == (409, "CONFLICT")
    assert "not admitted" in answer.text


async def test_settings_that_change_meanwhile(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    boss = await person(w, "chief")
    code = await boss.code()
    await w.change_provider(enabled=False)
    assert (await boss.show_code(code)).status_code in (404, 409)
    assert await w.rows("SELECT COUNT(*) FROM external_identities") == [(0,)]


async def test_unlinking_takes_what_came_with_it(w: World, real: OpenIdProvider) -> None:
    group = await w.add_group("ops")
    await w.add_provider(real, sign_up="off", group_mapping=[{"value": "ops", "group": group}])
    real.person("ada", groups=["ops"])
    boss, other = await person(w, "chief"), await person(w, "other")
    assert (await boss.link()).status_code == 201
    assert await signed_in_as(w) == "chief"
    assert await w.members("ops") == ["chief"]
    assert refusal(await other.unlink()) == (404, "NOT_FOUND")
    gone = await boss.unlink("CORP")
    assert (gone.status_code, gone.json()["data"]["subject"]) == (200, "ada")
    assert await boss.linked() == []
    assert await w.members("ops") == []
    # The session that did it goes on, those that came through the provider do not.
    live = await w.rows("SELECT methods FROM sessions WHERE revoked_at IS NULL ORDER BY methods")
    assert [methods for (methods,) in live] == ['["pwd"]', '["pwd"]']
    assert (await w.signed_in()).status_code == 401
    assert refusal(await boss.unlink()) == (404, "NOT_FOUND")
    assert "user.unlink_identity" in await w.actions()


async def test_the_session_that_unlinks_goes_on_though_it_came_through_the_provider(
    w: World, real: OpenIdProvider
) -> None:
    await w.add_provider(real, sign_up="off")
    boss = await person(w, "chief")
    assert (await boss.link()).status_code == 201
    digest = hashlib.sha256(boss.verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    answer = await w.signed_in(cli_redirect="http://127.0.0.1:9/callback", cli_challenge=challenge)
    shown = {"code": parameters(answer.headers["location"])["code"], "verifier": boss.verifier}
    data = (await w.post("/api/v1/auth/oidc/exchange", shown)).json()["data"]
    assert await signed_in_as(w) == "chief"
    here = Person(w, "chief", data["access_token"])
    assert (await here.unlink()).status_code == 200
    assert await here.linked() == []
    live = await w.rows("SELECT id FROM sessions WHERE revoked_at IS NULL AND methods <> '[\"pwd\"]'")
    assert live == [(data["session_id"],)]


async def test_the_last_way_in_stays(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    boss = await person(w, "chief", password=False)
    assert (await boss.link()).status_code == 201
    refused = await boss.unlink()
    assert refusal(refused) == (409, "LAST_WAY_IN")
    assert "set-password" in refused.json()["error"]["next_step"]
    assert len(await boss.linked()) == 1
    request = PasswordRequest(password=PASSWORD, must_change=False)
    await w.people.sign_in.users.set_password(ADMIN, Target("chief"), request)
    again = await with_session(w, "chief")
    assert (await again.unlink()).status_code == 200
    assert await again.linked() == []
