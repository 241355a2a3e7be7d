"""The dashboard of a control plane with 1,000 simulated nodes, in a real Chromium on the same machine.

A page is seen when what it is for is painted: the fleet's figures, the first rows of the nodes. The time is the
page's own, from the start of the navigation, by somebody who is signed in; cold is with an empty cache (of files
and of compiled code), warm with what the visit before left. Browser, control plane and fleet share the machine.
"""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import statistics
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import CDPSession, Page

from benchmarks.control_plane import temporary_folder
from benchmarks.result import Result, within
from nimbus.db import Transaction
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import SystemClock
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog
from tests.kit.dashboard import EXECUTABLE, PROJECT, Dashboard, chromium, dashboard
from tests.kit.showcase import PASSWORD, Showcase, showcase

NODES, AUDIT_ROWS = 1000, 10_000
COLD_MS, WARM_MS, LIVE_MS, FIRST_LOAD_KB = 1500.0, 1000.0, 500.0, 250.0
LONG_FRAME_MS, LONG_FRAMES_PERCENT = 50.0, 5.0
PAGES = {"fleet": ("/", "#content section h2"), "nodes": ("/nodes", 'tr[aria-rowindex="2"] td a')}
# Notes when the first element of a selector has been painted, and keeps doing so for the next page.
SEEN = """
  window.seenAt = new Promise((resolve) => {
    const wanted = %r;
    const look = () => {
      const found = document.querySelector(wanted);
      if (found === null || found.getClientRects().length === 0) return false;
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      return true;
    };
    const watcher = new MutationObserver(() => { if (look()) watcher.disconnect(); });
    watcher.observe(document, { childList: true, subtree: true });
  });
"""
SCRIPT_BYTES = """(until) => performance.getEntriesByType('resource')
  .filter(({ name, responseEnd }) => new URL(name).pathname.endsWith('.js') && responseEnd <= until)
  .reduce((sum, { transferSize }) => sum + transferSize, 0)"""
WAIT_FOR_WORD = """([row, word]) => new Promise((resolve) => {
  const look = () => {
    if (!document.querySelector(row)?.textContent.includes(word)) return false;
    requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now())));
    return true;
  };
  const watcher = new MutationObserver(() => { if (look()) watcher.disconnect(); });
  watcher.observe(document, { childList: true, subtree: true, characterData: true });
  if (look()) watcher.disconnect();
})"""
# As fast as a thumb on the scroll bar: about 16 rows in each frame.
SCROLL = """(box) => new Promise((resolve) => {
  const frames = [];
  let before = performance.now();
  const step = (now) => {
    frames.push(now - before);
    before = now;
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) resolve(frames);
    else { box.scrollTop += 600; requestAnimationFrame(step); }
  };
  requestAnimationFrame(step);
})"""


def why_not() -> str:
    if not EXECUTABLE:
        return "chromium is not installed"
    return "" if (PROJECT / "web/dist/index.html").is_file() else "the dashboard is not built"


def run(quick: bool = False) -> list[Result]:
    """About 90 s, quick 40."""
    nodes, rows, rounds = (100, 2000, 3) if quick else (NODES, AUDIT_ROWS, 7)
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        shown = stack.enter_context(showcase(folder, nodes, more=lambda tx: _fill_audit(tx, rows)))
        trust = f"--ignore-certificate-errors-spki-list={_key_of(shown.api)}"
        visitor = dashboard(stack.enter_context(chromium(trust)), shown.api)
        visits = [result for name in PAGES for result in _visits(visitor, shown, name, nodes, rounds)]
        return [*visits, _live(visitor, shown, rounds), _scrolled(visitor, rows)]


def _fill_audit(tx: Transaction, count: int) -> None:
    audit = AuditLog(SystemClock())
    for number in range(count):
        resource = Resource("secret", str(number), f"secret-{number}")
        audit.record(tx, SYSTEM, "secret.update", resource, before={"version": 1}, after={"version": 2})


def _key_of(api: str) -> str:
    """The server's key as Chromium is told to trust it: what has a wrong certificate is never kept in its cache."""
    host, _, port = urlsplit(api).netloc.rpartition(":")
    pem = ssl.get_server_certificate((host, int(port)))
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(encoded).digest()).decode()


def _visits(visitor: Dashboard, shown: Showcase, name: str, nodes: int, rounds: int) -> list[Result]:
    path, selector = PAGES[name]
    if visitor.page.url == "about:blank":
        visitor.sign_in(shown.username, PASSWORD)
    session = visitor.context.new_cdp_session(visitor.page)
    cold, warm, sizes = [], [], []
    for _ in range(rounds):
        session.send("Network.clearBrowserCache")
        at, size = _visit(visitor, session, path, selector)
        cold.append(at)
        sizes.append(size)
        warm.append(_visit(visitor, session, path, selector)[0])
    session.detach()
    how = f"{nodes} nodes with their heartbeats; p50 of {rounds}, {_beside()}"
    spread = "least {:.0f}, most {:.0f}"
    found = [
        within(
            f"dashboard: {name} seen, cold",
            statistics.median(cold),
            "ms",
            COLD_MS,
            f"{how}; {spread.format(min(cold), max(cold))}",
            digits=0,
        ),
        within(
            f"dashboard: {name} seen, warm",
            statistics.median(warm),
            "ms",
            WARM_MS,
            f"{how}; {spread.format(min(warm), max(warm))}",
            digits=0,
        ),
    ]
    if name == "fleet":
        what = (
            "transferred until the fleet is seen, with an empty cache, in Brotli and with the answers' heads"
        )
        kilobytes = statistics.median(sizes) / 1000
        found.append(within("dashboard: JavaScript of the first visit", kilobytes, "kB", FIRST_LOAD_KB, what))
    return found


def _visit(visitor: Dashboard, session: CDPSession, path: str, selector: str) -> tuple[float, float]:
    """(ms until it was seen, bytes of JavaScript until then)."""
    page = visitor.page
    page.goto("about:blank")
    session.send("Page.enable")
    added = session.send("Page.addScriptToEvaluateOnNewDocument", {"source": SEEN % selector})
    page.goto(visitor.url + path, wait_until="commit")
    at = float(page.evaluate("window.seenAt"))
    size = float(page.evaluate(SCRIPT_BYTES, at))
    session.send("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})
    page.wait_for_load_state("networkidle")
    return at, size


def _live(visitor: Dashboard, shown: Showcase, rounds: int) -> Result:
    """A node goes into maintenance by the API until its row says so."""
    page = visitor.open("/nodes?search=web-1")
    row = 'tr[aria-rowindex="2"]'
    page.wait_for_selector(f"{row} td a")
    name = page.locator(f"{row} td a").first.inner_text()
    page.wait_for_load_state("networkidle")
    times = []
    for number in range(2 * rounds):
        on = number % 2 == 0
        times.append(_one_change(page, shown, name, row, on=on))
    how = (
        f"request that changes a node's state until its row shows it, among the heartbeats of the others (the page "
        f"gathers events for 150 ms); p50 of {len(times)}, most {max(times):.0f}, {_beside()}"
    )
    return within("dashboard: a change shows", statistics.median(times), "ms", LIVE_MS, how, digits=0)


def _one_change(page: Page, shown: Showcase, name: str, row: str, *, on: bool) -> float:
    word = "Maintenance" if on else "Online"
    page.evaluate(f"([row, word]) => {{ window.shownAt = ({WAIT_FOR_WORD})([row, word]); }}", [row, word])
    began = time.time() * 1000
    shown.control_plane.client.request("PATCH", f"/api/v1/nodes/{name}", body={"maintenance": on})
    return float(page.evaluate("window.shownAt")) - began


def _scrolled(visitor: Dashboard, rows: int) -> Result:
    page = visitor.open("/audit")
    page.wait_for_selector('tr[aria-rowindex="2"] td')
    page.wait_for_load_state("networkidle")
    frames: list[float] = page.locator('section[tabindex="0"]').evaluate(SCROLL)
    long = [frame for frame in frames if frame > LONG_FRAME_MS]
    last = page.locator("tbody tr[aria-rowindex]").last
    reached: Any = last.get_attribute("aria-rowindex")
    if int(reached) < rows:
        raise RuntimeError(f"the end was not reached: row {reached} of {rows}")
    how = (
        f"{rows} rows of the audit log from first to last in {len(frames)} frames, {len(long)} of them over "
        f"{LONG_FRAME_MS:g} ms; median {statistics.median(frames):.0f} ms, longest {max(frames):.0f} ms"
    )
    share = 100 * len(long) / len(frames)
    return within(
        f"dashboard: frames over {LONG_FRAME_MS:g} ms while scrolling", share, "%", LONG_FRAMES_PERCENT, how
    )


def _beside() -> str:
    return f"load of the machine {os.getloadavg()[0]:.1f}"
