"""The dashboard with a thousand nodes: every page of them can be used, and outlives the control plane."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.control_plane import running, too_few_descriptors
from tests.kit.dashboard import EXECUTABLE, Dashboard, chromium, dashboard
from tests.kit.showcase import PASSWORD, Showcase, showcase

NODES, AWAY = 1000, 2
DEADLINE_MS = 20_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed"),
    pytest.mark.skipif(bool(too_few_descriptors(3 * NODES)), reason=too_few_descriptors(3 * NODES)),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    with showcase(tmp_path_factory.mktemp("fleet"), NODES, away=AWAY) as shown:
        yield shown


@pytest.fixture(scope="module")
def operator(browser: Browser, fleet: Showcase) -> Dashboard:
    shown = dashboard(browser, fleet.api)
    shown.context.set_default_timeout(DEADLINE_MS)
    shown.sign_in(fleet.username, PASSWORD)
    return shown


@pytest.fixture(autouse=True)
def without_problems(operator: Dashboard) -> Iterator[None]:
    yield
    assert operator.problems == []


def test_the_fleet_is_counted(operator: Dashboard) -> None:
    page = operator.open("/")
    expect(page.get_by_role("link", name="1,000", exact=True)).to_be_visible(timeout=DEADLINE_MS)
    tile = page.locator("section", has=page.get_by_role("heading", name="Nodes", exact=True)).first
    shown = tile.get_by_role("link").all_inner_texts()[1:]
    counts = {word.split()[1]: int(word.split()[0].replace(",", "")) for word in shown}
    assert sum(counts.values()) == NODES, shown
    assert counts["Online"] > 900
    expect(page.get_by_role("heading", name="Needs attention")).to_be_visible()


def test_the_list_goes_down_to_the_last_row(operator: Dashboard) -> None:
    page = operator.open("/nodes")
    table = page.get_by_role("table", name="Nodes")
    expect(table).to_have_attribute("aria-rowcount", str(NODES + 1), timeout=DEADLINE_MS)
    drawn = page.locator("tr[aria-rowindex]")
    assert drawn.count() < 100  # what is not in view is not drawn
    names = set()
    for row in (2, NODES // 2, NODES + 1):
        page.get_by_role("region", name="Nodes").evaluate(
            "(box, share) => { box.scrollTop = share * (box.scrollHeight - box.clientHeight); }",
            (row - 2) / (NODES - 1),
        )
        link = page.locator(f'tr[aria-rowindex="{row}"]').get_by_role("link").first
        expect(link).to_be_visible(timeout=DEADLINE_MS)
        names.add(link.inner_text())
        assert drawn.count() < 100
    assert len(names) == 3


def test_one_of_a_thousand_is_found(operator: Dashboard) -> None:
    page = operator.open("/nodes")
    page.get_by_placeholder("Name, address or label").fill("gpu-77")
    expect(page.get_by_role("table", name="Nodes")).to_have_attribute(
        "aria-rowcount", "2", timeout=DEADLINE_MS
    )
    assert "search=gpu-77" in page.url
    page.get_by_role("link", name="gpu-77").click()
    expect(page.get_by_role("heading", name="gpu-77")).to_be_visible()
    expect(page.get_by_text("AMD EPYC 7443P")).to_be_visible()


def test_the_palette_finds_one_too(operator: Dashboard) -> None:
    page = operator.open("/")
    page.wait_for_selector("#content h1")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill("worker-101")
    page.get_by_role("dialog").get_by_text("worker-101").first.click()
    expect(page.get_by_role("heading", name="worker-101")).to_be_visible()


def test_the_mesh_opens_as_a_matrix(operator: Dashboard) -> None:
    page = operator.open("/mesh?offline=yes")
    matrix = page.get_by_role("img", name=re.compile(f"All pairs of {NODES} nodes"))
    expect(matrix).to_be_visible(timeout=DEADLINE_MS)
    painted = matrix.evaluate(
        """(canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const colours = new Set();
          for (let at = 0; at < data.length; at += 4) colours.add(data.subarray(at, at + 3).join());
          return colours.size;
        }"""
    )
    assert painted > 2  # direct, idle, down
    expect(page.get_by_text("Problem links")).to_be_visible()
    # What machines that are away cost is a line each, or one of all.
    expect(page.get_by_role("button", name=re.compile(r"(is|are) offline")).first).to_contain_text("links")
    # A cell is a link: the page says why it is as it is.
    matrix.click(position={"x": 20, "y": 300})
    expect(page.get_by_role("heading", name="Why")).to_be_visible()


def test_many_are_chosen_at_once(operator: Dashboard) -> None:
    page = operator.open("/nodes?label=zone%3Dhel")
    expect(page.locator("tr[aria-rowindex]").nth(5)).to_be_visible()
    page.get_by_role("checkbox", name="Select all").or_(
        page.locator("thead input[type=checkbox]")
    ).first.check()
    expect(page.get_by_role("button", name="Run a task…")).to_be_visible()


def test_several_nodes_take_turns_as_they_are_told(operator: Dashboard, fleet: Showcase) -> None:
    page = operator.open("/operations")
    page.get_by_role("link", name="New operation").click()
    page = operator.open("/tasks/new?node=web-1,web-2,web-3&kind=collect_facts")
    page.get_by_label("Name", exact=True).fill("in waves")
    page.get_by_text("In waves").click()
    page.get_by_label("Nodes at a time").fill("2")
    page.get_by_label("Canary nodes").fill("1")
    page.get_by_label("Allowed failures").fill("1")
    page.get_by_role("button", name="Run on 3 nodes").click()
    expect(page.get_by_role("heading", name="in waves")).to_be_visible(timeout=DEADLINE_MS)
    operations = fleet.control_plane.client.get_all("/api/v1/operations")
    operation = next(one for one in operations if one["name"] == "in waves")
    assert (operation["at_once"], operation["canaries"], operation["failure_budget"]) == (2, 1, 1)
    assert operation["kind"] == "collect_facts"


def test_it_outlives_the_control_plane(operator: Dashboard, fleet: Showcase) -> None:
    page = operator.open("/nodes")
    rows = page.locator("tr[aria-rowindex]")
    expect(rows.nth(10).get_by_role("link").first).to_be_visible(timeout=DEADLINE_MS)
    fleet.control_plane.process.kill()
    fleet.control_plane.process.wait(10)
    expect(page.get_by_text("Control plane unreachable")).to_be_visible(timeout=DEADLINE_MS)
    expect(rows.nth(10).get_by_role("link").first).to_be_visible()
    page.get_by_role("link", name="Fleet").first.click()
    with ExitStack() as stack:
        stack.enter_context(running(fleet.control_plane.prepared))
        expect(page.get_by_text("Control plane unreachable")).to_have_count(0, timeout=DEADLINE_MS)
        expect(page.get_by_role("link", name="1,000", exact=True)).to_be_visible(timeout=DEADLINE_MS)
        page.get_by_role("link", name="Nodes", exact=True).first.click()
        expect(rows.nth(10).get_by_role("link").first).to_be_visible(timeout=DEADLINE_MS)
