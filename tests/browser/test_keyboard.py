"""Every page by keyboard alone: Tab reaches every control and shows where it is; keys, and what they open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_access_pages import call
from tests.kit.dashboard import AXE, EXECUTABLE, NARROW, WIDE, Dashboard, chromium, dashboard
from tests.kit.processes import control_plane_process

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")
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
    "/settings?tab=master-key",
)
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
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for _ in range(60):
        if page.evaluate("document.activeElement !== document.body"):
            return []
        page.wait_for_timeout(50)
    return [f"{at}: the focus is lost"]


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
