"""The dashboard's page and assets as a browser, a proxy or a stranger asks for them."""

from __future__ import annotations

import gzip
import http.client
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.http import dashboard
from nimbus.http.dashboard import RESERVED, Asset, load, wants_page
from nimbus.http.public import PUBLIC_PATHS
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.declared_routes import declared_routes

DIST = Path(__file__).parents[3] / "web/dist"
built = pytest.mark.skipif(
    not (DIST / "index.html").is_file(), reason="the dashboard is not built: python3 build.py web"
)
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EDITOR = b"<!doctype html><title>Editor</title>"
SCRIPT, STYLE = b"export const one = 1;" * 50, b"p{color:red}" * 50
# What everybody loads before they see anything; it grows with each library that is taken in.
FIRST_LOAD_LIMIT = 255_000


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def is_page(self) -> bool:
        return self.headers["content-type"] == "text/html; charset=utf-8"

    @property
    def is_error(self) -> bool:
        return self.status == 404 and self.body.startswith(b'{"error":{"code":"NOT_FOUND"')


async def ask(
    plane: ControlPlane, *targets: str, method: str = "GET", headers: dict[str, str] | None = None
) -> list[Answer]:
    """On one connection, each target as it is written."""

    def ask() -> list[Answer]:
        context = ssl.create_default_context(cafile=plane.profile.ca_file)
        connection = http.client.HTTPSConnection(*plane.api_address, timeout=20, context=context)
        answers = []
        for target in targets:
            connection.request(method, target, headers=headers or {})
            answers.append(Answer(connection.getresponse()))
        connection.close()
        return answers

    return await trio.to_thread.run_sync(ask)


@pytest.fixture
async def plane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ControlPlane]:
    """A control plane with a small dashboard of the test's own."""
    page = b'<!doctype html><meta name="style-nonce" content="" /><title>Nimbus</title>'
    assets = {
        "assets/one-a1b2.js": _asset("text/javascript; charset=utf-8", SCRIPT),
        "assets/one-c3d4.css": Asset("text/css; charset=utf-8", {"gzip": gzip.compress(STYLE)}),
        "icon.svg": _asset("image/svg+xml", b"<svg/>"),
    }
    monkeypatch.setattr(dashboard, "load", lambda: dashboard.Dashboard(page, EDITOR, assets))
    async with control_plane(tmp_path, administrator=True) as started:
        yield started


def _asset(content_type: str, content: bytes) -> Asset:
    # A fake: nothing on this side takes Brotli apart, so anything may stand for it.
    return Asset(content_type, {"gzip": gzip.compress(content), "br": b"br:" + content})


async def test_each_answer_has_its_own_nonce_in_page_and_policy(plane: ControlPlane) -> None:
    nonces = []
    for answer in await ask(plane, "/", "/", "/nodes/web-1?tab=tasks", headers=HTML):
        policy = answer.headers["content-security-policy"]
        (in_page,) = re.findall(rb'name="style-nonce" content="([\w-]+)"', answer.body)
        (in_policy,) = re.findall(r"'nonce-([\w-]+)'", policy)
        assert in_page.decode() == in_policy
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        nonces.append(in_policy)
    assert len(set(nonces)) == 3
    assert all(len(nonce) >= 22 for nonce in nonces)  # 128 bits


async def test_the_editor_is_a_frame_of_the_dashboard_that_can_ask_for_nothing(plane: ControlPlane) -> None:
    page, editor = await ask(plane, "/", "/console/editor", headers=HTML)
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    policy = dict(part.strip().split(" ", 1) for part in editor.headers["content-security-policy"].split(";"))
    assert editor.body == EDITOR
    assert (policy["default-src"], policy["connect-src"], policy["form-action"]) == ("'none'",) * 3
    assert (policy["script-src"], policy["frame-ancestors"]) == ("'self'", "'self'")
    assert editor.headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("gzip;q=1.0, br;q=1.0", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("*;q=0", ""),
        ("identity", ""),
        ("zstd", ""),
        ("", ""),
        ("br;q=nonsense", ""),
        (", ,;", ""),
    ],
)
async def test_an_asset_comes_in_a_coding_that_was_asked_for(
    plane: ControlPlane, accepted: str, coding: str
) -> None:
    (answer,) = await ask(plane, "/assets/one-a1b2.js", headers={"Accept-Encoding": accepted})
    assert answer.status == 200
    assert answer.headers.get("content-encoding", "") == coding
    expected = {"br": b"br:" + SCRIPT, "gzip": gzip.compress(SCRIPT), "": SCRIPT}[coding]
    assert answer.body[:4] == expected[:4]
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_what_has_no_brotli_comes_in_gzip(plane: ControlPlane) -> None:
    (answer,) = await ask(plane, "/assets/one-c3d4.css", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == STYLE


async def test_head_is_get_without_the_content(plane: ControlPlane) -> None:
    for target, size in (("/", None), ("/assets/one-a1b2.js", len(SCRIPT)), ("/icon.svg", 6)):
        (answer,) = await ask(plane, target, method="HEAD")
        assert (answer.status, answer.body) == (200, b"")
        if size is not None:
            assert answer.headers["content-length"] == str(size)


async def test_assets_are_kept_and_what_has_no_hash_is_not_for_long(plane: ControlPlane) -> None:
    asset, icon = await ask(plane, "/assets/one-a1b2.js", "/icon.svg")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert icon.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    "target", ["/nodes", "/nodes/web-1", "/no/such/page", "/apiary", "/x//y", "/invited"]
)
async def test_an_address_of_the_dashboard_gets_the_page_in_a_browser_alone(
    plane: ControlPlane, target: str
) -> None:
    (page,) = await ask(plane, target, headers=HTML)
    assert (page.status, page.is_page) == (200, True)
    for method, headers in (("GET", {}), ("GET", {"Accept": "*/*"}), ("POST", HTML), ("DELETE", HTML)):
        (answer,) = await ask(plane, target, method=method, headers=headers)
        assert answer.is_error, method


@pytest.mark.parametrize(
    "target",
    [
        *(f"/{name}/nothing" for name in RESERVED),
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/no-such-thing",
        "/v1/",
        "/v1/internal/heartbeat",
        "/assets/",
        "/assets/gone-0000.js",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/assets/%2e%2e/x",
        "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/assets/one-a1b2.js.br",
        "/assets/one-a1b2.js/",
        "/assets//one-a1b2.js",
        "/%61pi/v1/nothing",
        "/api%2fv1",
        "/download%2f..%2fx",
        "//evil.example",
        "//evil.example/nodes",
        "///",
        "/%2fevil.example",
    ],
)
async def test_what_is_not_the_dashboards_never_gets_the_page(plane: ControlPlane, target: str) -> None:
    (answer,) = await ask(plane, target, headers=HTML)
    assert answer.is_error, (answer.status, answer.body[:80])
    assert "location" not in answer.headers


def test_every_path_of_the_program_is_reserved() -> None:
    """Else a slice's new paths would be a page wherever they do not exist."""
    paths = {route.path for route in declared_routes()} | (set(PUBLIC_PATHS) - set(dashboard.PUBLIC_PATHS))
    assert {path.split("/")[1] for path in paths} <= set(RESERVED)
    assert not any(wants_page("GET", path, HTML["Accept"]) for path in paths)


async def test_a_control_plane_without_dashboard_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "load", lambda: dashboard.Dashboard(b"", b"", {}))
    async with control_plane(tmp_path, administrator=True) as plane:
        for answer in await ask(plane, "/", "/nodes", headers=HTML):
            assert (answer.status, answer.is_page) == (503, True)
            assert b"built without its dashboard" in answer.body
            assert "unsafe" not in answer.headers["content-security-policy"]
        for answer in await ask(plane, "/icon.svg", "/assets/index.js", "/api/v1/nothing"):
            assert answer.is_error
        (health,) = await ask(plane, "/healthz")
        assert health.status == 200


# The build itself.


@built
async def test_every_file_of_the_build_is_served_in_each_coding(tmp_path: Path) -> None:
    files = load().assets
    names = [name for name in files if name.startswith("assets/")]
    assert len(names) > 20
    targets = [f"/{name}" for name in files]
    async with control_plane(tmp_path, administrator=True) as plane:
        by_coding: dict[str, list[Answer]] = {}
        for coding in ("br", "gzip", "identity"):
            by_coding[coding] = await ask(plane, *targets, headers={"Accept-Encoding": coding})
    for number, name in enumerate(files):
        brotli, zipped, plain = (by_coding[coding][number] for coding in ("br", "gzip", "identity"))
        assert (brotli.status, zipped.status, plain.status) == (200, 200, 200)
        assert brotli.headers["content-encoding"] == "br", name
        assert gzip.decompress(zipped.body) == plain.body, name
        # Of what is smaller than that gzip may make less.
        assert len(brotli.body) <= len(zipped.body) + (16 if len(plain.body) >= 1024 else 24), name
        assert plain.headers["content-type"] != "application/octet-stream", name


@built
def test_names_of_assets_change_with_their_content() -> None:
    names = [name for name in load().assets if name.startswith("assets/")]
    assert [
        name for name in names if not re.fullmatch(r"assets/[\w.-]+-[\w-]{8}\.(js|css|woff2|svg|ttf)", name)
    ] == []


@built
def test_the_page_holds_no_inline_script_or_style_and_nothing_from_elsewhere() -> None:
    page, editor = load().page.decode(), load().editor.decode()
    assert dashboard.NONCE_PLACE.decode() in page
    check_page(page)
    check_page(editor)


def check_page(page: str) -> None:
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|https?://", page) == []
    named = re.findall(r'(?:src|href)="/([^"]+)"', page)
    assert named
    assert set(named) <= set(load().assets)


def first_load(page: str, scripts: dict[str, str]) -> set[str]:
    """Scripts that are loaded before the fleet is seen: what index.html and FleetPage name and import."""
    wanted = set(re.findall(r'(?:src|href)="/assets/([^"]+\.js)"', page))
    wanted |= {name for name in scripts if name.startswith("FleetPage-")}
    waiting = list(wanted)
    while waiting:
        for name in re.findall(r'(?:from|import)\s*"\./([\w.-]+\.js)"', scripts[waiting.pop()]):
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return wanted


def test_the_first_load_is_what_is_imported_statically() -> None:
    scripts = {
        "index-1.js": 'import{a as b}from"./lib-2.js";import"./side-3.js";const c=()=>import("./Other-4.js");',
        "lib-2.js": 'export * from "./deep-5.js"',
        "FleetPage-6.js": 'import{x}from"./shared-7.js"',
        "side-3.js": "",
        "Other-4.js": "",
        "deep-5.js": "",
        "shared-7.js": "",
    }
    found = first_load('<script src="/assets/index-1.js"></script>', scripts)
    assert found == set(scripts) - {"Other-4.js"}


@built
def test_the_first_load_stays_small() -> None:
    shown = load()
    zipped: dict[str, Any] = {
        name.removeprefix("assets/"): asset.codings["gzip"]
        for name, asset in shown.assets.items()
        if name.endswith(".js")
    }
    scripts = {name: gzip.decompress(content).decode() for name, content in zipped.items()}
    sizes = {name: len(zipped[name]) for name in first_load(shown.page.decode(), scripts)}
    assert any(name.startswith("FleetPage-") for name in sizes)
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:8]
    assert sum(sizes.values()) < FIRST_LOAD_LIMIT, (
        f"{sum(sizes.values())} bytes in gzip; the largest: {largest}"
    )
