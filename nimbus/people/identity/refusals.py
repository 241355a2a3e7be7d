"""Refusals to sign in: told apart from others because each has its row in the audit log already, with the account
that it was about."""

from __future__ import annotations

from nimbus.kernel.errors import Unauthenticated


class SignInRefused(Unauthenticated):
    """`audited`: whoever notes refused requests need not note this one."""

    audited = True


class SecondFactorRequired(Unauthenticated):
    """The password was right, and there is more to show. `details` has the challenge under `challenge`, and a line
    for each factor that there is: `totp`, `recovery_code`, `passkey`."""

    code = "SECOND_FACTOR_REQUIRED"
    audited = True

    def __init__(self, challenge: str, factors: dict[str, str]) -> None:
        details = [{"field": "challenge", "message": challenge}]
        details += [{"field": name, "message": message} for name, message in factors.items()]
        super().__init__(
            "a second factor is required",
            details=details,
            next_step="Send a code with the challenge to /api/v1/auth/second-factor.",
        )
