"""`nimbus login --browser`, `--oidc`: sign in on the dashboard's page or at an identity provider, in a browser on
this machine (RFC 8252: a listener on loopback gets a one-time code); `--device`: on another device (RFC 8628)."""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.server
import secrets
import sys
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from nimbus.cli.browser import open_browser
from nimbus.cli.output import printable
from nimbus.cli.session import keep_session, login_target
from nimbus.client.client import Client, segment
from nimbus.client.profiles import Profile
from nimbus.protocol.errors import EXIT_FORBIDDEN, EXIT_NOT_FOUND, NimbusError, UsageError

_AUTH = "/api/v1/auth"
_PATH = "/callback"
WAIT_S = 600
_DONE = (
    b'<!doctype html><html lang="en"><meta charset="utf-8"><title>Nimbus</title>'
    b"<h1>Back to your terminal</h1><p>This window can be closed.</p></html>\n"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Beside those of the sign-in with a password, which `parser` has already."""
    group = parser.add_argument_group("browser sign-in")
    group.add_argument(
        "--browser", action="store_true", help="sign in on the dashboard's page, with any method"
    )
    group.add_argument(
        "--oidc",
        nargs="?",
        const="",
        metavar="PROVIDER",
        help="sign in with this identity provider in the browser (name optional if there is only one)",
    )
    group.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening a browser"
    )
    group.add_argument("--device", action="store_true", help="sign in on another device with a short code")
    with_password = parser.get_default("run")

    def run(options: argparse.Namespace) -> None:
        if options.oidc is None and not options.device and not options.browser:
            if options.no_browser:
                raise UsageError("--no-browser needs --browser or --oidc")
            with_password(options)
            return
        _check(options)
        _run(options)

    parser.set_defaults(run=run)


def _check(options: argparse.Namespace) -> None:
    if options.username or options.password or options.otp:
        raise UsageError("--username, --password and --otp cannot be combined with browser sign-in")
    if options.browser and (options.oidc is not None or options.device):
        raise UsageError("--browser cannot be combined with --oidc or --device")


def _run(options: argparse.Namespace) -> None:
    profile = login_target(options)
    api = Client(replace(profile, session=None, access_key="", secret_key="", api_key=""))
    try:
        if options.browser:
            data = _by_dashboard(api, profile, options)
        else:
            name = provider_named(api, options.oidc or "", "nimbus login --oidc")
            data = _by_device(api, name) if options.device else _by_browser(api, profile, name, options)
    finally:
        api.close()
    keep_session(options, profile, data)


def provider_named(api: Client, wanted: str, command: str) -> str:
    """The one that is named, or the only one."""
    names = [str(provider["name"]) for provider in api.get(f"{_AUTH}/methods")["providers"]]
    known = ", ".join(map(printable, names))
    if not names:
        raise NimbusError(
            "this control plane has no identity provider",
            next_step="Sign in with a password: nimbus login. To add a provider: nimbus identity-provider create",
        )
    if wanted and wanted.lower() not in names:
        raise NimbusError(
            f"there is no identity provider {wanted!r}",
            code="NOT_FOUND",
            next_step=f"Known: {known}",
            exit_status=EXIT_NOT_FOUND,
        )
    if not wanted and len(names) > 1:
        raise UsageError(
            f"there are several identity providers: {known}", next_step=f"Name one: {command} NAME"
        )
    return wanted.lower() or names[0]


# In a browser on this machine.


class _Listener(http.server.HTTPServer):
    """Waits for the request that the browser comes back with. `answer` are its parameters; a request with another
    `state` is ignored."""

    state = ""
    answer: dict[str, str] | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is not worth a message."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Listener
    timeout = 5

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        ours = secrets.compare_digest(given.get("state", "").encode(), self.server.state.encode())
        if parts.path != _PATH or not ours or not ("code" in given or "error" in given):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_DONE)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(_DONE)
        self.server.answer = given

    def log_message(self, format: str, *args: Any) -> None:
        """No line per request on the terminal."""


def _by_dashboard(api: Client, profile: Profile, options: argparse.Namespace) -> dict[str, Any]:
    verifier, challenge = _proof_key()
    with _Listener(("127.0.0.1", 0), _Handler) as listener:
        listener.state = secrets.token_urlsafe(32)
        query = {"port": listener.server_address[1], "challenge": challenge, "state": listener.state}
        address, again = f"{profile.api}/cli-login?{urlencode(query)}", "nimbus login --browser"
        answer = _answered(listener, address, again, browser=not options.no_browser)
    data: dict[str, Any] = api.post_public(
        f"{_AUTH}/cli-grants/exchange", {"code": _code(answer, again), "verifier": verifier}
    )
    return data


def _proof_key() -> tuple[str, str]:
    """A verifier and its S256 challenge (RFC 7636)."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _by_browser(api: Client, profile: Profile, name: str, options: argparse.Namespace) -> dict[str, Any]:
    shown = code_by_browser(profile, name, again="nimbus login --oidc", browser=not options.no_browser)
    data: dict[str, Any] = api.post_public(f"{_AUTH}/oidc/exchange", shown)
    return data


def code_by_browser(
    profile: Profile, name: str, *, again: str, browser: bool, purpose: str = "sign-in"
) -> dict[str, str]:
    """Send the person through the provider's pages. The code that the browser comes back with, and the verifier
    that belongs to it (RFC 7636)."""
    verifier, challenge = _proof_key()
    with _Listener(("127.0.0.1", 0), _Handler) as listener:
        query = {
            "cli_redirect": f"http://127.0.0.1:{listener.server_address[1]}{_PATH}",
            "cli_challenge": challenge,
            **({} if purpose == "sign-in" else {"purpose": purpose}),
        }
        address = f"{profile.api}{_AUTH}/oidc/{segment(name)}/start?{urlencode(query)}"
        answer = _answered(listener, address, again, browser=browser)
    return {"code": _code(answer, again), "verifier": verifier}


def _answered(listener: _Listener, address: str, again: str, *, browser: bool) -> dict[str, str]:
    print(f"Sign in with your browser at:\n\n  {printable(address)}\n", file=sys.stderr, flush=True)
    if browser:
        open_browser(address)
    return _wait_for_answer(listener, again)


def _code(answer: dict[str, str], again: str) -> str:
    if "code" not in answer:
        raise NimbusError(
            printable(answer.get("error_description") or answer.get("error", "the sign-in was refused")),
            code="UNAUTHENTICATED",
            next_step=f"Start again: {again}",
            exit_status=EXIT_FORBIDDEN,
        )
    return answer["code"]


def _wait_for_answer(listener: _Listener, again: str) -> dict[str, str]:
    deadline = time.monotonic() + WAIT_S
    while listener.answer is None:
        listener.timeout = deadline - time.monotonic()
        if listener.timeout <= 0:
            raise NimbusError(
                f"no one signed in within {WAIT_S // 60} minutes", next_step=f"Start again: {again}"
            )
        listener.handle_request()
    return listener.answer


# On another device.


def _by_device(api: Client, name: str) -> dict[str, Any]:
    path = f"{_AUTH}/oidc/{segment(name)}/device"
    begun = api.post_public(path, {})
    print(
        f"On any device, open {printable(begun['verification_uri'])}\nand enter the code "
        f"{printable(begun['user_code'])}",
        file=sys.stderr,
        flush=True,
    )
    if begun["verification_uri_complete"]:
        print(f"(or open {printable(begun['verification_uri_complete'])})", file=sys.stderr, flush=True)
    deadline = time.monotonic() + float(begun["expires_in"])
    interval = float(begun["interval"])
    while time.monotonic() + interval < deadline:
        time.sleep(interval)
        answer = api.post_public(f"{path}/token", {"ticket": begun["ticket"]})
        if answer["signed_in"] is not None:
            signed_in: dict[str, Any] = answer["signed_in"]
            return signed_in
        interval = float(answer["interval"])
    raise NimbusError("no one entered the code in time", next_step="Start again: nimbus login --device")
