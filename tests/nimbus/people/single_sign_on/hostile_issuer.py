"""A fake: an OpenID provider that lies. It answers what the test tells it to; a real one could not be made to."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import trio

from tests.kit.openid_provider import signing_key
from tests.nimbus.people.single_sign_on.world import World, parameters

Answer = tuple[int, dict[str, str], bytes]


class HostileIssuer:
    """`documents` are answers by path; one that can be called is. `claims` and `header` are laid over those of an
    honest ID token, where None takes one away; `sign` makes the token of both."""

    client_id, client_secret = "corp", "s3cret"

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self.key = signing_key("k1")
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.alg = "RS256"
        self.sign: Callable[[dict[str, Any], dict[str, Any]], str] = self.signed
        self.nonce = ""
        self.documents: dict[str, Any] = {}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.discovery = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "device_authorization_endpoint": f"{self.issuer}/device",
        }
        self.documents = {
            "/.well-known/openid-configuration": lambda: self.discovery,
            "/jwks": lambda: {"keys": [self.public_key]},
            "/token": lambda: {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token()},
        }
        self.released = threading.Event()

    @property
    def public_key(self) -> dict[str, Any]:
        return {name: self.key[name] for name in ("kty", "n", "e", "kid", "use", "alg")}

    def id_token(self) -> str:
        now = self._clock() // 1_000_000
        honest = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "email": "ada@example.org",
            "email_verified": True,
            "name": "Ada",
            "preferred_username": "ada",
        }
        claims = {key: value for key, value in {**honest, **self.claims}.items() if value is not None}
        return self.sign({"alg": self.alg, "kid": "k1", **self.header}, claims)

    def signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        private = jwt.PyJWK(self.key).key
        return jwt.encode(claims, private, algorithm=header["alg"], headers=header)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                found = outer.documents.get(urlsplit(self.path).path, (404, {}, b"{}"))
                found = found() if callable(found) else found
                status, headers, content = (
                    found if isinstance(found, tuple) else (200, {}, json.dumps(found).encode())
                )
                try:
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(content)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    # Whoever asked has heard enough.
                    self.close_connection = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                outer.forms.append({name: values[0] for name, values in parse_qs(body).items()})
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:
                """Not into the test's output."""

        return Handler

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    async def begin(self, w: World, browser: Any, **query: str) -> dict[str, str]:
        """A sign-in up to the provider; the parameters that it was sent."""
        url = f"{w.base_url}/api/v1/auth/oidc/corp/start"
        answer = await trio.to_thread.run_sync(lambda: browser.client.get(url, params=query))
        assert answer.status_code == 303, answer.text
        given = parameters(answer.headers["location"])
        self.nonce = given["nonce"]
        return given

    async def sign_in(self, w: World, **callback: str) -> int:
        """The status of the callback."""
        with w.browser() as browser:
            given = await self.begin(w, browser)
            sent = {"state": given["state"], "code": "c", **callback}
            answer = await trio.to_thread.run_sync(lambda: browser.client.get(w.redirect_uri, params=sent))
            self.said = answer.text
            return int(answer.status_code)

    said = ""


@asynccontextmanager
async def hostile_issuer(clock: Callable[[], int]) -> AsyncIterator[HostileIssuer]:
    made = HostileIssuer(clock)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(made.stop)
            await trio.to_thread.run_sync(thread.join, 10)
