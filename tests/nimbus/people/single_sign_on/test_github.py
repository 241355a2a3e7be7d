"""GitHub, which cannot be had here: a fake that answers as its documentation says (OAuth apps: authorizing; REST:
users, emails, teams), under the addresses of a GitHub Enterprise Server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from nimbus.kernel.routing import Target
from tests.nimbus.people.single_sign_on.hostile_issuer import HostileIssuer, hostile_issuer
from tests.nimbus.people.single_sign_on.world import ADMIN, World, parameters


class FakeGithub:
    def __init__(self, server: HostileIssuer) -> None:
        self.server = server
        self.user: dict[str, Any] = {"id": 42, "login": "Ada-L", "name": "Ada"}
        self.emails = [
            {"email": "old@example.org", "primary": False, "verified": True},
            {"email": "ada@example.org", "primary": True, "verified": True},
        ]
        self.teams = [{"slug": "ops", "organization": {"login": "Corp"}}]
        server.documents = {
            "/login/oauth/access_token": {"access_token": "gho_1", "token_type": "bearer", "scope": ""},
            "/api/v3/user": lambda: self.user,
            "/api/v3/user/emails": lambda: (200, {}, _json(self.emails)),
            "/api/v3/user/teams": lambda: (200, {}, _json(self.teams)),
            "/api/v3/meta": {},
        }

    async def sign_in(self, w: World) -> int:
        with w.browser() as browser:
            url = f"{w.base_url}/api/v1/auth/oidc/corp/start"
            start = await trio.to_thread.run_sync(lambda: browser.client.get(url))
            sent = {"state": parameters(start.headers["location"])["state"], "code": "c"}
            self.location = start.headers["location"]
            answer = await trio.to_thread.run_sync(lambda: browser.client.get(w.redirect_uri, params=sent))
            return int(answer.status_code)

    location = ""


def _json(value: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(value)


@pytest.fixture
async def github(w: World) -> AsyncIterator[FakeGithub]:
    async with hostile_issuer(w.clock.now) as server:
        yield FakeGithub(server)


async def test_signing_in_at_github(w: World, github: FakeGithub) -> None:
    await w.add_group("operators")
    mapping = [{"value": "Corp/ops", "group": "operators"}]
    made = await w.add_provider(github.server, kind="github", group_mapping=mapping)  # type: ignore[arg-type]
    assert made.scopes == ("read:user", "user:email", "read:org")
    assert (await w.sso.providers.check(ADMIN, Target("corp"))).ok
    assert await github.sign_in(w) == 303
    assert github.location.startswith(f"{github.server.issuer}/login/oauth/authorize?")
    assert parameters(github.location)["code_challenge_method"] == "S256"
    assert (await w.user("ada-l")).email == "ada@example.org"
    assert await w.members("operators") == ["ada-l"]
    [form] = github.server.forms
    assert (form["client_id"], form["client_secret"], form["code"]) == ("corp", "s3cret", "c")
    # Another name there is the same person here.
    github.user["login"] = "Countess"
    github.teams = []
    assert await github.sign_in(w) == 303
    assert await w.members("operators") == []
    assert await w.rows("SELECT COUNT(*) FROM users") == [(1,)]


async def test_what_github_refuses(w: World, github: FakeGithub) -> None:
    await w.add_provider(github.server, kind="github")  # type: ignore[arg-type]
    github.emails[1]["verified"] = False
    assert await github.sign_in(w) == 401
    documents = github.server.documents
    good = documents["/login/oauth/access_token"]
    documents["/login/oauth/access_token"] = {"error": "bad_verification_code"}
    assert await github.sign_in(w) == 401
    documents["/login/oauth/access_token"] = good
    documents["/api/v3/user"] = (403, {}, b"{}")
    assert await github.sign_in(w) == 503
    documents["/api/v3/user"] = {"login": "no id"}
    assert await github.sign_in(w) == 503
    assert await w.refusals() == ["EMAIL_NOT_VERIFIED", "CODE_REFUSED", "PROVIDER_FAILED", "PROVIDER_FAILED"]
    assert (await w.post("/api/v1/auth/oidc/corp/device", {})).status_code == 401
    answer = await w.post("/api/v1/auth/oidc/corp/backchannel-logout", data={"logout_token": "x"})
    assert answer.status_code == 400
