"""The dashboard in Debian's Chromium, driven by Playwright: what a person does, and what they may not notice."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

EXECUTABLE = shutil.which("chromium") or ""
PROJECT = Path(__file__).parents[2]
AXE = PROJECT / "web/node_modules/axe-core/axe.min.js"
PASSWORD = "correct horse battery staple"
WITHIN_S = 30
WIDE, NARROW = (1440, 900), (360, 740)
_QUIET = [
    # The tests run as root, where its sandbox does not; the only pages are our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The first question of a visitor whether there is a session is answered with this; Chromium says so on its own.
_EXPECTED = re.compile(
    r"Failed to load resource: .* (401|403|404|409|422|429|503)|net::ERR_|WebSocket connection to"
)


class Dashboard:
    """One browser context: its own cookies. `problems` are exceptions, errors of the console, violations of the
    content security policy; `requested` every address that was asked for."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page = context.new_page()
        self.problems: list[str] = []
        self.requested: list[str] = []
        self._listen(self.page)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("request", lambda request: self.requested.append(request.url))

    def _note(self, kind: str, words: str) -> None:
        if kind == "error" and not _EXPECTED.search(words):
            self.problems.append(words)

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.url + path)
        return self.page

    def fill_in_sign_in(self, username: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def sign_in(self, username: str, password: str = PASSWORD, path: str = "/") -> Page:
        self.open(path)
        self.fill_in_sign_in(username, password)
        self.page.wait_for_selector("#content")
        return self.page

    def set_up(self, token: str) -> Page:
        """The first administrator, in the browser."""
        page = self.open("/setup")
        page.get_by_role("textbox", name="Setup token").fill(token)
        page.get_by_role("textbox", name="New password", exact=True).fill(PASSWORD)
        page.get_by_role("textbox", name="Confirm password").fill(PASSWORD)
        page.get_by_role("button", name="Create administrator").click()
        page.wait_for_selector("#content")
        return page

    def until(self, expression: str) -> None:
        """Until it is true in the page. Playwright's own waiting evaluates text there, which its policy refuses."""
        deadline = time.monotonic() + WITHIN_S
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"not within {WITHIN_S} s: {expression}"
            self.page.wait_for_timeout(50)

    def serious(self) -> list[str]:
        """What axe finds on the page as it is, of impact serious or critical: rule, and the first places."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]


@contextmanager
def chromium(*arguments: str, executable: str = EXECUTABLE) -> Iterator[Browser]:
    """Until the end of the block; with further arguments, or started by another program."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_QUIET, *arguments])
        try:
            yield browser
        finally:
            browser.close()


def dashboard(
    browser: Browser, url: str, *, size: tuple[int, int] = WIDE, scheme: Literal["light", "dark"] = "light"
) -> Dashboard:
    width, height = size
    context = browser.new_context(
        ignore_https_errors=True,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(1000 * WITHIN_S)
    return Dashboard(context, url)
