"""Certificates in a real browser: uploaded, replaced, chosen by a virtual host, ordered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_access_pages import call
from tests.kit.certificates import certificate_files
from tests.kit.dashboard import EXECUTABLE, NARROW, Dashboard, chromium, dashboard
from tests.kit.processes import ControlPlaneProcess, control_plane_process

pytestmark = pytest.mark.skipif(not EXECUTABLE, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlaneProcess]:
    """Its certificate authority does not answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIMBUS_ACME_DIRECTORY", "https://127.0.0.1:9/directory")
        with control_plane_process(tmp_path_factory.mktemp("plane"), name="localhost") as started:
            yield started


@pytest.fixture(scope="module")
def operator(browser: Browser, plane: ControlPlaneProcess) -> Iterator[Dashboard]:
    shown = dashboard(browser, plane.url)
    shown.set_up(plane.setup_token())
    yield shown
    assert shown.problems == []


def test_a_certificate_is_uploaded_replaced_and_used(operator: Dashboard) -> None:
    chain, key = certificate_files("shop.example.com", "www.example.com")
    _, foreign = certificate_files("shop.example.com")
    page = operator.open("/certificates")
    expect(page.get_by_text("No certificates yet")).to_be_visible()
    page.get_by_role("button", name="Upload certificate").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("shop")
    form.get_by_role("textbox", name="Certificate chain").fill(chain)
    form.get_by_role("textbox", name="Private key").fill(foreign)
    assert operator.serious() == []
    form.get_by_role("button", name="Upload", exact=True).click()
    expect(form.get_by_text("is not the key of")).to_be_visible()
    operator.problems.clear()  # the browser notes the refusal
    form.get_by_role("textbox", name="Private key").fill(key)
    form.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("heading", name="shop", exact=True)).to_be_visible()
    expect(page.get_by_text("shop.example.com, www.example.com")).to_be_visible()
    assert operator.serious() == []

    newer, its_key = certificate_files("shop.example.com", days=200)
    page.get_by_role("button", name="Replace…").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Certificate chain").fill(newer)
    form.get_by_role("textbox", name="Private key").fill(its_key)
    form.get_by_role("button", name="Replace", exact=True).click()
    expect(page.get_by_text("shop replaced")).to_be_visible()
    expect(page.get_by_role("cell", name="2 current")).to_be_visible()

    call(page, "POST", "/api/v1/upstreams", {"name": "app", "servers": [{"address": "10.0.0.5:8080"}]})
    page = operator.open("/virtual-hosts/new")
    page.get_by_label("Name", exact=True).fill("www")
    page.get_by_role("combobox", name="Domains").fill("shop.example.com")
    page.get_by_role("combobox", name="Domains").press("Enter")
    page.get_by_role("combobox", name="Certificate").click()
    page.get_by_role("option", name="shop (shop.example.com)").click()
    page.get_by_role("combobox", name="Upstream").click()
    page.get_by_role("option", name="app").click()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="www", exact=True)).to_be_visible()
    page = operator.open("/certificates/shop")
    expect(page.get_by_role("link", name="www", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Delete…")).to_be_disabled()


def test_an_order_that_fails_says_why(operator: Dashboard) -> None:
    page = operator.open("/certificates")
    page.get_by_role("button", name="Order certificate").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill("ordered")
    form.get_by_role("textbox", name="Domains").fill("new.example.com\nnewer.example.com")
    assert operator.serious() == []
    form.get_by_role("button", name="Order", exact=True).click()
    expect(page.get_by_role("heading", name="ordered", exact=True)).to_be_visible()
    alert = page.get_by_role("alert").filter(has_text="It could not be issued")
    expect(alert).to_contain_text("cannot be reached: Connection refused", timeout=30_000)
    expect(page.get_by_text("new.example.com, newer.example.com")).to_be_visible()
    assert operator.serious() == []
    page = operator.open("/certificates")
    expect(page.get_by_role("row", name="ordered")).to_contain_text("Not issued")
    assert operator.serious() == []


def test_on_a_phone(operator: Dashboard, browser: Browser, plane: ControlPlaneProcess) -> None:
    shown = dashboard(browser, plane.url, size=NARROW)
    page = shown.sign_in("admin", path="/certificates")
    expect(page.get_by_role("link", name="ordered")).to_be_visible()
    assert shown.serious() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.problems == []
