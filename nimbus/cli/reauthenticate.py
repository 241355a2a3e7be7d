"""Asks on the terminal who one is, where something wants a recent sign-in, so that the command can go on."""

from __future__ import annotations

import sys

from nimbus.client.client import ApiError, Client


def show_again(api: Client) -> bool:
    """Whether they have shown it; False where nobody can be asked, or who has no password. Raises ApiError."""
    from nimbus.cli.iam.passwords import ask_secret

    if not sys.stdin.isatty() or not api.get("/api/v1/users/me")["has_password"]:
        return False
    print("Changing how you sign in takes a recent sign-in. Confirm that it is you.", file=sys.stderr)
    factors = api.get("/api/v1/users/me/second-factors")
    body = {"password": ask_secret("Password")}
    if factors["totp"] or factors["passkeys"]:
        body["otp"] = ask_secret("Code from the app, or a recovery code")
    api.post("/api/v1/auth/reauthenticate", body)
    return True


def go_on_after(api: Client) -> Client:
    """The same client, which asks when it has to."""

    def ask() -> bool:
        # What is asked for meanwhile does not ask again.
        api.show_again = None
        try:
            return show_again(api)
        except ApiError as error:
            print(f"nimbus: {error.message}", file=sys.stderr)
            return False

    api.show_again = ask
    return api
