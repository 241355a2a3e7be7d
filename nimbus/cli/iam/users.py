"""`nimbus iam create-user|list-users|show-user|update-user|delete-user|set-password`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.iam.passwords import add_password_option, ask_new_password, ask_secret
from nimbus.cli.noun import LABEL_CHANGES, LABEL_FILTER, LABELS, Field, Noun
from nimbus.cli.options import client, label_changes
from nimbus.cli.output import Column, age, labels_of, printable, report
from nimbus.client.client import segment
from nimbus.protocol.errors import UsageError

_USERS = "/api/v1/users"


def _state(user: dict[str, Any]) -> str:
    if user["disabled"]:
        return "disabled"
    return "admin" if user["is_admin"] else "enabled"


def _factors(user: dict[str, Any]) -> str:
    mfa = user["mfa"]
    return "+".join(name for name, there in (("totp", mfa["totp"]), ("passkey", mfa["passkeys"])) if there)


_USER = Noun(
    name="user",
    path=_USERS,
    columns=(
        Column("USERNAME", "username"),
        Column("NAME", "display_name"),
        Column("EMAIL", "email"),
        Column("ORGANIZATION", "organization"),
        Column("STATE", _state),
        Column("SECOND FACTOR", _factors),
        Column("LAST LOGIN", lambda u: age(u["last_login_at"]) if u["last_login_at"] else None),
        Column("ID", "id", wide=True),
        Column("LABELS", labels_of, wide=True),
    ),
    details=(
        Column("Username", "username"),
        Column("Name", "display_name"),
        Column("Email", "email"),
        Column("Organization", "organization"),
        Column("State", _state),
        Column("Second factor", _factors),
        Column("Labels", labels_of),
        Column("Id", "id"),
        Column("Password", lambda u: "yes" if u["has_password"] else "none"),
        Column("Recovery codes", lambda u: u["mfa"]["recovery_codes"] or None),
        Column("Created", "created_at"),
        Column("Last login", "last_login_at"),
        Column("Password changed", "password_changed_at"),
    ),
    empty="No users that you can see.",
    reference="name, id, or me",
    in_verbs=True,
)
_FIELDS = (
    Field("--display-name", metavar="TEXT", help="display name"),
    Field("--email", metavar="ADDRESS", help="mail address"),
    Field(
        "--admin",
        "is_admin",
        action="store_const",
        const=True,
        help="make the user an administrator of the control plane",
    ),
    Field(
        "--must-change-password",
        action="store_const",
        const=True,
        help="require a new password at the next sign-in",
    ),
)


def add_verbs(verbs: Any) -> None:
    home = Field("--organization", metavar="ORG", help="home organization (name or id)")
    create = _USER.create(
        verbs,
        "create a user",
        Field("username"),
        *_FIELDS,
        LABELS,
        home,
        more=_first_password,
        done="User {username} created.",
    )
    create.add_argument(
        "--no-password", action="store_true", help="no password: the user signs in another way"
    )
    add_password_option(create)
    _USER.list(
        verbs,
        "list users",
        Field("--organization", metavar="ORG", help="only users of this organization"),
        LABEL_FILTER,
        Field("--disabled", action="store_const", const="true", help="only disabled users"),
    )
    _USER.show(verbs, "show a user")
    _USER.update(
        verbs,
        "edit a user",
        Field("--username", metavar="NAME", help="new name"),
        *_FIELDS,
        LABEL_CHANGES,
        Field(
            "--no-admin",
            "is_admin",
            dest="admin",
            action="store_const",
            const=False,
            help="take away the user's administrator access",
        ),
        Field(
            "--disable",
            dest="disabled",
            action="store_const",
            const=True,
            help="disable the user and end all sessions",
        ),
        Field("--enable", dest="disabled", action="store_const", const=False, help="enable the user"),
        more=_labels,
        done="User {username} updated.",
    ).add_argument("--remove-label", action="append", metavar="KEY", help="same as --label KEY-")
    _USER.delete(
        verbs,
        "delete a user and their keys and sessions",
        "Delete user {name} and their keys and sessions?",
        "User {username} deleted.",
    )
    password = _USER.verb(
        verbs,
        "set-password",
        "set a password",
        _set_password,
        of_one=False,
        epilog="On standard input: your current password (if it is asked for), then the new one, one per line.",
    )
    password.add_argument("user", nargs="?", default="", help="name or id (default: yourself)")
    password.add_argument("--user-id", default="", metavar="ID", help="user as an option")
    password.add_argument(
        "--must-change", action="store_true", help="require a new password at the next sign-in"
    )
    add_password_option(password, "new password")


def _first_password(options: argparse.Namespace) -> dict[str, Any]:
    if options.no_password:
        return {}
    return {"password": ask_new_password(options, "Password", " For a user without one: --no-password")}


def _labels(options: argparse.Namespace) -> dict[str, Any]:
    removed = dict.fromkeys(options.remove_label or ())
    return {"labels": {**label_changes(options.label, "--label"), **removed}} if removed else {}


def _set_password(options: argparse.Namespace) -> None:
    if options.user and options.user_id:
        raise UsageError("the user is given twice: use the argument or --user-id")
    api = client(options)
    whoami = api.get("/api/v1/whoami")
    reference = options.user_id or options.user or "me"
    body: dict[str, Any] = {"must_change": options.must_change}
    is_own = _is_own(whoami, reference)
    if is_own and whoami["via"] == "session" and whoami["user"]["has_password"]:
        # With a key it is set as for anyone else.
        body["current"] = ask_secret("Current password")
    body["password"] = ask_new_password(options)
    user = api.post(f"{_USERS}/{segment(reference)}/password", body)
    name = printable(user["username"])
    whose = "Your" if is_own else "Their"
    report(options, user, f"Password of {name} set. {whose} other sessions have ended.")


def _is_own(whoami: dict[str, Any], reference: str) -> bool:
    user = whoami["user"]
    return user is not None and reference.lower() in ("me", user["id"], user["username"])
