"""`nimbus iam login|logout|whoami|sessions|revoke-session`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from typing import Any

from nimbus.cli.browser import open_browser
from nimbus.cli.iam.passwords import add_password_option, ask, ask_password, ask_secret
from nimbus.cli.noun import Field, Noun
from nimbus.cli.options import add_ca_options, client, shared
from nimbus.cli.output import Column, age, details, print_data, printable, report
from nimbus.cli.session import end_session, keep_session, login_target
from nimbus.client.client import ApiError, Client, segment
from nimbus.client.profiles import (
    TOKEN_VARIABLE,
    Profile,
    load_profile,
    locked,
    profile_name,
    profiles_file,
    set_session,
)
from nimbus.protocol.errors import NimbusError, UsageError

_AUTH = "/api/v1/auth"
BROWSER_S = 3.0
_SESSION = Noun(
    name="session",
    path="/api/v1/sessions",
    columns=(
        Column("ID", "id"),
        Column("CURRENT", lambda s: "*" if s["current"] else ""),
        Column("FROM", "last_used_from"),
        Column("USED", lambda s: age(s["last_used_at"])),
        Column("CREATED", lambda s: age(s["created_at"])),
        Column("BY", lambda s: ",".join(s["methods"])),
        Column("PROGRAM", "user_agent"),
        Column("USER", "user", wide=True),
        Column("EXPIRES", "expires_at", wide=True),
    ),
    empty="No sessions.",
    reference="session id, see: nimbus iam sessions",
)
_USER = Field("--user", metavar="USER", help="user (name or id)")


def add_verbs(verbs: Any) -> None:
    add_login(verbs.add_parser("login", help="sign in with a password"))
    add_logout(verbs.add_parser("logout", help="sign out of this profile"))
    add_whoami(verbs.add_parser("whoami", parents=[shared()], help="show who you are and what you can do"))

    _SESSION.list(verbs, "list sessions", _USER, word="sessions")
    _SESSION.verb(verbs, "revoke-session", "end a session immediately", _revoke)


def add_login(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--username", metavar="NAME", help="username (asked for if missing)")
    add_password_option(parser)
    parser.add_argument("--otp", metavar="CODE", help="code from your authenticator app, or a recovery code")
    parser.add_argument(
        "--api", metavar="URL", help="https://HOST:PORT of the control plane (default: the profile's)"
    )
    add_ca_options(parser)
    parser.add_argument(
        "--print-token", action="store_true", help=f"save nothing, print `export {TOKEN_VARIABLE}=...`"
    )
    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_login)


def add_logout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--local", action="store_true", help="only forget the session here; it stays valid until it expires"
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="print the identity provider's sign-out address instead of opening a browser",
    )
    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.set_defaults(run=_logout)


def add_whoami(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_whoami)


def _login(options: argparse.Namespace) -> None:
    profile = login_target(options)
    api = Client(replace(profile, session=None))
    username = options.username or _known_username(profile) or ask("Username", "--username NAME")
    try:
        data = _signed_in(api, options, username)
    finally:
        api.close()
    keep_session(options, profile, data)


def _signed_in(api: Client, options: argparse.Namespace, username: str) -> dict[str, Any]:
    body = {"username": username, "password": ask_password(options)}
    if options.otp:
        body["otp"] = options.otp
    try:
        data: dict[str, Any] = api.post_public(f"{_AUTH}/login", body)
    except ApiError as error:
        if error.code != "SECOND_FACTOR_REQUIRED":
            raise
        factors = {detail.get("field", ""): detail.get("message", "") for detail in error.details}
        challenge = factors.pop("challenge", "")
        if set(factors) <= {"passkey"}:
            raise NimbusError(
                "this account signs in with a passkey, which a terminal cannot use",
                next_step="Sign in with the browser: nimbus login --browser. Or use a key: nimbus configure",
            ) from None
        print(
            f"A second factor is required: {' or '.join(map(printable, factors.values()))}.", file=sys.stderr
        )
        code = ask_secret("Code")
        data = api.post_public(f"{_AUTH}/second-factor", {"challenge": challenge, "otp": code})
    return data


def _known_username(profile: Profile) -> str:
    return profile.session.username if profile.session else ""


def _logout(options: argparse.Namespace) -> None:
    profile = load_profile(options.profile, os.environ)
    if profile.session is None:
        raise NimbusError("you are not signed in with this profile", next_step="Sign in: nimbus login")
    elsewhere = "" if options.local else _provider_sign_out(profile)
    if os.environ.get(TOKEN_VARIABLE):
        end_session(profile)
        _sign_out_there(elsewhere, options)
        print(f"The session of {TOKEN_VARIABLE} has ended. Next: unset {TOKEN_VARIABLE}", file=sys.stderr)
        return
    if not options.local:
        end_session(profile)
    name = profile_name(options.profile, os.environ)
    file = profiles_file(os.environ)
    with locked(file):
        set_session(file, name, None)
    print(f"Signed out.{_key_left(name)}", file=sys.stderr)
    _sign_out_there(elsewhere, options)


def _key_left(name: str) -> str:
    """Whoever signs out expects to be nobody: a profile may hold a key beside the session."""
    profile = load_profile(name, os.environ)
    if not (profile.access_key or profile.api_key):
        return ""
    return (
        f" Profile {name!r} also holds a key, which signs its requests from now on."
        f" Without it: nimbus profile delete {name}"
    )


def _provider_sign_out(profile: Profile) -> str:
    """Where to sign out at the identity provider that this session came through; "" without one, and where the
    session cannot be asked any more. Without the ID token: command lines are read by others on the machine."""
    try:
        api = Client(profile)
        [session] = [row for row in api.get_all(_SESSION.path) if row["current"]]
        via = [method.removeprefix("idp:") for method in session["methods"] if method.startswith("idp:")]
        address = api.get(f"{_AUTH}/oidc/{segment(via[0])}/logout", hint=False)["url"] if via else None
    except (NimbusError, ValueError):
        return ""
    return str(address or "")


def _sign_out_there(address: str, options: argparse.Namespace) -> None:
    if not address:
        return
    print(
        f"You may still be signed in at the identity provider. Sign out there:\n\n  {printable(address)}\n",
        file=sys.stderr,
    )
    if not options.no_browser:
        open_browser(address, wait_s=BROWSER_S)


def _whoami(options: argparse.Namespace) -> None:
    data = client(options).get("/api/v1/whoami")
    if options.output in ("json", "yaml"):
        print_data(options.output, data)
        return
    user = data["user"] or {}
    access = data["access"]
    fields = (
        Column("Control plane", lambda w: w.get("control_plane", {}).get("name")),
        Column("Name", "name"),
        Column("Kind", "kind"),
        Column("Signed in by", "via"),
        Column("Display name", lambda _: user.get("display_name")),
        Column("Email", lambda _: user.get("email")),
        Column("Organization", lambda _: user.get("organization")),
        Column("Administrator", lambda _: "yes" if user.get("is_admin") else None),
        Column("Second factors", lambda _: _factors(user)),
        Column("Session", "session_id"),
        Column("Everywhere", lambda _: _many(access["everywhere"])),
        *(_held_in(name, held) for name, held in {**access["organizations"], **access["workspaces"]}.items()),
    )
    details(options, data, fields)


def _held_in(name: str, held: list[str]) -> Column:
    return Column(f"In {name}", lambda _: _many(held))


def _factors(user: dict[str, Any]) -> str:
    mfa = user.get("mfa") or {}
    named = ["authenticator app"] if mfa.get("totp") else []
    if mfa.get("passkeys"):
        named.append(f"{mfa['passkeys']} passkeys")
    return ", ".join(named)


def _many(held: list[str]) -> str:
    return f"{len(held)} permissions" if len(held) > 12 else ", ".join(held)


def _revoke(options: argparse.Namespace) -> None:
    if not options.session:
        raise UsageError("no session given", next_step="See: nimbus iam sessions")
    api = client(options)
    session = api.delete(_SESSION.path_of(api, options))
    report(options, session, f"Session of {printable(session['user'])} ended.")
