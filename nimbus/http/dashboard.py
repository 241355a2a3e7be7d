"""The dashboard's files, built from `web/` into package data: one page for every address that is not the API's, and
its assets, compressed when they were built.

The page is the same for everybody and holds nothing of this control plane; what it shows it asks the API for, as
whoever has signed in. It carries a nonce for style elements, new with each answer; scripts come from this origin
only. `console_reach.py` says who gets it when it is for the mesh alone; others find nothing there.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec
import trio
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.datastructures import Accept
from werkzeug.exceptions import NotFound
from werkzeug.http import parse_accept_header

from nimbus.http.application import http_error
from nimbus.http.console_reach import Arrival, MeshOnly
from nimbus.http.source import forwarded_for

# First parts of paths that are never the dashboard's: what is not there under them is a 404, not a page.
RESERVED = ("api", "v1", "assets", "download", "healthz", "readyz", "metrics", "install-agent.sh", "invite")
PUBLIC_PATHS = {
    "/assets/{file}": "part of the program, the same for everybody",
    "/icon.svg": "see above",
    "/console/editor": "the frame of the dashboard's editor, the same for everybody",
    "/": "the dashboard's page, the same for everybody",
}
NONCE_PLACE = b'name="style-nonce" content=""'
CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "woff2": "font/woff2",
}
# By which a proxy shows that the request is another's, besides X-Forwarded-For.
_FORWARDING_HEADERS = ("Forwarded", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host", "Via")
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_NOT_BUILT = (
    b"<!doctype html><title>Nimbus</title><p>This control plane was built without its dashboard. Build it with: "
    b"python3 build.py</p><p><a href=/api/docs>API reference</a></p>"
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
# The editor (Monaco) makes style elements and attributes by itself, without a nonce: they are allowed in a frame
# that can ask for nothing (`connect-src`), shows what it is told, and is within this dashboard alone.
_EDITOR_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; worker-src 'self'; connect-src 'none'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)


class Asset(msgspec.Struct, frozen=True):
    """One file by its codings; "gzip" is always there."""

    content_type: str
    codings: dict[str, bytes]

    def choose(self, accepted: str) -> tuple[str, bytes]:
        """(coding, content) for an Accept-Encoding (RFC 9110 section 12.5.3); ("", ...) is the file itself."""
        wanted = parse_accept_header(accepted, Accept)
        best = max((coding for coding, _ in _ENCODINGS if coding in self.codings), key=wanted.quality)
        if wanted.quality(best) > 0:
            return best, self.codings[best]
        return "", gzip.decompress(self.codings["gzip"])


class Dashboard(msgspec.Struct, frozen=True):
    """What `build.py` left; `page` and `editor` "" where they were left out."""

    page: bytes
    editor: bytes
    assets: Mapping[str, Asset]


def load() -> Dashboard:
    """All files, from the package or, in a source tree, from `web/dist`."""
    for base in (resources.files("nimbus") / "assets" / "web", Path(__file__).parents[2] / "web" / "dist"):
        if (base / "index.html").is_file():
            editor = base / "editor.html"
            content = editor.read_bytes() if editor.is_file() else b""
            return Dashboard((base / "index.html").read_bytes(), content, dict(_assets(base)))
    return Dashboard(b"", b"", {})


def _assets(base: Traversable) -> list[tuple[str, Asset]]:
    files: dict[str, dict[str, bytes]] = {}
    folders = [("", base), *([("assets/", base / "assets")] if (base / "assets").is_dir() else [])]
    for prefix, folder in folders:
        for file in folder.iterdir():
            for coding, suffix in _ENCODINGS:
                if file.name.endswith(suffix):
                    name = prefix + file.name.removesuffix(suffix)
                    files.setdefault(name, {})[coding] = file.read_bytes()
    return [
        (name, Asset(CONTENT_TYPES.get(name.rpartition(".")[2], "application/octet-stream"), codings))
        for name, codings in files.items()
    ]


class _Files:
    """Read once, off the Trio thread, when first asked for."""

    def __init__(self) -> None:
        self._loaded: Dashboard | None = None
        self._lock = trio.Lock()

    async def get(self) -> Dashboard:
        async with self._lock:
            if self._loaded is None:
                self._loaded = await trio.to_thread.run_sync(load)
            return self._loaded


def add_dashboard(application: QuartTrio, reach: MeshOnly | None = None) -> None:
    """The page answers where nothing else does: its addresses are its own, and it says itself that one is wrong.
    To everybody without `reach`."""
    files = _Files()

    async def asset(file: str) -> Response:
        _check_reach(reach)
        return _asset_response((await files.get()).assets.get(f"assets/{file}"), immutable=True)

    async def icon() -> Response:
        _check_reach(reach)
        return _asset_response((await files.get()).assets.get("icon.svg"), immutable=False)

    async def page() -> Response:
        _check_reach(reach)
        return _page_response((await files.get()).page)

    async def editor() -> Response:
        _check_reach(reach)
        return _editor_response((await files.get()).editor)

    async def start() -> Response:
        # Routing takes slashes in front for one.
        if request.scope["path"] != "/":
            raise NotFound
        return await page()

    async def page_or_not_found(error: NotFound) -> Response:
        # Not request.path: that has lost all slashes in front but one.
        path = request.scope["path"]
        if is_reached(reach) and wants_page(request.method, path, request.headers.get("Accept", "")):
            return await page()
        return await http_error(error)

    places = (("/assets/<file>", asset), ("/icon.svg", icon), ("/console/editor", editor), ("/", start))
    for path, view in places:
        application.add_url_rule(
            path,
            endpoint=f"dashboard {path}",
            view_func=view,
            methods=["GET"],
            provide_automatic_options=False,
        )
    application.register_error_handler(NotFound, page_or_not_found)


def is_reached(reach: MeshOnly | None) -> bool:
    """Whether the dashboard is there for whoever sends the current request."""
    if reach is None:
        return True
    server, headers = request.scope.get("server"), request.headers
    return reach.admits(
        Arrival(
            server=server[0] if server else "",
            peer=request.remote_addr or "",
            forwarded_for=forwarded_for(headers),
            other_forwarding=",".join(
                value for name in _FORWARDING_HEADERS for value in headers.getlist(name)
            ),
        )
    )


def _check_reach(reach: MeshOnly | None) -> None:
    if not is_reached(reach):
        raise NotFound


def wants_page(method: str, path: str, accept: str) -> bool:
    """Whether a browser asks for a page of the dashboard, by an address that only the page knows."""
    first = path[1:].partition("/")[0]
    return method == "GET" and first not in RESERVED and "text/html" in accept and not path.startswith("//")


def _asset_response(asset: Asset | None, *, immutable: bool) -> Response:
    if asset is None:
        raise NotFound
    coding, content = asset.choose(request.headers.get("Accept-Encoding", ""))
    response = Response(content, content_type=asset.content_type)
    if coding:
        response.headers["Content-Encoding"] = coding
    response.headers["Vary"] = "Accept-Encoding"
    # The names of assets are made of what is in them: other content has another name.
    response.headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if immutable else "public, max-age=3600"
    )
    return response


def _page_response(page: bytes) -> Response:
    nonce = secrets.token_urlsafe(16)
    content = page.replace(NONCE_PLACE, NONCE_PLACE[:-1] + nonce.encode() + b'"') if page else _NOT_BUILT
    response = Response(content, status=200 if page else 503, content_type=CONTENT_TYPES["html"])
    response.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
    return response


def _editor_response(page: bytes) -> Response:
    if not page:
        raise NotFound
    response = Response(page, content_type=CONTENT_TYPES["html"])
    response.headers["Content-Security-Policy"] = _EDITOR_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
