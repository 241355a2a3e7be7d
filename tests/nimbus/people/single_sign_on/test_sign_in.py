"""Signing in through a real OpenID provider (the npm package), with a browser that fills its forms."""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from nimbus.kernel.errors import NotFound
from nimbus.kernel.routing import Target
from tests.kit.openid_provider import OpenIdProvider, openid_provider
from tests.nimbus.people.single_sign_on.world import ADMIN, World, parameters


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def test_a_first_sign_in_makes_the_user_and_sets_the_cookie(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    answer = await w.signed_in(return_to="/nodes?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/nodes?x=1")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-nimbus_refresh=nrt_")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    user = await w.user("ada")
    assert (user.email, user.display_name, user.has_password, user.is_admin) == (
        "ada@example.org",
        "Ada",
        False,
        False,
    )
    assert (await w.actions())[-3:] == ["user.create", "user.link_identity", "session.create"]
    # The cookie is that of a sign-in with a password.
    headers = {"Cookie": cookie.split(";")[0], "X-Nimbus-Request": "1", "Origin": w.base_url}
    refreshed = await w.post("/api/v1/auth/refresh", {}, headers=headers)
    assert refreshed.status_code == 200
    assert refreshed.json()["data"]["user"]["username"] == "ada"
    await w.signed_in()
    assert (await w.actions())[-2:] == ["session.create", "session.create"]
    assert await w.rows("SELECT COUNT(*) FROM users") == [(1,)]
    assert (await w.sso.providers.show(ADMIN, Target("corp"))).users == 1


async def test_what_there_is_to_sign_in_with(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, display_name="The Corporation")
    with w.browser() as browser:
        found = (await w.get(browser, f"{w.base_url}/api/v1/auth/methods")).json()["data"]
        assert found == {
            "password": True,
            "passkey": False,
            "providers": [
                {
                    "name": "corp",
                    "display_name": "The Corporation",
                    "kind": "oidc",
                    "start": "/api/v1/auth/oidc/corp/start",
                }
            ],
            "setup_required": True,
            "control_plane": {"name": "", "color": "none"},
        }
        await w.change_provider(enabled=False)
        found = (await w.get(browser, f"{w.base_url}/api/v1/auth/methods")).json()["data"]
        assert found["providers"] == []
        start = await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/start")
        assert (start.status_code, code_of(start)) == (404, "NOT_FOUND")


async def test_groups_come_and_go_with_each_sign_in(w: World, real: OpenIdProvider) -> None:
    await w.add_group("operators")
    await w.add_group("auditors")
    mapping = [
        {"value": "ops", "group": "operators"},
        {"value": "audit", "group": "auditors", "organization": "default"},
    ]
    await w.add_provider(real, group_mapping=mapping)
    await w.add_user("bob")
    real.person("ada", groups=["ops", "others"])
    await w.signed_in()
    assert (await w.members("operators"), await w.members("auditors")) == (["ada"], [])
    real.person("ada", groups=["audit"])
    await w.signed_in()
    assert (await w.members("operators"), await w.members("auditors")) == ([], ["ada"])
    real.person("ada", groups=None)
    await w.signed_in()
    assert (await w.members("operators"), await w.members("auditors")) == ([], [])
    assert (await w.actions()).count("group.remove_member") == 2
    # Whoever was put in by hand stays.
    from nimbus.people.roles.records import MemberRequest

    await w.people.memberships.add_member(ADMIN, Target("operators"), MemberRequest("ada"))
    await w.signed_in()
    assert await w.members("operators") == ["ada"]


@pytest.mark.parametrize(
    ("sign_up", "groups", "made"),
    [("off", ["ops"], False), ("mapped", [], False), ("mapped", ["ops"], True), ("on", [], True)],
)
async def test_who_may_sign_up(
    w: World, real: OpenIdProvider, sign_up: str, groups: list[str], made: bool
) -> None:
    await w.add_group("operators")
    mapping = [{"value": "ops", "group": "operators"}]
    await w.add_provider(real, sign_up=sign_up, group_mapping=mapping)
    real.person("ada", groups=groups)
    answer = await w.signed_in()
    assert await w.rows("SELECT COUNT(*) FROM users") == [(int(made),)]
    if made:
        assert answer.status_code == 303
        # Once linked, the setting is not asked any more.
        real.person("ada", groups=[])
        assert (await w.signed_in()).status_code == 303
    else:
        assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
        assert "set-cookie" not in answer.headers
        assert await w.refusals() == ["NO_ACCOUNT"]


async def test_a_disabled_user_is_refused(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    await w.signed_in()
    await w.change_user("ada", disabled=True)
    answer = await w.signed_in()
    assert (answer.status_code, "disabled" in answer.text) == (401, True)
    assert await w.refusals() == ["USER_DISABLED"]


async def test_addresses(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, email_domains=["Example.org"])
    real.person("ada", email_verified=False)
    assert (await w.signed_in()).status_code == 401
    real.person("ada", email_verified=True, email="ada@elsewhere.org")
    assert (await w.signed_in()).status_code == 401
    real.person("ada", email="ada@notexample.org")
    assert (await w.signed_in()).status_code == 401
    real.person("ada", email="ada@example.org")
    assert (await w.signed_in()).status_code == 303
    assert await w.refusals() == ["EMAIL_NOT_VERIFIED", "EMAIL_DOMAIN", "EMAIL_DOMAIN"]


async def test_an_address_that_is_not_verified_is_not_kept(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, require_verified_email=False)
    await w.add_user("eve", email="ada@example.org")
    real.person("ada", email_verified=False)
    assert (await w.signed_in()).status_code == 303
    assert (await w.user("ada")).email == ""


async def test_linking_by_address(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    await w.add_user("countess", email="ada@example.org")
    await w.verify_address("countess")
    answer = await w.signed_in()
    assert (answer.status_code, await w.refusals()) == (401, ["EMAIL_TAKEN"])
    await w.change_provider(link_by_email=True)
    assert (await w.signed_in()).status_code == 303
    assert (await w.actions())[-2:] == ["user.link_identity", "session.create"]
    assert await w.rows("SELECT username FROM users") == [("countess",)]
    # The address was given to somebody else there: another subject, and no way in.
    real.person("ada", email="old@example.org")
    real.person("bob", email="ada@example.org")
    assert (await w.signed_in("bob")).status_code == 401
    assert (await w.refusals())[-1] == "EMAIL_TAKEN"


async def test_an_address_that_somebody_wrote_down_links_nobody(w: World, real: OpenIdProvider) -> None:
    """Whoever wrote it down may know the password of that account."""
    await w.add_provider(real, link_by_email=True)
    prepared = await w.add_user("prepared", email="ada@example.org", password="whoever made it knows this")
    assert not prepared.email_verified
    assert (await w.signed_in()).status_code == 303
    made = await w.user("ada")
    assert (made.id != prepared.id, made.email_verified) == (True, True)
    # Nor does it take the address away from its owner, who signs in again.
    assert (await w.signed_in()).status_code == 303
    assert await w.rows("SELECT COUNT(*) FROM external_identities") == [(1,)]


async def test_nobody_is_linked_by_address_across_organizations(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, link_by_email=True)
    await w.add_user("ada", email="ada@example.org")
    await w.verify_address("ada")
    await w.database.write(
        lambda tx: tx.execute(
            "INSERT INTO organizations (id, name, created_at, updated_at) VALUES ('o-2', 'rival', 1, 1)"
        )
    )
    await w.database.write(lambda tx: tx.execute("UPDATE users SET organization_id = 'o-2'"))
    assert (await w.signed_in()).status_code == 401
    assert await w.refusals() == ["EMAIL_TAKEN"]


async def test_a_provider_verifies_the_address_that_is_written_down(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    await w.signed_in()
    await w.change_user("ada", email="other@example.org")
    assert not (await w.user("ada")).email_verified
    real.person("ada", email="other@example.org", email_verified=False)
    await w.change_provider(require_verified_email=False)
    await w.signed_in()
    assert not (await w.user("ada")).email_verified
    real.person("ada", email="other@example.org", email_verified=True)
    await w.signed_in()
    assert (await w.user("ada")).email_verified


async def test_administrators_and_disabled_users_are_not_linked(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, link_by_email=True)
    await w.add_user("boss", email="ada@example.org", is_admin=True)
    await w.verify_address("boss")
    assert (await w.signed_in()).status_code == 401
    await w.add_user("bob", email="bob@example.org")
    await w.verify_address("bob")
    await w.change_user("bob", disabled=True)
    real.person("bob")
    assert (await w.signed_in("bob")).status_code == 401
    assert await w.refusals() == ["EMAIL_TAKEN", "USER_DISABLED"]
    assert await w.rows("SELECT COUNT(*) FROM external_identities") == [(0,)]


async def test_a_user_name_that_is_taken_gets_a_number(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    await w.add_user("ada")
    await w.signed_in()
    assert (await w.user("ada-2")).email == "ada@example.org"
    real.person("x", preferred_username="Ärger & Möbel@corp")
    await w.signed_in("x")
    assert (await w.user("arger-mobel")).email == "x@example.org"
    real.person("y", preferred_username="me")
    await w.signed_in("y")
    assert (await w.user("me-2")).email == "y@example.org"


async def test_a_state_is_good_once(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        address = await w.callback_address(browser)
        assert (await w.get(browser, address)).status_code == 303
        again = await w.get(browser, address)
        assert (again.status_code, await w.refusals()) == (401, ["STATE_USED"])


async def test_of_two_callbacks_at_once_one_goes_on(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        address = await w.callback_address(browser)
        cookie = "; ".join(f"{one.name}={one.value}" for one in browser.client.cookies.jar)
        answers: list[int] = []

        async def go() -> None:
            with w.browser() as other:
                answers.append((await w.get(other, address, Cookie=cookie)).status_code)

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(go)
    assert sorted(answers) == [303, 401, 401, 401]
    assert await w.rows("SELECT COUNT(*) FROM sessions") == [(1,)]


async def test_two_first_sign_ins_at_once_make_one_user(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    answers: list[int] = []

    async def go() -> None:
        answers.append((await w.signed_in()).status_code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(go)
        nursery.start_soon(go)
    assert answers == [303, 303]
    assert await w.rows("SELECT COUNT(*) FROM users") == [(1,)]


async def test_a_state_belongs_to_its_browser_its_provider_and_its_time(
    w: World, real: OpenIdProvider
) -> None:
    await w.add_provider(real)
    with w.browser() as browser, w.browser() as other:
        address = await w.callback_address(browser)
        assert (await w.get(other, address)).status_code == 401
        # The other browser did not spend it.
        assert (await w.get(browser, address)).status_code == 303
        await w.add_provider(real, name="twin")
        address = await w.callback_address(browser)
        assert (await w.get(browser, address.replace("/corp/", "/twin/"))).status_code == 401
        address = await w.callback_address(browser)
        await w.change_provider(display_name="Changed")
        assert (await w.get(browser, address)).status_code == 401
        address = await w.callback_address(browser)
        w.clock.advance(601)
        assert (await w.get(browser, address)).status_code == 401
        address = await w.callback_address(browser)
        w.clock.advance(-3600)
        assert (await w.get(browser, address)).status_code == 401
    assert await w.refusals() == [
        "OTHER_BROWSER",
        "STATE_INVALID",
        "PROVIDER_CHANGED",
        "STATE_EXPIRED",
        "STATE_EXPIRED",
    ]


@pytest.mark.parametrize("state", ["", "x", "é", "a" * 9000, "0123456789abcdef.AAAA"])
async def test_a_state_that_is_none(w: World, real: OpenIdProvider, state: str) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        url = httpx.URL(f"{w.base_url}/api/v1/auth/oidc/corp/callback", params={"state": state, "code": "x"})
        answer = await w.get(browser, str(url))
        assert answer.status_code == 401
        page = await w.get(browser, str(url), Accept="text/html")
        assert (page.status_code, "You are not signed in" in page.text) == (401, True)
    assert await w.refusals() == ["STATE_INVALID"] * 2


@pytest.mark.parametrize(
    "return_to",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "",
        "nodes",
        "/é",
        "/" + "a" * 1001,
        "/%0d%0aX: y\r\n",
    ],
)
async def test_nobody_is_sent_elsewhere(w: World, real: OpenIdProvider, return_to: str) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        url = httpx.URL(f"{w.base_url}/api/v1/auth/oidc/corp/start", params={"return_to": return_to})
        answer = await w.get(browser, str(url))
    assert (answer.status_code, code_of(answer)) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "redirect",
    [
        "http://evil.example:80/",
        "https://127.0.0.1:80/",
        "http://127.0.0.1/",
        "http://localhost:80/",
        "http://127.0.0.1:80@evil.example/",
        "http://127.0.0.1.evil.example:80/",
        "http://127.0.0.1:80/?x=1",
        "http://127.0.0.1:80/#x",
        "http://[::2]:80/",
        "http://127.0.0.1:x/",
        "",
        "http://127.1:80/",
    ],
)
async def test_a_command_line_is_on_loopback(w: World, real: OpenIdProvider, redirect: str) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        given = {"cli_redirect": redirect, "cli_challenge": "a" * 43}
        url = httpx.URL(f"{w.base_url}/api/v1/auth/oidc/corp/start", params=given)
        answer = await w.get(browser, str(url))
    assert (answer.status_code, code_of(answer)) == (422, "VALIDATION_ERROR")


async def test_keys_that_are_rotated(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    assert (await w.signed_in()).status_code == 303
    await trio.to_thread.run_sync(real.rotate)
    # Not at once: whoever sends tokens with unknown keys must not make us fetch at their pace.
    assert (await w.signed_in()).status_code == 401
    assert await w.refusals() == ["ID_TOKEN_INVALID"]
    w.clock.advance(11)
    assert (await w.signed_in()).status_code == 303


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "PS256"])
async def test_other_algorithms_and_claims_in_the_token(w: World, tmp_path: Path, alg: str) -> None:
    async with openid_provider(tmp_path, w.redirect_uri, alg=alg, id_token_claims=True) as real:
        await w.add_provider(real)
        assert (await w.signed_in()).status_code == 303
        assert (await w.user("ada")).email == "ada@example.org"


async def test_over_tls_with_an_authority_of_its_own(w: World, tmp_path: Path) -> None:
    files = w.authority.server_files(["127.0.0.1"], w.clock.now())
    tls = (files[0].read_text(), files[1].read_text())
    async with openid_provider(tmp_path, w.redirect_uri, tls=tls) as real:
        await w.add_provider(real)
        with w.browser() as browser:
            answer = await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/start")
            assert (answer.status_code, code_of(answer)) == (503, "UNAVAILABLE")
        checked = await w.sso.providers.check(ADMIN, Target("corp"))
        assert not checked.ok
        assert "certificate" in checked.problems[0].lower()
        await w.change_provider(ca_pem=Path(w.ca_file).read_text())
        assert (await w.signed_in()).status_code == 303
    assert await w.refusals() == ["PROVIDER_FAILED"]


async def test_the_test_of_a_provider(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    found = await w.sso.providers.check(ADMIN, Target("corp"))
    assert found.ok, found.problems
    assert found.endpoints["token_endpoint"] == f"{real.issuer}/token"
    assert (found.device_flow, found.sign_out) == (True, True)
    assert found.signing_keys == ("first (RS256)",)
    assert found.redirect_uri == w.redirect_uri
    real.stop()
    found = await w.sso.providers.check(ADMIN, Target("corp"))
    assert (found.ok, len(found.problems)) == (False, 1)


async def test_a_wrong_client_secret(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, client_secret="wrong")
    answer = await w.signed_in()
    assert (answer.status_code, "client" in answer.text) == (401, True)
    assert await w.refusals() == ["CLIENT_REFUSED"]


@pytest.mark.parametrize("method", ["client_secret_post", "none"])
async def test_a_client_that_proves_itself_otherwise(w: World, tmp_path: Path, method: str) -> None:
    async with openid_provider(tmp_path, w.redirect_uri, token_endpoint_auth_method=method) as real:
        await w.add_provider(real, client_secret="" if method == "none" else real.client_secret)
        assert (await w.signed_in()).status_code == 303


async def test_somebody_who_says_no(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    with w.browser() as browser:
        state = parameters(
            (await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/start")).headers["location"]
        )["state"]
        told = {"state": state, "error": "access_denied", "error_description": "<b>no</b>\x1b[2J"}
        url = httpx.URL(w.redirect_uri, params={**told, "iss": real.issuer})
        answer = await w.get(browser, str(url), Accept="text/html,*/*")
    assert answer.status_code == 401
    assert "&lt;b&gt;no&lt;/b&gt;" in answer.text
    assert "\x1b" not in answer.text
    assert await w.refusals() == ["PROVIDER_REFUSED"]


async def test_an_answer_of_another_issuer(w: World, real: OpenIdProvider) -> None:
    """RFC 9207: a mix-up."""
    await w.add_provider(real)
    with w.browser() as browser:
        for iss, reason in (("https://evil.example", "ISSUER_MISMATCH"), ("", "ISSUER_MISSING")):
            given = {**parameters(await w.callback_address(browser)), "iss": iss}
            answer = await w.get(browser, str(httpx.URL(w.redirect_uri, params=given)))
            assert answer.status_code == 401
            assert (await w.refusals())[-1] == reason


async def test_a_provider_that_is_deleted_takes_what_it_gave(w: World, real: OpenIdProvider) -> None:
    await w.add_group("operators")
    await w.add_provider(real, group_mapping=[{"value": "ops", "group": "operators"}])
    real.person("ada", groups=["ops"])
    await w.signed_in()
    assert await w.members("operators") == ["ada"]
    await w.sso.providers.delete(ADMIN, Target("corp"))
    assert await w.members("operators") == []
    assert await w.rows("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL") == [(0,)]
    assert (await w.user("ada")).username == "ada"
    with pytest.raises(NotFound):
        await w.sso.providers.show(ADMIN, Target("corp"))


async def test_a_user_who_is_deleted_may_come_again_as_a_new_one(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    await w.signed_in()
    first = await w.user("ada")
    await w.people.sign_in.users.delete(ADMIN, Target("ada"))
    assert (await w.signed_in()).status_code == 303
    assert (await w.user("ada")).id != first.id


# The command line.


class Terminal:
    """What the command line keeps of a sign-in."""

    def __init__(self) -> None:
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.query = {
            "cli_redirect": "http://127.0.0.1:9/callback",
            "cli_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }

    async def code(self, w: World) -> str:
        answer = await w.signed_in(**self.query)
        assert answer.headers["location"].startswith("http://127.0.0.1:9/callback?code=")
        assert "set-cookie" not in answer.headers
        return parameters(answer.headers["location"])["code"]

    async def exchange(self, w: World, code: str, verifier: str = "") -> httpx.Response:
        body = {"code": code, "verifier": verifier or self.verifier}
        return await w.post("/api/v1/auth/oidc/exchange", body)


async def test_a_command_line_gets_tokens_for_its_code_once(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    terminal = Terminal()
    code = await terminal.code(w)
    assert await w.rows("SELECT COUNT(*) FROM sessions") == [(0,)]
    done = await terminal.exchange(w, code)
    data: dict[str, Any] = done.json()["data"]
    assert (done.status_code, data["user"]["username"]) == (200, "ada")
    assert data["refresh_token"].startswith("nrt_")
    assert (await terminal.exchange(w, code)).status_code == 401
    assert await w.refusals() == ["CODE_INVALID"]


async def test_a_code_wants_its_verifier_and_its_time(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    terminal = Terminal()
    code = await terminal.code(w)
    assert (await terminal.exchange(w, code, "x" * 43)).status_code == 401
    # Whoever guessed has spent it.
    assert (await terminal.exchange(w, code)).status_code == 401
    code = await terminal.code(w)
    w.clock.advance(61)
    assert (await terminal.exchange(w, code)).status_code == 401
    code = await terminal.code(w)
    await w.change_user("ada", disabled=True)
    assert (await terminal.exchange(w, code)).status_code == 401
    assert (await terminal.exchange(w, "nonsense")).status_code == 401
    assert await w.refusals() == [
        "CODE_INVALID",
        "CODE_INVALID",
        "CODE_INVALID",
        "USER_DISABLED",
        "CODE_INVALID",
    ]
    assert await w.rows("SELECT COUNT(*) FROM sessions") == [(0,)]


async def test_a_command_line_hears_of_a_refusal(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real, sign_up="off")
    answer = await w.signed_in(**Terminal().query)
    assert answer.status_code == 303
    told = parameters(answer.headers["location"])
    assert (told["error"], "no account" in told["error_description"]) == ("NO_ACCOUNT", True)


# Another device.


async def test_the_device_flow_at_the_providers_pace(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    begun = (await w.post("/api/v1/auth/oidc/corp/device", {})).json()["data"]
    assert begun["verification_uri"].startswith(real.issuer)

    async def ask() -> dict[str, Any]:
        answer = await w.post("/api/v1/auth/oidc/corp/device/token", {"ticket": begun["ticket"]})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    assert (await ask())["signed_in"] is None
    with w.browser() as browser:
        # It ends on a page without a form: go back to the terminal.
        address = begun["verification_uri_complete"]
        await trio.to_thread.run_sync(lambda: browser.sign_in(address, "ada", "never"))
    # Too early: the provider is not asked.
    assert (await ask())["signed_in"] is None
    w.clock.advance(begun["interval"])
    done = await ask()
    assert done["signed_in"]["user"]["username"] == "ada"
    w.clock.advance(begun["interval"])
    again = await w.post("/api/v1/auth/oidc/corp/device/token", {"ticket": begun["ticket"]})
    assert again.status_code == 401
    assert await w.rows("SELECT COUNT(*) FROM sessions") == [(1,)]


# Signing out.


async def test_where_to_sign_out_at_the_provider(w: World, real: OpenIdProvider) -> None:
    await w.add_provider(real)
    terminal = Terminal()
    done = (await terminal.exchange(w, await terminal.code(w))).json()["data"]
    headers = {"Authorization": f"Bearer {done['access_token']}"}

    async def address(query: str = "") -> httpx.Response:
        with w.browser() as browser:
            return await w.get(browser, f"{w.base_url}/api/v1/auth/oidc/corp/logout{query}", **headers)

    found = (await address()).json()["data"]["url"]
    given = parameters(found)
    assert found.startswith(f"{real.issuer}/session/end?")
    assert given["client_id"] == "corp"
    assert given["id_token_hint"].count(".") == 2
    bare = parameters((await address("?hint=false")).json()["data"]["url"])
    assert (bare["client_id"], "id_token_hint" in bare) == ("corp", False)
    back = (await address("?return_to=/bye")).json()["data"]["url"]
    assert parameters(back)["post_logout_redirect_uri"] == f"{w.base_url}/bye"
    assert (await address("?return_to=//evil.example")).status_code == 422
    [(sealed,)] = await w.rows("SELECT sealed_id_token FROM single_sign_on_sessions")
    assert given["id_token_hint"] not in sealed
    headers = {}
    assert (await address()).status_code == 401


async def test_signing_out_at_the_provider_ends_the_session_here(w: World, tmp_path: Path) -> None:
    """Back-channel logout by the real provider, over TLS."""
    client = {
        "backchannel_logout_uri": w.redirect_uri.replace("/callback", "/backchannel-logout"),
        "backchannel_logout_session_required": True,
    }
    async with openid_provider(tmp_path, w.redirect_uri, ca_file=w.ca_file, **client) as real:
        await w.add_provider(real)
        real.person("bob")
        await w.signed_in("bob")
        with w.browser() as browser:
            answer = await w.get(browser, await w.callback_address(browser))
            assert answer.status_code == 303
            await trio.to_thread.run_sync(
                lambda: browser.sign_in(f"{real.issuer}/session/end", "ada", "never")
            )
    live = await w.rows(
        "SELECT u.username FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.revoked_at IS NULL"
    )
    assert live == [("bob",)], (tmp_path / "provider.log").read_text()
    assert "session.revoke" in await w.actions()
