"""From an invite to somebody who works: the control plane, a real mail server, and a real browser."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import Client
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.polling import eventually, eventually_so
from tests.kit.requester import Reply, Requester, send
from tests.kit.smtp_server import PASSWORD as MAIL_PASSWORD
from tests.kit.smtp_server import USER, Certificates, Mailbox, smtp_server, text_of
from tests.nimbus.correspondence.invites.world import LINK
from tests.nimbus.people.identity.chromium import PROGRAM, Browser, browser

PASSWORD = "a plain sentence is long"


def settings(port: int, certificates: Certificates) -> dict[str, Any]:
    return {
        "host": "localhost",
        "port": port,
        "security": "starttls",
        "username": USER,
        "password": MAIL_PASSWORD,
        "from_address": "nimbus@example.com",
        "ca_pem": certificates.ca_pem,
        "timeout": 5,
    }


async def link_in(mailbox: Mailbox, count: int) -> str:
    await eventually(lambda: len(mailbox.taken) >= count, "the mail is there")
    found = LINK.search(text_of(mailbox.messages[-1]))
    assert found
    return found[0]


async def test_an_invite_by_mail_through_the_api(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    with smtp_server(starttls=certificates.context(), auth=True) as (port, mailbox):
        async with control_plane(tmp_path / "plane") as plane:
            shown = await plane.call(
                lambda api: api.request("PUT", "/api/v1/settings/mail", body=settings(port, certificates))
            )
            assert MAIL_PASSWORD not in json.dumps(shown)
            await plane.call(lambda api: api.patch("/api/v1/users/admin", {"email": "root@example.org"}))
            tried = await plane.post("/api/v1/settings/mail/test", {})
            assert tried["ok"], tried
            body = {"recipients": ["root@example.org"]}
            await plane.call(lambda api: api.request("PUT", "/api/v1/settings/notifications", body=body))
            new = await plane.post("/api/v1/invites", {"email": "Ada@example.org", "role": "operator"})
            assert new["link"] is None
            link = await link_in(mailbox, 2)
            assert link.startswith(f"{plane.profile.api}/invite#token=")
            token = link.partition("#token=")[2]

            seen = await send(plane, "POST", "/api/v1/invites/preview", {"token": token})
            assert (seen.status, seen.data["email"]) == (200, "ada@example.org")
            accept = {"token": token, "username": "ada", "password": PASSWORD}
            foreign = await send(plane, "POST", "/api/v1/invites/accept", {**accept, "cookie": True})
            assert (foreign.status, foreign.code) == (403, "FORBIDDEN")
            done = await send(plane, "POST", "/api/v1/invites/accept", accept)
            assert done.status == 201, done
            bearer = f"Bearer {done.data['session']['access_token']}"
            assert (await plane.get("/api/v1/users/ada"))["email_verified"] is True
            me = await trio.to_thread.run_sync(lambda: _get(plane, "/api/v1/whoami", bearer))
            assert "agent:write" in me.data["access"]["organizations"]["default"]
            again = await send(plane, "POST", "/api/v1/invites/accept", {**accept, "username": "eve"})
            assert (again.status, again.code) == (409, "CONFLICT")
            login = await send(plane, "POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
            assert login.status == 200

            # Whoever looks after the control plane hears of it, in one mail.
            await eventually(lambda: len(mailbox.taken) >= 3, "the notification is there")
            told = text_of(mailbox.messages[-1])
            assert "accepted an invite in default, as user ada" in told
            messages = await plane.get("/api/v1/settings/mail/messages")
            assert {one["state"] for one in messages} == {"sent"}

            def gone(api: Client) -> Any:
                return api.request("GET", "/api/v1/audit-log", query={"action": "invite.*"})["data"]

            rows = await plane.call(gone)
            assert {row["action"] for row in rows} == {"invite.create", "invite.accept"}
            assert token not in json.dumps(rows)


def _get(plane: ControlPlane, path: str, bearer: str) -> Reply:
    with Requester(plane, Authorization=bearer) as requester:
        return requester.get(path)


async def fill(page: Browser, **fields: str) -> None:
    for name, value in fields.items():
        await page.run(f"document.getElementById('{name}').value = {json.dumps(value)}")
    await page.run("document.getElementById('submit').click()")


async def shown(page: Browser, section: str) -> None:
    async def visible() -> Any:
        return await page.run(f"!document.getElementById('{section}').hidden")

    await eventually_so(visible, f"{section} is shown")


async def text(page: Browser, name: str) -> str:
    return str(await page.run(f"document.getElementById('{name}').textContent"))


async def picture(page: Browser, name: str, *, width: int, dark: bool) -> None:
    """A screenshot, where NIMBUS_SCREENSHOTS names a folder for them; nothing is wider than the window."""
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    await page.call("Emulation.setEmulatedMedia", features=scheme)
    await page.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
    )
    assert await page.run("document.documentElement.scrollWidth <= window.innerWidth")
    folder = os.environ.get("NIMBUS_SCREENSHOTS", "")
    if folder:
        made = await page.call("Page.captureScreenshot", format="png")
        (Path(folder) / f"{name}-{width}-{'dark' if dark else 'light'}.png").write_bytes(
            base64.b64decode(made["data"])
        )


@pytest.mark.skipif(not PROGRAM, reason="chromium is not installed")
async def test_the_page_of_an_invitation_in_a_browser(tmp_path: Path) -> None:
    async with control_plane(tmp_path, advertise="localhost") as plane:
        message = "welcome <b>to</b> the team"
        new = await plane.post(
            "/api/v1/invites", {"email": "ada@example.org", "role": "viewer", "message": message}
        )
        base = f"https://localhost:{plane.api_address[1]}"
        assert new["link"].startswith(f"{base}/invite#token=ninv_")
        certificate = Path(plane.config.data_dir) / "pki" / "api.crt"
        async with browser(tmp_path / "chromium", certificate) as page:
            await page.open(f"{base}/invite")
            await shown(page, "problem")
            assert "holds no invitation" in await text(page, "problem-text")
            await page.open(f"{base}/invite#token=ninv_{'A' * 43}")
            await shown(page, "problem")
            assert "no such invitation" in await text(page, "problem-text")

            await page.open(new["link"])
            await shown(page, "invitation")
            assert await text(page, "organization") == "default"
            assert await text(page, "message") == message
            assert await page.run("document.getElementById('email').value") == "ada@example.org"
            for width, dark in ((400, False), (400, True), (1400, False), (1400, True)):
                await picture(page, "form", width=width, dark=dark)
            await fill(page, username="", password="short", again="short")
            assert "missing" in await text(page, "username-error")
            assert "12 characters" in await text(page, "password-error")
            await fill(page, username="ada", password=PASSWORD, again=PASSWORD + "x")
            assert "not the same" in await text(page, "again-error")
            await fill(page, username="admin", password=PASSWORD, again=PASSWORD)

            async def refused() -> Any:
                return "taken" in await text(page, "username-error")

            await eventually_so(refused, "the name is refused")
            await picture(page, "errors", width=400, dark=False)
            await fill(page, username="Ada", display_name="Ada L.", password=PASSWORD, again=PASSWORD)
            await shown(page, "done")
            assert await text(page, "done-command") == f"nimbus login --api {base} --username ada"
            assert await page.run("location.hash") == ""
            for width, dark in ((400, False), (1400, True)):
                await picture(page, "done", width=width, dark=dark)
            # The browser is signed in; no script can see the cookie.
            assert "nimbus_refresh" not in str(await page.run("document.cookie"))
            refresh = """fetch('/api/v1/auth/refresh', {method: 'POST', body: '{}', headers:
                {'Content-Type': 'application/json', 'X-Nimbus-Request': '1'}}).then(r => r.status)"""
            assert await page.run(refresh) == 200
            # Another invitation, with the account that the browser is signed in to.
            other = await plane.post("/api/v1/invites", {"email": "zoe@example.org", "role": "operator"})
            await page.open(other["link"])
            await shown(page, "invitation")
            press = "document.getElementById('claim').click()"
            await page.run(press)

            async def not_hers() -> Any:
                return "is for zoe@example.org" in await text(page, "claim-error")

            await eventually_so(not_hers, "it is for another address")
            await plane.call(lambda api: api.patch("/api/v1/users/ada", {"email": "zoe@example.org"}))
            await page.run(press)
            await shown(page, "done")
            assert await text(page, "done-username") == "ada"
            await page.call("Network.clearBrowserCookies")
            stranger = await plane.post("/api/v1/invites", {"email": "eve@example.org", "role": "viewer"})
            await page.open(stranger["link"])
            await shown(page, "invitation")
            await page.run(press)

            async def not_signed_in() -> Any:
                return "not signed in" in await text(page, "claim-error")

            await eventually_so(not_signed_in, "nobody is signed in")
        users = await plane.get("/api/v1/users")
        assert {(one["username"], one["email"]) for one in users} >= {("ada", "zoe@example.org")}


async def test_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as (port, mailbox):
        async with control_plane(tmp_path / "plane") as plane:
            cli = command_line_of(plane, tmp_path, monkeypatch, capsys)
            status, out, _ = await cli("invite", "create", "ada@example.org", "--role", "viewer")
            link = out.splitlines()[1]
            assert (status, bool(LINK.fullmatch(link))) == (0, True)
            status, out, _ = await cli("iam", "invite", "list", "--state", "pending")
            assert (status, "ada@example.org" in out) == (0, True)
            ca = str(plane.profile.ca_file)
            accept = ("invite", "accept", "--profile", "ada", "--ca", ca, "--username", "ada")
            status, _, err = await cli(*accept, typed=f"{link}\n{PASSWORD}\n")
            assert status == 0, err
            assert "admin invites ada@example.org to default as viewer" in err
            status, out, _ = await cli("whoami", "--profile", "ada")
            assert (status, "ada" in out) == (0, True)
            status, _, err = await cli(
                "invite", "create", "x@example.org", "--role", "viewer", "--profile", "ada"
            )
            assert (status, "invite:write" in err) == (3, True)
            status, _, err = await cli(*accept, typed=f"{link}\n{PASSWORD}\n")
            assert (status, "accepted already" in err) == (1, True)

            await plane.post("/api/v1/organizations", {"name": "globex"})
            invite = {"email": "ada@example.org", "role": "viewer", "organization": "globex"}
            # To root ada is known: somebody of globex invites.
            owner = await plane.post("/api/v1/users", {"username": "own", "organization": "globex"})
            await plane.post(
                "/api/v1/grants", {"role": "owner", "user": owner["id"], "organization": "globex"}
            )
            await plane.post(f"/api/v1/users/{owner['id']}/password", {"password": "the owner of globex"})
            status, _, err = await cli(
                "login",
                "--profile",
                "own",
                "--api",
                plane.profile.api,
                "--ca",
                ca,
                "--username",
                "own",
                typed="the owner of globex\n",
            )
            assert status == 0, err
            status, out, err = await cli(
                "invite",
                "create",
                invite["email"],
                "--role",
                "viewer",
                "--organization",
                "globex",
                "--profile",
                "own",
                "-o",
                "json",
            )
            assert status == 0, err
            claim = ("invite", "accept", "--signed-in", "--profile", "ada", "--link-file", "-")
            status, _, err = await cli(*claim, typed=json.loads(out)["link"] + "\n")
            assert (status, "You now have the role viewer in globex." in err) == (0, True), err
            status, _, err = await cli(*claim, "--username", "x", typed="x\n")
            assert status == 2, err

            where = ("--host", "127.0.0.1", "--port", str(port), "--security", "none")
            status, out, err = await cli("mail", "set", *where, "--from", "nimbus@example.com")
            assert (status, "nimbus@example.com" in out) == (0, True), err
            status, out, _ = await cli(
                "mail", "set", "--username", "u", "--password-file", "-", typed="swordfish\n"
            )
            assert (status, "stored encrypted" in out, "swordfish" in out) == (0, True, False)
            status, _, err = await cli("mail", "set", "--port", "26")
            assert (status, "password" in err) == (1, True)
            assert (await cli("mail", "set", "--username", "", "--password-file", "/dev/null"))[0] == 0
            status, _, err = await cli("mail", "test")
            assert (status, "no address" in err) == (1, True)
            status, out, _ = await cli("invite", "create", "bob@example.org", "--role", "viewer")
            assert "mail was queued" in out
            await link_in(mailbox, 1)
            status, out, _ = await cli("invite", "show", "bob@example.org", "-o", "json")
            assert json.loads(out)["mail"]["purpose"] == "invite"
            assert (await cli("invite", "resend", "bob@example.org", "--ttl", "1h"))[0] == 0
            assert (await cli("invite", "revoke", "bob@example.org", "--yes"))[0] == 0
            status, out, _ = await cli("mail", "messages")
            assert (status, "bob@example.org" in out) == (0, True)
            status, out, _ = await cli("mail", "notify", "--organization", "default", "--to", "o@example.org")
            assert (status, "o@example.org" in out) == (0, True)
            status, out, _ = await cli("mail", "notify")
            assert (status, "no one" in out) == (0, True)
