"""Access logs in a real browser: searched, opened, followed, summed up, asked by SQL."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from nimbus.protocol.access_logs import LogBatch, encode_batch
from tests.kit.control_plane import ControlPlane
from tests.kit.dashboard import EXECUTABLE, NARROW, PASSWORD, chromium, dashboard
from tests.kit.edge_world import EdgeWorld, edge_world
from tests.kit.fake_edge import FakeEdge

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")


def line(uri: str, status: int = 200, **fields: str) -> bytes:
    values = {
        "time": f"{time.time():.3f}",
        "virtual_host": "",
        "remote_addr": "192.0.2.7",
        "method": "GET",
        "uri": uri,
        "protocol": "HTTP/1.1",
        "host": "www.example",
        "status": str(status),
        "body_bytes_sent": "100",
        "request_time": "0.010",
        **fields,
    }
    return json.dumps(values).encode() + b"\n"


def send(world: EdgeWorld, edge: FakeEdge, file: str, *lines: bytes) -> None:
    text = b"".join(lines)
    body = encode_batch(LogBatch(file=file, start=0, end=len(text)), text)

    async def work(_plane: ControlPlane) -> Any:
        return await edge.agent.request("POST", "/access-logs", body)

    assert world.run(work).status == 200


def test_requests_are_found_opened_followed_and_summed_up(tmp_path: Path) -> None:
    with edge_world(tmp_path) as world, chromium() as browser:
        edge = world.edge("web-1")
        operator = dashboard(browser, world.url)
        page = operator.sign_in("admin", PASSWORD, path="/access-logs")
        expect(page.get_by_role("heading", name="No requests")).to_be_visible()
        send(world, edge, "one", line("/cart"), line("/pay?card=1", 503, user_agent="curl/8"), b"nonsense\n")
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_role("button", name="GET www.example/cart")).to_be_visible()
        expect(page.get_by_text("A line that could not be read")).to_be_visible()
        page.get_by_role("combobox", name="Status").click()
        page.get_by_role("option", name="5xx server errors").click()
        expect(page.get_by_role("button", name="GET www.example/cart")).to_have_count(0)
        page.get_by_role("button", name="GET www.example/pay?card=1").click()
        details = page.get_by_role("dialog", name="Request")
        expect(details.get_by_text("curl/8")).to_be_visible()
        expect(details.get_by_role("link", name="web-1")).to_be_visible()
        assert operator.serious() == []
        page.keyboard.press("Escape")

        page.get_by_role("tab", name="Live").click()
        expect(page.get_by_role("tabpanel", name="Live").get_by_role("status")).to_be_visible()
        # The filters hold here, too.
        send(world, edge, "two", line("/live", 502), line("/fine"))
        expect(page.get_by_role("button", name="GET www.example/live")).to_be_visible()
        expect(page.get_by_role("button", name="GET www.example/fine")).to_have_count(0)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused")).to_be_visible()
        assert operator.serious() == []

        page.get_by_role("button", name="Clear filters").click()
        page.get_by_role("tab", name="SQL").click()
        sql = page.get_by_role("textbox", name="SQL")
        sql.fill("SELECT nothing FROM access_logs")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("alert")).to_contain_text("nothing")
        sql.fill("SELECT status, count(*) AS requests FROM access_logs WHERE status >= 500 GROUP BY status")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_label("Result").get_by_role("row", name="503 1")).to_be_visible()
        assert operator.serious() == []

        page.get_by_role("tab", name="Traffic").click()
        expect(page.get_by_role("heading", name="Most requested paths")).to_be_visible()
        expect(page.get_by_role("img", name="Requests per minute")).to_be_visible()
        expect(page.get_by_text("Not all lines arrived")).to_be_visible()
        assert operator.serious() == []
        assert operator.problems == []

        phone = dashboard(browser, world.url, size=NARROW, scheme="dark")
        page = phone.sign_in("admin", PASSWORD, path="/access-logs")
        expect(page.get_by_role("button", name="GET www.example/cart")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert phone.serious() == []


def test_the_traffic_of_a_virtual_host_is_for_those_who_read_logs(tmp_path: Path) -> None:
    with edge_world(tmp_path) as world, chromium() as browser:
        edge = world.edge("web-1")
        host = {
            "name": "shop",
            "server_name": ["shop.example.com"],
            "ssl_enabled": False,
            "listen_port": 80,
            "locations": [{"path": "/", "proxy_pass": "http://192.0.2.1:8080"}],
        }
        made = world.post("/api/v1/virtual-hosts", host)["id"]
        world.post("/api/v1/edge/deployments", {})
        operator = dashboard(browser, world.url)
        page = operator.sign_in("admin", PASSWORD, path=f"/virtual-hosts/{made}?tab=traffic")
        expect(page.get_by_text("No requests in this time.")).to_be_visible()
        page = operator.open(f"/edges/{edge.agent.node_id}")
        expect(page.get_by_role("link", name="shop")).to_be_visible()
        send(world, edge, "one", line("/a", virtual_host=made), line("/a", 500, virtual_host=made))
        page = operator.open(f"/virtual-hosts/{made}?tab=traffic")
        expect(page.get_by_text("50 % of requests")).to_be_visible()
        expect(page.get_by_role("cell", name="/a", exact=True)).to_be_visible()
        assert operator.serious() == []
        assert operator.problems == []

        world.post("/api/v1/users", {"username": "grace", "email": "g@example.org", "password": PASSWORD})
        world.post("/api/v1/grants", {"role": "viewer", "user": "grace", "workspace": "default/default"})
        reader = dashboard(browser, world.url)
        page = reader.sign_in("grace", PASSWORD, path=f"/virtual-hosts/{made}")
        expect(page.get_by_role("heading", name="shop", exact=True)).to_be_visible()
        expect(page.get_by_role("heading", name="Versions")).to_be_visible()
        assert page.get_by_role("tab", name="Traffic").count() == 0
        page = reader.open("/access-logs")
        expect(page.get_by_text("log:read")).to_be_visible()
