"""`nimbus mail show|set|test|messages|notify`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.options import client, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show
from nimbus.client.client import segment
from nimbus.protocol.errors import EXIT_FAILED, UsageError

_BASE = "/api/v1/settings/mail"
_DETAILS = (
    Column("Server", lambda m: f"{m['host']} port {m['port']}" if m["host"] else "none"),
    Column("Enabled", "enabled"),
    Column("Security", "security"),
    Column("Username", "username"),
    Column("Password", lambda m: "stored encrypted" if m["has_password"] else "none"),
    Column("From", lambda m: f"{m['from_name']} <{m['from_address']}>" if m["from_address"] else None),
    Column("Custom CA", lambda m: "yes" if m["ca_pem"] else None),
    Column("Timeout", lambda m: f"{m['timeout']:g} s"),
    Column("Changed", "updated_at"),
)
_MESSAGES = (
    Column("TO", "recipient"),
    Column("STATE", "state"),
    Column("WHAT", "purpose"),
    Column("ATTEMPTS", "attempts", right=True),
    Column("CREATED", lambda m: age(m["created_at"])),
    Column("NEXT ATTEMPT", "next_attempt_at"),
    Column("SERVER ANSWER", "answer"),
    Column("SUBJECT", "subject", wide=True),
    Column("ID", "id", wide=True),
)
_STEPS = (
    Column("STEP", "step"),
    Column("OK", lambda s: "yes" if s["ok"] else "no"),
    Column("ANSWER", "answer"),
)
_NOTIFY = (
    Column("Organization", lambda n: n["organization"] or "the control plane"),
    Column("Recipients", lambda n: ", ".join(n["recipients"]) or "no one"),
    Column("Kinds", lambda n: ", ".join(n["kinds"])),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    verbs.add_parser("show", parents=[shared()], help="show the mail settings").set_defaults(run=_show)

    change = verbs.add_parser(
        "set", parents=[shared()], help="change the mail settings; what you leave out stays the same"
    )
    add = change.add_argument
    add("--host", metavar="HOST", help="name or address of the mail server")
    add("--port", type=int, metavar="PORT", help="default: 587")
    add(
        "--security",
        choices=("starttls", "tls", "none"),
        help="STARTTLS (default), TLS (port 465), or none (mail server on this machine only)",
    )
    add("--username", metavar="NAME", help="username, if the server needs one; empty removes it")
    add(
        "--password-file",
        metavar="FILE",
        help="file with the password (- for standard input); empty removes it",
    )
    add("--from", dest="from_address", metavar="ADDRESS", help="sender address")
    add("--from-name", metavar="TEXT", help="sender name (default: Nimbus)")
    add("--ca", metavar="FILE", help="CA certificates of a private server (PEM); empty removes them")
    add("--timeout", type=float, metavar="SECONDS", help="timeout of each step, 1 to 60 (default: 15)")
    add("--enable", action="store_true", help="send mail")
    add("--disable", action="store_true", help="do not send mail; invites show their link instead")
    change.set_defaults(run=_set)

    verbs.add_parser(
        "test", parents=[shared()], help="send yourself a test mail and show each step"
    ).set_defaults(run=_test)

    messages = verbs.add_parser(
        "messages", parents=[shared(rows=True)], help="list queued, sent and failed mail"
    )
    messages.add_argument("--state", choices=("queued", "sent", "failed"), help="only in this state")
    messages.set_defaults(run=_messages)

    notify = verbs.add_parser(
        "notify", parents=[shared()], help="show or change who is notified, and of what"
    )
    notify.add_argument(
        "--organization",
        metavar="NAME",
        help="notifications of this organization (default: of the control plane)",
    )
    notify.add_argument(
        "--to",
        action="append",
        metavar="ADDRESS",
        help="recipient, can be repeated; replaces all; empty for no one",
    )
    notify.add_argument(
        "--kind",
        action="append",
        help="kind of notification, can be repeated; replaces all (default: all kinds)",
    )
    notify.set_defaults(run=_notify)


def _show(options: argparse.Namespace) -> None:
    details(options, client(options).get(_BASE), _DETAILS)


def _set(options: argparse.Namespace) -> None:
    if options.enable and options.disable:
        raise UsageError("--enable and --disable cannot be combined")
    api = client(options)
    present = api.get(_BASE)
    kept = (
        "host",
        "port",
        "security",
        "username",
        "from_address",
        "from_name",
        "ca_pem",
        "timeout",
        "enabled",
    )
    body: dict[str, Any] = {name: present[name] for name in kept}
    if not present["host"]:
        body["enabled"] = True
    given = {
        "host": options.host,
        "port": options.port,
        "security": options.security,
        "username": options.username,
        "from_address": options.from_address,
        "from_name": options.from_name,
        "timeout": options.timeout,
        "password": _file(options.password_file),
        "ca_pem": _file(options.ca),
        "enabled": True if options.enable else (False if options.disable else None),
    }
    changed = {name: value for name, value in given.items() if value is not None}
    if not changed:
        raise UsageError("nothing to change", next_step="See: nimbus mail set --help")
    if "password" in changed:
        changed["password"] = changed["password"].rstrip("\r\n")
    details(options, api.request("PUT", _BASE, body={**body, **changed})["data"], _DETAILS)


def _file(name: str | None) -> str | None:
    """The text of the file; "" takes away what is set."""
    return text_of(name) if name else name


def _test(options: argparse.Namespace) -> int:
    """Exit status 1 when the server did not take it."""
    tried = client(options).post(f"{_BASE}/test", {})
    if options.output in ("json", "yaml"):
        print_data(options.output, tried)
    else:
        show(options, tried["steps"], _STEPS)
        said = (
            "The mail server accepted the mail for"
            if tried["ok"]
            else "The mail server did not accept the mail for"
        )
        print(f"{said} {printable(tried['recipient'])}.")
    return 0 if tried["ok"] else EXIT_FAILED


def _messages(options: argparse.Namespace) -> None:
    messages = client(options).get_all(f"{_BASE}/messages", state=options.state)
    show(options, messages, _MESSAGES, empty="No mail.")


def _notify(options: argparse.Namespace) -> None:
    path = "/api/v1/settings/notifications"
    if options.organization:
        path = f"/api/v1/organizations/{segment(options.organization)}/notifications"
    api = client(options)
    settings = api.get(path)
    if options.to is not None or options.kind is not None:
        recipients = (
            settings["recipients"] if options.to is None else [address for address in options.to if address]
        )
        body = {"recipients": recipients, "kinds": options.kind or settings["kinds"]}
        settings = api.request("PUT", path, body=body)["data"]
    details(options, settings, _NOTIFY)
