"""Paths that need no signature: the CA, health, and what a joining machine asks for. A checked-in list: each
says why it is open."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from importlib import resources

import msgspec
import trio
from quart import Response
from quart_trio import QuartTrio

from nimbus.fleet.enrolment.claims import Claims
from nimbus.fleet.enrolment.joining import Joining
from nimbus.fleet.node_section.outside import OutsideSections
from nimbus.http import dashboard
from nimbus.http.application import guarded
from nimbus.http.console_reach import MeshOnly
from nimbus.http.decoding import decode_body
from nimbus.http.door import Door, read_body
from nimbus.http.responses import json_response
from nimbus.kernel.errors import NotFound
from nimbus.protocol.join_token import CLAIM_PATH
from nimbus.protocol.messages import ClaimRequest, JoinComplete, JoinRequest
from nimbus.protocol.outside import PATH as NODE_SECTION
from nimbus.protocol.outside import OutsideQuestion

COMPLETION_DELAY_S = 0.03
View = Callable[[str], Awaitable[Response]]
_HEALTH = {"/healthz", "/readyz"}
_COSTLY = {
    NODE_SECTION,
    "/v1/join",
    "/v1/join/complete",
    CLAIM_PATH,
    "/download/nimbus-agent",
    "/download/nimbus-agent.sha256",
}
_DOCS = {
    "/api/docs": ("index.html", "text/html; charset=utf-8"),
    "/api/docs/docs.css": ("docs.css", "text/css; charset=utf-8"),
    "/api/docs/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/api/docs/icon.svg": ("icon.svg", "image/svg+xml"),
    "/api/docs/schema.js": ("schema.js", "text/javascript; charset=utf-8"),
    "/api/docs/session.js": ("session.js", "text/javascript; charset=utf-8"),
    "/api/docs/theme.js": ("theme.js", "text/javascript; charset=utf-8"),
    "/api/docs/try.js": ("try.js", "text/javascript; charset=utf-8"),
}
PUBLIC_PATHS = {
    "/v1/ca": "a certificate is public; who fetches it compares its digest with the join command's",
    "/healthz": "says that the process runs, nothing else",
    "/readyz": "says whether it can serve, nothing else",
    "/install-agent.sh": "a joining machine has no identity yet; the script holds no secret",
    "/download/nimbus-agent": "the executable holds no secret",
    "/download/nimbus-agent.sha256": "see above",
    "/invite": "who is invited has no account yet; the page is the same for everybody",
    "/invite/page.js": "see above",
    "/invite/page.css": "see above",
    "/v1/join": "authenticated by the one-time secret in the body",
    "/v1/join/complete": "authenticated by the one-time secret in the body",
    CLAIM_PATH: "authenticated by the secret in the body",
    NODE_SECTION: "authenticated by the node's signature in the body; for nodes that have lost their way",
    **dashboard.PUBLIC_PATHS,
    **dict.fromkeys(_DOCS, "the reference of the API: part of the program, not of this control plane"),
}


def _file(path: str, content_type: str) -> View:
    async def show(_request_id: str) -> Response:
        content = (resources.files("nimbus.http") / path).read_bytes()
        return Response(content, content_type=content_type)

    return show


class AgentExecutable:
    """The agent that this control plane carries, read when first asked for."""

    def __init__(self) -> None:
        self._content: bytes | None = None
        self._digest = ""

    def _load(self) -> bytes:
        if self._content is None:
            file = resources.files("nimbus") / "assets" / "nimbus-agent"
            if not file.is_file():
                raise NotFound(
                    "this control plane carries no agent", next_step="Build it with: python3 build.py"
                )
            self._content = file.read_bytes()
            self._digest = hashlib.sha256(self._content).hexdigest()
        return self._content

    def content(self) -> bytes:
        return self._load()

    def digest(self) -> str:
        self._load()
        return self._digest


def _limited(view: View, door: Door, path: str) -> View:
    """As often as one address may ask. Joins and downloads, which nobody has vouched for and which cost something,
    as requests without valid credentials."""
    if path in _HEALTH:
        return view

    async def answer(request_id: str) -> Response:
        door.admit(door.source())
        if path in _COSTLY:
            door.admit_stranger(door.source())
        return await view(request_id)

    return answer


async def _complete_soon(joining: Joining, message: JoinComplete) -> None:
    await trio.sleep(COMPLETION_DELAY_S)
    await joining.complete(message)


def add_public_paths(
    application: QuartTrio,
    door: Door,
    *,
    ca_pem: Callable[[], str],
    joining: Joining,
    claims: Claims,
    outside: OutsideSections,
    is_ready: Callable[[], Awaitable[bool]],
    console: MeshOnly | None = None,
) -> None:
    """`console`: who finds the dashboard there; everybody without it."""
    executable = AgentExecutable()

    async def ca(_request_id: str) -> Response:
        return Response(ca_pem(), content_type="application/x-pem-file")

    async def healthz(_request_id: str) -> Response:
        return json_response(b'{"status":"ok"}')

    async def readyz(_request_id: str) -> Response:
        ready = await is_ready()
        return json_response(
            b'{"status":"ready"}' if ready else b'{"status":"unavailable"}', 200 if ready else 503
        )

    async def download(_request_id: str) -> Response:
        return Response(executable.content(), content_type="application/octet-stream")

    async def digest(_request_id: str) -> Response:
        return Response(f"{executable.digest()}  nimbus-agent\n", content_type="text/plain")

    async def join(request_id: str) -> Response:
        message = decode_body(await read_body(), JoinRequest)
        assert isinstance(message, JoinRequest)
        return json_response(msgspec.json.encode(await joining.join(message, door.source(), request_id)))

    async def complete(_request_id: str) -> Response:
        message = decode_body(await read_body(), JoinComplete)
        assert isinstance(message, JoinComplete)
        # The answer travels through the tunnel that completion takes away: it goes first.
        application.add_background_task(_complete_soon, joining, message)
        return json_response(b"{}", 202)

    async def claim(_request_id: str) -> Response:
        message = decode_body(await read_body(), ClaimRequest)
        assert isinstance(message, ClaimRequest)
        return json_response(msgspec.json.encode(await claims.claim(message, door.source())))

    async def node_section(_request_id: str) -> Response:
        question = decode_body(await read_body(), OutsideQuestion)
        assert isinstance(question, OutsideQuestion)
        return json_response(msgspec.json.encode(await outside.answer(question, door.source())))

    handlers: dict[tuple[str, str], View] = {
        ("GET", "/v1/ca"): ca,
        ("GET", "/healthz"): healthz,
        ("GET", "/readyz"): readyz,
        ("GET", "/install-agent.sh"): _file("install-agent.sh", "text/x-shellscript; charset=utf-8"),
        ("GET", "/invite"): _file("invite_page/index.html", "text/html; charset=utf-8"),
        ("GET", "/invite/page.js"): _file("invite_page/page.js", "text/javascript; charset=utf-8"),
        ("GET", "/invite/page.css"): _file("invite_page/page.css", "text/css; charset=utf-8"),
        ("GET", "/download/nimbus-agent"): download,
        ("GET", "/download/nimbus-agent.sha256"): digest,
        ("POST", "/v1/join"): join,
        ("POST", "/v1/join/complete"): complete,
        ("POST", CLAIM_PATH): claim,
        ("POST", NODE_SECTION): node_section,
    }
    handlers |= {("GET", path): _file(f"docs/{name}", media) for path, (name, media) in _DOCS.items()}
    for (method, path), view in handlers.items():
        view = _limited(view, door, path)  # noqa: PLW2901
        application.add_url_rule(
            path, endpoint=path, view_func=guarded(view), methods=[method], provide_automatic_options=False
        )
    dashboard.add_dashboard(application, console)
