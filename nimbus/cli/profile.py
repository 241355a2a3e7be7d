"""`nimbus profile`: control planes and identities that this machine knows. Nothing of it asks a control plane."""

from __future__ import annotations

import argparse
import os
from typing import Any

from nimbus.cli.options import confirm, shared
from nimbus.cli.output import Column, details, printable, report, show
from nimbus.client.profiles import (
    Profile,
    choose_profile,
    delete_profile,
    no_profile,
    profile_name,
    stored_profiles,
)

_COLUMNS = (
    Column("CURRENT", lambda p: "*" if p["current"] else " "),
    Column("NAME", "name"),
    Column("API", "api"),
    Column("WORKSPACE", "workspace"),
    Column("SIGN-IN", lambda p: p["signs_in_by"] or "signed out"),
    Column("USER", "username"),
    Column("CA", "ca_file", wide=True),
)
_DETAILS = tuple(Column(c.title.capitalize(), c.value) for c in _COLUMNS if c.title not in ("CURRENT", "API"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    verbs.add_parser("list", parents=[shared(rows=True)], help="list profiles").set_defaults(run=_list)
    showing = verbs.add_parser("show", parents=[shared()], help="show a profile, without its secrets")
    showing.add_argument(
        "name", nargs="?", default="", metavar="PROFILE", help="profile (default: the current one)"
    )
    showing.set_defaults(run=_show)
    use = verbs.add_parser("use", parents=[shared()], help="make a profile the current one")
    use.add_argument("name", metavar="PROFILE")
    use.set_defaults(run=_use)
    delete = verbs.add_parser(
        "delete", parents=[shared()], help="delete a profile and its keys from this machine"
    )
    delete.add_argument("name", metavar="PROFILE")
    delete.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    delete.set_defaults(run=_delete)


def _view(name: str, profile: Profile, current: str) -> dict[str, Any]:
    by = "session" if profile.session else "API key" if profile.api_key else None
    return {
        "name": name,
        "current": name == current,
        "api": profile.api,
        "workspace": profile.workspace or None,
        "signs_in_by": by or ("key pair" if profile.access_key else None),
        "username": (profile.session.username if profile.session else "") or None,
        "ca_file": profile.ca_file or None,
    }


def _views(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    current = profile_name(options.profile, os.environ)
    return {
        name: _view(name, profile, current) for name, profile in sorted(stored_profiles(os.environ).items())
    }


def _list(options: argparse.Namespace) -> None:
    empty = "No profiles yet. Create one: nimbus login, nimbus configure or nimbus bootstrap"
    show(options, list(_views(options).values()), _COLUMNS, empty=empty)


def _show(options: argparse.Namespace) -> None:
    name = options.name or profile_name(options.profile, os.environ)
    profile = _views(options).get(name)
    if profile is None:
        raise no_profile(name, stored_profiles(os.environ))
    details(options, profile, (*_DETAILS, Column("API", "api")))


def _use(options: argparse.Namespace) -> None:
    choose_profile(options.name, os.environ)
    report(options, {"name": options.name}, f"{printable(options.name)} is now the current profile.")


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete the profile {printable(options.name)} and its keys from this machine?", yes=options.yes)
    delete_profile(options.name, os.environ)
    report(
        options,
        {"name": options.name},
        f"Profile {printable(options.name)} deleted. Its keys stay valid until they are revoked.",
    )
