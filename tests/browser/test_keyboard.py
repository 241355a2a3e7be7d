"""Every page by keyboard alone, and every dialog and menu that a page opens: axe in both themes and widths, Escape,
and where the focus goes. Which dialogs there are, the source says: one that nothing opens fails the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_access_pages import call
from tests.kit.dashboard import AXE, EXECUTABLE, NARROW, WIDE, Dashboard, chromium, dashboard
from tests.kit.processes import control_plane_process

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")
SOURCE = Path(__file__).parents[2] / "web/src"
PAGES = (
    "/",
    "/nodes",
    "/nodes/join",
    "/mesh",
    "/tasks",
    "/tasks/new",
    "/operations",
    "/artifacts",
    "/secrets",
    "/virtual-hosts",
    "/virtual-hosts/new",
    "/upstreams/new",
    "/templates/new",
    "/certificates",
    "/secrets/database-url",
    "/users",
    "/users/ada",
    "/groups",
    "/groups/ops",
    "/roles",
    "/roles/deployers",
    "/roles/viewer",
    "/grants",
    "/keys",
    "/invites",
    "/organizations",
    "/organizations/default",
    "/account",
    "/events",
    "/audit",
    "/settings",
    "/settings?tab=mail",
    "/settings?tab=providers",
    "/settings?tab=audit-log",
    "/settings?tab=master-key",
)
# By the name in the texts. What opens these is there only in a state that this control plane is not in; they are
# built of the same parts, which the others show.
ELSEWHERE = {
    "account.addPasskey": "needs a browser with passkeys: test_access_pages",
    "account.disableTotp": "needs an authenticator app: test_access_pages",
    "account.newRecovery": "needs an authenticator app: test_access_pages",
    "common.edit": "needs an uploaded file",
    "artifacts.fetch": "needs an uploaded file",
    "certificates.replace": "needs a certificate: test_certificate_pages",
    "certificates.change": "needs a certificate: test_certificate_pages",
    "invites.resend": "needs a mail server",
    "maintenance.edit": "needs a node in maintenance: test_dashboard",
    "nodes.bulkLabel": "needs nodes: test_large_fleet",
    "nodes.bulkMaintenance": "needs nodes: test_large_fleet",
    "nodes.editDescription": "needs a node: test_dashboard",
    "nodes.editLabels": "needs a node: test_dashboard",
    "nodes.rename": "needs a node: test_dashboard",
    "nodes.rejoin": "needs a node: test_dashboard",
    "nodes.wireguard": "needs a node in the mesh: test_in_the_mesh",
    "providers.edit": "needs an identity provider: test_single_sign_on",
}
# What the Tab key reaches, in its order; hidden things and parts of one control are none.
CONTROLS = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]')].filter((one) => one.tabIndex >= 0
      && !one.disabled && one.checkVisibility({visibilityProperty: true}) && !one.closest('[inert]')
      && !one.closest('fieldset:disabled') && !(one.type === 'radio' && !one.checked)).length"""
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body || one === null) return null;
  window.seenControls ??= new Map();
  if (!window.seenControls.has(one)) window.seenControls.set(one, window.seenControls.size);
  const ring = [one, one.parentElement, one.closest('label, [class*=Wrapper], [class*=wrapper]'),
      one.nextElementSibling].filter(Boolean).some((part) => {
    const style = getComputedStyle(part);
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none'
      || (one.matches('input, select, textarea') && style.borderColor !== 'rgba(0, 0, 0, 0)');
  });
  return {at: window.seenControls.get(one), ring, what: one.outerHTML.slice(0, 120)};
}"""


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The administrator of a control plane that has one of each thing."""
    with control_plane_process(tmp_path_factory.mktemp("plane")) as plane, chromium() as browser:
        shown = _set_up(browser, plane.url, plane.setup_token())
        yield shown
        assert shown.problems == []


def _set_up(browser: Browser, url: str, token: str) -> Dashboard:
    shown = dashboard(browser, url)
    page = shown.set_up(token)

    def create(path: str, **body: Any) -> None:
        call(page, "POST", f"/api/v1/{path}", body)

    create("users", username="ada", organization="default", password="a long enough phrase of ada")
    create("groups", name="ops", organization="default")
    create("roles", name="deployers", organization="default", permissions=["agent:read"])
    create("secrets", name="database-url", value="postgresql://")
    create("keys", name="ci", role="viewer", organization="default")
    create("invites", email="grace@example.org", role="viewer", organization="default")
    create("workspaces", name="staging", organization="default")
    create("grants", role="viewer", user="ada", organization="default")
    return shown


def opened_by_the_source() -> dict[str, str]:
    """Texts of what opens a dialog, by their names."""
    texts = {path.stem: path.read_text("utf-8") for path in (SOURCE / "text").rglob("*.ts")}
    found = {}
    for path in SOURCE.rglob("*.tsx"):
        for opener in re.finditer(
            r"<(?:DialogButton|DialogItem|CreateButton)\b[^>]*?label=\{text\.([\w.]+)\}",
            path.read_text("utf-8"),
        ):
            name = opener[1]
            part, _, last = name.rpartition(".")
            words = re.search(rf'\b{last}:\s*"([^"]+)"', part_of(texts, part))
            assert words is not None, f"{name} of {path.name} has no text"
            found[name] = words[1]
    return found


def part_of(texts: dict[str, str], part: str) -> str:
    """The texts of one part: from where it begins."""
    for source in texts.values():
        begins = re.search(rf"(?:export const {part} = |^  {part}: )\{{", source, re.MULTILINE)
        if begins is not None:
            return source[begins.start() :]
    return ""


def shown(operator: Dashboard, path: str) -> Page:
    page = operator.open(path)
    page.wait_for_selector("#content h1")
    page.wait_for_load_state("networkidle")
    return page


def serious(page: Page, at: str) -> list[str]:
    """What axe finds of impact serious or critical in what is open, in both themes and widths."""
    page.evaluate(AXE.read_text("utf-8"))
    problems = []
    for scheme, (width, height) in (("light", WIDE), ("dark", NARROW), ("dark", WIDE), ("light", NARROW)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": height})
        found: list[str] = page.evaluate(
            """async () => {
              const open = document.querySelectorAll('[role=dialog], [role=menu]');
              const there = [...open].filter((one) => one.checkVisibility());
              const found = await axe.run(there, {resultTypes: ['violations']});
              return found.violations.filter(({impact}) => ['serious', 'critical'].includes(impact))
                .map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 200)}`);
            }"""
        )
        problems += [f"{at}, {scheme}, {width}: {problem}" for problem in found]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    return problems


def close(page: Page, at: str) -> list[str]:
    """Escape closes it, and the focus is on what opened it, or at least not lost."""
    if page.get_by_role("listbox").count():  # of a field of it: that goes first
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for _ in range(60):
        if page.evaluate("document.activeElement !== document.body"):
            return []
        page.wait_for_timeout(50)
    return [f"{at}: the focus is lost"]


@pytest.mark.slow
def test_every_dialog_and_menu(operator: Dashboard) -> None:
    seen: set[str] = set()
    problems: list[str] = []
    for path in PAGES:
        page = shown(operator, path)
        scope = page.locator("#content" if path != "/" else "body")
        for at in range(scope.locator("[aria-haspopup]:visible").count()):
            opener = scope.locator("[aria-haspopup]:visible").nth(at)
            kind, words = opener.get_attribute("aria-haspopup"), (opener.text_content() or "").strip()
            if kind not in ("dialog", "menu") or (words and words in seen) or opener.is_disabled():
                continue
            problems += look_at(page, opener, f"{path}: {words}", kind, seen)
            seen.add(words)
    source = opened_by_the_source()
    missed = {name for name, words in source.items() if words not in seen} - ELSEWHERE.keys()
    assert (problems, missed) == ([], set())
    assert ELSEWHERE.keys() <= source.keys()


def look_at(page: Page, opener: Locator, at: str, kind: str, seen: set[str]) -> list[str]:
    opener.click()
    if kind == "dialog":
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_load_state("networkidle")
        return [*serious(page, at), *close(page, at)]
    expect(page.get_by_role("menu")).to_be_visible()
    problems = serious(page, at)
    lines = page.locator("[role=menu]:visible [role=menuitem][aria-haspopup=dialog]")
    names = [name.strip() for name in lines.all_text_contents()]
    page.keyboard.press("Escape")
    expect(page.locator("[role=menu]:visible")).to_have_count(0)
    for name in names:
        if name in seen:
            continue
        seen.add(name)
        opener.click()
        page.get_by_role("menuitem", name=name, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_load_state("networkidle")
        problems += [*serious(page, f"{at} {name}"), *close(page, f"{at} {name}")]
    return problems


@pytest.mark.slow
def test_tab_reaches_every_control_and_shows_where_it_is(operator: Dashboard) -> None:
    problems: list[str] = []
    for path in PAGES:
        page = shown(operator, path)
        wanted = page.evaluate(CONTROLS)
        reached: set[int] = set()
        for _ in range(wanted + 10):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is None or (focused["at"] == 0 and len(reached) > 1):
                break
            reached.add(focused["at"])
            if not focused["ring"]:
                problems.append(f"{path}: no focus is seen at {focused['what']}")
        if len(reached) < wanted:
            problems.append(f"{path}: {len(reached)} of {wanted} controls are reached")
    assert problems == []


def test_keys_and_what_they_open(operator: Dashboard) -> None:
    page = shown(operator, "/nodes")
    page.get_by_role("link", name="Nodes", exact=True).focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet.get_by_text("Audit log")).to_be_visible()
    assert [*serious(page, "sheet"), *close(page, "sheet")] == []
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()
    page.keyboard.press("[")
    expect(page.get_by_role("button", name="Expand sidebar")).to_be_visible()
    expect(page.get_by_role("link", name="Nodes", exact=True)).to_be_visible()
    page.keyboard.press("[")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find anything").fill("new group")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New group")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").click(force=True)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
