"""`nimbus iam create-user|list-users|show-user|update-user|delete-user|set-password`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.iam.passwords import add_password_option, ask_new_password, ask_secret
from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show, watched
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


_COLUMNS = (
    Column("USERNAME", lambda u: u["username"]),
    Column("NAME", lambda u: u["display_name"]),
    Column("EMAIL", lambda u: u["email"]),
    Column("ORGANIZATION", lambda u: u["organization"]),
    Column("STATE", _state),
    Column("SECOND FACTOR", _factors),
    Column("LAST LOGIN", lambda u: age(u["last_login_at"]) if u["last_login_at"] else None),
    Column("ID", lambda u: u["id"], wide=True),
    Column("LABELS", lambda u: ",".join(f"{k}={v}" for k, v in sorted(u["labels"].items())), wide=True),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS if c.title not in ("ID", "LAST LOGIN")),
    Column("Id", lambda u: u["id"]),
    Column("Password", lambda u: "yes" if u["has_password"] else "none"),
    Column("Recovery codes", lambda u: u["mfa"]["recovery_codes"] or None),
    Column("Created", lambda u: u["created_at"]),
    Column("Last login", lambda u: u["last_login_at"]),
    Column("Password changed", lambda u: u["password_changed_at"]),
)


def add_verbs(verbs: Any) -> None:
    create = verbs.add_parser("create-user", parents=[shared()], help="make a user")
    create.add_argument("username")
    _add_fields(create)
    create.add_argument("--organization", default="", metavar="ORG", help="home organization (name or id)")
    create.add_argument(
        "--no-password", action="store_true", help="give none: the user signs in by other means"
    )
    add_password_option(create)
    create.set_defaults(run=_create)

    listing = verbs.add_parser("list-users", parents=[shared(watch=True)], help="list users")
    listing.add_argument("--organization", metavar="ORG", help="only of this one")
    listing.add_argument("--label", metavar="KEY=VALUE")
    listing.add_argument("--disabled", action="store_const", const="true", help="only the disabled ones")
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show-user", parents=[shared()], help="show a user")
    one.add_argument("user", help="name, id, or me")
    one.set_defaults(run=_show)

    update = verbs.add_parser("update-user", parents=[shared()], help="change a user")
    update.add_argument("user", help="name, id, or me")
    update.add_argument("--username", metavar="NAME", help="another name")
    _add_fields(update)
    update.add_argument(
        "--no-admin", dest="admin", action="store_const", const=False, help="no administrator"
    )
    update.add_argument(
        "--disable", dest="disabled", action="store_const", const=True, help="ends all sessions"
    )
    update.add_argument("--enable", dest="disabled", action="store_const", const=False)
    update.add_argument("--remove-label", action="append", metavar="KEY")
    update.set_defaults(run=_update)

    delete = verbs.add_parser("delete-user", parents=[shared()], help="delete a user, with keys and sessions")
    delete.add_argument("user", help="name or id")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.set_defaults(run=_delete)

    password = verbs.add_parser("set-password", parents=[shared()], help="set your password, or another's")
    password.add_argument("user", nargs="?", default="", help="name or id (default: yourself)")
    password.add_argument("--user-id", default="", metavar="ID", help="the same, as an option")
    password.add_argument(
        "--must-change", action="store_true", help="another one must be chosen at the next sign-in"
    )
    add_password_option(password, "new password")
    password.epilog = (
        "From standard input: your present password (where one is wanted), then the new one, a line each."
    )
    password.set_defaults(run=_set_password)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--display-name", metavar="TEXT")
    parser.add_argument("--email", metavar="ADDRESS")
    parser.add_argument(
        "--admin", action="store_const", const=True, help="an administrator of the control plane"
    )
    parser.add_argument(
        "--must-change-password", action="store_const", const=True, help="at the next sign-in"
    )
    parser.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")


def _create(options: argparse.Namespace) -> None:
    body: dict[str, Any] = {
        "username": options.username,
        "display_name": options.display_name or "",
        "email": options.email or "",
        "organization": options.organization,
        "is_admin": bool(options.admin),
        "must_change_password": bool(options.must_change_password),
        "labels": key_values(options.label, "--label"),
    }
    if not options.no_password:
        body["password"] = ask_new_password(options, "Password")
    data = client(options).post(_USERS, body)
    _tell(options, data, f"User {printable(data['username'])} is made.")


def _list(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        found = api.get_all(
            _USERS, organization=options.organization, label=options.label, disabled=options.disabled
        )
        show(options, found, _COLUMNS, empty="There are no users that you may see.")

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    details(options, client(options).get(_path(options.user)), _DETAILS)


def _update(options: argparse.Namespace) -> None:
    labels: dict[str, str | None] = {**key_values(options.label, "--label")}
    labels.update(dict.fromkeys(options.remove_label or ()))
    fields = {
        "username": options.username,
        "display_name": options.display_name,
        "email": options.email,
        "is_admin": options.admin,
        "disabled": options.disabled,
        "must_change_password": options.must_change_password,
        "labels": labels or None,
    }
    body = {name: value for name, value in fields.items() if value is not None}
    if not body:
        raise UsageError("nothing to change was given", next_step="See: nimbus iam update-user --help")
    data = client(options).patch(_path(options.user), body)
    _tell(options, data, f"User {printable(data['username'])} is changed.")


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete the user {options.user}, with keys and sessions?", yes=options.yes)
    data = client(options).delete(_path(options.user))
    _tell(options, data, f"User {printable(data['username'])} is deleted.")


def _set_password(options: argparse.Namespace) -> None:
    if options.user and options.user_id:
        raise UsageError("name the user once: as an argument or with --user-id")
    api = client(options)
    whoami = api.get("/api/v1/whoami")
    reference = options.user_id or options.user or "me"
    body: dict[str, Any] = {"must_change": options.must_change}
    if _is_own(whoami, reference) and whoami["user"]["has_password"]:
        body["current"] = ask_secret("Present password")
    body["password"] = ask_new_password(options)
    data = api.post(f"{_path(reference)}/password", body)
    _tell(
        options,
        data,
        f"The password of {printable(data['username'])} is set; their other sessions have ended.",
    )


def _is_own(whoami: dict[str, Any], reference: str) -> bool:
    """Whether the present password is wanted: one's own, in a session."""
    user = whoami["user"]
    if user is None or whoami["via"] != "session":
        return False
    return reference.lower() in ("me", user["id"], user["username"])


def _path(reference: str) -> str:
    return f"{_USERS}/{segment(reference)}"


def _tell(options: argparse.Namespace, data: dict[str, Any], text: str) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, data)
    else:
        print(text)
