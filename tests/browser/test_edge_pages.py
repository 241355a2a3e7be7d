"""Virtual hosts, upstreams and templates in a real browser: written, looked at, compared, restored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.kit.dashboard import EXECUTABLE, NARROW, Dashboard, chromium, dashboard
from tests.kit.processes import ControlPlaneProcess, control_plane_process

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlaneProcess]:
    with control_plane_process(tmp_path_factory.mktemp("plane"), name="localhost") as started:
        yield started


@pytest.fixture(scope="module")
def operator(browser: Browser, plane: ControlPlaneProcess) -> Iterator[Dashboard]:
    shown = dashboard(browser, plane.url)
    shown.set_up(plane.setup_token())
    yield shown
    assert shown.problems == []


def lines_of(operator: Dashboard, title: str) -> Locator:
    """Of the editor that shows this text."""
    return operator.page.frame_locator(f"iframe[title^='{title}']").locator(".view-lines")


def test_a_virtual_host_from_its_fields_to_its_second_version(operator: Dashboard) -> None:
    page = operator.open("/upstreams/new")
    page.get_by_label("Name", exact=True).fill("app")
    page.get_by_label("Address", exact=True).fill("10.0.0.5")
    expect(page.get_by_role("status", name="One problem")).to_contain_text("servers[0].address")
    page.get_by_label("Address", exact=True).fill("10.0.0.5:8080")
    expect(lines_of(operator, "File")).to_contain_text("server 10.0.0.5:8080")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="app", exact=True)).to_be_visible()

    page = operator.open("/virtual-hosts/new")
    page.get_by_label("Name", exact=True).fill("shop")
    page.get_by_role("combobox", name="Domains").fill("bad_name!")
    page.get_by_role("combobox", name="Domains").press("Enter")
    expect(page.get_by_role("status", name="problem")).to_contain_text("server_name")
    page.get_by_role("combobox", name="Domains").press("Backspace")
    page.get_by_role("combobox", name="Domains").fill("www.example.com")
    page.get_by_role("combobox", name="Domains").press("Enter")
    page.get_by_label("TLS", exact=True).click(force=True)
    page.get_by_role("combobox", name="Upstream").click()
    page.get_by_role("option", name="app").click()
    expect(lines_of(operator, "File")).to_contain_text("server_name www.example.com")
    assert operator.serious() == []
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="shop", exact=True)).to_be_visible()

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Port", exact=True).fill("8080")
    page.get_by_label("What changes").fill("another port")
    expect(lines_of(operator, "File")).to_contain_text("listen 8080")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("another port")).to_be_visible()
    page.get_by_role("button", name="Compare version 1 with the current one").click()
    expect(page.get_by_role("dialog").get_by_role("cell", name="listen_port")).to_be_visible()
    expect(lines_of(operator, "Differences").last).to_contain_text("listen 8080")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Restore version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.get_by_text("restored from version 1")).to_be_visible()


def test_a_template_is_written_in_the_editor(operator: Dashboard) -> None:
    page = operator.open("/templates/new")
    page.get_by_label("Name", exact=True).fill("ours")
    editor = page.frame_locator("iframe[title='Text']")
    # The text of the built-in one, and what becomes of it.
    expect(editor.locator(".view-lines")).to_contain_text("{{#if redirect_http}}")
    expect(lines_of(operator, "File")).to_contain_text("server_name")
    editor.locator(".view-line").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("server {\nlua_code x;")
    # The closing brace is written by the editor.
    page.get_by_role("button", name="'lua_code' cannot be used").click()
    assert operator.serious() == []
    page.keyboard.press("Control+A")
    page.keyboard.type("server {\n{{listen}}\nserver_name {{server_name}};\nretu")
    expect(editor.get_by_role("option", name="return")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type(" 204;")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="ours", exact=True)).to_be_visible()
    expect(lines_of(operator, "Text")).to_contain_text("return 204;")


def test_on_a_phone_it_is_text_to_be_read(
    operator: Dashboard, browser: Browser, plane: ControlPlaneProcess
) -> None:
    shown = dashboard(browser, plane.url, size=NARROW)
    page = shown.sign_in("admin", path="/templates/default")
    expect(page.get_by_role("textbox", name="Text")).to_have_attribute("readonly", "")
    assert shown.serious() == []
    assert shown.problems == []
