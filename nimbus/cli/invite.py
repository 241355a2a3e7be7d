"""`nimbus invite create|list|show|resend|revoke|accept`, also as `nimbus iam invite`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.noun import LABEL_FILTER, LABELS, Field, Noun, sent, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, printable, report
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import UsageError

_BASE = "/api/v1/invites"


def _mail(mail: dict[str, Any] | None) -> str | None:
    if mail is None:
        return None
    words = f": {mail['answer']}" if mail["answer"] else ""
    return f"{mail['state']} after {mail['attempts']} tries{words}"


def _path(api: Client, options: argparse.Namespace) -> str:
    """By id; an address stands for its one pending invite."""
    reference: str = options.invite
    if "@" in reference:
        pending = api.get_all(_BASE, email=reference, state="pending")
        if len(pending) != 1:
            raise UsageError(
                f"{len(pending)} pending invites are for {reference}",
                next_step="Use an id from: nimbus invite list",
            )
        reference = pending[0]["id"]
    return f"{_BASE}/{segment(reference)}"


_INVITE = Noun(
    name="invite",
    path=_BASE,
    columns=(
        Column("EMAIL", "email"),
        Column("STATE", "state"),
        Column("ROLE", "role"),
        Column("WHERE", lambda i: i["workspace"] or i["organization"]),
        Column("BY", "invited_by"),
        Column("CREATED", lambda i: age(i["created_at"])),
        Column("EXPIRES", "expires_at"),
        Column("MAIL", lambda i: i["mail"]["state"] if i["mail"] else None),
        Column("ID", "id"),
    ),
    details=(
        Column("Address", "email"),
        Column("Id", "id"),
        Column("State", "state"),
        Column("Role", "role"),
        Column("Where", lambda i: i["workspace"] or i["organization"]),
        Column("Groups", lambda i: ", ".join(i["groups"])),
        Column("Message", "message"),
        Column("Invited by", "invited_by"),
        Column("Expires", "expires_at"),
        Column("Mail", lambda i: _mail(i["mail"])),
        Column(
            "Accepted", lambda i: f"{i['accepted_at']} by {i['accepted_by']}" if i["accepted_at"] else None
        ),
        Column("Revoked", "revoked_at"),
    ),
    empty="No invites. Create one: nimbus invite create ADDRESS --role ROLE",
    reference="id, or the address if it has one pending invite",
    find=_path,
)
_TTL = Field("--ttl", default="7d", help="how long the link is valid, such as 12h (default: 7d)")
_NEW = (
    Field("email", metavar="ADDRESS"),
    Field("--role", required=True, help="role they get: viewer, operator, admin ..."),
    Field("--organization", metavar="NAME", help="grant the role in all of this organization"),
    Field("--workspace", metavar="NAME", help="grant the role in this workspace only"),
    Field("--group", "groups", action="append", metavar="NAME", help="group to join, can be repeated"),
    _TTL,
    Field("--message", metavar="TEXT", help="personal message in the mail"),
    LABELS,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _INVITE.verb(verbs, "create", "invite someone by mail", _create, *_NEW, of_one=False)
    _INVITE.list(
        verbs,
        "list invites",
        Field("--state", choices=("pending", "accepted", "revoked", "expired"), help="only in this state"),
        Field("--organization", metavar="NAME", help="only those of this organization"),
        LABEL_FILTER,
    )
    _INVITE.show(verbs, "show an invite and whether its mail was delivered")
    _INVITE.verb(verbs, "resend", "send an invite again; the earlier link stops working", _resend, _TTL)
    _INVITE.delete(
        verbs, "revoke an invite", "Revoke the invite {name}?", "Invite for {email} revoked.", word="revoke"
    )
    _add_accept(verbs)


def _add_accept(verbs: Any) -> None:
    from nimbus.cli.iam.passwords import add_password_option

    accept = verbs.add_parser("accept", help="accept an invitation: create your account and sign in")
    accept.add_argument(
        "--signed-in", action="store_true", help="use the account that this profile is signed in to"
    )
    accept.add_argument("--link-file", metavar="FILE", help="file with the link (- for standard input)")
    accept.add_argument("--username", metavar="NAME", help="your new username")
    accept.add_argument("--display-name", default="", metavar="TEXT", help="your display name")
    add_password_option(accept, "new password")
    accept.add_argument("--api", metavar="URL", help="https://HOST:PORT (default: from the link)")
    accept.add_argument("--ca", metavar="FILE", help="the control plane's CA certificate (PEM)")
    accept.add_argument("--print-token", action="store_true", help="print the token and save nothing")
    accept.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    accept.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    accept.set_defaults(run=_accept)


def _create(options: argparse.Namespace) -> None:
    _say_link(options, client(options).post(_BASE, sent(_NEW, options)))


def _resend(options: argparse.Namespace) -> None:
    api = client(options)
    _say_link(options, api.post(f"{_path(api, options)}/resend", {"ttl": options.ttl}))


def _say_link(options: argparse.Namespace, invite: dict[str, Any]) -> None:
    address = printable(invite["email"])
    if invite["link"] is None:
        mailed = f"Invited {address}; the mail was queued. See: nimbus invite show {invite['id']}"
        report(options, invite, mailed)
        return
    report(
        options,
        invite,
        f"Invited {address}. No mail server is configured, so send this link yourself; it is not shown again:\n"
        f"{invite['link']}",
    )


def _accept(options: argparse.Namespace) -> None:
    from nimbus.cli.iam.passwords import ask, ask_new_password, ask_secret
    from nimbus.cli.session import keep_session, login_target

    link = _link(options.link_file) if options.link_file else ask_secret("Link from the mail")
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
        invitation = api.post_public(f"{_BASE}/preview", {"token": token})
        place = invitation["workspace"] or invitation["organization"]
        whom = f"{printable(invitation['invited_by'])} invites {printable(invitation['email'])}"
        print(f"{whom} to {place} as {invitation['role']}.", file=sys.stderr)
        username = options.username or ask("Username", "--username NAME")
        body = {
            "token": token,
            "username": username,
            "display_name": options.display_name,
            "password": ask_new_password(options),
        }
        accepted = api.post_public(f"{_BASE}/accept", body)
    finally:
        api.close()
    keep_session(options, profile, accepted["session"])


def _claim(options: argparse.Namespace, token: str) -> None:
    if options.username or options.display_name or options.password or options.api or options.print_token:
        raise UsageError("--signed-in can be combined only with --link-file and --profile")
    role = client(options).post(f"{_BASE}/claim", {"token": token})
    place = role["workspace"] or role["organization"]
    print(f"You now have the role {printable(role['role'])} in {printable(place)}.", file=sys.stderr)


def _link(file: str) -> str:
    if file == "-":
        return sys.stdin.readline()
    return text_of(file)
