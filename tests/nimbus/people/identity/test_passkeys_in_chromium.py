"""Passkeys with a real browser: Chromium and its virtual authenticator, on a page of a running control plane."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.requester import Reply, send
from tests.nimbus.people.identity.chromium import PROGRAM, Browser, browser

PASSWORD = "the first plain sentence"
CREATE = """navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(%s)})
    .then(credential => JSON.stringify(credential))"""
GET = """navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(%s)})
    .then(credential => JSON.stringify(credential))"""
# As the dashboard does it: the page itself signs in, and the cookie stays with the browser.
SIGN_IN = """(async () => {
    const send = async (path, body) => (await fetch(path, {method: "POST", credentials: "same-origin",
        headers: {"Content-Type": "application/json", "X-Nimbus-Request": "1"},
        body: JSON.stringify(body)})).json();
    const asked = (await send("/api/v1/auth/passkeys/options", {})).data;
    const credential = await navigator.credentials.get(
        {publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.options)});
    const body = {state: asked.state, credential: credential.toJSON(), cookie: true};
    const done = await send("/api/v1/auth/passkeys", body);
    const refreshed = await send("/api/v1/auth/refresh", {});
    return JSON.stringify({done, refreshed, cookies: document.cookie});
})()"""


async def post(plane: ControlPlane, path: str, body: Any, token: str = "") -> Reply:
    return await send(plane, "POST", path, body, **({"Authorization": f"Bearer {token}"} if token else {}))


async def create(page: Browser, options: Any) -> Any:
    return json.loads(await page.run(CREATE % json.dumps(options)))


@pytest.mark.skipif(not PROGRAM, reason="chromium is not installed")
async def test_register_and_sign_in_with_a_real_browser(tmp_path: Path) -> None:
    async with control_plane(tmp_path, advertise="localhost") as plane:
        await plane.post("/api/v1/users/me/password", {"password": PASSWORD})
        login = await post(plane, "/api/v1/auth/login", {"username": "admin", "password": PASSWORD})
        token = login.data["access_token"]
        certificate = Path(plane.config.data_dir) / "pki" / "api.crt"
        async with browser(tmp_path / "chromium", certificate) as page:
            await page.open(f"https://localhost:{plane.api_address[1]}/healthz")
            assert await page.run("window.isSecureContext") is True
            authenticator = await page.add_authenticator()
            asked = (await post(plane, "/api/v1/users/me/passkeys/options", None, token)).data
            credential = await create(page, asked["options"])
            body = {"state": asked["state"], "credential": credential, "name": "chromium"}
            made = await post(plane, "/api/v1/users/me/passkeys", body, token)
            assert made.status == 201, made
            assert made.data["passkey"]["transports"] == ["internal"]
            assert len(made.data["recovery_codes"]) == 10

            told = json.loads(await page.run(SIGN_IN))
            assert told["done"]["data"]["user"]["username"] == "admin"
            assert told["done"]["data"]["refresh_token"] is None
            assert told["refreshed"]["data"]["session_id"] == told["done"]["data"]["session_id"]
            assert "nimbus_refresh" not in told["cookies"]

            # After a password, as the second factor; and the same answer again is refused.
            first = await post(plane, "/api/v1/auth/login", {"username": "admin", "password": PASSWORD})
            assert first.code == "SECOND_FACTOR_REQUIRED"
            challenge = first.json["error"]["details"][0]["message"]
            asked = (await post(plane, "/api/v1/auth/passkeys/options", {"challenge": challenge})).data
            answer = json.loads(await page.run(GET % json.dumps(asked["options"])))
            body = {"state": asked["state"], "credential": answer}
            assert (await post(plane, "/api/v1/auth/passkeys", body)).status == 200
            assert (await post(plane, "/api/v1/auth/passkeys", body)).status == 401

            # Without the finger or the PIN the authenticator does not answer at all.
            await page.call("WebAuthn.setUserVerified", authenticatorId=authenticator, isUserVerified=False)
            asked = (await post(plane, "/api/v1/auth/passkeys/options", {})).data
            script = GET % json.dumps({**asked["options"], "timeout": 1000})
            assert await page.run(f"{script}.then(() => 'signed', error => error.name)") == "NotAllowedError"
