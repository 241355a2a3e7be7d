"""The npm package `oidc-provider` as a process of the test, and a browser that fills its forms."""

from __future__ import annotations

import fcntl
import html.parser
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import jwt
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.kit.nodejs import environment, nodejs
from tests.kit.ports import free_ports

SOURCE = Path(__file__).parent / "oidc_provider"
# Ignored by git; `npm ci` fills it, once for each lock file.
CACHE = Path(__file__).parents[2] / "build" / "oidc_provider"
START_WITHIN_S = 30
INSTALL_WITHIN_S = 300
REDIRECT_PATH = "/api/v1/auth/oidc/corp/callback"


def installed() -> Path:
    """The folder with the package. Skips the test where there is no registry."""
    stamp, lock = CACHE / ".installed", (SOURCE / "package-lock.json").read_text()
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / ".lock", "w", encoding="ascii") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        _install(stamp, lock)
    return CACHE


def _install(stamp: Path, lock: str) -> None:
    if not stamp.exists() or stamp.read_text() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, CACHE / name)
        command = [*nodejs().npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command,
            cwd=CACHE,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment(),
            timeout=INSTALL_WITHIN_S,
        )
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr.strip()[-300:]}")
        stamp.write_text(lock)
    shutil.copy(SOURCE / "provider.mjs", CACHE / "provider.mjs")


def signing_key(kid: str, alg: str = "RS256") -> dict[str, Any]:
    """A new private JWK."""
    if alg == "ES256":
        text = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()))
    elif alg == "EdDSA":
        text = jwt.algorithms.OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate())
    else:
        text = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048))
    made: dict[str, Any] = {**json.loads(text), "kid": kid, "use": "sig", "alg": alg}
    made.pop("key_ops", None)
    return made


class OpenIdProvider:
    """`client` are further settings of the one client, `corp`. With `tls` (certificate and key in PEM) its issuer
    is an https address."""

    def __init__(
        self,
        folder: Path,
        redirect_uri: str,
        *,
        tls: tuple[str, str] | None = None,
        id_token_claims: bool = False,
        alg: str = "RS256",
        ca_file: str = "",
        **client: Any,
    ) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self.issuer = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.client_id, self.client_secret = "corp", "a secret of:the client+%"
        self._tls, self._id_token_claims, self._alg, self._ca_file = tls, id_token_claims, alg, ca_file
        self.keys = [signing_key("first", alg)]
        self._client = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uris": [redirect_uri],
            "response_types": ["code"],
            "id_token_signed_response_alg": alg,
            "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
            **client,
        }
        self.accounts: dict[str, dict[str, Any]] = {}
        self._process: subprocess.Popen[str] | None = None

    def person(self, login: str, **claims: Any) -> None:
        """Make somebody, or change what is known of them."""
        known = self.accounts.setdefault(
            login,
            {
                "email": f"{login}@example.org",
                "email_verified": True,
                "name": login.title(),
                "preferred_username": login,
            },
        )
        known.update(claims)
        (self.folder / "accounts.json").write_text(json.dumps(self.accounts))

    def start(self) -> None:
        folder = installed()
        settings = {
            "port": self.port,
            "issuer": self.issuer,
            "clients": [self._client],
            "keys": self.keys,
            "accounts": str(self.folder / "accounts.json"),
            "id_token_claims": self._id_token_claims,
            "tls": {"cert": self._tls[0], "key": self._tls[1]} if self._tls else None,
        }
        self.person("ada")
        file = self.folder / "provider.json"
        file.write_text(json.dumps(settings))
        trusted = {"NODE_EXTRA_CA_CERTS": self._ca_file} if self._ca_file else {}
        self._process = subprocess.Popen(
            [nodejs().executable, "provider.mjs", str(file)],
            cwd=folder,
            stdout=subprocess.PIPE,
            env={**os.environ, **trusted},
            stderr=(self.folder / "provider.log").open("a"),
            text=True,
        )
        watch = _Deadline(self._process, START_WITHIN_S)
        assert self._process.stdout is not None
        with watch:
            line = self._process.stdout.readline()
        if line.strip() != "listening":
            self.stop()
            raise AssertionError(f"the provider did not start: {(self.folder / 'provider.log').read_text()}")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()

    def rotate(self, kid: str = "second") -> None:
        """Started again, with another key."""
        self.stop()
        self.keys = [signing_key(kid, self._alg)]
        self.start()


class _Deadline:
    """Ends the process when it is not in time: its output then ends too."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        import threading

        self._timer = threading.Timer(seconds, process.send_signal, [signal.SIGKILL])

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


@asynccontextmanager
async def openid_provider(folder: Path, redirect_uri: str, **settings: Any) -> AsyncIterator[OpenIdProvider]:
    provider = OpenIdProvider(folder, redirect_uri, **settings)
    try:
        await trio.to_thread.run_sync(provider.start)
        yield provider
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(provider.stop)


class _Forms(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": given.get("action", ""), "pressed": False, "fields": {}})
        elif tag in ("input", "button") and self.forms:
            form = self.forms[-1]
            # Of the buttons the first is pressed.
            if given.get("name") and not (tag == "button" and form["pressed"]):
                form["fields"].setdefault(given["name"], given.get("value", ""))
            form["pressed"] = form["pressed"] or tag == "button"


def forms_in(page: str) -> list[dict[str, Any]]:
    parser = _Forms()
    parser.feed(page)
    return parser.forms


class Browser:
    """Follows redirects and fills forms, with cookies, until it comes to an address that begins with `until`, which
    it does not open. `last` is the page at which it had to stop."""

    last = ""

    def __init__(self, ca_file: str = "") -> None:
        import ssl

        context = ssl.create_default_context(cafile=ca_file) if ca_file else ssl.create_default_context()
        self.client = httpx.Client(
            verify=context,
            follow_redirects=False,
            timeout=20,
            trust_env=False,
            event_hooks={"response": [self._take_secure_cookies]},
        )

    def _take_secure_cookies(self, _response: httpx.Response) -> None:
        """As browsers do: on loopback secure cookies go over plain HTTP too."""
        for cookie in self.client.cookies.jar:
            cookie.secure = False

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def open(self, url: str, **headers: str) -> httpx.Response:
        """One request, no redirect followed."""
        return self.client.get(url, headers=headers)

    def sign_in(self, url: str, login: str, until: str, *, password: str = "any") -> str:
        """From an authorization address to the callback's; "" where a page without a form ends it."""
        response: httpx.Response | None = None
        for _ in range(20):
            if url.startswith(until):
                return url
            response = response or self.client.get(url)
            if response.is_redirect:
                url, response = urljoin(url, response.headers["location"]), None
                continue
            forms = [form for form in forms_in(response.text) if form["action"]]
            if response.status_code >= 400 or not forms:
                self.last = f"HTTP {response.status_code} from {url}: {response.text}"
                return ""
            fields = dict(forms[0]["fields"])
            for name, value in (("login", login), ("username", login), ("password", password)):
                if name in fields:
                    fields[name] = value
            url = urljoin(url, forms[0]["action"])
            response = self.client.post(url, data=fields, headers={"Origin": _origin(url)})
        raise AssertionError(f"no end of forms and redirects, last {url}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
