"""`nimbus iam totp|recovery-codes|second-factors|reset-second-factors|passkey ...`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from nimbus.cli.iam.passwords import ask_secret
from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, age, counted, print_data, printable, report, show
from nimbus.client.client import Client, segment

_FACTORS = "/api/v1/users/me/second-factors"
_PASSKEYS = (
    Column("NAME", "name"),
    Column("CREATED", lambda p: age(p["created_at"])),
    Column("USED", lambda p: age(p["last_used_at"]) if p["last_used_at"] else None),
    Column("BACKED UP", lambda p: "yes" if p["backed_up"] else "no"),
    Column("ID", "id"),
)
_WITHOUT = (
    Column("USER", "username"),
    Column("PASSWORD", lambda u: "yes" if u["has_password"] else "no"),
    Column("LAST SIGN-IN", lambda u: age(u["last_login_at"])),
    Column("ID", "user_id", wide=True),
)


def add_verbs(verbs: Any) -> None:
    totp = verbs.add_parser("totp", help="set up, confirm or disable an authenticator app")
    actions = totp.add_subparsers(title="actions", metavar="ACTION", required=True)
    enrol = actions.add_parser(
        "enrol", parents=[shared()], help="show a QR code and confirm it with a first code"
    )
    enrol.add_argument("--no-confirm", action="store_true", help="confirm later: nimbus iam totp confirm")
    enrol.set_defaults(run=_enrol)
    for name, run, text in (
        ("confirm", _confirm, "confirm the app with a code; prints recovery codes once"),
        ("disable", _disable, "disable the app, with one of its codes or a recovery code"),
    ):
        action = actions.add_parser(name, parents=[shared()], help=text)
        action.add_argument("code", nargs="?", default="", help="code (asked for if missing)")
        action.set_defaults(run=run)

    verify = verbs.add_parser(
        "verify-second-factor",
        parents=[shared()],
        help="enter a code in a session that began without a second factor",
    )
    verify.add_argument("code", nargs="?", default="", help="code (asked for if missing)")
    verify.set_defaults(run=_verify)
    policy = verbs.add_parser(
        "second-factor-policy",
        parents=[shared()],
        help="show whether a second factor is required, and who has none",
    )
    policy.add_argument(
        "--organization", metavar="ORG", help="of this organization (default: the control plane)"
    )
    policy.set_defaults(run=_policy)

    codes = verbs.add_parser(
        "recovery-codes", parents=[shared()], help="create ten new recovery codes; the old ones stop working"
    )
    codes.add_argument("code", nargs="?", default="", help="code from the authenticator app, if you have one")
    codes.set_defaults(run=_recovery_codes)

    reset = verbs.add_parser(
        "reset-second-factors", parents=[shared()], help="remove all second factors of a user"
    )
    reset.add_argument("user", help="name or id")
    reset.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    reset.set_defaults(run=_reset)

    passkeys = verbs.add_parser(
        "passkeys", parents=[shared(rows=True)], help="list passkeys (create them in the dashboard)"
    )
    passkeys.add_argument("--user", default="me", metavar="USER", help="user (name or id)")
    passkeys.set_defaults(run=_passkeys)
    rename = verbs.add_parser("rename-passkey", parents=[shared()], help="rename one of your passkeys")
    rename.add_argument("passkey", help="name or id")
    rename.add_argument("name")
    rename.set_defaults(run=_rename)
    delete = verbs.add_parser("delete-passkey", parents=[shared()], help="delete one of your passkeys")
    delete.add_argument("passkey", help="name or id")
    delete.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    delete.set_defaults(run=_delete)


def _enrol(options: argparse.Namespace) -> None:
    api = client(options)
    enrolment = api.post(f"{_FACTORS}/totp")
    if options.output in ("json", "yaml"):
        print_data(options.output, enrolment)
        return
    _show_qr(enrolment["otpauth_uri"])
    print(f"Or type this into the app: {enrolment['secret']}", file=sys.stderr)
    if options.no_confirm or not sys.stdin.isatty():
        print("Confirm it to enable it: nimbus iam totp confirm CODE", file=sys.stderr)
        return
    _confirmed(options, api, ask_secret("Code from the app"))


def _show_qr(uri: str) -> None:
    """The QR code on a terminal, the address that it stands for elsewhere."""
    if not sys.stdout.isatty():
        print(uri)
        return
    import segno

    segno.make(uri, error="m").terminal(out=sys.stdout, compact=True)


def _confirm(options: argparse.Namespace) -> None:
    _confirmed(options, client(options), options.code or ask_secret("Code from the app"))


def _confirmed(options: argparse.Namespace, api: Client, code: str) -> None:
    codes = api.post(f"{_FACTORS}/totp/confirm", {"code": code})
    _show_codes(options, codes, "Authenticator app enabled. You need it at every sign-in.")


def _show_codes(options: argparse.Namespace, codes: dict[str, Any], text: str) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, codes)
        return
    print(text, file=sys.stderr)
    if codes["recovery_codes"]:
        print(
            "Recovery codes. Each works once. They are not shown again; keep them apart from the app:",
            file=sys.stderr,
        )
        print("\n".join(printable(code) for code in codes["recovery_codes"]))


def _disable(options: argparse.Namespace) -> None:
    code = options.code or ask_secret("Code from the app, or a recovery code")
    view = client(options).post(f"{_FACTORS}/totp/disable", {"code": code})
    report(options, view, "Authenticator app disabled.")


def _verify(options: argparse.Namespace) -> None:
    code = options.code or ask_secret("Code from the app, or a recovery code")
    report(options, client(options).post(f"{_FACTORS}/verify", {"code": code}), "Second factor accepted.")


def _policy(options: argparse.Namespace) -> None:
    query = {"organization": options.organization} if options.organization else {}
    policy = client(options).get("/api/v1/second-factor-policy", **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, policy)
        return
    required = policy["required"] or policy["required_everywhere"]
    print(f"Second factor: {'required' if required else 'optional'}")
    print(f"{policy['users_without']} of {counted(policy['users'], 'user')} without one")
    show(options, policy["without"], _WITHOUT)


def _recovery_codes(options: argparse.Namespace) -> None:
    api = client(options)
    code = options.code
    if not code and api.get(_FACTORS)["totp"]:
        code = ask_secret("Code from the app, or a recovery code")
    _show_codes(
        options, api.post(f"{_FACTORS}/recovery-codes", {"code": code}), "The old codes no longer work."
    )


def _reset(options: argparse.Namespace) -> None:
    confirm(f"Remove all second factors of {options.user}?", yes=options.yes)
    view = client(options).post(f"/api/v1/users/{segment(options.user)}/second-factors/reset")
    report(options, view, f"{options.user} now signs in with the password only.")


def _passkeys(options: argparse.Namespace) -> None:
    view = client(options).get(f"/api/v1/users/{segment(options.user)}/second-factors")
    show(options, view["passkeys"], _PASSKEYS, empty="No passkeys. Create one in the dashboard.")


def _rename(options: argparse.Namespace) -> None:
    path = f"/api/v1/users/me/passkeys/{segment(options.passkey)}"
    view = client(options).patch(path, {"name": options.name})
    report(options, view, f"Passkey renamed to {printable(view['name'])}.")


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete passkey {options.passkey}?", yes=options.yes)
    report(
        options,
        client(options).delete(f"/api/v1/users/me/passkeys/{segment(options.passkey)}"),
        "Passkey deleted.",
    )
