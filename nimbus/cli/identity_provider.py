"""`nimbus identity-provider create|list|show|update|delete|test`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.noun import LABEL_CHANGES, LABEL_FILTER, LABELS, NAME, Field, Noun, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, details, labels_of
from nimbus.protocol.errors import EXIT_FAILED, UsageError

_YES_NO = {"yes": True, "no": False}


def _mapped(mapping: dict[str, Any]) -> str:
    group = f"{mapping['organization']}/{mapping['group']}" if mapping["group"] else "(a group that has gone)"
    return f"{mapping['value']}={group}"


_PROVIDER = Noun(
    name="identity provider",
    path="/api/v1/identity-providers",
    columns=(
        Column("NAME", "name"),
        Column("KIND", "kind"),
        Column("ISSUER", "issuer"),
        Column("ENABLED", "enabled"),
        Column("SIGN-UP", "sign_up"),
        Column("USERS", "users", right=True),
        Column("ORGANIZATION", "organization"),
        Column("ID", "id", wide=True),
        Column("CLIENT ID", "client_id", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Kind", "kind"),
        Column("Shown as", "display_name"),
        Column("Enabled", "enabled"),
        Column("Issuer", "issuer"),
        Column("Client id", "client_id"),
        Column("Client secret", lambda p: "kept sealed" if p["has_client_secret"] else "none"),
        Column("Scopes", lambda p: " ".join(p["scopes"])),
        Column("Redirect URI", "redirect_uri"),
        Column("Back-channel logout", "backchannel_logout_uri"),
        Column("Organization", "organization"),
        Column("Sign-up", "sign_up"),
        Column("Links by email", "link_by_email"),
        Column("Verified email", lambda p: "required" if p["require_verified_email"] else "not required"),
        Column("Email domains", lambda p: ", ".join(p["email_domains"])),
        Column("User name from", "username_claim"),
        Column("Groups from", "groups_claim"),
        Column("Groups", lambda p: ", ".join(_mapped(mapping) for mapping in p["group_mapping"])),
        Column("Own authorities", lambda p: "yes" if p["ca_pem"] else None),
        Column("Users", "users"),
        Column("Labels", labels_of),
        Column("Created", "created_at"),
    ),
    empty="There is no identity provider yet. Add one with: nimbus identity-provider create NAME",
    argument="provider",
    metavar="name",
    answers_with_details=True,
)


def _mapping(text: str) -> dict[str, str]:
    # Values may have equals signs themselves (LDAP names): the group has none.
    value, separator, group = text.rpartition("=")
    if not separator or not value or not group:
        raise UsageError(f"--group takes VALUE=GROUP, not {text!r}")
    organization, _, name = group.rpartition("/")
    return {"value": value, "group": name, "organization": organization}


def _client_secret(file: str) -> str:
    return text_of(file).rstrip("\r\n")


_SETTINGS = (
    Field("--issuer", metavar="URL", help="https address, exactly as the provider writes it"),
    Field("--client-id", metavar="ID", help="what the provider calls this control plane"),
    Field(
        "--client-secret-file",
        "client_secret",
        metavar="FILE",
        help="file with the client secret, - for standard input; an empty one: a public client",
        value=_client_secret,
    ),
    Field("--display-name", metavar="TEXT", help="on the sign-in page"),
    Field(
        "--scope",
        "scopes",
        action="append",
        metavar="SCOPE",
        help="asked for (default: openid, email, profile)",
    ),
    Field("--organization", metavar="NAME", help="home of users who sign up (default: default)"),
    Field(
        "--sign-up", choices=("off", "mapped", "on"), help="make users: never, only in a mapped group, always"
    ),
    Field(
        "--link-by-email",
        choices=_YES_NO,
        help="link to the user with the same verified address",
        value=_YES_NO.get,
    ),
    Field("--require-verified-email", choices=_YES_NO, help="default: yes", value=_YES_NO.get),
    Field(
        "--email-domain",
        "email_domains",
        action="append",
        metavar="DOMAIN",
        help="admit addresses of these domains only",
    ),
    Field(
        "--username-claim", metavar="CLAIM", help="user names are made from it (default: preferred_username)"
    ),
    Field(
        "--groups-claim",
        metavar="PATH",
        help="groups are there, such as realm_access.roles (default: groups)",
    ),
    Field(
        "--group",
        "group_mapping",
        action="append",
        metavar="VALUE=GROUP",
        help="whoever has VALUE there is in GROUP here ([ORGANIZATION/]NAME or id); replaces all others",
        value=lambda words: [_mapping(word) for word in words],
    ),
    Field(
        "--ca",
        "ca_pem",
        metavar="FILE",
        help="certificate authorities of a private issuer (PEM)",
        value=lambda file: text_of(file) if file else None,
    ),
    Field("--redirect-uri", metavar="URI", help="where this control plane is reached by another address"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    kind = Field("--kind", choices=("oidc", "github"), default="oidc", help="default: oidc")
    _PROVIDER.create(verbs, "add one", NAME, kind, *_SETTINGS, LABELS)
    _PROVIDER.list(verbs, "list them", LABEL_FILTER)
    _PROVIDER.show(verbs, "show one, and what to register there")
    update = _PROVIDER.update(
        verbs,
        "change one; what is not named stays",
        Field("--rename", "name", metavar="NAME", help="another name; the redirect URI changes with it"),
        *_SETTINGS,
        LABEL_CHANGES,
        more=_enabled,
    )
    update.add_argument("--enable", action="store_true", help="take sign-ins again")
    update.add_argument("--disable", action="store_true", help="take no sign-ins; sessions stay")
    _PROVIDER.delete(
        verbs,
        "delete one: ends its sessions, keeps users",
        "Delete the identity provider {name}, and end its sessions?",
        "The identity provider {name} is deleted.",
    )
    _PROVIDER.verb(verbs, "test", "look whether people could sign in there", _test)


def _enabled(options: argparse.Namespace) -> dict[str, Any]:
    if options.enable and options.disable:
        raise UsageError("--enable and --disable say different things")
    return {"enabled": bool(options.enable)} if options.enable or options.disable else {}


def _test(options: argparse.Namespace) -> int:
    """Exit status 1 when something is wrong."""
    api = client(options)
    check = api.post(f"{_PROVIDER.path_of(api, options)}/test", {})
    fields = (
        Column("Issuer", "issuer"),
        Column("Redirect URI", "redirect_uri"),
        *(_line(name.replace("_", " ").capitalize(), url) for name, url in check["endpoints"].items()),
        Column("Client authentication", "client_authentication"),
        Column("Signing keys", lambda c: ", ".join(c["signing_keys"])),
        Column("Device flow", "device_flow"),
        Column("Sign-out", "sign_out"),
        *(_line("Problem", text) for text in check["problems"]),
    )
    details(options, check, fields)
    return 0 if check["ok"] else EXIT_FAILED


def _line(title: str, text: str) -> Column:
    return Column(title, lambda _: text)
