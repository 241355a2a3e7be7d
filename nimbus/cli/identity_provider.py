"""`nimbus identity-provider create|list|show|update|delete|test`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, details, print_data, printable, show
from nimbus.client.client import segment
from nimbus.protocol.errors import EXIT_FAILED, UsageError

_BASE = "/api/v1/identity-providers"
_YES_NO = {"yes": True, "no": False}
_COLUMNS = (
    Column("NAME", lambda p: p["name"]),
    Column("KIND", lambda p: p["kind"]),
    Column("ISSUER", lambda p: p["issuer"]),
    Column("ENABLED", lambda p: p["enabled"]),
    Column("SIGN-UP", lambda p: p["sign_up"]),
    Column("USERS", lambda p: p["users"], right=True),
    Column("ORGANIZATION", lambda p: p["organization"]),
    Column("ID", lambda p: p["id"], wide=True),
    Column("CLIENT ID", lambda p: p["client_id"], wide=True),
)
_DETAILS = (
    Column("Name", lambda p: p["name"]),
    Column("Id", lambda p: p["id"]),
    Column("Kind", lambda p: p["kind"]),
    Column("Shown as", lambda p: p["display_name"]),
    Column("Enabled", lambda p: p["enabled"]),
    Column("Issuer", lambda p: p["issuer"]),
    Column("Client id", lambda p: p["client_id"]),
    Column("Client secret", lambda p: "kept sealed" if p["has_client_secret"] else "none"),
    Column("Scopes", lambda p: " ".join(p["scopes"])),
    Column("Redirect URI", lambda p: p["redirect_uri"]),
    Column("Back-channel logout", lambda p: p["backchannel_logout_uri"]),
    Column("Organization", lambda p: p["organization"]),
    Column("Sign-up", lambda p: p["sign_up"]),
    Column("Links by email", lambda p: p["link_by_email"]),
    Column("Verified email", lambda p: "required" if p["require_verified_email"] else "not required"),
    Column("Email domains", lambda p: ", ".join(p["email_domains"])),
    Column("User name from", lambda p: p["username_claim"]),
    Column("Groups from", lambda p: p["groups_claim"]),
    Column("Groups", lambda p: ", ".join(_mapped(one) for one in p["group_mapping"])),
    Column("Own authorities", lambda p: "yes" if p["ca_pem"] else None),
    Column("Users", lambda p: p["users"]),
    Column("Labels", lambda p: ",".join(f"{k}={v}" for k, v in p["labels"].items())),
    Column("Created", lambda p: p["created_at"]),
)


def _mapped(one: dict[str, Any]) -> str:
    group = f"{one['organization']}/{one['group']}" if one["group"] else "(a group that has gone)"
    return f"{one['value']}={group}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    create = verbs.add_parser("create", parents=[shared()], help="add one")
    create.add_argument("name")
    create.add_argument("--kind", choices=("oidc", "github"), default="oidc", help="default: oidc")
    _add_settings(create)
    create.set_defaults(run=_create)

    listing = verbs.add_parser("list", parents=[shared()], help="list them")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only with this label")
    listing.set_defaults(run=_list)

    showing = verbs.add_parser("show", parents=[shared()], help="show one, and what to register there")
    showing.add_argument("name", help="name or id")
    showing.set_defaults(run=_show)

    update = verbs.add_parser("update", parents=[shared()], help="change one; what is not named stays")
    update.add_argument("name", help="name or id")
    update.add_argument("--rename", metavar="NAME", help="another name; the redirect URI changes with it")
    update.add_argument("--enable", action="store_true", help="take sign-ins again")
    update.add_argument("--disable", action="store_true", help="take no sign-ins; sessions stay")
    _add_settings(update)
    update.set_defaults(run=_update)

    delete = verbs.add_parser("delete", parents=[shared()], help="delete one: ends its sessions, keeps users")
    delete.add_argument("name", help="name or id")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.set_defaults(run=_delete)

    test = verbs.add_parser("test", parents=[shared()], help="look whether people could sign in there")
    test.add_argument("name", help="name or id")
    test.set_defaults(run=_test)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--issuer", metavar="URL", help="https address, exactly as the provider writes it")
    add("--client-id", metavar="ID", help="what the provider calls this control plane")
    add(
        "--client-secret-file",
        metavar="FILE",
        help="file with the client secret, - for standard input; an empty one: a public client",
    )
    add("--display-name", metavar="TEXT", help="on the sign-in page")
    add("--scope", action="append", metavar="SCOPE", help="asked for (default: openid, email, profile)")
    add("--organization", metavar="NAME", help="home of users who sign up (default: default)")
    add(
        "--sign-up", choices=("off", "mapped", "on"), help="make users: never, only in a mapped group, always"
    )
    add("--link-by-email", choices=_YES_NO, help="link to the user with the same verified address")
    add("--require-verified-email", choices=_YES_NO, help="default: yes")
    add("--email-domain", action="append", metavar="DOMAIN", help="admit addresses of these domains only")
    add("--username-claim", metavar="CLAIM", help="user names are made from it (default: preferred_username)")
    add(
        "--groups-claim",
        metavar="PATH",
        help="groups are there, such as realm_access.roles (default: groups)",
    )
    add(
        "--group",
        action="append",
        metavar="VALUE=GROUP",
        help="whoever has VALUE there is in GROUP here ([ORGANIZATION/]NAME or id); replaces all others",
    )
    add("--ca", metavar="FILE", help="certificate authorities of a private issuer (PEM)")
    add("--redirect-uri", metavar="URI", help="where this control plane is reached by another address")
    add("--label", action="append", metavar="KEY=VALUE", help="a label")


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What was given, as fields of the API."""
    given = {
        "issuer": options.issuer,
        "client_id": options.client_id,
        "display_name": options.display_name,
        "scopes": options.scope,
        "organization": options.organization,
        "sign_up": options.sign_up,
        "link_by_email": _YES_NO.get(options.link_by_email or ""),
        "email_domains": options.email_domain,
        "require_verified_email": _YES_NO.get(options.require_verified_email or ""),
        "username_claim": options.username_claim,
        "groups_claim": options.groups_claim,
        "redirect_uri": options.redirect_uri,
        "labels": key_values(options.label, "--label") if options.label else None,
        "group_mapping": [_mapping(one) for one in options.group] if options.group is not None else None,
        "client_secret": _secret(options.client_secret_file),
        "ca_pem": _text(Path(options.ca)) if options.ca else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _mapping(text: str) -> dict[str, str]:
    # Values may have equals signs themselves (LDAP names): the group has none.
    value, separator, group = text.rpartition("=")
    if not separator or not value or not group:
        raise UsageError(f"--group takes VALUE=GROUP, not {text!r}")
    organization, _, name = group.rpartition("/")
    return {"value": value, "group": name, "organization": organization}


def _secret(file: str | None) -> str | None:
    if file is None:
        return None
    return (sys.stdin.read() if file == "-" else _text(Path(file))).rstrip("\r\n")


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _path(options: argparse.Namespace) -> str:
    return f"{_BASE}/{segment(options.name)}"


def _create(options: argparse.Namespace) -> None:
    body = {"name": options.name, "kind": options.kind, **_settings(options)}
    details(options, client(options).post(_BASE, body), _DETAILS)


def _list(options: argparse.Namespace) -> None:
    found = client(options).get_all(_BASE, label=options.label)
    empty = "There is no identity provider yet. Add one with: nimbus identity-provider create NAME"
    show(options, found, _COLUMNS, empty=empty)


def _show(options: argparse.Namespace) -> None:
    details(options, client(options).get(_path(options)), _DETAILS)


def _update(options: argparse.Namespace) -> None:
    if options.enable and options.disable:
        raise UsageError("--enable and --disable say different things")
    patch = _settings(options)
    if options.rename:
        patch["name"] = options.rename
    if options.enable or options.disable:
        patch["enabled"] = bool(options.enable)
    if not patch:
        raise UsageError("nothing to change", next_step="See: nimbus identity-provider update --help")
    details(options, client(options).patch(_path(options), patch), _DETAILS)


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete the identity provider {options.name}, and end its sessions?", yes=options.yes)
    gone = client(options).delete(_path(options))
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
    else:
        print(f"The identity provider {printable(gone['name'])} is deleted.")


def _test(options: argparse.Namespace) -> int:
    """Exit status 1 when something is wrong."""
    found = client(options).post(_path(options) + "/test", {})
    fields = (
        Column("Issuer", lambda f: f["issuer"]),
        Column("Redirect URI", lambda f: f["redirect_uri"]),
        *(_line(name.replace("_", " ").capitalize(), url) for name, url in found["endpoints"].items()),
        Column("Client authentication", lambda f: f["client_authentication"]),
        Column("Signing keys", lambda f: ", ".join(f["signing_keys"])),
        Column("Device flow", lambda f: f["device_flow"]),
        Column("Sign-out", lambda f: f["sign_out"]),
        *(_line("Problem", text) for text in found["problems"]),
    )
    details(options, found, fields)
    return 0 if found["ok"] else EXIT_FAILED


def _line(title: str, text: str) -> Column:
    return Column(title, lambda _: text)
