"""The reference of the API in a real browser, from a real control plane."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.kit.chromium import EXECUTABLE, Page, chromium
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.requester import Requester

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")
OPERATION = "location.hash = 'get-nodes-node'"
FILL = """
(() => {{ const set = (name, value) => {{ const field = document.querySelector(`[name=${{name}}]`);
  field.value = value; for (const kind of ['input', 'change'])
    field.dispatchEvent(new Event(kind, {{ bubbles: true }})); }};
  set('kind', 'key');
  set('credential', {key}); set('node', {node}); document.querySelector('form.try button').click(); }})()
"""


class Reference:
    def __init__(self, plane: ControlPlane, page: Page, key: str) -> None:
        self.plane, self.page, self.key = plane, page, key


@pytest.fixture
async def reference(tmp_path: Path) -> AsyncIterator[Reference]:
    async with control_plane(tmp_path) as plane:
        made = await plane.post("/api/v1/personal-keys", {"name": "page", "kind": "api-key"})
        await plane.agent("web-1")
        async with chromium(tmp_path, plane.api_address) as page:
            await page.go(f"{plane.serving.api}/api/docs")
            await page.until("document.querySelector('main h2')")
            yield Reference(plane, page, made["api_key"])


async def text(page: Page, selector: str) -> str:
    return str(await page.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))


async def test_search_an_operation_and_try_it(reference: Reference) -> None:
    page = reference.page
    await page.evaluate("document.getElementById('search').focus()")
    await page.write("agent:read nodes")
    await page.until("document.getElementById('found').textContent.includes(' of ')")
    links = await page.evaluate("[...document.querySelectorAll('nav li a')].map((one) => one.hash)")
    assert "#get-nodes-node" in links
    assert "#get-users" not in links
    await page.evaluate(OPERATION)
    await page.until("document.querySelector('form.try')")
    assert "/api/v1/nodes/{node}" in await text(page, "main h2")
    assert "agent:read" in await text(page, ".may")
    await page.evaluate(FILL.format(key=json.dumps(reference.key), node='"web-1"'))
    status = await page.until("document.querySelector('[data-answer]')?.dataset.answer")
    assert status == "200"
    assert json.loads(await text(page, "[data-answer]"))["data"]["name"] == "web-1"
    # The key is nowhere but in the page's memory: not in the command, not in any storage, not in the address.
    shown = await page.evaluate("document.body.textContent + location.href")
    assert reference.key not in shown
    assert "$NIMBUS_API_KEY" in shown
    kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert kept == '[{},{},""]'
    assert page.problems == []
    assert all(address.startswith(f"{reference.plane.serving.api}/") for address in page.requested)


async def test_every_operation_can_be_shown(reference: Reference) -> None:
    page = reference.page
    found = await page.evaluate("[...document.querySelectorAll('nav li a')].map((one) => one.hash)")
    assert len(found) > 90
    for name in found:
        await page.evaluate(f"location.hash = {json.dumps(name)}")
        await page.until(f"document.querySelector('nav [aria-current]')?.hash === {json.dumps(name)}")
        opened = "[...document.querySelectorAll('main details')].forEach((one) => { one.open = true; })"
        await page.evaluate(opened)
        assert await page.evaluate("document.querySelectorAll('main h3').length") >= 2, name
    assert page.problems == []


async def test_by_keyboard_alone(reference: Reference) -> None:
    page = reference.page
    await page.resize(1400, 900, dark=False)
    for _ in range(40):
        await page.key("Tab")
        if await page.evaluate("document.activeElement.tagName === 'SUMMARY'"):
            break
    await page.key("Enter")
    await page.until("document.activeElement.parentElement.open")
    await page.key("Tab")
    wanted = await page.evaluate("document.activeElement.hash")
    assert wanted
    await page.key("Enter")
    await page.until(f"location.hash === {json.dumps(wanted)} && document.activeElement.id === 'main'")
    assert await page.evaluate("document.querySelector('nav [aria-current]').hash") == wanted


@pytest.mark.parametrize(("width", "dark"), [(400, False), (400, True), (1400, False), (1400, True)])
async def test_narrow_and_wide_light_and_dark(reference: Reference, width: int, dark: bool) -> None:
    page = reference.page
    await page.resize(width, 900, dark=dark)
    for name in ("", "get-audit-log", "post-tasks"):
        await page.evaluate(f"location.hash = {json.dumps(name)}")
        await page.until("document.querySelector('main h3')")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    dark_paper = await page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every((one) => one < 64)"
    )
    assert dark_paper is dark


async def test_when_the_control_plane_is_gone(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane, chromium(tmp_path, plane.api_address) as page:
        await page.go(f"{plane.serving.api}/api/docs#get-whoami")
        await page.until("document.querySelector('form.try')")
        await page.call(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=0,
            uploadThroughput=0,
        )
        await page.evaluate("document.querySelector('form.try button').click()")
        told = await page.until("document.querySelector('form.try .problem')?.textContent")
        assert "No response" in told
        assert await page.evaluate("document.querySelector('form.try button').disabled") is False


async def test_without_the_description_it_says_so(reference: Reference) -> None:
    page = reference.page
    await page.call("Network.setBlockedURLs", urls=["*openapi.json*"])
    await page.call("Page.reload")
    told = await page.until("document.querySelector('[role=alert]')?.textContent")
    assert "could not be loaded" in told
    await page.call("Network.setBlockedURLs", urls=[])
    await page.evaluate("document.querySelector('[role=alert] button').click()")
    await page.until("document.querySelector('main h2')")


async def test_no_file_of_it_needs_more_than_the_policy_allows(reference: Reference) -> None:
    def ask() -> list[Any]:
        with Requester(reference.plane) as requester:
            return [requester.get(path) for path in ("/api/docs", "/api/docs/docs.js", "/api/docs/docs.css")]

    replies = await trio.to_thread.run_sync(ask)
    assert [reply.status for reply in replies] == [200, 200, 200]
    kinds = [reply.headers["content-type"].partition(";")[0] for reply in replies]
    assert kinds == ["text/html", "text/javascript", "text/css"]
    for reply in replies:
        assert "unsafe" not in reply.headers["content-security-policy"]
        assert b"innerHTML" not in reply.body
        assert b"http://" not in reply.body
