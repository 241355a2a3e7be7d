"""The whole of single sign-on against Keycloak."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from nimbus.kernel.routing import Target
from tests.kit.keycloak import PASSWORD, Keycloak, keycloak
from tests.nimbus.people.single_sign_on.world import ADMIN, World, world

pytestmark = pytest.mark.slow


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "nimbus") as made:
        yield made


async def sign_in(w: World, *, ahead_s: int = 0) -> httpx.Response:
    # Keycloak goes by the clock of this machine.
    w.clock.time = time.time_ns() // 1000 + ahead_s * 1_000_000
    return await w.signed_in(password=PASSWORD)


async def live_sessions(w: World) -> int:
    [(count,)] = await w.rows("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL")
    return int(count)


async def test_keycloak(w: World, tmp_path: Path) -> None:
    async with keycloak(tmp_path, w.redirect_uri, w.ca_file) as real:
        await _provider_is_good(w, real)
        await _groups(w, real)
        await _another_device(w, real)
        await _keys_are_rotated(w, real)
        await _signing_out_there(w, real)
        await _disabled_there(w, real)


async def _provider_is_good(w: World, real: Keycloak) -> None:
    for name in ("operators", "auditors", "readers"):
        await w.add_group(name)
    mapping = [{"value": "ops", "group": "operators"}, {"value": "audit", "group": "auditors"}]
    await w.add_provider(real, sign_up="mapped", group_mapping=mapping)  # type: ignore[arg-type]
    found = await w.sso.providers.check(ADMIN, Target("corp"))
    assert found.ok, found.problems
    assert (found.device_flow, found.sign_out) == (True, True)


async def _groups(w: World, real: Keycloak) -> None:
    answer = await sign_in(w)
    assert answer.status_code == 303, answer.text
    user = await w.user("ada")
    assert (user.email, user.display_name) == ("ada@example.org", "Ada Lovelace")
    assert (await w.members("operators"), await w.members("auditors")) == (["ada"], [])
    [ada] = await real.admin("GET", "/users?username=ada")
    groups = {one["name"]: one["id"] for one in await real.admin("GET", "/groups")}
    await real.admin("DELETE", f"/users/{ada['id']}/groups/{groups['ops']}")
    await real.admin("PUT", f"/users/{ada['id']}/groups/{groups['audit']}")
    assert (await sign_in(w)).status_code == 303
    assert (await w.members("operators"), await w.members("auditors")) == ([], ["ada"])
    # Roles of the realm, by a path with a dot.
    mapping: list[Any] = [{"value": "reader", "group": "readers"}]
    await w.change_provider(groups_claim="realm_access.roles", group_mapping=mapping)
    assert (await sign_in(w)).status_code == 303
    assert (await w.members("readers"), await w.members("auditors")) == (["ada"], [])


async def _another_device(w: World, real: Keycloak) -> None:
    answer = await w.post("/api/v1/auth/oidc/corp/device", {})
    assert answer.status_code == 200, answer.text
    begun = answer.json()["data"]
    with w.browser() as browser:
        address = begun["verification_uri_complete"]
        await trio.to_thread.run_sync(lambda: browser.sign_in(address, "ada", "never", password=PASSWORD))
    answer = await w.post("/api/v1/auth/oidc/corp/device/token", {"ticket": begun["ticket"]})
    assert answer.json()["data"]["signed_in"]["user"]["username"] == "ada", answer.text


async def _keys_are_rotated(w: World, real: Keycloak) -> None:
    before = (await w.sso.providers.check(ADMIN, Target("corp"))).signing_keys
    component = {
        "name": "newer",
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "parentId": (await real.admin("GET", ""))["id"],
        "config": {"priority": ["1000"], "keySize": ["2048"], "enabled": ["true"], "active": ["true"]},
    }
    await real.admin("POST", "/components", component)
    after = (await w.sso.providers.check(ADMIN, Target("corp"))).signing_keys
    assert len(after) == len(before) + 1
    # Not sooner than ten seconds after the last look for new keys.
    assert (await sign_in(w, ahead_s=11)).status_code == 303


async def _signing_out_there(w: World, real: Keycloak) -> None:
    """Back-channel logout, over TLS: of the session that ended there, and of no other. (Keycloak's sign-out of a
    user as a whole tells a client of one session only, so that each is ended by itself here.)"""
    left = await live_sessions(w)
    assert left > 1
    [ada] = await real.admin("GET", "/users?username=ada")
    for session in await real.admin("GET", f"/users/{ada['id']}/sessions"):
        await real.admin("DELETE", f"/sessions/{session['id']}")
        left -= 1
        # It tells before it answers.
        assert await live_sessions(w) == left, real.log()[-2000:]
    assert left == 0


async def _disabled_there(w: World, real: Keycloak) -> None:
    [ada] = await real.admin("GET", "/users?username=ada")
    await real.admin("PUT", f"/users/{ada['id']}", {**ada, "enabled": False})
    with pytest.raises(AssertionError, match=r"no end of forms|did not send"):
        await sign_in(w)
    assert await live_sessions(w) == 0
