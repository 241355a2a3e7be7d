"""A second factor that is required: sign-ins without one set one up and do nothing else."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from tests.kit.clock import SettableClock
from tests.kit.database import change
from tests.kit.requester import Reply
from tests.kit.staff import PASSWORD, Staff, staff

ACME, POLICY = "/api/v1/organizations/acme", "/api/v1/second-factor-policy"
FACTORS = "/api/v1/users/me/second-factors"


@pytest.fixture
async def people(tmp_path: Path) -> Any:
    async with staff(tmp_path / "plane") as made:
        await made.sign_in("acme-owner", "acme-viewer", "acme-none", "rival-viewer", "shared")
        yield made


async def ask(people: Staff, who: str, method: str, target: str, body: Any = None) -> Reply:
    return await people.ask(people.sessions[who], method, target, body)


async def enrol(people: Staff, who: str) -> pyotp.TOTP:
    made = await ask(people, who, "POST", f"{FACTORS}/totp", {})
    app = pyotp.TOTP(parse_qs(urlsplit(made.data["otpauth_uri"]).query)["secret"][0])
    confirmed = await ask(people, who, "POST", f"{FACTORS}/totp/confirm", {"code": app.now()})
    assert confirmed.status == 200, confirmed
    return app


async def require(people: Staff, who: str, required: bool = True) -> Reply:
    return await ask(people, who, "PATCH", ACME, {"require_second_factor": required})


def wanted(reply: Reply) -> None:
    assert (reply.status, reply.code) == (403, "SECOND_FACTOR_WANTED"), reply


async def test_members_without_one_set_one_up_and_do_nothing_else(people: Staff) -> None:
    refused = await require(people, "acme-owner")
    assert (refused.status, refused.code) == (409, "SECOND_FACTOR_MISSING")
    key = await people.personal_key("acme-viewer")
    await enrol(people, "acme-owner")
    before = (await ask(people, "acme-owner", "GET", f"{POLICY}?organization=acme")).data
    names = {user["username"] for user in before["without"]}
    # Also who is at home elsewhere and has a grant here.
    assert names >= {"acme-viewer", "acme-none", "shared"}
    assert names.isdisjoint({"acme-owner", "rival-viewer", "admin"})
    assert (before["required"], before["users_without"], before["users"]) == (
        False,
        len(names),
        len(names) + 1,
    )
    assert (await ask(people, "acme-viewer", "GET", f"{POLICY}?organization=acme")).status == 403
    assert (await require(people, "acme-owner")).status == 200
    assert (await ask(people, "acme-owner", "GET", "/api/v1/nodes")).status == 200
    assert (await ask(people, "rival-viewer", "GET", "/api/v1/nodes")).status == 200
    assert (await people.ask(key, "GET", "/api/v1/nodes")).status == 200
    await people.sign_in("acme-none")
    for who in ("acme-viewer", "acme-none", "shared"):
        for method, target, body in (
            ("GET", "/api/v1/nodes", None),
            ("GET", "/api/v1/events", None),
            ("POST", "/api/v1/personal-keys", {"name": "k"}),
            ("POST", "/api/v1/users/me/password", {"password": PASSWORD, "current_password": PASSWORD}),
            ("POST", f"/api/v1/users/{people.users['rival-viewer']}/password", {"password": PASSWORD}),
            ("POST", "/api/v1/auth/cli-grants", {}),
        ):
            wanted(await ask(people, who, method, target, body))
        said = (await ask(people, who, "GET", "/api/v1/whoami")).data
        assert said["second_factor_wanted_by"] == "the organization acme"
    app = await enrol(people, "acme-viewer")
    assert (await ask(people, "acme-viewer", "GET", "/api/v1/nodes")).status == 200
    # The last one stays while it is required.
    last = await ask(people, "acme-viewer", "POST", f"{FACTORS}/totp/disable", {"code": app.at(_later())})
    assert (last.status, last.code) == (409, "LAST_SECOND_FACTOR"), last
    assert (await require(people, "acme-owner", False)).status == 200
    assert (await ask(people, "shared", "GET", "/api/v1/nodes")).status == 200


async def test_the_control_plane_requires_one_of_all(people: Staff) -> None:
    plane, required = people.plane, {"require_second_factor": True}
    key = await _administrators_key(people)
    unsure = await people.ask(key, "PATCH", "/api/v1/settings", required)
    assert (unsure.status, unsure.code) == (409, "CONFIRMATION_NEEDED")
    assert "acme-admin" in unsure.message
    await plane.call(lambda client: client.patch("/api/v1/settings", {**required, "confirm": True}))
    wanted(await ask(people, "rival-viewer", "GET", "/api/v1/nodes"))
    # The way back in is a key of the host.
    await plane.call(lambda client: client.patch("/api/v1/settings", {"require_second_factor": False}))
    assert (await ask(people, "rival-viewer", "GET", "/api/v1/nodes")).status == 200


async def test_who_has_one_shows_it_in_a_session_that_began_without(people: Staff) -> None:
    await enrol(people, "acme-owner")
    codes = await enrol(people, "acme-viewer")
    # As an identity provider opens one that says nothing of a second factor.
    viewer = people.users["acme-viewer"]
    change(people.plane.config, f"UPDATE sessions SET methods = '[\"sso\"]' WHERE user_id = '{viewer}'")
    assert (await require(people, "acme-owner")).status == 200
    wanted(await ask(people, "acme-viewer", "GET", "/api/v1/nodes"))
    wrong = await ask(people, "acme-viewer", "POST", f"{FACTORS}/verify", {"code": "000000"})
    assert wrong.status == 422
    shown = await ask(people, "acme-viewer", "POST", f"{FACTORS}/verify", {"code": codes.at(_later())})
    assert shown.status == 200, shown
    assert (await ask(people, "acme-viewer", "GET", "/api/v1/nodes")).status == 200
    [row] = await people.plane.get("/api/v1/audit-log", action="second_factors.verify", outcome="ok")
    assert row["actor"]["name"] == "acme-viewer"
    assert codes.secret not in str(row)


async def test_who_shows_again_who_they_are_goes_on_in_their_session(tmp_path: Path) -> None:
    clock = SettableClock()
    async with staff(tmp_path / "plane", clock=clock) as people:
        await people.sign_in("acme-viewer")
        again = "/api/v1/auth/reauthenticate"

        async def begin() -> Reply:
            return await ask(people, "acme-viewer", "POST", f"{FACTORS}/totp", {})

        clock.advance(16 * 60)
        old = await begin()
        assert (old.status, old.code) == (403, "RECENT_SIGN_IN_REQUIRED")
        # A key is no session, and a refreshed token is as old as its session.
        key = await people.personal_key("acme-viewer")
        assert (await people.ask(key, "POST", again, {"password": PASSWORD})).status == 403
        for wrong in ("", "not the password of theirs"):
            refused = await ask(people, "acme-viewer", "POST", again, {"password": wrong})
            assert (refused.status, refused.code) == (422, "VALIDATION_ERROR")
        assert (await begin()).status == 403
        assert (await ask(people, "acme-viewer", "POST", again, {"password": PASSWORD})).status == 200
        app = pyotp.TOTP(parse_qs(urlsplit((await begin()).data["otpauth_uri"]).query)["secret"][0])
        now = clock.now() / 1e6
        confirmed = await ask(
            people, "acme-viewer", "POST", f"{FACTORS}/totp/confirm", {"code": app.at(int(now))}
        )
        assert confirmed.status == 200
        clock.advance(16 * 60)
        for otp in ("", "000000"):
            body = {"password": PASSWORD, "otp": otp}
            assert (await ask(people, "acme-viewer", "POST", again, body)).status == 422
        body = {"password": PASSWORD, "otp": app.at(int(clock.now() / 1e6))}
        assert (await ask(people, "acme-viewer", "POST", again, body)).status == 200
        clock.jump(-32 * 60)
        rows = await people.plane.get("/api/v1/audit-log", action="session.reauthenticate")
        assert {row["outcome"] for row in rows} >= {"ok", "denied"}
        assert PASSWORD not in str(rows)


async def _administrators_key(people: Staff) -> str:
    body = {"name": "settings", "kind": "api-key"}
    return str((await people.plane.post("/api/v1/personal-keys", body))["api_key"])


def _later() -> int:
    """The next code: each is accepted once."""
    return int(time.time()) + 30
