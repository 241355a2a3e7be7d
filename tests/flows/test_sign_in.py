"""Signing in as a person does it: the command line and plain HTTP against a running control plane."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import trio

from nimbus.client.client import ApiError, Client
from nimbus.client.profiles import load_profile, profiles_file
from nimbus.client.sessions import SessionEnded
from tests.kit import cli as command_line
from tests.kit.clock import SettableClock
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.requester import Reply, send

PASSWORD = "the first plain sentence"
OTHER = "another plain sentence"


class Cli(command_line.Cli):
    """With the clock of the control plane, and what the profile has stored."""

    def __init__(
        self,
        plane: ControlPlane,
        clock: SettableClock,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        super().__init__(plane, monkeypatch, capsys)
        self.clock = clock

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        return await send(self.plane, method, path, body, **headers)

    def stored(self, name: str = "admin") -> dict[str, Any]:
        """Of the profile that administrator's sessions get beside the key pair of `default`."""
        found: dict[str, Any] = json.loads(profiles_file(os.environ).read_text())[name]
        return found

    def age_token(self, **changes: Any) -> None:
        """As if the access token of the profile expired now."""
        file = profiles_file(os.environ)
        content = json.loads(file.read_text())
        content["admin"]["session"].update({"expires_at": 0, **changes})
        file.write_text(json.dumps(content))


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    clock = SettableClock()
    async with control_plane(tmp_path, clock=clock) as plane:
        command_line.use_profile_of(plane, tmp_path, monkeypatch)
        yield Cli(plane, clock, monkeypatch, capsys)


async def test_from_bootstrap_to_a_session_and_out_again(cli: Cli) -> None:
    assert "Password of admin set" in await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    status, _, err = await cli("login", "--username", "admin", typed=f"{PASSWORD}\n")
    assert status == 0
    assert "Signed in as admin" in err
    file = profiles_file(os.environ)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    me = await cli.json("whoami")
    assert (me["name"], me["via"], me["user"]["is_admin"]) == ("admin", "session", True)
    [session] = await cli.json("iam", "sessions")
    assert (session["current"], session["methods"]) == (True, ["pwd"])
    assert "Administrator:   yes\n" in await cli.ok("iam", "whoami")
    token = cli.stored()["session"]["access_token"]
    out = (await cli("logout"))[2]
    assert out == "Signed out.\n"
    assert "session" not in cli.stored()
    refused = await cli.send("GET", "/api/v1/nodes", Authorization=f"Bearer {token}")
    assert (refused.status, refused.code) == (401, "UNAUTHENTICATED")
    # Nobody goes on as another than they were: the key is in a profile of its own.
    status, _, err = await cli("whoami")
    assert (status, err) == (
        3,
        "nimbus: you are not signed in with profile 'admin'. Sign in: nimbus login. For another profile: nimbus "
        "profile list [UNAUTHENTICATED]\n",
    )
    status, _, err = await cli("logout")
    assert (status, "nimbus login" in err) == (1, True)
    listed = [(one["name"], one["signs_in_by"]) for one in await cli.json("profile", "list")]
    assert listed == [("admin", None), ("default", "key pair")]
    assert (await cli.json("whoami", "--profile", "default"))["via"] == "key"
    status, _, err = await cli("login", "--profile", "default", "--username", "admin", typed=f"{PASSWORD}\n")
    assert (status, "profile 'default' signs in with a key" in err) == (2, True)


async def test_an_own_user_from_making_to_deleting(cli: Cli) -> None:
    made = await cli.json(
        "iam",
        "create-user",
        "Ada",
        "--email",
        "Ada@example.org",
        "--label",
        "team=core",
        "--must-change-password",
        typed=f"{PASSWORD}\n",
    )
    assert (made["username"], made["organization"], made["has_password"]) == ("ada", "default", True)
    assert "password_hash" not in made
    await cli.ok("login", "--username", "ada", typed=f"{PASSWORD}\n")
    status, _, err = await cli("node", "list")
    assert status == 3
    assert "choose another password" in err
    assert "nimbus iam set-password" in err
    assert "[PASSWORD_CHANGE_REQUIRED]" in err
    status, _, err = await cli("iam", "set-password", typed=f"wrong\n{OTHER}\n")
    assert status == 1
    assert "current" in err
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n{OTHER}\n")
    status, _, err = await cli("node", "list")
    assert (status, "agent:read" in err) == (3, True)
    status, _, err = await cli("iam", "list-users")
    assert (status, "user:read" in err) == (3, True)
    await cli.ok("iam", "update-user", "me", "--display-name", "Ada L.")
    await cli.ok("logout")
    await cli.ok("profile", "use", "default")
    assert "Ada L." in await cli.ok("iam", "list-users", "--label", "team=core")
    await cli.ok("iam", "update-user", "ada", "--disable")
    status, _, err = await cli("login", "--username", "ada", typed=f"{OTHER}\n")
    assert (status, "disabled" in err) == (3, True)
    await cli.ok("iam", "delete-user", "ada", "--yes")
    assert (await cli("iam", "show-user", "ada"))[0] == 4
    status, _, err = await cli("iam", "update-user", "admin", "--disable")
    assert (status, "last enabled administrator" in err) == (1, True)


async def test_a_user_with_keys_can_be_deleted(cli: Cli) -> None:
    await cli.ok("iam", "create-user", "ada", typed=f"{PASSWORD}\n")
    login = await cli.send("POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
    bearer = f"Bearer {login.data['access_token']}"
    made = await cli.send(
        "POST", "/api/v1/personal-keys", {"name": "mine", "kind": "api-key"}, Authorization=bearer
    )
    assert made.status == 201
    await cli.ok("iam", "delete-user", "ada", "--yes")
    assert (await cli.send("GET", "/api/v1/whoami", Authorization=bearer)).status == 401
    assert (await cli.send("GET", "/api/v1/whoami", X_API_Key=made.data["api_key"])).status == 401


async def test_an_authenticator_app_on_the_command_line(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    await cli.ok("login", "--username", "admin", typed=f"{PASSWORD}\n")
    uri = (await cli.ok("iam", "totp", "enrol")).strip()
    assert urlsplit(uri).scheme == "otpauth"
    app = pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])
    codes = (await cli.ok("iam", "totp", "confirm", _code(cli, app))).split()
    assert len(codes) == 10
    status, _, err = await cli("login", "--username", "admin", typed=f"{PASSWORD}\n")
    assert (status, "code is missing" in err) == (2, True)
    cli.clock.advance(30)
    status, _, err = await cli("login", "--username", "admin", typed=f"{PASSWORD}\n{_code(cli, app)}\n")
    assert status == 0
    assert "authenticator app or one of the recovery codes" in err
    assert (await cli.json("whoami"))["user"]["mfa"]["totp"] is True
    await cli.ok("login", "--username", "admin", "--otp", codes[0], typed=f"{PASSWORD}\n")
    status, _, err = await cli("login", "--username", "admin", "--otp", codes[0], typed=f"{PASSWORD}\n")
    assert status == 3
    new = (await cli.ok("iam", "recovery-codes", codes[1])).split()
    assert len(new) == 10
    await cli.ok("iam", "totp", "disable", new[0])
    await cli.ok("login", "--username", "admin", typed=f"{PASSWORD}\n")


def _code(cli: Cli, app: pyotp.TOTP) -> str:
    return app.generate_otp(cli.clock.now() // 1_000_000 // 30)


async def test_two_commands_at_once_spend_one_refresh_token_once(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    await cli.ok("login", "--username", "admin", typed=f"{PASSWORD}\n")
    old = cli.stored()["session"]
    cli.age_token()
    barrier = threading.Barrier(4)
    names: list[str] = []

    def command() -> None:
        client = Client(load_profile(None, os.environ))
        barrier.wait(10)
        names.append(client.get("/api/v1/whoami")["name"])
        client.close()

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(trio.to_thread.run_sync, command)
    assert names == ["admin"] * 4
    new = cli.stored()["session"]
    assert new["refresh_token"] != old["refresh_token"]
    assert new["username"] == "admin"
    assert (await cli.json("whoami"))["via"] == "session"
    # The old one is spent: showing it ends the session, and the commands say what to do.
    reuse = await cli.send("POST", "/api/v1/auth/refresh", {"refresh_token": old["refresh_token"]})
    assert reuse.status == 401
    status, _, err = await cli("node", "list")
    assert (status, "Sign in again: nimbus login" in err) == (3, True)


async def test_a_token_that_is_refused_before_its_time_is_renewed_once(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    await cli.ok("login", "--username", "admin", typed=f"{PASSWORD}\n")
    before = cli.stored()["session"]["access_token"]
    # The control plane's clock is an hour ahead of ours.
    cli.clock.advance(3700)
    assert (await cli.json("whoami"))["via"] == "session"
    assert cli.stored()["session"]["access_token"] != before


async def test_a_token_of_the_environment(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    status, out, err = await cli(
        "iam", "login", "--username", "admin", "--print-token", "--password", PASSWORD
    )
    assert status == 0
    assert "warning" in err
    assert PASSWORD not in err
    assert "session" not in cli.stored("default")
    name, _, token = out.strip().removeprefix("export ").partition("=")
    assert name == "NIMBUS_TOKEN"
    monkeypatch.setenv(name, token)
    assert (await cli.json("whoami"))["via"] == "session"
    cli.clock.advance(3600)
    status, _, err = await cli("node", "list")
    assert (status, "expired" in err, "nimbus login" in err) == (3, True, True)
    cli.clock.advance(-3600)
    await cli.ok("logout")
    status, _, err = await cli("node", "list")
    assert (status, "ended" in err) == (3, True)


@pytest.mark.parametrize("token", ["x", "a b", "é", "a.b.c"])
async def test_a_token_that_is_none(cli: Cli, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("NIMBUS_TOKEN", token)
    status, _, err = await cli("node", "list")
    assert status in (2, 3)
    assert err.count("\n") == 1


async def test_a_first_login_without_a_profile(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    api, ca = cli.plane.profile.api, cli.plane.profile.ca_file
    profiles_file(os.environ).unlink()
    status, _, err = await cli("login", "--username", "admin", typed=f"{PASSWORD}\n")
    assert (status, "NO_PROFILE" in err) == (3, True)
    await cli.ok("login", "--api", api, "--ca", ca, "--username", "admin", typed=f"{PASSWORD}\n")
    assert set(cli.stored("default")) == {"api", "ca_file", "session"}
    assert (await cli.json("whoami"))["name"] == "admin"


async def test_signing_in_again_ends_the_session_before(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    for _ in range(3):
        await cli.ok("login", "--username", "admin", typed=f"{PASSWORD}\n")
    assert len(await cli.json("iam", "sessions")) == 1


async def test_keys_of_the_environment_do_not_get_into_the_profile(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    before = cli.stored("default")
    monkeypatch.setenv("NIMBUS_ACCESS_KEY", "NKother")
    monkeypatch.setenv("NIMBUS_SECRET_KEY", "other")
    await cli.ok("login", "--username", "admin", typed=f"{PASSWORD}\n")
    assert cli.stored("default") == before
    assert set(cli.stored()) == {"api", "ca_file", "session"}


async def test_more_than_one_kind_of_credentials_is_refused(cli: Cli) -> None:
    reply = await cli.send("GET", "/api/v1/nodes", Authorization="Bearer x.y.z", X_API_Key="nbk_1_2")
    assert reply.status == 401
    assert "more than one" in reply.message


async def test_wrong_passwords_are_slowed_down(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    body = {"username": "admin", "password": "wrong"}
    replies = [await cli.send("POST", "/api/v1/auth/login", body) for _ in range(7)]
    assert [reply.status for reply in replies] == [401] * 6 + [429]
    assert replies[-1].headers["retry-after"] == "1"
    assert all("www-authenticate" in reply.headers for reply in replies[:6])


# The dashboard's way.


async def test_the_cookie_is_for_our_own_pages_only(cli: Cli) -> None:
    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    host = f"127.0.0.1:{cli.plane.api_address[1]}"
    own = {"X_Nimbus_Request": "1", "Origin": f"https://{host}"}
    body = {"username": "admin", "password": PASSWORD, "cookie": True}
    for bad in (
        {},
        {"X_Nimbus_Request": "1"},
        {"Origin": own["Origin"]},
        {**own, "Origin": "https://evil.example"},
        {**own, "Origin": f"http://{host}"},
        {**own, "Origin": "null"},
        {**own, "X_Nimbus_Request": "0"},
    ):
        assert (await cli.send("POST", "/api/v1/auth/login", body, **bad)).status == 403
    done = await cli.send("POST", "/api/v1/auth/login", body, **own)
    assert done.status == 200
    assert done.data["refresh_token"] is None
    cookie = done.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    value, *attributes = rest.split("; ")
    assert name == "__Host-nimbus_refresh"
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(attributes)
    sent = f"nimbus_refresh=planted; other=1; __Host-nimbus_refresh={value}"
    assert (await cli.send("POST", "/api/v1/auth/refresh", {}, Cookie=sent)).status == 403
    refreshed = await cli.send("POST", "/api/v1/auth/refresh", {}, Cookie=sent, **own)
    assert refreshed.status == 200
    assert refreshed.data["refresh_token"] is None
    fresh = refreshed.headers["set-cookie"].split(";")[0]
    assert fresh != cookie.split(";")[0]
    out = await cli.send("POST", "/api/v1/auth/logout", {}, Cookie=fresh, **own)
    assert (out.status, out.data["session_id"]) == (200, done.data["session_id"])
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert (await cli.send("POST", "/api/v1/auth/refresh", {}, Cookie=fresh, **own)).status == 401


async def test_the_client_without_a_profile_file_renews_in_memory(cli: Cli) -> None:
    from dataclasses import replace

    from nimbus.client.sessions import session_of

    await cli.ok("iam", "set-password", typed=f"{PASSWORD}\n")
    login = await cli.send("POST", "/api/v1/auth/login", {"username": "admin", "password": PASSWORD})
    session = replace(session_of(login.data), expires_at=0.0)
    profile = replace(cli.plane.profile, session=session, file=None)

    def use_a_refresh_token_twice() -> None:
        client = Client(profile)
        assert client.get("/api/v1/whoami")["via"] == "session"
        assert client.get("/api/v1/whoami")["via"] == "session"
        stale = Client(profile)
        with pytest.raises(SessionEnded, match="used before"):
            stale.get("/api/v1/whoami")
        with pytest.raises((ApiError, SessionEnded), match="ended"):
            client.get("/api/v1/whoami")

    await trio.to_thread.run_sync(use_a_refresh_token_twice)
