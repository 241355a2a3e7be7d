"""The mesh page: what is idle or not joined looks calm, and a pair has its last day as charts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from nimbus.db import Transaction
from tests.kit.dashboard import EXECUTABLE, NARROW, chromium, dashboard
from tests.kit.showcase import PASSWORD, showcase

NODES = 8
SLOW_MS = 30_000

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")


def keep_last_apart(tx: Transaction) -> None:
    """The last node is in a scope of its own."""
    row = tx.one("SELECT node_id, scope FROM mesh_peers ORDER BY name DESC LIMIT 1")
    assert row is not None
    tx.execute("UPDATE mesh_peers SET scope = ? WHERE node_id = ?", ("elsewhere", row["node_id"]))
    tx.execute(
        "INSERT INTO mesh_scopes (scope, revision, checksum, forgotten_before, matched, seen_anew)"
        " SELECT 'elsewhere', revision, checksum, forgotten_before, matched, seen_anew FROM mesh_scopes"
        " WHERE scope = ?",
        (row["scope"],),
    )


def test_a_pair_has_its_last_day_and_nothing_calm_is_a_problem(tmp_path: Path) -> None:
    with showcase(tmp_path, NODES, away=0, more=keep_last_apart) as shown, chromium() as browser:
        operator = dashboard(browser, shown.api)
        operator.context.set_default_timeout(SLOW_MS)
        operator.sign_in(shown.username, PASSWORD)
        page = operator.open("/mesh?view=matrix&from=web-1&to=db-1")
        for word in ("Direct", "Idle", "Not joined"):
            expect(page.get_by_text(word, exact=True).first).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_text("Last 24 hours")).to_be_visible(timeout=SLOW_MS)
        for title in ("Round trip", "Packet loss"):
            chart = page.get_by_role("img", name=f"{title}: web-1 → db-1")
            expect(chart).to_be_visible(timeout=SLOW_MS)
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        page = operator.open("/mesh?from=web-1&to=build-1")
        expect(page.get_by_text("no traffic went between these nodes")).to_be_visible(timeout=SLOW_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        assert operator.problems == []
