"""`nimbus invite create|list|show|resend|revoke|accept`, also as `nimbus iam invite`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import UsageError

_BASE = "/api/v1/invites"
_COLUMNS = (
    Column("EMAIL", lambda i: i["email"]),
    Column("STATE", lambda i: i["state"]),
    Column("ROLE", lambda i: i["role"]),
    Column("WHERE", lambda i: i["workspace"] or i["organization"]),
    Column("BY", lambda i: i["invited_by"]),
    Column("CREATED", lambda i: age(i["created_at"])),
    Column("EXPIRES", lambda i: i["expires_at"]),
    Column("MAIL", lambda i: i["mail"]["state"] if i["mail"] else None),
    Column("ID", lambda i: i["id"]),
)
_DETAILS = (
    Column("Address", lambda i: i["email"]),
    Column("Id", lambda i: i["id"]),
    Column("State", lambda i: i["state"]),
    Column("Role", lambda i: i["role"]),
    Column("Where", lambda i: i["workspace"] or i["organization"]),
    Column("Groups", lambda i: ", ".join(i["groups"])),
    Column("Message", lambda i: i["message"]),
    Column("Invited by", lambda i: i["invited_by"]),
    Column("Expires", lambda i: i["expires_at"]),
    Column("Mail", lambda i: _mail(i["mail"])),
    Column("Accepted", lambda i: f"{i['accepted_at']} by {i['accepted_by']}" if i["accepted_at"] else None),
    Column("Taken back", lambda i: i["revoked_at"]),
)


def _mail(mail: dict[str, Any] | None) -> str | None:
    if mail is None:
        return None
    words = f": {mail['answer']}" if mail["answer"] else ""
    return f"{mail['state']} after {mail['attempts']} tries{words}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    create = verbs.add_parser("create", parents=[shared()], help="invite an address")
    create.add_argument("email", metavar="ADDRESS")
    create.add_argument("--role", required=True, help="what they will be: viewer, operator, admin ...")
    create.add_argument("--organization", default="", metavar="NAME", help="in all of this organization")
    create.add_argument("--workspace", default="", metavar="NAME", help="in this workspace only")
    create.add_argument("--group", action="append", metavar="NAME", help="a group to join; may be repeated")
    create.add_argument("--ttl", default="7d", help="how long the link is good, such as 12h (default: 7d)")
    create.add_argument("--message", default="", metavar="TEXT", help="a line from you, for the mail")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")
    create.set_defaults(run=_create)

    listing = verbs.add_parser("list", parents=[shared()], help="list invites")
    listing.add_argument("--state", choices=("pending", "accepted", "revoked", "expired"))
    listing.add_argument("--organization", metavar="NAME", help="only of this organization")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only with this label")
    listing.set_defaults(run=_list)

    showing = verbs.add_parser("show", parents=[shared()], help="show an invite, and what became of its mail")
    showing.add_argument("invite", help="id, or the address when it has one pending invite")
    showing.set_defaults(run=_show)

    resend = verbs.add_parser("resend", parents=[shared()], help="send it again; the link before is void")
    resend.add_argument("invite", help="id or address")
    resend.add_argument("--ttl", default="7d", help="how long the new link is good (default: 7d)")
    resend.set_defaults(run=_resend)

    revoke = verbs.add_parser("revoke", parents=[shared()], help="take an invite back")
    revoke.add_argument("invite", help="id or address")
    revoke.add_argument("--yes", action="store_true", help="do not ask")
    revoke.set_defaults(run=_revoke)

    _add_accept(verbs)


def _add_accept(verbs: Any) -> None:
    from nimbus.cli.iam.passwords import add_password_option

    accept = verbs.add_parser("accept", help="accept an invitation: make your account, and sign in")
    accept.add_argument(
        "--signed-in", action="store_true", help="with the account that this profile is signed in to"
    )
    accept.add_argument("--link-file", metavar="FILE", help="file with the link (-: standard input)")
    accept.add_argument("--username", metavar="NAME", help="the user name that you want")
    accept.add_argument("--display-name", default="", metavar="TEXT", help="your name, as others see it")
    add_password_option(accept, "new password")
    accept.add_argument("--api", metavar="URL", help="https://HOST:PORT (default: that of the link)")
    accept.add_argument("--ca", metavar="FILE", help="the control plane's CA certificate (PEM)")
    accept.add_argument("--print-token", action="store_true", help="save nothing; print the token")
    accept.add_argument("--profile", metavar="NAME", help="profile to use (default: default)")
    accept.add_argument("--debug", action="store_true", help="show the whole of an error")
    accept.set_defaults(run=_accept)


def _create(options: argparse.Namespace) -> None:
    body = {
        "email": options.email,
        "role": options.role,
        "organization": options.organization,
        "workspace": options.workspace,
        "groups": options.group or [],
        "ttl": options.ttl,
        "message": options.message,
        "labels": key_values(options.label, "--label"),
    }
    _tell(options, client(options).post(_BASE, body))


def _tell(options: argparse.Namespace, made: dict[str, Any]) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, made)
        return
    address = printable(made["email"])
    if made["link"] is None:
        print(f"{address} is invited; the mail is on its way. See: nimbus invite show {made['id']}")
        return
    print(
        f"{address} is invited. No mail server is set: hand this link over yourself, it is not shown again."
    )
    print(made["link"])


def _list(options: argparse.Namespace) -> None:
    found = client(options).get_all(
        _BASE, state=options.state, organization=options.organization, label=options.label
    )
    empty = "There are no invites. Make one with: nimbus invite create ADDRESS --role ROLE"
    show(options, found, _COLUMNS, empty=empty)


def _path(options: argparse.Namespace, api: Client) -> str:
    """By id; an address stands for its one pending invite."""
    reference = options.invite
    if "@" in reference:
        found = api.get_all(_BASE, email=reference, state="pending")
        if len(found) != 1:
            raise UsageError(
                f"{len(found)} pending invites are for {reference}", next_step="Use an id: nimbus invite list"
            )
        reference = found[0]["id"]
    return f"{_BASE}/{segment(reference)}"


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    details(options, api.get(_path(options, api)), _DETAILS)


def _resend(options: argparse.Namespace) -> None:
    api = client(options)
    _tell(options, api.post(_path(options, api) + "/resend", {"ttl": options.ttl}))


def _revoke(options: argparse.Namespace) -> None:
    confirm(f"Take the invite {options.invite} back?", yes=options.yes)
    api = client(options)
    gone = api.delete(_path(options, api))
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
    else:
        print(f"The invite of {printable(gone['email'])} is taken back.")


def _accept(options: argparse.Namespace) -> None:
    from nimbus.cli.iam.passwords import ask, ask_new_password, ask_secret
    from nimbus.cli.session import keep_session, login_target

    link = _link(options.link_file) if options.link_file else ask_secret("Link of the mail")
    host, separator, token = link.strip().partition("/invite#token=")
    if not separator:
        host, token = "", link.strip()
    if options.signed_in:
        _claim(options, token)
        return
    options.api = options.api or host or None
    profile = login_target(options)
    api = Client(replace(profile, session=None))
    try:
        found = api.post_public(f"{_BASE}/preview", {"token": token})
        place = found["workspace"] or found["organization"]
        print(
            f"{printable(found['invited_by'])} invites {printable(found['email'])} to {place} as {found['role']}.",
            file=sys.stderr,
        )
        username = options.username or ask("User name", "--username NAME")
        body = {
            "token": token,
            "username": username,
            "display_name": options.display_name,
            "password": ask_new_password(options),
        }
        done = api.post_public(f"{_BASE}/accept", body)
    finally:
        api.close()
    keep_session(options, profile, done["session"])


def _claim(options: argparse.Namespace, token: str) -> None:
    if options.username or options.display_name or options.password or options.api or options.print_token:
        raise UsageError("--signed-in goes with --link-file and --profile only")
    got = client(options).post(f"{_BASE}/claim", {"token": token})
    place = got["workspace"] or got["organization"]
    print(f"You are {printable(got['role'])} in {printable(place)} now.", file=sys.stderr)


def _link(file: str) -> str:
    if file == "-":
        return sys.stdin.readline()
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
