"""`nimbus iam identities|link|unlink`: one's accounts at identity providers."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, age, print_data, printable, show
from nimbus.client.client import segment
from nimbus.client.profiles import load_profile

_IDENTITIES = "/api/v1/auth/identities"
_COLUMNS = (
    Column("PROVIDER", "provider"),
    Column("NAME", "display_name"),
    Column("SUBJECT", "subject"),
    Column("LINKED", lambda i: age(i["linked_at"])),
    Column("USED", lambda i: age(i["last_login_at"])),
    Column("ISSUER", "issuer", wide=True),
)


def add_verbs(verbs: Any) -> None:
    listing = verbs.add_parser(
        "identities", parents=[shared(rows=True)], help="list your accounts at identity providers"
    )
    listing.set_defaults(run=_list)

    link = verbs.add_parser(
        "link", parents=[shared()], help="link your account at an identity provider to sign in with it"
    )
    link.add_argument(
        "provider", nargs="?", default="", help="identity provider (optional if there is only one)"
    )
    link.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening a browser"
    )
    link.set_defaults(run=_link)

    unlink = verbs.add_parser(
        "unlink", parents=[shared()], help="unlink your account at an identity provider"
    )
    unlink.add_argument("provider")
    unlink.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    unlink.set_defaults(run=_unlink)


def _list(options: argparse.Namespace) -> None:
    empty = "No linked accounts. Link one: nimbus iam link"
    show(options, client(options).get(_IDENTITIES), _COLUMNS, empty=empty)


def _link(options: argparse.Namespace) -> None:
    from nimbus.cli.login_browser import code_by_browser, provider_named

    api = client(options)
    name = provider_named(api, options.provider, "nimbus iam link")
    profile = load_profile(options.profile, os.environ)
    code = code_by_browser(
        profile, name, again="nimbus iam link", browser=not options.no_browser, purpose="link"
    )
    identity = api.post(_IDENTITIES, code)
    if options.output in ("json", "yaml"):
        print_data(options.output, identity)
    else:
        print(f"Linked your account at {printable(identity['display_name'])}.", file=sys.stderr)


def _unlink(options: argparse.Namespace) -> None:
    confirm(f"Unlink your account at {options.provider}?", yes=options.yes)
    identity = client(options).delete(f"{_IDENTITIES}/{segment(options.provider)}")
    if options.output in ("json", "yaml"):
        print_data(options.output, identity)
    else:
        print(f"Unlinked your account at {printable(identity['display_name'])}.", file=sys.stderr)
