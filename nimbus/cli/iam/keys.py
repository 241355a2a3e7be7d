"""`nimbus iam create-key|list-keys|show-key|rotate-key|revoke-key`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from typing import Any

from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show, watched
from nimbus.cli.references import labels_text
from nimbus.client.client import segment
from nimbus.client.profiles import Profile, load_profile, save_profile, stored_profiles
from nimbus.protocol.errors import UsageError

_KEYS, _PERSONAL = "/api/v1/keys", "/api/v1/personal-keys"
_COLUMNS = (
    Column("NAME", lambda k: k["name"]),
    Column("KIND", lambda k: k["kind"]),
    Column("OF", lambda k: k["user"] or f"{k['organization']} (service)"),
    Column("ROLE", lambda k: k["role"]),
    Column("WORKSPACE", lambda k: k["workspace"]),
    Column("STATE", lambda k: k["state"]),
    Column("USED", lambda k: age(k["last_used_at"])),
    Column("EXPIRES", lambda k: k["expires_at"]),
    Column("ACCESS KEY", lambda k: k["access_key"], wide=True),
    Column("ID", lambda k: k["id"], wide=True),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS if c.title not in ("ID", "USED")),
    Column("Id", lambda k: k["id"]),
    Column("Tenant", lambda k: k["tenant"]),
    Column("Labels", lambda k: labels_text(k["labels"])),
    Column("Last used", lambda k: k["last_used_at"] and f"{k['last_used_at']} from {k['last_used_from']}"),
    Column("Rotated", lambda k: k["rotated_at"]),
    Column("Old secret until", lambda k: k["previous_until"]),
    Column("Created", lambda k: f"{k['created_at']} by {k['created_by']}"),
)


def add_verbs(verbs: Any) -> None:
    create = verbs.add_parser(
        "create-key", parents=[shared()], help="make a key that acts as you, or a service key"
    )
    create.add_argument("name")
    create.add_argument("--service", action="store_true", help="a key of its own, with --role")
    create.add_argument("--role", default="", help="role of a service key; narrows a personal one")
    create.add_argument("--workspace", default="", help="only in this workspace")
    create.add_argument("--organization", default="", metavar="ORG", help="in all of this (service keys)")
    create.add_argument("--tenant", default="", help="only for this tenant")
    create.add_argument(
        "--kind",
        choices=("hmac", "api-key"),
        help="a pair that signs requests, or one secret that is sent (default: hmac, of service keys api-key)",
    )
    create.add_argument("--ttl", default="", help="how long it is good: 12h, 90d (default: for ever)")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")
    _add_save(create)
    create.set_defaults(run=_create)

    listing = verbs.add_parser("list-keys", parents=[shared(watch=True)], help="list your keys, or all")
    listing.add_argument("--all", action="store_true", help="all keys that you may see, not just yours")
    listing.add_argument("--user", help="only of this user (name or id)")
    listing.add_argument("--organization", metavar="ORG", help="only of this organization")
    listing.add_argument("--state", choices=("valid", "expired", "revoked"), help="only in this state")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only with this label")
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show-key", parents=[shared()], help="show a key, without its secret")
    one.add_argument("key", help="name or id")
    one.set_defaults(run=_show)

    rotate = verbs.add_parser("rotate-key", parents=[shared()], help="give a key a new secret")
    rotate.add_argument("key", help="name or id")
    rotate.add_argument(
        "--overlap", default="24h", help="how long the old one is good too: 0s, 1h, 7d (default: 24h)"
    )
    _add_save(rotate)
    rotate.set_defaults(run=_rotate)

    revoke = verbs.add_parser("revoke-key", parents=[shared()], help="end a key, at once and for ever")
    revoke.add_argument("key", help="name or id")
    revoke.add_argument("--yes", action="store_true", help="do not ask")
    revoke.set_defaults(run=_revoke)


def _add_save(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--save-profile", metavar="PROFILE", help="keep it in this profile instead of showing the secret"
    )


def _create(options: argparse.Namespace) -> None:
    if options.service and not options.role:
        raise UsageError(
            "a service key has a role", next_step="Name it with --role; see: nimbus iam list-roles"
        )
    if options.organization and not options.service:
        raise UsageError("--organization is for service keys", next_step="Add --service, or use --workspace.")
    body = {
        "name": options.name,
        "role": options.role,
        "workspace": options.workspace,
        "kind": options.kind or ("api-key" if options.service else "hmac"),
        "tenant": options.tenant,
        "ttl": options.ttl,
        "labels": key_values(options.label, "--label"),
    }
    if options.service:
        body["organization"] = options.organization
    made = client(options).post(_KEYS if options.service else _PERSONAL, body)
    _hand_over(options, made)


def _hand_over(options: argparse.Namespace, made: dict[str, Any]) -> None:
    """The secret goes into a profile, or to standard output, once."""
    if options.save_profile:
        file = _save(options, made)
        made = {**made, "secret_key": None, "api_key": None}
        print(f"Saved as profile {options.save_profile!r} in {file}.", file=sys.stderr)
    if options.output in ("json", "yaml"):
        print_data(options.output, made)
        return
    details(
        options,
        made,
        (
            Column("Name", lambda k: k["name"]),
            Column("Id", lambda k: k["id"]),
            Column("Access key", lambda k: k["access_key"] if k["kind"] == "hmac" else None),
            Column("Secret key", lambda k: k["secret_key"]),
            Column("API key", lambda k: k["api_key"]),
            Column("Expires", lambda k: k["expires_at"]),
            Column("Old secret until", lambda k: k["previous_until"]),
        ),
    )
    if not options.save_profile:
        print("Keep the secret now: it is not shown again.", file=sys.stderr)


def _save(options: argparse.Namespace, made: dict[str, Any]) -> str:
    """Everything of a profile that is there already stays, but for what it signs in with."""
    here = load_profile(options.profile, os.environ)
    known = stored_profiles(os.environ).get(options.save_profile)
    kept = known if known is not None and known.api == here.api else Profile(here.api, ca_file=here.ca_file)
    pair = made["kind"] == "hmac"
    profile = replace(
        kept,
        access_key=made["access_key"] if pair else "",
        secret_key=made["secret_key"] if pair else "",
        api_key="" if pair else made["api_key"],
        session=None,
    )
    return str(save_profile(options.save_profile, profile, os.environ))


def _list(options: argparse.Namespace) -> None:
    everyones = options.all or options.user or options.organization
    api = client(options)

    def once() -> None:
        found = api.get_all(
            _KEYS if everyones else _PERSONAL,
            user=options.user,
            organization=options.organization,
            state=options.state,
            label=options.label,
        )
        show(
            options, found, _COLUMNS, empty="There is no such key. Make one with: nimbus iam create-key NAME"
        )

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    details(options, client(options).get(_path(options)), _DETAILS)


def _rotate(options: argparse.Namespace) -> None:
    _hand_over(options, client(options).post(f"{_path(options)}/rotate", {"overlap": options.overlap}))


def _revoke(options: argparse.Namespace) -> None:
    confirm(f"Revoke the key {printable(options.key)}? What uses it stops working.", yes=options.yes)
    gone = client(options).delete(_path(options))
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
    else:
        print(f"The key {printable(gone['name'])} is revoked.")


def _path(options: argparse.Namespace) -> str:
    return f"{_KEYS}/{segment(options.key)}"
