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
    group = f"{mapping['organization']}/{mapping['group']}" if mapping["group"] else "(deleted group)"
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
        Column("Client secret", lambda p: "stored encrypted" if p["has_client_secret"] else "none"),
        Column("Scopes", lambda p: " ".join(p["scopes"])),
        Column("Redirect URI", "redirect_uri"),
        Column("Back-channel logout", "backchannel_logout_uri"),
        Column("Organization", "organization"),
        Column("Sign-up", "sign_up"),
        Column("Links by email", "link_by_email"),
        Column("Verified email", lambda p: "required" if p["require_verified_email"] else "not required"),
        Column("Email domains", lambda p: ", ".join(p["email_domains"])),
        Column("Username from", "username_claim"),
        Column("Groups from", "groups_claim"),
        Column("Groups", lambda p: ", ".join(_mapped(mapping) for mapping in p["group_mapping"])),
        Column("Custom CA", lambda p: "yes" if p["ca_pem"] else None),
        Column("Users", "users"),
        Column("Labels", labels_of),
        Column("Created", "created_at"),
    ),
    empty="No identity providers yet. Add one: nimbus identity-provider create NAME",
    argument="provider",
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
    Field("--client-id", metavar="ID", help="client ID that the provider gave this control plane"),
    Field(
        "--client-secret-file",
        "client_secret",
        metavar="FILE",
        help="file with the client secret (- for standard input); an empty file for a public client",
        value=_client_secret,
    ),
    Field("--display-name", metavar="TEXT", help="name on the sign-in page"),
    Field(
        "--scope",
        "scopes",
        action="append",
        metavar="SCOPE",
        help="scope to request, can be repeated (default: openid, email, profile)",
    ),
    Field("--organization", metavar="NAME", help="organization of users who sign up (default: default)"),
    Field(
        "--sign-up",
        choices=("off", "mapped", "on"),
        help="create users at first sign-in: never, only members of a mapped group, always",
    ),
    Field(
        "--link-by-email",
        choices=_YES_NO,
        help="link to the user with the same verified address (default: no)",
        value=_YES_NO.get,
    ),
    Field(
        "--require-verified-email",
        choices=_YES_NO,
        help="sign in only users with a verified address (default: yes)",
        value=_YES_NO.get,
    ),
    Field(
        "--email-domain",
        "email_domains",
        action="append",
        metavar="DOMAIN",
        help="allow only addresses of this domain, can be repeated",
    ),
    Field("--username-claim", metavar="CLAIM", help="claim with the username (default: preferred_username)"),
    Field(
        "--groups-claim",
        metavar="PATH",
        help="claim with the groups, such as realm_access.roles (default: groups)",
    ),
    Field(
        "--group",
        "group_mapping",
        action="append",
        metavar="VALUE=GROUP",
        help="users with VALUE are members of GROUP ([ORGANIZATION/]NAME or id), can be repeated; replaces all",
        value=lambda words: [_mapping(word) for word in words],
    ),
    Field(
        "--ca",
        "ca_pem",
        metavar="FILE",
        help="CA certificates of a private issuer (PEM)",
        value=lambda file: text_of(file) if file else None,
    ),
    Field(
        "--redirect-uri",
        metavar="URI",
        help="redirect URI, if users reach this control plane at another address",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    kind = Field("--kind", choices=("oidc", "github"), default="oidc", help="protocol (default: oidc)")
    _PROVIDER.create(verbs, "add an identity provider", NAME, kind, *_SETTINGS, LABELS)
    _PROVIDER.list(verbs, "list identity providers", LABEL_FILTER)
    _PROVIDER.show(verbs, "show an identity provider and what to register there")
    update = _PROVIDER.update(
        verbs,
        "edit an identity provider; what you leave out stays the same",
        Field("--rename", "name", metavar="NAME", help="new name; the redirect URI changes too"),
        *_SETTINGS,
        LABEL_CHANGES,
        more=_enabled,
    )
    update.add_argument("--enable", action="store_true", help="allow sign-ins")
    update.add_argument("--disable", action="store_true", help="refuse sign-ins; sessions stay")
    _PROVIDER.delete(
        verbs,
        "delete an identity provider; ends its sessions, keeps its users",
        "Delete identity provider {name} and end its sessions?",
        "Identity provider {name} deleted.",
    )
    _PROVIDER.verb(verbs, "test", "check whether users can sign in with it", _test)


def _enabled(options: argparse.Namespace) -> dict[str, Any]:
    if options.enable and options.disable:
        raise UsageError("--enable and --disable cannot be combined")
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
