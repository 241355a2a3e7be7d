"""`nimbus audit destination create|list|show|update|delete|test`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.noun import NAME, RENAME, Field, Noun, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, print_data, printable, show
from nimbus.protocol.errors import EXIT_FAILED, UsageError

_PATH = "/api/v1/audit-destinations"
_STATES = {"up_to_date": "up to date"}


def _state(destination: dict[str, Any]) -> str:
    state = str(destination["state"])
    return _STATES.get(state, state)


_DESTINATION = Noun(
    name="destination",
    path=_PATH,
    columns=(
        Column("NAME", "name"),
        Column("TARGET", "target"),
        Column("STATE", _state),
        Column("WAITING", "waiting", right=True),
        Column("LAST SENT", lambda d: age(d["last_sent_at"])),
        Column("PROBLEM", "problem"),
        Column("SENT", "sent", wide=True, right=True),
        Column("MISSED", "missed", wide=True, right=True),
        Column("ID", "id", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Target", "target"),
        Column("State", _state),
        Column("Problem", "problem"),
        Column("Failing since", "failing_since"),
        Column("Failed attempts", lambda d: d["attempts"] or None),
        Column("Next attempt", "next_attempt_at"),
        Column("Sent through", lambda d: f"entry {d['sent_through']}"),
        Column("Waiting", "waiting"),
        Column("Sent", "sent"),
        Column("Missed", lambda d: d["missed"] or None),
        Column("Last sent", "last_sent_at"),
        Column("Signed", lambda d: d["has_secret"] or None),
        Column("Custom CA", lambda d: "yes" if d["ca_pem"] else None),
        Column("Created", "created_at"),
    ),
    empty="The audit log is not sent anywhere. Send it: nimbus audit destination create NAME TARGET",
    answers_with_details=True,
)
_CA = Field("--ca", "ca_pem", metavar="FILE", help="CA certificates of a private server (PEM)", value=text_of)
_SECRET = Field(
    "--secret-file",
    "secret",
    metavar="FILE",
    help="for a webhook: file with the secret that signs requests (- for standard input)",
    value=lambda file: text_of(file).strip(),
)
_STEPS = (Column("STEP", "step"), Column("OK", "ok"), Column("ANSWER", "answer"))
_TARGET_HELP = "https://HOST/PATH (webhook), syslog+tls://HOST:PORT or syslog+tcp://HOST:PORT"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _DESTINATION.verb(
        verbs,
        "create",
        "send the audit log to a syslog server or a webhook",
        _create,
        NAME,
        Field("target", metavar="TARGET", help=_TARGET_HELP),
        _SECRET,
        _CA,
        of_one=False,
    )
    create.add_argument(
        "--from",
        dest="begin",
        choices=("now", "oldest"),
        default="now",
        help="begin with new entries, or with the oldest one that is kept (default: now)",
    )
    create.add_argument("--disabled", action="store_true", help="do not send yet")
    _DESTINATION.list(verbs, "list destinations, and how much of the log each has", word="list")
    _DESTINATION.show(verbs, "show a destination, and why it takes no entries")
    update = _DESTINATION.update(
        verbs,
        "change a destination; what you leave out stays the same",
        RENAME,
        Field("--target", metavar="TARGET", help=_TARGET_HELP),
        _SECRET,
        Field(
            "--ca",
            "ca_pem",
            metavar="FILE",
            help="CA certificates of a private server (PEM); empty removes them",
            value=lambda file: text_of(file) if file else "",
        ),
        more=_enabled,
    )
    update.add_argument("--enable", action="store_true", help="send entries")
    update.add_argument("--disable", action="store_true", help="stop sending, and keep the place in the log")
    _DESTINATION.delete(
        verbs,
        "stop sending the audit log to a destination",
        "Delete the destination {name}? Entries from now on are not sent there.",
        "Destination {name} deleted.",
    )
    _DESTINATION.verb(verbs, "test", "send a test entry now, and show each step", _test)


def _enabled(options: argparse.Namespace) -> dict[str, Any]:
    if options.enable and options.disable:
        raise UsageError("--enable and --disable cannot be combined")
    return {"enabled": bool(options.enable)} if options.enable or options.disable else {}


def _create(options: argparse.Namespace) -> None:
    fields = (NAME, Field("target"), _SECRET, _CA)
    body = {
        **{field.name: field.sent(options) for field in fields if field.sent(options) is not None},
        "begin": options.begin,
        "enabled": not options.disabled,
    }
    created = client(options).post(_PATH, body)
    if options.output in ("json", "yaml"):
        print_data(options.output, created)
        return
    destination = created["destination"]
    print(f"Destination {printable(destination['name'])} created.")
    if created["secret"]:
        print("The secret that signs its requests. It is shown only once:", file=sys.stderr)
        print(created["secret"])
    print(f"Try it: nimbus audit destination test {printable(destination['name'])}", file=sys.stderr)


def _test(options: argparse.Namespace) -> int:
    api = client(options)
    tried = api.post(f"{_DESTINATION.path_of(api, options)}/test")
    if options.output in ("json", "yaml"):
        print_data(options.output, tried)
    else:
        show(options, tried["steps"], _STEPS)
        print("It took a test entry." if tried["ok"] else "It did not take a test entry.")
    return 0 if tried["ok"] else EXIT_FAILED
