"""`nimbus iam create-key|list-keys|show-key|rotate-key|revoke-key`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from dataclasses import replace
from typing import Any

from nimbus.cli.noun import LABEL_FILTER, LABELS, NAME, Field, Noun, sent
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, details, labels_of, print_data, show, watched
from nimbus.cli.session import end_session
from nimbus.client.client import ApiError, Client
from nimbus.client.profiles import Profile, check_replaceable, load_profile, save_profile, stored_profiles
from nimbus.protocol.errors import NimbusError, UsageError

_KEYS, _PERSONAL = "/api/v1/keys", "/api/v1/personal-keys"


def _owner(key: dict[str, Any]) -> str:
    return str(key["user"]) if key["user"] else f"{key['organization']} (service)"


_KEY = Noun(
    name="key",
    path=_KEYS,
    columns=(
        Column("NAME", "name"),
        Column("KIND", "kind"),
        Column("OF", _owner),
        Column("ROLE", "role"),
        Column("WORKSPACE", "workspace"),
        Column("STATE", "state"),
        Column("USED", lambda k: age(k["last_used_at"])),
        Column("EXPIRES", "expires_at"),
        Column("ACCESS KEY", "access_key", wide=True),
        Column("ID", "id", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Kind", "kind"),
        Column("Of", _owner),
        Column("Role", "role"),
        Column("Workspace", "workspace"),
        Column("State", "state"),
        Column("Expires", "expires_at"),
        Column("Access key", "access_key"),
        Column("Id", "id"),
        Column("Tenant", "tenant"),
        Column("Labels", labels_of),
        Column(
            "Last used", lambda k: k["last_used_at"] and f"{k['last_used_at']} from {k['last_used_from']}"
        ),
        Column("Rotated", "rotated_at"),
        Column("Old secret until", "previous_until"),
        Column("Created", lambda k: f"{k['created_at']} by {k['created_by']}"),
    ),
    empty="No keys yet. Create one: nimbus iam create-key NAME",
    in_verbs=True,
)
_FILTERS = (
    Field("--user", help="only keys of this user (name or id)"),
    Field("--organization", metavar="ORG", help="only those of this organization"),
    Field("--state", choices=("valid", "expired", "revoked"), help="only in this state"),
    LABEL_FILTER,
)


_SAVE = Field(
    "--save-profile", metavar="PROFILE", help="save the key in this profile instead of printing the secret"
)
_NEW = (
    NAME,
    Field("--role", help="role of a service key; limits a personal key"),
    Field("--workspace", help="workspace that the key is limited to"),
    Field("--tenant", help="tenant that the key is limited to"),
    Field(
        "--kind",
        choices=("hmac", "api-key"),
        help="hmac signs requests, api-key is sent with them (default: hmac; api-key for service keys)",
    ),
    Field("--ttl", help="how long it is valid: 12h, 90d (default: never expires)"),
    LABELS,
)


def add_verbs(verbs: Any) -> None:
    create = _KEY.verb(
        verbs, "create-key", "create a personal key or a service key", _create, *_NEW, _SAVE, of_one=False
    )
    create.add_argument("--service", action="store_true", help="create a service key, which has its own role")
    create.add_argument("--organization", metavar="ORG", help="organization of the service key")
    _KEY.verb(
        verbs, "list-keys", "list keys", _list, *_FILTERS, of_one=False, watch=True, rows=True
    ).add_argument("--all", action="store_true", help="all keys you can see, not only yours")
    _KEY.verb(verbs, "show-key", "show a key without its secret", _show, watch=True)
    _KEY.verb(verbs, "rotate-key", "replace the secret of a key", _rotate, _SAVE).add_argument(
        "--overlap", default="24h", help="how long the old secret stays valid: 0s, 1h, 7d (default: 24h)"
    )
    _KEY.delete(
        verbs,
        "revoke a key immediately",
        "Revoke key {name}? Everything that uses it stops working.",
        "Key {name} revoked.",
        word="revoke-key",
    )


def _create(options: argparse.Namespace) -> None:
    if options.service and not options.role:
        raise UsageError("a service key needs a role", next_step="Add --role. See: nimbus iam list-roles")
    if options.organization and not options.service:
        raise UsageError("--organization is for service keys", next_step="Add --service, or use --workspace.")
    if options.service and not (options.organization or options.workspace):
        _check_said_where(load_profile(options.profile, os.environ).workspace)
    if options.save_profile:
        check_replaceable(options.save_profile, os.environ)
    body = {"kind": "api-key" if options.service else "hmac", **sent(_NEW, options)}
    if options.organization:
        body["organization"] = options.organization
    _hand_over(options, client(options).post(_KEYS if options.service else _PERSONAL, body))


def _check_said_where(workspace: str) -> None:
    """A key for a whole organization is more than what a profile that is in one workspace seems to ask for."""
    if workspace:
        raise UsageError(
            "a service key for the whole organization, or for the workspace of this profile?",
            next_step=f"Add --workspace {workspace}, or --organization NAME.",
        )


def _hand_over(options: argparse.Namespace, key: dict[str, Any]) -> None:
    """The secret goes into a profile, or to standard output, once."""
    if options.save_profile:
        file = _save(options, key)
        key = {**key, "secret_key": None, "api_key": None}
        print(f"Saved as profile {options.save_profile!r} in {file}.", file=sys.stderr)
    if options.output in ("json", "yaml"):
        print_data(options.output, key)
        return
    details(
        options,
        key,
        (
            Column("Name", "name"),
            Column("Id", "id"),
            Column("Access key", lambda k: k["access_key"] if k["kind"] == "hmac" else None),
            Column("Secret key", "secret_key"),
            Column("API key", "api_key"),
            Column("Expires", "expires_at"),
            Column("Old secret until", "previous_until"),
        ),
    )
    if not options.save_profile:
        print("Save the secret now. It is not shown again.", file=sys.stderr)


def _save(options: argparse.Namespace, key: dict[str, Any]) -> str:
    """Everything of a profile that is there already stays, but for what it signs in with."""
    here = load_profile(options.profile, os.environ)
    known = stored_profiles(os.environ).get(options.save_profile)
    kept = known if known is not None and known.api == here.api else Profile(here.api, ca_file=here.ca_file)
    pair = key["kind"] == "hmac"
    profile = replace(
        kept,
        access_key=key["access_key"] if pair else "",
        secret_key=key["secret_key"] if pair else "",
        api_key="" if pair else key["api_key"],
        session=None,
    )
    file = save_profile(options.save_profile, profile, os.environ)
    if kept.session is not None:
        # A profile has one way in; what nothing knows any more would stay valid for a month.
        with contextlib.suppress(NimbusError):
            end_session(kept)
    return str(file)


def _list(options: argparse.Namespace) -> None:
    path = _KEYS if options.all or options.user or options.organization else _PERSONAL
    api, query = client(options), sent(_FILTERS, options)
    empty = "No keys match." if query else _KEY.empty

    def keys() -> list[dict[str, Any]]:
        return _with_roles(options, api, api.get_all(path, **query))

    watched(options, lambda: show(options, keys(), _KEY.columns, empty=empty))


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    path = _KEY.path_of(api, options)
    watched(options, lambda: details(options, _with_roles(options, api, [api.get(path)])[0], _KEY.details))


def _with_roles(options: argparse.Namespace, api: Client, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For people: a service key has its roles as grants, which the API lists apart."""
    if options.output in ("json", "yaml") or all(key["user"] for key in keys):
        return keys
    roles: dict[str, list[str]] = {}
    # Who lists keys may lack the permission to read grants.
    with contextlib.suppress(ApiError):
        for grant in api.get_all("/api/v1/grants"):
            if grant["principal_kind"] == "key":
                where = f"{grant['role']} in {grant['workspace'] or grant['organization']}"
                roles.setdefault(grant["principal_id"], []).append(where)
    return [{**key, "role": key["role"] or ", ".join(roles.get(key["id"], []))} for key in keys]


def _rotate(options: argparse.Namespace) -> None:
    api = client(options)
    path = _KEY.path_of(api, options)
    if options.save_profile:
        check_replaceable(options.save_profile, os.environ, access_key=api.get(path)["access_key"])
    _hand_over(options, api.post(f"{path}/rotate", {"overlap": options.overlap}))
