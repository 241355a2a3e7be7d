"""Deployments in a real browser: planned, ordered, and what comes of them on each edge."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.kit.dashboard import EXECUTABLE, NARROW, PASSWORD, chromium, dashboard
from tests.kit.edge_world import edge_world

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")
HOST = {
    "name": "shop",
    "server_name": ["shop.example.com"],
    "ssl_enabled": False,
    "listen_port": 80,
    "locations": [{"path": "/v1/", "proxy_pass": "http://192.0.2.1:8080"}],
    "target_agents": {"kind": "all"},
}


def test_from_the_plan_to_what_each_edge_serves(tmp_path: Path) -> None:
    with edge_world(tmp_path) as world, chromium() as browser:
        operator = dashboard(browser, world.url)
        page = operator.sign_in("admin", PASSWORD, path="/deployments")
        expect(page.get_by_role("heading", name="No deployments yet")).to_be_visible()
        edges = [world.edge("web-1"), world.edge("web-2")]
        host = world.post("/api/v1/virtual-hosts", HOST)["id"]
        page = operator.open(f"/virtual-hosts/{host}")
        page.get_by_role("link", name="Deploy…").click()
        # What would change, before anything does.
        page.get_by_text("1 file changes").first.click()
        expect(page.get_by_label("on web-1").first).to_contain_text("+    server_name shop.example.com;")
        page.get_by_label("One edge first").click(force=True)
        expect(page.get_by_text("Wave 2")).to_be_visible()
        assert operator.serious() == []
        page.get_by_role("button", name="Deploy", exact=True).click()
        expect(page.get_by_role("heading", name="shop 1", exact=True)).to_be_visible()
        expect(page.get_by_text("Served", exact=True)).to_have_count(2)
        expect(page.get_by_role("heading", name="Canary")).to_be_visible()
        assert operator.serious() == []

        # The canary does not take the next version: nginx's words, and nobody else is told.
        edges[0].refuses = {f"virtual_host/{host}": 'unknown directive "foo"'}
        changed = {"locations": [{"path": "/v2/", "proxy_pass": "http://192.0.2.1:8080"}]}
        world.call(lambda client: client.patch(f"/api/v1/virtual-hosts/{host}", changed))
        page = operator.open(f"/deployments/new?host={host}")
        page.get_by_label("One edge first").click(force=True)
        expect(page.get_by_text("Wave 2")).to_be_visible()
        page.get_by_role("button", name="Deploy", exact=True).click()
        expect(page.get_by_text('unknown directive "foo"').first).to_be_visible()
        expect(page.get_by_text("Skipped").first).to_be_visible()
        page.get_by_role("link", name="Deployments").first.click()
        expect(page.get_by_role("row", name="shop 2")).to_contain_text("0 of 2 serve it")
        assert operator.problems == []

        phone = dashboard(browser, world.url, size=NARROW, scheme="dark")
        page = phone.sign_in("admin", PASSWORD, path=f"/deployments/new?host={host}")
        expect(page.get_by_text("1 file changes").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert phone.serious() == []
        assert phone.problems == []
