"""Why somebody is not signed in. Each has its row in the audit log already, under its reason."""

from __future__ import annotations

from nimbus.people.identity.refusals import SignInRefused
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit.records import DENIED, FAILED, Outcome


class Refused(SignInRefused):
    """`reason` is the code in the audit log."""

    outcome: Outcome = DENIED

    def __init__(self, reason: str, message: str, *, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step or "Begin again: nimbus login --oidc")
        self.reason = reason


class ProviderFailed(NimbusError):
    """The provider does not answer, or not as OpenID Connect says. It is nobody's fault who signs in."""

    code = "UNAVAILABLE"
    audited = True
    outcome: Outcome = FAILED
    reason = "PROVIDER_FAILED"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, next_step="Try again in a moment; if it stays so: nimbus identity-provider test"
        )


class LogoutRefused(NimbusError):
    """OpenID Connect Back-Channel Logout 1.0 section 2.8 wants status 400."""

    code = "MALFORMED"
    audited = True
    outcome: Outcome = DENIED

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
