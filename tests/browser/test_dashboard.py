"""The dashboard from the first sign-in to a revoked node: a real control plane, a real agent, a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.kit.dashboard import EXECUTABLE, NARROW, PASSWORD, Dashboard, chromium, dashboard
from tests.kit.processes import ControlPlaneProcess, agent_process, control_plane_process

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")
SLOW_MS = 20_000
# Further pages are loaded when the first one stands.
LOADED_AHEAD = "performance.getEntriesByType('resource').some(({ name }) => name.includes('/TasksPage'))"
PICTURES = Path(__file__).parents[2] / "build/pictures"
PAGES = [
    "/",
    "/nodes",
    "/nodes/join",
    "/mesh",
    "/tasks",
    "/tasks/new",
    "/operations",
    "/events",
    "/audit",
    "/settings",
    "/docs",
    "/docs/dashboard",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlaneProcess]:
    """Set up in a browser by the first test that asks."""
    with control_plane_process(tmp_path_factory.mktemp("plane")) as started:
        yield started


@pytest.fixture(scope="module")
def operator(browser: Browser, plane: ControlPlaneProcess) -> Dashboard:
    """The administrator, who has just set the control plane up."""
    shown = dashboard(browser, plane.url)
    token = plane.setup_token()
    page = shown.open("/nodes")
    page.get_by_role("textbox", name="Setup token").fill("not the token")
    page.get_by_role("textbox", name="New password", exact=True).fill(PASSWORD)
    page.get_by_role("textbox", name="Confirm password").fill(PASSWORD)
    page.get_by_role("button", name="Create administrator").click()
    expect(page.get_by_role("alert")).to_be_visible()
    shown.set_up(token)
    assert token not in plane.said()
    return shown


def token_of(command: str) -> str:
    found = re.search(r"nbs1[\w.-]+|[\w-]{80,}", command)
    assert found is not None, command
    return found[0]


def test_a_node_joins_live_runs_a_task_and_is_revoked(
    operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    page = operator.open("/")
    expect(page.get_by_role("heading", name="Join your first node")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("web-1")
    page.get_by_label("Labels").fill("tier=gold")
    page.get_by_role("button", name="Create command").click()
    page.get_by_text("Agent already installed?").click()
    command = page.get_by_label("Command for the new machine", exact=True).last.text_content() or ""
    expect(page.get_by_text("Waiting for the machine to join")).to_be_visible()
    with agent_process(plane.folder, "web-1", token_of(command)) as agent:
        # Nobody touches the page: it turns into the new node's by itself.
        expect(page.get_by_role("heading", name="web-1")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("Online", exact=True).first).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("tier=gold").first).to_be_visible()

        page.get_by_role("link", name="Run a task").click()
        page.get_by_role("combobox", name="Task type").click()
        page.get_by_role("option", name="Collect facts").click()
        page.get_by_role("button", name="Run on 1 node").click()
        expect(page.get_by_text("succeeded").first).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text('"hostname"')).to_be_visible()

        page.get_by_role("link", name="web-1").first.click()
        page.get_by_role("button", name="Start maintenance…").click()
        maintenance = page.get_by_role("dialog", name="Start maintenance of web-1")
        maintenance.get_by_label("Reason (optional)").fill("new disks")
        maintenance.get_by_role("combobox", name="Ends after").click()
        page.get_by_role("option", name="2 hours").click()
        maintenance.get_by_role("button", name="Start maintenance").click()
        notice = page.get_by_role("alert").filter(has_text="In maintenance: new disks")
        expect(notice.get_by_text("by admin")).to_be_visible()
        expect(notice.get_by_text("until")).to_be_visible()
        expect(page.get_by_text("Maintenance", exact=True).first).to_be_visible()
        assert operator.serious() == []
        notice.get_by_role("button", name="Edit").click()
        maintenance = page.get_by_role("dialog", name="Maintenance of web-1")
        maintenance.get_by_label("Reason (optional)").fill("older disks")
        maintenance.get_by_role("button", name="Save").click()
        notice = page.get_by_role("alert").filter(has_text="In maintenance: older disks")
        expect(notice.get_by_text("until")).to_be_visible()
        notice.get_by_role("button", name="End maintenance").click()
        expect(notice).to_have_count(0)

        # The time of the charts is in the address; Back takes a change of it back.
        expect(page.get_by_text("Dashed lines: events.")).to_be_visible()
        page.get_by_role("button", name="Time range: Last hour").click()
        page.get_by_role("button", name="Last 6 hours", exact=True).click()
        expect(page).to_have_url(re.compile(r"\?range=6h$"))
        chart = page.locator(".u-over").first.bounding_box()
        assert chart is not None
        page.mouse.move(chart["x"] + 20, chart["y"] + 20)
        page.mouse.down()
        page.mouse.move(chart["x"] + 120, chart["y"] + 20, steps=3)
        page.mouse.up()
        expect(page).to_have_url(re.compile(r"\?range=20\d\d-.*Z%2F20\d\d-.*Z$"))
        page.go_back()
        expect(page).to_have_url(re.compile(r"\?range=6h$"))
        page.get_by_role("button", name="Back to the last hour").click()
        page.get_by_role("button", name="Show as table").click()
        table = page.get_by_role("region", name="Load over time")
        expect(table.get_by_text("admin started maintenance of node web-1")).to_be_visible()
        assert operator.serious() == []

        page.get_by_role("button", name="More").click()
        page.get_by_role("menuitem", name="Delete").click()
        expect(page.get_by_text("The node is revoked immediately")).to_be_visible()
        confirm = page.get_by_role("dialog").get_by_role("button", name="Delete")
        expect(confirm).to_be_disabled()
        page.get_by_label("Type web-1 to confirm").fill("web-1")
        confirm.click()
        expect(page.get_by_role("heading", name="No nodes yet")).to_be_visible()
        agent.until_it_says("CERTIFICATE_REVOKED")
    assert operator.problems == []


def test_every_request_stays_with_the_control_plane(operator: Dashboard, plane: ControlPlaneProcess) -> None:
    for path in ("/", "/nodes", "/mesh", "/tasks", "/audit", "/settings"):
        operator.open(path).wait_for_load_state("networkidle")
    hosts = {
        urlsplit(address).netloc
        for address in operator.requested
        if not address.startswith(("data:", "blob:"))
    }
    assert hosts == {urlsplit(plane.url).netloc}


def test_who_may_only_look_is_offered_nothing_else_and_refused_anyway(
    browser: Browser, operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    made = operator.page.evaluate(
        """async (password) => {
          const answer = await fetch('/api/v1/auth/refresh', {method: 'POST', credentials: 'same-origin',
            headers: {'Content-Type': 'application/json', 'X-Nimbus-Request': '1'}, body: '{}'});
          const token = (await answer.json()).data.access_token;
          const post = (path, body) => fetch(path, {method: 'POST', body: JSON.stringify(body),
            headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'}}).then((r) => r.status);
          return [await post('/api/v1/users', {username: 'eve', password}),
            await post('/api/v1/grants', {role: 'viewer', user: 'eve', workspace: 'default/default'})];
        }""",
        PASSWORD,
    )
    assert made == [201, 201]
    looking = dashboard(browser, plane.url)
    page = looking.sign_in("eve", path="/nodes")
    expect(page.get_by_role("heading", name="Nodes", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Join a node")).to_have_count(0)
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    looking.open("/nodes/join")
    expect(page.get_by_role("heading", name="You do not have access", level=1)).to_be_visible()
    expect(page.get_by_text("agent:write")).to_be_visible()
    refused = page.evaluate(
        """async () => {
          const answer = await fetch('/api/v1/auth/refresh', {method: 'POST', credentials: 'same-origin',
            headers: {'Content-Type': 'application/json', 'X-Nimbus-Request': '1'}, body: '{}'});
          const token = (await answer.json()).data.access_token;
          return (await fetch('/api/v1/nodes/tokens', {method: 'POST', body: '{}',
            headers: {Authorization: `Bearer ${token}`, 'Content-Type': 'application/json'}})).status;
        }"""
    )
    assert refused == 403
    looking.context.close()


def test_the_page_outlives_a_restart_of_the_control_plane(
    operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    page = operator.open("/audit")
    expect(page.get_by_role("status").get_by_text("Live")).to_be_attached()
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_be_visible()
    operator.until(LOADED_AHEAD)
    plane.kill()
    expect(page.get_by_text("Control plane unreachable")).to_be_visible(timeout=SLOW_MS)
    expect(rows.nth(1)).to_be_visible()  # what was there is still there to read
    expect(page.get_by_text("Trying again")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("button", name="Export")).to_be_disabled()
    page.get_by_role("link", name="Tasks").click()
    expect(page.get_by_text("Cannot reach the control plane").first).to_be_visible(timeout=SLOW_MS)
    plane.start()
    expect(page.get_by_text("Control plane unreachable")).to_have_count(0, timeout=SLOW_MS)
    expect(page.get_by_text("Collect facts").first).to_be_visible(timeout=SLOW_MS)
    assert operator.problems == []


def test_a_deep_link_comes_back_after_signing_in(
    browser: Browser, operator: Dashboard, plane: ControlPlaneProcess
) -> None:
    shown = dashboard(browser, plane.url, size=NARROW, scheme="dark")
    page = shown.sign_in("admin", path="/audit?outcome=ok")
    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()
    assert "outcome=ok" in page.url
    expect(page.get_by_role("link", name="Nimbus", exact=True)).to_be_visible()
    page.get_by_role("button", name="Your account").or_(page.get_by_role("button", name="Account")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    shown.fill_in_sign_in("admin", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")
    assert shown.problems == []
    shown.context.close()


def test_two_tabs_share_one_session(operator: Dashboard) -> None:
    """Each would spend the other's refresh token, and the second use of one ends the session."""
    others = [operator.context.new_page() for _ in range(3)]
    for page in others:
        page.goto(operator.url + "/tasks", wait_until="commit")
    for page in others:
        expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    for page in others:
        page.reload(wait_until="commit")
    for page in others:
        expect(page.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
        page.close()


def test_signing_out_in_one_tab_shows_the_sign_in_in_both(browser: Browser, operator: Dashboard) -> None:
    shown = dashboard(browser, operator.url)
    one = shown.sign_in("admin", path="/nodes")
    other = shown.context.new_page()
    other.goto(operator.url + "/tasks", wait_until="commit")
    expect(other.get_by_role("heading", name="Tasks", exact=True)).to_be_visible()
    one.get_by_role("button", name="Account").click()
    one.get_by_role("menuitem", name="Sign out").click()
    for page in (one, other):
        expect(page.get_by_label("User name")).to_be_visible()
    shown.context.close()


def test_nobody_is_shut_out_of_what_opens_over_a_page(operator: Dashboard) -> None:
    """axe, of the palette, the account menu and a question, at a telephone's width, too."""
    for width in (1440, 360):
        operator.page.set_viewport_size({"width": width, "height": 900})
        page = operator.open("/nodes")
        page.wait_for_selector("#content h1")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("dialog", name="Find anything")).to_be_visible()
        assert operator.serious() == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Account").click()
        expect(page.get_by_role("menuitemradio", name="Dark")).to_be_visible()
        assert operator.serious() == []
        page.keyboard.press("Escape")
    operator.page.set_viewport_size({"width": 1440, "height": 900})


def test_the_keyboard_alone_finds_a_page(operator: Dashboard) -> None:
    page = operator.open("/")
    page.wait_for_selector("#content")
    page.keyboard.press("Control+k")
    page.keyboard.type("audit")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()


def test_letters_right_after_control_k_are_all_taken(operator: Dashboard) -> None:
    """However slow the computer is: the field has the focus before the page gets time for anything else."""
    page = operator.open("/")
    page.wait_for_load_state("networkidle")
    focused = page.evaluate(
        """async () => {
          const controlK = {key: "k", code: "KeyK", ctrlKey: true, bubbles: true, cancelable: true};
          document.body.dispatchEvent(new KeyboardEvent("keydown", controlK));
          await Promise.resolve();  // no frame and no timer: where a letter typed now would go
          return document.activeElement.getAttribute("aria-label");
        }"""
    )
    assert focused == "Find anything"


def test_help_is_the_documentation_of_this_version(operator: Dashboard, plane: ControlPlaneProcess) -> None:
    page = operator.open("/settings")
    page.get_by_role("link", name="Help for this page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The dashboard")
    expect(page).to_have_title(re.compile("^The dashboard"))
    page.get_by_role("link", name="node-authentication", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How nodes show who they are")
    expect(page.get_by_role("heading", name="Behind a proxy")).to_be_in_viewport()
    assert page.url == f"{plane.url}/docs/node-authentication#behind-a-proxy"
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("The dashboard")
    page.get_by_role("main").get_by_role("link", name="Documentation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documentation")
    page = operator.open("/docs/nothing")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    assert operator.problems == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(browser: Browser, operator: Dashboard, path: str, scheme: str) -> None:
    """axe (WCAG): nothing serious on any page, in either theme."""
    operator.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = operator.open(path)
    page.wait_for_selector("#content h1")
    page.wait_for_load_state("networkidle")
    assert operator.serious() == []


@pytest.mark.parametrize("path", PAGES)
def test_it_fits_a_telephone(browser: Browser, operator: Dashboard, path: str) -> None:
    """Nothing is wider than 360 pixels; the pictures are kept for whoever looks at a run."""
    operator.page.emulate_media(color_scheme="dark")
    operator.page.set_viewport_size({"width": 360, "height": 740})
    page = operator.open(path)
    page.wait_for_selector("#content h1")
    page.wait_for_load_state("networkidle")
    name = path.strip("/").replace("/", "-") or "fleet"
    page.screenshot(path=PICTURES / f"narrow-dark-{name}.png")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1440, "height": 900})
    page.screenshot(path=PICTURES / f"wide-dark-{name}.png")
