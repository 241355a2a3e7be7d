"""Edges in a real browser: added, looked at, ordered, set and removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from nimbus.protocol.edge import NginxCounts, NginxState
from tests.kit.dashboard import EXECUTABLE, NARROW, PASSWORD, Dashboard, chromium, dashboard
from tests.kit.edge_world import EdgeWorld, edge_world

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeWorld]:
    with edge_world(tmp_path_factory.mktemp("edges")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def operator(browser: Browser, world: EdgeWorld) -> Iterator[Dashboard]:
    shown = dashboard(browser, world.url)
    shown.sign_in("admin", PASSWORD)
    yield shown
    assert shown.problems == []


def test_an_edge_is_added_looked_at_told_and_removed(operator: Dashboard, world: EdgeWorld) -> None:
    page = operator.open("/edges")
    expect(page.get_by_role("heading", name="No edges yet")).to_be_visible()
    assert operator.serious() == []
    edge = world.node("web-1")
    page.get_by_role("button", name="Add edge").first.click()
    page.get_by_role("combobox", name="Node").click()
    page.get_by_role("option", name="web-1").click()
    page.get_by_role("dialog").get_by_role("button", name="Add edge").click()
    expect(page.get_by_role("heading", name="web-1", exact=True)).to_be_visible()

    # What it says is shown without anybody asking again.
    counts = NginxCounts(active=3, accepted=40, handled=39, requests=1234)
    world.say(edge, counts=counts, drift={"host_x.conf": "server {}\n"})
    expect(page.get_by_text("1,234", exact=True)).to_be_visible()
    expect(page.get_by_label("Differences of host_x")).to_contain_text("+server {}")
    assert operator.serious() == []

    page.get_by_role("button", name="Reload nginx").click()
    result = page.get_by_role("dialog", name="Reload nginx: web-1")
    expect(result.get_by_text("succeeded")).to_be_visible()
    expect(result.get_by_label("nginx said")).to_contain_text("done")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Stop nginx…").click()
    page.get_by_role("dialog", name="Stop nginx on web-1").get_by_role("button", name="Stop nginx").click()
    expect(page.get_by_role("dialog", name="Stop nginx: web-1").get_by_text("succeeded")).to_be_visible()
    page.keyboard.press("Escape")
    world.say(
        edge, nginx=NginxState(running=False, version_text="nginx version: nginx/1.26.3", problem="stopped")
    )
    expect(page.get_by_text("Stopped").first).to_be_visible()

    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Settings…").click()
    form = page.get_by_role("dialog", name="Settings of web-1")
    form.get_by_label("Write nginx.conf, too").click(force=True)
    form.get_by_label("DNS servers").fill("nonsense")
    form.get_by_label("DNS servers").press("Enter")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("'nonsense' is no address").first).to_be_visible()
    form.get_by_label("DNS servers").press("Backspace")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Written by Nimbus")).to_be_visible()

    page.get_by_role("link", name="Edges").first.click()
    expect(page.get_by_role("row", name="web-1")).to_contain_text("Stopped")
    assert operator.serious() == []
    page.get_by_role("link", name="web-1").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Remove edge…").click()
    page.get_by_label("Type web-1 to confirm").fill("web-1")
    page.get_by_role("dialog").get_by_role("button", name="Remove edge").click()
    expect(page.get_by_role("heading", name="No edges yet")).to_be_visible()


def test_whoever_only_reads_is_offered_no_orders_also_on_a_phone(world: EdgeWorld, browser: Browser) -> None:
    world.edge("shop-1")
    reader = {"username": "grace", "email": "grace@example.org", "password": PASSWORD}
    world.post("/api/v1/users", reader)
    world.post("/api/v1/grants", {"role": "viewer", "user": "grace", "workspace": "default/default"})
    shown = dashboard(browser, world.url, size=NARROW, scheme="dark")
    page = shown.sign_in("grace", PASSWORD, path="/edges")
    page.get_by_role("link", name="shop-1").click()
    expect(page.get_by_role("heading", name="shop-1", exact=True)).to_be_visible()
    expect(page.get_by_text("Nothing is deployed to it.")).to_be_visible()
    assert page.get_by_role("button", name="Reload nginx").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.serious() == []
    assert shown.problems == []
