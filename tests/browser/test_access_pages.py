"""The pages of the dashboard about who may do what: a real control plane, a real browser."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.kernel.clock import MICROSECONDS
from tests.kit.dashboard import EXECUTABLE, NARROW, PASSWORD, WIDE, Dashboard, chromium, dashboard
from tests.kit.database import is_postgresql, place
from tests.kit.processes import ControlPlaneProcess, control_plane_process

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")
OTHER_PASSWORD = "another long enough phrase"
CODE_S = 30


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlaneProcess]:
    with control_plane_process(tmp_path_factory.mktemp("plane"), name="localhost") as started:
        yield started


@pytest.fixture(scope="module")
def operator(browser: Browser, plane: ControlPlaneProcess) -> Iterator[Dashboard]:
    """The administrator; no page of theirs had a problem when all is done."""
    shown = dashboard(browser, plane.url)
    shown.set_up(plane.setup_token())
    yield shown
    assert shown.problems == []


def call(page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """A request of whoever is signed in on the page: what a test needs and is not about."""
    return page.evaluate(
        """async ([method, path, body]) => {
          const own = {'Content-Type': 'application/json', 'X-Nimbus-Request': '1'};
          const renewed = await fetch('/api/v1/auth/refresh', {method: 'POST', headers: own, body: '{}'});
          const token = (await renewed.json()).data.access_token;
          const answer = await fetch(path, {method, body: body && JSON.stringify(body),
            headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'}});
          return (await answer.json()).data;
        }""",
        [method, path, body],
    )


def choose(within: Page | Locator, label: str, option: str) -> None:
    field = within.get_by_role("combobox", name=label, exact=True)
    field.click()
    field.page.get_by_role("option", name=option, exact=True).click()


def signed_in_long_ago(plane: ControlPlaneProcess) -> None:
    """As if all had signed in an hour ago, and their apps shown another code since."""
    database = place(plane.folder) if is_postgresql() else plane.data / "nimbus.db"

    def age(tx: Transaction) -> None:
        tx.execute("UPDATE sessions SET authenticated_at = authenticated_at - ?", (3600 * MICROSECONDS,))
        tx.execute("UPDATE totp_factors SET last_step = 0", ())

    write_once(database, age)


def asked_again(page: Page) -> Locator:
    """The question who one is, over what wanted it."""
    asked = page.get_by_role("dialog", name="Confirm that it is you")
    expect(asked.get_by_role("textbox", name="Password")).to_be_visible()
    return asked


def turn_on(page: Page) -> pyotp.TOTP:
    """The authenticator app of the enrolment that is shown."""
    enrolment = page.get_by_role("dialog", name="Authenticator app")
    expect(enrolment.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    app = pyotp.TOTP(enrolment.locator(".mono").first.inner_text())
    enrolment.get_by_label("Verification code").fill(app.now())
    enrolment.get_by_role("button", name="Turn on").click()
    return app


def test_a_user_is_made_given_a_role_and_chooses_a_password(
    browser: Browser, operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    page = operator.open("/users")
    page.get_by_role("button", name="New user").click()
    made = page.get_by_role("dialog")
    made.get_by_label("User name").fill("grace")
    made.get_by_role("textbox", name="Password").fill(PASSWORD)
    made.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="grace")).to_be_visible()
    expect(page.get_by_text("Must change password at next sign-in")).to_be_visible()

    page.get_by_role("button", name="Grant role").click()
    given = page.get_by_role("dialog")
    choose(given, "Scope", "default/default")
    choose(given, "Role", "viewer")
    given.get_by_role("button", name="Grant role").click()
    expect(page.get_by_role("link", name="viewer")).to_be_visible()

    choose(page, "Permission", "agent:write")
    choose(page, "Scope", "default/default")
    expect(page.get_by_text("No", exact=True)).to_be_visible()

    theirs = dashboard(browser, plane.url, size=NARROW)
    page = theirs.open("/users")
    theirs.fill_in_sign_in("grace")
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    page.get_by_role("textbox", name="Current password").fill(PASSWORD)
    page.get_by_role("textbox", name="New password", exact=True).fill(OTHER_PASSWORD)
    page.get_by_role("textbox", name="Confirm password").fill(OTHER_PASSWORD)
    page.get_by_role("button", name="Save").click()
    # Where they wanted to go, which is not for them.
    expect(page.get_by_role("heading", name="You do not have access")).to_be_visible()
    expect(page.get_by_text("user:read")).to_be_visible()
    expect(page.get_by_role("button", name="New user")).to_have_count(0)
    page.get_by_role("button", name="Open navigation").click()
    expect(page.get_by_role("link", name="Nodes")).to_be_visible()
    expect(page.get_by_role("link", name="Roles")).to_have_count(0)
    assert theirs.problems == []
    theirs.context.close()


def test_an_authenticator_app_is_set_up_and_signs_in(
    browser: Browser, operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    page = operator.open("/account")
    page.wait_for_selector("#content")
    careful = {"name": "careful", "require_second_factor": True}
    call(page, "POST", "/api/v1/organizations", careful)
    ada = {"username": "ada", "password": PASSWORD, "organization": "careful"}
    call(page, "POST", "/api/v1/users", ada)
    theirs = dashboard(browser, plane.url)
    page = theirs.open("/account")
    theirs.fill_in_sign_in("ada")
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_disabled()
    for scheme, (width, height) in (("light", WIDE), ("dark", NARROW), ("light", NARROW), ("dark", WIDE)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": height})
        assert theirs.serious() == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width

    signed_in_long_ago(plane)
    page.get_by_role("button", name="Set up…").click()
    again = asked_again(page)
    expect(again.get_by_label("Verification code")).to_have_count(0)
    assert theirs.serious() == []
    again.get_by_role("textbox", name="Password").fill("not the password")
    again.get_by_role("button", name="Continue").click()
    expect(again.get_by_role("alert")).to_be_visible()
    again.get_by_role("textbox", name="Password").fill(PASSWORD)
    again.get_by_role("button", name="Continue").click()
    enrolment = page.get_by_role("dialog")
    app = turn_on(page)
    codes = enrolment.get_by_label("Recovery codes", exact=True).inner_text().split()
    assert len(codes) == 10
    enrolment.get_by_role("button", name="Done, I have saved it").click()
    # What was wanted at first goes on.
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text("10 left")).to_be_visible()

    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    theirs.fill_in_sign_in("ada")
    expect(page.get_by_role("heading", name="Two-factor authentication")).to_be_visible()
    # A code is good once; the next one is taken a little early.
    page.get_by_label("Verification code").get_by_role("textbox").first.click()
    page.keyboard.type(app.at(int(time.time()) + CODE_S))
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert theirs.problems == []
    theirs.context.close()


def test_a_passkey_is_made_and_signs_in(
    browser: Browser, operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    page = operator.open("/account")
    page.wait_for_selector("#content")
    call(page, "POST", "/api/v1/users", {"username": "alan", "password": PASSWORD})
    theirs = dashboard(browser, plane.url)
    device = theirs.context.new_cdp_session(theirs.page)
    device.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    verifying = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **verifying}})
    page = theirs.sign_in("alan", path="/account")
    page.get_by_role("button", name="Add passkey").click()
    made = page.get_by_role("dialog")
    made.get_by_label("Name").fill("laptop")
    made.get_by_role("button", name="Continue").click()
    assert len(made.get_by_label("Recovery codes", exact=True).inner_text().split()) == 10
    made.get_by_role("button", name="Done, I have saved it").click()
    expect(page.get_by_text("laptop", exact=True)).to_be_visible()

    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    signed_in_long_ago(plane)
    page.get_by_role("button", name="Set up…").click()
    asked_again(page).get_by_role("button", name="Use a passkey").click()
    app = turn_on(page)
    # Codes of the passkey are there: no further ones are shown.
    expect(page.get_by_role("dialog")).to_have_count(0)
    signed_in_long_ago(plane)
    page.get_by_role("button", name="Delete laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    again = asked_again(page)
    again.get_by_role("textbox", name="Password").fill(PASSWORD)
    again.get_by_label("Verification code or recovery code").fill("000000")
    again.get_by_role("button", name="Continue").click()
    expect(again.get_by_role("alert")).to_be_visible()
    again.get_by_label("Verification code or recovery code").fill(app.now())
    again.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("laptop", exact=True)).to_have_count(0)
    assert theirs.problems == []
    theirs.context.close()


def test_a_key_is_shown_once(operator: Dashboard) -> None:
    page = operator.open("/keys")
    page.get_by_role("button", name="New service key").first.click()
    made = page.get_by_role("dialog")
    made.get_by_label("Name", exact=True).fill("ci")
    choose(made, "Scope", "default/default")
    choose(made, "Role", "viewer")
    made.get_by_role("button", name="Create").click()
    key = made.get_by_label("API key", exact=True).inner_text()
    made.get_by_role("button", name="Done, I have saved it").click()
    expect(page.get_by_role("row").filter(has_text="ci")).to_contain_text("Valid")
    assert key not in page.content()
    asked = "(key) => fetch('/api/v1/nodes', {headers: {'X-API-Key': key}}).then((answer) => answer.status)"
    assert page.evaluate(asked, key) == 200

    page.get_by_role("button", name="Actions for ci").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row").filter(has_text="ci")).to_contain_text("Revoked")
    assert page.evaluate(asked, key) == 401


def test_permissions_of_a_role_are_ticked(operator: Dashboard) -> None:
    page = operator.open("/roles")
    page.get_by_role("link", name="viewer").click()
    expect(page.get_by_role("img", name="agent:read: yes")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_role("button", name="Duplicate").click()
    copy = page.get_by_role("dialog")
    copy.get_by_label("Name", exact=True).fill("watcher")
    copy.get_by_role("checkbox", name="event:read").uncheck()
    copy.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="watcher")).to_be_visible()
    expect(page.get_by_role("checkbox", name="event:read")).not_to_be_checked()
    page.get_by_role("checkbox", name="agent:reload").check()
    page.get_by_role("button", name="Save permissions").click()
    expect(page.get_by_role("button", name="Save permissions")).to_be_disabled()
    page.reload()
    expect(page.get_by_role("checkbox", name="agent:reload")).to_be_checked()


def test_a_secret_is_revealed_for_half_a_minute(operator: Dashboard) -> None:
    page = operator.open("/secrets")
    page.get_by_role("button", name="New secret").first.click()
    made = page.get_by_role("dialog")
    made.get_by_label("Name", exact=True).fill("shop-db")
    made.get_by_label("Value").fill("the value of it")
    made.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="shop-db")).to_be_visible()
    expect(page.get_by_text("recorded in the audit log under your name")).to_be_visible()
    assert "the value of it" not in page.content()
    page.clock.install()
    page.get_by_role("button", name="Reveal version 1").click()
    expect(page.get_by_text("the value of it")).to_be_visible()
    page.clock.run_for(31_000)
    expect(page.get_by_text("the value of it")).to_have_count(0)
    rows = call(page, "GET", "/api/v1/audit-log?action=secret.reveal")
    assert [(row["resource"]["name"], row["outcome"]) for row in rows] == [("shop-db", "ok")]


def test_a_file_is_uploaded_and_deleted(operator: Dashboard) -> None:
    content = os.urandom(5 * 1024 * 1024 + 1)
    page = operator.open("/artifacts")
    page.get_by_role("button", name="Upload file").first.click()
    made = page.get_by_role("dialog")
    with page.expect_file_chooser() as chosen:
        made.get_by_role("button", name="Choose a file").click()
    chosen.value.set_files({"name": "Tool_1.tar.gz", "mimeType": "application/gzip", "buffer": content})
    expect(made.get_by_label("Name", exact=True)).to_have_value("tool-1")
    expect(made.get_by_text("Tool_1.tar.gz, 5.0 MiB")).to_be_visible()
    made.get_by_label("Version").fill("1")
    assert operator.serious() == []
    made.get_by_role("button", name="Upload file").click()
    expect(page.get_by_role("heading", name="tool-1:1:any")).to_be_visible()
    [artifact] = call(page, "GET", "/api/v1/artifacts")
    assert artifact["sha256"] == hashlib.sha256(content).hexdigest()
    expect(page.get_by_text(artifact["sha256"])).to_be_visible()
    page.get_by_role("button", name="Send to nodes").click()
    fetching = page.get_by_role("dialog")
    expect(fetching.get_by_role("button", name="Send to nodes")).to_be_disabled()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Artifacts", exact=True)).to_be_visible()
    expect(page.get_by_text("No artifacts yet")).to_be_visible()


def test_without_mail_an_invite_is_a_link_to_bring(operator: Dashboard, plane: ControlPlaneProcess) -> None:
    page = operator.open("/invites")
    expect(page.get_by_text("Email is not set up")).to_be_visible()
    page.get_by_role("button", name="Invite", exact=True).first.click()
    made = page.get_by_role("dialog")
    made.get_by_label("Email address").fill("new@example.org")
    choose(made, "Scope", "default/default")
    choose(made, "Role", "viewer")
    made.get_by_role("button", name="Invite", exact=True).click()
    link = made.get_by_label("Invite link for new@example.org", exact=True).inner_text()
    assert link.startswith(f"{plane.url}/invite#")
    made.get_by_role("button", name="Done, I have saved it").click()
    expect(page.get_by_role("row").filter(has_text="new@example.org")).to_contain_text("Pending")
    page.get_by_role("button", name="Actions for new@example.org").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row").filter(has_text="new@example.org")).to_contain_text("Revoked")


def test_deleting_an_organization_says_what_goes_with_it(operator: Dashboard) -> None:
    page = operator.open("/organizations")
    page.get_by_role("button", name="New organization").click()
    made = page.get_by_role("dialog")
    made.get_by_label("Name", exact=True).fill("acme")
    made.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="acme")).to_be_visible()
    page.get_by_role("button", name="New workspace").click()
    inner = page.get_by_role("dialog")
    inner.get_by_label("Name", exact=True).fill("web")
    inner.get_by_role("button", name="Create").click()
    expect(page.get_by_role("link", name="web", exact=True)).to_be_visible()

    page.get_by_role("button", name="Delete").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text("1 workspace")).to_be_visible()
    expect(asked.get_by_role("button", name="Delete")).to_be_disabled()
    asked.get_by_label("Type acme to confirm").fill("acme")
    asked.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Organizations", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="acme")).to_have_count(0)


def test_the_command_line_is_let_in_or_not(operator: Dashboard) -> None:
    page = operator.context.new_page()
    page.route("http://127.0.0.1:4711/**", lambda route: route.fulfill(body="seen"))
    path = "/cli-login?port=4711&state=abc&challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    page.goto(operator.url + path)
    expect(page.get_by_text("Sign in to the command line as admin?")).to_be_visible()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.wait_for_url("http://127.0.0.1:4711/callback?error=access_denied&state=abc")
    page.goto(operator.url + path)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("http://127.0.0.1:4711/callback?code=*state=abc")
    page.goto(operator.url + "/cli-login?port=4711")
    expect(page.get_by_text("This link is incomplete")).to_be_visible()
    page.close()


def test_the_api_reference_uses_the_session(operator: Dashboard) -> None:
    page = operator.open("/")
    page.get_by_role("link", name="API reference").click()
    page.wait_for_selector("main h2")
    assert operator.serious() == []
    page.goto(operator.url + "/api/docs#get-whoami")
    for _ in range(2):  # the token of the first time is used again
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_label("Response body")).to_contain_text('"name": "admin"')
    expect(page.get_by_label("Example of the nimbus command")).to_have_text("nimbus whoami")
    # Neither the reference nor the dashboard has ended the other's session.
    page.get_by_role("link", name="Nimbus", exact=True).click()
    expect(page.get_by_role("button", name="Account")).to_be_visible()


PAGES = [
    "/users",
    "/users/admin",
    "/groups",
    "/roles",
    "/roles/viewer",
    "/grants",
    "/keys",
    "/invites",
    "/organizations",
    "/organizations/default",
    "/artifacts",
    "/secrets",
    "/account",
    "/settings?tab=mail",
    "/settings?tab=providers",
    "/settings?tab=audit-log",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(operator: Dashboard, scheme: str) -> None:
    """axe (WCAG): nothing serious on any of these pages, nor in a dialog, in either theme."""
    operator.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page = operator.open(path)
        page.wait_for_selector("#content h1")
        page.wait_for_load_state("networkidle")
        found[path] = operator.serious()
    for path, button in (("/grants", "Grant role"), ("/keys", "New service key"), ("/account", "Set up")):
        page = operator.open(path)
        page.get_by_role("button", name=button).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_load_state("networkidle")
        found[f"{path}: {button}"] = operator.serious()
    assert {path: problems for path, problems in found.items() if problems} == {}
