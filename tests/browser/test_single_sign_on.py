"""Signing in to the dashboard through an identity provider: a real one (npm's oidc-provider), on its own pages."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from playwright.sync_api import expect

from tests.kit.control_plane import control_plane
from tests.kit.dashboard import EXECUTABLE, chromium, dashboard
from tests.kit.openid_provider import OpenIdProvider, openid_provider

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")


def sign_in(url: str) -> None:
    with chromium() as browser:
        shown = dashboard(browser, url)
        page = shown.open("/tasks")
        page.get_by_role("link", name="Sign in with Corp").click()
        page.locator("[name=login]").fill("ada")
        page.locator("[name=password]").fill("any")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        # Back where she wanted to go, as somebody who may nothing yet.
        page.wait_for_selector("#content h1")
        assert page.url == f"{url}/tasks"
        page.get_by_role("button", name="Account").click()
        expect(page.get_by_text("Signed in as ada")).to_be_visible()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert shown.problems == []


async def test_a_person_of_the_provider_signs_in_and_out(tmp_path: Path) -> None:
    async with control_plane(tmp_path, advertise="127.0.0.1") as plane:
        redirect_uri = f"{plane.serving.api}/api/v1/auth/oidc/corp/callback"
        async with openid_provider(tmp_path, redirect_uri) as real:
            await plane.post("/api/v1/identity-providers", corp(real))
            await trio.to_thread.run_sync(sign_in, plane.serving.api)


def corp(real: OpenIdProvider) -> dict[str, str]:
    return {
        "name": "corp",
        "display_name": "Corp",
        "issuer": real.issuer,
        "client_id": real.client_id,
        "client_secret": real.client_secret,
        "sign_up": "on",
    }
